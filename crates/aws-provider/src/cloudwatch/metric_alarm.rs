//! `aws_cloudwatch_metric_alarm`
//! (<https://registry.terraform.io/providers/hashicorp/aws/5.100.0/docs/resources/cloudwatch_metric_alarm>).

use serde_json::{Map, Value as Json, json};

use crate::cx::Cx;
use crate::decl::*;
use crate::doc;
use crate::obj::Obj;
use crate::tags::of_value;
use crate::work::Work;

/// Alarms by their names, all in one call.
static ALARMS: Many = Many {
    service: "cloudwatch",
    op: "DescribeAlarms",
    ids: "AlarmNames",
    items: "MetricAlarms",
    key: "AlarmName",
    max: 100,
    filter: None,
    with: &[],
};

const METRIC: Kind = Kind::Object(&[
    map("dimensions", &Kind::String),
    string("metric_name").required(),
    string("namespace"),
    int("period").required(),
    string("stat").required(),
    string("unit"),
]);

const QUERY: Kind = Kind::Object(&[
    string("account_id"),
    string("expression"),
    string("id").required(),
    string("label"),
    block("metric", &METRIC),
    int("period"),
    boolean("return_data").default_bool(false),
]);

const COMPARISONS: &[&str] = &[
    "GreaterThanOrEqualToThreshold",
    "GreaterThanThreshold",
    "LessThanThreshold",
    "LessThanOrEqualToThreshold",
    "LessThanLowerOrGreaterThanUpperThreshold",
    "LessThanLowerThreshold",
    "GreaterThanUpperThreshold",
];

/// Everything but the name: an alarm is always put whole.
const ALL: &[&str] = &[
    "actions_enabled",
    "alarm_actions",
    "alarm_description",
    "comparison_operator",
    "datapoints_to_alarm",
    "dimensions",
    "evaluate_low_sample_count_percentiles",
    "evaluation_periods",
    "extended_statistic",
    "insufficient_data_actions",
    "metric_name",
    "metric_query",
    "namespace",
    "ok_actions",
    "period",
    "statistic",
    "threshold",
    "threshold_metric_id",
    "treat_missing_data",
    "unit",
];

/// `aws_cloudwatch_metric_alarm`.
pub static METRIC_ALARM: Resource =
    resource("aws_cloudwatch_metric_alarm", &super::CLOUDWATCH)
        .version(1)
        .attrs(&[
            boolean("actions_enabled").default_bool(true),
            strings("alarm_actions").zero(),
            string("alarm_description").zero().check(&[Check::Length(0, 1024)]),
            string("alarm_name").required().replaces().check(&[Check::Length(1, 255)]),
            string("arn").computed().from("AlarmArn"),
            string("comparison_operator").required().check(&[Check::OneOf(COMPARISONS)]),
            int("datapoints_to_alarm").zero(),
            map("dimensions", &Kind::String).local(),
            string("evaluate_low_sample_count_percentiles")
                .optional_computed()
                .api("EvaluateLowSampleCountPercentile")
                .zero()
                .check(&[Check::OneOf(&["evaluate", "ignore"])]),
            int("evaluation_periods").required(),
            string("extended_statistic").zero().conflicts_with(&["metric_query", "statistic"]),
            strings("insufficient_data_actions").zero(),
            string("metric_name").zero().conflicts_with(&["metric_query"]),
            block_set("metric_query", &QUERY).local(),
            string("namespace").zero().conflicts_with(&["metric_query"]),
            strings("ok_actions").api("OKActions").zero(),
            int("period").zero().conflicts_with(&["metric_query"]),
            string("statistic")
                .zero()
                .conflicts_with(&["extended_statistic", "metric_query"])
                .check(&[Check::OneOf(&["SampleCount", "Average", "Sum", "Minimum", "Maximum"])]),
            float("threshold").zero().conflicts_with(&["threshold_metric_id"]).unsent(),
            string("threshold_metric_id").zero().conflicts_with(&["threshold"]),
            string("treat_missing_data").default_str("missing").check(&[Check::OneOf(&[
                "breaching",
                "notBreaching",
                "ignore",
                "missing",
            ])]),
            string("unit").zero(),
        ])
        .tagged(Tagging { by: ("ResourceARN", "arn"), ..TAGGING })
        .create_with(put)
        .key(&[("AlarmName", "id")])
        .read(Read::Many(&ALARMS))
        .updates(&[update_with(put, ALL)])
        .delete_with(delete)
        .gone(&["ResourceNotFound"])
        .after_read(read);

/// Dimensions as CloudWatch has them.
fn dimensions(obj: &Obj) -> Json {
    of_value(&obj.get("dimensions")).iter().map(|(k, v)| json!({"Name": k, "Value": v})).collect()
}

/// Dimensions by name.
fn by_name(item: &Json) -> Json {
    let pairs = doc::items(item, "Dimensions");
    Json::Object(pairs.iter().map(|d| (doc::text(d, "Name"), json!(doc::text(d, "Value")))).collect())
}

fn query(q: &Obj) -> Json {
    let mut out = json!({"Id": q.text("id"), "ReturnData": q.bool("return_data")});
    for (name, member) in [("account_id", "AccountId"), ("expression", "Expression"), ("label", "Label")] {
        if let Some(v) = q.str(name) {
            out[member] = json!(v);
        }
    }
    if let Some(n) = q.int("period").filter(|n| *n != 0) {
        out["Period"] = json!(n);
    }
    if let Some(m) = q.objects("metric").first() {
        let mut metric = json!({"MetricName": m.text("metric_name"), "Dimensions": dimensions(m)});
        if let Some(namespace) = m.str("namespace") {
            metric["Namespace"] = json!(namespace);
        }
        let mut stat = json!({"Metric": metric, "Stat": m.text("stat"), "Period": m.int("period")});
        if let Some(unit) = m.str("unit") {
            stat["Unit"] = json!(unit);
        }
        out["MetricStat"] = stat;
    }
    out
}

fn from_query(q: &Json) -> Json {
    let metric = q.get("MetricStat").filter(|m| !m.is_null()).map(|s| {
        json!({
            "metric_name": doc::text(s, "Metric.MetricName"), "namespace": doc::text(s, "Metric.Namespace"),
            "dimensions": by_name(&doc::at(s, "Metric").unwrap_or_default()), "period": doc::at(s, "Period"),
            "stat": doc::text(s, "Stat"), "unit": doc::text(s, "Unit"),
        })
    });
    json!({
        "id": doc::text(q, "Id"), "account_id": doc::text(q, "AccountId"), "expression": doc::text(q, "Expression"),
        "label": doc::text(q, "Label"), "return_data": doc::flag(q, "ReturnData"), "period": doc::at(q, "Period"),
        "metric": metric.into_iter().collect::<Vec<_>>(),
    })
}

fn put<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let mut input = Map::new();
        let s = &work.state;
        doc::input(work.resource.attrs, s, &mut input);
        if !s.is_zero("dimensions") {
            input.insert("Dimensions".into(), dimensions(s));
        }
        let queries = s.objects("metric_query");
        if !queries.is_empty() {
            input.insert("Metrics".into(), queries.iter().map(query).collect());
        }
        // A threshold of 0 is one.
        if s.is_zero("threshold_metric_id") {
            let threshold = doc::document(&Kind::Float, &s.get("threshold")).unwrap_or_else(|| json!(0));
            input.insert("Threshold".into(), threshold);
        }
        if work.creating
            && let Some(t) = &work.resource.tags
        {
            t.at_creation(&cx.settings.tags.all(&work.config.get("tags")).unwrap_or_default(), &mut input);
        }
        cx.call("cloudwatch", "PutMetricAlarm", Json::Object(input)).await?;
        let name = work.state.text("alarm_name").to_owned();
        work.state.set("id", name);
        Ok(())
    })
}

fn read<'a>(_: &'a Cx, obj: &'a mut Obj, item: &'a Json) -> Fut<'a, bool> {
    Box::pin(async move {
        obj.set_json("dimensions", &by_name(item))?;
        let queries: Vec<Json> = doc::items(item, "Metrics").iter().map(from_query).collect();
        obj.set_json("metric_query", &json!(queries))?;
        Ok(true)
    })
}

fn delete<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        cx.call("cloudwatch", "DeleteAlarms", json!({"AlarmNames": [work.prior.id()]})).await?;
        Ok(())
    })
}
