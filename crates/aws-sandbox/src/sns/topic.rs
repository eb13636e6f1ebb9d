//! Topics.

use serde_json::{Value, json};

use super::{invalid, not_found, read_tags, subscription};
use crate::context::Ctx;
use crate::document::{set, text, unset};
use crate::error::{Answer, AwsError};
use crate::input::Input;
use crate::page;
use crate::policy::{self, Kind};
use crate::sandbox::Operations;

pub(crate) const OPERATIONS: Operations = &[
    ("CreateTopic", create),
    ("GetTopicAttributes", attributes),
    ("SetTopicAttributes", set_attribute),
    ("ListTopics", list),
    ("DeleteTopic", delete),
];

const TABLE: &str = "topic";

/// Attributes that can be set. Source: SetTopicAttributes.
const SETTABLE: &[&str] = &[
    "ApplicationFailureFeedbackRoleArn",
    "ApplicationSuccessFeedbackRoleArn",
    "ApplicationSuccessFeedbackSampleRate",
    "ArchivePolicy",
    "ContentBasedDeduplication",
    "DeliveryPolicy",
    "DisplayName",
    "FifoThroughputScope",
    "FirehoseFailureFeedbackRoleArn",
    "FirehoseSuccessFeedbackRoleArn",
    "FirehoseSuccessFeedbackSampleRate",
    "HTTPFailureFeedbackRoleArn",
    "HTTPSuccessFeedbackRoleArn",
    "HTTPSuccessFeedbackSampleRate",
    "KmsMasterKeyId",
    "LambdaFailureFeedbackRoleArn",
    "LambdaSuccessFeedbackRoleArn",
    "LambdaSuccessFeedbackSampleRate",
    "Policy",
    "SQSFailureFeedbackRoleArn",
    "SQSSuccessFeedbackRoleArn",
    "SQSSuccessFeedbackSampleRate",
    "SignatureVersion",
    "TracingConfig",
];

/// The topic with an ARN.
pub(crate) fn get(ctx: &Ctx, arn: &str) -> Result<Value, AwsError> {
    ctx.store.get(&ctx.regional(TABLE), arn).cloned().ok_or_else(|| not_found("Topic"))
}

pub(crate) fn save(ctx: &mut Ctx, doc: Value) {
    let (table, arn) = (ctx.regional(TABLE), text(&doc, "TopicArn").to_owned());
    ctx.store.put(&table, &arn, doc);
}

/// Sets an attribute, checked.
fn put(ctx: &Ctx, doc: &mut Value, name: &str, value: &str) -> Result<(), AwsError> {
    if !SETTABLE.contains(&name) {
        return Err(invalid("AttributeName"));
    }
    let fifo = doc["_attributes"]["FifoTopic"] == "true";
    match name {
        "Policy" if value.is_empty() => {
            let default = default_policy(ctx, text(doc, "TopicArn"));
            set(&mut doc["_attributes"], name, default);
            return Ok(());
        }
        "Policy" => {
            policy::check(value, Kind::Resource).map_err(|why| invalid(format!("Policy Error: {why}")))?;
        }
        "DeliveryPolicy" | "ArchivePolicy" if !value.is_empty() => {
            serde_json::from_str::<Value>(value)
                .map_err(|_| invalid(format!("{name} Reason: failed to parse JSON.")))?;
        }
        "ContentBasedDeduplication" | "ArchivePolicy" | "FifoThroughputScope"
            if !fifo && !matches!(value, "" | "false") =>
        {
            return Err(invalid(format!("{name} is for FIFO topics")));
        }
        _ => {}
    }
    match value {
        "" => {
            unset(&mut doc["_attributes"], name);
        }
        v => set(&mut doc["_attributes"], name, v),
    }
    Ok(())
}

/// Source: the default policy of a topic, in the SNS developer guide.
fn default_policy(ctx: &Ctx, arn: &str) -> String {
    let actions = [
        "GetTopicAttributes",
        "SetTopicAttributes",
        "AddPermission",
        "RemovePermission",
        "DeleteTopic",
        "Subscribe",
        "ListSubscriptionsByTopic",
        "Publish",
    ];
    let actions: Vec<String> = actions.iter().map(|a| format!("SNS:{a}")).collect();
    json!({
        "Version": "2008-10-17",
        "Id": "__default_policy_ID",
        "Statement": [{
            "Sid": "__default_statement_ID", "Effect": "Allow", "Principal": {"AWS": "*"}, "Action": actions,
            "Resource": arn, "Condition": {"StringEquals": {"AWS:SourceOwner": ctx.account}},
        }],
    })
    .to_string()
}

fn create(ctx: &mut Ctx, input: &Input) -> Answer {
    input.refuse(&["DataProtectionPolicy"])?;
    let name = input.str("Name")?;
    let given = input.raw("Attributes").and_then(Value::as_object).cloned().unwrap_or_default();
    let tags = read_tags(input)?;
    let fifo = given.get("FifoTopic").is_some_and(|f| f == "true");
    let stem = name.strip_suffix(".fifo");
    let fine = |c: char| c.is_ascii_alphanumeric() || "_-".contains(c);
    if stem.is_some() != fifo || name.len() > 256 || !stem.unwrap_or(name).chars().all(fine) || name.is_empty() {
        return Err(invalid("Topic Name"));
    }
    let arn = ctx.arn("sns", name);
    let mut doc = json!({"TopicArn": arn, "_attributes": {}, "_tags": tags});
    if fifo {
        set(&mut doc["_attributes"], "FifoTopic", "true");
        set(&mut doc["_attributes"], "ContentBasedDeduplication", "false");
    }
    let policy = default_policy(ctx, &arn);
    set(&mut doc["_attributes"], "Policy", policy);
    set(&mut doc["_attributes"], "DisplayName", "");
    for (name, value) in given.iter().filter(|(n, _)| *n != "FifoTopic") {
        put(ctx, &mut doc, name, value.as_str().unwrap_or(""))?;
    }
    if let Some(old) = ctx.store.get(&ctx.regional(TABLE), &arn) {
        // Source: CreateTopic: the ARN of a topic that is there already, if it is the same.
        if old["_tags"] != doc["_tags"] || old["_attributes"] != doc["_attributes"] {
            return Err(invalid("Attributes Reason: Topic already exists with different attributes"));
        }
        return Ok(json!({"TopicArn": arn}));
    }
    save(ctx, doc);
    Ok(json!({"TopicArn": arn}))
}

fn attributes(ctx: &mut Ctx, input: &Input) -> Answer {
    let arn = input.str("TopicArn")?;
    let doc = get(ctx, arn)?;
    let mut all = doc["_attributes"].clone();
    let (confirmed, pending) = subscription::count(ctx, arn);
    for (name, value) in [
        ("TopicArn", arn.to_owned()),
        ("Owner", ctx.account.clone()),
        ("SubscriptionsConfirmed", confirmed.to_string()),
        ("SubscriptionsPending", pending.to_string()),
        ("SubscriptionsDeleted", "0".into()),
        (
            "EffectiveDeliveryPolicy",
            r#"{"http":{"defaultHealthyRetryPolicy":{"minDelayTarget":20,"maxDelayTarget":20,"numRetries":3,"numMaxDelayRetries":0,"numNoDelayRetries":0,"numMinDelayRetries":0,"backoffFunction":"linear"},"disableSubscriptionOverrides":false,"defaultRequestPolicy":{"headerContentType":"text/plain; charset=UTF-8"}}}"#.into(),
        ),
    ] {
        set(&mut all, name, value);
    }
    Ok(json!({"Attributes": all}))
}

fn set_attribute(ctx: &mut Ctx, input: &Input) -> Answer {
    let mut doc = get(ctx, input.str("TopicArn")?)?;
    put(ctx, &mut doc, input.str("AttributeName")?, input.opt_str("AttributeValue")?.unwrap_or(""))?;
    save(ctx, doc);
    Ok(json!({}))
}

fn list(ctx: &mut Ctx, input: &Input) -> Answer {
    let all = ctx.store.rows(&ctx.regional(TABLE)).map(|(arn, _)| json!({"TopicArn": arn})).collect();
    let page = page::cut(all, Some(100), input.filled("NextToken")?, "InvalidParameter")?;
    Ok(page::document("Topics", page, "NextToken"))
}

/// Deleting what is not there succeeds.
fn delete(ctx: &mut Ctx, input: &Input) -> Answer {
    let arn = input.str("TopicArn")?;
    let table = ctx.regional(TABLE);
    ctx.store.remove(&table, arn);
    subscription::forget(ctx, arn);
    Ok(json!({}))
}
