variable "bucket" {
  description = "Name of the bucket of the states."
  type        = string
  nullable    = false
}

variable "kms_key_arn" {
  description = "ARN of the key that the bucket encrypts with. Whoever uses states must be let use it by its policy."
  type        = string
  nullable    = false
}

variable "noncurrent_retention_in_days" {
  description = "Days that older versions of a state are kept at least."
  type        = number
  default     = 90
  nullable    = false
}

variable "noncurrent_versions_kept" {
  description = "How many older versions of a state are kept however old they are."
  type        = number
  default     = 10
  nullable    = false
}

variable "logging_bucket" {
  description = "Name of the bucket of the access log. Without one, that of the states with -logs behind it."
  type        = string
  default     = null
}

variable "logging_prefix" {
  description = "What the names of the access log's files begin with."
  type        = string
  default     = "TFStateLogs/"
  nullable    = false
}

variable "logging_retention_in_days" {
  description = "Days that the access log is kept."
  type        = number
  default     = 365
  nullable    = false
}

variable "logging_force_destroy" {
  description = "Delete the access log with its bucket. Without it a bucket that holds any is not destroyed."
  type        = bool
  default     = false
  nullable    = false
}

variable "tags" {
  description = "Tags of the buckets."
  type        = map(string)
  default     = {}
  nullable    = false
}
