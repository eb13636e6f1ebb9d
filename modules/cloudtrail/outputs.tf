output "name" {
  description = "Name of the trail."
  value       = aws_cloudtrail.this.name
}

output "arn" {
  description = "ARN of the trail."
  value       = aws_cloudtrail.this.arn
}

output "home_region" {
  description = "Region that the trail was made in."
  value       = aws_cloudtrail.this.home_region
}

output "s3_bucket_name" {
  description = "Name of the bucket that holds the records."
  value       = aws_s3_bucket.this.bucket
}

output "s3_bucket_arn" {
  description = "ARN of the bucket that holds the records."
  value       = aws_s3_bucket.this.arn
}

output "cloudwatch_log_group_name" {
  description = "Name of the log group."
  value       = aws_cloudwatch_log_group.this.name
}

output "cloudwatch_log_group_arn" {
  description = "ARN of the log group."
  value       = aws_cloudwatch_log_group.this.arn
}

output "cloudwatch_role_arn" {
  description = "ARN of the role that writes to the log group."
  value       = aws_iam_role.cloudwatch.arn
}
