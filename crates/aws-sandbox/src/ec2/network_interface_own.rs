//! Network interfaces that somebody makes or an instance has: their addresses, and what they are attached to.

use serde_json::{Value, json};

use super::kind::{INSTANCE, NETWORK_INTERFACE, SUBNET};
use super::network_interface::{base, dns_name, groups, refuse_managed};
use super::{address, instance, network_prefix, security_group, subnet};
use crate::context::Ctx;
use crate::document::{items, items_mut, set, text, unset};
use crate::error::{Answer, AwsError};
use crate::input::Input;

/// An interface to be made.
pub(crate) struct Wanted<'a> {
    pub(crate) primary: Option<&'a str>,
    pub(crate) more: &'a [String],
    pub(crate) more_count: i64,
    /// `{Ipv6Address}` each.
    pub(crate) ipv6: &'a [Value],
    pub(crate) ipv6_count: i64,
    pub(crate) groups: &'a [&'a str],
    pub(crate) description: &'a str,
    pub(crate) tags: Value,
}

/// Makes an interface of somebody's own, and gives its id.
///
/// # Errors
/// AWS's codes for what cannot be.
pub(crate) fn make_own(ctx: &mut Ctx, place: &Value, wanted: &Wanted) -> Result<String, AwsError> {
    let vpc = text(place, "VpcId").to_owned();
    let default = security_group::default_of(ctx, &vpc);
    let ids = if wanted.groups.is_empty() {
        default.iter().map(String::as_str).collect::<Vec<_>>()
    } else {
        wanted.groups.to_vec()
    };
    let groups = groups(ctx, &ids, &vpc)?;
    if NETWORK_INTERFACE.count(ctx) >= ctx.quotas.network_interfaces_per_region {
        return Err(AwsError::new(
            "NetworkInterfaceLimitExceeded",
            "The maximum number of network interfaces has been reached.",
        ));
    }
    let ip = subnet::take_address(ctx, place, wanted.primary)?.to_string();
    let id = ctx.new_id("eni");
    let mut doc = base(ctx, &id, place, &ip, &groups, wanted.description, "interface");
    set(&mut doc, "Tags", wanted.tags.clone());
    set(&mut doc, "RequesterId", format!("AIDA{}", ctx.account));
    NETWORK_INTERFACE.put(ctx, doc);
    for more in wanted.more {
        add(ctx, &id, Some(more))?;
    }
    for _ in 0..wanted.more_count {
        add(ctx, &id, None)?;
    }
    for v6 in wanted.ipv6 {
        add_ipv6(ctx, &id, Some(text(v6, "Ipv6Address")))?;
    }
    for _ in 0..wanted.ipv6_count {
        add_ipv6(ctx, &id, None)?;
    }
    Ok(id)
}

fn place_of(ctx: &Ctx, eni: &str) -> Result<Value, AwsError> {
    let eni = NETWORK_INTERFACE.get(ctx, eni)?;
    SUBNET.get(ctx, text(eni, "SubnetId")).cloned()
}

/// Gives an interface a further address.
///
/// # Errors
/// AWS's codes for an address that is not free.
pub(crate) fn add(ctx: &mut Ctx, eni: &str, wanted: Option<&str>) -> Result<String, AwsError> {
    let place = place_of(ctx, eni)?;
    let ip = subnet::take_address(ctx, &place, wanted)?.to_string();
    let named = NETWORK_INTERFACE.get(ctx, eni)?.get("PrivateDnsName").is_some();
    let mut entry = json!({"Primary": false, "PrivateIpAddress": ip});
    if named {
        set(&mut entry, "PrivateDnsName", dns_name(ctx, &ip));
    }
    NETWORK_INTERFACE.update(ctx, eni, |e| {
        if let Some(list) = items_mut(e, "PrivateIpAddresses") {
            list.push(entry);
        }
    });
    Ok(ip)
}

fn add_ipv6(ctx: &mut Ctx, eni: &str, wanted: Option<&str>) -> Result<String, AwsError> {
    let place = place_of(ctx, eni)?;
    let ip = subnet::take_ipv6(ctx, &place, wanted)?;
    NETWORK_INTERFACE.update(ctx, eni, |e| {
        if let Some(list) = items_mut(e, "Ipv6Addresses") {
            list.push(json!({"Ipv6Address": ip, "IsPrimaryIpv6": false}));
        }
    });
    Ok(ip)
}

/// Lends an interface a public address that goes when its instance stops, or takes it back.
pub(crate) fn set_auto_public(ctx: &mut Ctx, eni: &str, ip: Option<&str>) {
    let region = ctx.region.clone();
    NETWORK_INTERFACE.update(ctx, eni, |e| {
        let association = ip.map(|ip| {
            let dashes = ip.replace('.', "-");
            let zone = if region == "us-east-1" { "compute-1".to_owned() } else { format!("{region}.compute") };
            let name = match e.get("PrivateDnsName") {
                Some(_) => format!("ec2-{dashes}.{zone}.amazonaws.com"),
                None => String::new(),
            };
            json!({"IpOwnerId": "amazon", "PublicIp": ip, "PublicDnsName": name})
        });
        let change = |doc: &mut Value| match &association {
            Some(a) => set(doc, "Association", a.clone()),
            None => {
                unset(doc, "Association");
            }
        };
        change(e);
        if let Some(list) = items_mut(e, "PrivateIpAddresses") {
            list.iter_mut().filter(|p| p["Primary"] == true).for_each(change);
        }
    });
}

/// Fastens an interface to an instance, and gives the attachment's id.
pub(crate) fn fasten(ctx: &mut Ctx, eni: &str, instance: &str, index: i64, with_it: bool, status: &str) -> String {
    let id = ctx.new_id("eni-attach");
    let attachment = json!({
        "AttachTime": ctx.timestamp(), "AttachmentId": id, "DeleteOnTermination": with_it, "DeviceIndex": index,
        "NetworkCardIndex": 0, "InstanceId": instance, "InstanceOwnerId": ctx.account, "Status": status,
    });
    NETWORK_INTERFACE.update(ctx, eni, |e| {
        set(e, "Status", "in-use");
        set(e, "Attachment", attachment);
    });
    id
}

/// An interface is fastened.
pub(crate) fn attached(ctx: &mut Ctx, eni: &str) {
    NETWORK_INTERFACE.update(ctx, eni, |e| {
        if text(&e["Attachment"], "Status") == "attaching" {
            set(&mut e["Attachment"], "Status", "attached");
        }
    });
}

/// Takes an interface off its instance, or away with it.
pub(crate) fn loosen(ctx: &mut Ctx, eni: &str, away: bool) {
    let Some(held) = NETWORK_INTERFACE.find(ctx, eni).cloned() else { return };
    for p in items(&held, "PrivateIpAddresses") {
        if let Some(allocation) = p["Association"]["AllocationId"].as_str().filter(|_| away) {
            address::unbind(ctx, allocation);
        }
    }
    if away {
        NETWORK_INTERFACE.forget(ctx, eni);
        return;
    }
    NETWORK_INTERFACE.update(ctx, eni, |e| {
        unset(e, "Attachment");
        set(e, "Status", "available");
        unset(e, "_with");
    });
    if held["Association"]["IpOwnerId"] == "amazon" {
        set_auto_public(ctx, eni, None);
    }
}

pub(crate) fn attach(ctx: &mut Ctx, input: &Input) -> Answer {
    input.refuse(&["EnaSrdSpecification"])?;
    let (eni, instance) = (input.str("NetworkInterfaceId")?, input.str("InstanceId")?);
    let index = input.int("DeviceIndex")?;
    input.opt_int("NetworkCardIndex")?;
    let held = NETWORK_INTERFACE.get(ctx, eni)?.clone();
    let holder = INSTANCE.get(ctx, instance)?;
    if text(&held, "Status") == "in-use" {
        return Err(AwsError::new("InvalidNetworkInterface.InUse", format!("Interface: [{eni}] in-use.")));
    }
    if !["running", "stopped"].contains(&instance::state_of(holder)) {
        let message = format!("Instance '{instance}' is not in a valid state for this operation.");
        return Err(AwsError::new("IncorrectState", message));
    }
    if text(&holder["Placement"], "AvailabilityZone") != text(&held, "AvailabilityZone") {
        let message =
            "You may not attach a network interface to an instance if they are not in the same availability zone";
        return Err(AwsError::new("InvalidParameterCombination", message));
    }
    if instance::interfaces(ctx, instance).iter().any(|e| e["Attachment"]["DeviceIndex"] == index) {
        let message = format!("Instance '{instance}' already has an interface attached at device index '{index}'.");
        return Err(AwsError::new("InvalidParameterValue", message));
    }
    let id = fasten(ctx, eni, instance, index, false, "attaching");
    ctx.after(5, "interface-attached", eni);
    Ok(json!({"AttachmentId": id, "NetworkCardIndex": 0}))
}

pub(crate) fn detach(ctx: &mut Ctx, input: &Input) -> Answer {
    let id = input.str("AttachmentId")?;
    input.flag("Force")?;
    let found = NETWORK_INTERFACE.all(ctx).find(|e| text(&e["Attachment"], "AttachmentId") == id).cloned();
    let Some(held) = found else {
        let message = format!("An interface attachment ID '{id}' does not exist");
        return Err(AwsError::new("InvalidAttachmentID.NotFound", message));
    };
    if held["Attachment"]["DeviceIndex"] == 0 {
        let message = "The network interface at device index 0 cannot be detached.";
        return Err(AwsError::new("OperationNotPermitted", message));
    }
    let eni = text(&held, "NetworkInterfaceId");
    NETWORK_INTERFACE.update(ctx, eni, |e| set(&mut e["Attachment"], "Status", "detaching"));
    ctx.after(5, "interface-detached", eni);
    Ok(json!({}))
}

pub(crate) fn assign(ctx: &mut Ctx, input: &Input) -> Answer {
    let eni = input.str("NetworkInterfaceId")?;
    refuse_managed(NETWORK_INTERFACE.get(ctx, eni)?)?;
    let prefixes = network_prefix::add_v4(ctx, eni, input)?;
    let again = input.flag("AllowReassignment")?;
    let mut made = Vec::new();
    for ip in input.strings("PrivateIpAddresses")? {
        let have = NETWORK_INTERFACE.get(ctx, eni)?;
        if again && items(have, "PrivateIpAddresses").iter().any(|p| text(p, "PrivateIpAddress") == ip) {
            continue;
        }
        made.push(add(ctx, eni, Some(ip))?);
    }
    for _ in 0..input.opt_int("SecondaryPrivateIpAddressCount")?.unwrap_or(0) {
        made.push(add(ctx, eni, None)?);
    }
    let made: Vec<Value> = made.into_iter().map(|ip| json!({"PrivateIpAddress": ip})).collect();
    Ok(json!({
        "NetworkInterfaceId": eni, "AssignedPrivateIpAddresses": made, "AssignedIpv4Prefixes": prefixes,
    }))
}

pub(crate) fn unassign(ctx: &mut Ctx, input: &Input) -> Answer {
    let eni = input.str("NetworkInterfaceId")?;
    let held = NETWORK_INTERFACE.get(ctx, eni)?.clone();
    refuse_managed(&held)?;
    network_prefix::remove(ctx, eni, input, true)?;
    for ip in input.strings("PrivateIpAddresses")? {
        let slot = items(&held, "PrivateIpAddresses").iter().find(|p| text(p, "PrivateIpAddress") == ip);
        let Some(slot) = slot.filter(|s| s["Primary"] != true) else {
            return Err(AwsError::new(
                "InvalidParameterValue",
                format!("Some of the specified addresses are not assigned to interface {eni}"),
            ));
        };
        if let Some(allocation) = slot["Association"]["AllocationId"].as_str() {
            address::unbind(ctx, allocation);
        }
        remove(ctx, eni, ip);
    }
    Ok(json!({}))
}

/// Takes an address from an interface.
pub(crate) fn remove(ctx: &mut Ctx, eni: &str, ip: &str) {
    NETWORK_INTERFACE.update(ctx, eni, |e| {
        if let Some(list) = items_mut(e, "PrivateIpAddresses") {
            list.retain(|p| text(p, "PrivateIpAddress") != ip);
        }
    });
}

pub(crate) fn assign_ipv6(ctx: &mut Ctx, input: &Input) -> Answer {
    let eni = input.str("NetworkInterfaceId")?;
    refuse_managed(NETWORK_INTERFACE.get(ctx, eni)?)?;
    let prefixes = network_prefix::add_v6(ctx, eni, input)?;
    let prefixes: Vec<&str> = prefixes.iter().map(|p| text(p, "Ipv6Prefix")).collect();
    let mut made = Vec::new();
    for ip in input.strings("Ipv6Addresses")? {
        made.push(add_ipv6(ctx, eni, Some(ip))?);
    }
    for _ in 0..input.opt_int("Ipv6AddressCount")?.unwrap_or(0) {
        made.push(add_ipv6(ctx, eni, None)?);
    }
    Ok(json!({"NetworkInterfaceId": eni, "AssignedIpv6Addresses": made, "AssignedIpv6Prefixes": prefixes}))
}

pub(crate) fn unassign_ipv6(ctx: &mut Ctx, input: &Input) -> Answer {
    let eni = input.str("NetworkInterfaceId")?;
    refuse_managed(NETWORK_INTERFACE.get(ctx, eni)?)?;
    network_prefix::remove(ctx, eni, input, false)?;
    let gone = input.strings("Ipv6Addresses")?;
    NETWORK_INTERFACE.update(ctx, eni, |e| {
        if let Some(list) = items_mut(e, "Ipv6Addresses") {
            list.retain(|a| !gone.contains(&text(a, "Ipv6Address")));
        }
    });
    Ok(json!({"NetworkInterfaceId": eni, "UnassignedIpv6Addresses": gone}))
}

/// Makes an interface of a Kubernetes cluster, which AWS manages.
///
/// # Errors
/// AWS's for a full subnet.
pub(crate) fn managed_interface(ctx: &mut Ctx, place: &Value, group: &str, description: &str) -> Result<(), AwsError> {
    let ip = subnet::take_address(ctx, place, None)?.to_string();
    let groups = groups(ctx, &[group], text(place, "VpcId"))?;
    super::network_interface::make(ctx, place, &ip, &groups, description, "interface");
    Ok(())
}

/// Removes the interfaces and the security group of a cluster.
pub(crate) fn forget_cluster(ctx: &mut Ctx, cluster: &str, group: &str) {
    let description = format!("Amazon EKS {cluster}");
    let own: Vec<String> = NETWORK_INTERFACE
        .all(ctx)
        .filter(|e| text(e, "Description") == description && e["RequesterManaged"] == true)
        .map(|e| text(e, "NetworkInterfaceId").to_owned())
        .collect();
    for eni in own {
        NETWORK_INTERFACE.forget(ctx, &eni);
    }
    forget_group(ctx, group);
}

/// Removes a group that AWS made. Somebody may hold on to it; AWS leaves it then.
pub(crate) fn forget_group(ctx: &mut Ctx, group: &str) {
    let held = NETWORK_INTERFACE.all(ctx).any(|e| items(e, "Groups").iter().any(|g| text(g, "GroupId") == group));
    if !held {
        security_group::forget(ctx, group);
    }
}
