//! Tags of RDS resources, which are told apart by ARN.

use serde_json::{Value, json};

use super::subnet_group;
use crate::context::Ctx;
use crate::document::{items, items_mut, remove_tags, text};
use crate::error::{Answer, AwsError};
use crate::input::Input;
use crate::sandbox::Operations;

pub(crate) const OPERATIONS: Operations =
    &[("AddTagsToResource", add), ("RemoveTagsFromResource", remove), ("ListTagsForResource", list)];

/// Source: "Tagging Amazon RDS resources".
const MAX_TAGS: usize = 50;

/// The tags of a request, checked.
pub(crate) fn read(input: &Input) -> Result<Vec<Value>, AwsError> {
    let mut tags: Vec<Value> = Vec::new();
    for t in input.structures("Tags")? {
        let (key, value) = (t.str("Key")?, t.opt_str("Value")?.unwrap_or(""));
        if key.is_empty() || key.chars().count() > 128 || value.chars().count() > 256 {
            return Err(input.invalid(format!("The tag '{key}' is too long or empty.")));
        }
        let reserved = key.to_ascii_lowercase();
        if reserved.starts_with("aws:") || reserved.starts_with("rds:") {
            return Err(input.invalid("Tag keys beginning with aws: or rds: are reserved for system use."));
        }
        merge(&mut tags, json!({"Key": key, "Value": value}));
    }
    within_limit(input, &tags)?;
    Ok(tags)
}

fn merge(tags: &mut Vec<Value>, new: Value) {
    match tags.iter_mut().find(|t| text(t, "Key") == text(&new, "Key")) {
        Some(old) => *old = new,
        None => tags.push(new),
    }
}

fn within_limit(input: &Input, tags: &[Value]) -> Result<(), AwsError> {
    if tags.len() > MAX_TAGS {
        return Err(input.invalid(format!("A resource can have no more than {MAX_TAGS} tags.")));
    }
    Ok(())
}

/// The resource that a request is about.
fn by_arn(ctx: &Ctx, input: &Input) -> Result<Value, AwsError> {
    let arn = input.str("ResourceName")?;
    let Some(resource) = arn.strip_prefix(&ctx.arn("rds", "")) else {
        return Err(input.invalid(format!("Invalid resource name: {arn}")));
    };
    match resource.split_once(':') {
        Some(("subgrp", name)) => subnet_group::get(ctx, name),
        _ => Err(AwsError::not_implemented(format!("the tags of {resource} in RDS"))),
    }
}

fn add(ctx: &mut Ctx, input: &Input) -> Answer {
    let mut doc = by_arn(ctx, input)?;
    if !input.has("Tags") {
        return Err(input.missing("Tags"));
    }
    let new = read(input)?;
    if let Some(tags) = items_mut(&mut doc, "_tags") {
        new.into_iter().for_each(|t| merge(tags, t));
        within_limit(input, tags)?;
    }
    subnet_group::put(ctx, doc);
    Ok(json!({}))
}

fn remove(ctx: &mut Ctx, input: &Input) -> Answer {
    let mut doc = by_arn(ctx, input)?;
    if !input.has("TagKeys") {
        return Err(input.missing("TagKeys"));
    }
    let keys = input.strings("TagKeys")?;
    remove_tags(&mut doc, "_tags", "Key", &keys);
    subnet_group::put(ctx, doc);
    Ok(json!({}))
}

fn list(ctx: &mut Ctx, input: &Input) -> Answer {
    // Source: ListTagsForResource in the RDS API reference: "This parameter isn't currently supported."
    input.refuse(&["Filters"])?;
    Ok(json!({"TagList": items(&by_arn(ctx, input)?, "_tags")}))
}
