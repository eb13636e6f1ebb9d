variable "cidr" {
  default = "10.0.0.0/16"
}
locals {
  name = "x"
}
resource "terraform_data" "net" {
  input = [var.cidrr, local.nam, terraform_data.nett.id, module.m, data.aws_vpc.x.id]
}
resource "terraform_data" "b" {
  input = terraform_data.net.inputt
}
output "o" {
  value = uper("a") + each.key
}
