# A cluster of managed nodes, as most people have it.
data "aws_caller_identity" "current" {}

module "eks" {
  source = "./module"

  cluster_name                             = "numinia"
  cluster_version                          = "1.31"
  cluster_endpoint_public_access           = true
  enable_cluster_creator_admin_permissions = true

  cluster_addons = {
    coredns                = {}
    eks-pod-identity-agent = { before_compute = true }
    kube-proxy             = { most_recent = true }
    vpc-cni = {
      most_recent    = true
      before_compute = true
      configuration_values = jsonencode({
        env = { ENABLE_PREFIX_DELEGATION = "true" }
      })
    }
  }

  vpc_id     = aws_vpc.this.id
  subnet_ids = aws_subnet.this[*].id

  eks_managed_node_group_defaults = {
    ami_type = "AL2023_x86_64_STANDARD"
  }
  eks_managed_node_groups = {
    general = {
      instance_types = ["m6i.large", "m5.large"]
      capacity_type  = "SPOT"
      min_size       = 2
      max_size       = 5
      desired_size   = 2

      labels = { role = "general" }
      taints = {
        dedicated = { key = "dedicated", value = "general", effect = "NO_SCHEDULE" }
      }
      block_device_mappings = {
        xvda = {
          device_name = "/dev/xvda"
          ebs = { volume_size = 75, volume_type = "gp3", iops = 3000, throughput = 150, encrypted = true, delete_on_termination = true }
        }
      }
      iam_role_additional_policies = {
        ssm = "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore"
      }
      cloudinit_pre_nodeadm = [
        {
          content_type = "application/node.eks.aws"
          content      = <<-EOT
            ---
            apiVersion: node.eks.aws/v1alpha1
            kind: NodeConfig
            spec:
              kubelet:
                config:
                  shutdownGracePeriod: 30s
          EOT
        }
      ]
    }
    bottlerocket = {
      ami_type             = "BOTTLEROCKET_x86_64"
      instance_types       = ["m6i.large"]
      min_size             = 1
      max_size             = 2
      desired_size         = 1
      bootstrap_extra_args = "[settings.kernel]\nlockdown = \"integrity\"\n"
    }
  }

  access_entries = {
    viewer = {
      principal_arn = aws_iam_role.viewer.arn
      policy_associations = {
        view = {
          policy_arn   = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy"
          access_scope = { type = "namespace", namespaces = ["default"] }
        }
      }
    }
  }

  node_security_group_additional_rules = {
    ingress_self_all = {
      description = "Node to node"
      protocol    = "-1"
      from_port   = 0
      to_port     = 0
      type        = "ingress"
      self        = true
    }
  }

  tags = { Component = "cluster" }
}

resource "aws_iam_role" "viewer" {
  name = "viewer"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { AWS = data.aws_caller_identity.current.arn } }]
  })
}

output "cluster" {
  # Without what holds resources as they are: the AWS provider reads empty maps there which it made as null, and Terraform calls
  # that a change of the output, also after its own apply.
  value = {
    for name, value in module.eks : name => value
    if !contains(["access_entries", "cluster_addons", "eks_managed_node_groups", "fargate_profiles", "self_managed_node_groups"], name)
  }
}
