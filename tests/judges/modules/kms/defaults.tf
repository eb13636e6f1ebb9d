module "key" {
  source = "./module"

  description = "Key of the file systems"
  aliases     = ["efs/numinia"]

  tags = {
    Component = "storage"
  }
}

module "none" {
  source = "./module"

  create = false
}

output "key" {
  value = module.key
}

output "none" {
  value = module.none
}
