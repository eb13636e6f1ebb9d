//! EventBridge: rules of the default bus and their targets. No event is sent.

use serde_json::{Value, json};

use crate::context::Ctx;
use crate::document::{items, items_mut, public, put_tags, remove_tags, set, set_some, text};
use crate::error::{Answer, AwsError};
use crate::input::Input;
use crate::page;
use crate::sandbox::Operations;

/// Everything EventBridge answers.
pub(crate) const OPERATIONS: &[Operations] = &[&[
    ("PutRule", put),
    ("DescribeRule", |ctx, input| {
        bus(ctx, input)?;
        Ok(public(&get(ctx, input.str("Name")?)?))
    }),
    ("ListRules", list),
    ("EnableRule", |ctx, input| enable(ctx, input, true)),
    ("DisableRule", |ctx, input| enable(ctx, input, false)),
    ("DeleteRule", delete),
    ("PutTargets", put_targets),
    ("RemoveTargets", remove_targets),
    ("ListTargetsByRule", list_targets),
    ("TagResource", tag),
    ("UntagResource", untag),
    ("ListTagsForResource", |ctx, input| Ok(json!({"Tags": items(&by_arn(ctx, input)?, "_tags")}))),
]];

const TABLE: &str = "event-rule";
/// Source: "Amazon EventBridge quotas": targets per rule.
const TARGETS: usize = 5;

fn missing(name: &str) -> AwsError {
    AwsError::new("ResourceNotFoundException", format!("Rule {name} does not exist on EventBus default."))
}

/// Refuses every bus but the default one, which has a name and an ARN.
fn bus(ctx: &Ctx, input: &Input) -> Result<(), AwsError> {
    match input.filled("EventBusName")? {
        None | Some("default") => Ok(()),
        Some(arn) if arn == ctx.arn("events", "event-bus/default") => Ok(()),
        Some(other) => Err(AwsError::new("ResourceNotFoundException", format!("Event bus {other} does not exist."))),
    }
}

fn get(ctx: &Ctx, name: &str) -> Result<Value, AwsError> {
    ctx.store.get(&ctx.regional(TABLE), name).cloned().ok_or_else(|| missing(name))
}

fn save(ctx: &mut Ctx, doc: Value) {
    let (table, name) = (ctx.regional(TABLE), text(&doc, "Name").to_owned());
    ctx.store.put(&table, &name, doc);
}

fn by_arn(ctx: &Ctx, input: &Input) -> Result<Value, AwsError> {
    let arn = input.str("ResourceARN")?;
    get(ctx, arn.strip_prefix(&ctx.arn("events", "rule/")).unwrap_or(arn))
}

fn put(ctx: &mut Ctx, input: &Input) -> Answer {
    bus(ctx, input)?;
    let name = input.str("Name")?;
    let fine = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    if name.is_empty() || name.len() > 64 || !name.chars().all(fine) {
        return Err(input.invalid("The name of a rule has up to 64 letters, digits and . - _"));
    }
    let (pattern, schedule) = (input.filled("EventPattern")?, input.filled("ScheduleExpression")?);
    if pattern.is_none() && schedule.is_none() {
        return Err(input.invalid("Parameter(s) EventPattern or ScheduleExpression must be specified."));
    }
    if pattern.is_some_and(|p| !serde_json::from_str::<Value>(p).is_ok_and(|v| v.is_object())) {
        return Err(AwsError::new("InvalidEventPatternException", "Event pattern is not valid. Reason: Invalid JSON"));
    }
    let state = input.filled("State")?.unwrap_or("ENABLED");
    let old = ctx.store.get(&ctx.regional(TABLE), name).cloned();
    let tags = input.raw("Tags").cloned().unwrap_or_else(|| json!([]));
    let arn = ctx.arn("events", &format!("rule/{name}"));
    let mut doc = json!({
        "Name": name, "Arn": arn, "State": state, "EventBusName": "default", "CreatedBy": ctx.account,
        "_targets": old.as_ref().map_or(json!([]), |o| o["_targets"].clone()),
        "_tags": old.as_ref().map_or(tags, |o| o["_tags"].clone()),
    });
    set_some(&mut doc, "EventPattern", pattern);
    set_some(&mut doc, "ScheduleExpression", schedule);
    set_some(&mut doc, "Description", input.filled("Description")?);
    set_some(&mut doc, "RoleArn", input.filled("RoleArn")?);
    save(ctx, doc);
    Ok(json!({"RuleArn": arn}))
}

fn list(ctx: &mut Ctx, input: &Input) -> Answer {
    bus(ctx, input)?;
    let prefix = input.filled("NamePrefix")?.unwrap_or("");
    let rows = ctx.store.rows(&ctx.regional(TABLE));
    let all = rows
        .filter(|(name, _)| name.starts_with(prefix))
        .map(|(_, d)| {
            let mut out = public(d);
            crate::document::unset(&mut out, "CreatedBy");
            out
        })
        .collect();
    let max = input.opt_int("Limit")?.and_then(|n| usize::try_from(n).ok()).unwrap_or(100);
    let page = page::cut(all, Some(max), input.filled("NextToken")?, "ValidationException")?;
    Ok(page::document("Rules", page, "NextToken"))
}

fn enable(ctx: &mut Ctx, input: &Input, on: bool) -> Answer {
    bus(ctx, input)?;
    let mut doc = get(ctx, input.str("Name")?)?;
    set(&mut doc, "State", if on { "ENABLED" } else { "DISABLED" });
    save(ctx, doc);
    Ok(json!({}))
}

/// Deleting what is not there succeeds.
fn delete(ctx: &mut Ctx, input: &Input) -> Answer {
    bus(ctx, input)?;
    input.flag("Force")?;
    let name = input.str("Name")?;
    let table = ctx.regional(TABLE);
    if ctx.store.get(&table, name).is_some_and(|d| !items(d, "_targets").is_empty()) {
        return Err(input.invalid("Rule can't be deleted since it has targets."));
    }
    ctx.store.remove(&table, name);
    Ok(json!({}))
}

fn put_targets(ctx: &mut Ctx, input: &Input) -> Answer {
    bus(ctx, input)?;
    let mut doc = get(ctx, input.str("Rule")?)?;
    let given = input.raw("Targets").and_then(Value::as_array).cloned().unwrap_or_default();
    for target in given {
        let (id, arn) = (text(&target, "Id").to_owned(), text(&target, "Arn").to_owned());
        if !arn.starts_with("arn:") {
            return Err(input.invalid(format!("Provided Arn is not in correct format: {arn}")));
        }
        if let Some(list) = items_mut(&mut doc, "_targets") {
            list.retain(|t| text(t, "Id") != id);
            list.push(target);
            if list.len() > TARGETS {
                let message = "The requested resource exceeds the maximum number allowed.";
                return Err(AwsError::new("LimitExceededException", message));
            }
        }
    }
    save(ctx, doc);
    Ok(json!({"FailedEntryCount": 0, "FailedEntries": []}))
}

fn remove_targets(ctx: &mut Ctx, input: &Input) -> Answer {
    bus(ctx, input)?;
    input.flag("Force")?;
    let mut doc = get(ctx, input.str("Rule")?)?;
    let ids = input.strings("Ids")?;
    if let Some(list) = items_mut(&mut doc, "_targets") {
        list.retain(|t| !ids.contains(&text(t, "Id")));
    }
    save(ctx, doc);
    Ok(json!({"FailedEntryCount": 0, "FailedEntries": []}))
}

fn list_targets(ctx: &mut Ctx, input: &Input) -> Answer {
    bus(ctx, input)?;
    let doc = get(ctx, input.str("Rule")?)?;
    let max = input.opt_int("Limit")?.and_then(|n| usize::try_from(n).ok()).unwrap_or(100);
    let page =
        page::cut(items(&doc, "_targets").to_vec(), Some(max), input.filled("NextToken")?, "ValidationException")?;
    Ok(page::document("Targets", page, "NextToken"))
}

fn tag(ctx: &mut Ctx, input: &Input) -> Answer {
    let mut doc = by_arn(ctx, input)?;
    let tags: Result<Vec<Value>, AwsError> =
        input.structures("Tags")?.iter().map(|t| Ok(json!({"Key": t.str("Key")?, "Value": t.str("Value")?}))).collect();
    put_tags(&mut doc, "_tags", "Key", tags?);
    save(ctx, doc);
    Ok(json!({}))
}

fn untag(ctx: &mut Ctx, input: &Input) -> Answer {
    let mut doc = by_arn(ctx, input)?;
    let keys = input.strings("TagKeys")?;
    remove_tags(&mut doc, "_tags", "Key", &keys);
    save(ctx, doc);
    Ok(json!({}))
}
