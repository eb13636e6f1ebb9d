//! Replication into other buckets: rules are kept and checked, nothing is copied.

use serde_json::{Value, json};

use super::bucket_settings::{remove, setting, store};
use super::{BUCKETS, bucket, error, malformed};
use crate::context::Ctx;
use crate::document::{items, items_mut, set, text};
use crate::error::{Answer, AwsError};
use crate::input::Input;
use crate::sandbox::Operations;

pub(crate) const OPERATIONS: Operations = &[
    ("PutBucketReplication", put),
    ("GetBucketReplication", |ctx, input| match setting(ctx, input, "Replication")? {
        Some(found) => Ok(json!({"ReplicationConfiguration": found})),
        None => Err(error(404, "ReplicationConfigurationNotFoundError", "The replication configuration was not found")),
    }),
    ("DeleteBucketReplication", |ctx, input| remove(ctx, input, "Replication")),
];

fn invalid(message: impl AsRef<str>) -> AwsError {
    error(400, "InvalidRequest", message.as_ref())
}

/// Checks a rule. Source: "Replication configuration file elements": with a filter the newer schema counts.
fn check(ctx: &Ctx, rule: &Value) -> Result<(), AwsError> {
    if !matches!(text(rule, "Status"), "Enabled" | "Disabled") {
        return Err(malformed());
    }
    let newer = rule.get("Filter").is_some();
    if newer && rule.get("DeleteMarkerReplication").is_none() {
        return Err(invalid(
            "DeleteMarkerReplication must be specified for this version of Cross Region Replication configuration schema. \
             Please refer to S3 Developer Guide for more information.",
        ));
    }
    if newer && rule.get("Priority").is_none() {
        return Err(invalid(
            "Priority must be specified for this version of Cross Region Replication configuration schema. Please refer \
             to S3 Developer Guide for more information.",
        ));
    }
    if newer && rule.get("Prefix").is_some() {
        return Err(malformed());
    }
    let to = &rule["Destination"];
    let Some(name) = text(to, "Bucket").strip_prefix("arn:aws:s3:::") else {
        return Err(error(400, "InvalidArgument", "Invalid bucket ARN."));
    };
    let target = ctx.store.get(BUCKETS, name).ok_or_else(|| invalid("Destination bucket must exist."))?;
    if text(&target["_settings"]["Versioning"], "Status") != "Enabled" {
        return Err(invalid("Destination bucket must have versioning enabled."));
    }
    if to.get("EncryptionConfiguration").is_some()
        && rule["SourceSelectionCriteria"].get("SseKmsEncryptedObjects").is_none()
    {
        return Err(invalid("SseKmsEncryptedObjects must be specified if EncryptionConfiguration is present."));
    }
    if to.get("ReplicationTime").is_some() && to.get("Metrics").is_none() {
        return Err(invalid("Metrics must be specified if ReplicationTime is present."));
    }
    Ok(())
}

fn put(ctx: &mut Ctx, input: &Input) -> Answer {
    input.accept(&["Token"]);
    let doc = bucket(ctx, input)?;
    let value = input.raw("ReplicationConfiguration").ok_or_else(|| input.missing("ReplicationConfiguration"))?;
    let mut value = value.clone();
    if !text(&value, "Role").starts_with("arn:aws:iam::") {
        return Err(error(400, "InvalidArgument", "Invalid role ARN."));
    }
    let rules = items(&value, "Rules").to_vec();
    if rules.is_empty() || rules.len() > 1000 {
        return Err(malformed());
    }
    if text(&doc["_settings"]["Versioning"], "Status") != "Enabled" {
        return Err(invalid("Versioning must be 'Enabled' on the bucket to apply a replication configuration"));
    }
    let (mut ids, mut priorities) = (std::collections::HashSet::new(), std::collections::HashSet::new());
    for rule in &rules {
        check(ctx, rule)?;
        if let Some(p) = rule["Priority"].as_i64()
            && !priorities.insert(p)
        {
            return Err(invalid(format!("Found duplicate priority {p} in replication rules.")));
        }
        let id = text(rule, "ID");
        if !id.is_empty() && !ids.insert(id) {
            return Err(invalid("Rule ID must be unique."));
        }
    }
    let named: Vec<String> = rules.iter().map(|_| ctx.new_uuid("replication-rule")).collect();
    for (rule, id) in items_mut(&mut value, "Rules").into_iter().flatten().zip(named) {
        if text(rule, "ID").is_empty() {
            set(rule, "ID", id);
        }
    }
    store(ctx, input, "Replication", value)
}
