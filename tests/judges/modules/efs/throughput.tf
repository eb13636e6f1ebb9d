module "provisioned" {
  source = "./module"

  name                            = "provisioned"
  performance_mode                = "generalPurpose"
  throughput_mode                 = "provisioned"
  provisioned_throughput_in_mibps = 64
  attach_policy                   = false
  create_backup_policy            = false
  create_security_group           = false
  mount_targets = {
    a = {
      subnet_id       = aws_subnet.this[0].id
      security_groups = [aws_security_group.own.id]
    }
  }
  tags = { Component = "cache" }
}

module "elastic" {
  source = "./module"

  name            = "elastic"
  throughput_mode = "elastic"
  lifecycle_policy = {
    transition_to_ia      = "AFTER_7_DAYS"
    transition_to_archive = "AFTER_90_DAYS"
  }
  enable_backup_policy           = false
  security_group_name            = "elastic-nfs"
  security_group_use_name_prefix = true
  security_group_vpc_id          = aws_vpc.this.id
  security_group_rules = {
    group = { source_security_group_id = aws_security_group.own.id }
  }
}

module "one_zone" {
  source = "./module"

  name                   = "one-zone"
  availability_zone_name = "eu-west-1a"
  mount_targets          = { a = { subnet_id = aws_subnet.this[0].id } }
  create_security_group  = false
}

resource "aws_security_group" "own" {
  name_prefix = "own-"
  vpc_id      = aws_vpc.this.id
}

output "efs" {
  value = [module.provisioned, module.elastic, module.one_zone]
}
