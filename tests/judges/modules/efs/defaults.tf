module "efs" {
  source = "./module"

  name = "numinia"
}

module "none" {
  source = "./module"

  create = false
}

output "efs" {
  value = module.efs
}
