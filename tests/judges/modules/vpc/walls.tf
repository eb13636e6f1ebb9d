# Lists of rules for each kind of subnet, no way out for some of them, and ways of one's own.
locals {
  inside = [
    { rule_number = 900, rule_action = "allow", from_port = 1024, to_port = 65535, protocol = "tcp", cidr_block = "0.0.0.0/0" },
    { rule_number = 901, rule_action = "allow", from_port = -1, to_port = -1, protocol = "icmp", icmp_code = -1, icmp_type = 8, cidr_block = "10.0.0.0/22" },
  ]
}

module "vpc" {
  source = "./module"

  name = "walls"
  cidr = "10.0.0.0/16"
  azs  = ["eu-west-1a", "eu-west-1b"]

  private_subnets     = ["10.0.1.0/24", "10.0.2.0/24"]
  public_subnets      = ["10.0.101.0/24", "10.0.102.0/24"]
  database_subnets    = ["10.0.21.0/24", "10.0.22.0/24"]
  elasticache_subnets = ["10.0.201.0/24", "10.0.202.0/24"]
  intra_subnets       = ["10.0.31.0/24", "10.0.32.0/24"]

  public_dedicated_network_acl      = true
  public_inbound_acl_rules          = concat(local.inside, [{ rule_number = 100, rule_action = "allow", from_port = 80, to_port = 80, protocol = "tcp", cidr_block = "0.0.0.0/0" }])
  public_outbound_acl_rules         = concat(local.inside, [{ rule_number = 140, rule_action = "allow", from_port = 80, to_port = 80, protocol = "tcp", ipv6_cidr_block = "::/0" }])
  public_acl_tags                   = { Wall = "public" }
  elasticache_dedicated_network_acl = true
  elasticache_outbound_acl_rules    = local.inside
  database_dedicated_network_acl    = true
  intra_dedicated_network_acl       = true
  intra_inbound_acl_rules           = [{ rule_number = 100, rule_action = "deny", from_port = 0, to_port = 0, protocol = "-1", cidr_block = "10.0.101.0/24" }]

  create_multiple_public_route_tables = true
  create_multiple_intra_route_tables  = true
  create_database_nat_gateway_route   = true
  create_database_subnet_route_table  = true

  enable_nat_gateway     = true
  one_nat_gateway_per_az = true
  reuse_nat_ips          = true
  external_nat_ip_ids    = aws_eip.nat[*].id

  manage_default_security_group = false
  manage_default_network_acl    = false
  manage_default_route_table    = false
}

module "none" {
  source = "./module"

  create_vpc = false
}

resource "aws_eip" "nat" {
  count = 2

  domain = "vpc"
}

output "vpc" {
  value = [module.vpc, module.none]
}
