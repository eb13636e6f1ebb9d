//! SNS: topics and subscriptions. Nothing is delivered; a subscription that needs a confirmation never gets one.

mod subscription;
mod topic;

use serde_json::{Value, json};

use crate::context::Ctx;
use crate::document::{items, put_tags, remove_tags};
use crate::error::{Answer, AwsError};
use crate::input::Input;
use crate::sandbox::Operations;

/// Everything SNS answers.
pub(crate) const OPERATIONS: &[Operations] = &[
    subscription::OPERATIONS,
    topic::OPERATIONS,
    &[
        ("TagResource", tag),
        ("UntagResource", untag),
        ("ListTagsForResource", |ctx, input| {
            let doc = topic::get(ctx, input.str("ResourceArn")?)?;
            Ok(json!({"Tags": items(&doc, "_tags")}))
        }),
    ],
];

/// The policy of a topic here, by its ARN, for another service to look at; `None` without the topic.
pub(crate) fn policy_of(ctx: &Ctx, arn: &str) -> Option<String> {
    let doc = topic::get(ctx, arn).ok()?;
    Some(crate::document::text(&doc["_attributes"], "Policy").to_owned())
}

fn invalid(message: impl AsRef<str>) -> AwsError {
    AwsError::new("InvalidParameter", format!("Invalid parameter: {}", message.as_ref()))
}

fn not_found(what: &str) -> AwsError {
    AwsError::new("NotFound", format!("{what} does not exist")).status(404)
}

/// The tags of a request.
fn read_tags(input: &Input) -> Result<Vec<Value>, AwsError> {
    let mut tags = Vec::new();
    for t in input.structures("Tags")? {
        tags.push(json!({"Key": t.str("Key")?, "Value": t.str("Value")?}));
    }
    Ok(tags)
}

fn tag(ctx: &mut Ctx, input: &Input) -> Answer {
    let mut doc = topic::get(ctx, input.str("ResourceArn")?)?;
    put_tags(&mut doc, "_tags", "Key", read_tags(input)?);
    topic::save(ctx, doc);
    Ok(json!({}))
}

fn untag(ctx: &mut Ctx, input: &Input) -> Answer {
    let mut doc = topic::get(ctx, input.str("ResourceArn")?)?;
    let keys = input.strings("TagKeys")?;
    remove_tags(&mut doc, "_tags", "Key", &keys);
    topic::save(ctx, doc);
    Ok(json!({}))
}
