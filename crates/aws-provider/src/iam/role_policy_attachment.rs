//! `aws_iam_role_policy_attachment`
//! (<https://registry.terraform.io/providers/hashicorp/aws/5.100.0/docs/resources/iam_role_policy_attachment>).

use serde_json::{Value as Json, json};

use crate::cx::Cx;
use crate::decl::*;
use crate::fail::Fail;
use crate::names;
use crate::obj::Obj;
use crate::work::Work;

/// `aws_iam_role_policy_attachment`.
pub static ROLE_POLICY_ATTACHMENT: Resource = resource("aws_iam_role_policy_attachment", &super::IAM)
    .attrs(&[
        string("policy_arn").required().replaces().unread().check(&[Check::Arn]),
        string("role").required().replaces().unread(),
    ])
    .create_with(create)
    .read(Read::Hook)
    .delete_with(delete)
    .gone(&["NoSuchEntity"])
    .imports(import)
    .after_read(read);

fn create<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let (role, arn) = (work.state.text("role").to_owned(), work.state.text("policy_arn").to_owned());
        cx.call("iam", "AttachRolePolicy", json!({"RoleName": role, "PolicyArn": arn})).await?;
        // The id says nothing; it only has to be unique.
        work.state.set("id", format!("{role}-{}", names::unique(cx.settings.clock.now())));
        Ok(())
    })
}

fn read<'a>(cx: &'a Cx, obj: &'a mut Obj, _: &'a Json) -> Fut<'a, bool> {
    Box::pin(async move {
        let attached = super::role::attached(cx, obj.text("role")).await?;
        Ok(attached.iter().any(|a| a == obj.text("policy_arn")))
    })
}

fn delete<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let input = json!({"RoleName": work.prior.text("role"), "PolicyArn": work.prior.text("policy_arn")});
        cx.call("iam", "DetachRolePolicy", input).await?;
        Ok(())
    })
}

/// `my-role/arn:aws:iam::123456789012:policy/mine`
fn import<'a>(_: &'a Cx, given: &'a str, obj: &'a mut Obj) -> Fut<'a, ()> {
    Box::pin(async move {
        let Some((role, arn)) = given.split_once('/').filter(|(_, arn)| arn.starts_with("arn:")) else {
            return Err(Fail::new(
                "Invalid import id",
                format!(
                    "{given:?} is no attachment: give the role and the policy's ARN, as my-role/arn:aws:iam::123456789012:policy/mine."
                ),
            ));
        };
        obj.set("role", role);
        obj.set("policy_arn", arn);
        obj.set("id", format!("{role}-{arn}"));
        Ok(())
    })
}
