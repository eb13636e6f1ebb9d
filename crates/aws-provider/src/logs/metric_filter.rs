//! `aws_cloudwatch_log_metric_filter`
//! (<https://registry.terraform.io/providers/hashicorp/aws/5.100.0/docs/resources/cloudwatch_log_metric_filter>).

use serde_json::{Value as Json, json};

use crate::cx::Cx;
use crate::decl::*;
use crate::doc;
use crate::fail::Fail;
use crate::obj::Obj;
use crate::work::Work;

const TRANSFORMATION: Kind = Kind::Object(&[
    string("default_value").zero(),
    map("dimensions", &Kind::String).zero(),
    string("name").required().check(&[Check::Length(0, 255)]),
    string("namespace").required().check(&[Check::Length(0, 255)]),
    string("unit").default_str("None"),
    string("value").required().check(&[Check::Length(0, 100)]),
]);

/// `aws_cloudwatch_log_metric_filter`.
pub static METRIC_FILTER: Resource = resource("aws_cloudwatch_log_metric_filter", &super::LOGS)
    .attrs(&[
        string("log_group_name").required().replaces().check(&[Check::Length(1, 512)]),
        block("metric_transformation", &TRANSFORMATION).required(),
        string("name").required().replaces().check(&[Check::Length(1, 512)]),
        string("pattern").required().check(&[Check::Length(0, 1024)]),
    ])
    .create_with(put)
    .read(Read::Hook)
    .updates(&[update_with(put, &["metric_transformation", "pattern"])])
    .delete_with(delete)
    .gone(&["ResourceNotFoundException"])
    .faults(&[("ResourceNotFoundException", "log_group_name")])
    .after_read(read)
    .imports(import);

fn put<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let s = &work.state;
        let transformations: Vec<Json> = s
            .objects("metric_transformation")
            .iter()
            .map(|t| {
                let mut out = json!({
                    "metricName": t.text("name"), "metricNamespace": t.text("namespace"), "metricValue": t.text("value"),
                });
                if let Some(n) = t.str("default_value").and_then(|n| serde_json::from_str::<serde_json::Number>(n).ok()) {
                    out["defaultValue"] = Json::Number(n);
                }
                let dimensions = crate::tags::of_value(&t.get("dimensions"));
                if !dimensions.is_empty() {
                    out["dimensions"] = json!(dimensions);
                }
                if let Some(unit) = t.str("unit") {
                    out["unit"] = json!(unit);
                }
                out
            })
            .collect();
        let input = json!({
            "logGroupName": s.text("log_group_name"), "filterName": s.text("name"),
            "filterPattern": s.text("pattern").trim(), "metricTransformations": transformations,
        });
        cx.call("logs", "PutMetricFilter", input).await?;
        let name = s.text("name").to_owned();
        work.state.set("id", name);
        Ok(())
    })
}

/// All filters of a group share one listing.
fn read<'a>(cx: &'a Cx, obj: &'a mut Obj, _: &'a Json) -> Fut<'a, bool> {
    Box::pin(async move {
        let (group, name) = (obj.text("log_group_name").to_owned(), obj.id().to_owned());
        let all =
            cx.list_once("logs", "DescribeMetricFilters", "metricFilters", json!({"logGroupName": group})).await?;
        let Some(item) = all.into_iter().find(|f| doc::text(f, "filterName") == name) else { return Ok(false) };
        obj.set("name", name);
        obj.set("pattern", doc::text(&item, "filterPattern"));
        let transformations: Vec<Json> = doc::items(&item, "metricTransformations")
            .iter()
            .map(|t| {
                json!({
                    "name": doc::text(t, "metricName"), "namespace": doc::text(t, "metricNamespace"),
                    "value": doc::text(t, "metricValue"), "default_value": doc::text(t, "defaultValue"),
                    "dimensions": doc::at(t, "dimensions"),
                    "unit": doc::at(t, "unit").unwrap_or_else(|| json!("None")),
                })
            })
            .collect();
        obj.set_json("metric_transformation", &json!(transformations))?;
        Ok(true)
    })
}

fn delete<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let input = json!({"logGroupName": work.prior.text("log_group_name"), "filterName": work.prior.id()});
        cx.call("logs", "DeleteMetricFilter", input).await?;
        Ok(())
    })
}

fn import<'a>(_: &'a Cx, id: &'a str, obj: &'a mut Obj) -> Fut<'a, ()> {
    Box::pin(async move {
        let Some((group, name)) = id.rsplit_once(':').filter(|(g, n)| !g.is_empty() && !n.is_empty()) else {
            return Err(Fail::new(
                "Invalid import id",
                format!("{id:?} is not a log group and a filter of it, as in \"group:filter\"."),
            ));
        };
        obj.set("id", name);
        obj.set("log_group_name", group);
        Ok(())
    })
}
