# Names are those of the public terraform-aws-modules/iam module (version 5), submodule
# iam-role-for-service-accounts-eks.

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
  description = "Path of the role and of its policy."
  type        = string
  default     = "/"
  nullable    = false
}

variable "role_description" {
  description = "What the role is for."
  type        = string
  default     = null
}

variable "role_permissions_boundary_arn" {
  description = "ARN of the policy that bounds what the role can ever do."
  type        = string
  default     = null
}

variable "max_session_duration" {
  description = "Seconds that a session of the role lasts at most."
  type        = number
  default     = null
}

variable "force_detach_policies" {
  description = "Detach policies that others attached when the role is destroyed."
  type        = bool
  default     = true
  nullable    = false
}

variable "oidc_providers" {
  description = "The clusters' identity providers, and which service accounts of each may take on the role (namespace:name)."
  type = map(object({
    provider_arn               = string
    namespace_service_accounts = list(string)
  }))
  default  = {}
  nullable = false

  validation {
    condition     = length(var.oidc_providers) > 0 && alltrue([for p in var.oidc_providers : length(p.namespace_service_accounts) > 0])
    error_message = "oidc_providers must name at least one provider, each with at least one service account; nobody could take on the role."
  }
}

variable "assume_role_condition_test" {
  description = "How service accounts are compared: StringEquals, or StringLike where their names hold wildcards."
  type        = string
  default     = "StringEquals"
  nullable    = false

  validation {
    condition     = contains(["StringEquals", "StringLike"], var.assume_role_condition_test)
    error_message = "assume_role_condition_test must be StringEquals or StringLike."
  }
}

variable "role_policy_arns" {
  description = "ARNs of policies that the role gets, by names of your own."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "policy_name_prefix" {
  description = "What the names of the policies made here begin with."
  type        = string
  default     = "AmazonEKS_"
  nullable    = false
}

variable "attach_efs_csi_policy" {
  description = "Make the role that of the EFS CSI driver."
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
