resource "aws_eip" "nat" {
  count = local.nat_gateway_count

  domain = "vpc"

  tags = merge(
    { Name = "${var.name}-${var.azs[var.single_nat_gateway ? 0 : count.index]}" },
    var.tags,
    var.nat_eip_tags,
  )

  # An address in a VPC needs the VPC's internet gateway, though it does not name it.
  depends_on = [aws_internet_gateway.this]
}

resource "aws_nat_gateway" "this" {
  count = local.nat_gateway_count

  allocation_id = aws_eip.nat[count.index].id
  subnet_id     = aws_subnet.public[count.index].id

  tags = merge(
    { Name = "${var.name}-${var.azs[var.single_nat_gateway ? 0 : count.index]}" },
    var.tags,
    var.nat_gateway_tags,
  )

  # A NAT gateway that starts before its way out exists fails and stays failed.
  depends_on = [aws_internet_gateway.this]
}

resource "aws_route" "private_nat_gateway" {
  count = local.nat_gateway_count > 0 ? local.private_route_table_count : 0

  route_table_id         = aws_route_table.private[count.index].id
  destination_cidr_block = var.nat_gateway_destination_cidr_block
  nat_gateway_id         = aws_nat_gateway.this[count.index].id

  timeouts {
    create = "5m"
  }
}
