output "name" {
  description = "Name of the VPC."
  value       = var.name
}

output "azs" {
  description = "Zones of the subnets, by position."
  value       = var.azs
}

output "vpc_id" {
  description = "Id of the VPC."
  value       = aws_vpc.this.id
}

output "vpc_arn" {
  description = "ARN of the VPC."
  value       = aws_vpc.this.arn
}

output "vpc_cidr_block" {
  description = "IPv4 range of the VPC."
  value       = aws_vpc.this.cidr_block
}

output "vpc_owner_id" {
  description = "Account that owns the VPC."
  value       = aws_vpc.this.owner_id
}

output "vpc_instance_tenancy" {
  description = "Tenancy of the instances started in the VPC."
  value       = aws_vpc.this.instance_tenancy
}

output "vpc_enable_dns_support" {
  description = "Whether DNS is answered inside the VPC."
  value       = aws_vpc.this.enable_dns_support
}

output "vpc_enable_dns_hostnames" {
  description = "Whether instances get DNS names."
  value       = aws_vpc.this.enable_dns_hostnames
}

output "vpc_main_route_table_id" {
  description = "Id of the route table that subnets without one of their own follow."
  value       = aws_vpc.this.main_route_table_id
}

output "default_security_group_id" {
  description = "Id of the security group that AWS made with the VPC."
  value       = aws_vpc.this.default_security_group_id
}

output "default_network_acl_id" {
  description = "Id of the network ACL that AWS made with the VPC."
  value       = aws_vpc.this.default_network_acl_id
}

output "default_route_table_id" {
  description = "Id of the route table that AWS made with the VPC."
  value       = aws_vpc.this.default_route_table_id
}

output "igw_id" {
  description = "Id of the internet gateway; null without one."
  value       = one(aws_internet_gateway.this[*].id)
}

output "igw_arn" {
  description = "ARN of the internet gateway; null without one."
  value       = one(aws_internet_gateway.this[*].arn)
}

output "public_subnets" {
  description = "Ids of the public subnets, by zone."
  value       = aws_subnet.public[*].id
}

output "public_subnet_arns" {
  description = "ARNs of the public subnets, by zone."
  value       = aws_subnet.public[*].arn
}

output "public_subnets_cidr_blocks" {
  description = "IPv4 ranges of the public subnets, by zone."
  value       = aws_subnet.public[*].cidr_block
}

output "public_route_table_ids" {
  description = "Ids of the public route tables."
  value       = aws_route_table.public[*].id
}

output "public_route_table_association_ids" {
  description = "Ids of what binds the public subnets to their route tables."
  value       = aws_route_table_association.public[*].id
}

output "private_subnets" {
  description = "Ids of the private subnets, by zone."
  value       = aws_subnet.private[*].id
}

output "private_subnet_arns" {
  description = "ARNs of the private subnets, by zone."
  value       = aws_subnet.private[*].arn
}

output "private_subnets_cidr_blocks" {
  description = "IPv4 ranges of the private subnets, by zone."
  value       = aws_subnet.private[*].cidr_block
}

output "private_route_table_ids" {
  description = "Ids of the private route tables."
  value       = aws_route_table.private[*].id
}

output "private_route_table_association_ids" {
  description = "Ids of what binds the private subnets to their route tables."
  value       = aws_route_table_association.private[*].id
}

output "database_subnets" {
  description = "Ids of the database subnets, by zone."
  value       = aws_subnet.database[*].id
}

output "database_subnet_arns" {
  description = "ARNs of the database subnets, by zone."
  value       = aws_subnet.database[*].arn
}

output "database_subnets_cidr_blocks" {
  description = "IPv4 ranges of the database subnets, by zone."
  value       = aws_subnet.database[*].cidr_block
}

output "database_route_table_ids" {
  description = "Ids of the database route tables."
  value       = aws_route_table.database[*].id
}

output "database_route_table_association_ids" {
  description = "Ids of what binds the database subnets to their route tables."
  value       = aws_route_table_association.database[*].id
}

output "public_internet_gateway_route_id" {
  description = "Id of the route to the internet gateway; null without one."
  value       = one(aws_route.public_internet_gateway[*].id)
}

output "private_nat_gateway_route_ids" {
  description = "Ids of the routes to the NAT gateways."
  value       = aws_route.private_nat_gateway[*].id
}

output "database_subnet_group" {
  description = "Id of the RDS subnet group; null without one."
  value       = one(aws_db_subnet_group.database[*].id)
}

output "database_subnet_group_name" {
  description = "Name of the RDS subnet group; null without one."
  value       = one(aws_db_subnet_group.database[*].name)
}

output "nat_ids" {
  description = "Allocation ids of the addresses of the NAT gateways."
  value       = aws_eip.nat[*].id
}

output "nat_public_ips" {
  description = "Addresses that the private subnets appear under on the internet."
  value       = aws_eip.nat[*].public_ip
}

output "natgw_ids" {
  description = "Ids of the NAT gateways."
  value       = aws_nat_gateway.this[*].id
}

output "natgw_interface_ids" {
  description = "Ids of the network interfaces of the NAT gateways."
  value       = aws_nat_gateway.this[*].network_interface_id
}

output "vpc_flow_log_id" {
  description = "Id of the flow log; null without one."
  value       = one(aws_flow_log.this[*].id)
}

output "vpc_flow_log_destination_arn" {
  description = "ARN of the log group that the flow log writes to; null without one."
  value       = var.enable_flow_log ? local.flow_log_destination_arn : null
}

output "vpc_flow_log_destination_type" {
  description = "Kind of destination of the flow log; null without one."
  value       = one(aws_flow_log.this[*].log_destination_type)
}

output "vpc_flow_log_cloudwatch_iam_role_arn" {
  description = "ARN of the role that writes the flow log; null without one."
  value       = var.enable_flow_log ? local.flow_log_iam_role_arn : null
}

output "endpoints" {
  description = "The endpoints by key, with all their attributes."
  value       = aws_vpc_endpoint.this
}

output "endpoints_security_group_id" {
  description = "Id of the security group of the interface endpoints; null without one."
  value       = one(aws_security_group.endpoints[*].id)
}

output "endpoints_security_group_arn" {
  description = "ARN of the security group of the interface endpoints; null without one."
  value       = one(aws_security_group.endpoints[*].arn)
}
