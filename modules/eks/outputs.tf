output "cluster_arn" {
  description = "ARN of the cluster."
  value       = aws_eks_cluster.this.arn

  # Whoever uses the cluster wants to be let in.
  depends_on = [
    aws_eks_access_entry.this,
    aws_eks_access_policy_association.this,
  ]
}

output "cluster_name" {
  description = "Name of the cluster."
  value       = aws_eks_cluster.this.name

  depends_on = [
    aws_eks_access_entry.this,
    aws_eks_access_policy_association.this,
  ]
}

output "cluster_endpoint" {
  description = "Address of the Kubernetes API."
  value       = aws_eks_cluster.this.endpoint
}

output "cluster_certificate_authority_data" {
  description = "Certificate of the Kubernetes API's authority, base64."
  value       = aws_eks_cluster.this.certificate_authority[0].data
}

output "cluster_version" {
  description = "Version of Kubernetes."
  value       = aws_eks_cluster.this.version
}

output "cluster_platform_version" {
  description = "EKS's own version beside that of Kubernetes."
  value       = aws_eks_cluster.this.platform_version
}

output "cluster_status" {
  description = "State of the cluster."
  value       = aws_eks_cluster.this.status
}

output "cluster_service_cidr" {
  description = "Range of the addresses of services."
  value       = aws_eks_cluster.this.kubernetes_network_config[0].service_ipv4_cidr
}

output "cluster_primary_security_group_id" {
  description = "Id of the security group that EKS made with the cluster."
  value       = aws_eks_cluster.this.vpc_config[0].cluster_security_group_id
}

output "cluster_security_group_id" {
  description = "Id of the control plane's security group."
  value       = aws_security_group.cluster.id
}

output "cluster_security_group_arn" {
  description = "ARN of the control plane's security group."
  value       = aws_security_group.cluster.arn
}

output "node_security_group_id" {
  description = "Id of the nodes' security group."
  value       = aws_security_group.node.id
}

output "node_security_group_arn" {
  description = "ARN of the nodes' security group."
  value       = aws_security_group.node.arn
}

output "cluster_oidc_issuer_url" {
  description = "Issuer of the cluster's tokens."
  value       = aws_eks_cluster.this.identity[0].oidc[0].issuer
}

output "oidc_provider" {
  description = "Issuer of the cluster's tokens, without https://."
  value       = replace(aws_eks_cluster.this.identity[0].oidc[0].issuer, "https://", "")
}

output "oidc_provider_arn" {
  description = "ARN of the provider through which IAM believes the cluster's tokens; null without one."
  value       = try(aws_iam_openid_connect_provider.oidc_provider[0].arn, null)
}

output "cluster_iam_role_name" {
  description = "Name of the control plane's role; null where it was given."
  value       = try(aws_iam_role.this[0].name, null)
}

output "cluster_iam_role_arn" {
  description = "ARN of the control plane's role."
  value       = local.iam_role_arn
}

output "cluster_iam_role_unique_id" {
  description = "AWS's own id of the control plane's role; null where it was given."
  value       = try(aws_iam_role.this[0].unique_id, null)
}

output "cluster_addons" {
  description = "The add-ons by their names, each with arn and addon_version."
  value = {
    for key, addon in merge(aws_eks_addon.this, aws_eks_addon.before_compute) :
    key => { arn = addon.arn, addon_version = addon.addon_version }
  }
}

output "access_entries" {
  description = "Those who are let in, each with access_entry_arn and principal_arn."
  value = {
    for key, entry in aws_eks_access_entry.this :
    key => { access_entry_arn = entry.access_entry_arn, principal_arn = entry.principal_arn }
  }
}

output "cloudwatch_log_group_name" {
  description = "Name of the group of the control plane's logs; null without one."
  value       = try(aws_cloudwatch_log_group.this[0].name, null)
}

output "cloudwatch_log_group_arn" {
  description = "ARN of the group of the control plane's logs; null without one."
  value       = try(aws_cloudwatch_log_group.this[0].arn, null)
}

output "eks_managed_node_groups" {
  description = "The node groups by their names, each with its ids, its role, its launch template and its Auto Scaling groups."
  value = {
    for key, group in aws_eks_node_group.this : key => {
      node_group_id                      = group.id
      node_group_arn                     = group.arn
      node_group_status                  = group.status
      node_group_autoscaling_group_names = flatten(group.resources[*].autoscaling_groups[*].name)
      iam_role_name                      = aws_iam_role.node[key].name
      iam_role_arn                       = aws_iam_role.node[key].arn
      launch_template_id                 = aws_launch_template.node[key].id
      launch_template_name               = aws_launch_template.node[key].name
      launch_template_latest_version     = aws_launch_template.node[key].latest_version
    }
  }
}

output "eks_managed_node_groups_autoscaling_group_names" {
  description = "Names of all Auto Scaling groups of the nodes."
  value       = flatten([for group in aws_eks_node_group.this : flatten(group.resources[*].autoscaling_groups[*].name)])
}
