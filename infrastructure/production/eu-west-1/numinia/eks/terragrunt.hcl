# The Kubernetes cluster: reached from inside the VPC only, with nodes in all three zones.
#
# The EFS CSI driver is installed by the unit efs-csi-driver below: its role trusts this cluster, so it can only be made
# when the cluster is there, and EKS takes only a role that exists.

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
  source = "${dirname(find_in_parent_folders("root.hcl"))}/../modules//eks"
}

dependency "vpc" {
  config_path = "../vpc"
}

dependency "secrets_key" {
  config_path = "../kms/eks-secrets"
}

dependency "logs_key" {
  config_path = "../kms/logs"
}

dependency "bastion_role" {
  config_path = "../iam/bastion-host"
}

inputs = {
  cluster_name    = include.env.locals.cluster_name
  cluster_version = "1.33"

  # Rather an upgrade by EKS than the price of a version that is past its time.
  cluster_upgrade_policy = { support_type = "STANDARD" }

  vpc_id     = dependency.vpc.outputs.vpc_id
  subnet_ids = dependency.vpc.outputs.private_subnets

  cluster_endpoint_private_access = true
  cluster_endpoint_public_access  = false

  # Its key names the role, so the name is agreed on.
  iam_role_name             = include.env.locals.cluster_role_name
  iam_role_use_name_prefix  = false
  cluster_encryption_config = { provider_key_arn = dependency.secrets_key.outputs.key_arn }

  cluster_enabled_log_types              = ["api", "audit", "authenticator", "controllerManager", "scheduler"]
  cloudwatch_log_group_retention_in_days = 30
  cloudwatch_log_group_kms_key_id        = dependency.logs_key.outputs.key_arn

  # Only access entries count, and whoever creates the cluster is its first administrator.
  authentication_mode                      = "API"
  enable_cluster_creator_admin_permissions = true

  access_entries = {
    bastion_host = {
      principal_arn = dependency.bastion_role.outputs.iam_role_arn

      policy_associations = {
        edit = {
          policy_arn   = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSEditPolicy"
          access_scope = { type = "cluster" }
        }
      }
    }
  }

  cluster_addons = {
    vpc-cni    = { before_compute = true }
    kube-proxy = { before_compute = true }
    coredns    = {}
  }

  # Three subnets, so that the loss of a zone leaves two thirds of the nodes.
  eks_managed_node_groups = {
    default = {
      instance_types = ["t3.large"]
      min_size       = 3
      max_size       = 6
      desired_size   = 3

      iam_role_additional_policies = {
        AmazonSSMManagedInstanceCore = "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore"
      }
    }
  }
}
