//! Tables.

use serde_json::{Value, json};

use crate::context::Ctx;
use crate::document::{items, items_mut, public, set, set_some, text};
use crate::error::{Answer, AwsError};
use crate::input::Input;
use crate::page;
use crate::sandbox::Operations;

pub(crate) const OPERATIONS: Operations = &[
    ("CreateTable", create),
    ("DescribeTable", describe),
    ("ListTables", list),
    ("UpdateTable", update),
    ("DeleteTable", delete),
    ("DescribeTimeToLive", |ctx, input| {
        get(ctx, input.str("TableName")?)?;
        Ok(json!({"TimeToLiveDescription": {"TimeToLiveStatus": "DISABLED"}}))
    }),
    ("DescribeContinuousBackups", |ctx, input| {
        get(ctx, input.str("TableName")?)?;
        Ok(json!({"ContinuousBackupsDescription": {
            "ContinuousBackupsStatus": "ENABLED",
            "PointInTimeRecoveryDescription": {"PointInTimeRecoveryStatus": "DISABLED"},
        }}))
    }),
    ("TagResource", tag),
    ("UntagResource", untag),
    ("ListTagsOfResource", |ctx, input| {
        input.accept(&["NextToken"]);
        let table = by_arn(ctx, input)?;
        Ok(json!({"Tags": items(&table, "_tags")}))
    }),
];

const TABLE: &str = "dynamodb-table";

/// The table of a table's items.
pub(crate) fn items_table(ctx: &Ctx, name: &str) -> String {
    format!("item@{}/{}/{name}", ctx.account, ctx.region)
}

/// The table with a name, which must be there.
pub(crate) fn get(ctx: &Ctx, name: &str) -> Result<Value, AwsError> {
    ctx.store.get(&ctx.regional(TABLE), name).cloned().ok_or_else(|| {
        AwsError::new("ResourceNotFoundException", format!("Requested resource not found: Table: {name} not found"))
    })
}

fn save(ctx: &mut Ctx, doc: Value) {
    let (table, name) = (ctx.regional(TABLE), text(&doc, "TableName").to_owned());
    ctx.store.put(&table, &name, doc);
}

fn by_arn(ctx: &Ctx, input: &Input) -> Result<Value, AwsError> {
    let arn = input.str("ResourceArn")?;
    let prefix = ctx.arn("dynamodb", "table/");
    let name = arn.strip_prefix(&prefix).ok_or_else(|| input.invalid(format!("Invalid TableArn: {arn}")))?;
    get(ctx, name)
}

/// The encryption with a key of KMS that a request asks for; without it a table has DynamoDB's own.
fn encryption(ctx: &Ctx, input: &Input) -> Result<Option<Value>, AwsError> {
    let Some(wanted) = input.opt_structure("SSESpecification") else { return Ok(None) };
    wanted.refuse(&["KMSMasterKeyId"])?;
    wanted.filled("SSEType")?;
    let key = ctx.arn("kms", "alias/aws/dynamodb");
    let description = json!({"Status": "ENABLED", "SSEType": "KMS", "KMSMasterKeyArn": key});
    Ok(wanted.flag("Enabled")?.then_some(description))
}

fn create(ctx: &mut Ctx, input: &Input) -> Answer {
    input.refuse(&[
        "LocalSecondaryIndexes",
        "GlobalSecondaryIndexes",
        "TableClass",
        "WarmThroughput",
        "ResourcePolicy",
        "OnDemandThroughput",
        "GlobalTableSourceArn",
        "GlobalTableSettingsReplicationMode",
    ])?;
    if let Some(stream) = input.opt_structure("StreamSpecification")
        && stream.flag("StreamEnabled")?
    {
        return Err(AwsError::not_implemented("streams of tables"));
    }
    let sse = encryption(ctx, input)?;
    let name = input.str("TableName")?;
    let definitions = input.raw("AttributeDefinitions").cloned().unwrap_or_else(|| json!([]));
    let schema = input.raw("KeySchema").ok_or_else(|| input.missing("KeySchema"))?.clone();
    let keys = schema.as_array().map(Vec::as_slice).unwrap_or_default();
    let defined = definitions.as_array().map(Vec::as_slice).unwrap_or_default();
    if keys.is_empty() || keys.iter().any(|k| !defined.iter().any(|d| d["AttributeName"] == k["AttributeName"])) {
        return Err(input.invalid("One or more parameter values were invalid: Some index key attributes are not defined in AttributeDefinitions."));
    }
    if keys.len() != defined.len() {
        return Err(input.invalid("One or more parameter values were invalid: Number of attributes in KeySchema does not exactly match number of attributes defined in AttributeDefinitions"));
    }
    if ctx.store.get(&ctx.regional(TABLE), name).is_some() {
        return Err(AwsError::new("ResourceInUseException", format!("Table already exists: {name}")));
    }
    let on_demand = match input.filled("BillingMode")? {
        None | Some("PROVISIONED") => false,
        Some("PAY_PER_REQUEST") => true,
        Some(other) => return Err(input.invalid(format!("Invalid BillingMode {other}"))),
    };
    let throughput = match input.opt_structure("ProvisionedThroughput") {
        Some(t) if !on_demand => (t.int("ReadCapacityUnits")?, t.int("WriteCapacityUnits")?),
        None if on_demand => (0, 0),
        Some(_) => return Err(input.invalid("One or more parameter values were invalid: Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST")),
        None => return Err(input.invalid("One or more parameter values were invalid: ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is PROVISIONED")),
    };
    let mut tags = Vec::new();
    for t in input.structures("Tags")? {
        tags.push(json!({"Key": t.str("Key")?, "Value": t.str("Value")?}));
    }
    let mut doc = json!({
        "AttributeDefinitions": definitions,
        "TableName": name,
        "KeySchema": schema,
        "TableStatus": "CREATING",
        "CreationDateTime": ctx.timestamp(),
        "ProvisionedThroughput": {
            "NumberOfDecreasesToday": 0, "ReadCapacityUnits": throughput.0, "WriteCapacityUnits": throughput.1,
        },
        "TableSizeBytes": 0,
        "ItemCount": 0,
        "TableArn": ctx.arn("dynamodb", &format!("table/{name}")),
        "TableId": ctx.new_uuid("table"),
        "DeletionProtectionEnabled": input.flag("DeletionProtectionEnabled")?,
        "_tags": tags,
    });
    if on_demand {
        set(
            &mut doc,
            "BillingModeSummary",
            json!({"BillingMode": "PAY_PER_REQUEST", "LastUpdateToPayPerRequestDateTime": ctx.timestamp()}),
        );
    }
    set_some(&mut doc, "SSEDescription", sse);
    save(ctx, doc.clone());
    ctx.after(8, "dynamodb-active", name);
    Ok(json!({"TableDescription": public(&doc)}))
}

/// Changes a table's encryption or its protection against deletion; one thing in a request, as AWS has it.
fn update(ctx: &mut Ctx, input: &Input) -> Answer {
    input.refuse(&[
        "AttributeDefinitions",
        "BillingMode",
        "ProvisionedThroughput",
        "GlobalSecondaryIndexUpdates",
        "StreamSpecification",
        "ReplicaUpdates",
        "TableClass",
        "MultiRegionConsistency",
        "GlobalTableWitnessUpdates",
        "OnDemandThroughput",
        "WarmThroughput",
        "GlobalTableSettingsReplicationMode",
    ])?;
    let name = input.str("TableName")?;
    let mut doc = get(ctx, name)?;
    if text(&doc, "TableStatus") != "ACTIVE" {
        let message = format!("Attempt to change a resource which is still in use: Table is being updated: {name}");
        return Err(AwsError::new("ResourceInUseException", message));
    }
    let protection = input.opt_bool("DeletionProtectionEnabled")?;
    if protection.is_none() && !input.has("SSESpecification") {
        return Err(input.invalid("At least one of ProvisionedThroughput, BillingMode, UpdateStreamEnabled, GlobalSecondaryIndexUpdates or SSESpecification or ReplicaUpdates is required"));
    }
    if let Some(on) = protection {
        set(&mut doc, "DeletionProtectionEnabled", on);
    }
    if input.has("SSESpecification") {
        match encryption(ctx, input)? {
            Some(_) if doc.get("SSEDescription").is_some() => {
                return Err(input.invalid("Table is already encrypted by given KMSMasterKey"));
            }
            Some(on) => set(&mut doc, "SSEDescription", on),
            None => drop(crate::document::unset(&mut doc, "SSEDescription")),
        }
        set(&mut doc, "TableStatus", "UPDATING");
        ctx.after(8, "dynamodb-active", name);
    }
    save(ctx, doc.clone());
    Ok(json!({"TableDescription": public(&doc)}))
}

/// The table can be used.
pub(crate) fn active(ctx: &mut Ctx, name: &str) {
    if let Ok(mut doc) = get(ctx, name)
        && matches!(text(&doc, "TableStatus"), "CREATING" | "UPDATING")
    {
        set(&mut doc, "TableStatus", "ACTIVE");
        save(ctx, doc);
    }
}

fn describe(ctx: &mut Ctx, input: &Input) -> Answer {
    let name = input.str("TableName")?;
    let doc = get(ctx, name)?;
    if text(&doc, "TableStatus") != "ACTIVE" {
        ctx.pending = true;
    }
    Ok(json!({"Table": public(&doc)}))
}

fn list(ctx: &mut Ctx, input: &Input) -> Answer {
    let after = input.filled("ExclusiveStartTableName")?.unwrap_or("");
    let all = ctx
        .store
        .rows(&ctx.regional(TABLE))
        .filter(|(name, _)| name.as_str() > after)
        .map(|(name, _)| json!(name))
        .collect();
    let max = input.opt_int("Limit")?.and_then(|n| usize::try_from(n).ok()).unwrap_or(100);
    let (page, next) = page::cut(all, Some(max), None, "ValidationException")?;
    let mut out = json!({});
    set_some(&mut out, "LastEvaluatedTableName", next.and_then(|_| page.last().cloned()));
    set(&mut out, "TableNames", page);
    Ok(out)
}

fn delete(ctx: &mut Ctx, input: &Input) -> Answer {
    let name = input.str("TableName")?;
    let mut doc = get(ctx, name)?;
    if text(&doc, "TableStatus") != "ACTIVE" {
        let message = format!("Attempt to change a resource which is still in use: Table is being changed: {name}");
        return Err(AwsError::new("ResourceInUseException", message));
    }
    if doc["DeletionProtectionEnabled"] == true {
        let message = format!(
            "Resource cannot be deleted as it is currently protected against deletion. Disable deletion protection first. (Table: {name})"
        );
        return Err(input.invalid(message));
    }
    set(&mut doc, "TableStatus", "DELETING");
    let answer = public(&doc);
    save(ctx, doc);
    ctx.after(8, "dynamodb-deleted", name);
    Ok(json!({"TableDescription": answer}))
}

/// The table is gone with its items.
pub(crate) fn deleted(ctx: &mut Ctx, name: &str) {
    let table = items_table(ctx, name);
    let keys: Vec<String> = ctx.store.rows(&table).map(|(k, _)| k.clone()).collect();
    for key in keys {
        ctx.store.remove(&table, &key);
    }
    let table = ctx.regional(TABLE);
    ctx.store.remove(&table, name);
}

fn tag(ctx: &mut Ctx, input: &Input) -> Answer {
    let mut doc = by_arn(ctx, input)?;
    for t in input.structures("Tags")? {
        let new = json!({"Key": t.str("Key")?, "Value": t.str("Value")?});
        if let Some(list) = items_mut(&mut doc, "_tags") {
            list.retain(|h| h["Key"] != new["Key"]);
            list.push(new);
        }
    }
    save(ctx, doc);
    Ok(json!({}))
}

fn untag(ctx: &mut Ctx, input: &Input) -> Answer {
    let mut doc = by_arn(ctx, input)?;
    let keys = input.strings("TagKeys")?;
    if let Some(list) = items_mut(&mut doc, "_tags") {
        list.retain(|t| !keys.contains(&text(t, "Key")));
    }
    save(ctx, doc);
    Ok(json!({}))
}
