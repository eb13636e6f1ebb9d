//! Route tables and their associations. What is in them is in `route`.

use serde_json::{Value, json};

use super::kind::{Describe, EGRESS_ONLY, INTERNET_GATEWAY, ROUTE_TABLE, SUBNET, VPC, VPN_GATEWAY};
use super::{tags, vpc, vpc_endpoint};
use crate::context::Ctx;
use crate::document::{items, items_mut, public, set, set_some, text, unset};
use crate::error::{Answer, AwsError};
use crate::input::Input;
use crate::sandbox::Operations;

pub(crate) const OPERATIONS: Operations = &[
    ("CreateRouteTable", create),
    ("DescribeRouteTables", describe),
    ("DeleteRouteTable", delete),
    ("AssociateRouteTable", associate),
    ("DisassociateRouteTable", disassociate),
    ("ReplaceRouteTableAssociation", replace_association),
    ("EnableVgwRoutePropagation", enable_propagation),
    ("DisableVgwRoutePropagation", disable_propagation),
];

/// Whether the table is the main one of its VPC.
pub(crate) fn is_main(table: &Value) -> bool {
    items(table, "Associations").iter().any(|a| a["Main"] == true)
}

fn local_route(block: &str) -> Value {
    let destination = if block.contains(':') { "DestinationIpv6CidrBlock" } else { "DestinationCidrBlock" };
    let mut route = json!({"GatewayId": "local", "Origin": "CreateRouteTable", "State": "active"});
    set(&mut route, destination, block);
    route
}

fn local_blocks(vpc: &Value) -> Vec<String> {
    let v4 = vpc::blocks(vpc).into_iter().map(|b| b.to_string());
    let v6 = items(vpc, "Ipv6CidrBlockAssociationSet").iter().map(|a| text(a, "Ipv6CidrBlock").to_owned());
    v4.chain(v6).collect()
}

fn new_table(ctx: &mut Ctx, vpc: &Value, tags: Value) -> Value {
    let routes: Vec<Value> = local_blocks(vpc).iter().map(|b| local_route(b)).collect();
    json!({
        "Associations": [],
        "PropagatingVgws": [],
        "RouteTableId": ctx.new_id("rtb"),
        "Routes": routes,
        "Tags": tags,
        "VpcId": vpc["VpcId"],
        "OwnerId": ctx.account,
    })
}

fn association(id: &str, table: &str, main: bool) -> Value {
    json!({
        "Main": main, "RouteTableAssociationId": id, "RouteTableId": table, "AssociationState": {"State": "associated"},
    })
}

/// Makes the main table of a new VPC.
pub(crate) fn create_main(ctx: &mut Ctx, vpc: &Value) {
    let mut table = new_table(ctx, vpc, json!([]));
    let id = ctx.new_id("rtbassoc");
    let main = association(&id, text(&table, "RouteTableId"), true);
    set(&mut table, "Associations", json!([main]));
    ROUTE_TABLE.put(ctx, table);
}

fn ids_of_vpc(ctx: &Ctx, vpc: &str) -> Vec<String> {
    ROUTE_TABLE.with(ctx, "VpcId", vpc).iter().map(|t| text(t, "RouteTableId").to_owned()).collect()
}

/// Adds the local routes that the blocks of a VPC need to all its tables.
pub(crate) fn add_local_routes(ctx: &mut Ctx, vpc_id: &str) {
    let Some(vpc) = VPC.find(ctx, vpc_id) else { return };
    let blocks = local_blocks(vpc);
    for id in ids_of_vpc(ctx, vpc_id) {
        ROUTE_TABLE.update(ctx, &id, |t| {
            if let Some(routes) = items_mut(t, "Routes") {
                for b in &blocks {
                    let route = local_route(b);
                    if !routes.iter().any(|r| super::route::destination(r) == super::route::destination(&route)) {
                        routes.push(route);
                    }
                }
            }
        });
    }
}

/// Removes the local route of a block from all tables of a VPC.
pub(crate) fn remove_local_route(ctx: &mut Ctx, vpc: &str, block: &str) {
    for id in ids_of_vpc(ctx, vpc) {
        ROUTE_TABLE.update(ctx, &id, |t| {
            if let Some(routes) = items_mut(t, "Routes") {
                routes.retain(|r| !(text(r, "GatewayId") == "local" && super::route::destination(r) == block));
            }
        });
    }
}

fn change_targets(ctx: &mut Ctx, target: &str, state: &str) {
    let hit = |r: &Value| r.as_object().is_some_and(|m| m.values().any(|v| v == target));
    let tables: Vec<String> = ROUTE_TABLE
        .all(ctx)
        .filter(|t| items(t, "Routes").iter().any(hit))
        .map(|t| text(t, "RouteTableId").to_owned())
        .collect();
    for id in tables {
        ROUTE_TABLE.update(ctx, &id, |t| {
            if let Some(routes) = items_mut(t, "Routes") {
                routes.iter_mut().filter(|r| hit(r)).for_each(|r| set(r, "State", state));
            }
        });
    }
}

/// Marks the routes to something that is gone.
pub(crate) fn blackhole(ctx: &mut Ctx, target: &str) {
    change_targets(ctx, target, "blackhole");
}

/// Marks the routes to something that is back.
pub(crate) fn revive(ctx: &mut Ctx, target: &str) {
    change_targets(ctx, target, "active");
}

/// Drops the associations of a subnet that is deleted.
pub(crate) fn release_subnet(ctx: &mut Ctx, subnet: &str) {
    let table = ROUTE_TABLE
        .all(ctx)
        .find(|t| items(t, "Associations").iter().any(|a| text(a, "SubnetId") == subnet))
        .map(|t| text(t, "RouteTableId").to_owned());
    if let Some(id) = table {
        ROUTE_TABLE.update(ctx, &id, |t| {
            if let Some(list) = items_mut(t, "Associations") {
                list.retain(|a| text(a, "SubnetId") != subnet);
            }
        });
    }
}

fn create(ctx: &mut Ctx, input: &Input) -> Answer {
    input.accept(&["ClientToken"]);
    let vpc_id = input.str("VpcId")?;
    let vpc = VPC.get(ctx, vpc_id)?.clone();
    let tags = tags::on_create(input, ROUTE_TABLE.table)?;
    if ROUTE_TABLE.with(ctx, "VpcId", vpc_id).len() >= ctx.quotas.route_tables_per_vpc {
        return Err(AwsError::new(
            "RouteTableLimitExceeded",
            format!("The maximum number of route tables ({}) has been reached.", ctx.quotas.route_tables_per_vpc),
        ));
    }
    let table = new_table(ctx, &vpc, tags);
    ROUTE_TABLE.put(ctx, table.clone());
    Ok(json!({"RouteTable": public(&table)}))
}

fn describe(ctx: &mut Ctx, input: &Input) -> Answer {
    let shape = Describe {
        ids: "RouteTableIds",
        filter_member: "Filters",
        list: "RouteTables",
        filters: &[
            ("association.gateway-id", "Associations.GatewayId"),
            ("association.main", "Associations.Main"),
            ("association.route-table-association-id", "Associations.RouteTableAssociationId"),
            ("association.route-table-id", "Associations.RouteTableId"),
            ("association.subnet-id", "Associations.SubnetId"),
            ("owner-id", "OwnerId"),
            ("route-table-id", "RouteTableId"),
            ("route.destination-cidr-block", "Routes.DestinationCidrBlock"),
            ("route.destination-ipv6-cidr-block", "Routes.DestinationIpv6CidrBlock"),
            ("route.destination-prefix-list-id", "Routes.DestinationPrefixListId"),
            ("route.egress-only-internet-gateway-id", "Routes.EgressOnlyInternetGatewayId"),
            ("route.gateway-id", "Routes.GatewayId"),
            ("route.instance-id", "Routes.InstanceId"),
            ("route.nat-gateway-id", "Routes.NatGatewayId"),
            ("route.origin", "Routes.Origin"),
            ("route.state", "Routes.State"),
            ("vpc-id", "VpcId"),
        ],
    };
    ROUTE_TABLE.describe(ctx, input, &shape, |_, t| t.clone())
}

fn delete(ctx: &mut Ctx, input: &Input) -> Answer {
    let id = input.str("RouteTableId")?;
    let table = ROUTE_TABLE.get(ctx, id)?;
    if !items(table, "Associations").is_empty() {
        return Err(ROUTE_TABLE.in_use(id));
    }
    vpc_endpoint::release_route_table(ctx, id);
    ROUTE_TABLE.forget(ctx, id);
    Ok(json!({}))
}

fn find_association(ctx: &Ctx, id: &str) -> Result<(String, Value), AwsError> {
    for t in ROUTE_TABLE.all(ctx) {
        if let Some(a) = items(t, "Associations").iter().find(|a| text(a, "RouteTableAssociationId") == id) {
            return Ok((text(t, "RouteTableId").to_owned(), a.clone()));
        }
    }
    Err(AwsError::new("InvalidAssociationID.NotFound", format!("The association ID '{id}' does not exist")))
}

fn add(ctx: &mut Ctx, table: &str, association: &Value) {
    ROUTE_TABLE.update(ctx, table, |t| {
        if let Some(list) = items_mut(t, "Associations") {
            list.push(association.clone());
        }
    });
}

fn take(ctx: &mut Ctx, table: &str, association: &str) {
    ROUTE_TABLE.update(ctx, table, |t| {
        if let Some(list) = items_mut(t, "Associations") {
            list.retain(|a| text(a, "RouteTableAssociationId") != association);
        }
    });
}

fn associate(ctx: &mut Ctx, input: &Input) -> Answer {
    input.refuse(&["PublicIpv4Pool"])?;
    let table_id = input.str("RouteTableId")?;
    let vpc = text(ROUTE_TABLE.get(ctx, table_id)?, "VpcId").to_owned();
    let (member, target) = match (input.filled("SubnetId")?, input.filled("GatewayId")?) {
        (Some(s), None) => {
            if text(SUBNET.get(ctx, s)?, "VpcId") != vpc {
                return Err(AwsError::new(
                    "InvalidParameterValue",
                    format!("Route table {table_id} and subnet {s} belong to different networks"),
                ));
            }
            ("SubnetId", s)
        }
        (None, Some(g)) => {
            if g.starts_with("vgw-") {
                VPN_GATEWAY.get(ctx, g)?;
            } else {
                INTERNET_GATEWAY.get(ctx, g)?;
            }
            ("GatewayId", g)
        }
        _ => return Err(input.missing("SubnetId")),
    };
    let taken = ROUTE_TABLE
        .all(ctx)
        .flat_map(|t| items(t, "Associations"))
        .find(|a| text(a, member) == target)
        .map(|a| (text(a, "RouteTableId").to_owned(), text(a, "RouteTableAssociationId").to_owned()));
    if let Some((other, id)) = taken {
        if other == table_id {
            return Ok(json!({"AssociationId": id, "AssociationState": {"State": "associated"}}));
        }
        return Err(AwsError::new(
            "Resource.AlreadyAssociated",
            format!("the specified association for route table {table_id} conflicts with an existing association"),
        ));
    }
    let id = ctx.new_id("rtbassoc");
    let mut a = association(&id, table_id, false);
    set(&mut a, member, target);
    add(ctx, table_id, &a);
    Ok(json!({"AssociationId": id, "AssociationState": {"State": "associated"}}))
}

fn disassociate(ctx: &mut Ctx, input: &Input) -> Answer {
    let id = input.str("AssociationId")?;
    let (table, a) = find_association(ctx, id)?;
    if a["Main"] == true {
        return Err(AwsError::new(
            "InvalidParameterValue",
            format!("cannot disassociate the main route table association {id}"),
        ));
    }
    take(ctx, &table, id);
    Ok(json!({}))
}

fn replace_association(ctx: &mut Ctx, input: &Input) -> Answer {
    let (id, to) = (input.str("AssociationId")?, input.str("RouteTableId")?);
    let (from, mut a) = find_association(ctx, id)?;
    let vpc = text(ROUTE_TABLE.get(ctx, &from)?, "VpcId").to_owned();
    if text(ROUTE_TABLE.get(ctx, to)?, "VpcId") != vpc {
        return Err(input.invalid(format!("Route table {to} belongs to another network")));
    }
    take(ctx, &from, id);
    let new = ctx.new_id("rtbassoc");
    set(&mut a, "RouteTableAssociationId", new.as_str());
    set(&mut a, "RouteTableId", to);
    add(ctx, to, &a);
    Ok(json!({"NewAssociationId": new, "AssociationState": {"State": "associated"}}))
}

fn enable_propagation(ctx: &mut Ctx, input: &Input) -> Answer {
    let (table, gateway) = (input.str("RouteTableId")?, input.str("GatewayId")?);
    let vpc = text(ROUTE_TABLE.get(ctx, table)?, "VpcId").to_owned();
    let attached = items(VPN_GATEWAY.get(ctx, gateway)?, "VpcAttachments")
        .iter()
        .any(|a| text(a, "VpcId") == vpc && text(a, "State") == "attached");
    if !attached {
        return Err(AwsError::new(
            "Gateway.NotAttached",
            format!("resource {gateway} is not attached to network {vpc}"),
        ));
    }
    ROUTE_TABLE.update(ctx, table, |t| {
        if let Some(list) = items_mut(t, "PropagatingVgws")
            && !list.iter().any(|g| text(g, "GatewayId") == gateway)
        {
            list.push(json!({"GatewayId": gateway}));
        }
    });
    Ok(json!({}))
}

fn disable_propagation(ctx: &mut Ctx, input: &Input) -> Answer {
    let (table, gateway) = (input.str("RouteTableId")?, input.str("GatewayId")?);
    ROUTE_TABLE.get(ctx, table)?;
    ROUTE_TABLE.update(ctx, table, |t| {
        if let Some(list) = items_mut(t, "PropagatingVgws") {
            list.retain(|g| text(g, "GatewayId") != gateway);
        }
    });
    Ok(json!({}))
}

/// Puts the route of a gateway endpoint into a table.
pub(crate) fn add_endpoint_route(ctx: &mut Ctx, table: &str, prefix_list: &str, endpoint: &str) {
    ROUTE_TABLE.update(ctx, table, |t| {
        if let Some(routes) = items_mut(t, "Routes") {
            routes.push(json!({
                "DestinationPrefixListId": prefix_list, "GatewayId": endpoint, "Origin": "CreateRoute",
                "State": "active",
            }));
        }
    });
}

/// Takes the routes of a gateway endpoint out of a table.
pub(crate) fn remove_endpoint_routes(ctx: &mut Ctx, table: &str, endpoint: &str) {
    ROUTE_TABLE.update(ctx, table, |t| {
        if let Some(routes) = items_mut(t, "Routes") {
            routes.retain(|r| text(r, "GatewayId") != endpoint);
        }
    });
}

/// Reads the target of a route request as `(member, id)` and checks that it is there.
pub(crate) fn target(ctx: &Ctx, input: &Input) -> Result<(&'static str, String), AwsError> {
    use super::kind::{NAT_GATEWAY, NETWORK_INTERFACE};
    input.refuse(&[
        "VpcEndpointId",
        "TransitGatewayId",
        "LocalGatewayId",
        "CarrierGatewayId",
        "CoreNetworkArn",
        "OdbNetworkArn",
        "InstanceId",
        "VpcPeeringConnectionId",
    ])?;
    let mut found = Vec::new();
    if let Some(id) = input.filled("GatewayId")? {
        match id {
            "local" => {}
            _ if id.starts_with("vgw-") => {
                VPN_GATEWAY.get(ctx, id)?;
            }
            _ if id.starts_with("vpce-") => {
                return Err(AwsError::new(
                    "InvalidParameterValue",
                    "Routes to a gateway endpoint are made with ModifyVpcEndpoint.",
                ));
            }
            _ => {
                INTERNET_GATEWAY.get(ctx, id)?;
            }
        }
        found.push(("GatewayId", id.to_owned()));
    }
    if let Some(id) = input.filled("NatGatewayId")? {
        let nat = NAT_GATEWAY.get(ctx, id)?;
        if text(nat, "State") == "deleted" {
            return Err(NAT_GATEWAY.missing(id));
        }
        found.push(("NatGatewayId", id.to_owned()));
    }
    if let Some(id) = input.filled("EgressOnlyInternetGatewayId")? {
        EGRESS_ONLY.get(ctx, id)?;
        found.push(("EgressOnlyInternetGatewayId", id.to_owned()));
    }
    if let Some(id) = input.filled("NetworkInterfaceId")? {
        NETWORK_INTERFACE.get(ctx, id)?;
        found.push(("NetworkInterfaceId", id.to_owned()));
    }
    if found.len() > 1 {
        return Err(AwsError::new("InvalidParameterCombination", "The request can have only one route target."));
    }
    found.pop().ok_or_else(|| input.missing("GatewayId"))
}

/// Sets the target of a route and takes every other away.
pub(crate) fn set_target(route: &mut Value, (member, id): (&str, &str)) {
    for m in ["GatewayId", "NatGatewayId", "EgressOnlyInternetGatewayId", "NetworkInterfaceId"] {
        unset(route, m);
    }
    set_some(route, member, Some(id));
}
