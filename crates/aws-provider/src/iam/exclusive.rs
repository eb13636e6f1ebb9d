//! What alone a role may carry: `aws_iam_role_policies_exclusive`
//! (<https://registry.terraform.io/providers/hashicorp/aws/5.100.0/docs/resources/iam_role_policies_exclusive>) and
//! `aws_iam_role_policy_attachments_exclusive`. They have no object of their own at AWS; removing them leaves the role
//! as it is.

use serde_json::Value as Json;

use super::role_grants;
use crate::cx::Cx;
use crate::decl::*;
use crate::fail::Fail;
use crate::obj::Obj;
use crate::plan::Plan;
use crate::work::Work;

/// `aws_iam_role_policies_exclusive`: the policies within a role.
pub static ROLE_POLICIES_EXCLUSIVE: Resource = resource("aws_iam_role_policies_exclusive", &super::IAM)
    .attrs(&[strings("policy_names").required(), string("role_name").required().replaces()])
    .framework()
    .anonymous()
    .create_with(sync_names)
    .read(Read::Hook)
    .updates(&[update_with(sync_names, &["policy_names"])])
    .gone(&["NoSuchEntity"])
    .faults(&[("NoSuchEntity", "role_name")])
    .plans(plan)
    .after_read(read_names)
    .imports(import);

/// `aws_iam_role_policy_attachments_exclusive`: the policies attached to a role.
pub static ROLE_POLICY_ATTACHMENTS_EXCLUSIVE: Resource =
    resource("aws_iam_role_policy_attachments_exclusive", &super::IAM)
        .attrs(&[strings("policy_arns").required(), string("role_name").required().replaces()])
        .framework()
        .anonymous()
        .create_with(sync_arns)
        .read(Read::Hook)
        .updates(&[update_with(sync_arns, &["policy_arns"])])
        .gone(&["NoSuchEntity"])
        .faults(&[("NoSuchEntity", "policy_arns")])
        .plans(plan)
        .after_read(read_arns)
        .imports(import);

/// Unlike arguments of the older SDK, an empty set is one.
fn plan(_: &Cx, plan: &mut Plan) -> Result<(), Fail> {
    for name in ["policy_names", "policy_arns"] {
        if plan.config.has(name) && plan.config.get(name).is_empty() {
            let none = plan.config.get(name);
            plan.planned.set(name, none);
        }
    }
    Ok(())
}

fn read_names<'a>(cx: &'a Cx, obj: &'a mut Obj, _: &'a Json) -> Fut<'a, bool> {
    Box::pin(async move {
        let found = role_grants::inline_names(cx, obj.text("role_name")).await?;
        obj.set_strs("policy_names", found.iter().map(String::as_str));
        Ok(true)
    })
}

fn read_arns<'a>(cx: &'a Cx, obj: &'a mut Obj, _: &'a Json) -> Fut<'a, bool> {
    Box::pin(async move {
        let found = role_grants::managed(cx, obj.text("role_name")).await?;
        obj.set_strs("policy_arns", found.iter().map(String::as_str));
        Ok(true)
    })
}

/// Removes what is not named. What is named but not there cannot be made up: a name alone says nothing.
fn sync_names<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let role = work.state.text("role_name").to_owned();
        let (have, want) =
            (role_grants::inline_names(&Cx::new(cx.settings.clone()), &role).await?, work.state.strs("policy_names"));
        if let Some(missing) = want.iter().find(|w| !have.iter().any(|h| h == *w)) {
            return Err(Fail::new(
                "Policy is not in the role",
                format!(
                    "\"policy_names\" names {missing:?}, which is not among the policies within the role {role:?}. Make it \
                     with an aws_iam_role_policy that this resource depends on."
                ),
            ));
        }
        for name in have.iter().filter(|h| !want.contains(&h.as_str())) {
            role_grants::remove(cx, &role, name).await?;
        }
        Ok(())
    })
}

/// Attaches what is named and not there, takes off what is there and not named.
fn sync_arns<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let role = work.state.text("role_name").to_owned();
        let (have, want) =
            (role_grants::managed(&Cx::new(cx.settings.clone()), &role).await?, work.state.strs("policy_arns"));
        for arn in want.iter().filter(|w| !have.iter().any(|h| h == *w)) {
            role_grants::attach(cx, &role, arn).await?;
        }
        for arn in have.iter().filter(|h| !want.contains(&h.as_str())) {
            role_grants::detach(cx, &role, arn).await?;
        }
        Ok(())
    })
}

fn import<'a>(_: &'a Cx, id: &'a str, obj: &'a mut Obj) -> Fut<'a, ()> {
    Box::pin(async move {
        obj.set("role_name", id);
        // That there are none is told by an empty set, not by none.
        for name in ["policy_names", "policy_arns"] {
            if obj.has(name) {
                obj.set_strs(name, []);
            }
        }
        Ok(())
    })
}
