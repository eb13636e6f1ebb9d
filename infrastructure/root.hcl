# What every unit below this folder shares: which account and region it may touch, the tags on all
# it makes, and where its state is kept. A unit takes it in with
#
#   include "root" {
#     path = find_in_parent_folders("root.hcl")
#   }
#
# find_in_parent_folders() looks upwards from the unit, not from this file: a unit gets the account,
# region and environment of the folders it lies in.

locals {
  account_vars = read_terragrunt_config(find_in_parent_folders("account.hcl"))
  region_vars  = read_terragrunt_config(find_in_parent_folders("region.hcl"))
  env_vars     = read_terragrunt_config(find_in_parent_folders("env.hcl"))

  account_name   = local.account_vars.locals.account_name
  aws_account_id = local.account_vars.locals.aws_account_id
  aws_region     = local.region_vars.locals.aws_region
  environment    = local.env_vars.locals.environment

  state_kms_key_arn = try(local.account_vars.locals.state_kms_key_arn, null)

  # In front of the name of the state bucket, so that no two environments share one.
  env = "${local.environment}-"

  default_tags = {
    Environment = local.environment
    ManagedBy   = "terragrunt"
    Project     = local.env_vars.locals.project
  }
}

# allowed_account_ids: with credentials for any other account, nothing is planned at all.
generate "provider" {
  path      = "provider.tf"
  if_exists = "overwrite_terragrunt"
  contents  = <<-EOF
    provider "aws" {
      region              = "${local.aws_region}"
      allowed_account_ids = ["${local.aws_account_id}"]

      default_tags {
        tags = ${jsonencode(local.default_tags)}
      }
    }
  EOF
}

# use_lockfile: the lock is an object beside the state, written only when it is not there yet.
# No DynamoDB table is needed (Terraform 1.10 and later).
remote_state {
  backend = "s3"
  generate = {
    path      = "backend.tf"
    if_exists = "overwrite_terragrunt"
  }
  config = merge(
    {
      encrypt      = true
      bucket       = "${local.env}terragrunt-tf-state-${local.account_name}-${local.aws_region}"
      key          = "${path_relative_to_include()}/tf.tfstate"
      region       = local.aws_region
      use_lockfile = true
    },
    # Only where there is one: a backend takes no empty key.
    { for name, value in { kms_key_id = local.state_kms_key_arn } : name => value if value != null },
  )
}
