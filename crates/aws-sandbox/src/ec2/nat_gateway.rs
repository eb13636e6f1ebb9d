//! NAT gateways: two virtual minutes until one is there, one until it is gone, an hour until it is forgotten.

use serde_json::{Value, json};

use super::kind::{ADDRESS, Describe, NAT_GATEWAY, NETWORK_INTERFACE, SUBNET};
use super::{address, internet_gateway, nat_address, network_interface, route_table, subnet, tags};
use crate::context::Ctx;
use crate::document::{items, items_mut, public, set, set_some, text};
use crate::error::{Answer, AwsError};
use crate::input::Input;
use crate::sandbox::Operations;

pub(crate) const OPERATIONS: Operations =
    &[("CreateNatGateway", create), ("DescribeNatGateways", describe), ("DeleteNatGateway", delete)];

fn create(ctx: &mut Ctx, input: &Input) -> Answer {
    input.refuse(&["VpcId", "AvailabilityZoneAddresses"])?;
    if !matches!(input.filled("AvailabilityMode")?, None | Some("zonal")) {
        return Err(AwsError::not_implemented("regional NAT gateways (AvailabilityMode)"));
    }
    let token = input.filled("ClientToken")?.map(str::to_owned);
    if let Some(token) = &token
        && let Some(same) = NAT_GATEWAY.all(ctx).find(|n| n["_token"] == token.as_str())
    {
        return Ok(json!({"ClientToken": token, "NatGateway": public(same)}));
    }
    let subnet_id = input.str("SubnetId")?;
    let place = SUBNET.get(ctx, subnet_id)?.clone();
    let vpc = text(&place, "VpcId").to_owned();
    let public_kind = match input.filled("ConnectivityType")?.unwrap_or("public") {
        "public" => true,
        "private" => false,
        other => return Err(input.invalid(format!("Value ({other}) for parameter connectivityType is invalid."))),
    };
    let allocation = input.filled("AllocationId")?;
    let mut failure = None;
    match (public_kind, allocation) {
        (true, None) => return Err(input.missing("AllocationId")),
        (false, Some(_)) => {
            return Err(AwsError::new(
                "InvalidParameterCombination",
                "A private NAT gateway cannot have an AllocationId.",
            ));
        }
        (true, Some(id)) => failure = refusal(ctx, id, &vpc)?,
        (false, None) => {}
    }
    let more = nat_address::wanted(input, public_kind)?;
    let tags = tags::on_create(input, NAT_GATEWAY.table)?;
    let zone = text(&place, "AvailabilityZone");
    let in_zone = NAT_GATEWAY.all(ctx).filter(|n| text(n, "_zone") == zone && text(n, "State") != "deleted").count();
    if in_zone >= ctx.quotas.nat_gateways_per_zone {
        return Err(AwsError::new(
            "NatGatewayLimitExceeded",
            format!(
                "Performing this operation would exceed the limit of {} NAT gateways",
                ctx.quotas.nat_gateways_per_zone
            ),
        ));
    }
    let id = ctx.new_id("nat");
    let private = subnet::take_address(ctx, &place, input.filled("PrivateIpAddress")?)?.to_string();
    let eni = network_interface::make(
        ctx,
        &place,
        &private,
        &json!([]),
        &format!("Interface for NAT Gateway {id}"),
        "nat_gateway",
    );
    let mut entry = json!({
        "NetworkInterfaceId": eni, "PrivateIp": private, "IsPrimary": true, "Status": "associating",
    });
    if let Some(allocation) = allocation {
        set(&mut entry, "AllocationId", allocation);
    }
    if let Some(allocation) = allocation.filter(|_| failure.is_none()) {
        let association = address::bind(ctx, allocation, &eni, &private)?;
        set(&mut entry, "AssociationId", association);
        set(&mut entry, "_public", ADDRESS.get(ctx, allocation)?["PublicIp"].clone());
    }
    let mut entries = vec![entry];
    if failure.is_none() {
        entries.extend(nat_address::add(ctx, subnet_id, &eni, &more)?);
    }
    let mut doc = json!({
        "CreateTime": ctx.timestamp(),
        "NatGatewayAddresses": entries,
        "NatGatewayId": id,
        "State": "pending",
        "SubnetId": subnet_id,
        "VpcId": vpc,
        "Tags": tags,
        "ConnectivityType": if public_kind { "public" } else { "private" },
        "AvailabilityMode": "zonal",
        "_zone": zone,
    });
    set_some(&mut doc, "_token", token.clone());
    set_some(&mut doc, "_failure", failure);
    NAT_GATEWAY.put(ctx, doc.clone());
    ctx.after(120, "nat-available", &id);
    let mut out = json!({"NatGateway": render(&doc)});
    set_some(&mut out, "ClientToken", token);
    Ok(out)
}

/// Why a gateway with this address would fail. AWS takes the request and lets the gateway fail some time later.
/// Source: `FailureCode` of NatGateway in the EC2 API reference.
fn refusal(ctx: &Ctx, allocation: &str, vpc: &str) -> Result<Option<Value>, AwsError> {
    Ok(if ADDRESS.get(ctx, allocation)?.get("AssociationId").is_some() {
        let message = format!("Elastic IP address [{allocation}] is already associated");
        Some(json!({"code": "Resource.AlreadyAssociated", "message": message}))
    } else if internet_gateway::of_vpc(ctx, vpc).is_none() {
        let message = format!("Network {vpc} has no Internet gateway attached");
        Some(json!({"code": "Gateway.NotAttached", "message": message}))
    } else {
        None
    })
}

fn render(doc: &Value) -> Value {
    let mut doc = public(doc);
    if let Some(list) = items_mut(&mut doc, "NatGatewayAddresses") {
        for a in list.iter_mut() {
            *a = public(a);
        }
    }
    doc
}

/// The gateway works and its addresses show, or it has failed.
pub(crate) fn available(ctx: &mut Ctx, id: &str) {
    let failure = NAT_GATEWAY.find(ctx, id).and_then(|n| n.get("_failure")).cloned();
    if let Some(failure) = failure {
        return fail(ctx, id, &failure);
    }
    NAT_GATEWAY.update(ctx, id, |n| {
        if text(n, "State") != "pending" {
            return;
        }
        set(n, "State", "available");
        if let Some(list) = items_mut(n, "NatGatewayAddresses") {
            list.iter_mut().for_each(nat_address::show);
        }
    });
}

/// A gateway that failed gives back its interface, and is forgotten after an hour.
fn fail(ctx: &mut Ctx, id: &str, failure: &Value) {
    let Some(nat) = NAT_GATEWAY.find(ctx, id).filter(|n| text(n, "State") == "pending").cloned() else { return };
    for a in items(&nat, "NatGatewayAddresses") {
        NETWORK_INTERFACE.forget(ctx, text(a, "NetworkInterfaceId"));
    }
    NAT_GATEWAY.update(ctx, id, |n| {
        set(n, "State", "failed");
        set(n, "FailureCode", failure["code"].clone());
        set(n, "FailureMessage", failure["message"].clone());
        set(n, "NatGatewayAddresses", json!([]));
    });
    ctx.after(3600, "nat-forgotten", id);
}

fn describe(ctx: &mut Ctx, input: &Input) -> Answer {
    let shape = Describe {
        ids: "NatGatewayIds",
        filter_member: "Filter",
        list: "NatGateways",
        filters: &[
            ("nat-gateway-id", "NatGatewayId"),
            ("state", "State"),
            ("subnet-id", "SubnetId"),
            ("vpc-id", "VpcId"),
        ],
    };
    NAT_GATEWAY.describe(ctx, input, &shape, |_, n| render(n))
}

fn delete(ctx: &mut Ctx, input: &Input) -> Answer {
    let id = input.str("NatGatewayId")?;
    let state = text(NAT_GATEWAY.get(ctx, id)?, "State").to_owned();
    if state == "deleted" {
        return Err(NAT_GATEWAY.missing(id));
    }
    if state != "deleting" {
        // A gateway that failed holds nothing any more, but is deleted in the same way.
        NAT_GATEWAY.update(ctx, id, |n| set(n, "State", "deleting"));
        ctx.after(60, "nat-deleted", id);
    }
    Ok(json!({"NatGatewayId": id}))
}

/// The interface and the address are free; routes through the gateway lead nowhere.
pub(crate) fn deleted(ctx: &mut Ctx, id: &str) {
    let Some(nat) = NAT_GATEWAY.find(ctx, id).cloned() else { return };
    for a in items(&nat, "NatGatewayAddresses") {
        if let Some(allocation) = a["AllocationId"].as_str() {
            address::unbind(ctx, allocation);
        }
        NETWORK_INTERFACE.forget(ctx, text(a, "NetworkInterfaceId"));
    }
    let at = ctx.timestamp();
    NAT_GATEWAY.update(ctx, id, |n| {
        set(n, "State", "deleted");
        set(n, "DeleteTime", at);
    });
    route_table::blackhole(ctx, id);
    ctx.after(3600, "nat-forgotten", id);
}
