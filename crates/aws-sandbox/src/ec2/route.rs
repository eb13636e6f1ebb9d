//! Routes.

use serde_json::{Value, json};

use super::kind::{INTERNET_GATEWAY, NETWORK_INTERFACE, PREFIX_LIST, ROUTE_TABLE};
use super::{cidr, prefix_list, route_table};
use crate::context::Ctx;
use crate::document::{items, items_mut, set, text};
use crate::error::{Answer, AwsError};
use crate::input::Input;
use crate::sandbox::Operations;

pub(crate) const OPERATIONS: Operations =
    &[("CreateRoute", create), ("ReplaceRoute", replace), ("DeleteRoute", delete)];

const DESTINATIONS: [(&str, &str); 3] = [
    ("DestinationCidrBlock", "destination-cidr-block"),
    ("DestinationIpv6CidrBlock", "destination-ipv6-cidr-block"),
    ("DestinationPrefixListId", "destination-prefix-list-id"),
];

/// Where a route leads: its CIDR block or prefix list.
pub(crate) fn destination(route: &Value) -> &str {
    DESTINATIONS.iter().map(|(m, _)| text(route, m)).find(|d| !d.is_empty()).unwrap_or("")
}

/// The destination of a request as `(member, AWS's name for it, value)`.
fn wanted(ctx: &mut Ctx, input: &Input) -> Result<(&'static str, &'static str, String), AwsError> {
    let mut found = None;
    for (member, name) in DESTINATIONS {
        let Some(given) = input.filled(member)? else { continue };
        if found.is_some() {
            return Err(AwsError::new("InvalidParameterCombination", "The request can have only one destination."));
        }
        let value = match member {
            "DestinationCidrBlock" => cidr::v4(given, "destinationCidrBlock")?.to_string(),
            "DestinationIpv6CidrBlock" => cidr::v6(given, "destinationIpv6CidrBlock")?.to_string(),
            _ => {
                if !prefix_list::is_aws(ctx, given) {
                    PREFIX_LIST.get(ctx, given)?;
                }
                given.to_owned()
            }
        };
        found = Some((member, name, value));
    }
    found.ok_or_else(|| input.missing("destinationCidrBlock"))
}

fn check_target(ctx: &Ctx, table: &Value, (member, id): (&str, &str)) -> Result<(), AwsError> {
    let vpc = text(table, "VpcId");
    match member {
        "GatewayId" if id.starts_with("igw-") => {
            let here = items(INTERNET_GATEWAY.get(ctx, id)?, "Attachments").iter().any(|a| text(a, "VpcId") == vpc);
            if !here {
                return Err(AwsError::new(
                    "InvalidParameterValue",
                    format!(
                        "route table {} and network gateway {id} belong to different networks",
                        text(table, "RouteTableId")
                    ),
                ));
            }
        }
        "NetworkInterfaceId" if text(NETWORK_INTERFACE.get(ctx, id)?, "VpcId") != vpc => {
            return Err(AwsError::new(
                "InvalidParameterValue",
                format!("route table {} and interface {id} belong to different networks", text(table, "RouteTableId")),
            ));
        }
        _ => {}
    }
    Ok(())
}

fn create(ctx: &mut Ctx, input: &Input) -> Answer {
    let id = input.str("RouteTableId")?;
    let table = ROUTE_TABLE.get(ctx, id)?.clone();
    let (member, _, value) = wanted(ctx, input)?;
    let (target_member, target) = route_table::target(ctx, input)?;
    check_target(ctx, &table, (target_member, &target))?;
    if let Some(old) = items(&table, "Routes").iter().find(|r| destination(r) == value) {
        if text(old, target_member) == target {
            return Ok(json!({"Return": true}));
        }
        return Err(AwsError::new("RouteAlreadyExists", format!("The route identified by {value} already exists.")));
    }
    if member == "DestinationCidrBlock" && target != "local" {
        let local = items(&table, "Routes").iter().filter(|r| text(r, "GatewayId") == "local");
        let new = cidr::v4(&value, "destinationCidrBlock")?;
        for r in local {
            // A route more specific than the local one may lead only to an interface or a middlebox.
            if let Ok(block) = text(r, "DestinationCidrBlock").parse::<ipnet::Ipv4Net>()
                && block.contains(&new)
                && target_member == "GatewayId"
            {
                return Err(AwsError::new(
                    "InvalidParameterValue",
                    format!(
                        "The destination CIDR block {value} is equal to or more specific than one of this VPC's CIDR blocks. This route can target only an interface or an instance."
                    ),
                ));
            }
        }
    }
    let made = items(&table, "Routes").iter().filter(|r| text(r, "Origin") == "CreateRoute").count();
    if made >= ctx.quotas.routes_per_route_table {
        return Err(AwsError::new(
            "RouteLimitExceeded",
            format!("The maximum number of routes in the table '{id}' has been reached."),
        ));
    }
    let mut route = json!({});
    set(&mut route, member, value);
    route_table::set_target(&mut route, (target_member, &target));
    set(&mut route, "Origin", "CreateRoute");
    set(&mut route, "State", "active");
    ROUTE_TABLE.update(ctx, id, |t| {
        if let Some(routes) = items_mut(t, "Routes") {
            routes.push(route);
        }
    });
    Ok(json!({"Return": true}))
}

fn no_route(name: &str, value: &str, table: &str) -> AwsError {
    AwsError::new("InvalidRoute.NotFound", format!("no route with {name} {value} in route table {table}"))
}

fn replace(ctx: &mut Ctx, input: &Input) -> Answer {
    let id = input.str("RouteTableId")?;
    let table = ROUTE_TABLE.get(ctx, id)?.clone();
    let (_, name, value) = wanted(ctx, input)?;
    let (member, target) =
        if input.flag("LocalTarget")? { ("GatewayId", "local".to_owned()) } else { route_table::target(ctx, input)? };
    check_target(ctx, &table, (member, &target))?;
    if !items(&table, "Routes").iter().any(|r| destination(r) == value) {
        return Err(AwsError::new(
            "InvalidParameterValue",
            format!("There is no route defined for '{value}' in the route table. Use CreateRoute instead. ({name})"),
        ));
    }
    ROUTE_TABLE.update(ctx, id, |t| {
        if let Some(route) = items_mut(t, "Routes").and_then(|list| list.iter_mut().find(|r| destination(r) == value)) {
            route_table::set_target(route, (member, &target));
            set(route, "State", "active");
        }
    });
    Ok(json!({}))
}

fn delete(ctx: &mut Ctx, input: &Input) -> Answer {
    let id = input.str("RouteTableId")?;
    let table = ROUTE_TABLE.get(ctx, id)?.clone();
    let (_, name, value) = wanted(ctx, input)?;
    let Some(route) = items(&table, "Routes").iter().find(|r| destination(r) == value) else {
        return Err(no_route(name, &value, id));
    };
    if text(route, "GatewayId") == "local" {
        return Err(AwsError::new(
            "InvalidParameterValue",
            format!("cannot remove local route {value} in route table {id}"),
        ));
    }
    if text(route, "GatewayId").starts_with("vpce-") {
        return Err(AwsError::new(
            "InvalidParameterValue",
            format!("cannot remove VPC endpoint route {value} in route table {id}"),
        ));
    }
    ROUTE_TABLE.update(ctx, id, |t| {
        if let Some(routes) = items_mut(t, "Routes") {
            routes.retain(|r| destination(r) != value);
        }
    });
    Ok(json!({}))
}
