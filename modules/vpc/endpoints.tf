# Ways to AWS services that stay inside AWS's network.
#
# Gateway endpoints (S3, DynamoDB) are routes and go into every route table here. Interface
# endpoints are network interfaces in the private subnets; with private DNS the service's usual
# name leads to them, so callers need no setting.

locals {
  endpoint_services = {
    for key, endpoint in var.endpoints : key => coalesce(
      endpoint.service_name,
      "com.amazonaws.${data.aws_region.current.name}.${coalesce(endpoint.service, key)}",
    )
  }

  interface_endpoints = { for key, endpoint in var.endpoints : key => endpoint if endpoint.service_type == "Interface" }
}

resource "aws_vpc_endpoint" "this" {
  for_each = var.endpoints

  vpc_id            = aws_vpc.this.id
  service_name      = local.endpoint_services[each.key]
  vpc_endpoint_type = each.value.service_type
  policy            = each.value.policy

  route_table_ids = each.value.service_type == "Gateway" ? concat(
    aws_route_table.private[*].id,
    aws_route_table.database[*].id,
    aws_route_table.public[*].id,
  ) : null

  subnet_ids          = each.value.service_type == "Interface" ? aws_subnet.private[*].id : null
  security_group_ids  = each.value.service_type == "Interface" ? aws_security_group.endpoints[*].id : null
  private_dns_enabled = each.value.service_type == "Interface" ? each.value.private_dns_enabled : null

  tags = merge({ Name = "${var.name}-${each.key}" }, var.tags, each.value.tags)

  timeouts {
    create = "10m"
    update = "10m"
    delete = "10m"
  }
}

resource "aws_security_group" "endpoints" {
  count = length(local.interface_endpoints) > 0 ? 1 : 0

  name_prefix = "${var.name}-endpoints-"
  description = "HTTPS from the VPC to its interface endpoints"
  vpc_id      = aws_vpc.this.id

  tags = merge({ Name = "${var.name}-endpoints" }, var.tags, var.endpoint_security_group_tags)

  # A group in use cannot be deleted, and a new description means a new group.
  lifecycle {
    create_before_destroy = true
  }
}

# The only rule: an endpoint answers and never calls, so nothing is let out.
resource "aws_security_group_rule" "endpoints_https" {
  count = length(aws_security_group.endpoints)

  security_group_id = aws_security_group.endpoints[0].id
  description       = "HTTPS from the VPC"
  type              = "ingress"
  protocol          = "tcp"
  from_port         = 443
  to_port           = 443
  cidr_blocks       = [aws_vpc.this.cidr_block]
}
