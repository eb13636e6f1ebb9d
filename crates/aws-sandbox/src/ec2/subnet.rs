//! Subnets.

use std::collections::HashMap;
use std::net::Ipv4Addr;

use ipnet::{Ipv4Net, Ipv6Net};
use serde_json::{Value, json};

use super::kind::{Describe, NETWORK_INTERFACE, SUBNET, VPC};
use super::{cidr, network_acl, network_interface, network_prefix, route_table, tags, vpc, zones};
use crate::context::Ctx;
use crate::document::{items, items_mut, public, set, text};
use crate::error::{Answer, AwsError};
use crate::input::Input;
use crate::sandbox::Operations;

pub(crate) const OPERATIONS: Operations = &[
    ("CreateSubnet", create),
    ("DescribeSubnets", describe),
    ("DeleteSubnet", delete),
    ("ModifySubnetAttribute", modify_attribute),
    ("AssociateSubnetCidrBlock", associate_cidr),
    ("DisassociateSubnetCidrBlock", disassociate_cidr),
];

fn ipv6_association(ctx: &mut Ctx, vpc: &Value, given: &str) -> Result<Value, AwsError> {
    let block = cidr::v6(given, "ipv6CidrBlock")?;
    let inside = items(vpc, "Ipv6CidrBlockAssociationSet")
        .iter()
        .filter_map(|a| text(a, "Ipv6CidrBlock").parse::<Ipv6Net>().ok())
        .any(|n| n.contains(&block));
    if !inside || block.prefix_len() != 64 {
        return Err(AwsError::new("InvalidSubnet.Range", format!("The CIDR '{block}' is invalid.")));
    }
    let taken = SUBNET
        .with(ctx, "VpcId", text(vpc, "VpcId"))
        .iter()
        .flat_map(|s| items(s, "Ipv6CidrBlockAssociationSet"))
        .any(|a| text(a, "Ipv6CidrBlock") == block.to_string());
    if taken {
        return Err(conflict(&block));
    }
    Ok(json!({
        "AssociationId": ctx.new_id("subnet-cidr-assoc"),
        "Ipv6CidrBlock": block.to_string(),
        "Ipv6CidrBlockState": {"State": "associated"},
        "Ipv6AddressAttribute": "public",
        "IpSource": "amazon",
    }))
}

fn conflict(block: &impl std::fmt::Display) -> AwsError {
    AwsError::new("InvalidSubnet.Conflict", format!("The CIDR '{block}' conflicts with another subnet"))
}

fn ipv4_block(vpc: &Value, given: &str) -> Result<Ipv4Net, AwsError> {
    let block = cidr::v4(given, "cidrBlock")?;
    let inside = vpc::blocks(vpc).iter().any(|b| b.contains(&block));
    if !inside || !(16..=28).contains(&block.prefix_len()) {
        return Err(AwsError::new("InvalidSubnet.Range", format!("The CIDR '{block}' is invalid.")));
    }
    Ok(block)
}

fn create(ctx: &mut Ctx, input: &Input) -> Answer {
    input.refuse(&["OutpostArn", "Ipv4IpamPoolId", "Ipv4NetmaskLength", "Ipv6IpamPoolId", "Ipv6NetmaskLength"])?;
    let native = input.flag("Ipv6Native")?;
    let vpc_id = input.str("VpcId")?;
    let vpc = VPC.get(ctx, vpc_id)?.clone();
    let block = match (native, input.filled("CidrBlock")?) {
        (true, None) => None,
        (true, Some(_)) => {
            return Err(AwsError::new(
                "InvalidParameterCombination",
                "You cannot specify an IPv4 CIDR block for an IPv6-only subnet.",
            ));
        }
        (false, given) => Some(ipv4_block(&vpc, given.ok_or_else(|| input.missing("cidrBlock"))?)?),
    };
    let zone = zones::zone(&ctx.region, input.filled("AvailabilityZone")?, input.filled("AvailabilityZoneId")?)?;
    let tags = tags::on_create(input, SUBNET.table)?;
    let siblings = SUBNET.with(ctx, "VpcId", vpc_id);
    if siblings.len() >= ctx.quotas.subnets_per_vpc {
        return Err(AwsError::new(
            "SubnetLimitExceeded",
            format!("The maximum number of subnets ({}) has been reached.", ctx.quotas.subnets_per_vpc),
        ));
    }
    let overlaps = |block: &Ipv4Net| {
        siblings.iter().any(|s| text(s, "CidrBlock").parse::<Ipv4Net>().is_ok_and(|s| cidr::overlap(&s, block)))
    };
    if let Some(block) = block.filter(overlaps) {
        return Err(conflict(&block));
    }
    // Without a zone AWS picks one; here it is the one with the fewest subnets of the VPC.
    let zone = match zone {
        Some(z) => z,
        None => zones::zones(&ctx.region)
            .into_iter()
            .min_by_key(|(name, _)| siblings.iter().filter(|s| text(s, "AvailabilityZone") == name).count())
            .ok_or_else(|| AwsError::not_implemented(format!("the region {}", ctx.region)))?,
    };
    let ipv6 = match input.filled("Ipv6CidrBlock")? {
        None if native => return Err(input.missing("ipv6CidrBlock")),
        None => json!([]),
        Some(given) => json!([ipv6_association(ctx, &vpc, given)?]),
    };
    let id = ctx.new_id("subnet");
    // Where there is no IPv4 instances are named after their ids, and get an address of the only kind there is.
    let mut subnet = json!({
        "AvailabilityZone": zone.0,
        "AvailabilityZoneId": zone.1,
        "DefaultForAz": false,
        "MapPublicIpOnLaunch": false,
        "MapCustomerOwnedIpOnLaunch": false,
        "State": "available",
        "SubnetId": id,
        "VpcId": vpc_id,
        "OwnerId": ctx.account,
        "AssignIpv6AddressOnCreation": native,
        "Ipv6CidrBlockAssociationSet": ipv6,
        "Tags": tags,
        "SubnetArn": ctx.arn("ec2", &format!("subnet/{id}")),
        "EnableDns64": false,
        "Ipv6Native": native,
        "PrivateDnsNameOptionsOnLaunch": {
            "HostnameType": if native { "resource-name" } else { "ip-name" },
            "EnableResourceNameDnsARecord": false,
            "EnableResourceNameDnsAAAARecord": false,
        },
    });
    if let Some(block) = &block {
        set(&mut subnet, "CidrBlock", block.to_string());
    }
    SUBNET.put(ctx, subnet.clone());
    network_acl::adopt_subnet(ctx, vpc_id, &id);
    let mut answer = public(&subnet);
    set(&mut answer, "AvailableIpAddressCount", block.map_or(0, |b| cidr::usable_count(&b)));
    Ok(json!({"Subnet": answer}))
}

/// How many addresses are taken, by subnet.
fn taken(ctx: &Ctx) -> HashMap<String, i64> {
    let mut map = HashMap::new();
    for eni in NETWORK_INTERFACE.all(ctx) {
        // An IPv4 prefix takes sixteen addresses.
        let n = items(eni, "PrivateIpAddresses").len() + 16 * items(eni, "Ipv4Prefixes").len();
        let n = i64::try_from(n).unwrap_or(0);
        *map.entry(text(eni, "SubnetId").to_owned()).or_insert(0) += n;
    }
    map
}

fn describe(ctx: &mut Ctx, input: &Input) -> Answer {
    let shape = Describe {
        ids: "SubnetIds",
        filter_member: "Filters",
        list: "Subnets",
        filters: &[
            ("availability-zone", "AvailabilityZone"),
            ("availabilityZone", "AvailabilityZone"),
            ("availability-zone-id", "AvailabilityZoneId"),
            ("availabilityZoneId", "AvailabilityZoneId"),
            ("available-ip-address-count", "AvailableIpAddressCount"),
            ("cidr", "CidrBlock"),
            ("cidr-block", "CidrBlock"),
            ("cidrBlock", "CidrBlock"),
            ("default-for-az", "DefaultForAz"),
            ("defaultForAz", "DefaultForAz"),
            ("enable-dns64", "EnableDns64"),
            ("ipv6-cidr-block-association.association-id", "Ipv6CidrBlockAssociationSet.AssociationId"),
            ("ipv6-cidr-block-association.ipv6-cidr-block", "Ipv6CidrBlockAssociationSet.Ipv6CidrBlock"),
            ("ipv6-cidr-block-association.state", "Ipv6CidrBlockAssociationSet.Ipv6CidrBlockState.State"),
            ("ipv6-native", "Ipv6Native"),
            ("map-public-ip-on-launch", "MapPublicIpOnLaunch"),
            ("owner-id", "OwnerId"),
            ("state", "State"),
            ("subnet-arn", "SubnetArn"),
            ("subnet-id", "SubnetId"),
            ("vpc-id", "VpcId"),
        ],
    };
    let taken = taken(ctx);
    SUBNET.describe(ctx, input, &shape, |_, subnet| {
        let mut doc = subnet.clone();
        let all = text(subnet, "CidrBlock").parse().map_or(0, |b| cidr::usable_count(&b));
        set(&mut doc, "AvailableIpAddressCount", all - taken.get(text(subnet, "SubnetId")).copied().unwrap_or(0));
        doc
    })
}

/// A free address of the subnet: the lowest, or the one asked for.
///
/// # Errors
/// AWS's codes for a full subnet, an address outside of it or in use.
pub(crate) fn take_address(ctx: &Ctx, subnet: &Value, wanted: Option<&str>) -> Result<Ipv4Addr, AwsError> {
    let id = text(subnet, "SubnetId");
    if subnet["Ipv6Native"] == true {
        return Err(AwsError::not_implemented("interfaces in subnets with IPv6 only (Ipv6Native)"));
    }
    let block = cidr::v4(text(subnet, "CidrBlock"), "cidrBlock")?;
    let prefixes = network_prefix::of_subnet(ctx, id);
    let used: std::collections::HashSet<Ipv4Addr> = NETWORK_INTERFACE
        .with(ctx, "SubnetId", id)
        .iter()
        .flat_map(|e| items(e, "PrivateIpAddresses"))
        .filter_map(|p| text(p, "PrivateIpAddress").parse().ok())
        .collect();
    if let Some(wanted) = wanted {
        let address: Option<Ipv4Addr> = wanted.parse().ok();
        let free = address.filter(|a| cidr::usable(&block).any(|u| u == *a)).ok_or_else(|| {
            AwsError::new(
                "InvalidParameterValue",
                format!("Address {wanted} does not fall within the subnet's address range"),
            )
        })?;
        if used.contains(&free) || prefixes.iter().any(|p| p.contains(&free)) {
            return Err(AwsError::new("InvalidIPAddress.InUse", format!("Address {wanted} is in use.")));
        }
        return Ok(free);
    }
    let free = |a: &Ipv4Addr| !used.contains(a) && !prefixes.iter().any(|p| p.contains(a));
    cidr::usable(&block).find(free).ok_or_else(|| {
        AwsError::new(
            "InsufficientFreeAddressesInSubnet",
            format!("The specified subnet '{id}' does not have enough free addresses to satisfy the request."),
        )
    })
}

/// A free IPv6 address of the subnet: one at random, as AWS takes them, or the one asked for.
///
/// # Errors
/// AWS's codes for a subnet without IPv6, an address outside of it or in use.
pub(crate) fn take_ipv6(ctx: &mut Ctx, subnet: &Value, wanted: Option<&str>) -> Result<String, AwsError> {
    let ranges = items(subnet, "Ipv6CidrBlockAssociationSet");
    let Some(block) = ranges.first().and_then(|a| text(a, "Ipv6CidrBlock").parse::<Ipv6Net>().ok()) else {
        return Err(AwsError::new(
            "InvalidParameterValue",
            format!("The subnet '{}' has no IPv6 CIDR block.", text(subnet, "SubnetId")),
        ));
    };
    let used: std::collections::HashSet<String> = NETWORK_INTERFACE
        .with(ctx, "SubnetId", text(subnet, "SubnetId"))
        .iter()
        .flat_map(|e| items(e, "Ipv6Addresses"))
        .map(|a| text(a, "Ipv6Address").to_owned())
        .collect();
    if let Some(wanted) = wanted {
        let address = wanted.parse::<std::net::Ipv6Addr>().ok().filter(|a| block.contains(a)).ok_or_else(|| {
            AwsError::new(
                "InvalidParameterValue",
                format!("Address {wanted} does not fall within the subnet's address range"),
            )
        })?;
        if used.contains(&address.to_string()) {
            return Err(AwsError::new("InvalidIPAddress.InUse", format!("Address {wanted} is in use.")));
        }
        return Ok(address.to_string());
    }
    loop {
        let bytes = ctx.new_bytes("ipv6");
        let low = bytes.iter().take(8).fold(0u128, |all, b| all << 8 | u128::from(*b));
        let address = std::net::Ipv6Addr::from(u128::from(block.network()) | low).to_string();
        if !used.contains(&address) {
            return Ok(address);
        }
    }
}

fn delete(ctx: &mut Ctx, input: &Input) -> Answer {
    let id = input.str("SubnetId")?;
    SUBNET.get(ctx, id)?;
    if NETWORK_INTERFACE.all(ctx).any(|e| text(e, "SubnetId") == id) {
        return Err(SUBNET.in_use(id));
    }
    route_table::release_subnet(ctx, id);
    network_acl::release_subnet(ctx, id);
    SUBNET.forget(ctx, id);
    Ok(json!({}))
}

fn modify_attribute(ctx: &mut Ctx, input: &Input) -> Answer {
    let id = input.str("SubnetId")?;
    input.refuse(&["CustomerOwnedIpv4Pool", "EnableLniAtDeviceIndex", "DisableLniAtDeviceIndex"])?;
    let mut subnet = SUBNET.get(ctx, id)?.clone();
    let mut changes = 0;
    for name in ["AssignIpv6AddressOnCreation", "MapPublicIpOnLaunch", "EnableDns64"] {
        if let Some(on) = input.attribute_bool(name)? {
            if name == "AssignIpv6AddressOnCreation" && on && items(&subnet, "Ipv6CidrBlockAssociationSet").is_empty() {
                return Err(input.invalid(format!("Invalid value 'true' for assignIpv6AddressOnCreation. Subnet {id} does not have any IPv6 CIDR blocks associated.")));
            }
            set(&mut subnet, name, on);
            changes += 1;
        }
    }
    if let Some(on) = input.attribute_bool("MapCustomerOwnedIpOnLaunch")? {
        if on {
            return Err(AwsError::not_implemented("customer-owned addresses (MapCustomerOwnedIpOnLaunch)"));
        }
        changes += 1;
    }
    let native = subnet["Ipv6Native"] == true;
    let options = &mut subnet["PrivateDnsNameOptionsOnLaunch"];
    match input.filled("PrivateDnsHostnameTypeOnLaunch")? {
        None => {}
        Some("ip-name") if native => {
            let message = format!("Subnet {id} has IPv6 only, where names are those of resources (resource-name).");
            return Err(input.invalid(message));
        }
        Some(t @ ("ip-name" | "resource-name")) => {
            set(options, "HostnameType", t);
            changes += 1;
        }
        Some(t) => return Err(input.invalid(format!("Value ({t}) for parameter privateDnsHostnameType is invalid."))),
    }
    for (member, name) in [
        ("EnableResourceNameDnsARecordOnLaunch", "EnableResourceNameDnsARecord"),
        ("EnableResourceNameDnsAAAARecordOnLaunch", "EnableResourceNameDnsAAAARecord"),
    ] {
        if let Some(on) = input.attribute_bool(member)? {
            set(options, name, on);
            changes += 1;
        }
    }
    if changes != 1 {
        let message = "Exactly one attribute can be modified at a time.";
        return Err(AwsError::new("InvalidParameterCombination", message));
    }
    SUBNET.put(ctx, subnet);
    Ok(json!({}))
}

fn associate_cidr(ctx: &mut Ctx, input: &Input) -> Answer {
    input.refuse(&["Ipv6IpamPoolId", "Ipv6NetmaskLength"])?;
    let id = input.str("SubnetId")?;
    let mut subnet = SUBNET.get(ctx, id)?.clone();
    let vpc = VPC.get(ctx, text(&subnet, "VpcId"))?.clone();
    let association = ipv6_association(ctx, &vpc, input.str("Ipv6CidrBlock")?)?;
    if let Some(list) = items_mut(&mut subnet, "Ipv6CidrBlockAssociationSet") {
        list.push(association.clone());
    }
    SUBNET.put(ctx, subnet);
    Ok(json!({"SubnetId": id, "Ipv6CidrBlockAssociation": association}))
}

fn disassociate_cidr(ctx: &mut Ctx, input: &Input) -> Answer {
    let id = input.str("AssociationId")?;
    let found = SUBNET
        .all(ctx)
        .find(|s| items(s, "Ipv6CidrBlockAssociationSet").iter().any(|a| text(a, "AssociationId") == id))
        .cloned();
    let Some(mut subnet) = found else {
        return Err(AwsError::new(
            "InvalidSubnetCidrBlockAssociationID.NotFound",
            format!("The subnet CIDR block association ID '{id}' does not exist"),
        ));
    };
    let subnet_id = text(&subnet, "SubnetId").to_owned();
    if network_interface::has_ipv6(ctx, &subnet_id) {
        return Err(AwsError::new(
            "InvalidCidrBlock.InUse",
            format!("The subnet CIDR block with association ID {id} is in use"),
        ));
    }
    let mut gone = json!(null);
    if let Some(list) = items_mut(&mut subnet, "Ipv6CidrBlockAssociationSet")
        && let Some(at) = list.iter().position(|a| text(a, "AssociationId") == id)
    {
        gone = list.remove(at);
    }
    SUBNET.put(ctx, subnet);
    gone["Ipv6CidrBlockState"] = json!({"State": "disassociating"});
    Ok(json!({"SubnetId": subnet_id, "Ipv6CidrBlockAssociation": gone}))
}
