# Parts of the cluster that EKS installs and renews. Those that nodes need to get ready come before them
# (before_compute), those that run on nodes come after.

locals {
  addons = { for key, addon in var.cluster_addons : key => merge(addon, { name = coalesce(addon.name, key) }) }
}

resource "aws_eks_addon" "before_compute" {
  for_each = { for key, addon in local.addons : key => addon if addon.before_compute }

  cluster_name                = aws_eks_cluster.this.name
  addon_name                  = each.value.name
  addon_version               = each.value.addon_version
  configuration_values        = each.value.configuration_values
  service_account_role_arn    = each.value.service_account_role_arn
  resolve_conflicts_on_create = each.value.resolve_conflicts_on_create
  resolve_conflicts_on_update = each.value.resolve_conflicts_on_update
  preserve                    = each.value.preserve

  tags = merge(var.tags, each.value.tags)

  # A role for its service account is believed through the provider.
  depends_on = [aws_iam_openid_connect_provider.oidc_provider]
}

resource "aws_eks_addon" "this" {
  for_each = { for key, addon in local.addons : key => addon if !addon.before_compute }

  cluster_name                = aws_eks_cluster.this.name
  addon_name                  = each.value.name
  addon_version               = each.value.addon_version
  configuration_values        = each.value.configuration_values
  service_account_role_arn    = each.value.service_account_role_arn
  resolve_conflicts_on_create = each.value.resolve_conflicts_on_create
  resolve_conflicts_on_update = each.value.resolve_conflicts_on_update
  preserve                    = each.value.preserve

  tags = merge(var.tags, each.value.tags)

  depends_on = [
    aws_eks_node_group.this,
    aws_iam_openid_connect_provider.oidc_provider,
  ]
}
