//! The two views of security group rules: `IpPermissions`, and one rule with an id each.

use serde_json::{Map, Value, json};

use super::kind::{PREFIX_LIST, SECURITY_GROUP};
use super::{cidr, prefix_list};
use crate::context::Ctx;
use crate::document::{set, set_some, text};
use crate::error::AwsError;
use crate::input::Input;

/// What makes one rule the same as another: all but its description, tags and id.
pub(crate) fn identity(rule: &Value) -> String {
    let source = ["CidrIpv4", "CidrIpv6", "PrefixListId"].iter().map(|m| text(rule, m)).find(|s| !s.is_empty());
    let source = source.unwrap_or_else(|| text(&rule["ReferencedGroupInfo"], "GroupId"));
    format!("{}|{}|{}|{}|{source}", rule["IsEgress"], text(rule, "IpProtocol"), rule["FromPort"], rule["ToPort"])
}

/// Names AWS keeps in place of numbers. Source: `IpPermission` in the EC2 API reference.
fn protocol(given: &str) -> Result<String, AwsError> {
    Ok(match given.to_ascii_lowercase().as_str() {
        "-1" | "all" => "-1".to_owned(),
        "6" | "tcp" => "tcp".to_owned(),
        "17" | "udp" => "udp".to_owned(),
        "1" | "icmp" => "icmp".to_owned(),
        "58" | "icmpv6" => "icmpv6".to_owned(),
        n if n.parse::<u8>().is_ok() => n.to_owned(),
        _ => {
            return Err(AwsError::new(
                "InvalidParameterValue",
                format!("Invalid value '{given}' for IP protocol. Unknown protocol."),
            ));
        }
    })
}

fn description(text: Option<&str>) -> Result<Option<&str>, AwsError> {
    // Source: `Description` of IpRange in the EC2 API reference.
    let allowed = |c: char| c.is_ascii_alphanumeric() || " ._-:/()#,@[]+=&;{}!$*".contains(c);
    match text {
        Some(d) if d.chars().count() > 255 || !d.chars().all(allowed) => Err(AwsError::new(
            "InvalidParameterValue",
            format!(
                "Invalid rule description '{d}'. Valid descriptions are strings less than 256 characters from the following set: a-zA-Z0-9. _-:/()#,@[]+=&;{{}}!$*"
            ),
        )),
        other => Ok(other.filter(|d| !d.is_empty())),
    }
}

/// Protocol and ports as AWS keeps them: `(protocol, from, to)`, both -1 for protocols without ports.
pub(crate) fn ports(given: &str, from: Option<i64>, to: Option<i64>) -> Result<(String, i64, i64), AwsError> {
    let protocol = protocol(given)?;
    let bad = |message: String| Err(AwsError::new("InvalidParameterValue", message));
    match protocol.as_str() {
        "tcp" | "udp" => {
            let (Some(from), Some(to)) = (from, to) else {
                return Err(AwsError::new(
                    "MissingParameter",
                    "The request must contain the parameters fromPort and toPort for TCP and UDP.",
                ));
            };
            if !(0..=65535).contains(&from) || !(0..=65535).contains(&to) {
                return bad(format!(
                    "Invalid value 'Must specify both from and to ports with TCP/UDP, between 0 and 65535 ({from}-{to}).' for portRange."
                ));
            }
            if from > to {
                return bad(format!("Invalid TCP/UDP port range ({from}:{to})"));
            }
            Ok((protocol, from, to))
        }
        "icmp" | "icmpv6" => Ok((protocol, from.unwrap_or(-1), to.unwrap_or(-1))),
        _ => Ok((protocol, -1, -1)),
    }
}

struct Reader<'a> {
    group: &'a Value,
    egress: bool,
}

impl Reader<'_> {
    fn rule(&self, base: &(String, i64, i64), source: (&str, Value), about: Option<&str>) -> Value {
        let mut rule = json!({
            "GroupId": self.group["GroupId"],
            "GroupOwnerId": self.group["OwnerId"],
            "IsEgress": self.egress,
            "IpProtocol": base.0,
            "FromPort": base.1,
            "ToPort": base.2,
        });
        set(&mut rule, source.0, source.1);
        set_some(&mut rule, "Description", about);
        rule
    }

    fn pair(&self, ctx: &Ctx, p: &Input) -> Result<Value, AwsError> {
        p.refuse(&["VpcPeeringConnectionId", "PeeringStatus"])?;
        let user = p.filled("UserId")?.unwrap_or(&ctx.account).to_owned();
        p.accept(&["VpcId"]);
        let vpc = text(self.group, "VpcId");
        let id = match (p.filled("GroupId")?, p.filled("GroupName")?) {
            (Some(id), _) => {
                let other = SECURITY_GROUP.get(ctx, id)?;
                if text(other, "VpcId") != vpc {
                    return Err(AwsError::new(
                        "InvalidGroup.NotFound",
                        format!("You have specified two resources that belong to different networks. ({id})"),
                    ));
                }
                id.to_owned()
            }
            (None, Some(name)) => SECURITY_GROUP
                .all(ctx)
                .find(|g| text(g, "VpcId") == vpc && text(g, "GroupName") == name)
                .map(|g| text(g, "GroupId").to_owned())
                .ok_or_else(|| {
                    AwsError::new("InvalidGroup.NotFound", format!("The security group '{name}' does not exist"))
                })?,
            (None, None) => return Err(p.missing("GroupId")),
        };
        Ok(json!({"GroupId": id, "UserId": user}))
    }

    fn permission(&self, ctx: &Ctx, p: &Input, out: &mut Vec<Value>) -> Result<(), AwsError> {
        let base = ports(p.str("IpProtocol")?, p.opt_int("FromPort")?, p.opt_int("ToPort")?)?;
        let before = out.len();
        for r in p.structures("IpRanges")? {
            let block = strict_v4(r.str("CidrIp")?)?;
            out.push(self.rule(&base, ("CidrIpv4", block.into()), description(r.opt_str("Description")?)?));
        }
        for r in p.structures("Ipv6Ranges")? {
            let block = cidr::v6(r.str("CidrIpv6")?, "CidrIpv6")?.to_string();
            out.push(self.rule(&base, ("CidrIpv6", block.into()), description(r.opt_str("Description")?)?));
        }
        for r in p.structures("PrefixListIds")? {
            let id = r.str("PrefixListId")?;
            check_prefix_list(ctx, id)?;
            out.push(self.rule(&base, ("PrefixListId", id.into()), description(r.opt_str("Description")?)?));
        }
        for r in p.structures("UserIdGroupPairs")? {
            let about = description(r.opt_str("Description")?)?;
            out.push(self.rule(&base, ("ReferencedGroupInfo", self.pair(ctx, &r)?), about));
        }
        if out.len() == before {
            return Err(AwsError::new(
                "MissingParameter",
                "The request must contain at least one source or destination in each of its IpPermissions.",
            ));
        }
        Ok(())
    }
}

/// Security groups refuse a block with host bits set, where VPCs and subnets clear them.
pub(crate) fn strict_v4(given: &str) -> Result<String, AwsError> {
    match given.parse::<ipnet::Ipv4Net>() {
        Ok(net) if net.trunc() == net => Ok(net.to_string()),
        _ => Err(AwsError::new("InvalidParameterValue", format!("CIDR block {given} is malformed"))),
    }
}

/// Checks that a prefix list is there, AWS's own or somebody's.
pub(crate) fn check_prefix_list(ctx: &Ctx, id: &str) -> Result<(), AwsError> {
    if prefix_list::is_aws(ctx, id) { Ok(()) } else { PREFIX_LIST.get(ctx, id).map(|_| ()) }
}

/// The rules a request names, in either of the two ways: `IpPermissions`, or one rule by `IpProtocol` and others.
/// They have no ids yet.
pub(crate) fn read(ctx: &Ctx, input: &Input, group: &Value, egress: bool) -> Result<Vec<Value>, AwsError> {
    input.refuse(&["SourceSecurityGroupOwnerId"])?;
    let reader = Reader { group, egress };
    let mut out = Vec::new();
    for p in input.structures("IpPermissions")? {
        reader.permission(ctx, &p, &mut out)?;
    }
    if let Some(name) = input.filled("IpProtocol")? {
        let base = ports(name, input.opt_int("FromPort")?, input.opt_int("ToPort")?)?;
        match (input.filled("CidrIp")?, input.filled("SourceSecurityGroupName")?) {
            (Some(block), None) => out.push(reader.rule(&base, ("CidrIpv4", strict_v4(block)?.into()), None)),
            (None, Some(_)) => return Err(AwsError::not_implemented("the parameter SourceSecurityGroupName")),
            _ => return Err(input.missing("CidrIp")),
        }
    }
    let mut seen = std::collections::HashSet::new();
    for rule in &out {
        if !seen.insert(identity(rule)) {
            return Err(AwsError::new("InvalidParameterValue", "The same permission must not appear multiple times"));
        }
    }
    Ok(out)
}

/// The `IpPermissions` view of rules of one direction: one entry per protocol and ports, in the order of the rules.
pub(crate) fn view(rules: &[&Value]) -> Value {
    let mut groups: Vec<(String, Map<String, Value>)> = Vec::new();
    let mut places: std::collections::HashMap<String, usize> = std::collections::HashMap::new();
    for rule in rules {
        let key = format!("{}|{}|{}", text(rule, "IpProtocol"), rule["FromPort"], rule["ToPort"]);
        let at = *places.entry(key.clone()).or_insert_with(|| {
            let mut p = Map::new();
            p.insert("IpProtocol".into(), rule["IpProtocol"].clone());
            if text(rule, "IpProtocol") != "-1" {
                p.insert("FromPort".into(), rule["FromPort"].clone());
                p.insert("ToPort".into(), rule["ToPort"].clone());
            }
            for list in ["UserIdGroupPairs", "IpRanges", "Ipv6Ranges", "PrefixListIds"] {
                p.insert(list.into(), json!([]));
            }
            groups.push((key, p));
            groups.len() - 1
        });
        let (list, mut entry) = if let Some(c) = rule.get("CidrIpv4") {
            ("IpRanges", json!({"CidrIp": c}))
        } else if let Some(c) = rule.get("CidrIpv6") {
            ("Ipv6Ranges", json!({"CidrIpv6": c}))
        } else if let Some(p) = rule.get("PrefixListId") {
            ("PrefixListIds", json!({"PrefixListId": p}))
        } else {
            ("UserIdGroupPairs", rule["ReferencedGroupInfo"].clone())
        };
        set_some(&mut entry, "Description", rule.get("Description").cloned());
        if let Some(Value::Array(entries)) = groups[at].1.get_mut(list) {
            entries.push(entry);
        }
    }
    Value::Array(groups.into_iter().map(|(_, p)| Value::Object(p)).collect())
}
