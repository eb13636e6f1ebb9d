variable "step" { type = number }

resource "aws_iam_user" "a" {
  name = "a"
}

resource "aws_iam_user" "b" {
  name = "b"
}

resource "aws_iam_group" "g" {
  name = "people"
}

resource "aws_iam_group_membership" "g" {
  name  = "people"
  group = aws_iam_group.g.name
  users = var.step > 1 ? [aws_iam_user.a.name, aws_iam_user.b.name] : [aws_iam_user.a.name]
}

resource "aws_iam_access_key" "a" {
  user   = aws_iam_user.a.name
  status = var.step > 1 ? "Inactive" : "Active"
}

resource "aws_iam_user_login_profile" "a" {
  user                    = aws_iam_user.a.name
  password_reset_required = false
}

resource "aws_iam_user_ssh_key" "a" {
  username   = aws_iam_user.a.name
  encoding   = "SSH"
  public_key = "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQC866cd6/k3uJACkSfFDdyM/c9gcvrx5oTj8Fln/TThg5hLIveicItRhS9yDz+ENtOIMqecEdY1q0q/UXUsn00v/IvMmTROXXseCBNCCjVYPY7SqwRIVlnx3NrUGkKdDJqu/rQXjWxXLjiG7NkIFAZA+Bf6SWDFQFdiNFzqF2KQmE6vNO/YjMm9as3tk9n34YikEgi60kAOieQ3I1sp1NLR35AnLQveO73l5wwri5FF/zcLePjPL/iCHrPURna2FyTWIqnIx/8XAhXF661M+mF8MrRorn1kRV4d+XO0Y8ODeGWzOqg2089RPsXb27aTWkgQ2JpIvrWuIU66Gg7h3n5P"
  status     = var.step > 1 ? "Inactive" : "Active"
}

resource "aws_iam_policy" "read" {
  name   = "people-read"
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "s3:Get*", Resource = "*" }] })
}

resource "aws_iam_user_policy_attachment" "a" {
  user       = aws_iam_user.a.name
  policy_arn = aws_iam_policy.read.arn
}

resource "aws_iam_account_alias" "a" {
  account_alias = "people-of-step-${var.step}"
}
