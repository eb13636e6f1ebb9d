//! What a table is set to beside its keys: expiry of items, backups, encryption, streams, class.

use serde_json::{Value, json};

use super::table::{get, save};
use crate::context::Ctx;
use crate::document::{set, set_some, text, unset};
use crate::error::{Answer, AwsError};
use crate::input::Input;
use crate::sandbox::Operations;

pub(crate) const OPERATIONS: Operations = &[
    ("DescribeTimeToLive", |ctx, input| {
        let doc = get(ctx, input.str("TableName")?)?;
        let found = doc.get("_ttl").cloned().unwrap_or_else(|| json!({"TimeToLiveStatus": "DISABLED"}));
        Ok(json!({"TimeToLiveDescription": found}))
    }),
    ("UpdateTimeToLive", time_to_live),
    ("DescribeContinuousBackups", |ctx, input| {
        let doc = get(ctx, input.str("TableName")?)?;
        Ok(backups(&doc))
    }),
    ("UpdateContinuousBackups", continuous_backups),
];

fn time_to_live(ctx: &mut Ctx, input: &Input) -> Answer {
    let mut doc = get(ctx, input.str("TableName")?)?;
    let wanted = input.structure("TimeToLiveSpecification")?;
    let (on, name) =
        (wanted.opt_bool("Enabled")?.ok_or_else(|| wanted.missing("Enabled"))?, wanted.str("AttributeName")?);
    if (text(&doc["_ttl"], "TimeToLiveStatus") == "ENABLED") == on {
        let state = if on { "enabled" } else { "disabled" };
        return Err(AwsError::new("ValidationException", format!("TimeToLive is already {state}")));
    }
    if on {
        set(&mut doc, "_ttl", json!({"TimeToLiveStatus": "ENABLED", "AttributeName": name}));
    } else {
        unset(&mut doc, "_ttl");
    }
    save(ctx, doc);
    Ok(json!({"TimeToLiveSpecification": {"Enabled": on, "AttributeName": name}}))
}

fn backups(doc: &Value) -> Value {
    let on = doc.get("_recovery").and_then(Value::as_i64);
    let mut recovery = json!({"PointInTimeRecoveryStatus": if on.is_some() { "ENABLED" } else { "DISABLED" }});
    set_some(&mut recovery, "RecoveryPeriodInDays", on);
    json!({"ContinuousBackupsDescription": {
        "ContinuousBackupsStatus": "ENABLED", "PointInTimeRecoveryDescription": recovery,
    }})
}

fn continuous_backups(ctx: &mut Ctx, input: &Input) -> Answer {
    let mut doc = get(ctx, input.str("TableName")?)?;
    let wanted = input.structure("PointInTimeRecoverySpecification")?;
    let days = wanted.opt_int("RecoveryPeriodInDays")?;
    if days.is_some_and(|d| !(1..=35).contains(&d)) {
        return Err(input.invalid("RecoveryPeriodInDays must be between 1 and 35."));
    }
    if wanted.flag("PointInTimeRecoveryEnabled")? {
        let days = days.or(doc["_recovery"].as_i64()).unwrap_or(35);
        set(&mut doc, "_recovery", days);
    } else {
        unset(&mut doc, "_recovery");
    }
    save(ctx, doc.clone());
    Ok(backups(&doc))
}

/// Encryption, stream and class of a request, for a creation or an update.
pub(super) fn apply(ctx: &mut Ctx, input: &Input, doc: &mut Value) -> Result<(), AwsError> {
    if let Some(s) = input.opt_structure("SSESpecification") {
        let key = s.filled("KMSMasterKeyId")?;
        s.filled("SSEType")?;
        if s.opt_bool("Enabled")?.unwrap_or(key.is_some()) {
            let arn = match key {
                Some(k) => crate::kms::usable_arn(ctx, k).map_err(|e| input.invalid(e.message))?,
                None => crate::kms::managed_arn(ctx, "dynamodb"),
            };
            set(doc, "SSEDescription", json!({"Status": "ENABLED", "SSEType": "KMS", "KMSMasterKeyArn": arn}));
        } else {
            unset(doc, "SSEDescription");
        }
    }
    if let Some(s) = input.opt_structure("StreamSpecification") {
        let on = s.flag("StreamEnabled")?;
        let view = s.filled("StreamViewType")?;
        if on && doc.get("StreamSpecification").is_some() {
            let message = format!("Table already has an enabled stream: TableName: {}", text(doc, "TableName"));
            return Err(AwsError::new("ResourceInUseException", message));
        }
        if on {
            let label = ctx.timestamp().trim_end_matches('Z').to_owned();
            let view = view.ok_or_else(|| input.invalid("StreamViewType is required when StreamEnabled is true."))?;
            let arn = format!("{}/stream/{label}", text(doc, "TableArn"));
            set(doc, "StreamSpecification", json!({"StreamEnabled": true, "StreamViewType": view}));
            set(doc, "LatestStreamLabel", label);
            set(doc, "LatestStreamArn", arn);
        } else {
            unset(doc, "StreamSpecification");
        }
    }
    match input.filled("TableClass")? {
        None => {}
        Some(class @ ("STANDARD" | "STANDARD_INFREQUENT_ACCESS")) => {
            set(doc, "TableClassSummary", json!({"TableClass": class}));
        }
        Some(other) => return Err(input.invalid(format!("{other} is no table class."))),
    }
    if let Some(limit) = input.raw("OnDemandThroughput") {
        set(doc, "OnDemandThroughput", limit.clone());
    }
    if let Some(on) = input.opt_bool("DeletionProtectionEnabled")? {
        set(doc, "DeletionProtectionEnabled", on);
    }
    Ok(())
}
