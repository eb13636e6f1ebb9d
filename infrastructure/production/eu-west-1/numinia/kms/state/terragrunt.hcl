# The key of the state bucket.

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

locals {
  account = "arn:aws:iam::${include.root.locals.aws_account_id}:root"
  bucket  = "arn:aws:s3:::${include.root.remote_state.config.bucket}"
}

# With the key go all states.
prevent_destroy = true

inputs = {
  description = "States of ${include.env.locals.environment}, in S3"
  aliases     = ["${include.env.locals.project}-${include.env.locals.environment}-state"]

  # Whoever may read and write the bucket's objects may do so with the key, and nothing else.
  key_statements = {
    StateBucket = {
      actions    = ["kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey"]
      principals = [{ type = "AWS", identifiers = [local.account] }]
      conditions = [
        { test = "StringEquals", variable = "kms:CallerAccount", values = [include.root.locals.aws_account_id] },
        { test = "StringEquals", variable = "kms:ViaService", values = ["s3.${include.root.locals.aws_region}.amazonaws.com"] },
        # The bucket itself, since it has a bucket key; the objects for those written before it had.
        { test = "ArnLike", variable = "kms:EncryptionContext:aws:s3:arn", values = [local.bucket, "${local.bucket}/*"] },
      ]
    }
  }
}
