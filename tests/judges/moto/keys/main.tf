variable "step" { type = number }

data "aws_caller_identity" "me" {}

locals {
  policy = {
    Version = "2012-10-17"
    Statement = [{
      Sid       = "Step${var.step}", Effect = "Allow", Action = "kms:*", Resource = "*"
      Principal = { AWS = "arn:aws:iam::${data.aws_caller_identity.me.account_id}:root" }
    }]
  }
}

resource "aws_kms_key" "k" {
  description             = "step ${var.step}"
  deletion_window_in_days = 7
  enable_key_rotation     = true
  policy                  = jsonencode(local.policy)
  tags                    = { Step = var.step }
}

resource "aws_kms_key" "m" {
  description             = "in two regions"
  deletion_window_in_days = 7
  multi_region            = true
}

resource "aws_kms_key_policy" "m" {
  key_id = aws_kms_key.m.id
  policy = jsonencode(local.policy)
}

resource "aws_kms_alias" "k" {
  name          = "alias/k"
  target_key_id = var.step > 1 ? aws_kms_key.m.id : aws_kms_key.k.id
}

resource "aws_iam_role" "r" {
  name = "r"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "ec2.amazonaws.com" } }]
  })
}

resource "aws_kms_grant" "g" {
  name              = "step-${var.step}"
  key_id            = aws_kms_key.k.id
  grantee_principal = aws_iam_role.r.arn
  operations        = ["Encrypt", "Decrypt"]
}

provider "aws" {
  alias  = "elsewhere"
  region = "eu-central-1"
}

resource "aws_kms_replica_key" "r" {
  provider                = aws.elsewhere
  primary_key_arn         = aws_kms_key.m.arn
  description             = aws_kms_key.m.description
  deletion_window_in_days = 6 + var.step
}
