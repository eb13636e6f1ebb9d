//! SQS: queues and their settings. Messages are refused.

use serde_json::{Map, Value, json};

use crate::context::Ctx;
use crate::document::{set, text, unset};
use crate::error::{Answer, AwsError};
use crate::input::Input;
use crate::page;
use crate::policy::{self, Kind};
use crate::sandbox::Operations;

/// Everything SQS answers.
pub(crate) const OPERATIONS: &[Operations] = &[&[
    ("CreateQueue", create),
    ("GetQueueUrl", |ctx, input| {
        input.accept(&["QueueOwnerAWSAccountId"]);
        let name = input.str("QueueName")?;
        let table = ctx.regional(TABLE);
        ctx.store.get(&table, name).map(|d| json!({"QueueUrl": d["QueueUrl"]})).ok_or_else(missing)
    }),
    ("GetQueueAttributes", attributes),
    ("SetQueueAttributes", set_attributes),
    ("ListQueues", list),
    ("DeleteQueue", delete),
    ("TagQueue", tag),
    ("UntagQueue", untag),
    ("ListQueueTags", |ctx, input| Ok(json!({"Tags": get(ctx, input)?["_tags"]}))),
]];

const TABLE: &str = "queue";

fn missing() -> AwsError {
    AwsError::new("AWS.SimpleQueueService.NonExistentQueue", "The specified queue does not exist.")
}

fn invalid(message: impl Into<String>) -> AwsError {
    AwsError::new("InvalidAttributeValue", message)
}

/// The queue that a URL means: its last part is the name.
fn get(ctx: &Ctx, input: &Input) -> Result<Value, AwsError> {
    let name = input.str("QueueUrl")?.rsplit('/').next().unwrap_or("");
    ctx.store.get(&ctx.regional(TABLE), name).cloned().ok_or_else(missing)
}

/// The policy of a queue here, by its ARN, for another service to look at: empty when it has none, `None` without the queue.
pub(crate) fn policy_of(ctx: &Ctx, arn: &str) -> Option<String> {
    let name = arn.strip_prefix(&ctx.arn("sqs", ""))?;
    let doc = ctx.store.get(&ctx.regional(TABLE), name)?;
    Some(text(&doc["_attributes"], "Policy").to_owned())
}

fn save(ctx: &mut Ctx, doc: Value) {
    let (table, name) = (ctx.regional(TABLE), text(&doc, "_name").to_owned());
    ctx.store.put(&table, &name, doc);
}

/// Numbers that can be set, and what they can be. Source: SetQueueAttributes.
const NUMBERS: &[(&str, i64, i64)] = &[
    ("DelaySeconds", 0, 900),
    ("MaximumMessageSize", 1024, 1_048_576),
    ("MessageRetentionPeriod", 60, 1_209_600),
    ("ReceiveMessageWaitTimeSeconds", 0, 20),
    ("VisibilityTimeout", 0, 43_200),
    ("KmsDataKeyReusePeriodSeconds", 60, 86_400),
];

const FIFO: &[&str] = &["ContentBasedDeduplication", "DeduplicationScope", "FifoThroughputLimit"];

fn put(doc: &mut Value, given: &Map<String, Value>) -> Result<(), AwsError> {
    let fifo = doc["_attributes"]["FifoQueue"] == "true";
    for (name, value) in given {
        let value = value.as_str().unwrap_or("");
        match name.as_str() {
            "FifoQueue" => continue,
            n if NUMBERS.iter().any(|(m, _, _)| *m == n) => {
                let (_, from, to) = NUMBERS.iter().find(|(m, _, _)| *m == n).copied().unwrap_or(("", 0, 0));
                if !value.parse::<i64>().is_ok_and(|v| (from..=to).contains(&v)) {
                    return Err(invalid(format!("Invalid value for the parameter {n}.")));
                }
            }
            "Policy" if !value.is_empty() => {
                policy::check(value, Kind::Resource).map_err(|_| invalid("Invalid value for the parameter Policy."))?;
            }
            "RedrivePolicy" | "RedriveAllowPolicy" if !value.is_empty() => {
                serde_json::from_str::<Value>(value).map_err(|_| {
                    invalid(format!(
                        "Value {value} for parameter {name} is invalid. Reason: Redrive policy is not a valid JSON map."
                    ))
                })?;
            }
            "Policy" | "RedrivePolicy" | "RedriveAllowPolicy" | "KmsMasterKeyId" | "SqsManagedSseEnabled" => {}
            n if FIFO.contains(&n) => {
                if !fifo {
                    return Err(AwsError::new("InvalidAttributeName", format!("Unknown Attribute {n}.")));
                }
            }
            other => return Err(AwsError::new("InvalidAttributeName", format!("Unknown Attribute {other}."))),
        }
        match value {
            "" => {
                unset(&mut doc["_attributes"], name);
            }
            v => set(&mut doc["_attributes"], name, v),
        }
    }
    // One kind of encryption at a time.
    if given.get("KmsMasterKeyId").is_some_and(|k| k != "") {
        set(&mut doc["_attributes"], "SqsManagedSseEnabled", "false");
        if doc["_attributes"].get("KmsDataKeyReusePeriodSeconds").is_none() {
            set(&mut doc["_attributes"], "KmsDataKeyReusePeriodSeconds", "300");
        }
    } else if given.get("SqsManagedSseEnabled").is_some_and(|k| k == "true") {
        unset(&mut doc["_attributes"], "KmsMasterKeyId");
    }
    Ok(())
}

fn create(ctx: &mut Ctx, input: &Input) -> Answer {
    let name = input.str("QueueName")?;
    let given = input.raw("Attributes").and_then(Value::as_object).cloned().unwrap_or_default();
    let tags = input.raw("tags").cloned().unwrap_or_else(|| json!({}));
    let fifo = given.get("FifoQueue").is_some_and(|f| f == "true");
    let stem = name.strip_suffix(".fifo");
    let fine = |c: char| c.is_ascii_alphanumeric() || "_-".contains(c);
    if stem.is_some() != fifo || name.len() > 80 || name.is_empty() || !stem.unwrap_or(name).chars().all(fine) {
        let message = "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length; the name of a FIFO queue ends with .fifo";
        return Err(AwsError::new("InvalidParameterValue", message));
    }
    let mut doc = json!({
        "QueueUrl": format!("https://sqs.{}.amazonaws.com/{}/{name}", ctx.region, ctx.account),
        "_name": name,
        "_attributes": {
            "DelaySeconds": "0", "MaximumMessageSize": "262144", "MessageRetentionPeriod": "345600",
            "ReceiveMessageWaitTimeSeconds": "0", "VisibilityTimeout": "30", "SqsManagedSseEnabled": "true",
        },
        "_tags": tags,
        "_created": (ctx.now / 1000).to_string(),
    });
    if fifo {
        for (name, value) in [
            ("FifoQueue", "true"),
            ("ContentBasedDeduplication", "false"),
            ("DeduplicationScope", "queue"),
            ("FifoThroughputLimit", "perQueue"),
        ] {
            set(&mut doc["_attributes"], name, value);
        }
    }
    put(&mut doc, &given)?;
    if let Some(old) = ctx.store.get(&ctx.regional(TABLE), name) {
        if old["_attributes"] != doc["_attributes"] {
            let message =
                format!("A queue already exists with the same name and a different value for an attribute: {name}");
            return Err(AwsError::new("QueueAlreadyExists", message));
        }
        return Ok(json!({"QueueUrl": old["QueueUrl"]}));
    }
    save(ctx, doc.clone());
    Ok(json!({"QueueUrl": doc["QueueUrl"]}))
}

fn attributes(ctx: &mut Ctx, input: &Input) -> Answer {
    let doc = get(ctx, input)?;
    let names = input.strings("AttributeNames")?;
    let mut all = doc["_attributes"].clone();
    for (name, value) in [
        ("QueueArn", ctx.arn("sqs", text(&doc, "_name"))),
        ("ApproximateNumberOfMessages", "0".into()),
        ("ApproximateNumberOfMessagesDelayed", "0".into()),
        ("ApproximateNumberOfMessagesNotVisible", "0".into()),
        ("CreatedTimestamp", text(&doc, "_created").to_owned()),
        ("LastModifiedTimestamp", text(&doc, "_created").to_owned()),
    ] {
        set(&mut all, name, value);
    }
    if let Value::Object(map) = &mut all
        && !names.contains(&"All")
    {
        map.retain(|name, _| names.contains(&name.as_str()));
    }
    Ok(json!({"Attributes": all}))
}

fn set_attributes(ctx: &mut Ctx, input: &Input) -> Answer {
    let mut doc = get(ctx, input)?;
    let given = input.raw("Attributes").and_then(Value::as_object).cloned().unwrap_or_default();
    put(&mut doc, &given)?;
    save(ctx, doc);
    Ok(json!({}))
}

fn list(ctx: &mut Ctx, input: &Input) -> Answer {
    let prefix = input.filled("QueueNamePrefix")?.unwrap_or("");
    let rows = ctx.store.rows(&ctx.regional(TABLE));
    let all = rows.filter(|(name, _)| name.starts_with(prefix)).map(|(_, d)| d["QueueUrl"].clone()).collect();
    let max = input.opt_int("MaxResults")?.and_then(|n| usize::try_from(n).ok()).unwrap_or(1000);
    let page = page::cut(all, Some(max), input.filled("NextToken")?, "InvalidParameterValue")?;
    Ok(page::document("QueueUrls", page, "NextToken"))
}

fn delete(ctx: &mut Ctx, input: &Input) -> Answer {
    let doc = get(ctx, input)?;
    let table = ctx.regional(TABLE);
    ctx.store.remove(&table, text(&doc, "_name"));
    Ok(json!({}))
}

fn tag(ctx: &mut Ctx, input: &Input) -> Answer {
    let mut doc = get(ctx, input)?;
    for (key, value) in input.raw("Tags").and_then(Value::as_object).into_iter().flatten() {
        set(&mut doc["_tags"], key, value.clone());
    }
    save(ctx, doc);
    Ok(json!({}))
}

fn untag(ctx: &mut Ctx, input: &Input) -> Answer {
    let mut doc = get(ctx, input)?;
    for key in input.strings("TagKeys")? {
        unset(&mut doc["_tags"], key);
    }
    save(ctx, doc);
    Ok(json!({}))
}
