//! `aws_vpc_security_group_ingress_rule` and `aws_vpc_security_group_egress_rule`
//! (<https://registry.terraform.io/providers/hashicorp/aws/5.100.0/docs/resources/vpc_security_group_ingress_rule>).

use serde_json::{Map, Value as Json, json};

use crate::cx::Cx;
use crate::decl::*;
use crate::doc;
use crate::fail::Fail;
use crate::net::protocol_name;
use crate::obj::Obj;
use crate::plan::Plan;
use crate::work::Work;

static SECURITY_GROUP_RULES: Many = super::many(
    "DescribeSecurityGroupRules",
    "SecurityGroupRuleIds",
    "SecurityGroupRules",
    "SecurityGroupRuleId",
    Some(("Filters", "security-group-rule-id")),
);

const SOURCES: &[&str] = &["cidr_ipv4", "cidr_ipv6", "prefix_list_id", "referenced_security_group_id"];

const CHANGEABLE: &[&str] = &[
    "cidr_ipv4",
    "cidr_ipv6",
    "description",
    "from_port",
    "ip_protocol",
    "prefix_list_id",
    "referenced_security_group_id",
    "to_port",
];

const ATTRS: &[Attr] = &[
    string("arn").computed().unread(),
    string("cidr_ipv4").exactly_one_of(SOURCES).check(&[Check::Ipv4Cidr]),
    string("cidr_ipv6").check(&[Check::Ipv6Cidr]).same(Same::Cidr),
    string("description").check(&[Check::Length(1, 255)]),
    int("from_port").unread().check(&[Check::Range(-1, 65535)]),
    string("ip_protocol").required().unread().same(Same::Protocol),
    string("prefix_list_id"),
    string("referenced_security_group_id").unread(),
    string("security_group_id").required().replaces().from("GroupId"),
    string("security_group_rule_id").computed(),
    int("to_port").unread().check(&[Check::Range(-1, 65535)]),
];

const UPDATES: &[Update] = &[update_with(change, CHANGEABLE)];

const fn rule(name: &'static str) -> Resource {
    resource(name, &super::EC2)
        .framework()
        .arn("ec2:security-group-rule/{id}")
        .attrs(ATTRS)
        .tagged(super::tags("security-group-rule"))
        .create_with(create)
        .key(&[("GroupId", "security_group_id")])
        .read(Read::Many(&SECURITY_GROUP_RULES))
        .updates(UPDATES)
        .delete_with(delete)
        .gone(&["InvalidSecurityGroupRuleId.NotFound", "InvalidGroup.NotFound"])
        .faults(&[("InvalidGroup.NotFound", "security_group_id")])
        .plans(plan)
        .after_read(read)
}

/// `aws_vpc_security_group_ingress_rule`.
pub static INGRESS: Resource = rule("aws_vpc_security_group_ingress_rule");

/// `aws_vpc_security_group_egress_rule`.
pub static EGRESS: Resource = rule("aws_vpc_security_group_egress_rule");

/// AWS changes what a rule is for within its kind; another kind needs another rule.
fn plan(_: &Cx, plan: &mut Plan) -> Result<(), Fail> {
    let Some(prior) = plan.prior.clone() else { return Ok(()) };
    for name in SOURCES {
        if prior.get(name).is_null() != plan.planned.get(name).is_null() {
            plan.replace_for(name);
        }
    }
    Ok(())
}

fn is_ingress(work: &Work) -> bool {
    work.resource.name == INGRESS.name
}

/// Protocol, ports and source, in the flat form that rules of their own have.
fn flat(rule: &Obj) -> Map<String, Json> {
    let mut out = Map::new();
    let protocol = protocol_name(rule.text("ip_protocol"));
    out.insert("IpProtocol".into(), json!(protocol));
    for (name, member) in [("from_port", "FromPort"), ("to_port", "ToPort")] {
        if let Some(port) = rule.int(name) {
            out.insert(member.into(), json!(port));
        }
    }
    for (name, member) in [
        ("cidr_ipv4", "CidrIpv4"),
        ("cidr_ipv6", "CidrIpv6"),
        ("prefix_list_id", "PrefixListId"),
        ("description", "Description"),
    ] {
        if let Some(v) = rule.str(name) {
            out.insert(member.into(), json!(v));
        }
    }
    if let Some(group) = rule.str("referenced_security_group_id") {
        let bare = group.rsplit('/').next().unwrap_or(group);
        out.insert("ReferencedGroupId".into(), json!(bare));
    }
    out
}

fn permission(rule: &Obj) -> Json {
    let mut out = flat(rule);
    let description = out.shift_remove("Description");
    let item = |key: &str, id: Json| {
        let mut item = Map::new();
        item.insert(key.into(), id);
        if let Some(text) = &description {
            item.insert("Description".into(), text.clone());
        }
        item
    };
    for (member, list, key) in [
        ("CidrIpv4", "IpRanges", "CidrIp"),
        ("CidrIpv6", "Ipv6Ranges", "CidrIpv6"),
        ("PrefixListId", "PrefixListIds", "PrefixListId"),
    ] {
        if let Some(id) = out.shift_remove(member) {
            out.insert(list.into(), json!([item(key, id)]));
        }
    }
    if let Some(id) = out.shift_remove("ReferencedGroupId") {
        let mut pair = item("GroupId", id);
        if let Some((account, _)) = rule.str("referenced_security_group_id").and_then(|g| g.split_once('/')) {
            pair.insert("UserId".into(), json!(account));
        }
        out.insert("UserIdGroupPairs".into(), json!([pair]));
    }
    Json::Object(out)
}

fn create<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let op = if is_ingress(work) { "AuthorizeSecurityGroupIngress" } else { "AuthorizeSecurityGroupEgress" };
        let mut input = Map::new();
        input.insert("GroupId".into(), json!(work.state.text("security_group_id")));
        input.insert("IpPermissions".into(), json!([permission(&work.state)]));
        if let Some(t) = &work.resource.tags {
            t.at_creation(&cx.settings.tags.all(&work.config.get("tags")).unwrap_or_default(), &mut input);
        }
        let answer = cx.ec2(op, Json::Object(input)).await?;
        work.state.set("id", doc::text(&answer, "SecurityGroupRules[0].SecurityGroupRuleId"));
        Ok(())
    })
}

fn read<'a>(_: &'a Cx, obj: &'a mut Obj, item: &'a Json) -> Fut<'a, bool> {
    Box::pin(async move {
        let found = doc::text(item, "IpProtocol");
        if protocol_name(obj.text("ip_protocol")) != protocol_name(&found) {
            obj.set("ip_protocol", protocol_name(&found));
        }
        for (name, member) in [("from_port", "FromPort"), ("to_port", "ToPort")] {
            let port = doc::at(item, member).and_then(|v| v.as_i64());
            match port {
                // AWS says -1 where no port was given.
                Some(-1) | None if obj.get(name).is_null() => {}
                Some(p) => obj.set(name, p),
                None => {}
            }
        }
        let group = doc::text(item, "ReferencedGroupInfo.GroupId");
        let owner = doc::text(item, "ReferencedGroupInfo.UserId");
        let foreign = !owner.is_empty() && owner != doc::text(item, "GroupOwnerId");
        let group = if foreign && !group.is_empty() { format!("{owner}/{group}") } else { group };
        let kept = obj.text("referenced_security_group_id");
        if kept.rsplit('/').next() != group.rsplit('/').next() || kept.is_empty() {
            obj.set_opt("referenced_security_group_id", Some(group.as_str()).filter(|g| !g.is_empty()));
        }
        if obj.is_zero("description") {
            obj.clear("description");
        }
        Ok(true)
    })
}

fn change<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let rules = json!([{"SecurityGroupRuleId": work.state.id(), "SecurityGroupRule": flat(&work.state)}]);
        let input = json!({"GroupId": work.state.text("security_group_id"), "SecurityGroupRules": rules});
        cx.ec2("ModifySecurityGroupRules", input).await?;
        Ok(())
    })
}

fn delete<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let op = if is_ingress(work) { "RevokeSecurityGroupIngress" } else { "RevokeSecurityGroupEgress" };
        let input = json!({"GroupId": work.prior.text("security_group_id"), "SecurityGroupRuleIds": [work.prior.id()]});
        cx.ec2(op, input).await?;
        Ok(())
    })
}
