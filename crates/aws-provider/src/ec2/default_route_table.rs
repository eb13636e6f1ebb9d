//! `aws_default_route_table`
//! (<https://registry.terraform.io/providers/hashicorp/aws/5.100.0/docs/resources/default_route_table>).

use serde_json::json;

use super::{route_table, routes};
use crate::cx::Cx;
use crate::decl::*;
use crate::doc;
use crate::fail::Fail;
use crate::obj::Obj;
use crate::work::Work;

const ROUTE: Kind = Kind::Object(&[
    string("cidr_block").check(&[Check::Ipv4Cidr]),
    string("core_network_arn"),
    string("destination_prefix_list_id"),
    string("egress_only_gateway_id"),
    string("gateway_id"),
    string("instance_id"),
    string("ipv6_cidr_block").check(&[Check::Ipv6Cidr]),
    string("nat_gateway_id"),
    string("network_interface_id"),
    string("transit_gateway_id"),
    string("vpc_endpoint_id"),
    string("vpc_peering_connection_id"),
]);

/// `aws_default_route_table`.
pub static DEFAULT_ROUTE_TABLE: Resource = resource("aws_default_route_table", &super::EC2)
    .arn("ec2:route-table/{id}")
    .attrs(&[
        string("arn").computed().unread(),
        string("default_route_table_id").required().replaces().from("RouteTableId"),
        string("owner_id").computed(),
        strings("propagating_vgws").from("PropagatingVgws[].GatewayId").zero().unsent(),
        set("route", &ROUTE).optional_computed().local(),
        string("vpc_id").computed(),
    ])
    .tagged(Tagging { create: CreateTags::Afterwards, ..super::tags("route-table") })
    .timeouts(&[("create", 300), ("update", 300)])
    .create_with(adopt)
    .key(&[("RouteTableId", "id")])
    .read(Read::Many(&super::ROUTE_TABLES))
    .updates(&[
        update_with(route_table::change_routes, &["route"]),
        update_with(route_table::change_propagation, &["propagating_vgws"]),
    ])
    .gone(&["InvalidRouteTableID.NotFound"])
    .imports(import)
    .after_read(route_table::read);

/// Takes over the main route table that AWS made with a VPC: nothing but what is configured stays.
fn adopt<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let id = work.state.text("default_route_table_id").to_owned();
        let Some(item) = cx.fresh(&super::ROUTE_TABLES, &id).await? else {
            return Err(Fail::new("Default route table not found", format!("AWS knows no route table {id}.")));
        };
        work.state.set("id", id.as_str());
        for gateway in doc::texts(&item, "PropagatingVgws[].GatewayId") {
            cx.ec2("DisableVgwRoutePropagation", json!({"RouteTableId": id, "GatewayId": gateway})).await?;
        }
        let wanted = work.state.objects("route");
        for row in routes::of_table(&item, |_| false) {
            let ty = crate::doc::type_of(&ROUTE);
            let mut route = Obj::empty(&ty);
            for (name, v) in &row {
                route.set(name, v.as_str().unwrap_or_default());
            }
            if let Some((member, value)) = routes::destination(&route) {
                routes::delete(cx, &id, member, &value).await?;
            }
        }
        routes::change(cx, &id, &[], &wanted, work.limit).await?;
        for gateway in work.state.strs("propagating_vgws") {
            cx.ec2("EnableVgwRoutePropagation", json!({"RouteTableId": id, "GatewayId": gateway})).await?;
        }
        Ok(())
    })
}

/// The id people give is the VPC's.
fn import<'a>(cx: &'a Cx, id: &'a str, obj: &'a mut Obj) -> Fut<'a, ()> {
    Box::pin(async move {
        if id.starts_with("rtb-") {
            return Ok(());
        }
        let found =
            super::first(cx, "DescribeRouteTables", "RouteTables", &[("association.main", "true"), ("vpc-id", id)])
                .await?;
        let Some(found) = found else {
            return Err(Fail::new("Invalid import id", format!("{id:?} is no VPC with a main route table.")));
        };
        obj.set("id", doc::text(&found, "RouteTableId"));
        Ok(())
    })
}
