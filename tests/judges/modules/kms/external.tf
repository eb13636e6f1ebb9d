# Keys of material that people bring: in one region, in several with a replica, and one that waits for it.
provider "aws" {
  alias  = "replica"
  region = "eu-central-1"
}

module "own" {
  source = "./module"

  deletion_window_in_days = 7
  description             = "Material of our own"
  create_external         = true
  is_enabled              = true
  key_material_base64     = "Wblj06fduthWggmsT0cLVoIMOkeLbc2kVfMud77i/JY="
  multi_region            = false
  valid_to                = "2095-11-21T23:20:50Z"
}

module "primary" {
  source = "./module"

  create_external     = true
  is_enabled          = true
  key_material_base64 = "Wblj06fduthWggmsT0cLVoIMOkeLbc2kVfMud77i/JY="
  multi_region        = true
  aliases             = ["primary-external"]
}

module "replica" {
  source = "./module"

  deletion_window_in_days  = 7
  create_replica_external  = true
  is_enabled               = true
  key_material_base64      = "Wblj06fduthWggmsT0cLVoIMOkeLbc2kVfMud77i/JY="
  primary_external_key_arn = module.primary.key_arn
  aliases                  = ["replica-external"]

  providers = {
    aws = aws.replica
  }
}

module "waiting" {
  source = "./module"

  create_external = true
}

output "keys" {
  value = [module.own, module.primary, module.replica, module.waiting]
}
