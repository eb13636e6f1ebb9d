# Who may call the Kubernetes API, and with which rights.
# https://docs.aws.amazon.com/eks/latest/userguide/access-entries.html

locals {
  access_policies = merge([
    for key, entry in var.access_entries : {
      for name, policy in entry.policy_associations :
      "${key}_${name}" => merge(policy, { principal_arn = entry.principal_arn, entry = key })
    }
  ]...)
}

resource "aws_eks_access_entry" "this" {
  for_each = var.access_entries

  cluster_name      = aws_eks_cluster.this.name
  principal_arn     = each.value.principal_arn
  type              = each.value.type
  kubernetes_groups = each.value.kubernetes_groups
  user_name         = each.value.user_name

  tags = merge(var.tags, each.value.tags)
}

resource "aws_eks_access_policy_association" "this" {
  for_each = local.access_policies

  cluster_name  = aws_eks_cluster.this.name
  principal_arn = aws_eks_access_entry.this[each.value.entry].principal_arn
  policy_arn    = each.value.policy_arn

  access_scope {
    type       = each.value.access_scope.type
    namespaces = each.value.access_scope.namespaces
  }
}
