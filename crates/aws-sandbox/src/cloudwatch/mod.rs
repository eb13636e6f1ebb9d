//! CloudWatch: alarms. No metric is recorded, so they stay without data.

use serde_json::{Value, json};

use crate::context::Ctx;
use crate::document::{items, public, put_tags, remove_tags, set, set_some, text};
use crate::error::{Answer, AwsError};
use crate::input::Input;
use crate::page;
use crate::sandbox::Operations;

/// Everything CloudWatch answers.
pub(crate) const OPERATIONS: &[Operations] = &[&[
    ("PutMetricAlarm", put),
    ("DescribeAlarms", describe),
    ("DeleteAlarms", delete),
    ("EnableAlarmActions", |ctx, input| actions(ctx, input, true)),
    ("DisableAlarmActions", |ctx, input| actions(ctx, input, false)),
    ("TagResource", tag),
    ("UntagResource", untag),
    ("ListTagsForResource", |ctx, input| Ok(json!({"Tags": items(&by_arn(ctx, input)?, "_tags")}))),
]];

const TABLE: &str = "metric-alarm";

fn by_arn(ctx: &Ctx, input: &Input) -> Result<Value, AwsError> {
    let arn = input.str("ResourceARN")?;
    let name = arn.strip_prefix(&ctx.arn("cloudwatch", "alarm:")).unwrap_or("");
    let missing = || AwsError::new("ResourceNotFoundException", format!("{arn} does not exist.")).status(404);
    ctx.store.get(&ctx.regional(TABLE), name).cloned().ok_or_else(missing)
}

fn save(ctx: &mut Ctx, doc: Value) {
    let (table, name) = (ctx.regional(TABLE), text(&doc, "AlarmName").to_owned());
    ctx.store.put(&table, &name, doc);
}

/// Members that are kept as they come.
const KEPT: &[&str] = &[
    "AlarmDescription",
    "OKActions",
    "AlarmActions",
    "InsufficientDataActions",
    "MetricName",
    "Namespace",
    "Statistic",
    "ExtendedStatistic",
    "Dimensions",
    "Period",
    "Unit",
    "EvaluationPeriods",
    "DatapointsToAlarm",
    "Threshold",
    "ComparisonOperator",
    "TreatMissingData",
    "EvaluateLowSampleCountPercentile",
    "Metrics",
    "ThresholdMetricId",
];

/// The whole alarm is put; what a request leaves out is no longer there. Tags count for a new alarm only.
fn put(ctx: &mut Ctx, input: &Input) -> Answer {
    input.refuse(&["EvaluationCriteria", "EvaluationInterval"])?;
    let name = input.str("AlarmName")?;
    let old = ctx.store.get(&ctx.regional(TABLE), name).cloned();
    let metrics = input.has("Metrics");
    match (metrics, input.has("MetricName")) {
        (true, true) => return Err(input.invalid("The parameters MetricName and Metrics cannot be given together.")),
        (false, false) => return Err(input.invalid("One of the parameters MetricName and Metrics must be given.")),
        (false, true) if input.has("Statistic") == input.has("ExtendedStatistic") => {
            return Err(input.invalid("Exactly one of the parameters Statistic and ExtendedStatistic must be given."));
        }
        _ => {}
    }
    for member in ["ComparisonOperator", "EvaluationPeriods"] {
        if !input.has(member) {
            return Err(AwsError::new("MissingParameter", format!("The parameter {member} is required")));
        }
    }
    if !input.has("Threshold") && !input.has("ThresholdMetricId") {
        return Err(AwsError::new("MissingParameter", "The parameter Threshold is required"));
    }
    let now = ctx.timestamp();
    let mut doc = json!({
        "AlarmName": name,
        "AlarmArn": ctx.arn("cloudwatch", &format!("alarm:{name}")),
        "ActionsEnabled": input.opt_bool("ActionsEnabled")?.unwrap_or(true),
        "AlarmConfigurationUpdatedTimestamp": now,
        "StateValue": "INSUFFICIENT_DATA",
        "StateReason": "Unchecked: Initial alarm creation",
        "StateUpdatedTimestamp": now,
        "OKActions": [],
        "AlarmActions": [],
        "InsufficientDataActions": [],
        "Dimensions": [],
    });
    for member in KEPT {
        set_some(&mut doc, member, input.raw(member).cloned());
    }
    let given = input.raw("Tags").cloned().unwrap_or_else(|| json!([]));
    set(&mut doc, "_tags", old.map_or(given, |o| o["_tags"].clone()));
    save(ctx, doc);
    Ok(json!({}))
}

fn describe(ctx: &mut Ctx, input: &Input) -> Answer {
    input.refuse(&["ChildrenOfAlarmName", "ParentsOfAlarmName"])?;
    let (names, types) = (input.strings("AlarmNames")?, input.strings("AlarmTypes")?);
    let (prefix, state) = (input.filled("AlarmNamePrefix")?, input.filled("StateValue")?);
    let action = input.filled("ActionPrefix")?;
    let wanted = types.is_empty() || types.contains(&"MetricAlarm");
    let has_action = |d: &Value, p: &str| {
        ["OKActions", "AlarmActions", "InsufficientDataActions"]
            .iter()
            .flat_map(|m| items(d, m))
            .any(|a| a.as_str().is_some_and(|a| a.starts_with(p)))
    };
    let all = ctx
        .store
        .rows(&ctx.regional(TABLE))
        .map(|(_, d)| d)
        .filter(|d| wanted && (names.is_empty() || names.contains(&text(d, "AlarmName"))))
        .filter(|d| prefix.is_none_or(|p| text(d, "AlarmName").starts_with(p)))
        .filter(|d| state.is_none_or(|s| text(d, "StateValue") == s))
        .filter(|d| action.is_none_or(|p| has_action(d, p)))
        .map(public)
        .collect();
    let max = input.opt_int("MaxRecords")?.and_then(|n| usize::try_from(n).ok()).unwrap_or(50).clamp(1, 100);
    let max = if names.is_empty() { max } else { max.max(names.len()) };
    let page = page::cut(all, Some(max), input.filled("NextToken")?, "InvalidNextToken")?;
    let mut out = page::document("MetricAlarms", page, "NextToken");
    set(&mut out, "CompositeAlarms", json!([]));
    Ok(out)
}

fn delete(ctx: &mut Ctx, input: &Input) -> Answer {
    let table = ctx.regional(TABLE);
    for name in input.strings("AlarmNames")? {
        ctx.store.remove(&table, name);
    }
    Ok(json!({}))
}

fn actions(ctx: &mut Ctx, input: &Input, on: bool) -> Answer {
    let table = ctx.regional(TABLE);
    for name in input.strings("AlarmNames")? {
        if let Some(mut doc) = ctx.store.get(&table, name).cloned() {
            set(&mut doc, "ActionsEnabled", on);
            save(ctx, doc);
        }
    }
    Ok(json!({}))
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
