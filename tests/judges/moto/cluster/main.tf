variable "step" { type = number }

resource "aws_vpc" "v" { cidr_block = "10.0.0.0/16" }

resource "aws_subnet" "s" {
  for_each          = { a = "10.0.1.0/24", b = "10.0.2.0/24" }
  vpc_id            = aws_vpc.v.id
  cidr_block        = each.value
  availability_zone = "eu-west-1${each.key}"
}

resource "aws_iam_role" "r" {
  for_each = toset(["eks", "ec2", "eks-fargate-pods"])
  name     = each.key
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "${each.key}.amazonaws.com" } }]
  })
}

resource "aws_eks_cluster" "c" {
  name     = "c"
  role_arn = aws_iam_role.r["eks"].arn
  version  = "1.32"

  vpc_config { subnet_ids = [for s in aws_subnet.s : s.id] }

  tags = { Step = var.step }
}

resource "aws_key_pair" "k" {
  key_name   = "nodes"
  public_key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f me"
}

resource "aws_eks_node_group" "n" {
  cluster_name    = aws_eks_cluster.c.name
  node_group_name = "n"
  node_role_arn   = aws_iam_role.r["ec2"].arn
  subnet_ids      = [for s in aws_subnet.s : s.id]
  labels          = { a = "b" }

  # moto shows a key pair of its own where none is given.
  remote_access { ec2_ssh_key = aws_key_pair.k.key_name }

  scaling_config {
    min_size     = 1
    max_size     = 3
    desired_size = 1
  }

  # moto changes tags of clusters alone, and tells of no other update whether it is done.
  tags = { Step = "1" }
}

resource "aws_eks_fargate_profile" "f" {
  cluster_name           = aws_eks_cluster.c.name
  fargate_profile_name   = "f"
  pod_execution_role_arn = aws_iam_role.r["eks-fargate-pods"].arn
  subnet_ids             = [for s in aws_subnet.s : s.id]

  selector { namespace = "a" }

  tags = { Step = "1" }
}
