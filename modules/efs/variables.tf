# Names are those of the public terraform-aws-modules/efs module (version 1) where it has the input too;
# storage_class and storage_class_file are this module's own.

variable "name" {
  description = "Name of the file system."
  type        = string
  nullable    = false
}

variable "creation_token" {
  description = "Keeps a second file system from being made by mistake. Without one, AWS makes it up."
  type        = string
  default     = null
}

variable "availability_zone_name" {
  description = "The one zone that holds the file system. Without one, all zones of the region do."
  type        = string
  default     = null
}

variable "performance_mode" {
  description = "generalPurpose, or maxIO. Cannot be changed later."
  type        = string
  default     = "generalPurpose"
  nullable    = false

  validation {
    condition     = contains(["generalPurpose", "maxIO"], var.performance_mode)
    error_message = "performance_mode must be generalPurpose or maxIO."
  }
}

variable "throughput_mode" {
  description = "bursting, elastic or provisioned."
  type        = string
  default     = "bursting"
  nullable    = false

  validation {
    condition     = contains(["bursting", "elastic", "provisioned"], var.throughput_mode)
    error_message = "throughput_mode must be bursting, elastic or provisioned."
  }
}

variable "provisioned_throughput_in_mibps" {
  description = "MiB a second that are there at any time, with throughput_mode provisioned."
  type        = number
  default     = null

  validation {
    condition     = (var.provisioned_throughput_in_mibps != null) == (var.throughput_mode == "provisioned")
    error_message = "provisioned_throughput_in_mibps is needed with throughput_mode provisioned, and only then."
  }
}

variable "encrypted" {
  description = "Encrypt what is stored. Cannot be changed later."
  type        = bool
  default     = true
  nullable    = false
}

variable "kms_key_arn" {
  description = "ARN of the key to encrypt with. Without one, AWS's own for EFS. Cannot be changed later."
  type        = string
  default     = null
}

variable "lifecycle_policy" {
  description = "When files move to cheaper storage and back, such as transition_to_ia = \"AFTER_30_DAYS\"."
  type = object({
    transition_to_ia                    = optional(string)
    transition_to_archive               = optional(string)
    transition_to_primary_storage_class = optional(string)
  })
  default  = {}
  nullable = false
}

variable "create_backup_policy" {
  description = "Say whether the file system is backed up."
  type        = bool
  default     = true
  nullable    = false
}

variable "enable_backup_policy" {
  description = "Back the file system up every day, kept for 35 days."
  type        = bool
  default     = true
  nullable    = false
}

variable "mount_targets" {
  description = "Where the file system can be mounted, one subnet for each zone, by names of your own."
  type = map(object({
    subnet_id       = string
    ip_address      = optional(string)
    security_groups = optional(list(string), [])
  }))
  default  = {}
  nullable = false
}

variable "create_security_group" {
  description = "Make the security group of the mount targets."
  type        = bool
  default     = true
  nullable    = false
}

variable "security_group_vpc_id" {
  description = "Id of the VPC of the mount targets."
  type        = string
  default     = null
}

variable "security_group_name" {
  description = "Name of the security group. Without one, that of the file system with -efs behind it."
  type        = string
  default     = null
}

variable "security_group_description" {
  description = "Description of the security group. Cannot be changed later."
  type        = string
  default     = null
}

variable "security_group_use_name_prefix" {
  description = "Have AWS add to the security group's name, so that it is free in any case."
  type        = bool
  default     = true
  nullable    = false
}

variable "security_group_rules" {
  description = "Who reaches the mount targets, by names of your own. Without further words a rule lets in NFS."
  type = map(object({
    type                     = optional(string, "ingress")
    protocol                 = optional(string, "tcp")
    from_port                = optional(number, 2049)
    to_port                  = optional(number, 2049)
    description              = optional(string)
    cidr_blocks              = optional(list(string))
    ipv6_cidr_blocks         = optional(list(string))
    prefix_list_ids          = optional(list(string))
    self                     = optional(bool)
    source_security_group_id = optional(string)
  }))
  default  = {}
  nullable = false
}

variable "access_points" {
  description = "Entrances with a user and a folder of their own, by names of your own."
  type = map(object({
    name = optional(string)
    posix_user = optional(object({
      uid            = number
      gid            = number
      secondary_gids = optional(list(number))
    }))
    root_directory = optional(object({
      path = optional(string)
      creation_info = optional(object({
        owner_uid   = number
        owner_gid   = number
        permissions = string
      }))
    }))
    tags = optional(map(string), {})
  }))
  default  = {}
  nullable = false
}

variable "attach_policy" {
  description = "Give the file system a policy."
  type        = bool
  default     = true
  nullable    = false
}

variable "bypass_policy_lockout_safety_check" {
  description = "Take a policy that locks out the caller."
  type        = bool
  default     = false
  nullable    = false
}

variable "deny_nonsecure_transport" {
  description = "Refuse clients that come without TLS."
  type        = bool
  default     = true
  nullable    = false
}

variable "deny_nonsecure_transport_via_mount_target" {
  description = "Let in clients that come through a mount target, over TLS where deny_nonsecure_transport is set, without a role of their own."
  type        = bool
  default     = true
  nullable    = false
}

variable "policy_statements" {
  description = "Further statements of the policy, by their sid. Without resources they are about the file system."
  type = map(object({
    sid       = optional(string)
    effect    = optional(string, "Allow")
    actions   = list(string)
    resources = optional(list(string))
    principals = optional(list(object({
      type        = string
      identifiers = list(string)
    })), [])
    conditions = optional(list(object({
      test     = string
      variable = string
      values   = list(string)
    })), [])
  }))
  default  = {}
  nullable = false
}

variable "source_policy_documents" {
  description = "Policy documents that the statements are added to."
  type        = list(string)
  default     = []
  nullable    = false
}

variable "override_policy_documents" {
  description = "Policy documents whose statements take the place of those with the same sid."
  type        = list(string)
  default     = []
  nullable    = false
}

variable "storage_class" {
  description = "The StorageClass that the manifest is of."
  type = object({
    name                  = optional(string, "efs-sc")
    is_default            = optional(bool, false)
    reclaim_policy        = optional(string, "Retain")
    volume_binding_mode   = optional(string, "Immediate")
    directory_permissions = optional(string, "700")
    base_path             = optional(string, "/dynamic")
  })
  default  = {}
  nullable = false

  validation {
    condition     = contains(["Retain", "Delete"], var.storage_class.reclaim_policy)
    error_message = "storage_class.reclaim_policy must be Retain or Delete."
  }

  validation {
    condition     = contains(["Immediate", "WaitForFirstConsumer"], var.storage_class.volume_binding_mode)
    error_message = "storage_class.volume_binding_mode must be Immediate or WaitForFirstConsumer."
  }
}

variable "storage_class_file" {
  description = "File that the StorageClass's manifest is written to. Null writes none."
  type        = string
  default     = null
}

variable "tags" {
  description = "Tags of everything that is made."
  type        = map(string)
  default     = {}
  nullable    = false
}
