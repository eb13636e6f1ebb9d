//! Tags of vaults and plans, by ARN.

use serde_json::{Map, Value, json};

use super::{bad, error, not_found, plan, vault};
use crate::context::Ctx;
use crate::document::set;
use crate::error::{Answer, AwsError};
use crate::input::Input;
use crate::sandbox::Operations;

pub(crate) const OPERATIONS: Operations = &[
    ("TagResource", tag),
    ("UntagResource", untag),
    ("ListTags", |ctx, input| {
        input.accept(&["MaxResults"]);
        let (_, _, doc) = find(ctx, input)?;
        Ok(json!({"Tags": doc["_tags"]}))
    }),
];

/// The tags in a member of a request, checked.
pub(super) fn read(input: &Input, member: &str) -> Result<Value, AwsError> {
    let tags = match input.raw(member) {
        None => Map::new(),
        Some(Value::Object(tags)) => tags.clone(),
        Some(_) => return Err(bad(format!("{member} is not a map."))),
    };
    for (key, value) in &tags {
        let long = key.chars().count() > 128 || value.as_str().is_none_or(|v| v.chars().count() > 256);
        if key.is_empty() || long || key.starts_with("aws:") {
            return Err(bad(format!("The tag key {key:?} is not valid.")));
        }
    }
    Ok(Value::Object(tags))
}

/// The table, key and document that an ARN names.
fn find(ctx: &Ctx, input: &Input) -> Result<(String, String, Value), AwsError> {
    let arn = input.str("ResourceArn")?;
    for (table, kind) in [(vault::TABLE, "backup-vault:"), (plan::TABLE, "backup-plan:")] {
        let Some(key) = arn.strip_prefix(&ctx.arn("backup", kind)) else { continue };
        let table = ctx.regional(table);
        let found = ctx.store.get(&table, key).cloned();
        let found = found.ok_or_else(|| not_found(format!("The resource {arn} does not exist.")))?;
        return Ok((table, key.to_owned(), found));
    }
    Err(bad(format!("The ARN {arn} is not one of a backup vault or plan.")))
}

fn tag(ctx: &mut Ctx, input: &Input) -> Answer {
    let (table, key, mut doc) = find(ctx, input)?;
    let new = read(input, "Tags")?;
    if let (Some(have), Some(new)) = (doc["_tags"].as_object_mut(), new.as_object()) {
        have.extend(new.iter().map(|(k, v)| (k.clone(), v.clone())));
        if have.len() > 50 {
            return Err(error("LimitExceededException", "A resource has at most 50 tags."));
        }
    }
    ctx.store.put(&table, &key, doc);
    Ok(json!({}))
}

fn untag(ctx: &mut Ctx, input: &Input) -> Answer {
    let (table, key, mut doc) = find(ctx, input)?;
    let gone = input.strings("TagKeyList")?;
    let mut left = doc["_tags"].as_object().cloned().unwrap_or_default();
    left.retain(|k, _| !gone.contains(&k.as_str()));
    set(&mut doc, "_tags", Value::Object(left));
    ctx.store.put(&table, &key, doc);
    Ok(json!({}))
}
