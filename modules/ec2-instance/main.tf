# One machine that nobody can call: it is reached through Systems Manager, recovers by itself, and is patched in place.

data "aws_partition" "current" {}

data "aws_region" "current" {}

data "aws_default_tags" "current" {}

data "aws_ssm_parameter" "ami" {
  count = var.ami == null ? 1 : 0

  name = var.ami_ssm_parameter
}

resource "aws_instance" "this" {
  # The provider marks every parameter as sensitive, and AWS publishes this one to all.
  ami                         = var.ami != null ? var.ami : nonsensitive(data.aws_ssm_parameter.ami[0].value)
  instance_type               = var.instance_type
  subnet_id                   = var.subnet_id
  associate_public_ip_address = var.associate_public_ip_address
  private_ip                  = var.private_ip
  vpc_security_group_ids      = concat(aws_security_group.this[*].id, var.vpc_security_group_ids)
  iam_instance_profile        = var.iam_instance_profile
  key_name                    = var.key_name
  ebs_optimized               = var.ebs_optimized
  monitoring                  = var.monitoring
  source_dest_check           = var.source_dest_check
  disable_api_termination     = var.disable_api_termination
  user_data                   = var.user_data
  user_data_replace_on_change = var.user_data_replace_on_change

  metadata_options {
    http_endpoint               = var.metadata_options.http_endpoint
    http_tokens                 = var.metadata_options.http_tokens
    http_put_response_hop_limit = var.metadata_options.http_put_response_hop_limit
    instance_metadata_tags      = var.metadata_options.instance_metadata_tags
  }

  maintenance_options {
    auto_recovery = var.maintenance_options.auto_recovery
  }

  root_block_device {
    encrypted             = var.root_block_device.encrypted
    kms_key_id            = var.root_block_device.kms_key_id
    volume_type           = var.root_block_device.volume_type
    volume_size           = var.root_block_device.volume_size
    iops                  = var.root_block_device.iops
    throughput            = var.root_block_device.throughput
    delete_on_termination = var.root_block_device.delete_on_termination
  }

  dynamic "credit_specification" {
    for_each = var.cpu_credits == null ? [] : [var.cpu_credits]

    content {
      cpu_credits = credit_specification.value
    }
  }

  tags = merge({ Name = var.name }, var.tags, var.instance_tags)

  # The provider's default tags end at the instance.
  volume_tags = var.enable_volume_tags ? merge({ Name = var.name }, data.aws_default_tags.current.tags, var.tags, var.volume_tags) : null

  lifecycle {
    # A newer image is no reason to lose a machine that is patched in place. To take it: plan -replace.
    ignore_changes = [ami]
  }
}
