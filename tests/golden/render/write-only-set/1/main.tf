provider "aws" {
  region              = "eu-west-1"
  allowed_account_ids = ["123456789012"]
}

variable "token" {
  ephemeral = true
  default   = "first-token"
}

# Its text is changed with its version.
resource "aws_ssm_parameter" "changed" {
  name             = "/app/changed"
  type             = "SecureString"
  value_wo         = var.token
  value_wo_version = 1
}

# A new text alone changes nothing: nobody knows the one before.
resource "aws_ssm_parameter" "kept" {
  name             = "/app/kept"
  type             = "SecureString"
  value_wo         = var.token
  value_wo_version = 1
}
