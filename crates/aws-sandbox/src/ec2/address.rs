//! Elastic IP addresses.

use serde_json::{Value, json};

use super::filters;
use super::kind::{self, ADDRESS, INSTANCE, NAT_GATEWAY, NETWORK_INTERFACE};
use super::{internet_gateway, network_interface, tags};
use crate::context::Ctx;
use crate::document::{items, public, set, text, unset};
use crate::error::{Answer, AwsError};
use crate::input::Input;
use crate::page;
use crate::sandbox::Operations;

pub(crate) const OPERATIONS: Operations = &[
    ("AllocateAddress", allocate),
    ("DescribeAddresses", describe),
    ("DescribeAddressesAttribute", describe_attribute),
    ("AssociateAddress", associate),
    ("DisassociateAddress", disassociate),
    ("ReleaseAddress", release),
];

/// Public addresses are from 198.18.0.0/15, which is set aside for tests, so that nobody is ever reached.
pub(crate) fn new_public_ip(ctx: &mut Ctx) -> String {
    loop {
        let b = ctx.new_bytes("public-ip");
        let ip = format!("198.{}.{}.{}", 18 + (b[0] & 1), b[1], b[2]);
        let lent = || NETWORK_INTERFACE.all(ctx).any(|e| e["Association"]["PublicIp"] == ip.as_str());
        if !ADDRESS.all(ctx).any(|a| text(a, "PublicIp") == ip) && !lent() {
            return ip;
        }
    }
}

fn allocate(ctx: &mut Ctx, input: &Input) -> Answer {
    input.refuse(&["Address", "CustomerOwnedIpv4Pool", "IpamPoolId"])?;
    match input.filled("PublicIpv4Pool")? {
        None | Some("amazon") => {}
        Some(_) => return Err(AwsError::not_implemented("public address pools of one's own (PublicIpv4Pool)")),
    }
    if !matches!(input.filled("Domain")?, None | Some("vpc")) {
        return Err(
            input.invalid("Value (standard) for parameter domain is invalid. EC2-Classic is no longer supported.")
        );
    }
    let border = input.filled("NetworkBorderGroup")?.unwrap_or(&ctx.region).to_owned();
    if border != ctx.region {
        return Err(input.invalid(format!("Value ({border}) for parameter networkBorderGroup is invalid.")));
    }
    let tags = tags::on_create(input, ADDRESS.table)?;
    if ADDRESS.count(ctx) >= ctx.quotas.addresses_per_region {
        return Err(AwsError::new("AddressLimitExceeded", "The maximum number of addresses has been reached."));
    }
    let doc = json!({
        "PublicIp": new_public_ip(ctx),
        "AllocationId": ctx.new_id("eipalloc"),
        "Domain": "vpc",
        "PublicIpv4Pool": "amazon",
        "NetworkBorderGroup": border,
        "Tags": tags,
    });
    ADDRESS.put(ctx, doc.clone());
    Ok(json!({
        "PublicIp": doc["PublicIp"],
        "AllocationId": doc["AllocationId"],
        "PublicIpv4Pool": "amazon",
        "NetworkBorderGroup": doc["NetworkBorderGroup"],
        "Domain": "vpc",
    }))
}

fn by_public_ip<'a>(ctx: &'a Ctx, ip: &str) -> Result<&'a Value, AwsError> {
    ADDRESS
        .all(ctx)
        .find(|a| text(a, "PublicIp") == ip)
        .ok_or_else(|| AwsError::new("InvalidAddress.NotFound", format!("Address '{ip}' not found.")))
}

fn describe(ctx: &mut Ctx, input: &Input) -> Answer {
    let (ips, ids) = (input.strings("PublicIps")?, input.strings("AllocationIds")?);
    let mut docs: Vec<Value> = Vec::new();
    for ip in &ips {
        docs.push(by_public_ip(ctx, ip)?.clone());
    }
    for id in &ids {
        docs.push(ADDRESS.get(ctx, id)?.clone());
    }
    if ips.is_empty() && ids.is_empty() {
        docs = ADDRESS.all(ctx).cloned().collect();
    }
    let known = &[
        ("allocation-id", "AllocationId"),
        ("association-id", "AssociationId"),
        ("domain", "Domain"),
        ("instance-id", "InstanceId"),
        ("network-border-group", "NetworkBorderGroup"),
        ("network-interface-id", "NetworkInterfaceId"),
        ("network-interface-owner-id", "NetworkInterfaceOwnerId"),
        ("private-ip-address", "PrivateIpAddress"),
        ("public-ip", "PublicIp"),
    ];
    let docs = filters::apply(input, "Filters", docs, known)?;
    Ok(json!({"Addresses": docs.iter().map(public).collect::<Vec<_>>()}))
}

fn describe_attribute(ctx: &mut Ctx, input: &Input) -> Answer {
    match input.filled("Attribute")? {
        None | Some("domain-name") => {}
        Some(other) => return Err(input.invalid(format!("Value ({other}) for parameter attribute is invalid."))),
    }
    for id in input.strings("AllocationIds")? {
        ADDRESS.get(ctx, id)?;
    }
    // Only addresses that were given a reverse DNS name have the attribute, and none can be given one here.
    Ok(page::document("Addresses", kind::cut(input, Vec::new())?, "NextToken"))
}

/// Binds an address to an interface and gives the association's id.
///
/// # Errors
/// When the VPC of the interface has no internet gateway, as AWS has it for NAT gateways and interfaces.
pub(crate) fn bind(ctx: &mut Ctx, allocation: &str, eni: &str, private_ip: &str) -> Result<String, AwsError> {
    let interface = NETWORK_INTERFACE.get(ctx, eni)?.clone();
    let vpc = text(&interface, "VpcId");
    if internet_gateway::of_vpc(ctx, vpc).is_none() {
        return Err(AwsError::new(
            "Gateway.NotAttached",
            format!("Network {vpc} is not attached to any internet gateway"),
        ));
    }
    let association = ctx.new_id("eipassoc");
    let public_ip = text(ADDRESS.get(ctx, allocation)?, "PublicIp").to_owned();
    let account = ctx.account.clone();
    ADDRESS.update(ctx, allocation, |a| {
        set(a, "AssociationId", association.as_str());
        set(a, "NetworkInterfaceId", eni);
        set(a, "NetworkInterfaceOwnerId", account.as_str());
        set(a, "PrivateIpAddress", private_ip);
        if let Some(instance) = interface["Attachment"]["InstanceId"].as_str() {
            set(a, "InstanceId", instance);
        }
    });
    network_interface::set_public(ctx, eni, private_ip, Some((&public_ip, allocation, &association)));
    Ok(association)
}

/// Frees an address from its interface.
pub(crate) fn unbind(ctx: &mut Ctx, allocation: &str) {
    let Some(a) = ADDRESS.find(ctx, allocation).cloned() else { return };
    ADDRESS.update(ctx, allocation, |a| {
        for member in
            ["AssociationId", "InstanceId", "NetworkInterfaceId", "NetworkInterfaceOwnerId", "PrivateIpAddress"]
        {
            unset(a, member);
        }
    });
    network_interface::set_public(ctx, text(&a, "NetworkInterfaceId"), text(&a, "PrivateIpAddress"), None);
}

/// The NAT gateway that holds an address, if one does.
fn nat_gateway_of(ctx: &Ctx, allocation: &str) -> Option<String> {
    NAT_GATEWAY
        .all(ctx)
        .filter(|n| text(n, "State") != "deleted")
        .find(|n| items(n, "NatGatewayAddresses").iter().any(|a| text(a, "AllocationId") == allocation))
        .map(|n| text(n, "NatGatewayId").to_owned())
}

fn wanted(ctx: &Ctx, input: &Input) -> Result<Value, AwsError> {
    match (input.filled("AllocationId")?, input.filled("PublicIp")?) {
        (Some(id), _) => ADDRESS.get(ctx, id).cloned(),
        (None, Some(ip)) => by_public_ip(ctx, ip).cloned(),
        (None, None) => Err(input.missing("AllocationId")),
    }
}

fn associate(ctx: &mut Ctx, input: &Input) -> Answer {
    let address = wanted(ctx, input)?;
    let eni = match (input.filled("NetworkInterfaceId")?, input.filled("InstanceId")?) {
        (Some(_), Some(_)) => {
            return Err(AwsError::new(
                "InvalidParameterCombination",
                "You can specify either the instance ID or the network interface ID, but not both.",
            ));
        }
        (Some(eni), None) => NETWORK_INTERFACE.get(ctx, eni)?.clone(),
        (None, Some(instance)) => primary_of(ctx, instance)?,
        (None, None) => return Err(input.missing("networkInterfaceId")),
    };
    let private = input.filled("PrivateIpAddress")?.unwrap_or_else(|| text(&eni, "PrivateIpAddress")).to_owned();
    let again = input.opt_bool("AllowReassociation")?.unwrap_or(true);
    let allocation = text(&address, "AllocationId");
    let eni_id = text(&eni, "NetworkInterfaceId");
    let Some(slot) = items(&eni, "PrivateIpAddresses").iter().find(|p| text(p, "PrivateIpAddress") == private) else {
        return Err(
            input.invalid(format!("Invalid value '{private}' for privateIpAddress. It is not assigned to {eni_id}"))
        );
    };
    if address.get("AssociationId").is_some() {
        if !again {
            return Err(AwsError::new(
                "Resource.AlreadyAssociated",
                format!(
                    "resource {allocation} is already associated with associate-id {}",
                    text(&address, "AssociationId")
                ),
            ));
        }
        refuse_nat(ctx, allocation)?;
        unbind(ctx, allocation);
    }
    if let Some(other) = slot["Association"]["AllocationId"].as_str().filter(|o| *o != allocation) {
        if !again {
            return Err(AwsError::new(
                "Resource.AlreadyAssociated",
                format!("resource {eni_id} is already associated with an address"),
            ));
        }
        unbind(ctx, other);
    }
    let association = bind(ctx, allocation, eni_id, &private)?;
    Ok(json!({"AssociationId": association}))
}

/// The primary interface of an instance that can have an address.
fn primary_of(ctx: &Ctx, id: &str) -> Result<Value, AwsError> {
    let state = super::instance::state_of(INSTANCE.get(ctx, id)?);
    if !["running", "stopped"].contains(&state) {
        let message = format!("The {state} instance '{id}' is not in a valid state for this operation.");
        return Err(AwsError::new("InvalidInstanceID", message));
    }
    let all = super::instance::interfaces(ctx, id);
    all.first()
        .map(|e| (*e).clone())
        .ok_or_else(|| AwsError::new("InvalidParameterValue", format!("Instance {id} has no network interface.")))
}

fn refuse_nat(ctx: &Ctx, allocation: &str) -> Result<(), AwsError> {
    match nat_gateway_of(ctx, allocation) {
        None => Ok(()),
        Some(_) => Err(AwsError::new("AuthFailure", "You do not have permission to access the specified resource.")),
    }
}

fn disassociate(ctx: &mut Ctx, input: &Input) -> Answer {
    let address = match (input.filled("AssociationId")?, input.filled("PublicIp")?) {
        (Some(id), _) => ADDRESS.all(ctx).find(|a| text(a, "AssociationId") == id).cloned().ok_or_else(|| {
            AwsError::new("InvalidAssociationID.NotFound", format!("The association ID '{id}' does not exist"))
        })?,
        (None, Some(ip)) => by_public_ip(ctx, ip)?.clone(),
        (None, None) => return Err(input.missing("AssociationId")),
    };
    let allocation = text(&address, "AllocationId");
    refuse_nat(ctx, allocation)?;
    unbind(ctx, allocation);
    Ok(json!({}))
}

fn release(ctx: &mut Ctx, input: &Input) -> Answer {
    if let Some(border) = input.filled("NetworkBorderGroup")?
        && border != ctx.region
    {
        return Err(input.invalid(format!("Value ({border}) for parameter networkBorderGroup is invalid.")));
    }
    let address = wanted(ctx, input)?;
    let allocation = text(&address, "AllocationId");
    if address.get("AssociationId").is_some() || nat_gateway_of(ctx, allocation).is_some() {
        return Err(AwsError::new(
            "InvalidIPAddress.InUse",
            format!("Address {} is in use.", text(&address, "PublicIp")),
        ));
    }
    ADDRESS.forget(ctx, allocation);
    Ok(json!({}))
}
