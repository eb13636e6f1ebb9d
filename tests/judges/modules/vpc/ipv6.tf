# Both kinds of addresses, and subnets that have the newer one only.
module "both" {
  source = "./module"

  name = "both"
  cidr = "10.0.0.0/16"
  azs  = ["eu-west-1a", "eu-west-1b"]

  private_subnets  = ["10.0.1.0/24", "10.0.2.0/24"]
  public_subnets   = ["10.0.101.0/24", "10.0.102.0/24"]
  database_subnets = ["10.0.103.0/24", "10.0.104.0/24"]

  enable_ipv6                                    = true
  public_subnet_assign_ipv6_address_on_creation  = true
  private_subnet_assign_ipv6_address_on_creation = false
  public_subnet_ipv6_prefixes                    = [0, 1]
  private_subnet_ipv6_prefixes                   = [3, 4]
  database_subnet_ipv6_prefixes                  = [6, 7]
  private_subnet_enable_dns64                    = true
  create_egress_only_igw                         = true
  enable_nat_gateway                             = false
}

module "only" {
  source = "./module"

  name = "only"
  cidr = "10.1.0.0/16"
  azs  = ["eu-west-1a", "eu-west-1b"]

  enable_ipv6                  = true
  public_subnet_ipv6_native    = true
  public_subnet_ipv6_prefixes  = [0, 1]
  private_subnet_ipv6_native   = true
  private_subnet_ipv6_prefixes = [3, 4]
  enable_nat_gateway           = false
}

output "vpc" {
  value = [module.both, module.only]
}
