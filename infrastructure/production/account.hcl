# The AWS account that everything below this folder belongs to.

locals {
  account_name   = "numinia"
  aws_account_id = "241533135482"

  # ARN of the key that the backend is to encrypt states with, which the unit kms/state makes. While this is null, S3
  # encrypts them with its own (AES256): the first state is written before there is a key. Once kms/state is applied,
  # put its output key_arn here and run `run --all init -reconfigure`; each state is under the key from its next
  # change on.
  state_kms_key_arn = null
}
