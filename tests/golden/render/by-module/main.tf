resource "terraform_data" "root" {
}
module "one" {
  source = "./m"
  n      = 2
}
module "two" {
  for_each = toset(["a", "b"])
  source   = "./m"
  n        = 1
}
