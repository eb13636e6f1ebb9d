variable "a" {
  type    = number
  default = 5
}
locals {
  m = 3
  nope = 1
}
resource "t_r" "x" {
  two   = 22
  three = 3
  lifecycle {
    prevent_destroy = false
  }
}
resource "t_r" "absent" {}
moved {
  from = a.b
  to   = a.c
}
provider "random" {
}
removed {
  from = aws_x.gone
}
