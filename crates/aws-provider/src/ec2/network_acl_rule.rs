//! `aws_network_acl_rule`
//! (<https://registry.terraform.io/providers/hashicorp/aws/5.100.0/docs/resources/network_acl_rule>).

use serde_json::Value as Json;

use super::network_acl::{entry_input, remove_entry};
use crate::cx::Cx;
use crate::decl::*;
use crate::doc;
use crate::fail::Fail;
use crate::hash::hashcode;
use crate::net::protocol_number;
use crate::obj::Obj;
use crate::work::Work;

/// `aws_network_acl_rule`.
pub static NETWORK_ACL_RULE: Resource = resource("aws_network_acl_rule", &super::EC2)
    .attrs(&[
        string("cidr_block")
            .replaces()
            .zero()
            .exactly_one_of(&["cidr_block", "ipv6_cidr_block"])
            .check(&[Check::Ipv4Cidr]),
        boolean("egress").default_bool(false).replaces().zero(),
        int("from_port").replaces().from("PortRange.From").keep(),
        int("icmp_code").replaces().from("IcmpTypeCode.Code").keep(),
        int("icmp_type").replaces().from("IcmpTypeCode.Type").keep(),
        string("ipv6_cidr_block").replaces().zero().same(Same::Cidr).check(&[Check::Ipv6Cidr]),
        string("network_acl_id").required().replaces().unread(),
        string("protocol").required().replaces().same(Same::Protocol),
        string("rule_action")
            .required()
            .replaces()
            .same(Same::IgnoreCase)
            .check(&[Check::OneOf(&["allow", "deny", "ALLOW", "DENY"])]),
        int("rule_number").required().replaces(),
        int("to_port").replaces().from("PortRange.To").keep(),
    ])
    .create_with(create)
    .read(Read::PerParent { parent: &super::NETWORK_ACLS, of: "network_acl_id", pick })
    .delete_with(delete)
    .gone(&["InvalidNetworkAclID.NotFound", "InvalidNetworkAclEntry.NotFound"])
    .imports(import);

fn pick(acl: &Json, obj: &Obj) -> Option<Json> {
    let number = obj.int("rule_number");
    doc::items(acl, "Entries")
        .into_iter()
        .find(|e| e.get("RuleNumber").and_then(Json::as_i64) == number && doc::flag(e, "Egress") == obj.bool("egress"))
}

/// The id that the AWS provider makes for a rule. The protocol goes in as it is written in the configuration.
fn id(acl: &str, number: i64, egress: bool, protocol: &str) -> String {
    format!("nacl-{}", hashcode(&format!("{acl}-{number}-{egress}-{protocol}-")))
}

fn create<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let s = &work.state;
        let (acl, number) = (s.text("network_acl_id").to_owned(), s.int("rule_number").unwrap_or(0));
        cx.ec2("CreateNetworkAclEntry", entry_input(&acl, s.bool("egress"), number, s.text("rule_action"), s)).await?;
        let id = id(&acl, number, s.bool("egress"), s.text("protocol"));
        work.state.set("id", id);
        Ok(())
    })
}

fn delete<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let p = &work.prior;
        remove_entry(cx, p.text("network_acl_id"), p.bool("egress"), p.int("rule_number").unwrap_or(0)).await
    })
}

/// `acl-1234:100:tcp:false`
fn import<'a>(_: &'a Cx, given: &'a str, obj: &'a mut Obj) -> Fut<'a, ()> {
    Box::pin(async move {
        let parts: Vec<&str> = given.split(':').collect();
        let (number, egress) = match parts.as_slice() {
            [_, number, _, egress] => (number.parse::<i64>().ok(), egress.parse::<bool>().ok()),
            _ => (None, None),
        };
        let (Some(number), Some(egress)) = (number, egress) else {
            return Err(Fail::new(
                "Invalid import id",
                format!(
                    "{given:?} is no rule: give ACL, number, protocol and whether it is for egress, as acl-1234:100:tcp:false."
                ),
            ));
        };
        obj.set("network_acl_id", parts[0]);
        obj.set("rule_number", number);
        obj.set("protocol", protocol_number(parts[2]));
        obj.set("egress", egress);
        obj.set("id", id(parts[0], number, egress, parts[2]));
        Ok(())
    })
}
