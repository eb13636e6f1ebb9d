# Nodes that EKS looks after: it makes the machines, drains them and renews them.

resource "aws_launch_template" "node" {
  for_each = var.eks_managed_node_groups

  name_prefix            = "${var.cluster_name}-${each.key}-"
  description            = "Nodes of the group ${each.key} of ${var.cluster_name}"
  update_default_version = true
  vpc_security_group_ids = concat([aws_security_group.node.id], each.value.vpc_security_group_ids)

  block_device_mappings {
    device_name = each.value.root_device_name

    ebs {
      volume_size           = each.value.disk_size
      volume_type           = "gp3"
      encrypted             = true
      kms_key_id            = each.value.disk_kms_key_arn
      delete_on_termination = true
    }
  }

  # Version 2 only, and one hop: a pod does not get at the role of its node.
  metadata_options {
    http_endpoint               = "enabled"
    http_tokens                 = each.value.metadata_options.http_tokens
    http_put_response_hop_limit = each.value.metadata_options.http_put_response_hop_limit
  }

  monitoring {
    enabled = each.value.enable_monitoring
  }

  # The provider's default tags end at the template.
  dynamic "tag_specifications" {
    for_each = toset(["instance", "network-interface", "volume"])

    content {
      resource_type = tag_specifications.value
      tags          = merge({ Name = "${var.cluster_name}-${each.key}" }, local.handed_on_tags, each.value.tags)
    }
  }

  tags = merge(var.tags, each.value.tags)

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_eks_node_group" "this" {
  for_each = var.eks_managed_node_groups

  cluster_name           = aws_eks_cluster.this.name
  node_group_name_prefix = "${each.key}-"
  node_role_arn          = aws_iam_role.node[each.key].arn
  subnet_ids             = coalescelist(each.value.subnet_ids, var.subnet_ids)

  version              = coalesce(each.value.cluster_version, aws_eks_cluster.this.version)
  ami_type             = each.value.ami_type
  release_version      = each.value.ami_release_version
  capacity_type        = each.value.capacity_type
  instance_types       = each.value.instance_types
  labels               = each.value.labels
  force_update_version = each.value.force_update_version

  scaling_config {
    min_size     = each.value.min_size
    max_size     = each.value.max_size
    desired_size = each.value.desired_size
  }

  launch_template {
    id      = aws_launch_template.node[each.key].id
    version = aws_launch_template.node[each.key].default_version
  }

  update_config {
    max_unavailable_percentage = each.value.update_config.max_unavailable_percentage
  }

  dynamic "taint" {
    for_each = each.value.taints

    content {
      key    = taint.value.key
      value  = taint.value.value
      effect = taint.value.effect
    }
  }

  tags = merge({ Name = each.key }, var.tags, each.value.tags)

  lifecycle {
    create_before_destroy = true

    # How many nodes there are is the autoscaler's to say, once there is one.
    ignore_changes = [scaling_config[0].desired_size]
  }

  # Nodes that come before their network and their permissions never get ready.
  depends_on = [
    aws_eks_addon.before_compute,
    aws_iam_role_policy_attachment.node,
  ]
}

data "aws_iam_policy_document" "node_assume_role" {
  statement {
    sid     = "Nodes"
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["ec2.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "node" {
  for_each = var.eks_managed_node_groups

  name_prefix = "${each.key}-eks-node-group-"
  description = "Nodes of the group ${each.key} of ${var.cluster_name}"

  assume_role_policy    = data.aws_iam_policy_document.node_assume_role.json
  permissions_boundary  = each.value.iam_role_permissions_boundary
  force_detach_policies = true

  tags = merge(var.tags, each.value.tags)
}

locals {
  node_policies = {
    AmazonEKSWorkerNodePolicy          = "${local.policy_arn_prefix}/AmazonEKSWorkerNodePolicy"
    AmazonEC2ContainerRegistryReadOnly = "${local.policy_arn_prefix}/AmazonEC2ContainerRegistryReadOnly"
    AmazonEKS_CNI_Policy               = "${local.policy_arn_prefix}/AmazonEKS_CNI_Policy"
  }

  node_attachments = merge([
    for key, group in var.eks_managed_node_groups : {
      for name, arn in merge(local.node_policies, group.iam_role_additional_policies) :
      "${key}/${name}" => { group = key, arn = arn }
    }
  ]...)
}

resource "aws_iam_role_policy_attachment" "node" {
  for_each = local.node_attachments

  role       = aws_iam_role.node[each.value.group].name
  policy_arn = each.value.arn
}
