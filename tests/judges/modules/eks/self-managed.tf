# Nodes in groups of one's own, profiles of Fargate, and Karpenter beside them.
module "eks" {
  source = "./module"

  cluster_name                         = "own"
  cluster_version                      = "1.31"
  cluster_endpoint_public_access       = true
  cluster_endpoint_public_access_cidrs = ["203.0.113.0/24"]
  cluster_enabled_log_types            = ["api", "audit"]
  cluster_upgrade_policy               = { support_type = "STANDARD" }
  cluster_zonal_shift_config           = { enabled = true }
  authentication_mode                  = "API_AND_CONFIG_MAP"
  create_kms_key                       = false
  cluster_encryption_config = {
    provider_key_arn = aws_kms_key.this.arn
    resources        = ["secrets"]
  }

  vpc_id     = aws_vpc.this.id
  subnet_ids = aws_subnet.this[*].id

  self_managed_node_groups = {
    own = {
      ami_type      = "AL2023_x86_64_STANDARD"
      instance_type = "m6i.large"
      min_size      = 1
      max_size      = 3
      desired_size  = 1
      schedules = {
        night = { min_size = 0, max_size = 0, desired_size = 0, recurrence = "0 22 * * *" }
      }
    }
  }

  fargate_profiles = {
    default = {
      selectors = [{ namespace = "batch" }, { namespace = "kube-system", labels = { k8s-app = "kube-dns" } }]
    }
  }

  node_security_group_tags = { "karpenter.sh/discovery" = "own" }
}

module "karpenter" {
  source = "./module/modules/karpenter"

  cluster_name                    = module.eks.cluster_name
  enable_v1_permissions           = true
  enable_pod_identity             = true
  create_pod_identity_association = true
  node_iam_role_additional_policies = {
    ssm = "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore"
  }
}

resource "aws_kms_key" "this" {
  deletion_window_in_days = 7
}

output "cluster" {
  # Without what holds resources as they are: the AWS provider reads empty maps there which it made as null, and Terraform calls
  # that a change of the output, also after its own apply.
  value = {
    for name, value in module.eks : name => value
    if !contains(["access_entries", "cluster_addons", "eks_managed_node_groups", "fargate_profiles", "self_managed_node_groups"], name)
  }
}

output "karpenter" {
  value = module.karpenter
}
