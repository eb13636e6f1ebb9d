//! Items.

use serde_json::{Value, json};

use super::condition::Expression;
use super::table;
use crate::context::Ctx;
use crate::document::{items, set, set_some, text};
use crate::error::{Answer, AwsError};
use crate::input::Input;
use crate::sandbox::Operations;

pub(crate) const OPERATIONS: Operations = &[("GetItem", get), ("PutItem", put), ("DeleteItem", delete), ("Scan", scan)];

/// The row of an item: its key attributes, in the order of the schema.
fn row(schema: &Value, item: &Value, whole: bool) -> Result<String, AwsError> {
    let keys = items(schema, "KeySchema");
    let count = item.as_object().map_or(0, serde_json::Map::len);
    if !whole && count != keys.len() {
        return Err(AwsError::new("ValidationException", "The provided key element does not match the schema"));
    }
    let mut parts = Vec::new();
    for k in keys {
        let name = text(k, "AttributeName");
        let kind = items(schema, "AttributeDefinitions")
            .iter()
            .find(|d| text(d, "AttributeName") == name)
            .map_or("S", |d| text(d, "AttributeType"));
        let value = item[name][kind].as_str().filter(|v| !v.is_empty()).ok_or_else(|| {
            let message = if whole {
                format!("One or more parameter values were invalid: Missing the key {name} in the item")
            } else {
                "The provided key element does not match the schema".to_owned()
            };
            AwsError::new("ValidationException", message)
        })?;
        // Control characters keep two keys from running into each other.
        parts.push(value.replace('\u{1}', "\u{1}\u{1}"));
    }
    Ok(parts.join("\u{1}\u{0}"))
}

fn active(ctx: &Ctx, input: &Input) -> Result<Value, AwsError> {
    let name = input.str("TableName")?;
    let doc = table::get(ctx, name)?;
    if text(&doc, "TableStatus") == "CREATING" {
        return Err(AwsError::new("ResourceNotFoundException", "Requested resource not found"));
    }
    input.refuse(&["Expected", "ConditionalOperator", "AttributesToGet"])?;
    for member in ["ReturnConsumedCapacity", "ReturnItemCollectionMetrics"] {
        if !matches!(input.filled(member)?, None | Some("NONE")) {
            return Err(AwsError::not_implemented(format!("the parameter {member}")));
        }
    }
    Ok(doc)
}

fn get(ctx: &mut Ctx, input: &Input) -> Answer {
    let doc = active(ctx, input)?;
    input.flag("ConsistentRead")?;
    let key = input.raw("Key").ok_or_else(|| input.missing("Key"))?;
    let expression = Expression::read(input);
    let projection = input.filled("ProjectionExpression")?;
    let table = table::items_table(ctx, text(&doc, "TableName"));
    let Some(item) = ctx.store.get(&table, &row(&doc, key, false)?) else { return Ok(json!({})) };
    let item = match projection {
        None => item.clone(),
        Some(p) => expression.project(p, item)?,
    };
    Ok(json!({"Item": item}))
}

/// Changes one item under the request's condition; gives the old one where it is asked for.
fn change(ctx: &mut Ctx, input: &Input, doc: &Value, key: &str, new: Option<Value>) -> Answer {
    let expression = Expression::read(input);
    let table = table::items_table(ctx, text(doc, "TableName"));
    let old = ctx.store.get(&table, key).cloned();
    if !matches!(input.filled("ReturnValuesOnConditionCheckFailure")?, None | Some("NONE")) {
        return Err(AwsError::not_implemented("the parameter ReturnValuesOnConditionCheckFailure"));
    }
    if let Some(condition) = input.filled("ConditionExpression")?
        && !expression.holds(condition, old.as_ref())?
    {
        return Err(AwsError::new("ConditionalCheckFailedException", "The conditional request failed"));
    }
    let back = match input.filled("ReturnValues")? {
        None | Some("NONE") => None,
        Some("ALL_OLD") => old,
        Some(other) => return Err(AwsError::not_implemented(format!("ReturnValues {other}"))),
    };
    match new {
        Some(item) => ctx.store.put(&table, key, item),
        None => {
            ctx.store.remove(&table, key);
        }
    }
    let mut out = json!({});
    set_some(&mut out, "Attributes", back);
    Ok(out)
}

fn put(ctx: &mut Ctx, input: &Input) -> Answer {
    let doc = active(ctx, input)?;
    let item = input.raw("Item").ok_or_else(|| input.missing("Item"))?;
    let key = row(&doc, item, true)?;
    change(ctx, input, &doc, &key, Some(item.clone()))
}

fn delete(ctx: &mut Ctx, input: &Input) -> Answer {
    let doc = active(ctx, input)?;
    let key = row(&doc, input.raw("Key").ok_or_else(|| input.missing("Key"))?, false)?;
    change(ctx, input, &doc, &key, None)
}

/// All items at once: lock tables are small.
fn scan(ctx: &mut Ctx, input: &Input) -> Answer {
    let doc = active(ctx, input)?;
    input.flag("ConsistentRead")?;
    let table = table::items_table(ctx, text(&doc, "TableName"));
    let all: Vec<Value> = ctx.store.rows(&table).map(|(_, i)| i.clone()).collect();
    let mut out = json!({"Count": all.len(), "ScannedCount": all.len()});
    set(&mut out, "Items", all);
    Ok(out)
}
