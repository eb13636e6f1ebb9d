# Roles of the controllers that people run in a cluster.
locals {
  oidc = {
    main = {
      provider_arn               = aws_iam_openid_connect_provider.this.arn
      namespace_service_accounts = ["kube-system:controller", "canary:controller"]
    }
  }
}

resource "aws_iam_openid_connect_provider" "this" {
  url             = "https://oidc.eks.eu-west-1.amazonaws.com/id/5C54DDF35ER19312844C7333374CC09D"
  client_id_list  = ["sts.amazonaws.com"]
  thumbprint_list = ["9e99a48a9960b14926bb7f3b02e22da2b0ab7280"]
}

module "plain" {
  source = "./module/modules/iam-role-for-service-accounts-eks"

  role_name              = "plain"
  allow_self_assume_role = true
  oidc_providers         = local.oidc
  role_policy_arns = {
    AmazonEKS_CNI_Policy = "arn:aws:iam::aws:policy/AmazonEKS_CNI_Policy"
    additional           = aws_iam_policy.additional.arn
  }
}

resource "aws_iam_policy" "additional" {
  name        = "additional"
  description = "Additional policy"
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Action = ["ec2:Describe*"], Effect = "Allow", Resource = "*" }]
  })
}

module "none" {
  source = "./module/modules/iam-role-for-service-accounts-eks"

  role_name   = "none"
  create_role = false
}

module "cert_manager" {
  source = "./module/modules/iam-role-for-service-accounts-eks"

  role_name      = "cert_manager"
  oidc_providers = local.oidc
  attach_cert_manager_policy = true
  cert_manager_hosted_zone_arns = ["arn:aws:route53:::hostedzone/IClearlyMadeThisUp"]
}

module "cluster_autoscaler" {
  source = "./module/modules/iam-role-for-service-accounts-eks"

  role_name      = "cluster_autoscaler"
  oidc_providers = local.oidc
  attach_cluster_autoscaler_policy = true
  cluster_autoscaler_cluster_names = ["numinia"]
}

module "ebs_csi" {
  source = "./module/modules/iam-role-for-service-accounts-eks"

  role_name      = "ebs_csi"
  oidc_providers = local.oidc
  attach_ebs_csi_policy = true
  ebs_csi_kms_cmk_ids = ["arn:aws:kms:eu-west-1:241533135482:key/1234abcd-12ab-34cd-56ef-1234567890ab"]
}

module "efs_csi" {
  source = "./module/modules/iam-role-for-service-accounts-eks"

  role_name      = "efs_csi"
  oidc_providers = local.oidc
  attach_efs_csi_policy = true
}

module "s3_csi" {
  source = "./module/modules/iam-role-for-service-accounts-eks"

  role_name      = "s3_csi"
  oidc_providers = local.oidc
  attach_mountpoint_s3_csi_policy = true
  mountpoint_s3_csi_bucket_arns = ["arn:aws:s3:::numinia-data"]
  mountpoint_s3_csi_path_arns = ["arn:aws:s3:::numinia-data/example/*"]
}

module "external_dns" {
  source = "./module/modules/iam-role-for-service-accounts-eks"

  role_name      = "external_dns"
  oidc_providers = local.oidc
  attach_external_dns_policy = true
  external_dns_hosted_zone_arns = ["arn:aws:route53:::hostedzone/IClearlyMadeThisUp"]
}

module "external_secrets" {
  source = "./module/modules/iam-role-for-service-accounts-eks"

  role_name      = "external_secrets"
  oidc_providers = local.oidc
  attach_external_secrets_policy = true
  external_secrets_ssm_parameter_arns = ["arn:aws:ssm:*:*:parameter/foo"]
  external_secrets_secrets_manager_arns = ["arn:aws:secretsmanager:*:*:secret:bar"]
  external_secrets_kms_key_arns = ["arn:aws:kms:*:*:key/1234abcd-12ab-34cd-56ef-1234567890ab"]
  external_secrets_secrets_manager_create_permission = true
}

module "fsx_lustre_csi" {
  source = "./module/modules/iam-role-for-service-accounts-eks"

  role_name      = "fsx_lustre_csi"
  oidc_providers = local.oidc
  attach_fsx_lustre_csi_policy = true
}

module "karpenter" {
  source = "./module/modules/iam-role-for-service-accounts-eks"

  role_name      = "karpenter"
  oidc_providers = local.oidc
  attach_karpenter_controller_policy = true
  karpenter_controller_cluster_name = "numinia"
  karpenter_controller_node_iam_role_arns = ["arn:aws:iam::241533135482:role/nodes"]
  enable_karpenter_instance_profile_creation = true
  karpenter_sqs_queue_arn = "arn:aws:sqs:eu-west-1:241533135482:karpenter"
}

module "load_balancer" {
  source = "./module/modules/iam-role-for-service-accounts-eks"

  role_name      = "load_balancer"
  oidc_providers = local.oidc
  attach_load_balancer_controller_policy = true
}

module "target_groups" {
  source = "./module/modules/iam-role-for-service-accounts-eks"

  role_name      = "target_groups"
  oidc_providers = local.oidc
  attach_load_balancer_controller_targetgroup_binding_only_policy = true
}

module "appmesh" {
  source = "./module/modules/iam-role-for-service-accounts-eks"

  role_name      = "appmesh"
  oidc_providers = local.oidc
  attach_appmesh_controller_policy = true
}

module "appmesh_envoy" {
  source = "./module/modules/iam-role-for-service-accounts-eks"

  role_name      = "appmesh_envoy"
  oidc_providers = local.oidc
  attach_appmesh_envoy_proxy_policy = true
}

module "gateway" {
  source = "./module/modules/iam-role-for-service-accounts-eks"

  role_name      = "gateway"
  oidc_providers = local.oidc
  attach_aws_gateway_controller_policy = true
}

module "prometheus" {
  source = "./module/modules/iam-role-for-service-accounts-eks"

  role_name      = "prometheus"
  oidc_providers = local.oidc
  attach_amazon_managed_service_prometheus_policy = true
}

module "termination" {
  source = "./module/modules/iam-role-for-service-accounts-eks"

  role_name      = "termination"
  oidc_providers = local.oidc
  attach_node_termination_handler_policy = true
}

module "velero" {
  source = "./module/modules/iam-role-for-service-accounts-eks"

  role_name      = "velero"
  oidc_providers = local.oidc
  attach_velero_policy = true
  velero_s3_bucket_arns = ["arn:aws:s3:::velero-backups"]
}

module "vpc_cni" {
  source = "./module/modules/iam-role-for-service-accounts-eks"

  role_name      = "vpc_cni"
  oidc_providers = local.oidc
  attach_vpc_cni_policy = true
  vpc_cni_enable_ipv4 = true
  vpc_cni_enable_cloudwatch_logs = true
}

module "vpc_cni_six" {
  source = "./module/modules/iam-role-for-service-accounts-eks"

  role_name      = "vpc_cni_six"
  oidc_providers = local.oidc
  attach_vpc_cni_policy = true
  vpc_cni_enable_ipv6 = true
}

module "observability" {
  source = "./module/modules/iam-role-for-service-accounts-eks"

  role_name      = "observability"
  oidc_providers = local.oidc
  attach_cloudwatch_observability_policy = true
}

output "roles" {
  value = [module.plain, module.karpenter, module.none]
}
