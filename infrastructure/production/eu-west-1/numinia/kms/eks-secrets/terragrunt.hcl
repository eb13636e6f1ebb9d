# The key of the cluster's secrets.

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
  source = "${dirname(find_in_parent_folders("root.hcl"))}/../modules//kms"
}

locals {
  account      = "arn:aws:iam::${include.root.locals.aws_account_id}:root"
  cluster_role = "arn:aws:iam::${include.root.locals.aws_account_id}:role/${include.env.locals.cluster_role_name}"
}

inputs = {
  description = "Secrets of the cluster ${include.env.locals.cluster_name}"
  aliases     = ["eks/${include.env.locals.cluster_name}"]

  # The role is made with the cluster, after the key, and a policy cannot have a principal that does not exist.
  # So the account is the principal, and the condition leaves the role alone of it.
  key_statements = {
    ControlPlane = {
      actions    = ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:ListGrants"]
      principals = [{ type = "AWS", identifiers = [local.account] }]
      conditions = [{ test = "ArnEquals", variable = "aws:PrincipalArn", values = [local.cluster_role] }]
    }

    # EKS makes its grant in the name of whoever creates the cluster, and does not take kms:GrantIsForAWSResource.
    # https://docs.aws.amazon.com/eks/latest/userguide/enable-kms.html
    ClusterCreation = {
      actions    = ["kms:CreateGrant", "kms:DescribeKey"]
      principals = [{ type = "AWS", identifiers = [local.account] }]
      conditions = [{ test = "StringEquals", variable = "kms:CallerAccount", values = [include.root.locals.aws_account_id] }]
    }
  }
}
