//! `aws_iam_role_policy_attachment`
//! (<https://registry.terraform.io/providers/hashicorp/aws/5.100.0/docs/resources/iam_role_policy_attachment>).

use serde_json::Value as Json;

use super::role_grants;
use crate::cx::Cx;
use crate::decl::*;
use crate::fail::Fail;
use crate::names;
use crate::obj::Obj;
use crate::work::Work;

/// `aws_iam_role_policy_attachment`.
pub static ROLE_POLICY_ATTACHMENT: Resource = resource("aws_iam_role_policy_attachment", &super::IAM)
    .attrs(&[
        string("policy_arn").required().replaces().check(&[Check::Arn]),
        string("role").required().replaces().check(&[Check::Length(1, 64), Check::By(super::name)]),
    ])
    .create_with(create)
    .read(Read::Hook)
    .delete_with(delete)
    .gone(&["NoSuchEntity"])
    .faults(&[("NoSuchEntity", "policy_arn")])
    .after_read(read)
    .imports(import);

fn create<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let role = work.state.text("role").to_owned();
        role_grants::attach(cx, &role, work.state.text("policy_arn")).await?;
        // AWS has no id for it; the provider makes one up.
        work.state.set("id", format!("{role}-{}", names::unique(cx.settings.clock.now())));
        Ok(())
    })
}

/// All attachments of a role share one listing, with the role itself.
fn read<'a>(cx: &'a Cx, obj: &'a mut Obj, _: &'a Json) -> Fut<'a, bool> {
    Box::pin(async move {
        let arns = role_grants::managed(cx, obj.text("role")).await?;
        Ok(arns.iter().any(|a| a == obj.text("policy_arn")))
    })
}

fn delete<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move { role_grants::detach(cx, work.state.text("role"), work.state.text("policy_arn")).await })
}

fn import<'a>(_: &'a Cx, id: &'a str, obj: &'a mut Obj) -> Fut<'a, ()> {
    Box::pin(async move {
        let Some((role, arn)) = id.split_once('/').filter(|(role, arn)| !role.is_empty() && arn.starts_with("arn:"))
        else {
            return Err(Fail::new(
                "Invalid import id",
                format!("{id:?} is not the name of a role and the ARN of a policy, as in \"role/arn:aws:iam::...\"."),
            ));
        };
        obj.set("id", format!("{role}-{arn}"));
        obj.set("role", role);
        obj.set("policy_arn", arn);
        Ok(())
    })
}
