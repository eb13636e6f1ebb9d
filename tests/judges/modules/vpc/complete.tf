# Every kind of subnet, a gateway of each kind, ranges that were added, and a VPN.
module "vpc" {
  source = "./module"

  name = "complete"
  cidr = "10.0.0.0/16"
  azs  = ["eu-west-1a", "eu-west-1b", "eu-west-1c"]

  secondary_cidr_blocks = ["10.1.0.0/16", "10.2.0.0/16"]

  private_subnets     = ["10.0.0.0/20", "10.0.16.0/20", "10.1.0.0/20"]
  public_subnets      = ["10.0.48.0/24", "10.0.49.0/24", "10.0.50.0/24"]
  database_subnets    = ["10.0.56.0/24", "10.0.57.0/24"]
  elasticache_subnets = ["10.0.64.0/24", "10.0.65.0/24"]
  redshift_subnets    = ["10.0.72.0/24", "10.0.73.0/24"]
  intra_subnets       = ["10.2.0.0/20", "10.2.16.0/20"]

  private_subnet_names    = ["First", "Second"]
  public_subnet_suffix    = "edge"
  public_subnet_tags      = { "kubernetes.io/role/elb" = 1 }
  private_subnet_tags     = { "kubernetes.io/role/internal-elb" = 1 }
  map_public_ip_on_launch = true
  public_subnet_tags_per_az = {
    eu-west-1a = { Zone = "first" }
  }

  create_database_subnet_group           = true
  create_database_subnet_route_table     = true
  create_database_internet_gateway_route = true
  create_elasticache_subnet_route_table  = true
  enable_public_redshift                 = true

  enable_dns_hostnames = true
  enable_dns_support   = true

  enable_nat_gateway     = true
  single_nat_gateway     = true
  one_nat_gateway_per_az = false

  customer_gateways = {
    office = { bgp_asn = 65112, ip_address = "203.0.113.17", device_name = "some" }
  }
  enable_vpn_gateway                 = true
  propagate_private_route_tables_vgw = true
  propagate_intra_route_tables_vgw   = true

  enable_dhcp_options              = true
  dhcp_options_domain_name         = "service.consul"
  dhcp_options_domain_name_servers = ["127.0.0.1", "10.10.0.2"]

  manage_default_security_group  = true
  default_security_group_ingress = [{ self = true }, { cidr_blocks = "10.0.0.0/8", from_port = 443, to_port = 443, protocol = "tcp", description = "inside" }]
  default_security_group_egress  = []
  manage_default_network_acl     = true
  manage_default_route_table     = true

  enable_flow_log                                 = true
  create_flow_log_cloudwatch_log_group            = true
  create_flow_log_cloudwatch_iam_role             = true
  flow_log_max_aggregation_interval               = 60
  flow_log_cloudwatch_log_group_retention_in_days = 7
  vpc_flow_log_tags                               = { Name = "flow" }

  tags = { Component = "network" }
}

output "vpc" {
  value = module.vpc
}
