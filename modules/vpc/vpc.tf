resource "aws_vpc" "this" {
  cidr_block           = var.cidr
  instance_tenancy     = var.instance_tenancy
  enable_dns_support   = var.enable_dns_support
  enable_dns_hostnames = var.enable_dns_hostnames

  tags = merge({ Name = var.name }, var.tags, var.vpc_tags)
}

resource "aws_internet_gateway" "this" {
  count = var.create_igw && length(var.public_subnets) > 0 ? 1 : 0

  vpc_id = aws_vpc.this.id

  tags = merge({ Name = var.name }, var.tags, var.igw_tags)
}

# AWS makes this group with the VPC and it cannot be deleted. Taken over, it holds the rules given
# here and no others: with the defaults, none.
resource "aws_default_security_group" "this" {
  count = var.manage_default_security_group ? 1 : 0

  vpc_id = aws_vpc.this.id

  dynamic "ingress" {
    for_each = var.default_security_group_ingress

    content {
      description      = ingress.value.description
      protocol         = ingress.value.protocol
      from_port        = ingress.value.from_port
      to_port          = ingress.value.to_port
      self             = ingress.value.self
      cidr_blocks      = compact(split(",", ingress.value.cidr_blocks))
      ipv6_cidr_blocks = compact(split(",", ingress.value.ipv6_cidr_blocks))
      prefix_list_ids  = compact(split(",", ingress.value.prefix_list_ids))
      security_groups  = compact(split(",", ingress.value.security_groups))
    }
  }

  dynamic "egress" {
    for_each = var.default_security_group_egress

    content {
      description      = egress.value.description
      protocol         = egress.value.protocol
      from_port        = egress.value.from_port
      to_port          = egress.value.to_port
      self             = egress.value.self
      cidr_blocks      = compact(split(",", egress.value.cidr_blocks))
      ipv6_cidr_blocks = compact(split(",", egress.value.ipv6_cidr_blocks))
      prefix_list_ids  = compact(split(",", egress.value.prefix_list_ids))
      security_groups  = compact(split(",", egress.value.security_groups))
    }
  }

  tags = merge(
    { Name = coalesce(var.default_security_group_name, "${var.name}-default") },
    var.tags,
    var.default_security_group_tags,
  )
}
