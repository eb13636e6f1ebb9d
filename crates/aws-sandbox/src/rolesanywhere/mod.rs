//! IAM Roles Anywhere: trust anchors and profiles. No session is given out.

mod profile;
mod trust_anchor;

use serde_json::{Value, json};

use crate::context::Ctx;
use crate::document::{items, public, put_tags, remove_tags, text};
use crate::error::{Answer, AwsError};
use crate::input::Input;
use crate::page;
use crate::sandbox::Operations;

/// Everything Roles Anywhere answers.
pub(crate) const OPERATIONS: &[Operations] = &[
    profile::OPERATIONS,
    trust_anchor::OPERATIONS,
    &[
        ("TagResource", tag),
        ("UntagResource", untag),
        ("ListTagsForResource", |ctx, input| {
            let (_, _, doc) = by_arn(ctx, input)?;
            Ok(json!({"tags": items(&doc, "_tags")}))
        }),
    ],
];

fn bad(message: impl Into<String>) -> AwsError {
    AwsError::new("ValidationException", message)
}

fn not_found(message: impl Into<String>) -> AwsError {
    AwsError::new("ResourceNotFoundException", message).status(404)
}

/// Source: `ResourceName` in the API reference: 1 to 255 letters, digits, spaces and -_.
fn check_name(name: &str) -> Result<(), AwsError> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || " -_".contains(c);
    match (1..=255).contains(&name.len()) && name.chars().all(allowed) {
        true => Ok(()),
        false => Err(bad(format!("The name {name:?} is not valid: 1 to 255 letters, digits, spaces, - and _"))),
    }
}

/// The tags of a request, checked.
fn tags(input: &Input) -> Result<Vec<Value>, AwsError> {
    let mut all: Vec<Value> = Vec::new();
    for t in input.structures("tags")? {
        let (key, value) = (t.str("key")?, t.str("value")?);
        if key.is_empty() || key.chars().count() > 128 || value.chars().count() > 256 || key.starts_with("aws:") {
            return Err(bad(format!("The tag key {key:?} is not valid.")));
        }
        if all.iter().any(|have| text(have, "key") == key) {
            return Err(bad(format!("Duplicate tag key {key}.")));
        }
        all.push(json!({"key": key, "value": value}));
    }
    Ok(all)
}

/// `{<list>: page, nextToken}`.
fn paged(ctx: &Ctx, input: &Input, table: &str, list: &str) -> Answer {
    let all = ctx.store.rows(&ctx.regional(table)).map(|(_, d)| public(d)).collect();
    let limit = input.opt_int("pageSize")?.and_then(|n| usize::try_from(n).ok()).unwrap_or(100).clamp(1, 100);
    let page = page::cut(all, Some(limit), input.filled("nextToken")?, "ValidationException")?;
    Ok(page::document(list, page, "nextToken"))
}

/// The table, key and document that an ARN names.
fn by_arn(ctx: &Ctx, input: &Input) -> Result<(String, String, Value), AwsError> {
    let arn = input.str("resourceArn")?;
    for (table, kind) in [(trust_anchor::TABLE, "trust-anchor/"), (profile::TABLE, "profile/")] {
        let Some(key) = arn.strip_prefix(&ctx.arn("rolesanywhere", kind)) else { continue };
        let table = ctx.regional(table);
        if let Some(found) = ctx.store.get(&table, key).cloned() {
            return Ok((table, key.to_owned(), found));
        }
    }
    Err(not_found(format!("The resource {arn} does not exist.")))
}

fn tag(ctx: &mut Ctx, input: &Input) -> Answer {
    let (table, key, mut doc) = by_arn(ctx, input)?;
    put_tags(&mut doc, "_tags", "key", tags(input)?);
    if items(&doc, "_tags").len() > 50 {
        return Err(AwsError::new("TooManyTagsException", "A resource has at most 50 tags."));
    }
    ctx.store.put(&table, &key, doc);
    Ok(json!({}))
}

fn untag(ctx: &mut Ctx, input: &Input) -> Answer {
    let (table, key, mut doc) = by_arn(ctx, input)?;
    remove_tags(&mut doc, "_tags", "key", &input.strings("tagKeys")?);
    ctx.store.put(&table, &key, doc);
    Ok(json!({}))
}
