//! `aws_security_group` and `aws_default_security_group`
//! (<https://registry.terraform.io/providers/hashicorp/aws/5.100.0/docs/resources/security_group>).

use serde_json::{Map, Value as Json, json};

use super::permissions::{self, Rule};
use crate::cx::Cx;
use crate::decl::*;
use crate::doc;
use crate::fail::Fail;
use crate::names;
use crate::obj::Obj;
use crate::work::Work;

const RULE: Kind = Kind::Object(&[
    list("cidr_blocks", &Kind::String).check(&[Check::Ipv4Cidr]),
    string("description"),
    int("from_port").required(),
    list("ipv6_cidr_blocks", &Kind::String).check(&[Check::Ipv6Cidr]),
    list("prefix_list_ids", &Kind::String),
    string("protocol").required().same(Same::Protocol),
    set("security_groups", &Kind::String),
    boolean("self").default_bool(false),
    int("to_port").required(),
]);

const RULES: &[&str] = &["ingress", "egress"];

/// `aws_security_group`.
pub static SECURITY_GROUP: Resource = resource("aws_security_group", &super::EC2)
    .version(1)
    .arn("ec2:security-group/{id}")
    .attrs(&[
        string("arn").computed().unread(),
        string("description").default_str("Managed by Terraform").replaces().check(&[Check::Length(0, 255)]),
        set("egress", &RULE).optional_computed().local(),
        set("ingress", &RULE).optional_computed().local(),
        string("name")
            .optional_computed()
            .replaces()
            .from("GroupName")
            .unsent()
            .conflicts_with(&["name_prefix"])
            .check(&[Check::Length(0, 255), Check::By(no_sg_prefix)]),
        string("name_prefix")
            .optional_computed()
            .replaces()
            .local()
            .check(&[Check::Length(0, 229), Check::By(no_sg_prefix)]),
        string("owner_id").computed(),
        boolean("revoke_rules_on_delete").default_bool(false).local(),
        string("vpc_id").optional_computed().replaces(),
    ])
    .tagged(super::tags("security-group"))
    .timeouts(&[("create", 600), ("delete", 900)])
    .create_with(create)
    .key(&[("GroupId", "id")])
    .read(Read::Many(&super::SECURITY_GROUPS))
    .updates(&[update_with(change_rules, RULES), update_state(&["revoke_rules_on_delete"])])
    .delete_with(delete)
    .gone(&["InvalidGroup.NotFound", "InvalidSecurityGroupID.NotFound"])
    .faults(&[("InvalidGroup.Duplicate", "name")])
    .after_read(read);

/// `aws_default_security_group`.
pub static DEFAULT_SECURITY_GROUP: Resource = resource("aws_default_security_group", &super::EC2)
    .version(1)
    .arn("ec2:security-group/{id}")
    .attrs(&[
        string("arn").computed().unread(),
        string("description").computed(),
        set("egress", &RULE).optional_computed().local(),
        set("ingress", &RULE).optional_computed().local(),
        string("name").computed().from("GroupName"),
        string("name_prefix").computed().unread(),
        string("owner_id").computed(),
        boolean("revoke_rules_on_delete").default_bool(false).local(),
        string("vpc_id").optional_computed().replaces(),
    ])
    .tagged(Tagging { create: CreateTags::Afterwards, ..super::tags("security-group") })
    .create_with(adopt)
    .key(&[("GroupId", "id")])
    .read(Read::Many(&super::SECURITY_GROUPS))
    .updates(&[update_with(change_rules, RULES), update_state(&["revoke_rules_on_delete"])])
    .gone(&["InvalidGroup.NotFound", "InvalidSecurityGroupID.NotFound"])
    .after_read(read);

fn no_sg_prefix(name: &str) -> Result<(), String> {
    if name.starts_with("sg-") { Err(format!("{name:?} begins with \"sg-\", which AWS keeps for ids")) } else { Ok(()) }
}

fn read<'a>(_: &'a Cx, obj: &'a mut Obj, item: &'a Json) -> Fut<'a, bool> {
    Box::pin(async move {
        let (id, owner) = (doc::text(item, "GroupId"), doc::text(item, "OwnerId"));
        for (name, list) in [("ingress", "IpPermissions"), ("egress", "IpPermissionsEgress")] {
            let known: Vec<Rule> = obj.objects(name).iter().map(Rule::of).collect();
            let found = permissions::rules(&doc::items(item, list), &id, &owner);
            let rules = permissions::recognise(&known, found);
            obj.set_json(name, &rules.iter().map(Rule::document).collect())?;
        }
        let name = obj.text("name").to_owned();
        obj.set("name_prefix", names::prefix_of(&name));
        Ok(true)
    })
}

fn create<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let mut input = Map::new();
        doc::input(work.resource.attrs, &work.state, &mut input);
        let name = names::choose(&work.state, cx.settings.clock.now());
        input.insert("GroupName".into(), json!(name));
        if let Some(t) = &work.resource.tags {
            t.at_creation(&cx.settings.tags.all(&work.config.get("tags")).unwrap_or_default(), &mut input);
        }
        let answer = cx.ec2("CreateSecurityGroup", Json::Object(input)).await?;
        work.state.set("id", doc::text(&answer, "GroupId"));
        work.state.set("name", name);
        // AWS lets everything out of a new group; Terraform wants only what is configured.
        settle_rules(cx, work).await
    })
}

/// Takes over the group that AWS made with a VPC: nothing but what is configured stays.
fn adopt<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let vpc = match work.state.str("vpc_id") {
            Some(id) => id.to_owned(),
            None => {
                let found = super::first(cx, "DescribeVpcs", "Vpcs", &[("isDefault", "true")]).await?;
                found.map(|v| doc::text(&v, "VpcId")).ok_or_else(|| {
                    Fail::new(
                        "Default VPC not found",
                        "This region has no default VPC: give the \"vpc_id\" of another.",
                    )
                })?
            }
        };
        let filters = [("group-name", "default"), ("vpc-id", vpc.as_str())];
        let Some(group) = super::first(cx, "DescribeSecurityGroups", "SecurityGroups", &filters).await? else {
            return Err(Fail::new(
                "Default security group not found",
                format!("The VPC {vpc} has no default security group."),
            ));
        };
        work.state.set("id", doc::text(&group, "GroupId"));
        settle_rules(cx, work).await
    })
}

/// Removes every rule of a group that is not configured, adds those that are.
async fn settle_rules(cx: &Cx, work: &mut Work) -> Result<(), Fail> {
    let fresh = Cx::new(cx.settings.clone());
    let id = work.state.id().to_owned();
    let Some(group) = fresh.load(&super::SECURITY_GROUPS, &id).await? else {
        return Err(Fail::new("AWS object not found", format!("The security group {id} cannot be found.")));
    };
    for (name, list) in [("ingress", "IpPermissions"), ("egress", "IpPermissionsEgress")] {
        let there = doc::items(&group, list);
        if !there.is_empty() {
            revoke(cx, &id, name, there).await?;
        }
        let wanted: Vec<Json> = work.state.objects(name).iter().map(|r| permissions::permission(r, &id)).collect();
        authorize(cx, &id, name, wanted).await?;
    }
    Ok(())
}

async fn revoke(cx: &Cx, id: &str, direction: &str, permissions: Vec<Json>) -> Result<(), Fail> {
    if permissions.is_empty() {
        return Ok(());
    }
    let op = if direction == "ingress" { "RevokeSecurityGroupIngress" } else { "RevokeSecurityGroupEgress" };
    // Names of groups come along with their ids, but may not be sent with them in a VPC.
    let permissions: Vec<Json> = permissions.into_iter().map(without_names).collect();
    match cx.ec2(op, json!({"GroupId": id, "IpPermissions": permissions})).await {
        Err(e) if !e.is(&["InvalidPermission.NotFound"]) => Err(e),
        _ => Ok(()),
    }
}

fn without_names(mut permission: Json) -> Json {
    if let Some(pairs) = permission.get_mut("UserIdGroupPairs").and_then(Json::as_array_mut) {
        for pair in pairs.iter_mut().filter_map(Json::as_object_mut) {
            pair.retain(|k, _| matches!(k.as_str(), "GroupId" | "UserId" | "Description"));
        }
    }
    permission
}

async fn authorize(cx: &Cx, id: &str, direction: &str, permissions: Vec<Json>) -> Result<(), Fail> {
    if permissions.is_empty() {
        return Ok(());
    }
    let op = if direction == "ingress" { "AuthorizeSecurityGroupIngress" } else { "AuthorizeSecurityGroupEgress" };
    cx.ec2(op, json!({"GroupId": id, "IpPermissions": permissions})).await?;
    Ok(())
}

/// Removes the rules that go, adds those that come.
fn change_rules<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let id = work.state.id().to_owned();
        for direction in RULES.iter().filter(|d| work.changes(d)) {
            let (old, new) = (work.prior.objects(direction), work.state.objects(direction));
            let gone = old.iter().filter(|o| !new.iter().any(|n| n == *o));
            let come = new.iter().filter(|n| !old.iter().any(|o| o == *n));
            revoke(cx, &id, direction, gone.map(|r| permissions::permission(r, &id)).collect()).await?;
            authorize(cx, &id, direction, come.map(|r| permissions::permission(r, &id)).collect()).await?;
        }
        Ok(())
    })
}

fn delete<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let id = work.prior.id().to_owned();
        if work.prior.bool("revoke_rules_on_delete")
            && let Some(group) = cx.fresh(&super::SECURITY_GROUPS, &id).await?
        {
            revoke(cx, &id, "ingress", doc::items(&group, "IpPermissions")).await?;
            revoke(cx, &id, "egress", doc::items(&group, "IpPermissionsEgress")).await?;
        }
        let busy = &["DependencyViolation", "InvalidGroup.InUse"];
        cx.ec2_retry("DeleteSecurityGroup", json!({"GroupId": id}), work.limit, busy).await?;
        Ok(())
    })
}
