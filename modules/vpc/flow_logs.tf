# A record of every connection in the VPC, written by AWS to a log group.

locals {
  create_flow_log_cloudwatch_log_group = var.enable_flow_log && var.create_flow_log_cloudwatch_log_group
  create_flow_log_cloudwatch_iam_role  = var.enable_flow_log && var.create_flow_log_cloudwatch_iam_role

  flow_log_destination_arn = try(aws_cloudwatch_log_group.flow_log[0].arn, var.flow_log_destination_arn)
  flow_log_iam_role_arn    = try(aws_iam_role.vpc_flow_log_cloudwatch[0].arn, var.flow_log_cloudwatch_iam_role_arn)

  arn_prefix = {
    for service in ["ec2", "logs"] : service => join(":", [
      "arn",
      data.aws_partition.current.partition,
      service,
      data.aws_region.current.name,
      data.aws_caller_identity.current.account_id,
    ])
  }
}

resource "aws_flow_log" "this" {
  count = var.enable_flow_log ? 1 : 0

  vpc_id                   = aws_vpc.this.id
  traffic_type             = var.flow_log_traffic_type
  max_aggregation_interval = var.flow_log_max_aggregation_interval
  log_format               = var.flow_log_log_format
  log_destination_type     = "cloud-watch-logs"
  log_destination          = local.flow_log_destination_arn
  iam_role_arn             = local.flow_log_iam_role_arn

  tags = merge({ Name = var.name }, var.tags, var.vpc_flow_log_tags)

  # Without its permissions the role is of no use: the first records would be lost.
  depends_on = [aws_iam_role_policy_attachment.vpc_flow_log_cloudwatch]
}

resource "aws_cloudwatch_log_group" "flow_log" {
  count = local.create_flow_log_cloudwatch_log_group ? 1 : 0

  name = join("", [
    var.flow_log_cloudwatch_log_group_name_prefix,
    coalesce(var.flow_log_cloudwatch_log_group_name_suffix, aws_vpc.this.id),
  ])
  retention_in_days = var.flow_log_cloudwatch_log_group_retention_in_days
  kms_key_id        = var.flow_log_cloudwatch_log_group_kms_key_id
  log_group_class   = var.flow_log_cloudwatch_log_group_class
  skip_destroy      = var.flow_log_cloudwatch_log_group_skip_destroy

  tags = merge(var.tags, var.vpc_flow_log_tags)
}

# Only the flow logs of this account and region may take the role: the service acts for all of its
# customers, and without the conditions one of them could have it write here.
# https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-iam-role.html
data "aws_iam_policy_document" "flow_log_cloudwatch_assume_role" {
  count = local.create_flow_log_cloudwatch_iam_role ? 1 : 0

  statement {
    sid     = "FlowLogsOfThisAccount"
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["vpc-flow-logs.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [data.aws_caller_identity.current.account_id]
    }

    condition {
      test     = "ArnLike"
      variable = "aws:SourceArn"
      values   = ["${local.arn_prefix.ec2}:vpc-flow-log/*"]
    }

    dynamic "condition" {
      for_each = var.flow_log_cloudwatch_iam_role_conditions

      content {
        test     = condition.value.test
        variable = condition.value.variable
        values   = condition.value.values
      }
    }
  }
}

resource "aws_iam_role" "vpc_flow_log_cloudwatch" {
  count = local.create_flow_log_cloudwatch_iam_role ? 1 : 0

  name        = var.vpc_flow_log_iam_role_use_name_prefix ? null : var.vpc_flow_log_iam_role_name
  name_prefix = var.vpc_flow_log_iam_role_use_name_prefix ? "${var.vpc_flow_log_iam_role_name}-" : null

  description          = "Writes the flow logs of ${var.name}"
  assume_role_policy   = data.aws_iam_policy_document.flow_log_cloudwatch_assume_role[0].json
  permissions_boundary = var.vpc_flow_log_permissions_boundary

  tags = merge(var.tags, var.vpc_flow_log_tags)
}

data "aws_iam_policy_document" "vpc_flow_log_cloudwatch" {
  count = local.create_flow_log_cloudwatch_iam_role ? 1 : 0

  statement {
    sid = "WriteToTheLogGroup"

    actions = [
      "logs:CreateLogStream",
      "logs:DescribeLogStreams",
      "logs:PutLogEvents",
    ]

    # The group itself for DescribeLogStreams, its streams for the other two.
    resources = [local.flow_log_destination_arn, "${local.flow_log_destination_arn}:*"]
  }

  # The list has no narrower resource than all groups of the account and region.
  statement {
    sid       = "FindTheLogGroup"
    actions   = ["logs:DescribeLogGroups"]
    resources = ["${local.arn_prefix.logs}:log-group:*"]
  }
}

resource "aws_iam_policy" "vpc_flow_log_cloudwatch" {
  count = local.create_flow_log_cloudwatch_iam_role ? 1 : 0

  name        = var.vpc_flow_log_iam_policy_use_name_prefix ? null : var.vpc_flow_log_iam_policy_name
  name_prefix = var.vpc_flow_log_iam_policy_use_name_prefix ? "${var.vpc_flow_log_iam_policy_name}-" : null

  description = "Writes to the flow log group of ${var.name}"
  policy      = data.aws_iam_policy_document.vpc_flow_log_cloudwatch[0].json

  tags = merge(var.tags, var.vpc_flow_log_tags)
}

resource "aws_iam_role_policy_attachment" "vpc_flow_log_cloudwatch" {
  count = local.create_flow_log_cloudwatch_iam_role ? 1 : 0

  role       = aws_iam_role.vpc_flow_log_cloudwatch[0].name
  policy_arn = aws_iam_policy.vpc_flow_log_cloudwatch[0].arn
}
