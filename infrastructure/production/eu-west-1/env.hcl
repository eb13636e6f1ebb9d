# The production environment in eu-west-1: its name, the names of things that several units speak of, and the
# addresses that its units share.
#
# A unit that needs them includes this file with `expose = true` and `merge_strategy = "no_merge"`,
# and reads include.env.locals.

locals {
  environment = "production"
  project     = "numinia"

  # A key's policy names the role or trail that may use it before there is one: keys come first. So these names
  # are agreed on here.
  cluster_name      = "${local.project}-${local.environment}"
  cluster_role_name = "${local.cluster_name}-cluster"
  trail_name        = "${local.project}-${local.environment}"

  vpc_cidr = "10.0.0.0/16"
  azs      = ["eu-west-1a", "eu-west-1b", "eu-west-1c"]

  # Every subnet is a /24: 256 addresses, of which AWS keeps five (network, router, DNS, one for
  # later use, broadcast), so 251 are usable, not 254.
  # https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html
  private_subnets  = ["10.0.1.0/24", "10.0.2.0/24", "10.0.3.0/24"]
  database_subnets = ["10.0.4.0/24", "10.0.5.0/24", "10.0.6.0/24"]
  public_subnets   = ["10.0.101.0/24", "10.0.102.0/24", "10.0.103.0/24"]

  # All the rest of the VPC, kept free on purpose. The module refuses a subnet that reaches into one
  # of these; to use a range, take it out of here in the same change.
  reserved_cidr_blocks = {
    # AWS answers DNS on 10.0.0.2 for the whole VPC.
    lowest = "10.0.0.0/24"

    database_growth  = "10.0.7.0/24"
    next_tier        = "10.0.8.0/21"   # 10.0.8   - 10.0.15
    private_growth_1 = "10.0.16.0/20"  # 10.0.16  - 10.0.31
    private_growth_2 = "10.0.32.0/19"  # 10.0.32  - 10.0.63
    private_growth_3 = "10.0.64.0/19"  # 10.0.64  - 10.0.95
    below_public_1   = "10.0.96.0/22"  # 10.0.96  - 10.0.99
    below_public_2   = "10.0.100.0/24" # 10.0.100
    public_growth_1  = "10.0.104.0/21" # 10.0.104 - 10.0.111
    public_growth_2  = "10.0.112.0/20" # 10.0.112 - 10.0.127
    pods             = "10.0.128.0/17" # 10.0.128 - 10.0.255
  }
}
