//! Tags of log groups, by the new operations (ARN) and the old ones (name).

use serde_json::{Map, Value, json};

use super::{group, group_name};
use crate::context::Ctx;
use crate::document::set;
use crate::error::{Answer, AwsError};
use crate::input::Input;
use crate::sandbox::Operations;

pub(crate) const OPERATIONS: Operations = &[
    ("TagResource", |ctx, input| tag(ctx, input, by_arn(ctx, input)?)),
    ("UntagResource", |ctx, input| untag(ctx, input, by_arn(ctx, input)?, "tagKeys")),
    ("ListTagsForResource", |ctx, input| list(&by_arn(ctx, input)?)),
    ("TagLogGroup", |ctx, input| tag(ctx, input, group::get(ctx, input.str("logGroupName")?)?)),
    ("UntagLogGroup", |ctx, input| untag(ctx, input, group::get(ctx, input.str("logGroupName")?)?, "tags")),
    ("ListTagsLogGroup", |ctx, input| list(&group::get(ctx, input.str("logGroupName")?)?)),
];

/// The `tags` of a request, which are a map.
pub(crate) fn read(input: &Input) -> Result<Map<String, Value>, AwsError> {
    let Some(tags) = input.raw("tags") else { return Ok(Map::new()) };
    let map = tags.as_object().ok_or_else(|| input.invalid("tags must be a map"))?;
    if map.keys().any(|k| k.to_ascii_lowercase().starts_with("aws:")) {
        return Err(input.invalid("Tag keys starting with aws: are reserved for system use."));
    }
    if map.len() > 50 {
        return Err(AwsError::new("TooManyTagsException", "A resource can have no more than 50 tags."));
    }
    Ok(map.clone())
}

fn by_arn(ctx: &Ctx, input: &Input) -> Result<Value, AwsError> {
    let arn = input.str("resourceArn")?;
    if !arn.starts_with("arn:aws:logs:") {
        return Err(input.invalid(format!("Invalid resourceArn {arn}.")));
    }
    group::get(ctx, &group_name(ctx, arn))
}

fn of(doc: &Value) -> Map<String, Value> {
    doc["_tags"].as_object().cloned().unwrap_or_default()
}

fn tag(ctx: &mut Ctx, input: &Input, mut doc: Value) -> Answer {
    let mut tags = of(&doc);
    tags.extend(read(input)?);
    if tags.len() > 50 {
        return Err(AwsError::new("TooManyTagsException", "A resource can have no more than 50 tags."));
    }
    set(&mut doc, "_tags", tags);
    group::put(ctx, doc);
    Ok(json!({}))
}

fn untag(ctx: &mut Ctx, input: &Input, mut doc: Value, member: &str) -> Answer {
    let mut tags = of(&doc);
    for key in input.strings(member)? {
        tags.shift_remove(key);
    }
    set(&mut doc, "_tags", tags);
    group::put(ctx, doc);
    Ok(json!({}))
}

fn list(doc: &Value) -> Answer {
    Ok(json!({"tags": of(doc)}))
}
