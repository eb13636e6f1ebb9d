output "iam_role_arn" {
  description = "ARN of the role."
  value       = aws_iam_role.this.arn
}

output "iam_role_name" {
  description = "Name of the role."
  value       = aws_iam_role.this.name
}

output "iam_role_path" {
  description = "Path of the role."
  value       = aws_iam_role.this.path
}

output "iam_role_unique_id" {
  description = "AWS's own id of the role."
  value       = aws_iam_role.this.unique_id
}

output "iam_instance_profile_arn" {
  description = "ARN of the instance profile; null without one."
  value       = try(aws_iam_instance_profile.this[0].arn, null)
}

output "iam_instance_profile_name" {
  description = "Name of the instance profile; null without one."
  value       = try(aws_iam_instance_profile.this[0].name, null)
}

output "iam_instance_profile_id" {
  description = "Id of the instance profile; null without one."
  value       = try(aws_iam_instance_profile.this[0].id, null)
}

output "iam_instance_profile_path" {
  description = "Path of the instance profile; null without one."
  value       = try(aws_iam_instance_profile.this[0].path, null)
}
