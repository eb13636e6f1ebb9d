# A customer key, its policy and its aliases.

data "aws_partition" "current" {}

data "aws_caller_identity" "current" {}

locals {
  account_root = "arn:${data.aws_partition.current.partition}:iam::${data.aws_caller_identity.current.account_id}:root"
}

resource "aws_kms_key" "this" {
  description             = var.description
  deletion_window_in_days = var.deletion_window_in_days
  enable_key_rotation     = var.enable_key_rotation
  rotation_period_in_days = var.enable_key_rotation ? var.rotation_period_in_days : null
  is_enabled              = var.is_enabled
  multi_region            = var.multi_region

  policy                             = coalesce(var.policy, data.aws_iam_policy_document.this.json)
  bypass_policy_lockout_safety_check = var.bypass_policy_lockout_safety_check

  tags = var.tags
}

resource "aws_kms_alias" "this" {
  for_each = toset(var.aliases)

  name          = "alias/${each.value}"
  target_key_id = aws_kms_key.this.key_id
}
