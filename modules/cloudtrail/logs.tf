# The same records in CloudWatch Logs, for searching and alarms.
# https://docs.aws.amazon.com/awscloudtrail/latest/userguide/send-cloudtrail-events-to-cloudwatch-logs.html

resource "aws_cloudwatch_log_group" "this" {
  name              = coalesce(var.cloudwatch_log_group_name, "/aws/cloudtrail/${var.name}")
  retention_in_days = var.cloudwatch_log_group_retention_in_days
  kms_key_id        = var.kms_key_arn

  tags = var.tags
}

data "aws_iam_policy_document" "cloudwatch_assume_role" {
  statement {
    sid     = "Trail"
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["cloudtrail.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceArn"
      values   = [local.trail_arn]
    }
  }
}

resource "aws_iam_role" "cloudwatch" {
  name        = coalesce(var.cloudwatch_role_name, "${var.name}-cloudtrail-logs")
  description = "Writes the records of the trail ${var.name} to CloudWatch Logs"

  assume_role_policy   = data.aws_iam_policy_document.cloudwatch_assume_role.json
  permissions_boundary = var.cloudwatch_role_permissions_boundary

  tags = var.tags
}

data "aws_iam_policy_document" "cloudwatch" {
  # CloudTrail names its streams after the account and the region.
  statement {
    sid     = "Write"
    actions = ["logs:CreateLogStream", "logs:PutLogEvents"]

    resources = [
      "${aws_cloudwatch_log_group.this.arn}:log-stream:${local.account_id}_CloudTrail_${data.aws_region.current.name}*",
    ]
  }
}

resource "aws_iam_role_policy" "cloudwatch" {
  name   = "write-to-log-group"
  role   = aws_iam_role.cloudwatch.name
  policy = data.aws_iam_policy_document.cloudwatch.json
}
