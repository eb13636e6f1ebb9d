# The bucket that the states of this environment are in, this unit's own too.

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
  source = "${dirname(find_in_parent_folders("root.hcl"))}/../modules//state"
}

dependency "key" {
  config_path = "../kms/state"
}

locals {
  bucket = include.root.remote_state.config.bucket
}

# The bucket was made before any state could be written, so it is taken over and not made.
generate "import" {
  path      = "import.tf"
  if_exists = "overwrite_terragrunt"
  contents  = <<-EOF
    import {
      to = aws_s3_bucket.this
      id = "${local.bucket}"
    }
  EOF
}

# With the bucket goes all knowledge of what exists.
prevent_destroy = true

inputs = {
  bucket      = local.bucket
  kms_key_arn = dependency.key.outputs.key_arn
}
