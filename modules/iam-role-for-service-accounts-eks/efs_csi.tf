# What the EFS CSI driver needs: to find file systems, and to make and remove access points that are its own.
# https://github.com/kubernetes-sigs/aws-efs-csi-driver/blob/master/docs/iam-policy-example.json

locals {
  # The driver puts this tag on every access point that it makes.
  efs_csi_tag = "efs.csi.aws.com/cluster"

  efs_arn = join(":", [
    "arn",
    data.aws_partition.current.partition,
    "elasticfilesystem",
    data.aws_region.current.name,
    data.aws_caller_identity.current.account_id,
  ])
}

data "aws_iam_policy_document" "efs_csi" {
  count = var.attach_efs_csi_policy ? 1 : 0

  statement {
    sid = "Find"

    actions = [
      "elasticfilesystem:DescribeAccessPoints",
      "elasticfilesystem:DescribeFileSystems",
      "elasticfilesystem:DescribeMountTargets",
    ]

    resources = ["${local.efs_arn}:file-system/*", "${local.efs_arn}:access-point/*"]
  }

  # It has no narrower resource.
  statement {
    sid       = "FindZones"
    actions   = ["ec2:DescribeAvailabilityZones"]
    resources = ["*"]
  }

  statement {
    sid       = "MakeItsOwn"
    actions   = ["elasticfilesystem:CreateAccessPoint"]
    resources = ["${local.efs_arn}:file-system/*"]

    condition {
      test     = "StringEquals"
      variable = "aws:RequestTag/${local.efs_csi_tag}"
      values   = ["true"]
    }
  }

  # Only while one is made, or it could tag a strange access point and then remove it.
  statement {
    sid       = "TagItsOwn"
    actions   = ["elasticfilesystem:TagResource"]
    resources = ["${local.efs_arn}:access-point/*", "${local.efs_arn}:file-system/*"]

    condition {
      test     = "StringEquals"
      variable = "elasticfilesystem:CreateAction"
      values   = ["CreateAccessPoint"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:RequestTag/${local.efs_csi_tag}"
      values   = ["true"]
    }
  }

  statement {
    sid       = "RemoveItsOwn"
    actions   = ["elasticfilesystem:DeleteAccessPoint"]
    resources = ["${local.efs_arn}:access-point/*"]

    condition {
      test     = "StringEquals"
      variable = "aws:ResourceTag/${local.efs_csi_tag}"
      values   = ["true"]
    }
  }
}

resource "aws_iam_policy" "efs_csi" {
  count = var.attach_efs_csi_policy ? 1 : 0

  name_prefix = "${var.policy_name_prefix}EFS_CSI_Policy-"
  path        = var.role_path
  description = "Volumes on EFS for a Kubernetes cluster"
  policy      = data.aws_iam_policy_document.efs_csi[0].json

  tags = var.tags
}

resource "aws_iam_role_policy_attachment" "efs_csi" {
  count = var.attach_efs_csi_policy ? 1 : 0

  role       = aws_iam_role.this.name
  policy_arn = aws_iam_policy.efs_csi[0].arn
}
