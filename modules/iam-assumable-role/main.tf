# A role that services or other principals of AWS take on, and the instance profile that hands it to machines.

data "aws_iam_policy_document" "assume_role" {
  statement {
    sid     = "TakeOn"
    actions = var.trusted_role_actions

    dynamic "principals" {
      for_each = length(var.trusted_role_services) > 0 ? [1] : []

      content {
        type        = "Service"
        identifiers = var.trusted_role_services
      }
    }

    dynamic "principals" {
      for_each = length(var.trusted_role_arns) > 0 ? [1] : []

      content {
        type        = "AWS"
        identifiers = var.trusted_role_arns
      }
    }

    dynamic "condition" {
      for_each = var.trust_policy_conditions

      content {
        test     = condition.value.test
        variable = condition.value.variable
        values   = condition.value.values
      }
    }
  }
}

resource "aws_iam_role" "this" {
  name        = var.role_name
  name_prefix = var.role_name_prefix
  path        = var.role_path
  description = var.role_description

  assume_role_policy    = coalesce(var.custom_role_trust_policy, data.aws_iam_policy_document.assume_role.json)
  max_session_duration  = var.max_session_duration
  permissions_boundary  = var.role_permissions_boundary_arn
  force_detach_policies = var.force_detach_policies

  tags = var.tags

  lifecycle {
    precondition {
      condition     = var.custom_role_trust_policy != null || length(concat(var.trusted_role_services, var.trusted_role_arns)) > 0
      error_message = "Nobody could take on the role: name trusted_role_services, trusted_role_arns or a custom_role_trust_policy."
    }
  }
}

# By position, since an ARN of a policy that is made in the same run is not known when this is planned.
resource "aws_iam_role_policy_attachment" "custom" {
  count = length(var.custom_role_policy_arns)

  role       = aws_iam_role.this.name
  policy_arn = var.custom_role_policy_arns[count.index]
}

data "aws_iam_policy_document" "inline" {
  count = length(var.inline_policy_statements) > 0 ? 1 : 0

  dynamic "statement" {
    for_each = var.inline_policy_statements

    content {
      sid       = statement.value.sid
      effect    = statement.value.effect
      actions   = statement.value.actions
      resources = statement.value.resources

      dynamic "condition" {
        for_each = statement.value.conditions

        content {
          test     = condition.value.test
          variable = condition.value.variable
          values   = condition.value.values
        }
      }
    }
  }
}

resource "aws_iam_role_policy" "inline" {
  count = length(var.inline_policy_statements) > 0 ? 1 : 0

  name   = coalesce(var.inline_policy_name, aws_iam_role.this.name)
  role   = aws_iam_role.this.name
  policy = data.aws_iam_policy_document.inline[0].json
}

resource "aws_iam_instance_profile" "this" {
  count = var.create_instance_profile ? 1 : 0

  name = aws_iam_role.this.name
  path = var.role_path
  role = aws_iam_role.this.name

  tags = var.tags
}
