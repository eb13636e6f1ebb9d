# Recovery and patches.

# The machine under the instance failed: EC2 moves the instance to another one, with its id, addresses and volumes.
# https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/cloudwatch-recovery.html
resource "aws_cloudwatch_metric_alarm" "recovery" {
  count = var.create_recovery_alarm ? 1 : 0

  alarm_name        = "${var.name}-recovery"
  alarm_description = "${var.name} fails the check of its host; EC2 recovers it"

  namespace           = "AWS/EC2"
  metric_name         = "StatusCheckFailed_System"
  statistic           = "Maximum"
  comparison_operator = "GreaterThanOrEqualToThreshold"
  threshold           = 1
  period              = 60
  evaluation_periods  = var.recovery_alarm_evaluation_periods
  dimensions          = { InstanceId = aws_instance.this.id }

  alarm_actions = concat(
    ["arn:${data.aws_partition.current.partition}:automate:${data.aws_region.current.name}:ec2:recover"],
    var.recovery_alarm_actions,
  )

  tags = var.tags
}

# https://docs.aws.amazon.com/systems-manager/latest/userguide/patch-manager-aws-runpatchbaseline.html
resource "aws_ssm_association" "patching" {
  count = var.patch_schedule == null ? 0 : 1

  name                = "AWS-RunPatchBaseline"
  association_name    = "${var.name}-patching"
  schedule_expression = var.patch_schedule
  compliance_severity = "HIGH"

  # Not when it is made as well: a machine is not to restart because somebody applied something.
  apply_only_at_cron_interval = true

  parameters = {
    Operation    = "Install"
    RebootOption = var.patch_reboot_option
  }

  targets {
    key    = "InstanceIds"
    values = [aws_instance.this.id]
  }

  tags = var.tags
}
