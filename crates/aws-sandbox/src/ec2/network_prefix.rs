//! Prefixes of network interfaces: /28 of IPv4 and /80 of IPv6, which an interface has beside its addresses.

use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use serde_json::{Value, json};

use super::cidr;
use super::kind::{NETWORK_INTERFACE, SUBNET};
use crate::context::Ctx;
use crate::document::{items, items_mut, set, text};
use crate::error::AwsError;
use crate::input::Input;

/// What a family of addresses calls them.
struct Family {
    list: &'static str,
    one: &'static str,
    count: &'static str,
    length: u8,
}

const V4: Family = Family { list: "Ipv4Prefixes", one: "Ipv4Prefix", count: "Ipv4PrefixCount", length: 28 };
const V6: Family = Family { list: "Ipv6Prefixes", one: "Ipv6Prefix", count: "Ipv6PrefixCount", length: 80 };

/// The prefixes of IPv4 that the interfaces of a subnet have.
pub(crate) fn of_subnet(ctx: &Ctx, subnet: &str) -> Vec<Ipv4Net> {
    let all = NETWORK_INTERFACE.with(ctx, "SubnetId", subnet);
    all.iter().flat_map(|e| items(e, V4.list)).filter_map(|p| text(p, V4.one).parse().ok()).collect()
}

fn of_family(ctx: &Ctx, subnet: &str, family: &Family) -> Vec<IpNet> {
    let all = NETWORK_INTERFACE.with(ctx, "SubnetId", subnet);
    all.iter().flat_map(|e| items(e, family.list)).filter_map(|p| text(p, family.one).parse().ok()).collect()
}

/// Whether a prefix of a subnet is free.
fn free(ctx: &Ctx, subnet: &str, prefix: &IpNet) -> bool {
    let taken = NETWORK_INTERFACE.with(ctx, "SubnetId", subnet);
    let addresses = taken.iter().flat_map(|e| {
        let v4 = items(e, "PrivateIpAddresses").iter().map(|p| text(p, "PrivateIpAddress"));
        v4.chain(items(e, "Ipv6Addresses").iter().map(|p| text(p, "Ipv6Address")))
    });
    let held = addresses.filter_map(|a| a.parse::<std::net::IpAddr>().ok()).any(|a| prefix.contains(&a));
    !held && !of_family(ctx, subnet, if prefix.addr().is_ipv4() { &V4 } else { &V6 }).contains(prefix)
}

/// The first free prefix of a subnet.
fn first(ctx: &Ctx, place: &Value, family: &Family) -> Option<IpNet> {
    let subnet = text(place, "SubnetId");
    if family.length == V4.length {
        let block = text(place, "CidrBlock").parse::<Ipv4Net>().ok()?;
        // AWS keeps the first four addresses and the last one for itself.
        let whole = |n: &Ipv4Net| cidr::usable(&block).filter(|a| n.contains(a)).count() == 16;
        return block.subnets(family.length).ok()?.filter(whole).map(IpNet::V4).find(|n| free(ctx, subnet, n));
    }
    let range = items(place, "Ipv6CidrBlockAssociationSet").first().map(|a| text(a, "Ipv6CidrBlock"))?;
    let block = range.parse::<Ipv6Net>().ok()?;
    block.subnets(family.length).ok()?.skip(1).map(IpNet::V6).find(|n| free(ctx, subnet, n))
}

fn add_one(ctx: &mut Ctx, eni: &str, wanted: Option<&str>, family: &Family) -> Result<String, AwsError> {
    let subnet = text(NETWORK_INTERFACE.get(ctx, eni)?, "SubnetId").to_owned();
    let place = SUBNET.get(ctx, &subnet)?.clone();
    let prefix = match wanted {
        None => first(ctx, &place, family).ok_or_else(|| {
            AwsError::new(
                "InsufficientCidrBlocks",
                format!(
                    "The specified subnet '{subnet}' does not have enough free cidr blocks to satisfy the request."
                ),
            )
        })?,
        Some(given) => {
            let parsed = given.parse::<IpNet>().ok().filter(|n| n.prefix_len() == family.length && n.trunc() == *n);
            let ranges = items(&place, "Ipv6CidrBlockAssociationSet").iter().map(|a| text(a, "Ipv6CidrBlock"));
            let mut ranges = ranges.chain([text(&place, "CidrBlock")]).filter_map(|r| r.parse::<IpNet>().ok());
            let inside = |n: &IpNet| ranges.any(|r| r.contains(n));
            let prefix = parsed.filter(inside).ok_or_else(|| {
                AwsError::new("InvalidParameterValue", format!("The prefix {given} is not one of the subnet {subnet}."))
            })?;
            if !free(ctx, &subnet, &prefix) {
                return Err(AwsError::new("InvalidIPAddress.InUse", format!("The prefix {given} is in use.")));
            }
            prefix
        }
    };
    let text = prefix.to_string();
    NETWORK_INTERFACE.update(ctx, eni, |e| {
        let entry = json!({family.one: text});
        match items_mut(e, family.list) {
            Some(list) => list.push(entry),
            None => set(e, family.list, json!([entry])),
        }
    });
    Ok(text)
}

fn add_family(ctx: &mut Ctx, eni: &str, input: &Input, family: &Family) -> Result<Vec<Value>, AwsError> {
    // A new interface is told of prefixes by objects, one that is there by texts.
    let given: Vec<String> = match input.raw(family.list).and_then(Value::as_array) {
        Some(all) => all.iter().map(|v| v.as_str().unwrap_or_else(|| text(v, family.one)).to_owned()).collect(),
        None => Vec::new(),
    };
    let mut made = Vec::new();
    for prefix in given {
        made.push(json!({family.one: add_one(ctx, eni, Some(&prefix), family)?}));
    }
    for _ in 0..input.opt_int(family.count)?.unwrap_or(0) {
        made.push(json!({family.one: add_one(ctx, eni, None, family)?}));
    }
    Ok(made)
}

/// Gives an interface the prefixes of IPv4 that a request names or counts.
///
/// # Errors
/// AWS's codes for prefixes that are not free.
pub(crate) fn add_v4(ctx: &mut Ctx, eni: &str, input: &Input) -> Result<Vec<Value>, AwsError> {
    add_family(ctx, eni, input, &V4)
}

/// The same of IPv6.
///
/// # Errors
/// AWS's codes for prefixes that are not free.
pub(crate) fn add_v6(ctx: &mut Ctx, eni: &str, input: &Input) -> Result<Vec<Value>, AwsError> {
    add_family(ctx, eni, input, &V6)
}

/// Takes the prefixes that a request names from an interface.
///
/// # Errors
/// One that the interface does not have.
pub(crate) fn remove(ctx: &mut Ctx, eni: &str, input: &Input, v4: bool) -> Result<(), AwsError> {
    let family = if v4 { &V4 } else { &V6 };
    for prefix in input.strings(family.list)? {
        if !items(NETWORK_INTERFACE.get(ctx, eni)?, family.list).iter().any(|p| text(p, family.one) == prefix) {
            let message = format!("The prefix {prefix} is not assigned to interface {eni}");
            return Err(AwsError::new("InvalidParameterValue", message));
        }
        NETWORK_INTERFACE.update(ctx, eni, |e| {
            if let Some(list) = items_mut(e, family.list) {
                list.retain(|p| text(p, family.one) != prefix);
            }
        });
    }
    Ok(())
}

/// Makes the first IPv6 address of an interface its primary one, which stays.
///
/// # Errors
/// An interface without one.
pub(crate) fn primary_ipv6(ctx: &mut Ctx, eni: &str) -> Result<(), AwsError> {
    if items(NETWORK_INTERFACE.get(ctx, eni)?, "Ipv6Addresses").is_empty() {
        let message = format!("Interface {eni} has no IPv6 address that could be the primary one.");
        return Err(AwsError::new("InvalidParameterCombination", message));
    }
    NETWORK_INTERFACE.update(ctx, eni, |e| {
        if let Some(first) = items_mut(e, "Ipv6Addresses").and_then(|list| list.first_mut()) {
            set(first, "IsPrimaryIpv6", true);
        }
    });
    Ok(())
}
