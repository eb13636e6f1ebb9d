# Names are those of the public terraform-aws-modules/ec2-instance module (version 5) where it has the input too;
# those of the security group, the recovery alarm and the patches are this module's own.

variable "name" {
  description = "Name of the machine, and what the names of all its parts begin with."
  type        = string
  nullable    = false
}

variable "ami" {
  description = "Id of the image. Without one, the one that ami_ssm_parameter names when the machine is made."
  type        = string
  default     = null
}

variable "ami_ssm_parameter" {
  description = "Parameter of Systems Manager that holds the id of the image."
  type        = string
  default     = "/aws/service/ami-amazon-linux-latest/amzn2-ami-hvm-x86_64-gp2"
  nullable    = false
}

variable "instance_type" {
  description = "Type of the machine."
  type        = string
  default     = "t3.micro"
  nullable    = false
}

variable "subnet_id" {
  description = "Id of the subnet."
  type        = string
  nullable    = false
}

variable "associate_public_ip_address" {
  description = "Whether the machine gets a public address. Null leaves it to the subnet."
  type        = bool
  default     = null
}

variable "private_ip" {
  description = "Address in the subnet. Without one, AWS takes one that is free."
  type        = string
  default     = null
}

variable "vpc_security_group_ids" {
  description = "Ids of further security groups."
  type        = list(string)
  default     = []
  nullable    = false
}

variable "iam_instance_profile" {
  description = "Name of the instance profile, whose role must hold AmazonSSMManagedInstanceCore."
  type        = string
  default     = null
}

variable "key_name" {
  description = "Name of an SSH key pair. Systems Manager needs none."
  type        = string
  default     = null
}

variable "ebs_optimized" {
  description = "Give volumes a line of their own, where the type has it without being asked."
  type        = bool
  default     = null
}

variable "monitoring" {
  description = "Metrics every minute in place of every five."
  type        = bool
  default     = false
  nullable    = false
}

variable "source_dest_check" {
  description = "Refuse traffic that is neither from nor to the machine."
  type        = bool
  default     = true
  nullable    = false
}

variable "disable_api_termination" {
  description = "Refuse to terminate the machine until this is taken back."
  type        = bool
  default     = false
  nullable    = false
}

variable "user_data" {
  description = "Script that the machine runs when it first starts. No place for secrets."
  type        = string
  default     = null
}

variable "user_data_replace_on_change" {
  description = "Make the machine anew when user_data changes."
  type        = bool
  default     = false
  nullable    = false
}

variable "cpu_credits" {
  description = "unlimited or standard, for types of the T families. Null leaves it to the type."
  type        = string
  default     = null
}

variable "metadata_options" {
  description = "The machine's metadata service: version 2 only, and for the machine itself only, if nothing else is said."
  type = object({
    http_endpoint               = optional(string, "enabled")
    http_tokens                 = optional(string, "required")
    http_put_response_hop_limit = optional(number, 1)
    instance_metadata_tags      = optional(string, "disabled")
  })
  default  = {}
  nullable = false
}

variable "maintenance_options" {
  description = "auto_recovery: default has EC2 recover the machine when its host fails, disabled does not."
  type = object({
    auto_recovery = optional(string, "default")
  })
  default  = {}
  nullable = false
}

variable "root_block_device" {
  description = "The root volume. Size and key are those of the image, and AWS's own for EBS, if nothing else is said."
  type = object({
    encrypted             = optional(bool, true)
    kms_key_id            = optional(string)
    volume_type           = optional(string, "gp3")
    volume_size           = optional(number)
    iops                  = optional(number)
    throughput            = optional(number)
    delete_on_termination = optional(bool, true)
  })
  default  = {}
  nullable = false
}

variable "enable_volume_tags" {
  description = "Tag the volumes as well."
  type        = bool
  default     = true
  nullable    = false
}

variable "volume_tags" {
  description = "Further tags of the volumes."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "instance_tags" {
  description = "Further tags of the machine."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "create_security_group" {
  description = "Make a security group for the machine."
  type        = bool
  default     = true
  nullable    = false
}

variable "security_group_vpc_id" {
  description = "Id of the VPC of the security group."
  type        = string
  default     = null
}

variable "security_group_description" {
  description = "Description of the security group. Cannot be changed later."
  type        = string
  default     = null
}

variable "security_group_rules" {
  description = "Rules of the security group, by names of your own."
  type = map(object({
    type                     = optional(string, "egress")
    protocol                 = optional(string, "tcp")
    from_port                = number
    to_port                  = number
    description              = optional(string)
    cidr_blocks              = optional(list(string))
    prefix_list_ids          = optional(list(string))
    source_security_group_id = optional(string)
  }))
  default  = {}
  nullable = false
}

variable "let_into" {
  description = "Security groups of others that the machine is let into, and on which port of theirs."
  type = map(object({
    security_group_id = string
    port              = number
  }))
  default  = {}
  nullable = false
}

variable "create_recovery_alarm" {
  description = "Make the alarm that has EC2 recover the machine."
  type        = bool
  default     = true
  nullable    = false
}

variable "recovery_alarm_evaluation_periods" {
  description = "Minutes that the check of the host must fail before the machine is recovered."
  type        = number
  default     = 2
  nullable    = false
}

variable "recovery_alarm_actions" {
  description = "ARNs of further actions of the alarm, such as a topic that tells somebody."
  type        = list(string)
  default     = []
  nullable    = false
}

variable "patch_schedule" {
  description = "When Systems Manager patches the machine, such as cron(0 3 ? * SUN *), in UTC. Null never does."
  type        = string
  default     = null
}

variable "patch_reboot_option" {
  description = "RebootIfNeeded or NoReboot."
  type        = string
  default     = "RebootIfNeeded"
  nullable    = false

  validation {
    condition     = contains(["RebootIfNeeded", "NoReboot"], var.patch_reboot_option)
    error_message = "patch_reboot_option must be RebootIfNeeded or NoReboot."
  }
}

variable "tags" {
  description = "Tags of everything that is made."
  type        = map(string)
  default     = {}
  nullable    = false
}
