output "bucket" {
  description = "Name of the bucket of the states."
  value       = aws_s3_bucket.this.bucket
}

output "bucket_arn" {
  description = "ARN of the bucket of the states."
  value       = aws_s3_bucket.this.arn
}

output "kms_key_arn" {
  description = "ARN of the key that the bucket encrypts with."
  value       = var.kms_key_arn
}

output "logging_bucket" {
  description = "Name of the bucket of the access log."
  value       = aws_s3_bucket.logs.bucket
}

output "logging_bucket_arn" {
  description = "ARN of the bucket of the access log."
  value       = aws_s3_bucket.logs.arn
}
