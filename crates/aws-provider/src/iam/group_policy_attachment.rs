//! `aws_iam_group_policy_attachment`
//! (<https://registry.terraform.io/providers/hashicorp/aws/5.100.0/docs/resources/iam_group_policy_attachment>).

use serde_json::{Value as Json, json};

use crate::cx::Cx;
use crate::decl::*;
use crate::doc;
use crate::fail::Fail;
use crate::names;
use crate::obj::Obj;
use crate::work::Work;

/// `aws_iam_group_policy_attachment`.
pub static GROUP_POLICY_ATTACHMENT: Resource = resource("aws_iam_group_policy_attachment", &super::IAM)
    .attrs(&[string("group").required().replaces(), string("policy_arn").required().replaces().check(&[Check::Arn])])
    .create_with(create)
    .read(Read::Hook)
    .delete_with(delete)
    .gone(&["NoSuchEntity"])
    .faults(&[("NoSuchEntity", "policy_arn")])
    .after_read(read)
    .imports(import);

fn input(obj: &Obj) -> Json {
    json!({"GroupName": obj.text("group"), "PolicyArn": obj.text("policy_arn")})
}

fn create<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        super::persist(cx, "AttachGroupPolicy", &input(&work.state), |e| e.is(&["ConcurrentModification"])).await?;
        // AWS has no id for it; the provider makes one up.
        let id = format!("{}-{}", work.state.text("group"), names::unique(cx.settings.clock.now()));
        work.state.set("id", id);
        Ok(())
    })
}

/// All attachments of a group share one listing.
fn read<'a>(cx: &'a Cx, obj: &'a mut Obj, _: &'a Json) -> Fut<'a, bool> {
    Box::pin(async move {
        let group = json!({"GroupName": obj.text("group")});
        let all = cx.list_once("iam", "ListAttachedGroupPolicies", "AttachedPolicies", group).await?;
        Ok(all.iter().any(|p| doc::text(p, "PolicyArn") == obj.text("policy_arn")))
    })
}

fn delete<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        super::persist(cx, "DetachGroupPolicy", &input(&work.prior), |e| e.is(&["ConcurrentModification"])).await?;
        Ok(())
    })
}

fn import<'a>(_: &'a Cx, id: &'a str, obj: &'a mut Obj) -> Fut<'a, ()> {
    Box::pin(async move {
        let Some((group, arn)) = id.split_once('/').filter(|(group, arn)| !group.is_empty() && arn.starts_with("arn:"))
        else {
            return Err(Fail::new(
                "Invalid import id",
                format!("{id:?} is not the name of a group and the ARN of a policy, as in \"group/arn:aws:iam::...\"."),
            ));
        };
        obj.set("id", format!("{group}-{arn}"));
        obj.set("group", group);
        obj.set("policy_arn", arn);
        Ok(())
    })
}
