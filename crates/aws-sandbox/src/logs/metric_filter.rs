//! Metric filters.

use serde_json::{Value, json};

use super::{group, not_found, paged};
use crate::context::Ctx;
use crate::document::{public, set, text};
use crate::error::Answer;
use crate::input::Input;
use crate::sandbox::Operations;

pub(crate) const OPERATIONS: Operations =
    &[("PutMetricFilter", put), ("DescribeMetricFilters", describe), ("DeleteMetricFilter", delete)];

pub(crate) const TABLE: &str = "metric-filter";

fn key(group: &str, name: &str) -> String {
    format!("{group}:{name}")
}

fn recount(ctx: &mut Ctx, name: &str) -> Answer {
    let n = ctx.store.rows(&ctx.regional(TABLE)).filter(|(_, d)| text(d, "_group") == name).count();
    let mut doc = group::get(ctx, name)?;
    set(&mut doc, "metricFilterCount", n);
    group::put(ctx, doc);
    Ok(json!({}))
}

fn put(ctx: &mut Ctx, input: &Input) -> Answer {
    let (group, name) = (input.str("logGroupName")?, input.str("filterName")?);
    input.refuse(&["fieldSelectionCriteria", "emitSystemFieldDimensions"])?;
    group::get(ctx, group)?;
    let pattern = input.str("filterPattern")?;
    let transformed = input.flag("applyOnTransformedLogs")?;
    let metrics = input.raw("metricTransformations").ok_or_else(|| input.missing("metricTransformations"))?;
    let doc = json!({
        "filterName": name, "filterPattern": pattern, "metricTransformations": metrics, "creationTime": ctx.now,
        "logGroupName": group, "applyOnTransformedLogs": transformed, "_group": group,
    });
    let table = ctx.regional(TABLE);
    ctx.store.put(&table, &key(group, name), doc);
    recount(ctx, group)
}

fn describe(ctx: &mut Ctx, input: &Input) -> Answer {
    let group = input.filled("logGroupName")?;
    if let Some(group) = group {
        group::get(ctx, group)?;
    }
    let prefix = input.filled("filterNamePrefix")?.unwrap_or("");
    let (metric, space) = (input.filled("metricName")?, input.filled("metricNamespace")?);
    let has = |d: &Value, member: &str, want: Option<&str>| {
        want.is_none_or(|w| crate::document::items(d, "metricTransformations").iter().any(|m| text(m, member) == w))
    };
    let all = ctx
        .store
        .rows(&ctx.regional(TABLE))
        .filter(|(_, d)| group.is_none_or(|g| text(d, "_group") == g))
        .filter(|(_, d)| text(d, "filterName").starts_with(prefix))
        .filter(|(_, d)| has(d, "metricName", metric) && has(d, "metricNamespace", space))
        .map(|(_, d)| public(d))
        .collect();
    paged(input, "metricFilters", all, 50)
}

fn delete(ctx: &mut Ctx, input: &Input) -> Answer {
    let (group, name) = (input.str("logGroupName")?, input.str("filterName")?);
    group::get(ctx, group)?;
    let table = ctx.regional(TABLE);
    match ctx.store.remove(&table, &key(group, name)) {
        Some(_) => recount(ctx, group),
        None => Err(not_found("The specified metric filter does not exist.")),
    }
}
