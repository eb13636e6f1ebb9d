//! `aws_kms_key_policy`
//! (<https://registry.terraform.io/providers/hashicorp/aws/5.100.0/docs/resources/kms_key_policy>).

use serde_json::{Value as Json, json};

use crate::cx::Cx;
use crate::decl::*;
use crate::fail::Fail;
use crate::obj::Obj;
use crate::work::Work;

/// `aws_kms_key_policy`.
pub static KEY_POLICY: Resource = resource("aws_kms_key_policy", &super::KMS)
    .attrs(&[
        boolean("bypass_policy_lockout_safety_check").default_bool(false).local(),
        string("key_id").required().same(Same::KeyArn).check(&[Check::Length(1, 2048)]),
        policy("policy").required().unread(),
    ])
    .create_with(put)
    .key(&[("KeyId", "id")])
    .read(Read::One { op: "DescribeKey", item: "KeyMetadata" })
    .dead("KeyState", super::DEAD)
    .updates(&[update_with(put, &["key_id", "policy"]), update_state(&["bypass_policy_lockout_safety_check"])])
    .delete_with(delete)
    .gone(&["NotFoundException"])
    .faults(&[("NotFoundException", "key_id")])
    .after_read(read)
    .imports(import);

/// Another key is an update to the AWS provider: the policy moves there, and the first key has its default one again.
fn put<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let s = &work.state;
        let moves = work.changes("key_id");
        let key = if work.creating || moves { s.text("key_id").to_owned() } else { s.id().to_owned() };
        let document = crate::json::compact(s.text("policy"));
        super::put_policy(cx, &key, &document, s.bool("bypass_policy_lockout_safety_check")).await?;
        if moves && !work.creating {
            restore(cx, &work.prior).await?;
        }
        work.state.set("id", key);
        Ok(())
    })
}

fn read<'a>(cx: &'a Cx, obj: &'a mut Obj, _: &'a Json) -> Fut<'a, bool> {
    Box::pin(async move {
        let policy = super::policy(cx, obj.id()).await?;
        obj.set("policy", policy);
        Ok(true)
    })
}

/// A key always has a policy: what is left is the default one, which hands everything to the account's IAM policies.
async fn restore(cx: &Cx, prior: &Obj) -> Result<(), Fail> {
    // Whoever gave up the right to change the policy cannot restore it.
    if prior.bool("bypass_policy_lockout_safety_check") {
        return Ok(());
    }
    let root = format!("arn:{}:iam::{}:root", cx.settings.partition, cx.account().await?);
    let default = json!({
        "Id": "default",
        "Version": "2012-10-17",
        "Statement": [{
            "Sid": "Enable IAM User Permissions", "Effect": "Allow", "Principal": {"AWS": root},
            "Action": "kms:*", "Resource": "*",
        }],
    });
    match super::put_policy(cx, prior.id(), &default.to_string(), false).await {
        Err(e) if e.says(&["KMSInvalidStateException"], "is pending deletion") => Ok(()),
        other => other,
    }
}

fn delete<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move { restore(cx, &work.prior).await })
}

fn import<'a>(_: &'a Cx, _: &'a str, obj: &'a mut Obj) -> Fut<'a, ()> {
    Box::pin(async move {
        // AWS knows nothing of it; the provider starts from its default.
        obj.set("bypass_policy_lockout_safety_check", false);
        Ok(())
    })
}
