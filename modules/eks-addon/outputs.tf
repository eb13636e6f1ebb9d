output "arn" {
  description = "ARN of the add-on."
  value       = aws_eks_addon.this.arn
}

output "addon_version" {
  description = "Version of the add-on."
  value       = aws_eks_addon.this.addon_version
}
