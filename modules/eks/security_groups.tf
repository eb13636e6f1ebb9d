# Who talks to the control plane, and who to the nodes.
# https://docs.aws.amazon.com/eks/latest/userguide/sec-group-reqs.html

locals {
  cluster_rules = merge(
    {
      ingress_nodes_443 = {
        type        = "ingress", protocol = "tcp", from_port = 443, to_port = 443, source_node_security_group = true
        description = "Nodes and pods to the Kubernetes API"
      }
    },
    var.cluster_security_group_additional_rules,
  )

  node_rules = merge(
    {
      ingress_cluster_443 = {
        type        = "ingress", protocol = "tcp", from_port = 443, to_port = 443, source_cluster_security_group = true
        description = "Kubernetes API to services of the nodes"
      }
      ingress_cluster_kubelet = {
        type        = "ingress", protocol = "tcp", from_port = 10250, to_port = 10250, source_cluster_security_group = true
        description = "Kubernetes API to the kubelets"
      }
      ingress_self_coredns_tcp = {
        type        = "ingress", protocol = "tcp", from_port = 53, to_port = 53, self = true
        description = "DNS among nodes"
      }
      ingress_self_coredns_udp = {
        type        = "ingress", protocol = "udp", from_port = 53, to_port = 53, self = true
        description = "DNS among nodes"
      }
    },
    { for name, rule in local.recommended_node_rules : name => rule if var.node_security_group_enable_recommended_rules },
    var.node_security_group_additional_rules,
  )
}

locals {
  recommended_node_rules = {
    ingress_nodes_ephemeral = {
      type        = "ingress", protocol = "tcp", from_port = 1025, to_port = 65535, self = true
      description = "Pods to pods on unprivileged ports"
    }
    # Admission webhooks and metrics listen on ports of their own choice: 4443, 6443, 8443, 9443 and others.
    ingress_cluster_webhooks = {
      type        = "ingress", protocol = "tcp", from_port = 1025, to_port = 65535, source_cluster_security_group = true
      description = "Kubernetes API to webhooks and metrics"
    }
    egress_all = {
      type        = "egress", protocol = "-1", from_port = 0, to_port = 0, cidr_blocks = ["0.0.0.0/0"]
      description = "Nodes and pods to anywhere"
    }
  }
}

resource "aws_security_group" "cluster" {
  name_prefix = "${var.cluster_name}-cluster-"
  description = "Control plane of the EKS cluster ${var.cluster_name}"
  vpc_id      = var.vpc_id

  tags = merge({ Name = "${var.cluster_name}-cluster" }, var.tags, var.cluster_security_group_tags)

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_security_group_rule" "cluster" {
  for_each = local.cluster_rules

  security_group_id = aws_security_group.cluster.id
  type              = each.value.type
  protocol          = each.value.protocol
  from_port         = each.value.from_port
  to_port           = each.value.to_port
  description       = try(each.value.description, null)
  cidr_blocks       = try(each.value.cidr_blocks, null)
  prefix_list_ids   = try(each.value.prefix_list_ids, null)
  self              = try(each.value.self, null)

  source_security_group_id = (
    try(each.value.source_node_security_group, false) == true
    ? aws_security_group.node.id
    : try(each.value.source_security_group_id, null)
  )
}

resource "aws_security_group" "node" {
  name_prefix = "${var.cluster_name}-node-"
  description = "Nodes of the EKS cluster ${var.cluster_name}"
  vpc_id      = var.vpc_id

  # Load balancer controllers find the one group of each node that they may open by the second tag.
  tags = merge(
    {
      Name                                        = "${var.cluster_name}-node"
      "kubernetes.io/cluster/${var.cluster_name}" = "owned"
    },
    var.tags,
    var.node_security_group_tags,
  )

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_security_group_rule" "node" {
  for_each = local.node_rules

  security_group_id = aws_security_group.node.id
  type              = each.value.type
  protocol          = each.value.protocol
  from_port         = each.value.from_port
  to_port           = each.value.to_port
  description       = try(each.value.description, null)
  cidr_blocks       = try(each.value.cidr_blocks, null)
  prefix_list_ids   = try(each.value.prefix_list_ids, null)
  self              = try(each.value.self, null)

  source_security_group_id = (
    try(each.value.source_cluster_security_group, false) == true
    ? aws_security_group.cluster.id
    : try(each.value.source_security_group_id, null)
  )
}
