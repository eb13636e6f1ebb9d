//! Secondary indexes, and the checks on keys and capacity that they share with their table.

use serde_json::{Value, json};

use crate::context::Ctx;
use crate::document::{items, set, text};
use crate::error::AwsError;
use crate::input::Input;

fn invalid(message: impl AsRef<str>) -> AwsError {
    let message = format!("One or more parameter values were invalid: {}", message.as_ref());
    AwsError::new("ValidationException", message)
}

/// Checks that each attribute of a key is defined and each defined one is in a key.
pub(super) fn check_keys(definitions: &Value, schemas: &[&Value]) -> Result<(), AwsError> {
    let defined: Vec<&str> = definitions.as_array().into_iter().flatten().map(|d| text(d, "AttributeName")).collect();
    let used: std::collections::BTreeSet<&str> =
        schemas.iter().flat_map(|s| s.as_array().into_iter().flatten()).map(|k| text(k, "AttributeName")).collect();
    if used.is_empty() || used.iter().any(|u| !defined.contains(u)) {
        return Err(invalid("Some index key attributes are not defined in AttributeDefinitions."));
    }
    if used.len() != defined.len() {
        return Err(invalid(
            "Number of attributes in KeySchema does not exactly match number of attributes defined in AttributeDefinitions",
        ));
    }
    Ok(())
}

/// What can go through a table or an index: checked, and as descriptions show it.
pub(super) fn throughput(input: &Input, on_demand: bool) -> Result<Value, AwsError> {
    let (read, write) = match input.opt_structure("ProvisionedThroughput") {
        Some(t) if !on_demand => (t.int("ReadCapacityUnits")?, t.int("WriteCapacityUnits")?),
        None if on_demand => (0, 0),
        Some(t) => {
            if t.opt_int("ReadCapacityUnits")?.unwrap_or(0) > 0 || t.opt_int("WriteCapacityUnits")?.unwrap_or(0) > 0 {
                return Err(invalid(
                    "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST",
                ));
            }
            (0, 0)
        }
        None => {
            return Err(invalid(
                "ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is PROVISIONED",
            ));
        }
    };
    Ok(json!({"NumberOfDecreasesToday": 0, "ReadCapacityUnits": read, "WriteCapacityUnits": write}))
}

/// Indexes as a table's description shows them.
pub(super) fn read(
    ctx: &Ctx,
    table: &str,
    given: &[Input],
    global: bool,
    on_demand: bool,
) -> Result<Vec<Value>, AwsError> {
    let mut all: Vec<Value> = Vec::new();
    for i in given {
        let name = i.str("IndexName")?;
        if all.iter().any(|a| text(a, "IndexName") == name) {
            return Err(invalid(format!("Duplicate index name: {name}")));
        }
        let mut doc = json!({
            "IndexName": name,
            "KeySchema": i.raw("KeySchema").ok_or_else(|| i.missing("KeySchema"))?,
            "Projection": i.raw("Projection").ok_or_else(|| i.missing("Projection"))?,
            "IndexSizeBytes": 0,
            "ItemCount": 0,
            "IndexArn": ctx.arn("dynamodb", &format!("table/{table}/index/{name}")),
        });
        if global {
            i.refuse(&["WarmThroughput"])?;
            set(&mut doc, "IndexStatus", "CREATING");
            set(&mut doc, "ProvisionedThroughput", throughput(i, on_demand)?);
            if let Some(limit) = i.raw("OnDemandThroughput") {
                set(&mut doc, "OnDemandThroughput", limit.clone());
            }
        }
        all.push(doc);
    }
    Ok(all)
}

/// Does what an update asks for; gives whether anything is under way.
pub(super) fn update(ctx: &Ctx, input: &Input, doc: &mut Value, on_demand: bool) -> Result<bool, AwsError> {
    let updates = input.structures("GlobalSecondaryIndexUpdates")?;
    let made = updates.iter().filter(|u| u.has("Create") || u.has("Delete")).count();
    if made > 1 {
        return Err(AwsError::new(
            "LimitExceededException",
            "Subscriber limit exceeded: Only 1 online index can be created or deleted simultaneously per table",
        ));
    }
    let table = text(doc, "TableName").to_owned();
    let mut all = items(doc, "GlobalSecondaryIndexes").to_vec();
    for u in &updates {
        if let Some(create) = u.opt_structure("Create") {
            let new = read(ctx, &table, &[create], true, on_demand)?;
            if all.iter().any(|a| new.iter().any(|n| n["IndexName"] == a["IndexName"])) {
                return Err(AwsError::new("ValidationException", "Attempting to create an index which already exists"));
            }
            all.extend(new);
        }
        if let Some(delete) = u.opt_structure("Delete") {
            let name = delete.str("IndexName")?;
            let index = all
                .iter_mut()
                .find(|a| text(a, "IndexName") == name)
                .ok_or_else(|| AwsError::new("ResourceNotFoundException", "Requested resource not found"))?;
            set(index, "IndexStatus", "DELETING");
        }
        if let Some(change) = u.opt_structure("Update") {
            let name = change.str("IndexName")?;
            let index = all
                .iter_mut()
                .find(|a| text(a, "IndexName") == name)
                .ok_or_else(|| AwsError::new("ResourceNotFoundException", "Requested resource not found"))?;
            if change.has("ProvisionedThroughput") {
                set(index, "ProvisionedThroughput", throughput(&change, on_demand)?);
            }
            if let Some(limit) = change.raw("OnDemandThroughput") {
                set(index, "OnDemandThroughput", limit.clone());
            }
            set(index, "IndexStatus", "UPDATING");
        }
    }
    if on_demand {
        for index in &mut all {
            set(&mut index["ProvisionedThroughput"], "ReadCapacityUnits", 0);
            set(&mut index["ProvisionedThroughput"], "WriteCapacityUnits", 0);
        }
    }
    store(doc, all);
    Ok(!updates.is_empty())
}

fn store(doc: &mut Value, all: Vec<Value>) {
    if all.is_empty() {
        crate::document::unset(doc, "GlobalSecondaryIndexes");
    } else {
        set(doc, "GlobalSecondaryIndexes", all);
    }
}

/// What was under way is done.
pub(super) fn settle(doc: &mut Value) {
    let mut all = items(doc, "GlobalSecondaryIndexes").to_vec();
    all.retain(|i| text(i, "IndexStatus") != "DELETING");
    for index in &mut all {
        set(index, "IndexStatus", "ACTIVE");
    }
    store(doc, all);
    // With an index goes the definition of what only its key was made of.
    let keys =
        |of: &Value| items(of, "KeySchema").iter().map(|k| text(k, "AttributeName").to_owned()).collect::<Vec<_>>();
    let mut used = keys(doc);
    for indexes in ["GlobalSecondaryIndexes", "LocalSecondaryIndexes"] {
        used.extend(items(doc, indexes).iter().flat_map(keys));
    }
    let mut defined = items(doc, "AttributeDefinitions").to_vec();
    defined.retain(|d| used.iter().any(|u| u == text(d, "AttributeName")));
    set(doc, "AttributeDefinitions", defined);
}
