variable "name" {
  description = "Name of the trail."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[0-9A-Za-z][0-9A-Za-z._-]{1,126}[0-9A-Za-z]$", var.name))
    error_message = "name must have 3 to 128 letters, digits, dots, dashes or underscores, with a letter or digit at both ends."
  }
}

variable "kms_key_arn" {
  description = "ARN of the key that records are encrypted with, in the bucket and in CloudWatch Logs. Its policy must let both services use it."
  type        = string
  nullable    = false
}

variable "is_multi_region_trail" {
  description = "Record the calls in all regions."
  type        = bool
  default     = true
  nullable    = false
}

variable "include_global_service_events" {
  description = "Record the calls to services that have no region, such as IAM."
  type        = bool
  default     = true
  nullable    = false
}

variable "enable_log_file_validation" {
  description = "Write digests, so that a record that was changed or taken away is found out."
  type        = bool
  default     = true
  nullable    = false
}

variable "enable_logging" {
  description = "Whether the trail records."
  type        = bool
  default     = true
  nullable    = false
}

variable "s3_bucket_name" {
  description = "Name of the bucket, which is made here."
  type        = string
  nullable    = false
}

variable "s3_key_prefix" {
  description = "What the names of all records begin with."
  type        = string
  default     = null
}

variable "s3_retention_in_days" {
  description = "Days that records are kept in the bucket."
  type        = number
  default     = 365
  nullable    = false
}

variable "s3_noncurrent_retention_in_days" {
  description = "Days that a record can be had back after it was overwritten, deleted or past its time."
  type        = number
  default     = 30
  nullable    = false
}

variable "force_destroy" {
  description = "Delete all records with the bucket. Without it a bucket that holds any is not destroyed."
  type        = bool
  default     = false
  nullable    = false
}

variable "cloudwatch_log_group_name" {
  description = "Name of the log group. Without one, that of the trail below /aws/cloudtrail."
  type        = string
  default     = null
}

variable "cloudwatch_log_group_retention_in_days" {
  description = "Days that records are kept in CloudWatch Logs."
  type        = number
  default     = 30
  nullable    = false
}

variable "cloudwatch_role_name" {
  description = "Name of the role that writes to CloudWatch Logs. Without one, that of the trail with -cloudtrail-logs behind it."
  type        = string
  default     = null
}

variable "cloudwatch_role_permissions_boundary" {
  description = "ARN of the policy that bounds what that role can ever do."
  type        = string
  default     = null
}

variable "tags" {
  description = "Tags of everything that is made."
  type        = map(string)
  default     = {}
  nullable    = false
}
