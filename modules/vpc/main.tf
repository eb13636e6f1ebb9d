# The parts that more than one file here looks at. What the module makes is in the file named after it.

data "aws_partition" "current" {}

data "aws_region" "current" {}

data "aws_caller_identity" "current" {}

locals {
  # Subnets and zones are matched by position: the first subnet of a tier lies in the first zone.
  create_database_route_table = var.create_database_subnet_route_table && length(var.database_subnets) > 0

  nat_gateway_count = (
    !var.enable_nat_gateway || length(var.public_subnets) == 0 ? 0 :
    var.single_nat_gateway ? 1 :
    var.one_nat_gateway_per_az ? length(var.azs) :
    length(var.private_subnets)
  )

  # As many private route tables as there are ways out, so that each zone can use its own.
  private_route_table_count = length(var.private_subnets) == 0 ? 0 : (
    var.single_nat_gateway ? 1 : length(var.private_subnets)
  )
}
