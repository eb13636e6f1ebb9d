//! `aws_route_table` (<https://registry.terraform.io/providers/hashicorp/aws/5.100.0/docs/resources/route_table>).

use serde_json::{Value as Json, json};

use super::routes;
use crate::cx::Cx;
use crate::decl::*;
use crate::doc;
use crate::fail::Fail;
use crate::obj::Obj;
use crate::work::Work;

const ROUTE: Kind = Kind::Object(&[
    string("carrier_gateway_id"),
    string("cidr_block").check(&[Check::Ipv4Cidr]),
    string("core_network_arn"),
    string("destination_prefix_list_id"),
    string("egress_only_gateway_id"),
    string("gateway_id"),
    string("ipv6_cidr_block").check(&[Check::Ipv6Cidr]),
    string("local_gateway_id"),
    string("nat_gateway_id"),
    string("network_interface_id"),
    string("transit_gateway_id"),
    string("vpc_endpoint_id"),
    string("vpc_peering_connection_id"),
]);

/// `aws_route_table`.
pub static ROUTE_TABLE: Resource = resource("aws_route_table", &super::EC2)
    .id("RouteTableId")
    .arn("ec2:route-table/{id}")
    .attrs(&[
        string("arn").computed().unread(),
        string("owner_id").computed(),
        strings("propagating_vgws").optional_computed().from("PropagatingVgws[].GatewayId").zero().unsent(),
        set("route", &ROUTE).optional_computed().local(),
        string("vpc_id").required().replaces(),
    ])
    .tagged(super::tags("route-table"))
    .timeouts(&[("create", 300), ("update", 120), ("delete", 300)])
    .create("CreateRouteTable", "RouteTable")
    .key(&[("RouteTableId", "id")])
    .read(Read::Many(&super::ROUTE_TABLES))
    .updates(&[
        update_with(change_routes, &["route"]).also_after_create(),
        update_with(change_propagation, &["propagating_vgws"]).also_after_create(),
    ])
    .delete_with(delete)
    .gone(&["InvalidRouteTableID.NotFound"])
    .after_read(read);

/// Reads the routes.
pub fn read<'a>(_: &'a Cx, obj: &'a mut Obj, item: &'a Json) -> Fut<'a, bool> {
    Box::pin(async move {
        let configured = obj.objects("route");
        let adopted = |route: &Json| {
            configured.iter().any(|c| {
                c.str("gateway_id") == Some("local")
                    && routes::destination(c).is_some_and(|(member, v)| routes::is_for(route, member, &v))
            })
        };
        let mut found = routes::of_table(item, adopted);
        // The default route table has other targets in its schema than the others.
        let ty = obj.type_of("route");
        let names = Obj::empty(ty.element().unwrap_or(&ty));
        for row in &mut found {
            row.retain(|name, _| names.has(name));
            if names.has("instance_id") {
                row.insert("instance_id".into(), json!(""));
            }
        }
        obj.set_json("route", &json!(found))?;
        Ok(true)
    })
}

/// Changes the routes.
pub fn change_routes<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let (old, new) = (work.prior.objects("route"), work.state.objects("route"));
        routes::change(cx, work.state.id(), &old, &new, work.limit).await
    })
}

/// Changes which VPN gateways spread their routes.
pub fn change_propagation<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let (old, new) = (work.prior.strs("propagating_vgws"), work.state.strs("propagating_vgws"));
        for gateway in old.iter().filter(|g| !new.contains(g)) {
            cx.ec2("DisableVgwRoutePropagation", json!({"RouteTableId": work.state.id(), "GatewayId": gateway}))
                .await?;
        }
        for gateway in new.iter().filter(|g| !old.contains(g)) {
            let input = json!({"RouteTableId": work.state.id(), "GatewayId": gateway});
            cx.ec2_retry("EnableVgwRoutePropagation", input, work.limit, &["Gateway.NotAttached"]).await?;
        }
        Ok(())
    })
}

/// Ends the associations of a table that are not the main one.
///
/// # Errors
/// AWS refused.
pub async fn disassociate_all(cx: &Cx, table: &str) -> Result<(), Fail> {
    let Some(found) = cx.fresh(&super::ROUTE_TABLES, table).await? else { return Ok(()) };
    for a in doc::items(&found, "Associations").iter().filter(|a| !doc::flag(a, "Main")) {
        let input = json!({"AssociationId": doc::text(a, "RouteTableAssociationId")});
        match cx.ec2("DisassociateRouteTable", input).await {
            Err(e) if !e.is(&["InvalidAssociationID.NotFound"]) => return Err(e),
            _ => {}
        }
    }
    Ok(())
}

fn delete<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        disassociate_all(cx, work.prior.id()).await?;
        let input = json!({"RouteTableId": work.prior.id()});
        cx.ec2_retry("DeleteRouteTable", input, work.limit, &["DependencyViolation"]).await?;
        Ok(())
    })
}
