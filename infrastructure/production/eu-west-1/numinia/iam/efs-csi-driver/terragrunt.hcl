# What the EFS CSI driver may do in AWS: volumes on EFS that are its own.

include "root" {
  path   = find_in_parent_folders("root.hcl")
  expose = true
}

terraform {
  source = "${dirname(find_in_parent_folders("root.hcl"))}/../modules//iam-role-for-service-accounts-eks"
}

dependency "eks" {
  config_path = "../../eks"
}

inputs = {
  role_name             = "efs-csi-driver-role"
  role_description      = "EFS CSI driver of ${dependency.eks.outputs.cluster_name}"
  attach_efs_csi_policy = true

  oidc_providers = {
    cluster = {
      provider_arn               = dependency.eks.outputs.oidc_provider_arn
      namespace_service_accounts = ["kube-system:efs-csi-controller-sa"]
    }
  }
}
