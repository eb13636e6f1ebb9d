//! `aws_route` (<https://registry.terraform.io/providers/hashicorp/aws/5.100.0/docs/resources/route>).

use serde_json::Value as Json;

use super::routes;
use crate::cx::Cx;
use crate::decl::*;
use crate::doc;
use crate::fail::Fail;
use crate::hash::hashcode;
use crate::obj::Obj;
use crate::work::Work;

const DESTINATION: &[&str] = &["destination_cidr_block", "destination_ipv6_cidr_block", "destination_prefix_list_id"];

const TARGET: &[&str] = &[
    "carrier_gateway_id",
    "core_network_arn",
    "egress_only_gateway_id",
    "gateway_id",
    "local_gateway_id",
    "nat_gateway_id",
    "network_interface_id",
    "transit_gateway_id",
    "vpc_endpoint_id",
    "vpc_peering_connection_id",
];

/// `aws_route`.
pub static ROUTE: Resource = resource("aws_route", &super::EC2)
    .attrs(&[
        string("carrier_gateway_id").local().exactly_one_of(TARGET),
        string("core_network_arn").local(),
        string("destination_cidr_block").replaces().zero().exactly_one_of(DESTINATION).check(&[Check::Ipv4Cidr]),
        string("destination_ipv6_cidr_block").replaces().zero().same(Same::Cidr).check(&[Check::Ipv6Cidr]),
        string("destination_prefix_list_id").replaces().zero(),
        string("egress_only_gateway_id").local(),
        string("gateway_id").local(),
        string("instance_id").computed().zero(),
        string("instance_owner_id").computed().zero(),
        string("local_gateway_id").local(),
        string("nat_gateway_id").local(),
        string("network_interface_id").optional_computed().local(),
        string("origin").computed(),
        string("route_table_id").required().replaces().unread(),
        string("state").computed(),
        string("transit_gateway_id").local(),
        string("vpc_endpoint_id").local(),
        string("vpc_peering_connection_id").local(),
    ])
    .timeouts(&[("create", 300), ("update", 120), ("delete", 300)])
    .create_with(create)
    .read(Read::PerParent { parent: &super::ROUTE_TABLES, of: "route_table_id", pick })
    .updates(&[update_with(change, TARGET)])
    .delete_with(delete)
    .gone(&["InvalidRoute.NotFound", "InvalidRouteTableID.NotFound"])
    .faults(&[
        ("InvalidGatewayID.NotFound", "gateway_id"),
        ("InvalidNatGatewayID.NotFound", "nat_gateway_id"),
        ("NatGatewayNotFound", "nat_gateway_id"),
    ])
    .imports(import)
    .after_read(read);

fn pick(table: &Json, obj: &Obj) -> Option<Json> {
    let (member, value) = routes::destination(obj)?;
    doc::items(table, "Routes").into_iter().find(|r| routes::is_for(r, member, &value))
}

fn read<'a>(_: &'a Cx, obj: &'a mut Obj, item: &'a Json) -> Fut<'a, bool> {
    Box::pin(async move {
        for (name, v) in routes::targets(item) {
            obj.set(&name, v.as_str().unwrap_or_default());
        }
        Ok(true)
    })
}

fn create<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let table = work.state.text("route_table_id").to_owned();
        // AWS takes a route that is there already, if it leads to the same target; two resources would then have one.
        let found = cx.fresh(&super::ROUTE_TABLES, &table).await?.and_then(|t| pick(&t, &work.state));
        if found.is_some_and(|r| doc::text(&r, "Origin") == "CreateRoute") {
            return Err(Fail::new(
                "Route exists already",
                format!(
                    "RouteAlreadyExists: the route table {table} has a route to this destination. Import it, or remove the \
                     other resource or the inline route that makes it."
                ),
            ));
        }
        routes::create(cx, &table, &work.state, work.limit).await?;
        let destination = routes::destination(&work.state).map(|(_, v)| v).unwrap_or_default();
        work.state.set("id", format!("r-{table}{}", hashcode(&destination)));
        Ok(())
    })
}

fn change<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let mut wanted = work.state.clone();
        // What AWS filled in for the old target is not meant for the new one.
        if work.config.is_zero("network_interface_id") {
            wanted.clear("network_interface_id");
        }
        if let Some(input) = routes::input(wanted.text("route_table_id"), &wanted) {
            cx.ec2("ReplaceRoute", input).await?;
        }
        Ok(())
    })
}

fn delete<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        match routes::destination(&work.prior) {
            Some((member, value)) => routes::delete(cx, work.prior.text("route_table_id"), member, &value).await,
            None => Ok(()),
        }
    })
}

fn import<'a>(_: &'a Cx, id: &'a str, obj: &'a mut Obj) -> Fut<'a, ()> {
    Box::pin(async move {
        let Some((table, destination)) = id.split_once('_') else {
            return Err(Fail::new(
                "Invalid import id",
                format!(
                    "{id:?} is not the id of a route: give the route table and the destination, as rtb-1234_10.0.0.0/16."
                ),
            ));
        };
        let name = if destination.starts_with("pl-") {
            "destination_prefix_list_id"
        } else if destination.contains(':') {
            "destination_ipv6_cidr_block"
        } else {
            "destination_cidr_block"
        };
        obj.set("route_table_id", table);
        obj.set(name, destination);
        obj.set("id", format!("r-{table}{}", hashcode(destination)));
        Ok(())
    })
}
