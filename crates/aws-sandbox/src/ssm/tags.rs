//! Tags of parameters, documents and associations.

use serde_json::{Value, json};

use super::{association, document, parameter};
use crate::context::Ctx;
use crate::document::{items, put_tags, remove_tags};
use crate::error::{Answer, AwsError};
use crate::input::Input;
use crate::sandbox::Operations;

pub(crate) const OPERATIONS: Operations = &[
    ("AddTagsToResource", add),
    ("RemoveTagsFromResource", remove),
    ("ListTagsForResource", |ctx, input| {
        let (table, key) = place(ctx, input)?;
        Ok(json!({"TagList": items(&get(ctx, &table, &key)?, "_tags")}))
    }),
];

/// The tags of a request, checked.
pub(crate) fn read(input: &Input) -> Result<Vec<Value>, AwsError> {
    let mut tags = Vec::new();
    for t in input.structures("Tags")? {
        let (key, value) = (t.str("Key")?, t.str("Value")?);
        if key.is_empty() || key.chars().count() > 128 || value.chars().count() > 256 || key.starts_with("aws:") {
            return Err(input.invalid(format!("The tag {key} is not valid.")));
        }
        tags.push(json!({"Key": key, "Value": value}));
    }
    Ok(tags)
}

fn place(ctx: &Ctx, input: &Input) -> Result<(String, String), AwsError> {
    let id = input.str("ResourceId")?;
    let table = match input.str("ResourceType")? {
        "Parameter" => parameter::TABLE,
        "Document" => document::TABLE,
        "Association" => association::TABLE,
        other => return Err(AwsError::not_implemented(format!("tags of the type {other}"))),
    };
    Ok((ctx.regional(table), id.to_owned()))
}

fn get(ctx: &Ctx, table: &str, key: &str) -> Result<Value, AwsError> {
    let missing = || {
        AwsError::new(
            "InvalidResourceId",
            "The resource ID is not valid. Verify that you entered the correct ID and try again.",
        )
    };
    ctx.store.get(table, key).cloned().ok_or_else(missing)
}

fn add(ctx: &mut Ctx, input: &Input) -> Answer {
    let (table, key) = place(ctx, input)?;
    let mut doc = get(ctx, &table, &key)?;
    put_tags(&mut doc, "_tags", "Key", read(input)?);
    ctx.store.put(&table, &key, doc);
    Ok(json!({}))
}

fn remove(ctx: &mut Ctx, input: &Input) -> Answer {
    let (table, key) = place(ctx, input)?;
    let mut doc = get(ctx, &table, &key)?;
    let keys = input.strings("TagKeys")?;
    remove_tags(&mut doc, "_tags", "Key", &keys);
    ctx.store.put(&table, &key, doc);
    Ok(json!({}))
}
