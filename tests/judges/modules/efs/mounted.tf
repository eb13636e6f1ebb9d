data "aws_caller_identity" "current" {}

module "efs" {
  source = "./module"

  name           = "numinia"
  creation_token = "numinia-production"
  encrypted      = true
  kms_key_arn    = aws_kms_key.this.arn

  lifecycle_policy = {
    transition_to_ia                    = "AFTER_30_DAYS"
    transition_to_primary_storage_class = "AFTER_1_ACCESS"
  }

  attach_policy                             = true
  deny_nonsecure_transport_via_mount_target = false
  bypass_policy_lockout_safety_check        = false
  policy_statements = [
    {
      sid     = "Mount"
      actions = ["elasticfilesystem:ClientMount"]
      principals = [
        {
          type        = "AWS"
          identifiers = [data.aws_caller_identity.current.arn]
        }
      ]
    }
  ]

  mount_targets              = { for i, zone in ["eu-west-1a", "eu-west-1b", "eu-west-1c"] : zone => { subnet_id = aws_subnet.this[i].id } }
  security_group_description = "NFS of numinia"
  security_group_vpc_id      = aws_vpc.this.id
  security_group_rules = {
    vpc = {
      description = "NFS from the private subnets"
      cidr_blocks = aws_subnet.this[*].cidr_block
    }
  }

  access_points = {
    posix = {
      name = "posix"
      posix_user = {
        gid            = 1001
        uid            = 1001
        secondary_gids = [1002]
      }
      tags = { Additional = "yes" }
    }
    root = {
      root_directory = {
        path = "/example"
        creation_info = {
          owner_gid   = 1001
          owner_uid   = 1001
          permissions = "755"
        }
      }
    }
  }

  enable_backup_policy             = true
  create_replication_configuration = true
  replication_configuration_destination = {
    region = "eu-west-2"
  }
}

resource "aws_kms_key" "this" {
  deletion_window_in_days = 7
}

output "efs" {
  value = module.efs
}
