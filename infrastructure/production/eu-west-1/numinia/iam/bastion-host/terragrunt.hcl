# What the bastion host may do in AWS: look at the cluster, and be looked after by Systems Manager.

include "root" {
  path   = find_in_parent_folders("root.hcl")
  expose = true
}

include "env" {
  path           = find_in_parent_folders("env.hcl")
  expose         = true
  merge_strategy = "no_merge"
}

terraform {
  source = "${dirname(find_in_parent_folders("root.hcl"))}/../modules//iam-assumable-role"
}

locals {
  eks     = "arn:aws:eks:${include.root.locals.aws_region}:${include.root.locals.aws_account_id}"
  cluster = include.env.locals.cluster_name
}

inputs = {
  role_name        = "prod-bastion-host-eks-role"
  role_description = "Bastion host: sees the cluster ${local.cluster}"

  trusted_role_services   = ["ec2.amazonaws.com"]
  create_instance_profile = true
  custom_role_policy_arns = ["arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore"]

  # What it may do inside the cluster is said by the cluster's access entries.
  inline_policy_name = "describe-eks"
  inline_policy_statements = [
    {
      sid = "DescribeCluster"
      actions = [
        "eks:DescribeAddon",
        "eks:DescribeCluster",
        "eks:DescribeNodegroup",
        "eks:ListAddons",
        "eks:ListNodegroups",
      ]
      resources = [
        "${local.eks}:addon/${local.cluster}/*",
        "${local.eks}:cluster/${local.cluster}",
        "${local.eks}:nodegroup/${local.cluster}/*",
      ]
    },
    # It has no narrower resource.
    {
      sid       = "FindCluster"
      actions   = ["eks:ListClusters"]
      resources = ["*"]
    },
  ]
}
