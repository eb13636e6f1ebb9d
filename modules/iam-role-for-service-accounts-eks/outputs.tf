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

