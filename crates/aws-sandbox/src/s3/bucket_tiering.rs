//! Configurations of the storage class Intelligent-Tiering, by id.

use serde_json::{Map, Value, json};

use super::bucket_settings::{setting, store};
use super::{bucket, error, malformed};
use crate::context::Ctx;
use crate::document::{items, text};
use crate::error::{Answer, AwsError};
use crate::input::Input;
use crate::sandbox::Operations;

pub(crate) const OPERATIONS: Operations = &[
    ("PutBucketIntelligentTieringConfiguration", put),
    ("GetBucketIntelligentTieringConfiguration", |ctx, input| {
        let id = input.str("Id")?;
        let found = all(ctx, input)?.get(id).cloned().ok_or_else(none)?;
        Ok(json!({"IntelligentTieringConfiguration": found}))
    }),
    ("ListBucketIntelligentTieringConfigurations", |ctx, input| {
        input.refuse(&["ContinuationToken"])?;
        let found: Vec<Value> = all(ctx, input)?.into_iter().map(|(_, v)| v).collect();
        Ok(json!({"IsTruncated": false, "IntelligentTieringConfigurationList": found}))
    }),
    ("DeleteBucketIntelligentTieringConfiguration", |ctx, input| {
        let mut found = all(ctx, input)?;
        found.shift_remove(input.str("Id")?).ok_or_else(none)?;
        store(ctx, input, "IntelligentTiering", Value::Object(found))
    }),
];

fn none() -> AwsError {
    error(404, "NoSuchConfiguration", "The specified configuration does not exist.")
}

fn all(ctx: &Ctx, input: &Input) -> Result<Map<String, Value>, AwsError> {
    Ok(setting(ctx, input, "IntelligentTiering")?.and_then(|v| v.as_object().cloned()).unwrap_or_default())
}

/// Source: "Tiering" in the API reference: 90 days at least for archives, 180 for deep ones, 730 at most.
fn put(ctx: &mut Ctx, input: &Input) -> Answer {
    bucket(ctx, input)?;
    let id = input.str("Id")?;
    let value = input.raw("IntelligentTieringConfiguration").ok_or_else(malformed)?;
    let tierings = items(value, "Tierings");
    if text(value, "Id") != id || tierings.is_empty() || !matches!(text(value, "Status"), "Enabled" | "Disabled") {
        return Err(malformed());
    }
    for t in tierings {
        let least = match text(t, "AccessTier") {
            "ARCHIVE_ACCESS" => 90,
            "DEEP_ARCHIVE_ACCESS" => 180,
            _ => return Err(malformed()),
        };
        if !t["Days"].as_i64().is_some_and(|d| (least..=730).contains(&d)) {
            return Err(error(400, "InvalidArgument", "Invalid number of days for the access tier."));
        }
    }
    let mut found = all(ctx, input)?;
    found.insert(id.to_owned(), value.clone());
    store(ctx, input, "IntelligentTiering", Value::Object(found))
}
