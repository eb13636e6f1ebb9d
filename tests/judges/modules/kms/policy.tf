data "aws_caller_identity" "current" {}
data "aws_region" "current" {}

locals {
  me = data.aws_caller_identity.current.arn
}

module "key" {
  source = "./module"

  deletion_window_in_days = 7
  description             = "Everything that a policy can say"
  enable_key_rotation     = true
  rotation_period_in_days = 180
  is_enabled              = true
  key_usage               = "ENCRYPT_DECRYPT"
  multi_region            = false

  enable_default_policy                  = true
  key_owners                             = [local.me]
  key_administrators                     = [local.me]
  key_users                              = [local.me]
  key_service_users                      = [local.me]
  key_service_roles_for_autoscaling      = ["arn:aws:iam::${data.aws_caller_identity.current.account_id}:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling"]
  key_symmetric_encryption_users         = [local.me]
  key_hmac_users                         = [local.me]
  key_asymmetric_public_encryption_users = [local.me]
  key_asymmetric_sign_verify_users       = [local.me]
  key_statements = [
    {
      sid       = "CloudWatchLogs"
      actions   = ["kms:Encrypt*", "kms:Decrypt*", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:Describe*"]
      resources = ["*"]
      principals = [
        {
          type        = "Service"
          identifiers = ["logs.${data.aws_region.current.name}.amazonaws.com"]
        }
      ]
      conditions = [
        {
          test     = "ArnLike"
          variable = "kms:EncryptionContext:aws:logs:arn"
          values   = ["arn:aws:logs:eu-west-1:${data.aws_caller_identity.current.account_id}:log-group:*"]
        }
      ]
    }
  ]

  aliases                 = ["one", "foo/bar"]
  aliases_use_name_prefix = true
  computed_aliases = {
    role = { name = aws_iam_role.worker.name }
  }

  grants = {
    worker = {
      grantee_principal = aws_iam_role.worker.arn
      operations        = ["Encrypt", "Decrypt", "GenerateDataKey"]
      # Not a list, of which the module makes an empty block: Terraform plans that anew after each of its own applies.
      constraints = { encryption_context_equals = { Department = "Finance" } }
    }
  }
}

resource "aws_iam_role" "worker" {
  name_prefix = "worker-"

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "lambda.amazonaws.com" }
    }]
  })
}

output "key" {
  # Without the grants as they are: the AWS provider reads an empty set there which it made as null, and Terraform calls that a
  # change of the output, also after its own apply.
  value     = { for name, value in module.key : name => value if name != "grants" }
  sensitive = true
}
