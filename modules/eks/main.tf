# The control plane: the cluster, its role, its key, its logs. Nodes, networks, add-ons and access are in the
# files named after them.

data "aws_partition" "current" {}

data "aws_default_tags" "current" {}

locals {
  policy_arn_prefix = "arn:${data.aws_partition.current.partition}:iam::aws:policy"

  # AWS copies no tag of the provider onto what EKS makes by itself, so those are handed on here.
  handed_on_tags = merge(data.aws_default_tags.current.tags, var.tags)

  iam_role_arn = var.create_iam_role ? aws_iam_role.this[0].arn : var.iam_role_arn
}

resource "aws_eks_cluster" "this" {
  name                          = var.cluster_name
  version                       = var.cluster_version
  role_arn                      = local.iam_role_arn
  enabled_cluster_log_types     = var.cluster_enabled_log_types
  bootstrap_self_managed_addons = var.bootstrap_self_managed_addons

  access_config {
    authentication_mode                         = var.authentication_mode
    bootstrap_cluster_creator_admin_permissions = var.enable_cluster_creator_admin_permissions
  }

  vpc_config {
    subnet_ids              = coalescelist(var.control_plane_subnet_ids, var.subnet_ids)
    security_group_ids      = distinct(concat(var.cluster_additional_security_group_ids, [aws_security_group.cluster.id]))
    endpoint_private_access = var.cluster_endpoint_private_access
    endpoint_public_access  = var.cluster_endpoint_public_access
    public_access_cidrs     = var.cluster_endpoint_public_access ? var.cluster_endpoint_public_access_cidrs : null
  }

  kubernetes_network_config {
    ip_family         = "ipv4"
    service_ipv4_cidr = var.cluster_service_ipv4_cidr
  }

  dynamic "encryption_config" {
    for_each = var.cluster_encryption_config == null ? [] : [var.cluster_encryption_config]

    content {
      resources = encryption_config.value.resources

      provider {
        key_arn = encryption_config.value.provider_key_arn
      }
    }
  }

  dynamic "upgrade_policy" {
    for_each = var.cluster_upgrade_policy == null ? [] : [var.cluster_upgrade_policy]

    content {
      support_type = upgrade_policy.value.support_type
    }
  }

  tags = merge(var.tags, var.cluster_tags)

  timeouts {
    create = var.cluster_timeouts.create
    update = var.cluster_timeouts.update
    delete = var.cluster_timeouts.delete
  }

  # The cluster needs them to come up and to go down; and a log group that EKS makes itself is kept for ever.
  depends_on = [
    aws_cloudwatch_log_group.this,
    aws_iam_role_policy_attachment.this,
    aws_iam_role_policy_attachment.cluster_encryption,
    aws_security_group_rule.cluster,
    aws_security_group_rule.node,
  ]
}

resource "aws_cloudwatch_log_group" "this" {
  count = var.create_cloudwatch_log_group ? 1 : 0

  # Where EKS writes; it takes no other name.
  name              = "/aws/eks/${var.cluster_name}/cluster"
  retention_in_days = var.cloudwatch_log_group_retention_in_days
  kms_key_id        = var.cloudwatch_log_group_kms_key_id
  log_group_class   = var.cloudwatch_log_group_class

  tags = merge(var.tags, var.cloudwatch_log_group_tags)
}

# EKS makes a security group of its own with the cluster. It carries no tags of this configuration otherwise.
resource "aws_ec2_tag" "cluster_primary_security_group" {
  for_each = var.create_cluster_primary_security_group_tags ? local.handed_on_tags : {}

  resource_id = aws_eks_cluster.this.vpc_config[0].cluster_security_group_id
  key         = each.key
  value       = each.value
}

# Pods prove who they are by tokens of the cluster; IAM believes them through this provider.
# https://docs.aws.amazon.com/eks/latest/userguide/enable-iam-roles-for-service-accounts.html
resource "aws_iam_openid_connect_provider" "oidc_provider" {
  count = var.enable_irsa ? 1 : 0

  url            = aws_eks_cluster.this.identity[0].oidc[0].issuer
  client_id_list = distinct(concat(["sts.amazonaws.com"], var.openid_connect_audiences))

  tags = merge({ Name = "${var.cluster_name}-eks-irsa" }, var.tags)
}
