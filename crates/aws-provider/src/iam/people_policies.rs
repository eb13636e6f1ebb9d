//! Managed policies of people: `aws_iam_group_policy_attachment` and `aws_iam_user_policy_attachment`
//! (<https://registry.terraform.io/providers/hashicorp/aws/5.100.0/docs/resources/iam_group_policy_attachment>,
//! <https://registry.terraform.io/providers/hashicorp/aws/5.100.0/docs/resources/iam_user_policy_attachment>).

use serde_json::{Value as Json, json};

use crate::cx::Cx;
use crate::decl::*;
use crate::doc;
use crate::fail::Fail;
use crate::names;
use crate::obj::Obj;
use crate::work::Work;

/// `aws_iam_group_policy_attachment`.
pub static GROUP_POLICY_ATTACHMENT: Resource = attachment("aws_iam_group_policy_attachment")
    .attrs(&[string("group").required().replaces(), string("policy_arn").required().replaces().check(&[Check::Arn])]);

/// `aws_iam_user_policy_attachment`.
pub static USER_POLICY_ATTACHMENT: Resource = attachment("aws_iam_user_policy_attachment")
    .attrs(&[string("policy_arn").required().replaces().check(&[Check::Arn]), string("user").required().replaces()]);

const fn attachment(name: &'static str) -> Resource {
    resource(name, &super::IAM)
        .create_with(create)
        .read(Read::Hook)
        .delete_with(delete)
        .gone(&["NoSuchEntity"])
        .faults(&[("NoSuchEntity", "policy_arn")])
        .after_read(read)
        .imports(import)
}

/// Whom a policy is attached to, and by which calls.
struct Holder {
    attribute: &'static str,
    member: &'static str,
    attach: &'static str,
    detach: &'static str,
    list: &'static str,
}

const GROUP: Holder = Holder {
    attribute: "group",
    member: "GroupName",
    attach: "AttachGroupPolicy",
    detach: "DetachGroupPolicy",
    list: "ListAttachedGroupPolicies",
};
const USER: Holder = Holder {
    attribute: "user",
    member: "UserName",
    attach: "AttachUserPolicy",
    detach: "DetachUserPolicy",
    list: "ListAttachedUserPolicies",
};

fn holder(obj: &Obj) -> &'static Holder {
    if obj.has(GROUP.attribute) { &GROUP } else { &USER }
}

fn input(obj: &Obj) -> Json {
    let holder = holder(obj);
    json!({holder.member: obj.text(holder.attribute), "PolicyArn": obj.text("policy_arn")})
}

fn create<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let holder = holder(&work.state);
        super::persist(cx, holder.attach, &input(&work.state), |e| e.is(&["ConcurrentModification"])).await?;
        // AWS has no id for it; the provider makes one up.
        let id = format!("{}-{}", work.state.text(holder.attribute), names::unique(cx.settings.clock.now()));
        work.state.set("id", id);
        Ok(())
    })
}

/// All attachments of a holder share one listing.
fn read<'a>(cx: &'a Cx, obj: &'a mut Obj, _: &'a Json) -> Fut<'a, bool> {
    Box::pin(async move {
        let holder = holder(obj);
        let named = json!({holder.member: obj.text(holder.attribute)});
        let all = cx.list_once("iam", holder.list, "AttachedPolicies", named).await?;
        Ok(all.iter().any(|p| doc::text(p, "PolicyArn") == obj.text("policy_arn")))
    })
}

fn delete<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let detach = holder(&work.prior).detach;
        super::persist(cx, detach, &input(&work.prior), |e| e.is(&["ConcurrentModification"])).await?;
        Ok(())
    })
}

fn import<'a>(_: &'a Cx, id: &'a str, obj: &'a mut Obj) -> Fut<'a, ()> {
    Box::pin(async move {
        let attribute = holder(obj).attribute;
        let Some((name, arn)) = id.split_once('/').filter(|(name, arn)| !name.is_empty() && arn.starts_with("arn:"))
        else {
            return Err(Fail::new(
                "Invalid import id",
                format!(
                    "{id:?} is not the name of a {attribute} and the ARN of a policy, as in \"{attribute}/arn:aws:iam::...\"."
                ),
            ));
        };
        obj.set("id", format!("{name}-{arn}"));
        obj.set(attribute, name);
        obj.set("policy_arn", arn);
        Ok(())
    })
}
