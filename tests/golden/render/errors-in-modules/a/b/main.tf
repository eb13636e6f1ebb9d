variable "value" {}
resource "terraform_data" "x" {
  input = var.value.foo
  inputt = 1
}
