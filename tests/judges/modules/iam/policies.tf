data "aws_iam_policy_document" "buckets" {
  statement {
    sid       = "ListBuckets"
    actions   = ["s3:ListAllMyBuckets"]
    resources = ["*"]
  }
}

module "written" {
  source = "./module/modules/iam-policy"

  name_prefix = "example-"
  path        = "/"
  description = "A policy that is written down"
  policy      = <<-EOF
    {
      "Version": "2012-10-17",
      "Statement": [
        {
          "Action": [
            "ec2:Describe*"
          ],
          "Effect": "Allow",
          "Resource": "*"
        }
      ]
    }
  EOF
  tags        = { PolicyDescription = "heredoc" }
}

module "document" {
  source = "./module/modules/iam-policy"

  name   = "from_document"
  path   = "/numinia/"
  policy = data.aws_iam_policy_document.buckets.json
}

module "none" {
  source = "./module/modules/iam-policy"

  create_policy = false
}

output "policies" {
  value = [module.written, module.document, module.none]
}
