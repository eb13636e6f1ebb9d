//! Log streams. Events are not kept: nothing that plans or applies reads them.

use serde_json::{Value, json};

use super::{already_exists, group, group_name, not_found, paged};
use crate::context::Ctx;
use crate::document::{public, text};
use crate::error::Answer;
use crate::input::Input;
use crate::sandbox::Operations;

pub(crate) const OPERATIONS: Operations =
    &[("CreateLogStream", create), ("DescribeLogStreams", describe), ("DeleteLogStream", delete)];

pub(crate) const TABLE: &str = "log-stream";

fn key(group: &str, stream: &str) -> String {
    format!("{group}:{stream}")
}

fn create(ctx: &mut Ctx, input: &Input) -> Answer {
    let (group, name) = (input.str("logGroupName")?, input.str("logStreamName")?);
    group::get(ctx, group)?;
    if name.is_empty() || name.contains([':', '*']) {
        return Err(input.invalid(format!("Invalid logStreamName {name}.")));
    }
    let (table, key) = (ctx.regional(TABLE), key(group, name));
    if ctx.store.get(&table, &key).is_some() {
        return Err(already_exists("The specified log stream already exists"));
    }
    let doc = json!({
        "logStreamName": name,
        "creationTime": ctx.now,
        "arn": ctx.arn("logs", &format!("log-group:{group}:log-stream:{name}")),
        "storedBytes": 0,
        "_group": group,
    });
    ctx.store.put(&table, &key, doc);
    Ok(json!({}))
}

fn describe(ctx: &mut Ctx, input: &Input) -> Answer {
    let name = match (input.filled("logGroupName")?, input.filled("logGroupIdentifier")?) {
        (Some(n), _) => n.to_owned(),
        (None, Some(n)) => group_name(ctx, n),
        (None, None) => return Err(input.missing("logGroupName")),
    };
    group::get(ctx, &name)?;
    let prefix = input.filled("logStreamNamePrefix")?.unwrap_or("");
    // Without events both orders are by name.
    input.filled("orderBy")?;
    let mut all: Vec<Value> = ctx
        .store
        .rows(&ctx.regional(TABLE))
        .filter(|(_, d)| text(d, "_group") == name && text(d, "logStreamName").starts_with(prefix))
        .map(|(_, d)| public(d))
        .collect();
    if input.flag("descending")? {
        all.reverse();
    }
    paged(input, "logStreams", all, 50)
}

fn delete(ctx: &mut Ctx, input: &Input) -> Answer {
    let (group, name) = (input.str("logGroupName")?, input.str("logStreamName")?);
    group::get(ctx, group)?;
    let table = ctx.regional(TABLE);
    match ctx.store.remove(&table, &key(group, name)) {
        Some(_) => Ok(json!({})),
        None => Err(not_found("The specified log stream does not exist.")),
    }
}
