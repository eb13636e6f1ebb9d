variable "cidr" {}
variable "name" {
  default = "x"
}
module "b" {
  source = "./b"
  value  = var.cidr
}
