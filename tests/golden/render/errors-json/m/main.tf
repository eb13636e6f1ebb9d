variable "cidr" {}
resource "terraform_data" "z" {
  inputt = 1
}
