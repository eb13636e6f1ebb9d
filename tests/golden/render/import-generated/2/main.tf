provider "aws" {
  region              = "eu-west-1"
  allowed_account_ids = ["123456789012"]
}

import {
  to = aws_cloudwatch_log_group.web
  id = "/app/web"
}

import {
  to = terraform_data.marker
  id = "m-1"
}
