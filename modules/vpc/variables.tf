# Names, types and defaults are those of the public terraform-aws-modules/vpc module (version 5) where it
# has the input too; reserved_cidr_blocks, endpoints and endpoint_security_group_tags are this module's own,
# and so is the default of create_database_subnet_route_table.
#
# Overlapping subnets are not looked for here: AWS refuses them with the name of the one in the way.

variable "name" {
  description = "Name of the VPC, and what the names of all its parts begin with."
  type        = string
  default     = ""
  nullable    = false
}

variable "cidr" {
  description = "IPv4 range of the VPC, from /16 to /28."
  type        = string
  default     = "10.0.0.0/16"
  nullable    = false

  validation {
    condition     = try(cidrhost(var.cidr, 0) == split("/", var.cidr)[0], false) && can(regex("/(1[6-9]|2[0-8])$", var.cidr))
    error_message = "cidr must be the first address of an IPv4 range and a prefix from /16 to /28, such as 10.0.0.0/16."
  }
}

variable "azs" {
  description = "Availability zones of the subnets, by position: the first subnet of each tier lies in the first zone."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = length(distinct(var.azs)) == length(var.azs)
    error_message = "azs names a zone twice; each zone has one subnet per tier."
  }
}

variable "instance_tenancy" {
  description = "Tenancy of the instances started in the VPC."
  type        = string
  default     = "default"
  nullable    = false

  validation {
    condition     = contains(["default", "dedicated"], var.instance_tenancy)
    error_message = "instance_tenancy must be default or dedicated."
  }
}

variable "enable_dns_hostnames" {
  description = "Give instances DNS names. Private DNS of interface endpoints needs it."
  type        = bool
  default     = true
  nullable    = false
}

variable "enable_dns_support" {
  description = "Answer DNS inside the VPC, two addresses above its first. Private DNS of interface endpoints needs it."
  type        = bool
  default     = true
  nullable    = false
}

variable "tags" {
  description = "Tags for everything the module makes."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "vpc_tags" {
  description = "Further tags for the VPC."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "reserved_cidr_blocks" {
  description = "Ranges of the VPC that no subnet may use, by what they are kept for."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for range in values(var.reserved_cidr_blocks) : can(cidrhost(range, 0))])
    error_message = "reserved_cidr_blocks must hold IPv4 ranges, such as 10.0.128.0/17."
  }

  # Two ranges overlap exactly when they are the same after the longer prefix is cut to the shorter.
  validation {
    condition = alltrue(flatten([
      for range in values(var.reserved_cidr_blocks) : [
        for subnet in concat(var.private_subnets, var.database_subnets, var.public_subnets) : try(
          cidrhost("${split("/", range)[0]}/${min(split("/", range)[1], split("/", subnet)[1])}", 0) !=
          cidrhost("${split("/", subnet)[0]}/${min(split("/", range)[1], split("/", subnet)[1])}", 0),
          true,
        )
      ]
    ]))
    error_message = "A subnet reaches into a reserved range. Choose another range for it, or take the range out of reserved_cidr_blocks."
  }
}

# Private subnets

variable "private_subnets" {
  description = "IPv4 ranges of the private subnets: no way in from the internet, out through NAT; none, or one for each zone. AWS keeps five addresses of each: a /24 has 251."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = contains([0, length(var.azs)], length(var.private_subnets))
    error_message = "private_subnets must have as many ranges as azs has zones, or none."
  }

  validation {
    condition = alltrue([
      for subnet in var.private_subnets : can(cidrhost(subnet, 0)) && can(regex("/(1[6-9]|2[0-8])$", subnet))
    ])
    error_message = "private_subnets must be IPv4 ranges with a prefix from /16 to /28, such as 10.0.1.0/24."
  }

  validation {
    condition = alltrue([
      for subnet in var.private_subnets : try(
        tonumber(split("/", subnet)[1]) >= tonumber(split("/", var.cidr)[1]) &&
        cidrhost("${split("/", subnet)[0]}/${split("/", var.cidr)[1]}", 0) == cidrhost(var.cidr, 0),
        false,
      )
    ])
    error_message = "private_subnets must lie inside the range of the VPC (cidr)."
  }
}

variable "private_subnet_suffix" {
  description = "What the names of the private subnets and route tables have between the name of the VPC and the zone."
  type        = string
  default     = "private"
  nullable    = false
}

variable "private_subnet_tags" {
  description = "Further tags for the private subnets."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "private_subnet_tags_per_az" {
  description = "Further tags for the private subnets, by zone."
  type        = map(map(string))
  default     = {}
  nullable    = false
}

variable "private_route_table_tags" {
  description = "Further tags for the private route tables."
  type        = map(string)
  default     = {}
  nullable    = false
}

# Public subnets

variable "public_subnets" {
  description = "IPv4 ranges of the public subnets: reachable from the internet; none, or one for each zone. AWS keeps five addresses of each: a /24 has 251."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = contains([0, length(var.azs)], length(var.public_subnets))
    error_message = "public_subnets must have as many ranges as azs has zones, or none."
  }

  validation {
    condition = alltrue([
      for subnet in var.public_subnets : can(cidrhost(subnet, 0)) && can(regex("/(1[6-9]|2[0-8])$", subnet))
    ])
    error_message = "public_subnets must be IPv4 ranges with a prefix from /16 to /28, such as 10.0.1.0/24."
  }

  validation {
    condition = alltrue([
      for subnet in var.public_subnets : try(
        tonumber(split("/", subnet)[1]) >= tonumber(split("/", var.cidr)[1]) &&
        cidrhost("${split("/", subnet)[0]}/${split("/", var.cidr)[1]}", 0) == cidrhost(var.cidr, 0),
        false,
      )
    ])
    error_message = "public_subnets must lie inside the range of the VPC (cidr)."
  }
}

variable "map_public_ip_on_launch" {
  description = "Give instances in the public subnets a public address unless they say otherwise."
  type        = bool
  default     = false
  nullable    = false
}

variable "create_igw" {
  description = "Make an internet gateway for the public subnets."
  type        = bool
  default     = true
  nullable    = false
}

variable "igw_tags" {
  description = "Further tags for the internet gateway."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "public_subnet_suffix" {
  description = "What the names of the public subnets and route tables have between the name of the VPC and the zone."
  type        = string
  default     = "public"
  nullable    = false
}

variable "public_subnet_tags" {
  description = "Further tags for the public subnets."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "public_subnet_tags_per_az" {
  description = "Further tags for the public subnets, by zone."
  type        = map(map(string))
  default     = {}
  nullable    = false
}

variable "public_route_table_tags" {
  description = "Further tags for the public route table."
  type        = map(string)
  default     = {}
  nullable    = false
}

# Database subnets

variable "database_subnets" {
  description = "IPv4 ranges of the database subnets: no route to the internet in either direction; none, or one for each zone. AWS keeps five addresses of each: a /24 has 251."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = contains([0, length(var.azs)], length(var.database_subnets))
    error_message = "database_subnets must have as many ranges as azs has zones, or none."
  }

  validation {
    condition = alltrue([
      for subnet in var.database_subnets : can(cidrhost(subnet, 0)) && can(regex("/(1[6-9]|2[0-8])$", subnet))
    ])
    error_message = "database_subnets must be IPv4 ranges with a prefix from /16 to /28, such as 10.0.1.0/24."
  }

  validation {
    condition = alltrue([
      for subnet in var.database_subnets : try(
        tonumber(split("/", subnet)[1]) >= tonumber(split("/", var.cidr)[1]) &&
        cidrhost("${split("/", subnet)[0]}/${split("/", var.cidr)[1]}", 0) == cidrhost(var.cidr, 0),
        false,
      )
    ])
    error_message = "database_subnets must lie inside the range of the VPC (cidr)."
  }
}

variable "create_database_subnet_route_table" {
  description = "Give the database subnets a route table of their own, without a route out. Otherwise they follow the main route table of the VPC."
  type        = bool
  default     = true
  nullable    = false
}

variable "create_database_subnet_group" {
  description = "Make an RDS subnet group of the database subnets."
  type        = bool
  default     = true
  nullable    = false
}

variable "database_subnet_group_name" {
  description = "Name of the RDS subnet group; the name of the VPC when null."
  type        = string
  default     = null
}

variable "database_subnet_group_tags" {
  description = "Further tags for the RDS subnet group."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "database_subnet_suffix" {
  description = "What the names of the database subnets and route tables have between the name of the VPC and the zone."
  type        = string
  default     = "db"
  nullable    = false
}

variable "database_subnet_tags" {
  description = "Further tags for the database subnets."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "database_route_table_tags" {
  description = "Further tags for the database route table."
  type        = map(string)
  default     = {}
  nullable    = false
}

# NAT gateways

variable "enable_nat_gateway" {
  description = "Give the private subnets a way out to the internet."
  type        = bool
  default     = false
  nullable    = false
}

variable "single_nat_gateway" {
  description = "One NAT gateway for all zones: cheaper, but the way out of all of them is lost with its zone."
  type        = bool
  default     = false
  nullable    = false
}

variable "one_nat_gateway_per_az" {
  description = "One NAT gateway for each zone."
  type        = bool
  default     = false
  nullable    = false

  validation {
    condition     = !var.one_nat_gateway_per_az || length(var.public_subnets) == 0 || length(var.public_subnets) == length(var.azs)
    error_message = "one_nat_gateway_per_az needs a public subnet in each of azs."
  }
}

variable "nat_gateway_destination_cidr_block" {
  description = "What the private subnets reach through NAT."
  type        = string
  default     = "0.0.0.0/0"
  nullable    = false
}

variable "nat_gateway_tags" {
  description = "Further tags for the NAT gateways."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "nat_eip_tags" {
  description = "Further tags for the addresses of the NAT gateways."
  type        = map(string)
  default     = {}
  nullable    = false
}

# Default security group

variable "manage_default_security_group" {
  description = "Take over the default security group of the VPC, so that it holds the rules given here only."
  type        = bool
  default     = true
  nullable    = false
}

variable "default_security_group_name" {
  description = "Name tag of the default security group; the name of the VPC and -default when null."
  type        = string
  default     = null
}

variable "default_security_group_ingress" {
  description = "Ingress rules of the default security group; several ranges or groups in one rule are separated by commas."
  type = list(object({
    description      = optional(string)
    protocol         = optional(string, "-1")
    from_port        = optional(number, 0)
    to_port          = optional(number, 0)
    self             = optional(bool)
    cidr_blocks      = optional(string, "")
    ipv6_cidr_blocks = optional(string, "")
    prefix_list_ids  = optional(string, "")
    security_groups  = optional(string, "")
  }))
  default  = []
  nullable = false
}

variable "default_security_group_egress" {
  description = "Egress rules of the default security group; several ranges or groups in one rule are separated by commas."
  type = list(object({
    description      = optional(string)
    protocol         = optional(string, "-1")
    from_port        = optional(number, 0)
    to_port          = optional(number, 0)
    self             = optional(bool)
    cidr_blocks      = optional(string, "")
    ipv6_cidr_blocks = optional(string, "")
    prefix_list_ids  = optional(string, "")
    security_groups  = optional(string, "")
  }))
  default  = []
  nullable = false
}

variable "default_security_group_tags" {
  description = "Further tags for the default security group."
  type        = map(string)
  default     = {}
  nullable    = false
}

# Flow logs

variable "enable_flow_log" {
  description = "Record the connections of the VPC in a log group."
  type        = bool
  default     = false
  nullable    = false

  validation {
    condition     = !var.enable_flow_log || var.create_flow_log_cloudwatch_log_group || var.flow_log_destination_arn != ""
    error_message = "enable_flow_log needs a log group: set create_flow_log_cloudwatch_log_group, or give flow_log_destination_arn."
  }

  validation {
    condition     = !var.enable_flow_log || var.create_flow_log_cloudwatch_iam_role || var.flow_log_cloudwatch_iam_role_arn != ""
    error_message = "enable_flow_log needs a role: set create_flow_log_cloudwatch_iam_role, or give flow_log_cloudwatch_iam_role_arn."
  }
}

variable "flow_log_traffic_type" {
  description = "Which connections to record: ACCEPT, REJECT or ALL."
  type        = string
  default     = "ALL"
  nullable    = false

  validation {
    condition     = contains(["ACCEPT", "REJECT", "ALL"], var.flow_log_traffic_type)
    error_message = "flow_log_traffic_type must be ACCEPT, REJECT or ALL."
  }
}

variable "flow_log_max_aggregation_interval" {
  description = "Seconds that one record covers at most: 60 or 600."
  type        = number
  default     = 600
  nullable    = false

  validation {
    condition     = contains([60, 600], var.flow_log_max_aggregation_interval)
    error_message = "flow_log_max_aggregation_interval must be 60 or 600."
  }
}

variable "flow_log_log_format" {
  description = "Fields of a record, as AWS writes them; its default format when null."
  type        = string
  default     = null
}

variable "flow_log_destination_arn" {
  description = "ARN of an existing log group, for when none is made here."
  type        = string
  default     = ""
  nullable    = false
}

variable "flow_log_cloudwatch_iam_role_arn" {
  description = "ARN of an existing role that may write to the log group, for when none is made here."
  type        = string
  default     = ""
  nullable    = false
}

variable "vpc_flow_log_tags" {
  description = "Further tags for the flow log, its log group and its role."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "create_flow_log_cloudwatch_log_group" {
  description = "Make the log group."
  type        = bool
  default     = false
  nullable    = false
}

variable "flow_log_cloudwatch_log_group_name_prefix" {
  description = "What the name of the log group begins with."
  type        = string
  default     = "/aws/vpc-flow-log/"
  nullable    = false
}

variable "flow_log_cloudwatch_log_group_name_suffix" {
  description = "What the name of the log group ends with; the id of the VPC when empty."
  type        = string
  default     = ""
  nullable    = false
}

variable "flow_log_cloudwatch_log_group_retention_in_days" {
  description = "Days that records are kept; for ever when null or 0."
  type        = number
  default     = null

  validation {
    condition = var.flow_log_cloudwatch_log_group_retention_in_days == null || contains(
      [0, 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653],
      coalesce(var.flow_log_cloudwatch_log_group_retention_in_days, 0),
    )
    error_message = "CloudWatch Logs keeps records for one of these numbers of days: 0, 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653."
  }
}

variable "flow_log_cloudwatch_log_group_kms_key_id" {
  description = "ARN of the KMS key that encrypts the log group; the key of CloudWatch Logs when null."
  type        = string
  default     = null
}

variable "flow_log_cloudwatch_log_group_class" {
  description = "Class of the log group: STANDARD or INFREQUENT_ACCESS; AWS chooses STANDARD when null."
  type        = string
  default     = null
}

variable "flow_log_cloudwatch_log_group_skip_destroy" {
  description = "Keep the log group and its records when the VPC is destroyed."
  type        = bool
  default     = false
  nullable    = false
}

variable "create_flow_log_cloudwatch_iam_role" {
  description = "Make the role that writes to the log group."
  type        = bool
  default     = false
  nullable    = false
}

variable "vpc_flow_log_iam_role_name" {
  description = "Name of the role, or what it begins with."
  type        = string
  default     = "vpc-flow-log-role"
  nullable    = false
}

variable "vpc_flow_log_iam_role_use_name_prefix" {
  description = "Let AWS end the name of the role with characters of its own."
  type        = bool
  default     = true
  nullable    = false
}

variable "vpc_flow_log_iam_policy_name" {
  description = "Name of the policy of the role, or what it begins with."
  type        = string
  default     = "vpc-flow-log-to-cloudwatch"
  nullable    = false
}

variable "vpc_flow_log_iam_policy_use_name_prefix" {
  description = "Let AWS end the name of the policy with characters of its own."
  type        = bool
  default     = true
  nullable    = false
}

variable "vpc_flow_log_permissions_boundary" {
  description = "ARN of a policy that bounds what the role may do."
  type        = string
  default     = null
}

variable "flow_log_cloudwatch_iam_role_conditions" {
  description = "Conditions for taking the role, on top of this account and its flow logs."
  type = list(object({
    test     = string
    variable = string
    values   = list(string)
  }))
  default  = []
  nullable = false
}

# Endpoints of AWS services

variable "endpoints" {
  description = "Endpoints by key. service is the short name, such as logs, and the key when left out; service_name is the full name, for what is not a service of the region. policy is JSON; everything is allowed without one."
  type = map(object({
    service             = optional(string)
    service_name        = optional(string)
    service_type        = optional(string, "Interface")
    private_dns_enabled = optional(bool, true)
    policy              = optional(string)
    tags                = optional(map(string), {})
  }))
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for endpoint in values(var.endpoints) : contains(["Gateway", "Interface"], endpoint.service_type)])
    error_message = "service_type of an endpoint must be Gateway or Interface."
  }

  validation {
    condition = alltrue([
      for endpoint in values(var.endpoints) :
      endpoint.service_type != "Interface" || !endpoint.private_dns_enabled || (var.enable_dns_support && var.enable_dns_hostnames)
    ])
    error_message = "An interface endpoint with private_dns_enabled needs enable_dns_support and enable_dns_hostnames."
  }

  validation {
    condition = alltrue([
      for endpoint in values(var.endpoints) : endpoint.service_type != "Interface" || length(var.private_subnets) > 0
    ])
    error_message = "An interface endpoint needs private_subnets: that is where its network interfaces are."
  }
}

variable "endpoint_security_group_tags" {
  description = "Further tags for the security group of the interface endpoints."
  type        = map(string)
  default     = {}
  nullable    = false
}
