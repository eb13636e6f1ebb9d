# Public: what the internet may reach (load balancers, bastion hosts, NAT gateways).

resource "aws_subnet" "public" {
  count = length(var.public_subnets)

  vpc_id                  = aws_vpc.this.id
  cidr_block              = var.public_subnets[count.index]
  availability_zone       = var.azs[count.index]
  map_public_ip_on_launch = var.map_public_ip_on_launch

  tags = merge(
    { Name = "${var.name}-${var.public_subnet_suffix}-${var.azs[count.index]}" },
    var.tags,
    var.public_subnet_tags,
    lookup(var.public_subnet_tags_per_az, var.azs[count.index], {}),
  )
}

resource "aws_route_table" "public" {
  count = length(var.public_subnets) > 0 ? 1 : 0

  vpc_id = aws_vpc.this.id

  tags = merge(
    { Name = "${var.name}-${var.public_subnet_suffix}" },
    var.tags,
    var.public_route_table_tags,
  )
}

resource "aws_route_table_association" "public" {
  count = length(var.public_subnets)

  subnet_id      = aws_subnet.public[count.index].id
  route_table_id = aws_route_table.public[0].id
}

resource "aws_route" "public_internet_gateway" {
  count = length(aws_internet_gateway.this)

  route_table_id         = aws_route_table.public[0].id
  destination_cidr_block = "0.0.0.0/0"
  gateway_id             = aws_internet_gateway.this[0].id

  timeouts {
    create = "5m"
  }
}

# Private: out through the NAT gateway of the same zone, never in (worker nodes, internal services).
# The routes to the NAT gateways are in nat.tf.

resource "aws_subnet" "private" {
  count = length(var.private_subnets)

  vpc_id            = aws_vpc.this.id
  cidr_block        = var.private_subnets[count.index]
  availability_zone = var.azs[count.index]

  tags = merge(
    { Name = "${var.name}-${var.private_subnet_suffix}-${var.azs[count.index]}" },
    var.tags,
    var.private_subnet_tags,
    lookup(var.private_subnet_tags_per_az, var.azs[count.index], {}),
  )
}

resource "aws_route_table" "private" {
  count = local.private_route_table_count

  vpc_id = aws_vpc.this.id

  tags = merge(
    {
      Name = var.single_nat_gateway ? "${var.name}-${var.private_subnet_suffix}" : (
        "${var.name}-${var.private_subnet_suffix}-${var.azs[count.index]}"
      )
    },
    var.tags,
    var.private_route_table_tags,
  )
}

resource "aws_route_table_association" "private" {
  count = length(var.private_subnets)

  subnet_id      = aws_subnet.private[count.index].id
  route_table_id = aws_route_table.private[var.single_nat_gateway ? 0 : count.index].id
}

# Database: one route table for all of them, which knows the VPC and nothing else. There is no input
# that gives it a way to the internet.

resource "aws_subnet" "database" {
  count = length(var.database_subnets)

  vpc_id            = aws_vpc.this.id
  cidr_block        = var.database_subnets[count.index]
  availability_zone = var.azs[count.index]

  tags = merge(
    { Name = "${var.name}-${var.database_subnet_suffix}-${var.azs[count.index]}" },
    var.tags,
    var.database_subnet_tags,
  )
}

resource "aws_route_table" "database" {
  count = local.create_database_route_table ? 1 : 0

  vpc_id = aws_vpc.this.id

  tags = merge(
    { Name = "${var.name}-${var.database_subnet_suffix}" },
    var.tags,
    var.database_route_table_tags,
  )
}

resource "aws_route_table_association" "database" {
  count = local.create_database_route_table ? length(var.database_subnets) : 0

  subnet_id      = aws_subnet.database[count.index].id
  route_table_id = aws_route_table.database[0].id
}

resource "aws_db_subnet_group" "database" {
  count = var.create_database_subnet_group && length(var.database_subnets) > 0 ? 1 : 0

  # RDS keeps names in lower case and would answer with another name than was asked for.
  name        = lower(coalesce(var.database_subnet_group_name, var.name))
  description = "Database subnets of ${var.name}"
  subnet_ids  = aws_subnet.database[*].id

  tags = merge(
    { Name = lower(coalesce(var.database_subnet_group_name, var.name)) },
    var.tags,
    var.database_subnet_group_tags,
  )
}
