variable "cidr" {}
module "b" {
  source = "./b"
  value  = var.cidr
}
