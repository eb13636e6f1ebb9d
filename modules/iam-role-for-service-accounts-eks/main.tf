# A role that pods take on through the service accounts of a cluster, and nobody else.
# https://docs.aws.amazon.com/eks/latest/userguide/iam-roles-for-service-accounts.html

data "aws_partition" "current" {}

data "aws_region" "current" {}

data "aws_caller_identity" "current" {}

data "aws_iam_policy_document" "assume_role" {
  dynamic "statement" {
    for_each = var.oidc_providers

    content {
      sid     = "ServiceAccounts${replace(title(replace(statement.key, "/[^0-9A-Za-z]/", " ")), " ", "")}"
      actions = ["sts:AssumeRoleWithWebIdentity"]

      principals {
        type        = "Federated"
        identifiers = [statement.value.provider_arn]
      }

      # A token of the cluster says for whom it was made, and for which service account. Without the second
      # condition every pod of the cluster could take on the role.
      condition {
        test     = "StringEquals"
        variable = "${local.issuers[statement.key]}:aud"
        values   = ["sts.amazonaws.com"]
      }

      condition {
        test     = var.assume_role_condition_test
        variable = "${local.issuers[statement.key]}:sub"
        values   = [for account in statement.value.namespace_service_accounts : "system:serviceaccount:${account}"]
      }
    }
  }
}

locals {
  # The ARN of a provider ends with its issuer, without https://.
  issuers = { for key, provider in var.oidc_providers : key => replace(provider.provider_arn, "/^.*:oidc-provider\\//", "") }
}

resource "aws_iam_role" "this" {
  name        = var.role_name
  name_prefix = var.role_name_prefix
  path        = var.role_path
  description = var.role_description

  assume_role_policy    = data.aws_iam_policy_document.assume_role.json
  max_session_duration  = var.max_session_duration
  permissions_boundary  = var.role_permissions_boundary_arn
  force_detach_policies = var.force_detach_policies

  tags = var.tags
}

resource "aws_iam_role_policy_attachment" "this" {
  for_each = var.role_policy_arns

  role       = aws_iam_role.this.name
  policy_arn = each.value
}
