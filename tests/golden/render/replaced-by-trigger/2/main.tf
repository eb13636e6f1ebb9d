resource "terraform_data" "a" {
  input = 2
}
resource "terraform_data" "b" {
  lifecycle {
    replace_triggered_by = [terraform_data.a, terraform_data.c]
  }
}
resource "terraform_data" "c" {
  input = 1
}
