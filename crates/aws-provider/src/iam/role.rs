//! `aws_iam_role` (<https://registry.terraform.io/providers/hashicorp/aws/5.100.0/docs/resources/iam_role>).

use serde_json::{Map, Value as Json, json};

use super::{document, name_characters};
use crate::cx::Cx;
use crate::decl::*;
use crate::doc;
use crate::fail::Fail;
use crate::json::{normal_version_first, same_policy};
use crate::names;
use crate::obj::Obj;
use crate::work::Work;

const INLINE: Kind =
    Kind::Object(&[string("name").check(&[Check::Length(1, 128), Check::By(name_characters)]), policy("policy")]);

/// `aws_iam_role`.
pub static ROLE: Resource = resource("aws_iam_role", &super::IAM)
    .attrs(&[
        string("arn").computed(),
        policy("assume_role_policy").required().unread().to("AssumeRolePolicyDocument"),
        string("create_date").computed(),
        string("description").zero().check(&[Check::Length(0, 1000)]),
        boolean("force_detach_policies").default_bool(false).local(),
        block_set("inline_policy", &INLINE).optional_computed().local(),
        strings("managed_policy_arns").optional_computed().deprecated().local(),
        int("max_session_duration").default_int(3600).check(&[Check::Range(3600, 43200)]),
        string("name")
            .optional_computed()
            .replaces()
            .from("RoleName")
            .unsent()
            .conflicts_with(&["name_prefix"])
            .check(&[Check::Length(1, 64), Check::By(name_characters)]),
        string("name_prefix")
            .optional_computed()
            .replaces()
            .local()
            .check(&[Check::Length(1, 38), Check::By(name_characters)]),
        string("path").default_str("/").replaces().check(&[Check::Length(0, 512)]),
        string("permissions_boundary").zero().from("PermissionsBoundary.PermissionsBoundaryArn").check(&[Check::Arn]),
        string("unique_id").computed().from("RoleId"),
    ])
    .tagged(super::tags("TagRole", "UntagRole", ("RoleName", "id")))
    .create_with(create)
    .key(&[("RoleName", "id")])
    .read(Read::One { op: "GetRole", item: "Role" })
    .updates(&[
        update_with(change_trust, &["assume_role_policy"]),
        update("UpdateRole", &["description", "max_session_duration"]),
        update_with(change_boundary, &["permissions_boundary"]),
        update_with(change_inline, &["inline_policy"]).also_after_create(),
        update_with(change_managed, &["managed_policy_arns"]).also_after_create(),
        update_state(&["force_detach_policies"]),
    ])
    .delete_with(delete)
    .gone(&["NoSuchEntity"])
    .faults(&[("EntityAlreadyExists", "name"), ("MalformedPolicyDocument", "assume_role_policy")])
    .after_read(read);

fn create<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let mut input = Map::new();
        doc::input(work.resource.attrs, &work.state, &mut input);
        let name = names::choose(&work.state, cx.settings.clock.now());
        input.insert("RoleName".into(), json!(name));
        if let Some(t) = &work.resource.tags {
            t.at_creation(&cx.settings.tags.all(&work.config.get("tags")).unwrap_or_default(), &mut input);
        }
        // A principal that was just made is not known everywhere at once.
        create_role(cx, Json::Object(input), work).await?;
        work.state.set("id", name.as_str());
        work.state.set("name", name);
        Ok(())
    })
}

async fn create_role(cx: &Cx, input: Json, work: &Work) -> Result<(), Fail> {
    let start = cx.settings.clock.now();
    loop {
        match cx.call("iam", "CreateRole", input.clone()).await {
            Err(e) if e.says(&["MalformedPolicyDocument"], "Invalid principal in policy") => {
                let passed = cx.settings.clock.now().duration_since(start).unwrap_or_default();
                if passed > work.limit.min(std::time::Duration::from_secs(120)) {
                    return Err(e);
                }
                cx.settings.clock.sleep(std::time::Duration::from_secs(2)).await;
            }
            other => return other.map(|_| ()),
        }
    }
}

async fn inline_names(cx: &Cx, role: &str) -> Result<Vec<String>, Fail> {
    let answer = cx.list_iam("ListRolePolicies", "PolicyNames", role).await?;
    Ok(answer.iter().filter_map(|n| n.as_str().map(String::from)).collect())
}

/// ARNs of the policies that are attached to a role.
///
/// # Errors
/// AWS refused.
pub async fn attached(cx: &Cx, role: &str) -> Result<Vec<String>, Fail> {
    let answer = cx.list_iam("ListAttachedRolePolicies", "AttachedPolicies", role).await?;
    Ok(answer.iter().map(|p| doc::text(p, "PolicyArn")).collect())
}

fn read<'a>(cx: &'a Cx, obj: &'a mut Obj, item: &'a Json) -> Fut<'a, bool> {
    Box::pin(async move {
        let role = obj.id().to_owned();
        let trust = document(&doc::text(item, "AssumeRolePolicyDocument"));
        obj.set("assume_role_policy", trust);
        obj.set("create_date", doc::text(item, "CreateDate").replace(".000Z", "Z"));
        let name = obj.text("name").to_owned();
        obj.set("name_prefix", names::prefix_of(&name));
        let (inline, managed) = futures_util::join!(inline_names(cx, &role), attached(cx, &role));
        obj.set_strs("managed_policy_arns", managed?.iter().map(String::as_str));
        let known = obj.objects("inline_policy");
        let mut policies = Vec::new();
        for name in inline? {
            let answer = cx.once("iam", "GetRolePolicy", json!({"RoleName": role, "PolicyName": name})).await?;
            let found = document(&doc::text(&answer, "PolicyDocument"));
            let kept = known.iter().find(|k| k.text("name") == name && same_policy(k.text("policy"), &found));
            let policy = kept.map_or_else(|| normal_version_first(&found), |k| k.text("policy").to_owned());
            policies.push(json!({"name": name, "policy": policy}));
        }
        obj.set_json("inline_policy", &policies.into())?;
        Ok(true)
    })
}

fn change_trust<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let input = json!({"RoleName": work.state.id(), "PolicyDocument": work.state.text("assume_role_policy")});
        cx.call("iam", "UpdateAssumeRolePolicy", input).await?;
        Ok(())
    })
}

fn change_boundary<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let role = work.state.id();
        match work.state.str("permissions_boundary") {
            Some(arn) => {
                let input = json!({"RoleName": role, "PermissionsBoundary": arn});
                cx.call("iam", "PutRolePermissionsBoundary", input).await?
            }
            None => cx.call("iam", "DeleteRolePermissionsBoundary", json!({"RoleName": role})).await?,
        };
        Ok(())
    })
}

fn change_inline<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let role = work.state.id().to_owned();
        let (old, new) = (work.prior.objects("inline_policy"), work.state.objects("inline_policy"));
        for p in old.iter().filter(|o| o.str("name").is_some() && !new.iter().any(|n| n.text("name") == o.text("name")))
        {
            remove_inline(cx, &role, p.text("name")).await?;
        }
        for p in new.iter().filter(|n| n.str("name").is_some() && n.str("policy").is_some() && !old.contains(n)) {
            let input = json!({"RoleName": role, "PolicyName": p.text("name"), "PolicyDocument": p.text("policy")});
            cx.call("iam", "PutRolePolicy", input).await?;
        }
        Ok(())
    })
}

async fn remove_inline(cx: &Cx, role: &str, name: &str) -> Result<(), Fail> {
    match cx.call("iam", "DeleteRolePolicy", json!({"RoleName": role, "PolicyName": name})).await {
        Err(e) if !e.is(&["NoSuchEntity"]) => Err(e),
        _ => Ok(()),
    }
}

async fn detach(cx: &Cx, role: &str, arn: &str) -> Result<(), Fail> {
    match cx.call("iam", "DetachRolePolicy", json!({"RoleName": role, "PolicyArn": arn})).await {
        Err(e) if !e.is(&["NoSuchEntity"]) => Err(e),
        _ => Ok(()),
    }
}

fn change_managed<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let role = work.state.id().to_owned();
        let (old, new) = (work.prior.strs("managed_policy_arns"), work.state.strs("managed_policy_arns"));
        for arn in old.iter().filter(|o| !new.contains(o)) {
            detach(cx, &role, arn).await?;
        }
        for arn in new.iter().filter(|n| !old.contains(n)) {
            cx.call("iam", "AttachRolePolicy", json!({"RoleName": role, "PolicyArn": arn})).await?;
        }
        Ok(())
    })
}

fn delete<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let role = work.prior.id().to_owned();
        let profiles = cx.list_iam("ListInstanceProfilesForRole", "InstanceProfiles", &role).await?;
        for p in profiles {
            let input = json!({"InstanceProfileName": doc::text(&p, "InstanceProfileName"), "RoleName": role});
            cx.call("iam", "RemoveRoleFromInstanceProfile", input).await?;
        }
        // Policies that this resource manages go with it; those of others stand in the way unless told otherwise.
        let forced = work.prior.bool("force_detach_policies");
        let all: Vec<String> =
            if forced { attached(cx, &role).await? } else { own(&work.prior, "managed_policy_arns") };
        for arn in all {
            detach(cx, &role, &arn).await?;
        }
        let inline = match forced {
            true => inline_names(cx, &role).await?,
            false => work.prior.objects("inline_policy").iter().map(|p| p.text("name").to_owned()).collect(),
        };
        for name in inline.iter().filter(|n| !n.is_empty()) {
            remove_inline(cx, &role, name).await?;
        }
        let busy = &["DeleteConflict", "ConcurrentModification"];
        cx.retry("iam", "DeleteRole", json!({"RoleName": role}), std::time::Duration::from_secs(120), busy).await?;
        Ok(())
    })
}

fn own(obj: &Obj, name: &str) -> Vec<String> {
    obj.strs(name).into_iter().map(String::from).collect()
}
