//! Log groups.

use serde_json::{Value, json};

use super::{already_exists, group_name, not_found, paged};
use crate::context::Ctx;
use crate::document::{public, set, set_some, text, unset};
use crate::error::{Answer, AwsError};
use crate::input::Input;
use crate::sandbox::Operations;

pub(crate) const OPERATIONS: Operations = &[
    ("CreateLogGroup", create),
    ("DescribeLogGroups", describe),
    ("DeleteLogGroup", delete),
    ("PutRetentionPolicy", put_retention),
    ("DeleteRetentionPolicy", delete_retention),
    ("AssociateKmsKey", associate_key),
    ("DisassociateKmsKey", disassociate_key),
];

pub(crate) const TABLE: &str = "log-group";

/// Source: PutRetentionPolicy in the CloudWatch Logs API reference.
const RETENTION: &[i64] =
    &[1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653];

/// The group with a name.
pub(crate) fn get(ctx: &Ctx, name: &str) -> Result<Value, AwsError> {
    ctx.store
        .get(&ctx.regional(TABLE), name)
        .cloned()
        .ok_or_else(|| not_found("The specified log group does not exist."))
}

/// Changes a group that is there.
pub(crate) fn put(ctx: &mut Ctx, doc: Value) {
    let (table, name) = (ctx.regional(TABLE), text(&doc, "logGroupName").to_owned());
    ctx.store.put(&table, &name, doc);
}

fn create(ctx: &mut Ctx, input: &Input) -> Answer {
    let name = input.str("logGroupName")?;
    let allowed = |c: char| c.is_ascii_alphanumeric() || "_-/.#".contains(c);
    if name.is_empty() || name.len() > 512 || !name.chars().all(allowed) {
        return Err(input.invalid(format!(
            "1 validation error detected: Value '{name}' at 'logGroupName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\.\\-_/#A-Za-z0-9]+"
        )));
    }
    let class = input.filled("logGroupClass")?.unwrap_or("STANDARD");
    if !matches!(class, "STANDARD" | "INFREQUENT_ACCESS" | "DELIVERY") {
        return Err(input.invalid(format!("Invalid logGroupClass {class}.")));
    }
    if input.flag("deletionProtectionEnabled")? {
        return Err(AwsError::not_implemented("deletion protection of log groups"));
    }
    if ctx.store.get(&ctx.regional(TABLE), name).is_some() {
        return Err(already_exists("The specified log group already exists"));
    }
    if ctx.store.count(&ctx.regional(TABLE)) >= ctx.quotas.log_groups_per_region {
        return Err(AwsError::new("LimitExceededException", "Resource limit exceeded."));
    }
    let arn = ctx.arn("logs", &format!("log-group:{name}"));
    let mut doc = json!({
        "logGroupName": name,
        "creationTime": ctx.now,
        "metricFilterCount": 0,
        "arn": format!("{arn}:*"),
        "logGroupArn": arn,
        "storedBytes": 0,
        "logGroupClass": class,
        "_tags": super::tags::read(input)?,
    });
    set_some(&mut doc, "kmsKeyId", input.filled("kmsKeyId")?);
    put(ctx, doc);
    Ok(json!({}))
}

fn describe(ctx: &mut Ctx, input: &Input) -> Answer {
    input.refuse(&["accountIdentifiers"])?;
    if input.flag("includeLinkedAccounts")? {
        return Err(AwsError::not_implemented("log groups of linked accounts (includeLinkedAccounts)"));
    }
    let prefix = input.filled("logGroupNamePrefix")?.unwrap_or("");
    let pattern = input.filled("logGroupNamePattern")?.unwrap_or("");
    let class = input.filled("logGroupClass")?;
    if !prefix.is_empty() && !pattern.is_empty() {
        return Err(input.invalid("LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters."));
    }
    let names: Vec<String> = input.strings("logGroupIdentifiers")?.into_iter().map(|n| group_name(ctx, n)).collect();
    let all = ctx
        .store
        .rows(&ctx.regional(TABLE))
        .filter(|(name, d)| {
            name.starts_with(prefix)
                && name.to_lowercase().contains(&pattern.to_lowercase())
                && class.is_none_or(|c| text(d, "logGroupClass") == c)
                && (names.is_empty() || names.contains(name))
        })
        .map(|(_, d)| public(d))
        .collect();
    paged(input, "logGroups", all, 50)
}

fn delete(ctx: &mut Ctx, input: &Input) -> Answer {
    let name = input.str("logGroupName")?;
    get(ctx, name)?;
    for table in [super::stream::TABLE, super::metric_filter::TABLE] {
        let table = ctx.regional(table);
        let inside: Vec<String> =
            ctx.store.rows(&table).filter(|(_, d)| text(d, "_group") == name).map(|(key, _)| key.clone()).collect();
        for key in inside {
            ctx.store.remove(&table, &key);
        }
    }
    let table = ctx.regional(TABLE);
    ctx.store.remove(&table, name);
    Ok(json!({}))
}

fn put_retention(ctx: &mut Ctx, input: &Input) -> Answer {
    let mut doc = get(ctx, input.str("logGroupName")?)?;
    let days = input.int("retentionInDays")?;
    if !RETENTION.contains(&days) {
        let list: Vec<String> = RETENTION.iter().map(i64::to_string).collect();
        return Err(input.invalid(format!(
            "1 validation error detected: Value '{days}' at 'retentionInDays' failed to satisfy constraint: Member must satisfy enum value set: [{}]",
            list.join(", ")
        )));
    }
    set(&mut doc, "retentionInDays", days);
    put(ctx, doc);
    Ok(json!({}))
}

fn delete_retention(ctx: &mut Ctx, input: &Input) -> Answer {
    let mut doc = get(ctx, input.str("logGroupName")?)?;
    unset(&mut doc, "retentionInDays");
    put(ctx, doc);
    Ok(json!({}))
}

fn key_target(ctx: &Ctx, input: &Input) -> Result<Value, AwsError> {
    match (input.filled("logGroupName")?, input.filled("resourceIdentifier")?) {
        (Some(name), _) => get(ctx, name),
        (None, Some(arn)) => get(ctx, &group_name(ctx, arn)),
        (None, None) => Err(input.missing("logGroupName")),
    }
}

fn associate_key(ctx: &mut Ctx, input: &Input) -> Answer {
    let mut doc = key_target(ctx, input)?;
    set(&mut doc, "kmsKeyId", input.str("kmsKeyId")?);
    put(ctx, doc);
    Ok(json!({}))
}

fn disassociate_key(ctx: &mut Ctx, input: &Input) -> Answer {
    let mut doc = key_target(ctx, input)?;
    unset(&mut doc, "kmsKeyId");
    put(ctx, doc);
    Ok(json!({}))
}
