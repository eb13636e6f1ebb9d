//! Prefixes of network interfaces: sixteen IPv4 addresses or a /80 of IPv6 each, and the primary IPv6 address.
//!
//! Source: "Prefix delegation for Amazon EC2 network interfaces" in the EC2 user guide.

use ipnet::{Ipv4Net, Ipv6Net};
use serde_json::{Value, json};

use super::cidr;
use super::kind::{NETWORK_INTERFACE, SUBNET};
use crate::context::Ctx;
use crate::document::{items, items_mut, set, text};
use crate::error::AwsError;
use crate::input::Input;

/// How long prefixes are.
const V4: u8 = 28;
const V6: u8 = 80;

/// Prefixes that a request asks for: these, and so many.
#[derive(Default)]
pub(crate) struct Wanted {
    v4: Vec<String>,
    v4_count: i64,
    v6: Vec<String>,
    v6_count: i64,
}

impl Wanted {
    /// Of a creation, where each is a structure.
    ///
    /// # Errors
    /// A member is of the wrong type.
    pub(crate) fn of_creation(input: &Input) -> Result<Self, AwsError> {
        let listed = |list: &str, member: &str| -> Result<Vec<String>, AwsError> {
            input.structures(list)?.iter().map(|p| p.str(member).map(str::to_owned)).collect()
        };
        Ok(Self {
            v4: listed("Ipv4Prefixes", "Ipv4Prefix")?,
            v6: listed("Ipv6Prefixes", "Ipv6Prefix")?,
            ..Self::counted(input)?
        })
    }

    /// Of an assignment, where each is a text.
    ///
    /// # Errors
    /// A member is of the wrong type.
    pub(crate) fn of_assignment(input: &Input, v4: bool) -> Result<Self, AwsError> {
        let list = if v4 { "Ipv4Prefixes" } else { "Ipv6Prefixes" };
        let listed = input.strings(list)?.into_iter().map(str::to_owned).collect();
        Ok(match v4 {
            true => Self { v4: listed, ..Self::counted(input)? },
            false => Self { v6: listed, ..Self::counted(input)? },
        })
    }

    fn counted(input: &Input) -> Result<Self, AwsError> {
        let n = |name: &str| -> Result<i64, AwsError> { Ok(input.opt_int(name)?.unwrap_or(0)) };
        Ok(Self { v4_count: n("Ipv4PrefixCount")?, v6_count: n("Ipv6PrefixCount")?, ..Self::default() })
    }
}

fn listed<'a>(eni: &'a Value, list: &str, member: &'static str) -> Vec<&'a str> {
    items(eni, list).iter().map(|p| text(p, member)).collect()
}

/// Whether an address of a subnet is within a prefix of one of its interfaces.
pub(crate) fn in_prefix(ctx: &Ctx, subnet: &str) -> Vec<Ipv4Net> {
    let interfaces = NETWORK_INTERFACE.with(ctx, "SubnetId", subnet);
    let all = interfaces.iter().flat_map(|e| listed(e, "Ipv4Prefixes", "Ipv4Prefix"));
    all.filter_map(|p| p.parse().ok()).collect()
}

fn full(subnet: &str) -> AwsError {
    let message =
        format!("The specified subnet '{subnet}' does not have enough free cidr blocks to satisfy the request.");
    AwsError::new("InsufficientCidrBlocks", message)
}

fn outside(prefix: &str) -> AwsError {
    let message = format!("Prefix {prefix} does not fall within the subnet's address range, or is in use");
    AwsError::new("InvalidParameterValue", message)
}

fn free_v4(ctx: &Ctx, subnet: &Value, wanted: Option<&str>) -> Result<String, AwsError> {
    let id = text(subnet, "SubnetId");
    let block = cidr::v4(text(subnet, "CidrBlock"), "cidrBlock")?;
    let interfaces = NETWORK_INTERFACE.with(ctx, "SubnetId", id);
    let used: Vec<std::net::Ipv4Addr> = interfaces
        .iter()
        .flat_map(|e| listed(e, "PrivateIpAddresses", "PrivateIpAddress"))
        .filter_map(|a| a.parse().ok())
        .collect();
    let held = in_prefix(ctx, id);
    // AWS keeps the first four addresses and the last one for itself.
    let first = u32::from(block.network());
    let reserved = [first, first + 1, first + 2, first + 3, u32::from(block.broadcast())];
    let free = |p: &Ipv4Net| {
        !held.iter().any(|h| cidr::overlap(h, p))
            && !used.iter().any(|a| p.contains(a))
            && !reserved.iter().any(|a| p.contains(&std::net::Ipv4Addr::from(*a)))
    };
    match wanted {
        Some(prefix) => {
            let asked = prefix.parse::<Ipv4Net>().ok().filter(|p| p.prefix_len() == V4 && block.contains(p) && free(p));
            asked.map(|p| p.to_string()).ok_or_else(|| outside(prefix))
        }
        None => {
            let mut all = block.subnets(V4).map_err(|_| full(id))?;
            all.find(free).map(|p| p.to_string()).ok_or_else(|| full(id))
        }
    }
}

fn free_v6(ctx: &Ctx, subnet: &Value, wanted: Option<&str>) -> Result<String, AwsError> {
    let id = text(subnet, "SubnetId");
    let ranges = items(subnet, "Ipv6CidrBlockAssociationSet");
    let Some(block) = ranges.first().and_then(|a| text(a, "Ipv6CidrBlock").parse::<Ipv6Net>().ok()) else {
        let message = format!("The subnet '{id}' has no IPv6 CIDR block.");
        return Err(AwsError::new("InvalidParameterValue", message));
    };
    let interfaces = NETWORK_INTERFACE.with(ctx, "SubnetId", id);
    let used: Vec<std::net::Ipv6Addr> = interfaces
        .iter()
        .flat_map(|e| listed(e, "Ipv6Addresses", "Ipv6Address"))
        .filter_map(|a| a.parse().ok())
        .collect();
    let held: Vec<&str> = interfaces.iter().flat_map(|e| listed(e, "Ipv6Prefixes", "Ipv6Prefix")).collect();
    let free = |p: &Ipv6Net| !held.iter().any(|h| *h == p.to_string().as_str()) && !used.iter().any(|a| p.contains(a));
    match wanted {
        Some(prefix) => {
            let asked = prefix.parse::<Ipv6Net>().ok().filter(|p| p.prefix_len() == V6 && block.contains(p) && free(p));
            asked.map(|p| p.to_string()).ok_or_else(|| outside(prefix))
        }
        None => {
            let mut all = block.subnets(V6).map_err(|_| full(id))?;
            all.find(free).map(|p| p.to_string()).ok_or_else(|| full(id))
        }
    }
}

/// Gives an interface the prefixes that are wanted; those it got, IPv4 and IPv6.
///
/// # Errors
/// AWS's codes for prefixes that are not free or not of the subnet.
pub(crate) fn give(ctx: &mut Ctx, eni: &str, wanted: &Wanted) -> Result<(Vec<Value>, Vec<Value>), AwsError> {
    let (mut v4, mut v6) = (Vec::new(), Vec::new());
    let counted = |n: i64| (0..n).map(|_| None);
    let v4s: Vec<Option<&str>> = wanted.v4.iter().map(|p| Some(p.as_str())).chain(counted(wanted.v4_count)).collect();
    let v6s: Vec<Option<&str>> = wanted.v6.iter().map(|p| Some(p.as_str())).chain(counted(wanted.v6_count)).collect();
    for asked in v4s {
        let prefix = free_v4(ctx, &place(ctx, eni)?, asked)?;
        v4.push(add(ctx, eni, "Ipv4Prefixes", json!({"Ipv4Prefix": prefix})));
    }
    for asked in v6s {
        let prefix = free_v6(ctx, &place(ctx, eni)?, asked)?;
        v6.push(add(ctx, eni, "Ipv6Prefixes", json!({"Ipv6Prefix": prefix})));
    }
    Ok((v4, v6))
}

fn place(ctx: &Ctx, eni: &str) -> Result<Value, AwsError> {
    let eni = NETWORK_INTERFACE.get(ctx, eni)?;
    SUBNET.get(ctx, text(eni, "SubnetId")).cloned()
}

fn add(ctx: &mut Ctx, eni: &str, list: &'static str, prefix: Value) -> Value {
    let entry = prefix.clone();
    NETWORK_INTERFACE.update(ctx, eni, |e| match items_mut(e, list) {
        Some(all) => all.push(entry),
        None => set(e, list, json!([entry])),
    });
    prefix
}

/// Takes prefixes from an interface.
///
/// # Errors
/// AWS's code for one that it does not have.
pub(crate) fn take(ctx: &mut Ctx, eni: &str, list: &'static str, gone: &[&str]) -> Result<(), AwsError> {
    let member = list.trim_end_matches("es");
    let held = NETWORK_INTERFACE.get(ctx, eni)?.clone();
    for prefix in gone {
        if !items(&held, list).iter().any(|p| text(p, member) == *prefix) {
            let message = format!("Some of the specified prefixes are not assigned to interface {eni}");
            return Err(AwsError::new("InvalidParameterValue", message));
        }
    }
    NETWORK_INTERFACE.update(ctx, eni, |e| {
        if let Some(all) = items_mut(e, list) {
            all.retain(|p| !gone.contains(&text(p, member)));
        }
    });
    Ok(())
}

/// Makes the first IPv6 address of an interface the primary one, which it is from then on.
///
/// # Errors
/// AWS's code for an interface without IPv6 addresses.
pub(crate) fn make_primary(ctx: &mut Ctx, eni: &str) -> Result<(), AwsError> {
    if items(NETWORK_INTERFACE.get(ctx, eni)?, "Ipv6Addresses").is_empty() {
        let message = format!("Network interface {eni} has no IPv6 address that could be the primary one.");
        return Err(AwsError::new("InvalidParameterCombination", message));
    }
    NETWORK_INTERFACE.update(ctx, eni, |e| {
        if let Some(first) = items_mut(e, "Ipv6Addresses").and_then(|a| a.first_mut()) {
            set(first, "IsPrimaryIpv6", true);
        }
    });
    Ok(())
}
