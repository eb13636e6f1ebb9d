# A file system, where it can be mounted, and who may.

resource "aws_efs_file_system" "this" {
  creation_token                  = var.creation_token
  availability_zone_name          = var.availability_zone_name
  performance_mode                = var.performance_mode
  throughput_mode                 = var.throughput_mode
  provisioned_throughput_in_mibps = var.provisioned_throughput_in_mibps
  encrypted                       = var.encrypted
  kms_key_id                      = var.kms_key_arn

  # AWS wants one block for each way of moving.
  dynamic "lifecycle_policy" {
    for_each = { for way, after in var.lifecycle_policy : way => after if after != null }

    content {
      transition_to_ia                    = lifecycle_policy.key == "transition_to_ia" ? lifecycle_policy.value : null
      transition_to_archive               = lifecycle_policy.key == "transition_to_archive" ? lifecycle_policy.value : null
      transition_to_primary_storage_class = lifecycle_policy.key == "transition_to_primary_storage_class" ? lifecycle_policy.value : null
    }
  }

  tags = merge({ Name = var.name }, var.tags)
}

resource "aws_efs_backup_policy" "this" {
  count = var.create_backup_policy ? 1 : 0

  file_system_id = aws_efs_file_system.this.id

  backup_policy {
    status = var.enable_backup_policy ? "ENABLED" : "DISABLED"
  }
}

resource "aws_efs_mount_target" "this" {
  for_each = var.mount_targets

  file_system_id  = aws_efs_file_system.this.id
  subnet_id       = each.value.subnet_id
  ip_address      = each.value.ip_address
  security_groups = concat(aws_security_group.this[*].id, each.value.security_groups)
}

resource "aws_efs_access_point" "this" {
  for_each = var.access_points

  file_system_id = aws_efs_file_system.this.id

  dynamic "posix_user" {
    for_each = each.value.posix_user == null ? [] : [each.value.posix_user]

    content {
      uid            = posix_user.value.uid
      gid            = posix_user.value.gid
      secondary_gids = posix_user.value.secondary_gids
    }
  }

  dynamic "root_directory" {
    for_each = each.value.root_directory == null ? [] : [each.value.root_directory]

    content {
      path = root_directory.value.path

      dynamic "creation_info" {
        for_each = root_directory.value.creation_info == null ? [] : [root_directory.value.creation_info]

        content {
          owner_uid   = creation_info.value.owner_uid
          owner_gid   = creation_info.value.owner_gid
          permissions = creation_info.value.permissions
        }
      }
    }
  }

  tags = merge({ Name = coalesce(each.value.name, each.key) }, var.tags, each.value.tags)
}
