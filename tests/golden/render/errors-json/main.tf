variable "x" {
  default = 5
}
module "m" {
  source = "./m"
  cidr   = var.xx
}
resource "terraform_data" "a" {
  input = upper({
    a = var.x
  })
}
