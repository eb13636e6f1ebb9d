//! Tags: on creation, and CreateTags, DeleteTags and DescribeTags for every kind.

use serde_json::{Value, json};

use super::filters;
use super::kind::{self, Kind};
use crate::context::Ctx;
use crate::document::{items, items_mut, text};
use crate::error::{Answer, AwsError};
use crate::input::Input;
use crate::page;
use crate::sandbox::Operations;

pub(crate) const OPERATIONS: Operations = &[("CreateTags", create), ("DeleteTags", delete), ("DescribeTags", describe)];

/// Source: "Tag your Amazon EC2 resources", tag restrictions.
const MAX_TAGS: usize = 50;

fn invalid(message: impl Into<String>) -> AwsError {
    AwsError::new("InvalidParameterValue", message)
}

fn read(list: &[Input]) -> Result<Vec<(String, String)>, AwsError> {
    let mut tags: Vec<(String, String)> = Vec::with_capacity(list.len());
    for t in list {
        let (key, value) = (t.opt_str("Key")?.unwrap_or(""), t.opt_str("Value")?.unwrap_or(""));
        if key.is_empty() {
            return Err(invalid("Tag key cannot be empty"));
        }
        if key.chars().count() > 128 {
            return Err(invalid(format!("Tag key exceeds the maximum length of 128 characters: {key}")));
        }
        if value.chars().count() > 256 {
            return Err(invalid(format!("Tag value exceeds the maximum length of 256 characters: {value}")));
        }
        if key.to_ascii_lowercase().starts_with("aws:") {
            return Err(invalid("Tag keys starting with 'aws:' are reserved for internal use"));
        }
        if tags.iter().any(|(k, _)| k == key) {
            return Err(invalid(format!("Duplicate tag key '{key}' specified.")));
        }
        tags.push((key.to_owned(), value.to_owned()));
    }
    Ok(tags)
}

/// The tags a request gives to the resource it makes, as a list of `{Key, Value}`.
pub(crate) fn on_create(input: &Input, resource_type: &str) -> Result<Value, AwsError> {
    let mut all: Vec<Value> = Vec::new();
    for spec in input.structures("TagSpecifications")? {
        let given = spec.str("ResourceType")?;
        if given != resource_type {
            return Err(invalid(format!("'{given}' is not a valid taggable resource type for this operation.")));
        }
        for (key, value) in read(&spec.structures("Tags")?)? {
            all.push(json!({"Key": key, "Value": value}));
        }
    }
    if all.len() > MAX_TAGS {
        return Err(too_many());
    }
    Ok(Value::Array(all))
}

/// The tags that the specifications of a launch give to one type of resource, as a list of `{Key, Value}`.
///
/// # Errors
/// AWS's for keys that it keeps to itself.
pub(crate) fn specified(specifications: &Value, resource_type: &str) -> Result<Value, AwsError> {
    let mut all: Vec<Value> = Vec::new();
    let every = specifications.as_array().map(Vec::as_slice).unwrap_or_default();
    for t in every.iter().filter(|s| text(s, "ResourceType") == resource_type).flat_map(|s| items(s, "Tags")) {
        if text(t, "Key").to_ascii_lowercase().starts_with("aws:") {
            return Err(invalid("Tag keys starting with 'aws:' are reserved for internal use"));
        }
        // What the request says counts, which comes after the launch template.
        all.retain(|have| have["Key"] != t["Key"]);
        all.push(json!({"Key": t["Key"], "Value": t.get("Value").cloned().unwrap_or_else(|| json!(""))}));
    }
    if all.len() > MAX_TAGS {
        return Err(too_many());
    }
    Ok(Value::Array(all))
}

fn too_many() -> AwsError {
    AwsError::new("TagLimitExceeded", "The maximum number of Tags for a resource has been reached.")
}

fn kind_of(id: &str) -> Result<&'static Kind, AwsError> {
    Kind::of(id).ok_or_else(|| AwsError::new("InvalidID", format!("The ID '{id}' is not valid")))
}

fn create(ctx: &mut Ctx, input: &Input) -> Answer {
    let tags = read(&input.structures("Tags")?)?;
    let resources = input.strings("Resources")?;
    if tags.is_empty() {
        return Err(input.missing("tagSet"));
    }
    if resources.is_empty() {
        return Err(input.missing("resourceIdSet"));
    }
    for id in resources {
        let kind = kind_of(id)?;
        let mut doc = kind.get(ctx, id)?.clone();
        if let Some(list) = items_mut(&mut doc, "Tags") {
            for (key, value) in &tags {
                match list.iter_mut().find(|t| text(t, "Key") == key) {
                    Some(t) => *t = json!({"Key": key, "Value": value}),
                    None => list.push(json!({"Key": key, "Value": value})),
                }
            }
            if list.len() > MAX_TAGS {
                return Err(too_many());
            }
        }
        kind.put(ctx, doc);
    }
    Ok(json!({}))
}

fn delete(ctx: &mut Ctx, input: &Input) -> Answer {
    let mut tags = Vec::new();
    for t in input.structures("Tags")? {
        tags.push((t.str("Key")?, t.opt_str("Value")?));
    }
    let all = !input.has("Tags");
    for id in input.strings("Resources")? {
        let kind = kind_of(id)?;
        let mut doc = kind.get(ctx, id)?.clone();
        if let Some(list) = items_mut(&mut doc, "Tags") {
            list.retain(|have| {
                !(all
                    || tags.iter().any(|(k, v)| text(have, "Key") == *k && v.is_none_or(|v| text(have, "Value") == v)))
            });
        }
        kind.put(ctx, doc);
    }
    Ok(json!({}))
}

fn describe(ctx: &mut Ctx, input: &Input) -> Answer {
    let mut all = Vec::new();
    for kind in kind::ALL {
        for doc in kind.all(ctx) {
            for t in items(doc, "Tags") {
                all.push(json!({
                    "Key": t["Key"], "Value": t["Value"], "ResourceId": doc[kind.id], "ResourceType": kind.table,
                }));
            }
        }
    }
    let known = &[("key", "Key"), ("value", "Value"), ("resource-id", "ResourceId"), ("resource-type", "ResourceType")];
    let all = filters::apply(input, "Filters", all, known)?;
    Ok(page::document("Tags", kind::cut(input, all)?, "NextToken"))
}
