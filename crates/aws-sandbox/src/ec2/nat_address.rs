//! Further addresses of NAT gateways: ten virtual seconds until one works, ten until it is given back.

use serde_json::{Value, json};

use super::kind::{ADDRESS, NAT_GATEWAY, SUBNET};
use super::{address, network_interface_own, subnet};
use crate::context::Ctx;
use crate::document::{items, items_mut, set, set_some, text};
use crate::error::{Answer, AwsError};
use crate::input::Input;
use crate::sandbox::Operations;

pub(crate) const OPERATIONS: Operations = &[
    ("AssociateNatGatewayAddress", associate),
    ("DisassociateNatGatewayAddress", disassociate),
    ("AssignPrivateNatGatewayAddress", assign),
    ("UnassignPrivateNatGatewayAddress", unassign),
];

/// What a gateway is to have besides its first address.
pub(crate) struct Secondary {
    allocations: Vec<String>,
    private: Vec<Option<String>>,
}

/// Reads what a new gateway is to have besides its first address.
///
/// # Errors
/// Members that exclude each other, or that do not go with the kind of gateway.
pub(crate) fn wanted(input: &Input, is_public: bool) -> Result<Secondary, AwsError> {
    let texts = |name: &str| -> Result<Vec<String>, AwsError> {
        Ok(input.strings(name)?.into_iter().map(str::to_owned).collect())
    };
    let allocations = texts("SecondaryAllocationIds")?;
    let mut private: Vec<Option<String>> = texts("SecondaryPrivateIpAddresses")?.into_iter().map(Some).collect();
    if !is_public && !allocations.is_empty() {
        return Err(combination("A private NAT gateway cannot have SecondaryAllocationIds."));
    }
    if let Some(count) = input.opt_int("SecondaryPrivateIpAddressCount")? {
        if !private.is_empty() || is_public {
            return Err(combination(
                "SecondaryPrivateIpAddressCount is for private NAT gateways, without SecondaryPrivateIpAddresses.",
            ));
        }
        private.extend((0..count).map(|_| None));
    }
    if is_public {
        if private.len() > allocations.len() {
            return Err(combination(
                "Each secondary private address of a public NAT gateway needs an Elastic IP address.",
            ));
        }
        private.resize(allocations.len(), None);
    }
    Ok(Secondary { allocations, private })
}

fn combination(message: &str) -> AwsError {
    AwsError::new("InvalidParameterCombination", message)
}

/// Gives the interface of a gateway further addresses; the entries that tell of them.
///
/// # Errors
/// Addresses that are taken, or outside of the subnet.
pub(crate) fn add(ctx: &mut Ctx, subnet_id: &str, eni: &str, wanted: &Secondary) -> Result<Vec<Value>, AwsError> {
    let mut made = Vec::new();
    for (i, ip) in wanted.private.iter().enumerate() {
        let place = SUBNET.get(ctx, subnet_id)?.clone();
        let ip = subnet::take_address(ctx, &place, ip.as_deref())?.to_string();
        network_interface_own::add(ctx, eni, Some(&ip))?;
        let allocation = wanted.allocations.get(i);
        let mut entry = json!({
            "NetworkInterfaceId": eni, "PrivateIp": ip, "IsPrimary": false,
            "Status": if allocation.is_some() { "associating" } else { "assigning" },
        });
        if let Some(allocation) = allocation {
            if ADDRESS.get(ctx, allocation)?.get("AssociationId").is_some() {
                let message = format!("Elastic IP address [{allocation}] is already associated");
                return Err(AwsError::new("Resource.AlreadyAssociated", message));
            }
            let association = address::bind(ctx, allocation, eni, &ip)?;
            set(&mut entry, "AllocationId", allocation.as_str());
            set(&mut entry, "AssociationId", association);
            set(&mut entry, "_public", ADDRESS.get(ctx, allocation)?["PublicIp"].clone());
        }
        made.push(entry);
    }
    Ok(made)
}

/// The gateway that a request is about, which must be available.
fn gateway(ctx: &Ctx, input: &Input, kind: &str) -> Result<Value, AwsError> {
    let found = NAT_GATEWAY.get(ctx, input.str("NatGatewayId")?)?;
    if text(found, "ConnectivityType") != kind {
        return Err(combination(&format!("This operation is for NAT gateways with connectivity type {kind}.")));
    }
    if text(found, "State") != "available" {
        let message = format!("The NAT gateway {} is in state {}.", text(found, "NatGatewayId"), text(found, "State"));
        return Err(AwsError::new("IncorrectState", message));
    }
    Ok(found.clone())
}

fn answer(id: &str, entries: &[Value]) -> Answer {
    let entries: Vec<Value> = entries.iter().map(crate::document::public).collect();
    Ok(json!({"NatGatewayId": id, "NatGatewayAddresses": entries}))
}

fn add_to(ctx: &mut Ctx, gateway: &Value, wanted: &Secondary) -> Answer {
    let id = text(gateway, "NatGatewayId");
    let eni = items(gateway, "NatGatewayAddresses").first().map(|a| text(a, "NetworkInterfaceId")).unwrap_or_default();
    let made = add(ctx, text(gateway, "SubnetId"), eni, wanted)?;
    let entries = made.clone();
    NAT_GATEWAY.update(ctx, id, |n| {
        if let Some(list) = items_mut(n, "NatGatewayAddresses") {
            list.extend(entries);
        }
    });
    ctx.after(10, "nat-addresses", id);
    answer(id, &made)
}

fn associate(ctx: &mut Ctx, input: &Input) -> Answer {
    input.refuse(&["AvailabilityZone", "AvailabilityZoneId"])?;
    let gateway = gateway(ctx, input, "public")?;
    let allocations: Vec<String> = input.strings("AllocationIds")?.into_iter().map(str::to_owned).collect();
    let mut private: Vec<Option<String>> =
        input.strings("PrivateIpAddresses")?.into_iter().map(|ip| Some(ip.to_owned())).collect();
    if allocations.is_empty() {
        return Err(input.missing("AllocationIds"));
    }
    private.resize(allocations.len(), None);
    add_to(ctx, &gateway, &Secondary { allocations, private })
}

fn assign(ctx: &mut Ctx, input: &Input) -> Answer {
    let gateway = gateway(ctx, input, "private")?;
    let mut private: Vec<Option<String>> =
        input.strings("PrivateIpAddresses")?.into_iter().map(|ip| Some(ip.to_owned())).collect();
    private.extend((0..input.opt_int("PrivateIpAddressCount")?.unwrap_or(0)).map(|_| None));
    add_to(ctx, &gateway, &Secondary { allocations: Vec::new(), private })
}

/// Marks those of the further addresses that a member of theirs names; they go some time later.
fn remove(ctx: &mut Ctx, gateway: &Value, member: &str, named: &[&str], status: &str) -> Answer {
    let id = text(gateway, "NatGatewayId");
    let secondary = |a: &Value| a["IsPrimary"] == false && text(a, "Status") == "succeeded";
    for name in named {
        if !items(gateway, "NatGatewayAddresses").iter().any(|a| secondary(a) && text(a, member) == *name) {
            let message = format!("{name} is not a secondary address of the NAT gateway {id}");
            return Err(AwsError::new("InvalidParameterValue", message));
        }
    }
    NAT_GATEWAY.update(ctx, id, |n| {
        for a in items_mut(n, "NatGatewayAddresses").into_iter().flatten() {
            if named.contains(&text(a, member)) {
                set(a, "Status", status);
            }
        }
    });
    ctx.after(10, "nat-addresses", id);
    let now = NAT_GATEWAY.get(ctx, id)?;
    let going: Vec<Value> =
        items(now, "NatGatewayAddresses").iter().filter(|a| named.contains(&text(a, member))).cloned().collect();
    answer(id, &going)
}

fn disassociate(ctx: &mut Ctx, input: &Input) -> Answer {
    input.opt_int("MaxDrainDurationSeconds")?;
    let gateway = gateway(ctx, input, "public")?;
    remove(ctx, &gateway, "AssociationId", &input.strings("AssociationIds")?, "disassociating")
}

fn unassign(ctx: &mut Ctx, input: &Input) -> Answer {
    input.opt_int("MaxDrainDurationSeconds")?;
    let gateway = gateway(ctx, input, "private")?;
    remove(ctx, &gateway, "PrivateIp", &input.strings("PrivateIpAddresses")?, "unassigning")
}

/// What was begun with the addresses of a gateway is done.
pub(crate) fn settled(ctx: &mut Ctx, id: &str) {
    let Some(gateway) = NAT_GATEWAY.find(ctx, id).cloned() else { return };
    let leaves = |a: &Value| ["disassociating", "unassigning"].contains(&text(a, "Status"));
    for a in items(&gateway, "NatGatewayAddresses").iter().filter(|a| leaves(a)) {
        if let Some(allocation) = a["AllocationId"].as_str() {
            address::unbind(ctx, allocation);
        }
        network_interface_own::remove(ctx, text(a, "NetworkInterfaceId"), text(a, "PrivateIp"));
    }
    NAT_GATEWAY.update(ctx, id, |n| {
        if let Some(list) = items_mut(n, "NatGatewayAddresses") {
            list.retain(|a| !leaves(a));
            list.iter_mut().filter(|a| a["IsPrimary"] == false).for_each(show);
        }
    });
}

/// An address works, and shows.
pub(crate) fn show(entry: &mut Value) {
    set(entry, "Status", "succeeded");
    let ip = entry.get("_public").cloned();
    set_some(entry, "PublicIp", ip);
}
