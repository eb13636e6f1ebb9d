provider "aws" {
  region              = "eu-west-1"
  allowed_account_ids = ["123456789012"]
}

resource "aws_cloudwatch_log_group" "a" {
  name              = "/app/web"
  retention_in_days = 14
  tags              = { team = "platform" }
}
