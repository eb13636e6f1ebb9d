//! KMS: keys, aliases, grants and policies.

mod alias;
mod external_key;
mod grant;
mod key;
mod key_policy;
mod material;
mod replica_external_key;
mod replica_key;

use std::time::Duration;

use serde_json::{Value as Json, json};

use crate::cx::Cx;
use crate::decl::{Fut, ReadTags, Resource, Service, TAGGING, Tagging};
use crate::doc;
use crate::fail::Fail;
use crate::obj::Obj;
use crate::work::Work;

/// Every resource type here.
pub static ALL: &[&Resource] = &[
    &alias::ALIAS,
    &external_key::EXTERNAL_KEY,
    &grant::GRANT,
    &key::KEY,
    &key_policy::KEY_POLICY,
    &replica_external_key::REPLICA_EXTERNAL_KEY,
    &replica_key::REPLICA_KEY,
];

/// The service.
pub static KMS: Service = Service { id: "kms", faults: &[("MalformedPolicyDocumentException", "policy")] };

/// Tags of a key.
pub const TAGS: Tagging = Tagging {
    by: ("KeyId", "id"),
    read: ReadTags::Op("ListResourceTags", "Tags"),
    words: ("TagKey", "TagValue"),
    ..TAGGING
};

/// States of a key that is as good as gone.
pub const DEAD: &[&str] = &["PendingDeletion", "PendingReplicaDeletion"];

/// How long KMS takes at most until it knows a principal that IAM has just made
/// (<https://docs.aws.amazon.com/kms/latest/APIReference/API_CreateKey.html>).
const PROPAGATION: Duration = Duration::from_secs(120);

/// A call that fails for a while when a principal in the policy is new.
///
/// # Errors
/// AWS refused.
pub async fn persist(cx: &Cx, region: &str, op: &str, input: Json) -> Result<Json, Fail> {
    let clock = &cx.settings.clock;
    let (start, mut pause) = (clock.now(), Duration::from_millis(200));
    loop {
        match cx.call_in(region, "kms", op, input.clone()).await {
            Err(e)
                if e.is(&["MalformedPolicyDocumentException"])
                    && clock.now().duration_since(start).unwrap_or_default() < PROPAGATION
                    && e.says(&["MalformedPolicyDocumentException"], "principal") =>
            {
                clock.sleep(pause).await;
                pause = (pause * 3 / 2).min(Duration::from_secs(10));
            }
            other => return other,
        }
    }
}

/// The policy of a key.
///
/// # Errors
/// AWS refused.
pub async fn policy(cx: &Cx, key: &str) -> Result<String, Fail> {
    let answer = cx.once("kms", "GetKeyPolicy", json!({"KeyId": key, "PolicyName": "default"})).await?;
    Ok(doc::text(&answer, "Policy"))
}

/// Puts a policy on a key.
///
/// # Errors
/// AWS refused.
pub async fn put_policy(cx: &Cx, key: &str, policy: &str, bypass: bool) -> Result<(), Fail> {
    let mut input = json!({"KeyId": key, "PolicyName": "default", "Policy": policy});
    if bypass {
        input["BypassPolicyLockoutSafetyCheck"] = json!(true);
    }
    persist(cx, cx.region(), "PutKeyPolicy", input).await?;
    Ok(())
}

/// Turns a key on or off.
///
/// # Errors
/// AWS refused.
pub async fn enable(cx: &Cx, key: &str, on: bool) -> Result<(), Fail> {
    let op = if on { "EnableKey" } else { "DisableKey" };
    // A key that was just made may not be known everywhere.
    let codes = &["NotFoundException"];
    cx.retry("kms", op, json!({"KeyId": key}), PROPAGATION, codes).await?;
    Ok(())
}

/// Description and policy of a key as planned, where they change.
///
/// # Errors
/// AWS refused.
pub async fn describe_and_permit(cx: &Cx, work: &Work) -> Result<(), Fail> {
    let (id, s) = (work.state.id(), &work.state);
    if work.changes("description") {
        let input = json!({"KeyId": id, "Description": s.text("description")});
        cx.call("kms", "UpdateKeyDescription", input).await?;
    }
    if work.changes("policy") {
        let bypass = s.bool("bypass_policy_lockout_safety_check");
        put_policy(cx, id, &crate::json::compact(s.text("policy")), bypass).await?;
    }
    Ok(())
}

/// Schedules the deletion of a key.
///
/// # Errors
/// AWS refused.
pub fn delete<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let mut input = json!({"KeyId": work.prior.id()});
        if let Some(days) = work.prior.int("deletion_window_in_days").filter(|d| *d > 0) {
            input["PendingWindowInDays"] = json!(days);
        }
        match cx.call("kms", "ScheduleKeyDeletion", input).await {
            Err(e) if e.says(&["KMSInvalidStateException"], "is pending deletion") => Ok(()),
            Err(e) => Err(e),
            Ok(_) => Ok(()),
        }
    })
}

/// What AWS knows nothing of in a key that is imported, where the provider starts from its defaults.
///
/// # Errors
/// None; it has the shape of a hook.
pub fn imported<'a>(_: &'a Cx, _: &'a str, obj: &'a mut Obj) -> Fut<'a, ()> {
    Box::pin(async move {
        obj.set("bypass_policy_lockout_safety_check", false);
        obj.set("deletion_window_in_days", 30);
        Ok(())
    })
}
