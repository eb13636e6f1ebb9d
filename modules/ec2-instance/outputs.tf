output "id" {
  description = "Id of the machine."
  value       = aws_instance.this.id
}

output "arn" {
  description = "ARN of the machine."
  value       = aws_instance.this.arn
}

output "ami" {
  description = "Id of the image that the machine was made from."
  value       = aws_instance.this.ami
}

output "availability_zone" {
  description = "Zone of the machine."
  value       = aws_instance.this.availability_zone
}

output "instance_state" {
  description = "State of the machine."
  value       = aws_instance.this.instance_state
}

output "private_ip" {
  description = "Address in the subnet."
  value       = aws_instance.this.private_ip
}

output "private_dns" {
  description = "Name inside the VPC."
  value       = aws_instance.this.private_dns
}

output "public_ip" {
  description = "Public address; empty without one."
  value       = aws_instance.this.public_ip
}

output "public_dns" {
  description = "Public name; empty without one."
  value       = aws_instance.this.public_dns
}

output "primary_network_interface_id" {
  description = "Id of the machine's network interface."
  value       = aws_instance.this.primary_network_interface_id
}

output "root_block_device" {
  description = "The root volume, with device_name, encrypted, kms_key_id, volume_id, volume_size and volume_type."

  # Not its tags: with volume_tags the provider gives null for them at first and an empty map later, and an output that
  # holds them changes though nothing did.
  value = [
    for device in aws_instance.this.root_block_device : {
      device_name = device.device_name
      encrypted   = device.encrypted
      kms_key_id  = device.kms_key_id
      volume_id   = device.volume_id
      volume_size = device.volume_size
      volume_type = device.volume_type
    }
  ]
}

output "tags_all" {
  description = "All tags of the machine, those of the provider too."
  value       = aws_instance.this.tags_all
}

output "security_group_id" {
  description = "Id of the machine's security group; null without one."
  value       = try(aws_security_group.this[0].id, null)
}

output "recovery_alarm_arn" {
  description = "ARN of the alarm that has EC2 recover the machine; null without one."
  value       = try(aws_cloudwatch_metric_alarm.recovery[0].arn, null)
}

output "patch_association_id" {
  description = "Id of the association that patches the machine; null without one."
  value       = try(aws_ssm_association.patching[0].association_id, null)
}
