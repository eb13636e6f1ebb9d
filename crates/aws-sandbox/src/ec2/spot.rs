//! Requests for spot instances: each belongs to an instance that was started so, and is fulfilled at once.

use serde_json::{Value, json};

use super::filters;
use super::kind::{self, INSTANCE};
use crate::context::Ctx;
use crate::document::{set, set_some, text};
use crate::error::{Answer, AwsError};
use crate::input::Input;
use crate::page;
use crate::sandbox::Operations;

pub(crate) const OPERATIONS: Operations =
    &[("DescribeSpotInstanceRequests", describe), ("CancelSpotInstanceRequests", cancel)];

/// What is kept of a request beside its instance, from the options of a launch.
/// Source of the defaults: `SpotMarketOptions` in the EC2 API reference; the price is the highest there is.
pub(crate) fn request(ctx: &Ctx, options: &Value) -> Value {
    let mut doc = json!({
        "Type": options["SpotInstanceType"].as_str().unwrap_or("one-time"),
        "InstanceInterruptionBehavior": options["InstanceInterruptionBehavior"].as_str().unwrap_or("terminate"),
        "SpotPrice": options["MaxPrice"].as_str().unwrap_or("1.000000"),
        "State": "active",
        "CreateTime": ctx.timestamp(),
    });
    set_some(&mut doc, "ValidUntil", options["ValidUntil"].as_str());
    doc
}

fn shown(instance: &Value) -> Option<Value> {
    let mut doc = instance.get("_spot")?.clone();
    set(&mut doc, "SpotInstanceRequestId", instance["SpotInstanceRequestId"].clone());
    set(&mut doc, "InstanceId", instance["InstanceId"].clone());
    set(&mut doc, "ProductDescription", "Linux/UNIX");
    let code = if text(&doc, "State") == "active" { "fulfilled" } else { "request-canceled-and-instance-running" };
    let status = json!({"Code": code, "UpdateTime": doc["CreateTime"]});
    set(&mut doc, "Status", status);
    set(&mut doc, "Tags", json!([]));
    Some(doc)
}

fn find(ctx: &Ctx, id: &str) -> Result<Value, AwsError> {
    INSTANCE.all(ctx).find(|i| text(i, "SpotInstanceRequestId") == id).cloned().ok_or_else(|| {
        AwsError::new(
            "InvalidSpotInstanceRequestID.NotFound",
            format!("The spot instance request ID '{id}' does not exist"),
        )
    })
}

fn describe(ctx: &mut Ctx, input: &Input) -> Answer {
    let ids = input.strings("SpotInstanceRequestIds")?;
    for id in &ids {
        find(ctx, id)?;
    }
    let docs: Vec<Value> = INSTANCE
        .all(ctx)
        .filter(|i| ids.is_empty() || ids.contains(&text(i, "SpotInstanceRequestId")))
        .filter_map(shown)
        .collect();
    let known = &[
        ("instance-id", "InstanceId"),
        ("spot-instance-request-id", "SpotInstanceRequestId"),
        ("state", "State"),
        ("type", "Type"),
    ];
    let docs = filters::apply(input, "Filters", docs, known)?;
    Ok(page::document("SpotInstanceRequests", kind::cut(input, docs)?, "NextToken"))
}

fn cancel(ctx: &mut Ctx, input: &Input) -> Answer {
    let mut done = Vec::new();
    for id in input.strings("SpotInstanceRequestIds")? {
        let instance = find(ctx, id)?;
        INSTANCE.update(ctx, text(&instance, "InstanceId"), |i| set(&mut i["_spot"], "State", "cancelled"));
        done.push(json!({"SpotInstanceRequestId": id, "State": "cancelled"}));
    }
    Ok(json!({"CancelledSpotInstanceRequests": done}))
}
