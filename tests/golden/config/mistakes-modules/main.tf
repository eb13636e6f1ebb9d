module "nosource" {}
module "bare" {
  source = "modules/x"
}
module "absent" {
  source = "./absent"
}
module "remote" {
  source = "git::https://example.com/x.git"
}
module "registry" {
  source  = "terraform-aws-modules/vpc/aws"
  version = ">> 1"
}
module "versioned" {
  source  = "./strict"
  version = "1.0"
}
module "loop" {
  source = "./loop"
}
module "aliased" {
  source = "./aliased"
}
module "strict" {
  source = "./strict"
  count  = 2
  providers = {
    aws.nope = aws
    aws      = aws.nothere
  }
}
module "computed" {
  source = "./${var.x}"
  lifecycle {}
}
