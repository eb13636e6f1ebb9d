# What the machine may do on the network. Without ingress rules nobody reaches it, which is the default.

resource "aws_security_group" "this" {
  count = var.create_security_group ? 1 : 0

  name_prefix = "${var.name}-"
  description = coalesce(var.security_group_description, "Machine ${var.name}")
  vpc_id      = var.security_group_vpc_id

  tags = merge({ Name = var.name }, var.tags)

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_security_group_rule" "this" {
  for_each = { for key, rule in var.security_group_rules : key => rule if var.create_security_group }

  security_group_id = aws_security_group.this[0].id

  type        = each.value.type
  protocol    = each.value.protocol
  from_port   = each.value.from_port
  to_port     = each.value.to_port
  description = each.value.description

  cidr_blocks              = each.value.cidr_blocks
  prefix_list_ids          = each.value.prefix_list_ids
  source_security_group_id = each.value.source_security_group_id
}

# The other side of an egress rule: security groups of others that the machine is let into.
resource "aws_security_group_rule" "into" {
  for_each = { for key, other in var.let_into : key => other if var.create_security_group }

  security_group_id        = each.value.security_group_id
  type                     = "ingress"
  protocol                 = "tcp"
  from_port                = each.value.port
  to_port                  = each.value.port
  description              = "From ${var.name}"
  source_security_group_id = aws_security_group.this[0].id
}
