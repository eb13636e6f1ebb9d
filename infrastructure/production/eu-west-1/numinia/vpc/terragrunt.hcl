# The network of production: three zones, each with a private, a database and a public subnet and a
# NAT gateway of its own, so that the loss of a zone takes no other zone's way out with it.

include "root" {
  path = find_in_parent_folders("root.hcl")
}

include "env" {
  path           = find_in_parent_folders("env.hcl")
  expose         = true
  merge_strategy = "no_merge"
}

terraform {
  source = "${dirname(find_in_parent_folders("root.hcl"))}/../modules//vpc"
}

locals {
  # Load balancers that Kubernetes makes find their subnets by these.
  # https://docs.aws.amazon.com/eks/latest/userguide/network-load-balancing.html
  internal_load_balancers = { "kubernetes.io/role/internal-elb" = "1" }
  public_load_balancers   = { "kubernetes.io/role/elb" = "1" }
}

inputs = {
  name = "${include.env.locals.project}-${include.env.locals.environment}"
  cidr = include.env.locals.vpc_cidr
  azs  = include.env.locals.azs

  private_subnets      = include.env.locals.private_subnets
  database_subnets     = include.env.locals.database_subnets
  public_subnets       = include.env.locals.public_subnets
  reserved_cidr_blocks = include.env.locals.reserved_cidr_blocks

  private_subnet_tags = local.internal_load_balancers
  public_subnet_tags  = local.public_load_balancers

  # The endpoints' private names need both.
  enable_dns_support   = true
  enable_dns_hostnames = true

  enable_nat_gateway     = true
  single_nat_gateway     = false
  one_nat_gateway_per_az = true

  # Databases answer inside the VPC and reach nothing outside it.
  create_database_subnet_group       = false
  create_database_subnet_route_table = true

  # Whatever is put into the default group by mistake can talk to nobody.
  manage_default_security_group  = true
  default_security_group_ingress = []
  default_security_group_egress  = []

  enable_flow_log                                 = true
  flow_log_traffic_type                           = "ALL"
  create_flow_log_cloudwatch_log_group            = true
  create_flow_log_cloudwatch_iam_role             = true
  flow_log_cloudwatch_log_group_retention_in_days = 30

  endpoints = {
    s3   = { service = "s3", service_type = "Gateway" }
    eks  = { service = "eks" }
    logs = { service = "logs" }
  }
}
