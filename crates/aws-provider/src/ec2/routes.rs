//! Routes: of route tables as a whole, and one by one. What they share: targets, and how AWS tells of them.

use std::time::Duration;

use serde_json::{Map, Value as Json, json};

use crate::cx::Cx;
use crate::doc;
use crate::fail::Fail;
use crate::net;
use crate::obj::Obj;

/// Where a route can lead: Terraform's name, and AWS's in requests and answers. An endpoint's id is given as a gateway's
/// in answers.
pub const TARGETS: &[(&str, &str)] = &[
    ("carrier_gateway_id", "CarrierGatewayId"),
    ("core_network_arn", "CoreNetworkArn"),
    ("egress_only_gateway_id", "EgressOnlyInternetGatewayId"),
    ("gateway_id", "GatewayId"),
    ("local_gateway_id", "LocalGatewayId"),
    ("nat_gateway_id", "NatGatewayId"),
    ("network_interface_id", "NetworkInterfaceId"),
    ("transit_gateway_id", "TransitGatewayId"),
    ("vpc_endpoint_id", "VpcEndpointId"),
    ("vpc_peering_connection_id", "VpcPeeringConnectionId"),
];

/// What a route is for: Terraform's name and AWS's. `aws_route` puts `destination_` before the ranges.
const DESTINATIONS: &[(&str, &str, &str)] = &[
    ("cidr_block", "destination_cidr_block", "DestinationCidrBlock"),
    ("ipv6_cidr_block", "destination_ipv6_cidr_block", "DestinationIpv6CidrBlock"),
    ("destination_prefix_list_id", "destination_prefix_list_id", "DestinationPrefixListId"),
];

/// The destination of a configured route: AWS's member and its value.
pub fn destination(route: &Obj) -> Option<(&'static str, String)> {
    DESTINATIONS.iter().find_map(|(in_table, alone, member)| {
        route.str(alone).or_else(|| route.str(in_table)).map(|v| (*member, v.to_owned()))
    })
}

/// Whether a route of AWS is for this destination.
pub fn is_for(route: &Json, member: &str, value: &str) -> bool {
    let found = doc::text(route, member);
    found == value || net::same_cidr(&found, value)
}

/// The input of `CreateRoute` and `ReplaceRoute`.
pub fn input(table: &str, route: &Obj) -> Option<Json> {
    let (member, value) = destination(route)?;
    let mut input = Map::new();
    input.insert("RouteTableId".into(), json!(table));
    input.insert(member.into(), json!(value));
    for (name, member) in TARGETS {
        if let Some(v) = route.str(name) {
            input.insert((*member).into(), json!(v));
        }
    }
    Some(Json::Object(input))
}

/// What AWS says of a route's target, by Terraform's names; all of them, empty where it is none.
pub fn targets(route: &Json) -> Map<String, Json> {
    let mut out = Map::new();
    for (name, member) in TARGETS {
        out.insert((*name).into(), json!(doc::text(route, member)));
    }
    let gateway = doc::text(route, "GatewayId");
    let is_endpoint = gateway.starts_with("vpce-");
    out.insert("gateway_id".into(), json!(if is_endpoint { "" } else { gateway.as_str() }));
    out.insert("vpc_endpoint_id".into(), json!(if is_endpoint { gateway.as_str() } else { "" }));
    out
}

/// The routes of a route table in Terraform's form, less those that nobody configures: the local ones (unless
/// `keep_local` says that one is), those of VPC Lattice and of gateway endpoints, and those that a VPN gateway spreads.
pub fn of_table(table: &Json, keep_local: impl Fn(&Json) -> bool) -> Vec<Map<String, Json>> {
    let routes = doc::items(table, "Routes");
    let configured = routes.iter().filter(|r| {
        let gateway = doc::text(r, "GatewayId");
        let endpoint = gateway.starts_with("vpce-") && r.get("DestinationPrefixListId").is_some();
        let local = gateway == "local" && !keep_local(r);
        !local && !endpoint && gateway != "VpcLattice" && doc::text(r, "Origin") != "EnableVgwRoutePropagation"
    });
    let row = |r: &Json| {
        let mut row = targets(r);
        for (name, _, member) in DESTINATIONS {
            row.insert((*name).into(), json!(doc::text(r, member)));
        }
        row
    };
    configured.map(row).collect()
}

/// Makes a route. AWS may not know a gateway yet that was just made.
///
/// # Errors
/// AWS refused.
pub async fn create(cx: &Cx, table: &str, route: &Obj, limit: Duration) -> Result<(), Fail> {
    let Some(input) = input(table, route) else { return Ok(()) };
    cx.ec2_retry("CreateRoute", input, limit, &["InvalidParameterException", "InvalidTransitGatewayID.NotFound"])
        .await?;
    Ok(())
}

/// Removes a route; none is as good as removed.
///
/// # Errors
/// AWS refused.
pub async fn delete(cx: &Cx, table: &str, member: &str, value: &str) -> Result<(), Fail> {
    let mut input = Map::new();
    input.insert("RouteTableId".into(), json!(table));
    input.insert(member.into(), json!(value));
    match cx.ec2("DeleteRoute", Json::Object(input)).await {
        Err(e) if !e.is(&["InvalidRoute.NotFound"]) => Err(e),
        _ => Ok(()),
    }
}

/// Brings the routes of a table from what they are planned to have been to what they are planned to be.
///
/// # Errors
/// AWS refused.
pub async fn change(cx: &Cx, table: &str, old: &[Obj], new: &[Obj], limit: Duration) -> Result<(), Fail> {
    let same = |a: &Obj, b: &Obj| destination(a).is_some() && destination(a) == destination(b);
    for route in old.iter().filter(|o| !new.iter().any(|n| same(o, n))) {
        if let Some((member, value)) = destination(route) {
            delete(cx, table, member, &value).await?;
        }
    }
    for route in new {
        match old.iter().find(|o| same(o, route)) {
            None => create(cx, table, route, limit).await?,
            Some(o) if input(table, o) != input(table, route) => {
                if let Some(input) = input(table, route) {
                    cx.ec2("ReplaceRoute", input).await?;
                }
            }
            Some(_) => {}
        }
    }
    Ok(())
}
