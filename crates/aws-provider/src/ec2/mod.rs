//! EC2: networks and what belongs to them.

mod egress_only_internet_gateway;
mod eip;
mod internet_gateway;
mod nat_gateway;
mod subnet;
mod vpc;

use std::sync::Arc;

use serde_json::{Value as Json, json};

use crate::cx::Cx;
use crate::decl::{CreateTags, Many, ReadTags, Resource, Service, Tagging};
use crate::fail::Fail;

/// Every resource type here.
pub static ALL: &[&Resource] = &[
    &egress_only_internet_gateway::EGRESS_ONLY_INTERNET_GATEWAY,
    &eip::EIP,
    &internet_gateway::INTERNET_GATEWAY,
    &nat_gateway::NAT_GATEWAY,
    &subnet::SUBNET,
    &vpc::VPC,
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
