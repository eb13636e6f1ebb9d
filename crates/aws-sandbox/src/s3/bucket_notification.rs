//! Where events of a bucket go: the configuration is kept and checked, no event is sent.

use serde_json::{Value, json};

use super::bucket_settings::{setting, store};
use super::{bucket, error};
use crate::context::Ctx;
use crate::document::{items, items_mut, set, text};
use crate::error::{Answer, AwsError};
use crate::input::Input;
use crate::sandbox::Operations;

pub(crate) const OPERATIONS: Operations = &[
    ("PutBucketNotificationConfiguration", put),
    ("GetBucketNotificationConfiguration", |ctx, i| Ok(setting(ctx, i, "Notification")?.unwrap_or_else(|| json!({})))),
];

const LISTS: [(&str, &str); 3] = [
    ("TopicConfigurations", "TopicArn"),
    ("QueueConfigurations", "QueueArn"),
    ("LambdaFunctionConfigurations", "LambdaFunctionArn"),
];

fn invalid(message: &str) -> AwsError {
    error(400, "InvalidArgument", message)
}

/// Whether S3 may send to a queue or topic, by its policy. Functions are not here: their ARN is all there is to look at.
fn reachable(ctx: &Ctx, arn: &str) -> bool {
    let policy = match arn.split(':').nth(2) {
        Some("sqs") => crate::sqs::policy_of(ctx, arn),
        Some("sns") => crate::sns::policy_of(ctx, arn),
        Some("lambda") => return arn.contains(":function:"),
        _ => None,
    };
    let Some(Ok(policy)) = policy.map(|p| serde_json::from_str::<Value>(&p)) else { return false };
    let statements = match &policy["Statement"] {
        Value::Array(list) => list.clone(),
        one => vec![one.clone()],
    };
    statements.iter().any(|s| {
        let who = &s["Principal"];
        let service = match &who["Service"] {
            Value::Array(all) => all.iter().any(|p| p == "s3.amazonaws.com"),
            one => one == "s3.amazonaws.com",
        };
        text(s, "Effect") == "Allow" && (service || *who == "*" || who["AWS"] == "*")
    })
}

/// Whether two filters can let the same key pass.
fn overlap(a: &Value, b: &Value) -> bool {
    let of = |v: &Value, name: &str| -> String {
        let rules = items(&v["Filter"]["Key"], "FilterRules");
        let found = rules.iter().find(|r| text(r, "Name").eq_ignore_ascii_case(name));
        found.map(|r| text(r, "Value").to_owned()).unwrap_or_default()
    };
    let (p, q, s, t) = (of(a, "prefix"), of(b, "prefix"), of(a, "suffix"), of(b, "suffix"));
    (p.starts_with(&q) || q.starts_with(&p)) && (s.ends_with(&t) || t.ends_with(&s))
}

/// Whether two events are the same or one holds the other: `s3:ObjectCreated:*`.
fn same_event(a: &str, b: &str) -> bool {
    let holds = |a: &str, b: &str| a.strip_suffix('*').is_some_and(|start| b.starts_with(start));
    a == b || holds(a, b) || holds(b, a)
}

fn put(ctx: &mut Ctx, input: &Input) -> Answer {
    let doc = bucket(ctx, input)?;
    let skip = input.flag("SkipDestinationValidation")?;
    let value = input.raw("NotificationConfiguration").ok_or_else(|| input.missing("NotificationConfiguration"))?;
    let mut value = value.clone();
    let mut all: Vec<Value> = Vec::new();
    for (list, member) in LISTS {
        for c in items(&value, list) {
            let arn = text(c, member);
            if arn.split(':').nth(3) != Some(text(&doc, "_region")) || (!skip && !reachable(ctx, arn)) {
                return Err(invalid("Unable to validate the following destination configurations"));
            }
            if items(c, "Events").iter().any(|e| !e.as_str().is_some_and(|e| e.starts_with("s3:"))) {
                return Err(invalid("The event is not supported for notifications"));
            }
            all.push(c.clone());
        }
    }
    for (i, a) in all.iter().enumerate() {
        for b in &all[i + 1..] {
            let texts =
                |c: &Value| items(c, "Events").iter().filter_map(Value::as_str).map(str::to_owned).collect::<Vec<_>>();
            let events = texts(b);
            if texts(a).iter().any(|x| events.iter().any(|y| same_event(x, y))) && overlap(a, b) {
                return Err(invalid(
                    "Configurations overlap. Configurations on the same bucket cannot share a common event type.",
                ));
            }
            if !text(a, "Id").is_empty() && text(a, "Id") == text(b, "Id") {
                return Err(invalid("Same ID used for multiple configurations. IDs must be unique."));
            }
        }
    }
    for (list, _) in LISTS {
        for n in 0..items(&value, list).len() {
            let id = ctx.new_uuid("notification");
            if let Some(c) =
                items_mut(&mut value, list).and_then(|all| all.get_mut(n)).filter(|c| text(c, "Id").is_empty())
            {
                set(c, "Id", id);
            }
        }
    }
    store(ctx, input, "Notification", value)
}
