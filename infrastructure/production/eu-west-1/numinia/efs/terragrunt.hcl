# The file system of the cluster's volumes, mounted from the private subnets of all zones.

include "root" {
  path   = find_in_parent_folders("root.hcl")
  expose = true
}

include "env" {
  path           = find_in_parent_folders("env.hcl")
  expose         = true
  merge_strategy = "no_merge"
}

terraform {
  source = "${dirname(find_in_parent_folders("root.hcl"))}/../modules//efs"
}

dependency "vpc" {
  config_path = "../vpc"
}

dependency "key" {
  config_path = "../kms/efs"
}

inputs = {
  name        = "${include.env.locals.project}-${include.env.locals.environment}"
  encrypted   = true
  kms_key_arn = dependency.key.outputs.key_arn

  performance_mode = "generalPurpose"
  throughput_mode  = "bursting"

  mount_targets = {
    for number, zone in include.env.locals.azs : zone => { subnet_id = dependency.vpc.outputs.private_subnets[number] }
  }

  security_group_vpc_id = dependency.vpc.outputs.vpc_id
  security_group_rules = {
    private_subnets = {
      description = "NFS from the private subnets"
      cidr_blocks = include.env.locals.private_subnets
    }
  }

  create_backup_policy = true
  enable_backup_policy = true

  # A volume is there as soon as it is claimed, and what is on it stays when the claim goes.
  storage_class = {
    name                = "efs-sc"
    volume_binding_mode = "Immediate"
    reclaim_policy      = "Retain"
  }
  storage_class_file = "${get_terragrunt_dir()}/storage-class.yaml"
}
