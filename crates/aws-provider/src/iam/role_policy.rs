//! `aws_iam_role_policy` (<https://registry.terraform.io/providers/hashicorp/aws/5.100.0/docs/resources/iam_role_policy>).

use craton_model::Value;
use serde_json::{Value as Json, json};

use crate::cx::Cx;
use crate::decl::*;
use crate::fail::Fail;
use crate::json as documents;
use crate::names;
use crate::obj::Obj;
use crate::plan::Plan;
use crate::work::Work;

/// `aws_iam_role_policy`.
pub static ROLE_POLICY: Resource = resource("aws_iam_role_policy", &super::IAM)
    .attrs(&[
        string("name")
            .optional_computed()
            .replaces()
            .conflicts_with(&["name_prefix"])
            .check(&[Check::Length(1, 128), Check::By(super::name)]),
        string("name_prefix").optional_computed().replaces().check(&[Check::Length(1, 102), Check::By(super::name)]),
        // Not `policy(..)`: here the state has `Version` first, which the hooks below see to.
        string("policy").required().check(&[Check::Document]),
        string("role").required().replaces().check(&[Check::Length(1, 64), Check::By(super::name)]),
    ])
    .create_with(create)
    .read(Read::Hook)
    .updates(&[update_with(put, &["policy"])])
    .delete_with(delete)
    .gone(&["NoSuchEntity"])
    .faults(&[("MalformedPolicyDocument", "policy"), ("NoSuchEntity", "role")])
    .plans(plan)
    .after_read(read);

fn plan(_: &Cx, plan: &mut Plan) -> Result<(), Fail> {
    let config = plan.config.get("policy");
    let Some(new) = config.as_str() else { return Ok(()) };
    let kept = plan.prior.as_ref().map(|p| p.text("policy")).filter(|old| documents::same_policy(old, new));
    let policy = kept.map_or_else(|| documents::normal_version_first(new), str::to_owned);
    plan.planned.set("policy", Value::from(policy));
    Ok(())
}

fn create<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let name = names::choose(&work.state, cx.settings.clock.now());
        work.state.set("name", name.as_str());
        send(cx, work).await?;
        work.state.set("id", format!("{}:{name}", work.state.text("role")));
        Ok(())
    })
}

fn put<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(send(cx, work))
}

async fn send(cx: &Cx, work: &Work) -> Result<(), Fail> {
    let s = &work.state;
    let input = json!({"RoleName": s.text("role"), "PolicyName": s.text("name"), "PolicyDocument": s.text("policy")});
    super::persist(cx, "PutRolePolicy", &input, super::not_yet).await?;
    Ok(())
}

/// Role and name, from `role:name`.
fn parts(obj: &Obj) -> Result<(String, String), Fail> {
    match obj.id().split_once(':') {
        Some((role, name)) if !role.is_empty() && !name.is_empty() => Ok((role.to_owned(), name.to_owned())),
        _ => Err(Fail::new(
            "Invalid id of a role policy",
            format!("{:?} is not the name of a role and that of a policy in it, as in \"role:policy\".", obj.id()),
        )),
    }
}

fn read<'a>(cx: &'a Cx, obj: &'a mut Obj, _: &'a Json) -> Fut<'a, bool> {
    Box::pin(async move {
        let (role, name) = parts(obj)?;
        let found = cx.once("iam", "GetRolePolicy", json!({"RoleName": role, "PolicyName": name})).await?;
        let policy = super::document(&found, "PolicyDocument");
        if !documents::same_policy(obj.text("policy"), &policy) {
            obj.set("policy", documents::normal_version_first(&policy));
        }
        obj.set("name_prefix", names::prefix_of(&name));
        obj.set("name", name);
        obj.set("role", role);
        Ok(true)
    })
}

fn delete<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let (role, name) = parts(&work.state)?;
        super::role_grants::remove(cx, &role, &name).await
    })
}
