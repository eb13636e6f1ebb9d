output "id" {
  description = "Id of the file system."
  value       = aws_efs_file_system.this.id
}

output "arn" {
  description = "ARN of the file system."
  value       = aws_efs_file_system.this.arn
}

output "dns_name" {
  description = "Name that clients mount the file system by."
  value       = aws_efs_file_system.this.dns_name
}

output "mount_targets" {
  description = "The mount targets by their names, each with id, dns_name, ip_address, subnet_id and network_interface_id."
  value = {
    for key, target in aws_efs_mount_target.this : key => {
      id                   = target.id
      dns_name             = target.dns_name
      ip_address           = target.ip_address
      subnet_id            = target.subnet_id
      network_interface_id = target.network_interface_id
    }
  }
}

output "security_group_id" {
  description = "Id of the mount targets' security group; null without one."
  value       = try(aws_security_group.this[0].id, null)
}

output "security_group_arn" {
  description = "ARN of the mount targets' security group; null without one."
  value       = try(aws_security_group.this[0].arn, null)
}

output "access_points" {
  description = "The access points by their names, each with id and arn."
  value       = { for key, point in aws_efs_access_point.this : key => { id = point.id, arn = point.arn } }
}

output "storage_class_name" {
  description = "Name of the StorageClass."
  value       = var.storage_class.name
}

output "storage_class_manifest" {
  description = "The StorageClass as YAML, for kubectl apply -f."
  value       = local.storage_class_manifest
}
