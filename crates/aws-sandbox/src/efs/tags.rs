//! Tags of file systems and access points.

use serde_json::{Value, json};

use super::{access_point, bad, bare, file_system, paged};
use crate::context::Ctx;
use crate::document::{items, put_tags, remove_tags, text};
use crate::error::{Answer, AwsError};
use crate::input::Input;
use crate::sandbox::Operations;

pub(crate) const OPERATIONS: Operations = &[
    ("TagResource", tag),
    ("UntagResource", untag),
    ("ListTagsForResource", |ctx, input| {
        let (_, doc) = find(ctx, input)?;
        paged(input, "Tags", items(&doc, "Tags").to_vec(), ("MaxResults", "NextToken", "NextToken"))
    }),
];

/// The tags of a request, checked.
pub(crate) fn read(input: &Input) -> Result<Vec<Value>, AwsError> {
    let mut tags: Vec<Value> = Vec::new();
    for t in input.structures("Tags")? {
        let (key, value) = (t.str("Key")?, t.str("Value")?);
        if key.is_empty() || key.chars().count() > 128 || value.chars().count() > 256 || key.starts_with("aws:") {
            return Err(bad(format!("The tag key {key} is not valid.")));
        }
        if tags.iter().any(|h| text(h, "Key") == key) {
            return Err(bad(format!("Duplicate tag key {key}.")));
        }
        tags.push(json!({"Key": key, "Value": value}));
    }
    Ok(tags)
}

fn find(ctx: &Ctx, input: &Input) -> Result<(String, Value), AwsError> {
    let id = bare(input.str("ResourceId")?);
    if id.starts_with("fsap-") {
        return Ok((ctx.regional(access_point::TABLE), access_point::get(ctx, id)?));
    }
    Ok((ctx.regional(file_system::TABLE), file_system::get(ctx, id)?))
}

fn save(ctx: &mut Ctx, table: &str, doc: Value) {
    let id = doc.get("AccessPointId").or(doc.get("FileSystemId")).and_then(Value::as_str).unwrap_or("").to_owned();
    ctx.store.put(table, &id, doc);
}

fn tag(ctx: &mut Ctx, input: &Input) -> Answer {
    let (table, mut doc) = find(ctx, input)?;
    put_tags(&mut doc, "Tags", "Key", read(input)?);
    save(ctx, &table, doc);
    Ok(json!({}))
}

fn untag(ctx: &mut Ctx, input: &Input) -> Answer {
    let (table, mut doc) = find(ctx, input)?;
    let keys = input.strings("TagKeys")?;
    remove_tags(&mut doc, "Tags", "Key", &keys);
    save(ctx, &table, doc);
    Ok(json!({}))
}
