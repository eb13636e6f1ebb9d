variable "step" { type = number }

locals { later = var.step > 1 }

resource "aws_vpc" "v" {
  cidr_block           = "10.0.0.0/16"
  enable_dns_hostnames = local.later
  tags                 = { Step = var.step }
}

resource "aws_vpc_ipv4_cidr_block_association" "more" {
  vpc_id     = aws_vpc.v.id
  cidr_block = "10.1.0.0/16"
}

resource "aws_subnet" "s" {
  vpc_id                  = aws_vpc.v.id
  cidr_block              = "10.0.1.0/24"
  availability_zone       = "eu-west-1a"
  map_public_ip_on_launch = local.later
}

resource "aws_internet_gateway" "i" {
  vpc_id = aws_vpc.v.id
  tags   = { Step = var.step }
}

resource "aws_egress_only_internet_gateway" "e" {
  vpc_id = aws_vpc.v.id
  tags   = { Step = var.step }
}

resource "aws_eip" "nat" {
  domain = "vpc"
  tags   = { Step = var.step }
}

resource "aws_nat_gateway" "n" {
  allocation_id = aws_eip.nat.id
  subnet_id     = aws_subnet.s.id
  tags          = { Step = var.step }
  depends_on    = [aws_internet_gateway.i]
}

resource "aws_route_table" "t" {
  vpc_id = aws_vpc.v.id
  tags   = { Step = var.step }
}

resource "aws_route" "out" {
  route_table_id         = aws_route_table.t.id
  destination_cidr_block = "0.0.0.0/0"
  gateway_id             = local.later ? null : aws_internet_gateway.i.id
  nat_gateway_id         = local.later ? aws_nat_gateway.n.id : null
}

resource "aws_route_table_association" "s" {
  subnet_id      = aws_subnet.s.id
  route_table_id = aws_route_table.t.id
}

resource "aws_route_table" "main" { vpc_id = aws_vpc.v.id }

resource "aws_main_route_table_association" "m" {
  vpc_id         = aws_vpc.v.id
  route_table_id = aws_route_table.main.id
}

# moto forgets the tags that DHCP options are made with.
provider "aws" {
  alias  = "untagged"
  region = "eu-west-1"
}

resource "aws_vpc_dhcp_options" "d" {
  provider            = aws.untagged
  domain_name         = "example.internal"
  domain_name_servers = ["AmazonProvidedDNS"]
  tags                = local.later ? { Step = var.step } : null
}

resource "aws_vpc_dhcp_options_association" "d" {
  vpc_id          = aws_vpc.v.id
  dhcp_options_id = aws_vpc_dhcp_options.d.id
}

resource "aws_network_acl" "a" {
  vpc_id     = aws_vpc.v.id
  subnet_ids = [aws_subnet.s.id]
  tags       = { Step = var.step }
}

resource "aws_network_acl_rule" "in" {
  network_acl_id = aws_network_acl.a.id
  rule_number    = 100
  protocol       = "tcp"
  rule_action    = "allow"
  cidr_block     = "10.0.0.0/16"
  from_port      = 443
  to_port        = 443
}

resource "aws_security_group" "g" {
  name        = "g"
  description = "d"
  vpc_id      = aws_vpc.v.id
  tags        = { Step = var.step }
}

resource "aws_security_group_rule" "old" {
  security_group_id = aws_security_group.g.id
  type              = "ingress"
  protocol          = "tcp"
  from_port         = 80
  to_port           = 80
  cidr_blocks       = ["10.0.0.0/16"]
  description       = "step ${var.step}"
}

resource "aws_vpc_security_group_ingress_rule" "in" {
  security_group_id = aws_security_group.g.id
  ip_protocol       = "tcp"
  from_port         = 8443
  to_port           = 8443
  cidr_ipv4         = "10.0.${var.step}.0/24"
  description       = "in"
}

resource "aws_vpc_security_group_egress_rule" "out" {
  security_group_id            = aws_security_group.g.id
  ip_protocol                  = "tcp"
  from_port                    = 8443 + var.step
  to_port                      = 8443 + var.step
  referenced_security_group_id = aws_security_group.g.id
}

resource "aws_vpc" "w" { cidr_block = "10.2.0.0/16" }

resource "aws_default_security_group" "w" {
  vpc_id = aws_vpc.w.id

  dynamic "ingress" {
    for_each = local.later ? [] : [1]

    content {
      protocol  = "-1"
      from_port = 0
      to_port   = 0
      self      = true
    }
  }
}

resource "aws_default_network_acl" "w" {
  default_network_acl_id = aws_vpc.w.default_network_acl_id

  ingress {
    protocol   = "-1"
    rule_no    = 100
    action     = local.later ? "deny" : "allow"
    cidr_block = "10.0.0.0/8"
    from_port  = 0
    to_port    = 0
  }
}

resource "aws_default_route_table" "w" {
  default_route_table_id = aws_vpc.w.default_route_table_id
  tags                   = { Step = var.step }
}

resource "aws_vpc_endpoint" "s3" {
  vpc_id       = aws_vpc.v.id
  service_name = "com.amazonaws.eu-west-1.s3"
  tags         = { Step = var.step }
}

resource "aws_vpc_endpoint_route_table_association" "s3" {
  vpc_endpoint_id = aws_vpc_endpoint.s3.id
  route_table_id  = aws_route_table.main.id
}

resource "aws_vpn_gateway" "g" { tags = { Step = var.step } }

resource "aws_vpn_gateway_attachment" "g" {
  vpn_gateway_id = aws_vpn_gateway.g.id
  vpc_id         = aws_vpc.w.id
}

resource "aws_customer_gateway" "c" {
  bgp_asn    = 65000
  ip_address = "203.0.113.7"
  type       = "ipsec.1"
  tags       = { Step = var.step }
}

resource "aws_network_interface" "n" {
  subnet_id       = aws_subnet.s.id
  description     = "step ${var.step}"
  security_groups = [aws_security_group.g.id]

  lifecycle { ignore_changes = [tags["Owner"], tags_all["Owner"]] }
}

resource "aws_ec2_tag" "t" {
  resource_id = aws_network_interface.n.id
  key         = "Owner"
  value       = "step ${var.step}"
}

resource "aws_default_vpc" "d" { enable_dns_hostnames = local.later }

resource "aws_iam_role" "flow" {
  name = "flow"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "vpc-flow-logs.amazonaws.com" } }]
  })
}

resource "aws_cloudwatch_log_group" "flow" { name = "flow" }

resource "aws_flow_log" "f" {
  vpc_id          = aws_vpc.v.id
  traffic_type    = "REJECT"
  log_destination = aws_cloudwatch_log_group.flow.arn
  iam_role_arn    = aws_iam_role.flow.arn
  tags            = { Step = var.step }
}
