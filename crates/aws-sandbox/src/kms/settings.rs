//! Policies, rotation and tags of keys.

use serde_json::{Value, json};

use super::{find, not_found, paged, save, usable};
use crate::clock;
use crate::context::Ctx;
use crate::document::{items, put_tags, remove_tags, set, set_some, text, unset};
use crate::error::{Answer, AwsError};
use crate::input::Input;
use crate::policy::{self, Kind};
use crate::sandbox::Operations;

pub(crate) const OPERATIONS: Operations = &[
    ("GetKeyPolicy", get_policy),
    ("PutKeyPolicy", put_policy),
    ("ListKeyPolicies", |ctx, input| {
        find(ctx, input.str("KeyId")?)?;
        paged(input, "PolicyNames", vec![json!("default")])
    }),
    ("GetKeyRotationStatus", rotation),
    ("EnableKeyRotation", enable_rotation),
    ("DisableKeyRotation", disable_rotation),
    ("TagResource", tag),
    ("UntagResource", untag),
    ("ListResourceTags", |ctx, input| paged(input, "Tags", items(&find(ctx, input.str("KeyId")?)?, "_tags").to_vec())),
];

/// Checks a key policy as KMS does before it takes it.
pub(crate) fn check_policy(document: &str) -> Result<(), AwsError> {
    policy::check(document, Kind::Resource)
        .map(|_| ())
        .map_err(|why| AwsError::new("MalformedPolicyDocumentException", why))
}

fn only_default(input: &Input) -> Result<(), AwsError> {
    match input.filled("PolicyName")? {
        None | Some("default") => Ok(()),
        Some(_) => Err(not_found("No such policy exists".into())),
    }
}

fn get_policy(ctx: &mut Ctx, input: &Input) -> Answer {
    only_default(input)?;
    let key = find(ctx, input.str("KeyId")?)?;
    Ok(json!({"Policy": key["_policy"], "PolicyName": "default"}))
}

fn put_policy(ctx: &mut Ctx, input: &Input) -> Answer {
    only_default(input)?;
    input.flag("BypassPolicyLockoutSafetyCheck")?;
    let mut key = usable(ctx, input.str("KeyId")?)?;
    let document = input.str("Policy")?;
    check_policy(document)?;
    set(&mut key, "_policy", document);
    save(ctx, key);
    Ok(json!({}))
}

/// Source: EnableKeyRotation: symmetric keys with material of KMS's own; the primary key's setting holds for replicas.
fn rotatable(key: &Value) -> Result<(), AwsError> {
    let arn = text(key, "Arn");
    if text(key, "Origin") != "AWS_KMS" || text(key, "KeySpec") != "SYMMETRIC_DEFAULT" {
        let message = format!("{arn} origin is {} which is not valid for this operation.", text(key, "Origin"));
        return Err(AwsError::new("UnsupportedOperationException", message));
    }
    Ok(())
}

fn rotation(ctx: &mut Ctx, input: &Input) -> Answer {
    let key = find(ctx, input.str("KeyId")?)?;
    if text(&key, "Origin") == "EXTERNAL" {
        rotatable(&key)?;
    }
    let days = key["_rotation"].as_i64();
    let mut out = json!({"KeyRotationEnabled": days.is_some(), "KeyId": key["Arn"]});
    set_some(&mut out, "RotationPeriodInDays", days);
    set_some(&mut out, "NextRotationDate", days.map(|d| clock::rfc3339(ctx.now + d * 24 * 3600 * 1000)));
    Ok(out)
}

fn enable_rotation(ctx: &mut Ctx, input: &Input) -> Answer {
    let mut key = usable(ctx, input.str("KeyId")?)?;
    rotatable(&key)?;
    let days = input.opt_int("RotationPeriodInDays")?.or(key["_rotation"].as_i64()).unwrap_or(365);
    if !(90..=2560).contains(&days) {
        return Err(input.invalid("RotationPeriodInDays must be between 90 and 2560."));
    }
    set(&mut key, "_rotation", days);
    save(ctx, key);
    Ok(json!({}))
}

fn disable_rotation(ctx: &mut Ctx, input: &Input) -> Answer {
    let mut key = usable(ctx, input.str("KeyId")?)?;
    rotatable(&key)?;
    unset(&mut key, "_rotation");
    save(ctx, key);
    Ok(json!({}))
}

/// The tags of a request, checked.
pub(crate) fn read_tags(input: &Input) -> Result<Vec<Value>, AwsError> {
    let mut tags: Vec<Value> = Vec::new();
    for t in input.structures("Tags")? {
        let (key, value) = (t.str("TagKey")?, t.str("TagValue")?);
        if key.is_empty() || key.chars().count() > 128 || value.chars().count() > 256 || key.starts_with("aws:") {
            return Err(AwsError::new("TagException", format!("The tag key {key} is not valid.")));
        }
        if tags.iter().any(|h| text(h, "TagKey") == key) {
            return Err(AwsError::new("TagException", format!("Duplicate tag key {key}.")));
        }
        tags.push(json!({"TagKey": key, "TagValue": value}));
    }
    Ok(tags)
}

fn tag(ctx: &mut Ctx, input: &Input) -> Answer {
    let mut key = usable(ctx, input.str("KeyId")?)?;
    put_tags(&mut key, "_tags", "TagKey", read_tags(input)?);
    save(ctx, key);
    Ok(json!({}))
}

fn untag(ctx: &mut Ctx, input: &Input) -> Answer {
    let mut key = usable(ctx, input.str("KeyId")?)?;
    let keys = input.strings("TagKeys")?;
    remove_tags(&mut key, "_tags", "TagKey", &keys);
    save(ctx, key);
    Ok(json!({}))
}
