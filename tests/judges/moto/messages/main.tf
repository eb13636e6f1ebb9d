variable "step" { type = number }

data "aws_caller_identity" "me" {}

locals { root = "arn:aws:iam::${data.aws_caller_identity.me.account_id}:root" }

resource "aws_sns_topic" "t" {
  name         = "t"
  display_name = "step ${var.step}"
  tags         = { Step = var.step }
}

resource "aws_sns_topic_policy" "t" {
  arn = aws_sns_topic.t.arn
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Sid = "Step${var.step}", Effect = "Allow", Action = "sns:Publish", Resource = aws_sns_topic.t.arn, Principal = { AWS = local.root } }]
  })
}

resource "aws_sqs_queue" "q" {
  name                       = "q"
  visibility_timeout_seconds = 30 * var.step
  sqs_managed_sse_enabled    = true
  tags                       = { Step = var.step }
}

resource "aws_sqs_queue_policy" "q" {
  queue_url = aws_sqs_queue.q.id
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Sid = "Step${var.step}", Effect = "Allow", Action = "sqs:SendMessage", Resource = aws_sqs_queue.q.arn, Principal = { AWS = local.root } }]
  })
}

resource "aws_sns_topic_subscription" "q" {
  topic_arn            = aws_sns_topic.t.arn
  protocol             = "sqs"
  endpoint             = aws_sqs_queue.q.arn
  raw_message_delivery = var.step > 1
}

resource "aws_cloudwatch_event_rule" "r" {
  name                = "r"
  description         = "step ${var.step}"
  schedule_expression = "rate(${var.step + 4} minutes)"
  tags                = { Step = var.step }
}

resource "aws_cloudwatch_event_target" "q" {
  rule      = aws_cloudwatch_event_rule.r.name
  target_id = "q"
  arn       = aws_sqs_queue.q.arn
  input     = jsonencode({ step = var.step })
}
