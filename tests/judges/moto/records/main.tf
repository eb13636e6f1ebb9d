variable "step" { type = number }

data "aws_caller_identity" "me" {}

resource "aws_cloudwatch_log_group" "g" {
  name              = "g"
  retention_in_days = var.step > 1 ? 30 : 14
  tags              = { Step = var.step }
}

resource "aws_cloudwatch_log_metric_filter" "f" {
  name           = "f"
  log_group_name = aws_cloudwatch_log_group.g.name
  pattern        = "ERROR"

  metric_transformation {
    name      = "Errors"
    namespace = "Judge"
    value     = "1"
  }
}

resource "aws_cloudwatch_log_resource_policy" "p" {
  policy_name = "p"
  policy_document = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Sid = "Step${var.step}", Effect = "Allow", Action = "logs:PutLogEvents", Resource = "*", Principal = { Service = "route53.amazonaws.com" } }]
  })
}

resource "aws_cloudwatch_metric_alarm" "a" {
  alarm_name          = "a"
  namespace           = "Judge"
  metric_name         = "Errors"
  statistic           = "Sum"
  comparison_operator = "GreaterThanThreshold"
  threshold           = var.step
  period              = 60
  evaluation_periods  = 2
  tags                = { Step = var.step }
}

resource "aws_s3_bucket" "b" {
  bucket        = "a-trail-of-the-judge"
  force_destroy = true
}

resource "aws_s3_bucket_policy" "b" {
  bucket = aws_s3_bucket.b.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Effect = "Allow", Action = "s3:GetBucketAcl", Resource = aws_s3_bucket.b.arn, Principal = { Service = "cloudtrail.amazonaws.com" } },
      { Effect = "Allow", Action = "s3:PutObject", Resource = "${aws_s3_bucket.b.arn}/AWSLogs/${data.aws_caller_identity.me.account_id}/*", Principal = { Service = "cloudtrail.amazonaws.com" } },
    ]
  })
}

resource "aws_cloudtrail" "t" {
  name                          = "trail"
  s3_bucket_name                = aws_s3_bucket.b.id
  include_global_service_events = true
  is_multi_region_trail         = var.step > 1
  enable_log_file_validation    = true
  # moto knows trails by their names alone when they are to record.
  enable_logging = false
  tags           = { Step = var.step }
  depends_on     = [aws_s3_bucket_policy.b]
}

resource "aws_ssm_parameter" "p" {
  name        = "/judge/p"
  type        = "SecureString"
  value       = "step ${var.step}"
  description = "step ${var.step}"
  tags        = { Step = var.step }
}

resource "aws_ssm_document" "d" {
  name          = "document"
  document_type = "Command"
  content = jsonencode({
    schemaVersion = "2.2"
    description   = "step ${var.step}"
    mainSteps     = [{ action = "aws:runShellScript", name = "a", inputs = { runCommand = ["true"] } }]
  })
}
