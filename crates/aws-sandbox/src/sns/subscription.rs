//! Subscriptions.

use serde_json::{Value, json};

use super::{invalid, not_found, topic};
use crate::context::Ctx;
use crate::document::{set, text, unset};
use crate::error::{Answer, AwsError};
use crate::input::Input;
use crate::page;
use crate::sandbox::Operations;

pub(crate) const OPERATIONS: Operations = &[
    ("Subscribe", subscribe),
    ("Unsubscribe", unsubscribe),
    ("GetSubscriptionAttributes", attributes),
    ("SetSubscriptionAttributes", set_attribute),
    ("ListSubscriptions", |ctx, input| list(ctx, input, None)),
    ("ListSubscriptionsByTopic", |ctx, input| {
        let arn = input.str("TopicArn")?;
        topic::get(ctx, arn)?;
        list(ctx, input, Some(arn))
    }),
];

const TABLE: &str = "subscription";

/// Attributes that can be set. Source: SetSubscriptionAttributes.
const SETTABLE: &[&str] = &[
    "DeliveryPolicy",
    "FilterPolicy",
    "FilterPolicyScope",
    "RawMessageDelivery",
    "RedrivePolicy",
    "ReplayPolicy",
    "SubscriptionRoleArn",
];

const PROTOCOLS: &[&str] = &["http", "https", "email", "email-json", "sms", "sqs", "application", "lambda", "firehose"];

/// How many subscriptions of a topic are confirmed and pending.
pub(crate) fn count(ctx: &Ctx, topic: &str) -> (usize, usize) {
    let rows = ctx.store.rows(&ctx.regional(TABLE)).map(|(_, d)| d).filter(|d| text(d, "TopicArn") == topic);
    rows.fold((0, 0), |(c, p), d| if d["_pending"] == true { (c, p + 1) } else { (c + 1, p) })
}

/// Removes the subscriptions of a topic that is gone.
pub(crate) fn forget(ctx: &mut Ctx, topic: &str) {
    let table = ctx.regional(TABLE);
    let rows = ctx.store.rows(&table).filter(|(_, d)| text(d, "TopicArn") == topic);
    let arns: Vec<String> = rows.map(|(arn, _)| arn.clone()).collect();
    for arn in arns {
        ctx.store.remove(&table, &arn);
    }
}

fn put(doc: &mut Value, name: &str, value: &str) -> Result<(), AwsError> {
    if !SETTABLE.contains(&name) {
        return Err(invalid("AttributeName"));
    }
    if name.ends_with("Policy") && !value.is_empty() && serde_json::from_str::<Value>(value).is_err() {
        return Err(invalid(format!("{name}: failed to parse JSON.")));
    }
    match value {
        "" | "{}" => {
            unset(&mut doc["_attributes"], name);
            if name == "FilterPolicy" {
                unset(&mut doc["_attributes"], "FilterPolicyScope");
            }
        }
        v => set(&mut doc["_attributes"], name, v),
    }
    if doc["_attributes"].get("FilterPolicy").is_some() && doc["_attributes"].get("FilterPolicyScope").is_none() {
        set(&mut doc["_attributes"], "FilterPolicyScope", "MessageAttributes");
    }
    Ok(())
}

fn subscribe(ctx: &mut Ctx, input: &Input) -> Answer {
    let topic = input.str("TopicArn")?;
    topic::get(ctx, topic)?;
    let (protocol, endpoint) = (input.str("Protocol")?, input.opt_str("Endpoint")?.unwrap_or(""));
    let shown = input.flag("ReturnSubscriptionArn")?;
    if !PROTOCOLS.contains(&protocol) {
        return Err(invalid(format!("Does not support this protocol string: {protocol}")));
    }
    if matches!(protocol, "sqs" | "lambda" | "firehose" | "application") && !endpoint.starts_with("arn:") {
        return Err(invalid(format!("{protocol} endpoint ARN")));
    }
    let given = input.raw("Attributes").and_then(Value::as_object).cloned().unwrap_or_default();
    let table = ctx.regional(TABLE);
    let same =
        |d: &&Value| text(d, "TopicArn") == topic && text(d, "Protocol") == protocol && text(d, "Endpoint") == endpoint;
    if let Some(old) = ctx.store.rows(&table).map(|(_, d)| d).find(same) {
        return Ok(json!({"SubscriptionArn": old["SubscriptionArn"]}));
    }
    let pending = matches!(protocol, "http" | "https" | "email" | "email-json");
    let arn = format!("{topic}:{}", ctx.new_uuid("subscription"));
    let mut doc = json!({
        "SubscriptionArn": arn, "Owner": ctx.account, "Protocol": protocol, "Endpoint": endpoint, "TopicArn": topic,
        "_attributes": {}, "_pending": pending,
    });
    for (name, value) in &given {
        put(&mut doc, name, value.as_str().unwrap_or(""))?;
    }
    ctx.store.put(&table, &arn, doc);
    let answer = if pending && !shown { "pending confirmation".to_owned() } else { arn };
    Ok(json!({"SubscriptionArn": answer}))
}

fn get(ctx: &Ctx, input: &Input) -> Result<Value, AwsError> {
    let found = ctx.store.get(&ctx.regional(TABLE), input.str("SubscriptionArn")?).cloned();
    found.ok_or_else(|| not_found("Subscription"))
}

fn unsubscribe(ctx: &mut Ctx, input: &Input) -> Answer {
    let doc = get(ctx, input)?;
    if doc["_pending"] == true {
        return Err(invalid("SubscriptionArn Reason: Cannot unsubscribe a subscription that is pending confirmation"));
    }
    let table = ctx.regional(TABLE);
    ctx.store.remove(&table, text(&doc, "SubscriptionArn"));
    Ok(json!({}))
}

fn attributes(ctx: &mut Ctx, input: &Input) -> Answer {
    let doc = get(ctx, input)?;
    let mut all = doc["_attributes"].clone();
    for member in ["SubscriptionArn", "Owner", "Protocol", "Endpoint", "TopicArn"] {
        set(&mut all, member, doc[member].clone());
    }
    let pending = doc["_pending"] == true;
    set(&mut all, "PendingConfirmation", pending.to_string());
    set(&mut all, "ConfirmationWasAuthenticated", (!pending).to_string());
    if all.get("RawMessageDelivery").is_none() {
        set(&mut all, "RawMessageDelivery", "false");
    }
    let by = format!("arn:aws:iam::{}:user/sandbox", ctx.account);
    set(&mut all, "SubscriptionPrincipal", by);
    Ok(json!({"Attributes": all}))
}

fn set_attribute(ctx: &mut Ctx, input: &Input) -> Answer {
    let mut doc = get(ctx, input)?;
    put(&mut doc, input.str("AttributeName")?, input.opt_str("AttributeValue")?.unwrap_or(""))?;
    let table = ctx.regional(TABLE);
    let arn = text(&doc, "SubscriptionArn").to_owned();
    ctx.store.put(&table, &arn, doc);
    Ok(json!({}))
}

fn list(ctx: &mut Ctx, input: &Input, topic: Option<&str>) -> Answer {
    let all = ctx
        .store
        .rows(&ctx.regional(TABLE))
        .map(|(_, d)| d)
        .filter(|d| topic.is_none_or(|t| text(d, "TopicArn") == t))
        .map(|d| {
            let mut out = crate::document::public(d);
            if d["_pending"] == true {
                set(&mut out, "SubscriptionArn", "PendingConfirmation");
            }
            out
        })
        .collect();
    let page = page::cut(all, Some(100), input.filled("NextToken")?, "InvalidParameter")?;
    Ok(page::document("Subscriptions", page, "NextToken"))
}
