variable "step" { type = number }

locals {
  trust = { Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "ec2.amazonaws.com" } }] }
  may   = { Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = var.step > 1 ? ["s3:Get*", "s3:List*"] : ["s3:Get*"], Resource = "*" }] }
}

resource "aws_iam_role" "r" {
  name                 = "r"
  description          = "step ${var.step}"
  max_session_duration = 3600 * var.step
  assume_role_policy   = jsonencode(local.trust)
  permissions_boundary = var.step > 1 ? aws_iam_policy.p.arn : null
  tags                 = { Step = var.step }
}

resource "aws_iam_role_policy" "in" {
  name   = "in"
  role   = aws_iam_role.r.name
  policy = jsonencode(local.may)
}

resource "aws_iam_policy" "p" {
  name   = "p"
  policy = jsonencode(local.may)
  tags   = { Step = var.step }
}

resource "aws_iam_role_policy_attachment" "p" {
  role       = aws_iam_role.r.name
  policy_arn = aws_iam_policy.p.arn
}

resource "aws_iam_role" "alone" {
  name               = "alone"
  assume_role_policy = jsonencode(local.trust)
}

resource "aws_iam_role_policies_exclusive" "alone" {
  role_name    = aws_iam_role.alone.name
  policy_names = []
}

resource "aws_iam_role_policy_attachments_exclusive" "alone" {
  role_name   = aws_iam_role.alone.name
  policy_arns = var.step > 1 ? [aws_iam_policy.p.arn] : []
}

resource "aws_iam_instance_profile" "i" {
  name = "i"
  role = var.step > 1 ? aws_iam_role.alone.name : aws_iam_role.r.name
  tags = { Step = "1" }
}

resource "aws_iam_openid_connect_provider" "o" {
  url             = "https://oidc.example.com/id/0123456789ABCDEF"
  client_id_list  = ["sts.amazonaws.com"]
  thumbprint_list = [var.step > 1 ? "9e99a48a9960b14926bb7f3b02e22da2b0ab7280" : "cf23df2207d99a74fbe169e3eba035e633b65d94"]
  tags            = { Step = var.step }
}

resource "aws_iam_user" "u" {
  name = "u"
  tags = { Step = var.step }
}

resource "aws_iam_group" "g" {
  name = "g${var.step}"
  path = "/step${var.step}/"
}

resource "aws_iam_group_policy_attachment" "g" {
  group      = aws_iam_group.g.name
  policy_arn = aws_iam_policy.p.arn
}

resource "aws_iam_account_password_policy" "p" {
  minimum_password_length        = 12 + var.step
  require_numbers                = true
  allow_users_to_change_password = true
}
