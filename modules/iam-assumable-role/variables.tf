# Names are those of the public terraform-aws-modules/iam module (version 5), submodule iam-assumable-role;
# inline_policy_name is this module's own.

variable "role_name" {
  description = "Name of the role. Excludes role_name_prefix."
  type        = string
  default     = null

  validation {
    condition     = (var.role_name == null) != (var.role_name_prefix == null)
    error_message = "Give either role_name or role_name_prefix."
  }
}

variable "role_name_prefix" {
  description = "What the name of the role begins with; AWS adds the rest."
  type        = string
  default     = null
}

variable "role_path" {
  description = "Path of the role and of its instance profile."
  type        = string
  default     = "/"
  nullable    = false
}

variable "role_description" {
  description = "What the role is for."
  type        = string
  default     = ""
  nullable    = false
}

variable "role_permissions_boundary_arn" {
  description = "ARN of the policy that bounds what the role can ever do."
  type        = string
  default     = null
}

variable "max_session_duration" {
  description = "Seconds that a session of the role lasts at most."
  type        = number
  default     = 3600
  nullable    = false
}

variable "force_detach_policies" {
  description = "Detach policies that others attached when the role is destroyed."
  type        = bool
  default     = false
  nullable    = false
}

variable "trusted_role_actions" {
  description = "Actions of STS that the trusted principals may call."
  type        = list(string)
  default     = ["sts:AssumeRole"]
  nullable    = false
}

variable "trusted_role_arns" {
  description = "ARNs of accounts, roles and users that may take on the role."
  type        = list(string)
  default     = []
  nullable    = false
}

variable "trusted_role_services" {
  description = "AWS services that may take on the role, such as ec2.amazonaws.com."
  type        = list(string)
  default     = []
  nullable    = false
}

variable "trust_policy_conditions" {
  description = "Conditions under which the role may be taken on."
  type = list(object({
    test     = string
    variable = string
    values   = list(string)
  }))
  default  = []
  nullable = false
}

variable "custom_role_trust_policy" {
  description = "A whole trust policy as JSON, in place of the one that the inputs above make."
  type        = string
  default     = null
}

variable "custom_role_policy_arns" {
  description = "ARNs of policies that the role gets."
  type        = list(string)
  default     = []
  nullable    = false
}

variable "inline_policy_statements" {
  description = "Statements of the role's own policy."
  type = list(object({
    sid       = optional(string)
    effect    = optional(string, "Allow")
    actions   = list(string)
    resources = list(string)
    conditions = optional(list(object({
      test     = string
      variable = string
      values   = list(string)
    })), [])
  }))
  default  = []
  nullable = false
}

variable "inline_policy_name" {
  description = "Name of the role's own policy. Without one, that of the role."
  type        = string
  default     = null
}

variable "create_instance_profile" {
  description = "Make an instance profile of the role's name, so that machines can have the role."
  type        = bool
  default     = false
  nullable    = false
}

variable "tags" {
  description = "Tags of everything that is made."
  type        = map(string)
  default     = {}
  nullable    = false
}
