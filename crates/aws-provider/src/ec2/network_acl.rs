//! `aws_network_acl` and `aws_default_network_acl`
//! (<https://registry.terraform.io/providers/hashicorp/aws/5.100.0/docs/resources/network_acl>).

use serde_json::{Map, Value as Json, json};

use crate::cx::Cx;
use crate::decl::*;
use crate::doc;
use crate::fail::Fail;
use crate::net;
use crate::obj::Obj;
use crate::work::Work;

const ENTRY: Kind = Kind::Object(&[
    string("action").required().same(Same::IgnoreCase).check(&[Check::OneOf(&["allow", "deny", "ALLOW", "DENY"])]),
    string("cidr_block").check(&[Check::Ipv4Cidr]),
    int("from_port").required().check(&[Check::Range(0, 65535)]),
    int("icmp_code"),
    int("icmp_type"),
    string("ipv6_cidr_block").check(&[Check::Ipv6Cidr]),
    string("protocol").required().same(Same::Protocol),
    int("rule_no").required().check(&[Check::Range(1, 32766)]),
    int("to_port").required().check(&[Check::Range(0, 65535)]),
]);

const DIRECTIONS: &[&str] = &["ingress", "egress"];

/// The number of the rule at the end that denies everything; 32768 for IPv6. Nobody can change it.
const LAST_RULE: i64 = 32767;

/// `aws_network_acl`.
pub static NETWORK_ACL: Resource = resource("aws_network_acl", &super::EC2)
    .id("NetworkAclId")
    .arn("ec2:network-acl/{id}")
    .attrs(&[
        string("arn").computed().unread(),
        set("egress", &ENTRY).optional_computed().local(),
        set("ingress", &ENTRY).optional_computed().local(),
        string("owner_id").computed(),
        strings("subnet_ids").optional_computed().from("Associations[].SubnetId").zero().unsent(),
        string("vpc_id").required().replaces(),
    ])
    .tagged(super::tags("network-acl"))
    .create("CreateNetworkAcl", "NetworkAcl")
    .key(&[("NetworkAclId", "id")])
    .read(Read::Many(&super::NETWORK_ACLS))
    .updates(&[
        update_with(change_entries, DIRECTIONS).also_after_create(),
        update_with(change_subnets, &["subnet_ids"]).also_after_create(),
    ])
    .delete_with(delete)
    .gone(&["InvalidNetworkAclID.NotFound"])
    .after_read(read);

/// `aws_default_network_acl`.
pub static DEFAULT_NETWORK_ACL: Resource = resource("aws_default_network_acl", &super::EC2)
    .arn("ec2:network-acl/{id}")
    .attrs(&[
        string("arn").computed().unread(),
        string("default_network_acl_id").required().replaces().from("NetworkAclId"),
        block_set("egress", &ENTRY).local(),
        block_set("ingress", &ENTRY).local(),
        string("owner_id").computed(),
        strings("subnet_ids").from("Associations[].SubnetId").zero().unsent(),
        string("vpc_id").computed(),
    ])
    .tagged(Tagging { create: CreateTags::Afterwards, ..super::tags("network-acl") })
    .create_with(adopt)
    .key(&[("NetworkAclId", "id")])
    .read(Read::Many(&super::NETWORK_ACLS))
    .updates(&[update_with(change_entries, DIRECTIONS), update_with(change_subnets, &["subnet_ids"])])
    .gone(&["InvalidNetworkAclID.NotFound"])
    .imports(import_default)
    .after_read(read);

fn port(entry: &Json, path: &str) -> i64 {
    doc::at(entry, path).and_then(|v| v.as_i64()).unwrap_or(0)
}

fn entries(item: &Json, egress: bool) -> Vec<Json> {
    let entries = doc::items(item, "Entries");
    let own = entries.into_iter().filter(|e| doc::flag(e, "Egress") == egress && port(e, "RuleNumber") < LAST_RULE);
    own.map(|e| {
        json!({
            "action": doc::text(&e, "RuleAction"),
            "cidr_block": doc::text(&e, "CidrBlock"),
            "from_port": port(&e, "PortRange.From"),
            "icmp_code": port(&e, "IcmpTypeCode.Code"),
            "icmp_type": port(&e, "IcmpTypeCode.Type"),
            "ipv6_cidr_block": doc::text(&e, "Ipv6CidrBlock"),
            "protocol": doc::text(&e, "Protocol"),
            "rule_no": port(&e, "RuleNumber"),
            "to_port": port(&e, "PortRange.To"),
        })
    })
    .collect()
}

fn read<'a>(_: &'a Cx, obj: &'a mut Obj, item: &'a Json) -> Fut<'a, bool> {
    Box::pin(async move {
        for name in DIRECTIONS {
            obj.set_json(name, &json!(entries(item, *name == "egress")))?;
        }
        Ok(true)
    })
}

/// The input of `CreateNetworkAclEntry`.
pub fn entry_input(acl: &str, egress: bool, number: i64, action: &str, entry: &Obj) -> Json {
    let protocol = net::protocol_number(entry.text("protocol"));
    let mut input = Map::new();
    input.insert("NetworkAclId".into(), json!(acl));
    input.insert("Egress".into(), json!(egress));
    input.insert("RuleNumber".into(), json!(number));
    input.insert("RuleAction".into(), json!(action.to_lowercase()));
    let (from, to) = (entry.int("from_port").unwrap_or(0), entry.int("to_port").unwrap_or(0));
    if !matches!(protocol.as_str(), "-1" | "1" | "58") || from != 0 || to != 0 {
        input.insert("PortRange".into(), json!({"From": from, "To": to}));
    }
    if protocol == "1" || protocol == "58" {
        let (code, kind) = (entry.int("icmp_code").unwrap_or(0), entry.int("icmp_type").unwrap_or(0));
        input.insert("IcmpTypeCode".into(), json!({"Code": code, "Type": kind}));
    }
    input.insert("Protocol".into(), json!(protocol));
    for (name, member) in [("cidr_block", "CidrBlock"), ("ipv6_cidr_block", "Ipv6CidrBlock")] {
        if let Some(v) = entry.str(name) {
            input.insert(member.into(), json!(v));
        }
    }
    Json::Object(input)
}

/// Removes an entry; none is as good as removed.
///
/// # Errors
/// AWS refused.
pub async fn remove_entry(cx: &Cx, acl: &str, egress: bool, number: i64) -> Result<(), Fail> {
    let input = json!({"NetworkAclId": acl, "Egress": egress, "RuleNumber": number});
    match cx.ec2("DeleteNetworkAclEntry", input).await {
        Err(e) if !e.is(&["InvalidNetworkAclEntry.NotFound"]) => Err(e),
        _ => Ok(()),
    }
}

async fn put_entry(cx: &Cx, acl: &str, egress: bool, entry: &Obj) -> Result<(), Fail> {
    let number = entry.int("rule_no").unwrap_or(0);
    cx.ec2("CreateNetworkAclEntry", entry_input(acl, egress, number, entry.text("action"), entry)).await?;
    Ok(())
}

fn change_entries<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let acl = work.state.id().to_owned();
        for name in DIRECTIONS.iter().filter(|n| work.changes(n)) {
            let egress = *name == "egress";
            let (old, new) = (work.prior.objects(name), work.state.objects(name));
            for entry in old.iter().filter(|o| !new.contains(o)) {
                remove_entry(cx, &acl, egress, entry.int("rule_no").unwrap_or(0)).await?;
            }
            for entry in new.iter().filter(|n| !old.contains(n)) {
                put_entry(cx, &acl, egress, entry).await?;
            }
        }
        Ok(())
    })
}

/// Every subnet has exactly one ACL: giving it another is replacing its association.
async fn move_subnet(cx: &Cx, subnet: &str, acl: &str) -> Result<(), Fail> {
    let found = super::first(
        &Cx::new(cx.settings.clone()),
        "DescribeNetworkAcls",
        "NetworkAcls",
        &[("association.subnet-id", subnet)],
    )
    .await?;
    let associations = found.as_ref().map(|a| doc::items(a, "Associations")).unwrap_or_default();
    let Some(one) = associations.iter().find(|a| doc::text(a, "SubnetId") == subnet) else {
        return Err(Fail::new(
            "Network ACL association not found",
            format!("AWS tells no network ACL of the subnet {subnet}."),
        ));
    };
    if doc::text(one, "NetworkAclId") != acl {
        let input = json!({"AssociationId": doc::text(one, "NetworkAclAssociationId"), "NetworkAclId": acl});
        cx.ec2("ReplaceNetworkAclAssociation", input).await?;
    }
    Ok(())
}

async fn give_back(cx: &Cx, vpc: &str, subnets: &[String]) -> Result<(), Fail> {
    if subnets.is_empty() {
        return Ok(());
    }
    let default =
        super::first(cx, "DescribeNetworkAcls", "NetworkAcls", &[("default", "true"), ("vpc-id", vpc)]).await?;
    let default = default.map(|a| doc::text(&a, "NetworkAclId")).unwrap_or_default();
    for subnet in subnets {
        match move_subnet(cx, subnet, &default).await {
            // A subnet that is gone needs no ACL.
            Err(e) if e.is(&["InvalidSubnetID.NotFound", "InvalidAssociationID.NotFound"]) => {}
            Err(Fail::Said(_)) => {}
            other => other?,
        }
    }
    Ok(())
}

fn change_subnets<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let (old, new) = (work.prior.strs("subnet_ids"), work.state.strs("subnet_ids"));
        let acl = work.state.id();
        // The default ACL has nobody to give its subnets to: they leave it when another ACL takes them.
        if work.resource.name == "aws_network_acl" {
            let gone: Vec<String> = old.iter().filter(|s| !new.contains(s)).map(|s| (*s).to_owned()).collect();
            give_back(cx, work.state.text("vpc_id"), &gone).await?;
        }
        for subnet in new.iter().filter(|s| !old.contains(s)) {
            move_subnet(cx, subnet, acl).await?;
        }
        Ok(())
    })
}

/// Takes over the ACL that AWS made with a VPC: nothing but what is configured stays.
fn adopt<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let id = work.state.text("default_network_acl_id").to_owned();
        let Some(item) = cx.fresh(&super::NETWORK_ACLS, &id).await? else {
            return Err(Fail::new("Default network ACL not found", format!("AWS knows no network ACL {id}.")));
        };
        if !doc::flag(&item, "IsDefault") {
            return Err(Fail::new(
                "Not a default network ACL",
                format!("{id} is not the default network ACL of its VPC."),
            ));
        }
        work.state.set("id", id.as_str());
        for name in DIRECTIONS {
            let egress = *name == "egress";
            for entry in entries(&item, egress) {
                remove_entry(cx, &id, egress, port(&entry, "rule_no")).await?;
            }
            for entry in work.state.objects(name) {
                put_entry(cx, &id, egress, &entry).await?;
            }
        }
        for subnet in work.state.strs("subnet_ids") {
            move_subnet(cx, subnet, &id).await?;
        }
        Ok(())
    })
}

fn delete<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let subnets: Vec<String> = work.prior.strs("subnet_ids").into_iter().map(String::from).collect();
        give_back(cx, work.prior.text("vpc_id"), &subnets).await?;
        cx.ec2_retry(
            "DeleteNetworkAcl",
            json!({"NetworkAclId": work.prior.id()}),
            work.limit,
            &["DependencyViolation"],
        )
        .await?;
        Ok(())
    })
}

fn import_default<'a>(_: &'a Cx, id: &'a str, obj: &'a mut Obj) -> Fut<'a, ()> {
    Box::pin(async move {
        obj.set("default_network_acl_id", id);
        Ok(())
    })
}
