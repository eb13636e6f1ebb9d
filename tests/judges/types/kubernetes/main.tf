resource "aws_vpc" "v" {
  cidr_block           = "10.0.0.0/16"
  enable_dns_hostnames = true
}
resource "aws_subnet" "s" {
  for_each          = { a = "10.0.1.0/24", b = "10.0.2.0/24", c = "10.0.3.0/24" }
  vpc_id            = aws_vpc.v.id
  cidr_block        = each.value
  availability_zone = "eu-west-1${each.key}"
}
resource "aws_iam_role" "r" {
  name               = "r"
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Principal = { Service = ["eks.amazonaws.com", "ec2.amazonaws.com"] }, Action = "sts:AssumeRole" }] })
}
resource "aws_iam_role" "n" {
  name               = "n"
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Principal = { Service = ["ec2.amazonaws.com"] }, Action = "sts:AssumeRole" }] })
}
resource "aws_eks_cluster" "c" {
  name     = "c"
  role_arn = aws_iam_role.r.arn
  version  = "1.32"
  enabled_cluster_log_types = ["audit", "api"]
  access_config {
    authentication_mode                         = "API_AND_CONFIG_MAP"
    bootstrap_cluster_creator_admin_permissions = true
  }
  vpc_config {
    subnet_ids              = [for s in aws_subnet.s : s.id]
    endpoint_private_access = true
  }
  kubernetes_network_config {
    ip_family         = "ipv4"
    service_ipv4_cidr = "172.20.0.0/16"
  }
  upgrade_policy { support_type = "STANDARD" }
  tags = { Name = "c" }
}
resource "aws_eks_cluster" "bare" {
  name     = "bare"
  role_arn = aws_iam_role.r.arn
  vpc_config {
    subnet_ids = [for s in aws_subnet.s : s.id]
  }
}
data "aws_eks_addon_version" "v" {
  addon_name         = "vpc-cni"
  kubernetes_version = aws_eks_cluster.c.version
  most_recent        = true
}
data "aws_eks_addon_version" "d" {
  addon_name         = "coredns"
  kubernetes_version = aws_eks_cluster.c.version
}
data "aws_eks_cluster" "c" { name = aws_eks_cluster.c.id }
data "aws_eks_clusters" "all" { depends_on = [aws_eks_cluster.c] }
data "aws_eks_cluster_versions" "v" { default_only = true }
resource "aws_eks_addon" "cni" {
  cluster_name                = aws_eks_cluster.c.name
  addon_name                  = "vpc-cni"
  addon_version               = data.aws_eks_addon_version.v.version
  resolve_conflicts_on_create = "OVERWRITE"
  resolve_conflicts_on_update = "OVERWRITE"
  configuration_values        = jsonencode({ env = { A = "b" } })
  service_account_role_arn    = aws_iam_role.n.arn
  preserve                    = true
}
resource "aws_eks_addon" "dns" {
  cluster_name = aws_eks_cluster.c.name
  addon_name   = "coredns"
  pod_identity_association {
    role_arn        = aws_iam_role.n.arn
    service_account = "coredns"
  }
}
resource "aws_eks_node_group" "plain" {
  cluster_name           = aws_eks_cluster.c.name
  node_group_name_prefix = "n-"
  node_role_arn          = aws_iam_role.n.arn
  subnet_ids             = [for s in aws_subnet.s : s.id]
  scaling_config {
    min_size     = 1
    max_size     = 3
    desired_size = 2
  }
  labels = { a = "b" }
  taint {
    key    = "k"
    value  = "v"
    effect = "NO_SCHEDULE"
  }
}
resource "aws_launch_template" "n" {
  name = "nodes"
  metadata_options {
    http_endpoint               = "enabled"
    http_tokens                 = "required"
    http_put_response_hop_limit = 2
  }
  tag_specifications {
    resource_type = "instance"
    tags          = { Name = "node" }
  }
}
resource "aws_eks_node_group" "templated" {
  cluster_name    = aws_eks_cluster.c.name
  node_group_name = "t"
  node_role_arn   = aws_iam_role.n.arn
  subnet_ids      = [for s in aws_subnet.s : s.id]
  ami_type        = "AL2023_x86_64_STANDARD"
  instance_types  = ["m5.large"]
  capacity_type   = "SPOT"
  launch_template {
    id      = aws_launch_template.n.id
    version = aws_launch_template.n.default_version
  }
  scaling_config {
    min_size     = 1
    max_size     = 1
    desired_size = 1
  }
  update_config { max_unavailable_percentage = 33 }
  lifecycle { ignore_changes = [scaling_config[0].desired_size] }
}
resource "aws_eks_access_entry" "e" {
  cluster_name      = aws_eks_cluster.c.name
  principal_arn     = aws_iam_role.r.arn
  kubernetes_groups = ["a"]
}
resource "aws_eks_access_policy_association" "p" {
  cluster_name  = aws_eks_cluster.c.name
  principal_arn = aws_eks_access_entry.e.principal_arn
  policy_arn    = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy"
  access_scope {
    type       = "namespace"
    namespaces = ["default"]
  }
}
resource "aws_eks_access_policy_association" "q" {
  cluster_name  = aws_eks_cluster.c.name
  principal_arn = aws_eks_access_entry.e.principal_arn
  policy_arn    = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSAdminPolicy"
  access_scope { type = "cluster" }
}
resource "aws_eks_pod_identity_association" "p" {
  cluster_name    = aws_eks_cluster.c.name
  namespace       = "n"
  service_account = "s"
  role_arn        = aws_iam_role.n.arn
}
resource "aws_eks_fargate_profile" "f" {
  cluster_name           = aws_eks_cluster.c.name
  fargate_profile_name   = "f"
  pod_execution_role_arn = aws_iam_role.n.arn
  subnet_ids             = [for s in aws_subnet.s : s.id]
  selector { namespace = "a" }
}
resource "aws_eks_identity_provider_config" "i" {
  cluster_name = aws_eks_cluster.bare.name
  oidc {
    client_id                     = "id"
    identity_provider_config_name = "i"
    issuer_url                    = "https://issuer.example"
  }
}
resource "aws_ec2_tag" "sg" {
  resource_id = aws_eks_cluster.c.vpc_config[0].cluster_security_group_id
  key         = "karpenter.sh/discovery"
  value       = "c"
}
