# The region that everything below this folder belongs to.

locals {
  aws_region = "eu-west-1"
}
