variable "a" {
  type    = string
  default = "x"
}
locals {
  l = 1
  m = 2
}
resource "t_r" "x" {
  one = 1
  two = 2
  lifecycle {
    prevent_destroy       = true
    create_before_destroy = true
  }
}
terraform {
  backend "s3" {}
}
output "o" {
  value = 1
}
