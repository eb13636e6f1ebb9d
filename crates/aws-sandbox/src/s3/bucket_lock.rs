//! Object lock of a bucket: how long its objects cannot be deleted when they do not say so themselves.

use serde_json::{Value, json};

use super::bucket_settings::{setting, store};
use super::{bucket, error, malformed};
use crate::context::Ctx;
use crate::document::{set, text};
use crate::error::Answer;
use crate::input::Input;
use crate::sandbox::Operations;

pub(crate) const OPERATIONS: Operations = &[
    ("PutObjectLockConfiguration", put),
    ("GetObjectLockConfiguration", |ctx, input| match setting(ctx, input, "ObjectLock")? {
        Some(found) => Ok(json!({"ObjectLockConfiguration": found})),
        None => Err(error(
            404,
            "ObjectLockConfigurationNotFoundError",
            "Object Lock configuration does not exist for this bucket",
        )),
    }),
];

/// What a bucket has that is made with object lock.
pub(super) fn enabled(settings: &mut Value) {
    set(settings, "ObjectLock", json!({"ObjectLockEnabled": "Enabled"}));
    set(settings, "Versioning", json!({"Status": "Enabled"}));
}

fn put(ctx: &mut Ctx, input: &Input) -> Answer {
    input.accept(&["RequestPayer", "Token"]);
    let doc = bucket(ctx, input)?;
    let value = input.raw("ObjectLockConfiguration").ok_or_else(malformed)?;
    if text(value, "ObjectLockEnabled") != "Enabled" {
        return Err(malformed());
    }
    if let Some(rule) = value.get("Rule") {
        let retention = &rule["DefaultRetention"];
        let known = matches!(text(retention, "Mode"), "GOVERNANCE" | "COMPLIANCE");
        let (days, years) = (retention.get("Days"), retention.get("Years"));
        if !known || days.is_some() == years.is_some() {
            return Err(malformed());
        }
        if days.or(years).and_then(Value::as_i64).is_none_or(|n| n <= 0) {
            return Err(error(400, "InvalidArgument", "Default retention period must be a positive integer value."));
        }
    }
    // Source: "Configuring Object Lock": an existing bucket needs versions first.
    if text(&doc["_settings"]["Versioning"], "Status") != "Enabled" {
        let message = "Versioning must be 'Enabled' on the bucket to apply a Object Lock configuration";
        return Err(error(409, "InvalidBucketState", message));
    }
    store(ctx, input, "ObjectLock", value.clone())
}

/// Gives a new version of an object the retention that its bucket has by default.
pub(super) fn retain(ctx: &Ctx, bucket: &Value, version: &mut Value) {
    let retention = &bucket["_settings"]["ObjectLock"]["Rule"]["DefaultRetention"];
    let days = retention["Days"].as_i64().or_else(|| retention["Years"].as_i64().map(|y| y * 365));
    if let Some(days) = days {
        set(version, "ObjectLockMode", retention["Mode"].clone());
        set(version, "ObjectLockRetainUntilDate", crate::clock::rfc3339(ctx.now + days * 86_400_000));
    }
}
