# Ways to AWS that do not leave the network.
module "vpc" {
  source = "./module"

  name = "inner"
  cidr = "10.0.0.0/16"
  azs  = ["eu-west-1a", "eu-west-1b"]

  private_subnets  = ["10.0.1.0/24", "10.0.2.0/24"]
  intra_subnets    = ["10.0.51.0/24", "10.0.52.0/24"]
  database_subnets = ["10.0.151.0/24", "10.0.152.0/24"]
}

module "endpoints" {
  source = "./module/modules/vpc-endpoints"

  vpc_id = module.vpc.vpc_id

  create_security_group      = true
  security_group_name_prefix = "inner-endpoints-"
  security_group_description = "Who may ask AWS"
  security_group_rules = {
    ingress_https = { description = "HTTPS from the VPC", cidr_blocks = [module.vpc.vpc_cidr_block] }
  }

  endpoints = {
    s3 = {
      service             = "s3"
      private_dns_enabled = true
      subnet_ids          = module.vpc.private_subnets
      dns_options         = { private_dns_only_for_inbound_resolver_endpoint = false }
      tags                = { Name = "s3" }
    }
    dynamodb = {
      service         = "dynamodb"
      service_type    = "Gateway"
      route_table_ids = flatten([module.vpc.intra_route_table_ids, module.vpc.private_route_table_ids])
      policy          = data.aws_iam_policy_document.dynamodb.json
      tags            = { Name = "dynamodb" }
    }
    logs = {
      service             = "logs"
      private_dns_enabled = true
      subnet_ids          = module.vpc.intra_subnets
    }
    ecr = {
      service             = "ecr.dkr"
      private_dns_enabled = true
      subnet_ids          = module.vpc.private_subnets
      security_group_ids  = [aws_security_group.own.id]
    }
    nothing = {
      create  = false
      service = "sqs"
    }
  }

  tags = { Endpoint = "true" }
}

data "aws_iam_policy_document" "dynamodb" {
  statement {
    effect    = "Deny"
    actions   = ["dynamodb:*"]
    resources = ["*"]

    principals {
      type        = "*"
      identifiers = ["*"]
    }
    condition {
      test     = "StringNotEquals"
      variable = "aws:sourceVpc"
      values   = [module.vpc.vpc_id]
    }
  }
}

resource "aws_security_group" "own" {
  name_prefix = "inner-own-"
  vpc_id      = module.vpc.vpc_id
}

output "all" {
  value = [module.vpc, module.endpoints]
}
