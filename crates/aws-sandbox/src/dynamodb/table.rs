//! Tables.

use serde_json::{Value, json};

use super::{index, settings};
use crate::context::Ctx;
use crate::document::{items, public, put_tags, remove_tags, set, set_some, text};
use crate::error::{Answer, AwsError};
use crate::input::Input;
use crate::page;
use crate::sandbox::Operations;

pub(crate) const OPERATIONS: Operations = &[
    ("CreateTable", create),
    ("DescribeTable", describe),
    ("ListTables", list),
    ("DeleteTable", delete),
    ("UpdateTable", update),
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

pub(super) fn save(ctx: &mut Ctx, doc: Value) {
    let (table, name) = (ctx.regional(TABLE), text(&doc, "TableName").to_owned());
    ctx.store.put(&table, &name, doc);
}

fn by_arn(ctx: &Ctx, input: &Input) -> Result<Value, AwsError> {
    let arn = input.str("ResourceArn")?;
    let prefix = ctx.arn("dynamodb", "table/");
    let name = arn.strip_prefix(&prefix).ok_or_else(|| input.invalid(format!("Invalid TableArn: {arn}")))?;
    get(ctx, name)
}

fn create(ctx: &mut Ctx, input: &Input) -> Answer {
    input.refuse(&[
        "WarmThroughput",
        "ResourcePolicy",
        "GlobalTableSourceArn",
        "GlobalTableSettingsReplicationMode",
    ])?;
    let name = input.str("TableName")?;
    let definitions = input.raw("AttributeDefinitions").cloned().unwrap_or_else(|| json!([]));
    let schema = input.raw("KeySchema").ok_or_else(|| input.missing("KeySchema"))?.clone();
    if ctx.store.get(&ctx.regional(TABLE), name).is_some() {
        return Err(AwsError::new("ResourceInUseException", format!("Table already exists: {name}")));
    }
    let on_demand = on_demand(input)?.unwrap_or(false);
    let throughput = index::throughput(input, on_demand)?;
    let global = index::read(ctx, name, &input.structures("GlobalSecondaryIndexes")?, true, on_demand)?;
    let local = index::read(ctx, name, &input.structures("LocalSecondaryIndexes")?, false, on_demand)?;
    let schemas: Vec<&Value> =
        std::iter::once(&schema).chain(global.iter().chain(&local).map(|i| &i["KeySchema"])).collect();
    index::check_keys(&definitions, &schemas)?;
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
        "ProvisionedThroughput": throughput,
        "TableSizeBytes": 0,
        "ItemCount": 0,
        "TableArn": ctx.arn("dynamodb", &format!("table/{name}")),
        "TableId": ctx.new_uuid("table"),
        "DeletionProtectionEnabled": false,
        "_tags": tags,
    });
    if on_demand {
        bill_on_demand(ctx, &mut doc);
    }
    for (member, all) in [("GlobalSecondaryIndexes", global), ("LocalSecondaryIndexes", local)] {
        set_some(&mut doc, member, (!all.is_empty()).then_some(all));
    }
    settings::apply(ctx, input, &mut doc)?;
    save(ctx, doc.clone());
    ctx.after(8, "dynamodb-active", name);
    Ok(json!({"TableDescription": public(&doc)}))
}

/// Whether a request wants to pay for requests; none when it does not say.
fn on_demand(input: &Input) -> Result<Option<bool>, AwsError> {
    match input.filled("BillingMode")? {
        None => Ok(None),
        Some("PROVISIONED") => Ok(Some(false)),
        Some("PAY_PER_REQUEST") => Ok(Some(true)),
        Some(other) => Err(input.invalid(format!("Invalid BillingMode {other}"))),
    }
}

fn bill_on_demand(ctx: &Ctx, doc: &mut Value) {
    let summary = json!({"BillingMode": "PAY_PER_REQUEST", "LastUpdateToPayPerRequestDateTime": ctx.timestamp()});
    set(doc, "BillingModeSummary", summary);
}

fn update(ctx: &mut Ctx, input: &Input) -> Answer {
    input.refuse(&[
        "ReplicaUpdates",
        "MultiRegionConsistency",
        "GlobalTableWitnessUpdates",
        "WarmThroughput",
        "GlobalTableSettingsReplicationMode",
    ])?;
    let name = input.str("TableName")?;
    let mut doc = get(ctx, name)?;
    if text(&doc, "TableStatus") != "ACTIVE" {
        let message = format!("Attempt to change a resource which is still in use: Table is being updated: {name}");
        return Err(AwsError::new("ResourceInUseException", message));
    }
    let changes = [
        "AttributeDefinitions",
        "BillingMode",
        "DeletionProtectionEnabled",
        "GlobalSecondaryIndexUpdates",
        "OnDemandThroughput",
        "ProvisionedThroughput",
        "SSESpecification",
        "StreamSpecification",
        "TableClass",
    ];
    if !changes.iter().any(|c| input.has(c)) {
        return Err(input.invalid("At least one of ProvisionedThroughput, BillingMode, UpdateStreamEnabled, GlobalSecondaryIndexUpdates or SSESpecification or ReplicaUpdates is required"));
    }
    let was = text(&doc["BillingModeSummary"], "BillingMode") == "PAY_PER_REQUEST";
    let now = on_demand(input)?.unwrap_or(was);
    if now != was || input.has("ProvisionedThroughput") {
        let throughput = index::throughput(input, now)?;
        set(&mut doc, "ProvisionedThroughput", throughput);
    }
    match (was, now) {
        (false, true) => bill_on_demand(ctx, &mut doc),
        (true, false) => set(&mut doc["BillingModeSummary"], "BillingMode", "PROVISIONED"),
        _ => {}
    }
    if let Some(definitions) = input.raw("AttributeDefinitions") {
        set(&mut doc, "AttributeDefinitions", definitions.clone());
    }
    index::update(ctx, input, &mut doc, now)?;
    settings::apply(ctx, input, &mut doc)?;
    set(&mut doc, "TableStatus", "UPDATING");
    let answer = public(&doc);
    save(ctx, doc);
    ctx.after(8, "dynamodb-active", name);
    Ok(json!({"TableDescription": answer}))
}

/// The table can be used.
pub(crate) fn active(ctx: &mut Ctx, name: &str) {
    if let Ok(mut doc) = get(ctx, name)
        && text(&doc, "TableStatus") != "DELETING"
    {
        set(&mut doc, "TableStatus", "ACTIVE");
        index::settle(&mut doc);
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
    let tags: Result<Vec<Value>, AwsError> =
        input.structures("Tags")?.iter().map(|t| Ok(json!({"Key": t.str("Key")?, "Value": t.str("Value")?}))).collect();
    put_tags(&mut doc, "_tags", "Key", tags?);
    save(ctx, doc);
    Ok(json!({}))
}

fn untag(ctx: &mut Ctx, input: &Input) -> Answer {
    let mut doc = by_arn(ctx, input)?;
    let keys = input.strings("TagKeys")?;
    remove_tags(&mut doc, "_tags", "Key", &keys);
    save(ctx, doc);
    Ok(json!({}))
}
