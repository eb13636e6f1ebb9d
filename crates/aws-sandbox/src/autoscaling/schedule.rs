//! Scheduled actions. They are kept; nothing happens at their time.

use serde_json::{Value, json};

use super::{group, invalid};
use crate::clock;
use crate::context::Ctx;
use crate::document::{set, set_some, text};
use crate::error::Answer;
use crate::input::Input;
use crate::page;
use crate::sandbox::Operations;

pub(crate) const OPERATIONS: Operations = &[
    ("PutScheduledUpdateGroupAction", put),
    ("DescribeScheduledActions", describe),
    ("DeleteScheduledAction", delete),
];

const TABLE: &str = "autoscaling-schedule";

fn put(ctx: &mut Ctx, input: &Input) -> Answer {
    let (group_name, name) = (input.str("AutoScalingGroupName")?, input.str("ScheduledActionName")?);
    group::get(ctx, group_name)?;
    input.refuse(&["Time"])?;
    let start = input.filled("StartTime")?;
    if let Some(start) = start
        && *start < *clock::rfc3339(ctx.now)
    {
        return Err(invalid("Given start time is in the past"));
    }
    let recurrence = input.filled("Recurrence")?;
    if start.is_none() && recurrence.is_none() {
        return Err(invalid("Start time is required"));
    }
    let (min, max, desired) = (input.opt_int("MinSize")?, input.opt_int("MaxSize")?, input.opt_int("DesiredCapacity")?);
    if min.is_none() && max.is_none() && desired.is_none() {
        return Err(invalid("At least one of minSize, maxSize, or desiredCapacity must be given"));
    }
    let id = ctx.new_uuid("schedule");
    let mut doc = json!({
        "AutoScalingGroupName": group_name,
        "ScheduledActionName": name,
        "ScheduledActionARN": ctx.arn(
            "autoscaling",
            &format!("scheduledUpdateGroupAction:{id}:autoScalingGroupName/{group_name}:scheduledActionName/{name}"),
        ),
    });
    let first = start.map_or_else(|| clock::rfc3339(ctx.now + 3_600_000), str::to_owned);
    set(&mut doc, "StartTime", first.as_str());
    set(&mut doc, "Time", first.as_str());
    set_some(&mut doc, "EndTime", input.filled("EndTime")?);
    set_some(&mut doc, "Recurrence", recurrence);
    set_some(&mut doc, "TimeZone", input.filled("TimeZone")?);
    for (member, n) in [("MinSize", min), ("MaxSize", max), ("DesiredCapacity", desired)] {
        set_some(&mut doc, member, n);
    }
    let (table, key) = (ctx.regional(TABLE), format!("{group_name}/{name}"));
    if let Some(old) = ctx.store.get(&table, &key) {
        let arn = old["ScheduledActionARN"].clone();
        set(&mut doc, "ScheduledActionARN", arn);
    }
    ctx.store.put(&table, &key, doc);
    Ok(json!({}))
}

fn describe(ctx: &mut Ctx, input: &Input) -> Answer {
    input.refuse(&["StartTime", "EndTime"])?;
    let (group_name, names) = (input.filled("AutoScalingGroupName")?, input.strings("ScheduledActionNames")?);
    let docs: Vec<Value> = ctx
        .store
        .rows(&ctx.regional(TABLE))
        .map(|(_, d)| d)
        .filter(|d| group_name.is_none_or(|g| text(d, "AutoScalingGroupName") == g))
        .filter(|d| names.is_empty() || names.contains(&text(d, "ScheduledActionName")))
        .cloned()
        .collect();
    let max = input.opt_int("MaxRecords")?.and_then(|n| usize::try_from(n).ok()).unwrap_or(50);
    let page = page::cut(docs, Some(max), input.filled("NextToken")?, "InvalidNextToken")?;
    Ok(page::document("ScheduledUpdateGroupActions", page, "NextToken"))
}

fn delete(ctx: &mut Ctx, input: &Input) -> Answer {
    let (group_name, name) = (input.str("AutoScalingGroupName")?, input.str("ScheduledActionName")?);
    let table = ctx.regional(TABLE);
    if ctx.store.remove(&table, &format!("{group_name}/{name}")).is_none() {
        return Err(invalid(format!("Scheduled action name not found - {name}")));
    }
    Ok(json!({}))
}

/// The schedules of a group go with it.
pub(crate) fn forget_group(ctx: &mut Ctx, group_name: &str) {
    let table = ctx.regional(TABLE);
    let prefix = format!("{group_name}/");
    let keys: Vec<String> = ctx.store.rows(&table).map(|(k, _)| k.clone()).filter(|k| k.starts_with(&prefix)).collect();
    for key in keys {
        ctx.store.remove(&table, &key);
    }
}
