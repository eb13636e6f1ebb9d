module "a" {
  source = "./a"
  cidr   = { x = 5 }
}
