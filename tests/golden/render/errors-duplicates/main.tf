resource "terraform_data" "a" {
}
variable "v" {}
variable "v" {}
locals {
  x = 1
}
locals {
  x = 2
}
