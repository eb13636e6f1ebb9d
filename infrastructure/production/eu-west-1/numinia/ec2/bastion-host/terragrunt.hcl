# The way in to the cluster for people: a machine that nobody can call. Systems Manager opens sessions on it.

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
  source = "${dirname(find_in_parent_folders("root.hcl"))}/../modules//ec2-instance"
}

dependency "vpc" {
  config_path = "../../vpc"
}

dependency "role" {
  config_path = "../../iam/bastion-host"
}

dependency "eks" {
  config_path = "../../eks"
}

inputs = {
  name          = "${include.env.locals.project}-${include.env.locals.environment}-bastion-host"
  instance_type = "t3.micro"

  # Amazon Linux 2
  ami_ssm_parameter = "/aws/service/ami-amazon-linux-latest/amzn2-ami-hvm-x86_64-gp2"

  # In a public subnet the machine needs an address of its own to reach Systems Manager. Nothing is let in by it.
  subnet_id                   = dependency.vpc.outputs.public_subnets[0]
  associate_public_ip_address = true
  iam_instance_profile        = dependency.role.outputs.iam_instance_profile_name

  metadata_options  = { http_tokens = "required" }
  root_block_device = { encrypted = true }

  security_group_vpc_id = dependency.vpc.outputs.vpc_id
  security_group_rules = {
    https = {
      type        = "egress"
      description = "Systems Manager, packages, the Kubernetes API"
      from_port   = 443
      to_port     = 443
      cidr_blocks = ["0.0.0.0/0"]
    }
  }
  let_into = {
    kubernetes_api = { security_group_id = dependency.eks.outputs.cluster_security_group_id, port = 443 }
  }

  maintenance_options   = { auto_recovery = "default" }
  create_recovery_alarm = true

  # Sunday nights.
  patch_schedule = "cron(0 3 ? * SUN *)"
}
