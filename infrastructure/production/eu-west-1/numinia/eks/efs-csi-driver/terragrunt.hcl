# The EFS CSI driver of the cluster, with its role. EKS installs it and renews it.

include "root" {
  path   = find_in_parent_folders("root.hcl")
  expose = true
}

terraform {
  source = "${dirname(find_in_parent_folders("root.hcl"))}/../modules//eks-addon"
}

dependency "eks" {
  config_path = ".."
}

dependency "role" {
  config_path = "../../iam/efs-csi-driver"
}

inputs = {
  cluster_name             = dependency.eks.outputs.cluster_name
  addon_name               = "aws-efs-csi-driver"
  service_account_role_arn = dependency.role.outputs.iam_role_arn
}
