# A signing key for DNSSEC, a key that is switched off, and a key of several regions with its replica.
provider "aws" {
  alias  = "replica"
  region = "eu-central-1"
}

data "aws_caller_identity" "current" {}

module "dnssec" {
  source = "./module"

  description              = "CMK for Route53 DNSSEC signing"
  key_usage                = "SIGN_VERIFY"
  customer_master_key_spec = "ECC_NIST_P256"
  enable_route53_dnssec    = true
  enable_key_rotation      = false
  route53_dnssec_sources = [
    {
      accounts_ids    = [data.aws_caller_identity.current.account_id]
      hosted_zone_arn = "arn:aws:route53:::hostedzone/*"
    }
  ]
  aliases = ["route53/dnssec"]
}

module "off" {
  source = "./module"

  is_enabled = false
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "Root"
      Effect    = "Allow"
      Action    = "kms:*"
      Resource  = "*"
      Principal = { AWS = "arn:aws:iam::${data.aws_caller_identity.current.account_id}:root" }
    }]
  })
}

module "primary" {
  source = "./module"

  deletion_window_in_days = 7
  description             = "Primary of the replica"
  enable_key_rotation     = false
  multi_region            = true
  aliases                 = ["primary"]
}

module "replica" {
  source = "./module"

  deletion_window_in_days = 7
  description             = "Replica"
  create_replica          = true
  primary_key_arn         = module.primary.key_arn
  key_owners              = [data.aws_caller_identity.current.arn]
  aliases                 = ["replica"]

  providers = {
    aws = aws.replica
  }
}

output "keys" {
  value = [module.dnssec, module.off, module.primary, module.replica]
}
