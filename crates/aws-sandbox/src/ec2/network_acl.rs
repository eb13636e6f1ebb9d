//! Network ACLs.

use serde_json::{Value, json};

use super::cidr;
use super::kind::{Describe, NETWORK_ACL, VPC};
use super::tags;
use crate::context::Ctx;
use crate::document::{items, items_mut, public, set, set_some, text};
use crate::error::{Answer, AwsError};
use crate::input::Input;
use crate::sandbox::Operations;

pub(crate) const OPERATIONS: Operations = &[
    ("CreateNetworkAcl", create),
    ("DescribeNetworkAcls", describe),
    ("DeleteNetworkAcl", delete),
    ("CreateNetworkAclEntry", create_entry),
    ("ReplaceNetworkAclEntry", replace_entry),
    ("DeleteNetworkAclEntry", delete_entry),
    ("ReplaceNetworkAclAssociation", replace_association),
];

/// The rule at the end, which nobody can change: everything else is denied.
const LAST: i64 = 32767;
const LAST_IPV6: i64 = 32768;

fn entry(number: i64, egress: bool, action: &str, ipv6: bool) -> Value {
    let (member, all) = if ipv6 { ("Ipv6CidrBlock", "::/0") } else { ("CidrBlock", "0.0.0.0/0") };
    let mut e = json!({"Egress": egress, "Protocol": "-1", "RuleAction": action, "RuleNumber": number});
    set(&mut e, member, all);
    e
}

fn new_acl(ctx: &mut Ctx, vpc: &str, default: bool, ipv6: bool, tags: Value) -> Value {
    let mut entries = Vec::new();
    for egress in [true, false] {
        if default {
            entries.push(entry(100, egress, "allow", false));
            if ipv6 {
                entries.push(entry(101, egress, "allow", true));
            }
        }
        entries.push(entry(LAST, egress, "deny", false));
        if ipv6 {
            entries.push(entry(LAST_IPV6, egress, "deny", true));
        }
    }
    json!({
        "Associations": [], "Entries": entries, "IsDefault": default, "NetworkAclId": ctx.new_id("acl"),
        "Tags": tags, "VpcId": vpc, "OwnerId": ctx.account,
    })
}

/// Makes the default ACL of a new VPC.
pub(crate) fn create_default(ctx: &mut Ctx, vpc: &str, ipv6: bool) {
    let acl = new_acl(ctx, vpc, true, ipv6, json!([]));
    NETWORK_ACL.put(ctx, acl);
}

fn default_of(ctx: &Ctx, vpc: &str) -> Option<String> {
    NETWORK_ACL
        .all(ctx)
        .find(|a| text(a, "VpcId") == vpc && a["IsDefault"] == true)
        .map(|a| text(a, "NetworkAclId").to_owned())
}

fn add(ctx: &mut Ctx, acl: &str, subnet: &str) -> String {
    let id = ctx.new_id("aclassoc");
    NETWORK_ACL.update(ctx, acl, |a| {
        if let Some(list) = items_mut(a, "Associations") {
            list.push(json!({"NetworkAclAssociationId": id, "NetworkAclId": acl, "SubnetId": subnet}));
        }
    });
    id
}

/// A new subnet is under the default ACL of its VPC.
pub(crate) fn adopt_subnet(ctx: &mut Ctx, vpc: &str, subnet: &str) {
    if let Some(acl) = default_of(ctx, vpc) {
        add(ctx, &acl, subnet);
    }
}

/// Drops the association of a subnet that is deleted.
pub(crate) fn release_subnet(ctx: &mut Ctx, subnet: &str) {
    let acl = NETWORK_ACL
        .all(ctx)
        .find(|a| items(a, "Associations").iter().any(|s| text(s, "SubnetId") == subnet))
        .map(|a| text(a, "NetworkAclId").to_owned());
    if let Some(id) = acl {
        NETWORK_ACL.update(ctx, &id, |a| {
            if let Some(list) = items_mut(a, "Associations") {
                list.retain(|s| text(s, "SubnetId") != subnet);
            }
        });
    }
}

fn create(ctx: &mut Ctx, input: &Input) -> Answer {
    input.accept(&["ClientToken"]);
    let vpc = input.str("VpcId")?;
    let ipv6 = !items(VPC.get(ctx, vpc)?, "Ipv6CidrBlockAssociationSet").is_empty();
    let tags = tags::on_create(input, NETWORK_ACL.table)?;
    if NETWORK_ACL.with(ctx, "VpcId", vpc).len() >= ctx.quotas.network_acls_per_vpc {
        return Err(AwsError::new(
            "NetworkAclLimitExceeded",
            format!("The maximum number of network acls ({}) has been reached.", ctx.quotas.network_acls_per_vpc),
        ));
    }
    let acl = new_acl(ctx, vpc, false, ipv6, tags);
    NETWORK_ACL.put(ctx, acl.clone());
    Ok(json!({"NetworkAcl": public(&acl)}))
}

fn describe(ctx: &mut Ctx, input: &Input) -> Answer {
    let shape = Describe {
        ids: "NetworkAclIds",
        filter_member: "Filters",
        list: "NetworkAcls",
        filters: &[
            ("association.association-id", "Associations.NetworkAclAssociationId"),
            ("association.network-acl-id", "Associations.NetworkAclId"),
            ("association.subnet-id", "Associations.SubnetId"),
            ("default", "IsDefault"),
            ("entry.cidr", "Entries.CidrBlock"),
            ("entry.ipv6-cidr", "Entries.Ipv6CidrBlock"),
            ("entry.egress", "Entries.Egress"),
            ("entry.protocol", "Entries.Protocol"),
            ("entry.rule-action", "Entries.RuleAction"),
            ("entry.rule-number", "Entries.RuleNumber"),
            ("network-acl-id", "NetworkAclId"),
            ("owner-id", "OwnerId"),
            ("vpc-id", "VpcId"),
        ],
    };
    NETWORK_ACL.describe(ctx, input, &shape, |_, a| a.clone())
}

fn delete(ctx: &mut Ctx, input: &Input) -> Answer {
    let id = input.str("NetworkAclId")?;
    let acl = NETWORK_ACL.get(ctx, id)?;
    if acl["IsDefault"] == true {
        return Err(input.invalid(format!("cannot delete default network ACL {id}")));
    }
    if !items(acl, "Associations").is_empty() {
        return Err(NETWORK_ACL.in_use(id));
    }
    NETWORK_ACL.forget(ctx, id);
    Ok(json!({}))
}

/// AWS keeps the protocols it has names for by number. Source: "Network ACL rules", protocol numbers (IANA).
fn protocol(given: &str) -> Result<String, AwsError> {
    let number = match given {
        "all" | "-1" => "-1",
        "tcp" => "6",
        "udp" => "17",
        "icmp" => "1",
        "icmpv6" | "ipv6-icmp" => "58",
        n if n.parse::<u8>().is_ok() => n,
        other => {
            return Err(AwsError::new("InvalidParameterValue", format!("Invalid value '{other}' for protocol.")));
        }
    };
    Ok(number.to_owned())
}

fn read_entry(input: &Input) -> Result<Value, AwsError> {
    let number = input.int("RuleNumber")?;
    if !(1..=32766).contains(&number) {
        return Err(input.invalid(format!("Invalid value '{number}' for ruleNumber. Must be between 1 and 32766.")));
    }
    let protocol = protocol(input.str("Protocol")?)?;
    let action = input.str("RuleAction")?;
    if !matches!(action, "allow" | "deny") {
        return Err(input.invalid(format!("Value ({action}) for parameter ruleAction is invalid.")));
    }
    let egress = input.opt_bool("Egress")?.ok_or_else(|| input.missing("egress"))?;
    let mut e = json!({"Egress": egress, "Protocol": protocol, "RuleAction": action, "RuleNumber": number});
    match (input.filled("CidrBlock")?, input.filled("Ipv6CidrBlock")?) {
        (Some(c), None) => set(&mut e, "CidrBlock", cidr::v4(c, "cidrBlock")?.to_string()),
        (None, Some(c)) => set(&mut e, "Ipv6CidrBlock", cidr::v6(c, "ipv6CidrBlock")?.to_string()),
        _ => return Err(input.missing("cidrBlock")),
    }
    if let Some(range) = input.opt_structure("PortRange") {
        let (from, to) = (range.int("From")?, range.int("To")?);
        if matches!(protocol.as_str(), "6" | "17") {
            if from > to || !(0..=65535).contains(&from) || to > 65535 {
                return Err(input.invalid(format!("Invalid port range {from}-{to}.")));
            }
            set(&mut e, "PortRange", json!({"From": from, "To": to}));
        }
    } else if matches!(protocol.as_str(), "6" | "17") {
        return Err(input.missing("portRange"));
    }
    if let Some(icmp) = input.opt_structure("IcmpTypeCode") {
        let (code, kind) = (icmp.opt_int("Code")?.unwrap_or(0), icmp.opt_int("Type")?.unwrap_or(0));
        if matches!(protocol.as_str(), "1" | "58") {
            set(&mut e, "IcmpTypeCode", json!({"Code": code, "Type": kind}));
        }
    }
    Ok(e)
}

fn same(e: &Value, number: i64, egress: bool) -> bool {
    e["RuleNumber"].as_i64() == Some(number) && e["Egress"] == egress
}

fn create_entry(ctx: &mut Ctx, input: &Input) -> Answer {
    let id = input.str("NetworkAclId")?;
    let acl = NETWORK_ACL.get(ctx, id)?.clone();
    let e = read_entry(input)?;
    let (number, egress) = (e["RuleNumber"].as_i64().unwrap_or(0), e["Egress"] == true);
    if items(&acl, "Entries").iter().any(|old| same(old, number, egress)) {
        return Err(AwsError::new(
            "NetworkAclEntryAlreadyExists",
            format!("The network acl entry identified by {number} already exists."),
        ));
    }
    let made = items(&acl, "Entries")
        .iter()
        .filter(|e| (e["Egress"] == true) == egress && e["RuleNumber"].as_i64() < Some(LAST));
    if made.count() >= ctx.quotas.rules_per_network_acl {
        return Err(AwsError::new(
            "NetworkAclEntryLimitExceeded",
            format!(
                "The maximum number of network acl entries ({}) has been reached.",
                ctx.quotas.rules_per_network_acl
            ),
        ));
    }
    NETWORK_ACL.update(ctx, id, |a| {
        if let Some(list) = items_mut(a, "Entries") {
            list.push(e);
            list.sort_by_key(|e| (e["Egress"] != true, e["RuleNumber"].as_i64()));
        }
    });
    Ok(json!({}))
}

fn no_entry(id: &str, number: i64) -> AwsError {
    AwsError::new(
        "InvalidNetworkAclEntry.NotFound",
        format!("The network acl entry identified by {number} in network ACL {id} does not exist"),
    )
}

fn replace_entry(ctx: &mut Ctx, input: &Input) -> Answer {
    let id = input.str("NetworkAclId")?;
    let mut acl = NETWORK_ACL.get(ctx, id)?.clone();
    let e = read_entry(input)?;
    let (number, egress) = (e["RuleNumber"].as_i64().unwrap_or(0), e["Egress"] == true);
    let slot = items_mut(&mut acl, "Entries").and_then(|l| l.iter_mut().find(|old| same(old, number, egress)));
    match slot {
        Some(old) => *old = e,
        None => return Err(no_entry(id, number)),
    }
    NETWORK_ACL.put(ctx, acl);
    Ok(json!({}))
}

fn delete_entry(ctx: &mut Ctx, input: &Input) -> Answer {
    let id = input.str("NetworkAclId")?;
    let mut acl = NETWORK_ACL.get(ctx, id)?.clone();
    let number = input.int("RuleNumber")?;
    let egress = input.opt_bool("Egress")?.ok_or_else(|| input.missing("egress"))?;
    if number >= LAST {
        return Err(input.invalid(format!("Invalid value '{number}' for ruleNumber. Must be between 1 and 32766.")));
    }
    if let Some(list) = items_mut(&mut acl, "Entries") {
        let before = list.len();
        list.retain(|e| !same(e, number, egress));
        if list.len() == before {
            return Err(no_entry(id, number));
        }
    }
    NETWORK_ACL.put(ctx, acl);
    Ok(json!({}))
}

fn replace_association(ctx: &mut Ctx, input: &Input) -> Answer {
    let (id, to) = (input.str("AssociationId")?, input.str("NetworkAclId")?);
    let found = NETWORK_ACL.all(ctx).find_map(|a| {
        let s = items(a, "Associations").iter().find(|s| text(s, "NetworkAclAssociationId") == id)?;
        Some((text(a, "VpcId").to_owned(), text(s, "SubnetId").to_owned()))
    });
    let Some((vpc, subnet)) = found else {
        return Err(AwsError::new(
            "InvalidAssociationID.NotFound",
            format!("The association ID '{id}' does not exist"),
        ));
    };
    if text(NETWORK_ACL.get(ctx, to)?, "VpcId") != vpc {
        return Err(input.invalid(format!("Network ACL {to} and subnet {subnet} belong to different networks")));
    }
    release_subnet(ctx, &subnet);
    let new = add(ctx, to, &subnet);
    let mut out = json!({});
    set_some(&mut out, "NewAssociationId", Some(new));
    Ok(out)
}
