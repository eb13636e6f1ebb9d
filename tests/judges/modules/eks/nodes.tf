# The parts of the module for themselves, beside a cluster that has none of them.
module "eks" {
  source = "./module"

  cluster_name                    = "parts"
  cluster_version                 = "1.31"
  cluster_endpoint_public_access  = false
  cluster_ip_family               = "ipv4"
  cluster_service_ipv4_cidr       = "172.20.0.0/16"
  include_oidc_root_ca_thumbprint = true
  custom_oidc_thumbprints         = ["9e99a48a9960b14926bb7f3b02e22da2b0ab7280"]
  cluster_enabled_log_types       = []
  create_cloudwatch_log_group     = false
  cluster_encryption_config       = {}
  iam_role_use_name_prefix        = false
  cluster_security_group_additional_rules = {
    office = { description = "From the office", protocol = "tcp", from_port = 443, to_port = 443, type = "ingress", cidr_blocks = ["203.0.113.0/24"] }
  }

  vpc_id                   = aws_vpc.this.id
  subnet_ids               = aws_subnet.this[*].id
  control_plane_subnet_ids = slice(aws_subnet.this[*].id, 0, 2)
}

module "managed" {
  source = "./module/modules/eks-managed-node-group"

  name                              = "apart"
  use_name_prefix                   = false
  cluster_name                      = module.eks.cluster_name
  cluster_version                   = module.eks.cluster_version
  cluster_service_cidr              = module.eks.cluster_service_cidr
  cluster_primary_security_group_id = module.eks.cluster_primary_security_group_id
  vpc_security_group_ids            = [module.eks.node_security_group_id]
  subnet_ids                        = aws_subnet.this[*].id

  min_size      = 1
  max_size      = 3
  desired_size  = 1
  ami_type      = "AL2_x86_64"
  disk_size     = 30
  update_config = { max_unavailable = 1 }

  enable_bootstrap_user_data = false
  pre_bootstrap_user_data    = "export FOO=bar\n"
  metadata_options           = { http_endpoint = "enabled", http_tokens = "required", http_put_response_hop_limit = 1 }
  create_schedule            = true
  schedules = {
    evening = { min_size = 0, max_size = 3, desired_size = 0, recurrence = "0 20 * * *", time_zone = "Europe/Madrid" }
  }
}

module "own" {
  source = "./module/modules/self-managed-node-group"

  name                 = "own"
  cluster_name         = module.eks.cluster_name
  cluster_version      = module.eks.cluster_version
  cluster_endpoint     = module.eks.cluster_endpoint
  cluster_auth_base64  = module.eks.cluster_certificate_authority_data
  cluster_service_cidr = module.eks.cluster_service_cidr
  subnet_ids           = aws_subnet.this[*].id
  vpc_security_group_ids = [
    module.eks.cluster_primary_security_group_id,
    module.eks.node_security_group_id,
  ]

  min_size                   = 1
  max_size                   = 4
  desired_size               = 1
  instance_type              = "m6i.large"
  ami_type                   = "AL2_x86_64"
  bootstrap_extra_args       = "--kubelet-extra-args '--max-pods=110'"
  use_mixed_instances_policy = true
  mixed_instances_policy = {
    instances_distribution = { on_demand_base_capacity = 0, on_demand_percentage_above_base_capacity = 20, spot_allocation_strategy = "capacity-optimized" }
    override = [
      { instance_type = "m5.large", weighted_capacity = "1" },
      { instance_type = "m6i.large", weighted_capacity = "2" },
    ]
  }
  autoscaling_group_tags = { "k8s.io/cluster-autoscaler/enabled" = true }
}

module "fargate" {
  source = "./module/modules/fargate-profile"

  name         = "apart"
  cluster_name = module.eks.cluster_name
  subnet_ids   = slice(aws_subnet.this[*].id, 0, 2)
  selectors    = [{ namespace = "kube-system" }, { namespace = "batch-*", labels = { kind = "job" } }]
  iam_role_additional_policies = {
    ssm = "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore"
  }
}

output "cluster" {
  # Without what holds resources as they are: the AWS provider reads empty maps there which it made as null, and Terraform calls
  # that a change of the output, also after its own apply.
  value = {
    for name, value in module.eks : name => value
    if !contains(["access_entries", "cluster_addons", "eks_managed_node_groups", "fargate_profiles", "self_managed_node_groups"], name)
  }
}

output "parts" {
  value = [module.managed.node_group_arn, module.own.autoscaling_group_arn, module.fargate.fargate_profile_arn]
}
