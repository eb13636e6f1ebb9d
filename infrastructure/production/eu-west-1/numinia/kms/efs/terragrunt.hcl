# The key of the file system.

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
  source = "${dirname(find_in_parent_folders("root.hcl"))}/../modules//kms"
}

inputs = {
  description = "File system of ${include.env.locals.environment}"
  aliases     = ["${include.env.locals.project}-${include.env.locals.environment}-efs"]

  # EFS, for those in this account who may use file systems.
  # https://docs.aws.amazon.com/efs/latest/ug/encryption-at-rest.html
  key_statements = {
    FileSystems = {
      actions = [
        "kms:CreateGrant",
        "kms:Decrypt",
        "kms:DescribeKey",
        "kms:Encrypt",
        "kms:GenerateDataKey*",
        "kms:ReEncrypt*",
      ]
      principals = [{ type = "AWS", identifiers = ["arn:aws:iam::${include.root.locals.aws_account_id}:root"] }]
      conditions = [
        { test = "StringEquals", variable = "kms:CallerAccount", values = [include.root.locals.aws_account_id] },
        { test = "StringEquals", variable = "kms:ViaService", values = ["elasticfilesystem.${include.root.locals.aws_region}.amazonaws.com"] },
      ]
    }
  }
}
