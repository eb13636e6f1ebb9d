//! `aws_security_group_rule`
//! (<https://registry.terraform.io/providers/hashicorp/aws/5.100.0/docs/resources/security_group_rule>).

use serde_json::{Value as Json, json};

use super::permissions::{self, Rule};
use crate::cx::Cx;
use crate::decl::*;
use crate::doc;
use crate::fail::Fail;
use crate::hash::hashcode;
use crate::net::protocol_name;
use crate::obj::Obj;
use crate::plan::Plan;
use crate::work::Work;

const SOURCES: &[&str] = &["cidr_blocks", "ipv6_cidr_blocks", "prefix_list_ids", "self", "source_security_group_id"];

/// `aws_security_group_rule`.
pub static SECURITY_GROUP_RULE: Resource = resource("aws_security_group_rule", &super::EC2)
    .version(2)
    .attrs(&[
        list("cidr_blocks", &Kind::String)
            .replaces()
            .local()
            .conflicts_with(&["source_security_group_id", "self"])
            .check(&[Check::Cidr]),
        string("description").local(),
        int("from_port").required().replaces().local(),
        list("ipv6_cidr_blocks", &Kind::String)
            .replaces()
            .local()
            .conflicts_with(&["source_security_group_id", "self"])
            .check(&[Check::Cidr]),
        list("prefix_list_ids", &Kind::String).replaces().local(),
        string("protocol").required().replaces().local().same(Same::Protocol),
        string("security_group_id").required().replaces().local(),
        string("security_group_rule_id").computed().unread(),
        boolean("self").default_bool(false).replaces().local(),
        string("source_security_group_id").optional_computed().replaces().local(),
        int("to_port").required().replaces().local(),
        string("type").required().replaces().local().check(&[Check::OneOf(&["egress", "ingress"])]),
    ])
    .timeouts(&[("create", 300)])
    .create_with(create)
    .read(Read::PerParent {
        parent: &super::SECURITY_GROUPS,
        of: "security_group_id",
        pick: |group, _| Some(group.clone()),
    })
    .updates(&[update_with(change_description, &["description"])])
    .delete_with(delete)
    .gone(&["InvalidGroup.NotFound", "InvalidSecurityGroupID.NotFound", "InvalidPermission.NotFound"])
    .faults(&[("InvalidPermission.Duplicate", "security_group_id"), ("InvalidGroup.NotFound", "security_group_id")])
    .plans(plan)
    .validates(validate)
    .imports(import)
    .after_read(read);

fn validate(config: &Obj, found: &mut craton_model::Diagnostics) {
    let given =
        |n: &&&str| config.peek(n).is_some_and(|v| !(v.is_null() || v.is_empty() || v.as_bool() == Some(false)));
    if SOURCES.iter().filter(given).count() == 0 {
        found.push(craton_model::Diagnostic::error(
            "Invalid combination of arguments",
            format!("One of {} must be given: who the rule lets in or out.", SOURCES.join(", ")),
        ));
    }
}

fn plan(_: &Cx, plan: &mut Plan) -> Result<(), Fail> {
    let protocol = plan.planned.get("protocol");
    if let (Some(p), true) = (protocol.as_str(), plan.creating()) {
        plan.planned.set("protocol", protocol_name(p));
    }
    // For all protocols there are no ports, whatever is given.
    if let Some(prior) = &plan.prior
        && protocol_name(plan.planned.text("protocol")) == "-1"
    {
        for name in ["from_port", "to_port"] {
            if prior.int(name) == Some(0) {
                plan.planned.set(name, prior.get(name));
            }
        }
    }
    Ok(())
}

fn list_of(direction: &str) -> &'static str {
    if direction == "ingress" { "IpPermissions" } else { "IpPermissionsEgress" }
}

/// The rule as AWS would tell it.
fn rule(obj: &Obj) -> Rule {
    let mut rule = Rule::of(obj);
    if let Some(source) = obj.str("source_security_group_id") {
        if source == obj.text("security_group_id") {
            rule.own = true;
        } else {
            rule.parts.insert("security_groups", vec![source.to_owned()]);
        }
    }
    if rule.protocol == "-1" {
        (rule.from, rule.to) = (0, 0);
    }
    rule
}

/// The id that the AWS provider makes for a rule from everything that tells it from others.
fn id(obj: &Obj) -> String {
    let rule = rule(obj);
    let mut text = format!("{}-", obj.text("security_group_id"));
    for port in [rule.from, rule.to] {
        if port > 0 {
            text.push_str(&format!("{port}-"));
        }
    }
    text.push_str(&format!("{}-{}-", rule.protocol, obj.text("type")));
    for name in ["cidr_blocks", "ipv6_cidr_blocks", "prefix_list_ids"] {
        let mut ids = rule.parts.get(name).cloned().unwrap_or_default();
        ids.sort();
        for id in ids {
            text.push_str(&format!("{id}-"));
        }
    }
    let own = obj.bool("self").then(|| obj.text("security_group_id").to_owned());
    let source = obj.str("source_security_group_id").map(String::from);
    let mut groups: Vec<String> = own.into_iter().chain(source).collect();
    groups.sort();
    for id in groups {
        text.push_str(&format!("{id}--"));
    }
    format!("sgrule-{}", hashcode(&text))
}

fn create<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let group = work.state.text("security_group_id").to_owned();
        let permission = permissions::permission(&work.state, &group);
        let ingress = work.state.text("type") == "ingress";
        let op = if ingress { "AuthorizeSecurityGroupIngress" } else { "AuthorizeSecurityGroupEgress" };
        let answer = cx.ec2(op, json!({"GroupId": group, "IpPermissions": [permission]})).await?;
        let made = doc::items(&answer, "SecurityGroupRules");
        let one = if let [one] = made.as_slice() { doc::text(one, "SecurityGroupRuleId") } else { String::new() };
        let id = id(&work.state);
        work.state.set("id", id);
        work.state.set("security_group_rule_id", one);
        Ok(())
    })
}

fn read<'a>(_: &'a Cx, obj: &'a mut Obj, item: &'a Json) -> Fut<'a, bool> {
    Box::pin(async move {
        let own = doc::text(item, "GroupId");
        let there = doc::items(item, list_of(obj.text("type")));
        let mut wanted = rule(obj);
        let found = permissions::rules(&there, &own, &doc::text(item, "OwnerId"));
        let described = obj.text("description").to_owned();
        // The description is no part of what makes a rule the same.
        let holds = |description: &str, wanted: &mut Rule| {
            wanted.description = description.to_owned();
            found.iter().any(|f| f.covers(wanted))
        };
        if holds(&described, &mut wanted) {
            return settle(obj, &described);
        }
        let other = found.iter().find(|f| {
            let mut w = wanted.clone();
            w.description = f.description.clone();
            f.covers(&w)
        });
        match other {
            Some(f) => settle(obj, &f.description),
            None => Ok(false),
        }
    })
}

fn settle(obj: &mut Obj, description: &str) -> Result<bool, Fail> {
    if !(description.is_empty() && obj.is_zero("description")) {
        obj.set("description", description);
    }
    let protocol = protocol_name(obj.text("protocol"));
    if protocol == "-1" {
        obj.set("from_port", 0);
        obj.set("to_port", 0);
    }
    obj.set("protocol", protocol);
    Ok(true)
}

fn change_description<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let group = work.state.text("security_group_id").to_owned();
        let permission = permissions::permission(&work.state, &group);
        let ingress = work.state.text("type") == "ingress";
        let op = match ingress {
            true => "UpdateSecurityGroupRuleDescriptionsIngress",
            false => "UpdateSecurityGroupRuleDescriptionsEgress",
        };
        cx.ec2(op, json!({"GroupId": group, "IpPermissions": [permission]})).await?;
        Ok(())
    })
}

fn delete<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let group = work.prior.text("security_group_id").to_owned();
        let mut bare = work.prior.clone();
        bare.clear("description");
        let permission = permissions::permission(&bare, &group);
        let ingress = work.prior.text("type") == "ingress";
        let op = if ingress { "RevokeSecurityGroupIngress" } else { "RevokeSecurityGroupEgress" };
        cx.ec2(op, json!({"GroupId": group, "IpPermissions": [permission]})).await?;
        Ok(())
    })
}

/// `sg-1234_ingress_tcp_443_443_10.0.0.0/16`, with any number of ranges, prefix lists and groups at the end.
fn import<'a>(cx: &'a Cx, given: &'a str, obj: &'a mut Obj) -> Fut<'a, ()> {
    Box::pin(async move {
        let wrong = || {
            Fail::new(
                "Invalid import id",
                format!(
                    "{given:?} is no rule: give group, type, protocol, ports and sources, as sg-1234_ingress_tcp_443_443_10.0.0.0/16."
                ),
            )
        };
        let parts: Vec<&str> = given.split('_').collect();
        let [group, kind, protocol, from, to, sources @ ..] = parts.as_slice() else { return Err(wrong()) };
        if sources.is_empty() {
            return Err(wrong());
        }
        let number = |s: &str| if s == "all" { Ok(0) } else { s.parse::<i64>().map_err(|_| wrong()) };
        obj.set("security_group_id", *group);
        obj.set("type", *kind);
        obj.set("protocol", protocol_name(protocol));
        obj.set("from_port", number(from)?);
        obj.set("to_port", number(to)?);
        obj.set("self", false);
        let of = |keep: &dyn Fn(&str) -> bool| sources.iter().copied().filter(|s| keep(s)).collect::<Vec<_>>();
        let lists = [
            ("cidr_blocks", of(&|s| s.contains('/') && s.contains('.') && !s.contains(':'))),
            ("ipv6_cidr_blocks", of(&|s| s.contains(':'))),
            ("prefix_list_ids", of(&|s| s.starts_with("pl-"))),
        ];
        for (name, ids) in lists {
            if !ids.is_empty() {
                obj.set_strs(name, ids);
            }
        }
        for s in sources {
            if *s == "self" {
                obj.set("self", true);
            } else if s.contains("sg-") {
                obj.set("source_security_group_id", *s);
            }
        }
        let id = id(obj);
        obj.set("id", id);
        let rule_id = only_rule(cx, obj).await?;
        obj.set_opt("security_group_rule_id", rule_id.as_deref());
        Ok(())
    })
}

/// AWS's id of a rule that is one to AWS, too.
async fn only_rule(cx: &Cx, obj: &Obj) -> Result<Option<String>, Fail> {
    let filters = super::filter_list(&[("group-id", obj.text("security_group_id"))]);
    let all = cx.list("ec2", "DescribeSecurityGroupRules", "SecurityGroupRules", json!({"Filters": filters})).await?;
    let wanted = rule(obj);
    let ranges: Vec<&String> =
        ["cidr_blocks", "ipv6_cidr_blocks", "prefix_list_ids"].iter().flat_map(|n| &wanted.parts[n]).collect();
    let [only] = ranges.as_slice() else { return Ok(None) };
    let one = all.iter().find(|r| {
        let same = |path: &str| doc::text(r, path) == **only;
        doc::flag(r, "IsEgress") == (obj.text("type") == "egress")
            && protocol_name(&doc::text(r, "IpProtocol")) == wanted.protocol
            && (same("CidrIpv4") || same("CidrIpv6") || same("PrefixListId"))
    });
    Ok(one.map(|r| doc::text(r, "SecurityGroupRuleId")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_those_of_the_aws_provider() {
        let mut obj = Obj::empty(crate::served("aws_security_group_rule").unwrap().schema.block.implied_type());
        obj.set("security_group_id", "sg-24e2bc4d40ead4fb5");
        obj.set("type", "ingress");
        obj.set("protocol", "tcp");
        obj.set("from_port", 443);
        obj.set("to_port", 443);
        obj.set_strs("cidr_blocks", ["10.0.0.0/16"]);
        assert_eq!(id(&obj), "sgrule-2439719567");
        obj.clear("cidr_blocks");
        obj.set("type", "egress");
        obj.set("protocol", "-1");
        obj.set("from_port", 0);
        obj.set("to_port", 0);
        obj.set("source_security_group_id", "sg-803b5d4591d98dc50");
        assert_eq!(id(&obj), "sgrule-1209065125");
    }
}
