# Names are those of an entry of cluster_addons in the eks module.

variable "cluster_name" {
  description = "Name of the cluster."
  type        = string
  nullable    = false
}

variable "addon_name" {
  description = "Name of the add-on, such as aws-efs-csi-driver."
  type        = string
  nullable    = false
}

variable "addon_version" {
  description = "Version of the add-on. Without one, the default for the cluster's version when the add-on is made."
  type        = string
  default     = null
}

variable "configuration_values" {
  description = "Settings of the add-on, as JSON or YAML."
  type        = string
  default     = null
}

variable "service_account_role_arn" {
  description = "ARN of the role of the add-on's service account. Without one it acts with the role of its node."
  type        = string
  default     = null
}

variable "preserve" {
  description = "Leave what the add-on installed in the cluster when it is destroyed."
  type        = bool
  default     = false
  nullable    = false
}

variable "resolve_conflicts_on_create" {
  description = "What to do with settings that somebody else made before: NONE fails, OVERWRITE does away with them."
  type        = string
  default     = "NONE"
  nullable    = false
}

variable "resolve_conflicts_on_update" {
  description = "What to do with settings that somebody else made since: NONE fails, OVERWRITE does away with them, PRESERVE keeps them."
  type        = string
  default     = "OVERWRITE"
  nullable    = false
}

variable "timeouts" {
  description = "How long the add-on may take."
  type = object({
    create = optional(string)
    update = optional(string)
    delete = optional(string)
  })
  default  = {}
  nullable = false
}

variable "tags" {
  description = "Tags of the add-on."
  type        = map(string)
  default     = {}
  nullable    = false
}
