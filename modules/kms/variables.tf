# Names are those of the public terraform-aws-modules/kms module (version 3).

variable "description" {
  description = "What the key is for, as the console shows it."
  type        = string
  default     = null
}

variable "aliases" {
  description = "Names of the key, without alias/ in front."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for name in var.aliases : !startswith(name, "alias/") && !startswith(name, "aws/")])
    error_message = "An alias is named without alias/ in front, and none that begins with aws/ can be made: those are AWS's own."
  }
}

variable "deletion_window_in_days" {
  description = "Days between the order to delete the key and its end, in which it can be taken back. 7 to 30."
  type        = number
  default     = 30
  nullable    = false

  validation {
    condition     = var.deletion_window_in_days >= 7 && var.deletion_window_in_days <= 30
    error_message = "deletion_window_in_days must be between 7 and 30."
  }
}

variable "enable_key_rotation" {
  description = "Give the key new material regularly. What was encrypted before stays readable."
  type        = bool
  default     = true
  nullable    = false
}

variable "rotation_period_in_days" {
  description = "Days between rotations, 90 to 2560."
  type        = number
  default     = 365
  nullable    = false

  validation {
    condition     = var.rotation_period_in_days >= 90 && var.rotation_period_in_days <= 2560
    error_message = "rotation_period_in_days must be between 90 and 2560."
  }
}

variable "is_enabled" {
  description = "Whether the key can be used."
  type        = bool
  default     = true
  nullable    = false
}

variable "multi_region" {
  description = "Whether replicas of the key can be made in other regions. Cannot be changed later."
  type        = bool
  default     = false
  nullable    = false
}

variable "policy" {
  description = "A whole key policy as JSON, in place of the one that the inputs below make."
  type        = string
  default     = null
}

variable "bypass_policy_lockout_safety_check" {
  description = "Take a policy that locks out the caller. Only AWS support undoes that."
  type        = bool
  default     = false
  nullable    = false
}

variable "enable_default_policy" {
  description = "Leave it to the account's IAM policies who uses the key. Off here: the key's policy alone decides."
  type        = bool
  default     = false
  nullable    = false
}

variable "key_owners" {
  description = "ARNs of those with every right to the key."
  type        = list(string)
  default     = []
  nullable    = false
}

variable "key_administrators" {
  description = "ARNs of those who look after the key without using it. Without any, those to whom the account's IAM policies give that."
  type        = list(string)
  default     = []
  nullable    = false
}

variable "key_users" {
  description = "ARNs of roles and users that encrypt and decrypt with the key. They must exist already."
  type        = list(string)
  default     = []
  nullable    = false
}

variable "key_service_users" {
  description = "ARNs of roles and users for whom AWS services may hold grants on the key. They must exist already."
  type        = list(string)
  default     = []
  nullable    = false
}

variable "key_statements" {
  description = "Further statements of the key's policy, by their sid."
  type = map(object({
    sid           = optional(string)
    effect        = optional(string, "Allow")
    actions       = optional(list(string))
    not_actions   = optional(list(string))
    resources     = optional(list(string), ["*"])
    not_resources = optional(list(string))
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

variable "tags" {
  description = "Tags of the key."
  type        = map(string)
  default     = {}
  nullable    = false
}
