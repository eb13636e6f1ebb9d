terraform {
  required_providers {
    aws = {
      source                = "hashicorp/aws"
      configuration_aliases = [aws.east, west, other.x]
    }
  }
}
import {
  to = aws_x.y
  id = "1"
}
