//! `aws_iam_role_policy`
//! (<https://registry.terraform.io/providers/hashicorp/aws/5.100.0/docs/resources/iam_role_policy>).

use serde_json::{Value as Json, json};

use super::{document, name_characters};
use crate::cx::Cx;
use crate::decl::*;
use crate::doc;
use crate::fail::Fail;
use crate::json::normal_version_first;
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
            .unread()
            .conflicts_with(&["name_prefix"])
            .check(&[Check::Length(1, 128), Check::By(name_characters)]),
        string("name_prefix")
            .optional_computed()
            .replaces()
            .unread()
            .check(&[Check::Length(1, 102), Check::By(name_characters)]),
        policy("policy").required().unread(),
        string("role").required().replaces().unread(),
    ])
    .create_with(put)
    .read(Read::Hook)
    .updates(&[update_with(put, &["policy"])])
    .delete_with(delete)
    .gone(&["NoSuchEntity"])
    .plans(plan)
    .imports(import)
    .after_read(read);

/// Inline policies are kept with `Version` first.
fn plan(_: &Cx, plan: &mut Plan) -> Result<(), Fail> {
    if plan.creating() || plan.changes("policy") {
        let text = plan.planned.text("policy").to_owned();
        if !text.is_empty() {
            plan.planned.set("policy", normal_version_first(&text));
        }
    }
    Ok(())
}

fn put<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let name = names::choose(&work.state, cx.settings.clock.now());
        let (role, policy) = (work.state.text("role").to_owned(), normal_version_first(work.state.text("policy")));
        let input = json!({"RoleName": role, "PolicyName": name, "PolicyDocument": policy});
        cx.call("iam", "PutRolePolicy", input).await?;
        work.state.set("id", format!("{role}:{name}"));
        work.state.set("name", name);
        Ok(())
    })
}

fn parts(id: &str) -> Result<(&str, &str), Fail> {
    id.split_once(':').ok_or_else(|| {
        Fail::new("Invalid id", format!("{id:?} is no inline policy: give role and policy, as my-role:my-policy."))
    })
}

fn read<'a>(cx: &'a Cx, obj: &'a mut Obj, _: &'a Json) -> Fut<'a, bool> {
    Box::pin(async move {
        let id = obj.id().to_owned();
        let (role, name) = parts(&id)?;
        let answer = cx.once("iam", "GetRolePolicy", json!({"RoleName": role, "PolicyName": name})).await?;
        let found = document(&doc::text(&answer, "PolicyDocument"));
        obj.set("policy", normal_version_first(&found));
        obj.set("role", role);
        obj.set("name", name);
        obj.set("name_prefix", names::prefix_of(name));
        Ok(true)
    })
}

fn delete<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let (role, name) = parts(work.prior.id())?;
        cx.call("iam", "DeleteRolePolicy", json!({"RoleName": role, "PolicyName": name})).await?;
        Ok(())
    })
}

fn import<'a>(_: &'a Cx, id: &'a str, _: &'a mut Obj) -> Fut<'a, ()> {
    Box::pin(async move { parts(id).map(|_| ()) })
}
