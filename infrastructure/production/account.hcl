# The AWS account that everything below this folder belongs to.

locals {
  account_name   = "numinia"
  aws_account_id = "241533135482"
}
