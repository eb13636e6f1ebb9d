//! EC2: networks and instances, and what belongs to them.

mod block_public_access;
mod customer_gateway;
mod default_route_table;
mod default_vpc;
mod dhcp_options;
pub mod ebs;
mod ec2_tag;
mod egress_only_internet_gateway;
mod eip;
mod flow_log;
pub mod instance;
mod internet_gateway;
mod key_pair;
pub mod launch_template;
mod main_route_table_association;
mod nat_gateway;
mod network_acl;
mod network_acl_rule;
mod network_interface;
mod permissions;
mod placement_group;
mod route;
mod route_table;
mod route_table_association;
pub mod routes;
mod security_group;
mod security_group_rule;
mod security_group_rules_vpc;
mod subnet;
mod vpc;
mod vpc_endpoint;
mod vpc_endpoint_route_table_association;
mod vpc_ipv4_cidr_block_association;
mod vpn_gateway;

use std::sync::Arc;

use serde_json::{Value as Json, json};

use crate::cx::Cx;
use crate::decl::{CreateTags, Many, ReadTags, Resource, Service, TAGGING, Tagging};
use crate::fail::Fail;

/// Every resource type here.
pub static ALL: &[&Resource] = &[
    &block_public_access::EXCLUSION,
    &block_public_access::OPTIONS,
    &customer_gateway::CUSTOMER_GATEWAY,
    &default_route_table::DEFAULT_ROUTE_TABLE,
    &default_vpc::DEFAULT_VPC,
    &ebs::EBS_ENCRYPTION_BY_DEFAULT,
    &ebs::EBS_VOLUME,
    &ebs::VOLUME_ATTACHMENT,
    &ec2_tag::EC2_TAG,
    &egress_only_internet_gateway::EGRESS_ONLY_INTERNET_GATEWAY,
    &eip::EIP,
    &instance::INSTANCE,
    &instance::spot::SPOT_INSTANCE_REQUEST,
    &internet_gateway::INTERNET_GATEWAY,
    &key_pair::KEY_PAIR,
    &launch_template::LAUNCH_TEMPLATE,
    &main_route_table_association::MAIN_ROUTE_TABLE_ASSOCIATION,
    &nat_gateway::NAT_GATEWAY,
    &network_acl::DEFAULT_NETWORK_ACL,
    &network_acl::NETWORK_ACL,
    &network_interface::NETWORK_INTERFACE,
    &network_acl_rule::NETWORK_ACL_RULE,
    &placement_group::PLACEMENT_GROUP,
    &route::ROUTE,
    &route_table::ROUTE_TABLE,
    &route_table_association::ROUTE_TABLE_ASSOCIATION,
    &security_group::DEFAULT_SECURITY_GROUP,
    &security_group::SECURITY_GROUP,
    &security_group_rule::SECURITY_GROUP_RULE,
    &security_group_rules_vpc::EGRESS,
    &security_group_rules_vpc::INGRESS,
    &subnet::SUBNET,
    &dhcp_options::VPC_DHCP_OPTIONS,
    &dhcp_options::VPC_DHCP_OPTIONS_ASSOCIATION,
    &flow_log::FLOW_LOG,
    &vpc::VPC,
    &vpc_endpoint::VPC_ENDPOINT,
    &vpc_endpoint_route_table_association::VPC_ENDPOINT_ROUTE_TABLE_ASSOCIATION,
    &vpc_ipv4_cidr_block_association::VPC_IPV4_CIDR_BLOCK_ASSOCIATION,
    &vpn_gateway::VPN_GATEWAY,
    &vpn_gateway::VPN_GATEWAY_ATTACHMENT,
    &vpn_gateway::VPN_GATEWAY_ROUTE_PROPAGATION,
];

/// The service.
pub static EC2: Service = Service {
    id: "ec2",
    faults: &[
        ("InvalidVpcID.NotFound", "vpc_id"),
        ("InvalidVpcID.Malformed", "vpc_id"),
        ("InvalidSubnetID.NotFound", "subnet_id"),
        ("InvalidAllocationID.NotFound", "allocation_id"),
        ("InvalidRouteTableID.NotFound", "route_table_id"),
        ("InvalidSubnet.Conflict", "cidr_block"),
        ("InvalidSubnet.Range", "cidr_block"),
        ("InvalidVpc.Range", "cidr_block"),
        ("InvalidVpcRange", "cidr_block"),
    ],
};

/// Tags of an EC2 object of this type (as `TagSpecifications` calls it).
pub const fn tags(kind: &'static str) -> Tagging {
    Tagging {
        create: CreateTags::Specification(kind),
        add: "CreateTags",
        remove: "DeleteTags",
        by: ("Resources", "id"),
        by_list: true,
        tags: "Tags",
        is_map: false,
        keys: "Tags",
        keys_are_tags: true,
        read: ReadTags::Item("Tags"),
        ..TAGGING
    }
}

/// A batched read of EC2.
const fn many(
    op: &'static str,
    ids: &'static str,
    items: &'static str,
    key: &'static str,
    filter: Option<(&'static str, &'static str)>,
) -> Many {
    Many { service: "ec2", op, ids, items, key, max: 200, filter, with: &[] }
}

/// `DescribeVpcs`.
pub static VPCS: Many = many("DescribeVpcs", "VpcIds", "Vpcs", "VpcId", Some(("Filters", "vpc-id")));
/// `DescribeSubnets`.
pub static SUBNETS: Many = many("DescribeSubnets", "SubnetIds", "Subnets", "SubnetId", Some(("Filters", "subnet-id")));
/// `DescribeRouteTables`.
pub static ROUTE_TABLES: Many =
    many("DescribeRouteTables", "RouteTableIds", "RouteTables", "RouteTableId", Some(("Filters", "route-table-id")));
/// `DescribeSecurityGroups`.
pub static SECURITY_GROUPS: Many =
    many("DescribeSecurityGroups", "GroupIds", "SecurityGroups", "GroupId", Some(("Filters", "group-id")));
/// `DescribeNetworkAcls`.
pub static NETWORK_ACLS: Many =
    many("DescribeNetworkAcls", "NetworkAclIds", "NetworkAcls", "NetworkAclId", Some(("Filters", "network-acl-id")));

/// The first item of a listing with these filters.
///
/// # Errors
/// AWS refused.
pub async fn first(cx: &Cx, op: &str, items: &str, filters: &[(&str, &str)]) -> Result<Option<Json>, Fail> {
    let answer = cx.once("ec2", op, json!({"Filters": filter_list(filters)})).await?;
    Ok(answer.get(items).and_then(|i| i.get(0)).cloned())
}

/// Filters as EC2 takes them.
pub fn filter_list(filters: &[(&str, &str)]) -> Json {
    filters.iter().map(|(n, v)| json!({"Name": n, "Values": [v]})).collect()
}

/// An item by an id that is expected to be right, checked, else the first of a listing: what AWS made by itself for a
/// VPC is read together with everything else once its id is known.
///
/// # Errors
/// AWS refused.
pub async fn known_or_first(
    cx: &Cx,
    many: &'static Many,
    id: &str,
    right: impl Fn(&Json) -> bool,
    filters: &[(&str, &str)],
) -> Result<Option<Arc<Json>>, Fail> {
    if let Some(item) = cx.load(many, id).await?
        && right(&item)
    {
        return Ok(Some(item));
    }
    Ok(first(cx, many.op, many.items, filters).await?.map(Arc::new))
}

/// `DescribeNetworkInterfaces`.
pub static NETWORK_INTERFACES: Many = many(
    "DescribeNetworkInterfaces",
    "NetworkInterfaceIds",
    "NetworkInterfaces",
    "NetworkInterfaceId",
    Some(("Filters", "network-interface-id")),
);

/// Turns what a call for several objects says it could not do into an error. Codes in `fine` are none.
///
/// # Errors
/// Something could not be done.
pub fn unsuccessful(answer: &Json, fine: &[&str]) -> Result<(), Fail> {
    for item in crate::doc::items(answer, "Unsuccessful") {
        let code = crate::doc::text(&item, "Error.Code");
        if !fine.contains(&code.as_str()) {
            return Err(craton_aws_api::ApiError::Service {
                service: "ec2".into(),
                operation: "(one of several objects)".into(),
                status: 200,
                code,
                message: crate::doc::text(&item, "Error.Message"),
                request_id: String::new(),
            }
            .into());
        }
    }
    Ok(())
}
