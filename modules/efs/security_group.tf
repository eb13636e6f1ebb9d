# Who reaches the mount targets: NFS from where security_group_rules say, and nothing out.

resource "aws_security_group" "this" {
  count = var.create_security_group ? 1 : 0

  name        = var.security_group_use_name_prefix ? null : local.security_group_name
  name_prefix = var.security_group_use_name_prefix ? "${local.security_group_name}-" : null
  description = coalesce(var.security_group_description, "NFS to the file system ${var.name}")
  vpc_id      = var.security_group_vpc_id

  revoke_rules_on_delete = true

  tags = merge({ Name = local.security_group_name }, var.tags)

  lifecycle {
    create_before_destroy = true
  }
}

locals {
  security_group_name = coalesce(var.security_group_name, "${var.name}-efs")
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
  ipv6_cidr_blocks         = each.value.ipv6_cidr_blocks
  prefix_list_ids          = each.value.prefix_list_ids
  self                     = each.value.self
  source_security_group_id = each.value.source_security_group_id
}
