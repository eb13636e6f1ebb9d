# The key of logs: of the trail, in its bucket and its log group, and of the cluster.

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
  account_id = include.root.locals.aws_account_id
  region     = include.root.locals.aws_region
  log_group  = "arn:aws:logs:${local.region}:${local.account_id}:log-group"
  trail      = "arn:aws:cloudtrail:${local.region}:${local.account_id}:trail/${include.env.locals.trail_name}"
}

# What was recorded is read with it, long after all else is gone.
prevent_destroy = true

inputs = {
  description = "Logs of ${include.env.locals.environment}"
  aliases     = ["${include.env.locals.project}-${include.env.locals.environment}-logs"]

  key_statements = {
    # https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
    CloudWatchLogs = {
      actions    = ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*"]
      principals = [{ type = "Service", identifiers = ["logs.${local.region}.amazonaws.com"] }]
      conditions = [{
        test     = "ArnEquals"
        variable = "kms:EncryptionContext:aws:logs:arn"
        values = [
          "${local.log_group}:/aws/cloudtrail/${include.env.locals.trail_name}",
          "${local.log_group}:/aws/eks/${include.env.locals.cluster_name}/cluster",
        ]
      }]
    }

    # https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-kms-key-policy-for-cloudtrail.html
    TrailEncrypts = {
      actions    = ["kms:GenerateDataKey*"]
      principals = [{ type = "Service", identifiers = ["cloudtrail.amazonaws.com"] }]
      conditions = [
        { test = "StringEquals", variable = "aws:SourceArn", values = [local.trail] },
        { test = "StringLike", variable = "kms:EncryptionContext:aws:cloudtrail:arn", values = ["arn:aws:cloudtrail:*:${local.account_id}:trail/*"] },
      ]
    }

    TrailDescribesKey = {
      actions    = ["kms:DescribeKey"]
      principals = [{ type = "Service", identifiers = ["cloudtrail.amazonaws.com"] }]
      conditions = [{ test = "StringEquals", variable = "aws:SourceArn", values = [local.trail] }]
    }

    # Those in this account who may read the trail's bucket.
    RecordsAreRead = {
      actions    = ["kms:Decrypt"]
      principals = [{ type = "AWS", identifiers = ["arn:aws:iam::${local.account_id}:root"] }]
      conditions = [
        { test = "StringEquals", variable = "kms:CallerAccount", values = [local.account_id] },
        { test = "Null", variable = "kms:EncryptionContext:aws:cloudtrail:arn", values = ["false"] },
      ]
    }
  }
}
