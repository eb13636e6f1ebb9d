provider "aws" {
  region              = "eu-west-1"
  allowed_account_ids = ["241533135482"]

  default_tags {
    tags = {
      Environment = "production"
      ManagedBy   = "terragrunt"
      Project     = "numinia"
    }
  }
}
