terraform {
  required_providers {
    aws = {
      source                = "hashicorp/aws"
      configuration_aliases = [aws.peer]
    }
  }
}
module "leaf" {
  source = "../leaf"
  providers = {
    amazon = aws.peer
  }
}
resource "aws_x" "one" {}
resource "aws_x" "two" {
  provider = aws.peer
}
