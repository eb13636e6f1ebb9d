//! `aws_nat_gateway` and `aws_nat_gateways`
//! (<https://registry.terraform.io/providers/hashicorp/aws/5.100.0/docs/data-sources/nat_gateway> and beside it).

use serde_json::Value as Json;

use super::network::{FILTER, input, one, set_tags};
use super::{DataSource, data};
use crate::cx::Cx;
use crate::decl::*;
use crate::doc;
use crate::obj::Obj;

/// `aws_nat_gateway`.
pub static NAT_GATEWAY: DataSource = data(
    "aws_nat_gateway",
    &[
        string("allocation_id").computed().unread(),
        string("association_id").computed().unread(),
        string("connectivity_type").computed(),
        block_set("filter", &FILTER).unread(),
        string("id").optional_computed().from("NatGatewayId"),
        string("network_interface_id").computed().unread(),
        string("private_ip").computed().unread(),
        string("public_ip").computed().unread(),
        list("secondary_allocation_ids", &Kind::String).computed().unread(),
        int("secondary_private_ip_address_count").computed().unread(),
        list("secondary_private_ip_addresses", &Kind::String).computed().unread(),
        string("state").optional_computed(),
        string("subnet_id").optional_computed(),
        map("tags", &Kind::String).optional_computed().unread(),
        string("vpc_id").optional_computed(),
    ],
    nat_gateway,
)
.timeouts();

/// `DescribeNatGateways` calls its filters otherwise.
fn filtered(mut input: Json) -> Json {
    if let Json::Object(map) = &mut input
        && let Some(filters) = map.shift_remove("Filters")
    {
        map.insert("Filter".into(), filters);
    }
    input
}

fn nat_gateway<'a>(cx: &'a Cx, obj: &'a mut Obj) -> Fut<'a, ()> {
    Box::pin(async move {
        let by = [("state", "state"), ("subnet_id", "subnet-id"), ("vpc_id", "vpc-id")];
        let input = filtered(input(obj, Some(("id", "NatGatewayIds")), &by));
        let item = one(cx, "DescribeNatGateways", "NatGateways", "NAT gateway", input).await?;
        doc::fill(NAT_GATEWAY.attrs, &item, obj);
        let all = doc::items(&item, "NatGatewayAddresses");
        let (primary, further): (Vec<&Json>, Vec<&Json>) =
            all.iter().partition(|a| doc::flag(a, "IsPrimary") || all.len() == 1);
        if let Some(address) = primary.first() {
            for (name, path) in [
                ("allocation_id", "AllocationId"),
                ("association_id", "AssociationId"),
                ("network_interface_id", "NetworkInterfaceId"),
                ("private_ip", "PrivateIp"),
                ("public_ip", "PublicIp"),
            ] {
                obj.set(name, doc::text(address, path));
            }
        }
        let of = |path: &str| -> Vec<String> {
            further.iter().map(|a| doc::text(a, path)).filter(|t| !t.is_empty()).collect()
        };
        let (allocations, addresses) = (of("AllocationId"), of("PrivateIp"));
        obj.set("secondary_private_ip_address_count", i64::try_from(addresses.len()).unwrap_or(0));
        obj.set_strs("secondary_allocation_ids", allocations.iter().map(String::as_str));
        obj.set_strs("secondary_private_ip_addresses", addresses.iter().map(String::as_str));
        set_tags(cx, obj, &item);
        Ok(())
    })
}

/// `aws_nat_gateways`.
pub static NAT_GATEWAYS: DataSource = data(
    "aws_nat_gateways",
    &[
        block_set("filter", &FILTER),
        list("ids", &Kind::String).computed(),
        map("tags", &Kind::String).optional_computed(),
        string("vpc_id"),
    ],
    nat_gateways,
)
.timeouts();

fn nat_gateways<'a>(cx: &'a Cx, obj: &'a mut Obj) -> Fut<'a, ()> {
    Box::pin(async move {
        let input = filtered(input(obj, None, &[("vpc_id", "vpc-id")]));
        let found = cx.list("ec2", "DescribeNatGateways", "NatGateways", input).await?;
        let ids: Vec<String> = found.iter().map(|g| doc::text(g, "NatGatewayId")).collect();
        obj.set("id", cx.region());
        obj.set_strs("ids", ids.iter().map(String::as_str));
        Ok(())
    })
}
