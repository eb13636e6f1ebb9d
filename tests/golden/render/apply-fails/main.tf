resource "terraform_data" "a" {
  input = 1
  provisioner "local-exec" {
    command = "echo no; exit 3"
  }
}
resource "terraform_data" "b" {
  input = terraform_data.a.id
}
