# The role that the control plane acts with.

data "aws_iam_policy_document" "assume_role" {
  statement {
    sid     = "ControlPlane"
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["eks.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "this" {
  count = var.create_iam_role ? 1 : 0

  name        = var.iam_role_use_name_prefix ? null : local.iam_role_name
  name_prefix = var.iam_role_use_name_prefix ? "${local.iam_role_name}-" : null
  path        = var.iam_role_path
  description = "Control plane of the cluster ${var.cluster_name}"

  assume_role_policy    = data.aws_iam_policy_document.assume_role.json
  permissions_boundary  = var.iam_role_permissions_boundary
  force_detach_policies = true

  tags = var.tags
}

locals {
  iam_role_name = coalesce(var.iam_role_name, "${var.cluster_name}-cluster")

  encrypts = var.create_iam_role && var.attach_cluster_encryption_policy && var.cluster_encryption_config != null
}

resource "aws_iam_role_policy_attachment" "this" {
  for_each = var.create_iam_role ? merge(
    { AmazonEKSClusterPolicy = "${local.policy_arn_prefix}/AmazonEKSClusterPolicy" },
    var.iam_role_additional_policies,
  ) : {}

  role       = aws_iam_role.this[0].name
  policy_arn = each.value
}

# The key's policy must let the role use it as well.
data "aws_iam_policy_document" "cluster_encryption" {
  count = local.encrypts ? 1 : 0

  statement {
    sid = "Secrets"

    actions = [
      "kms:Decrypt",
      "kms:DescribeKey",
      "kms:Encrypt",
      "kms:ListGrants",
    ]

    resources = [var.cluster_encryption_config.provider_key_arn]
  }
}

resource "aws_iam_policy" "cluster_encryption" {
  count = local.encrypts ? 1 : 0

  name_prefix = "${var.cluster_name}-cluster-ClusterEncryption"
  path        = var.iam_role_path
  description = "Encrypts the secrets of the cluster ${var.cluster_name}"
  policy      = data.aws_iam_policy_document.cluster_encryption[0].json

  tags = var.tags
}

resource "aws_iam_role_policy_attachment" "cluster_encryption" {
  count = local.encrypts ? 1 : 0

  role       = aws_iam_role.this[0].name
  policy_arn = aws_iam_policy.cluster_encryption[0].arn
}
