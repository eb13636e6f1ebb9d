module "a" {
  source = "./a"
  cidr   = 5
  nam    = "x"
}
