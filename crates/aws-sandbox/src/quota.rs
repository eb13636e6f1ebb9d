//! AWS's default quotas, by the numbers of the service quotas pages.

/// How many of each thing an account may have. The defaults are those of a new AWS account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quotas {
    /// VPCs per region.
    pub vpcs_per_region: usize,
    /// CIDR blocks per VPC and address family.
    pub cidr_blocks_per_vpc: usize,
    /// Subnets per VPC.
    pub subnets_per_vpc: usize,
    /// Elastic IP addresses per region.
    pub addresses_per_region: usize,
    /// Internet gateways per region.
    pub internet_gateways_per_region: usize,
    /// Egress-only internet gateways per region.
    pub egress_only_internet_gateways_per_region: usize,
    /// NAT gateways per availability zone.
    pub nat_gateways_per_zone: usize,
    /// Route tables per VPC.
    pub route_tables_per_vpc: usize,
    /// Routes per route table (those somebody made; the local ones do not count).
    pub routes_per_route_table: usize,
    /// Network ACLs per VPC.
    pub network_acls_per_vpc: usize,
    /// Rules per network ACL and direction.
    pub rules_per_network_acl: usize,
    /// Security groups per region.
    pub security_groups_per_region: usize,
    /// Rules per security group and direction.
    pub rules_per_security_group: usize,
    /// Security groups per network interface.
    pub security_groups_per_interface: usize,
    /// Gateway endpoints per region.
    pub gateway_endpoints_per_region: usize,
    /// Interface endpoints per VPC.
    pub interface_endpoints_per_vpc: usize,
    /// Flow logs per resource.
    pub flow_logs_per_resource: usize,
    /// Network interfaces per region.
    pub network_interfaces_per_region: usize,
    /// IAM roles per account.
    pub roles: usize,
    /// Customer managed policies per account.
    pub policies: usize,
    /// Managed policies attached to one role.
    pub policies_per_role: usize,
    /// Instance profiles per account.
    pub instance_profiles: usize,
    /// Log groups per region.
    pub log_groups_per_region: usize,
    /// DB subnet groups per region.
    pub db_subnet_groups_per_region: usize,
    /// Subnets per DB subnet group.
    pub subnets_per_db_subnet_group: usize,
    /// Buckets per account.
    pub buckets: usize,
}

impl Default for Quotas {
    fn default() -> Self {
        Self {
            vpcs_per_region: 5,
            cidr_blocks_per_vpc: 5,
            subnets_per_vpc: 200,
            addresses_per_region: 5,
            internet_gateways_per_region: 5,
            egress_only_internet_gateways_per_region: 5,
            nat_gateways_per_zone: 5,
            route_tables_per_vpc: 200,
            routes_per_route_table: 50,
            network_acls_per_vpc: 200,
            rules_per_network_acl: 20,
            security_groups_per_region: 2500,
            rules_per_security_group: 60,
            security_groups_per_interface: 5,
            gateway_endpoints_per_region: 20,
            interface_endpoints_per_vpc: 50,
            flow_logs_per_resource: 2,
            network_interfaces_per_region: 5000,
            roles: 1000,
            policies: 1500,
            policies_per_role: 10,
            instance_profiles: 1000,
            log_groups_per_region: 1_000_000,
            db_subnet_groups_per_region: 50,
            subnets_per_db_subnet_group: 20,
            buckets: 10_000,
        }
    }
}
