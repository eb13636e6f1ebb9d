# A record of every call in the account, in all regions.

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
  source = "${dirname(find_in_parent_folders("root.hcl"))}/../modules//cloudtrail"
}

dependency "key" {
  config_path = "../kms/logs"
}

# Records outlive what they are about, and destroying the rest is among what they tell. To end it, take this out, empty
# the bucket and destroy this unit alone.
prevent_destroy = true

inputs = {
  name           = include.env.locals.trail_name
  s3_bucket_name = "${include.root.locals.env}cloudtrail-${include.root.locals.account_name}-${include.root.locals.aws_region}"
  kms_key_arn    = dependency.key.outputs.key_arn

  is_multi_region_trail         = true
  include_global_service_events = true
  enable_log_file_validation    = true

  s3_retention_in_days                   = 365
  cloudwatch_log_group_retention_in_days = 30
}
