provider "aws" {
  region = "eu-west-1"
}
resource "terraform_data" "a" {
}
data "aws_iam_policy_document" "p" {
  statement {
    actions   = ["s3:GetObject"]
    resources = [terraform_data.a.id]
  }
}
data "aws_caller_identity" "me" {
  depends_on = [terraform_data.a]
}
output "json" {
  value = data.aws_iam_policy_document.p.json
}
