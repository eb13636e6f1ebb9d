output "key_arn" {
  description = "ARN of the key."
  value       = aws_kms_key.this.arn
}

output "key_id" {
  description = "Id of the key."
  value       = aws_kms_key.this.key_id
}

output "key_policy" {
  description = "Policy of the key, as JSON."
  value       = aws_kms_key.this.policy
}

output "aliases" {
  description = "The aliases by their names, each with arn and name."
  value       = { for name, alias in aws_kms_alias.this : name => { arn = alias.arn, name = alias.name } }
}
