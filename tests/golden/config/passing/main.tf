provider "aws" {}
provider "aws" {
  alias = "west"
}
module "mid" {
  source = "./mid"
  providers = {
    aws      = aws
    aws.peer = aws.west
  }
}
module "plain" {
  source = "./leaf"
}
