terraform {
  required_providers {
    amazon = {
      source  = "hashicorp/aws"
      version = "~> 5.0"
    }
  }
}
resource "aws_x" "named" {
  provider = amazon
}
