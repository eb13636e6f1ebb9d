//! Requests for spot instances, on their own or made by a launch. There is always capacity, at any price.

use serde_json::{Map, Value, json};

use super::instance_launch::Launch;
use super::kind::{Describe, INSTANCE, SPOT_REQUEST};
use super::{security_group, tags};
use crate::context::Ctx;
use crate::document::{items, public, set, set_some, text, unset};
use crate::error::{Answer, AwsError};
use crate::input::Input;
use crate::sandbox::Operations;

pub(crate) const OPERATIONS: Operations = &[
    ("RequestSpotInstances", request),
    ("DescribeSpotInstanceRequests", describe),
    ("CancelSpotInstanceRequests", cancel),
];

/// What a request says of the instance, in the names that a launch has for it too.
const LAUNCH: &[&str] = &[
    "BlockDeviceMappings",
    "EbsOptimized",
    "IamInstanceProfile",
    "ImageId",
    "InstanceType",
    "KeyName",
    "Monitoring",
    "NetworkInterfaces",
    "Placement",
    "SecurityGroupIds",
    "SubnetId",
    "UserData",
];

fn invalid(message: impl Into<String>) -> AwsError {
    AwsError::new("InvalidParameterValue", message)
}

fn status(ctx: &Ctx, doc: &mut Value, state: &str, code: &str) {
    set(doc, "State", state);
    set(doc, "Status", json!({"Code": code, "UpdateTime": ctx.timestamp()}));
}

/// What a request that is made by itself and one that is made by a launch have in common.
/// Source of the defaults: `RequestSpotInstances` in the EC2 API reference; the price is the highest there is.
fn base(ctx: &mut Ctx, kind: Option<&str>, behavior: Option<&str>, price: Option<&str>, tags: Value) -> Value {
    json!({
        "SpotInstanceRequestId": ctx.new_id("sir"),
        "Type": kind.unwrap_or("one-time"),
        "InstanceInterruptionBehavior": behavior.unwrap_or("terminate"),
        "SpotPrice": price.unwrap_or("1.000000"),
        "CreateTime": ctx.timestamp(),
        "ProductDescription": "Linux/UNIX",
        "Tags": tags,
    })
}

/// Makes the request that belongs to an instance which is being launched, from the options of the launch.
///
/// # Errors
/// AWS's for tags that cannot be.
pub(crate) fn launched(ctx: &mut Ctx, instance: &mut Value, launch: &Value) -> Result<(), AwsError> {
    let options = &launch["InstanceMarketOptions"]["SpotOptions"];
    let of = |name: &str| options[name].as_str();
    let own = tags::specified(&launch["TagSpecifications"], SPOT_REQUEST.table)?;
    let mut doc = base(ctx, of("SpotInstanceType"), of("InstanceInterruptionBehavior"), of("MaxPrice"), own);
    set_some(&mut doc, "ValidUntil", of("ValidUntil"));
    let kept: Map<String, Value> =
        LAUNCH.iter().filter_map(|m| Some(((*m).to_owned(), launch.get(*m)?.clone()))).collect();
    set(&mut doc, "_launch", Value::Object(kept));
    fulfil(ctx, doc, instance);
    Ok(())
}

/// Ties a request to its instance.
fn fulfil(ctx: &mut Ctx, mut doc: Value, instance: &mut Value) {
    status(ctx, &mut doc, "active", "fulfilled");
    set(&mut doc, "InstanceId", instance["InstanceId"].clone());
    set(&mut doc, "LaunchedAvailabilityZone", instance["Placement"]["AvailabilityZone"].clone());
    set(instance, "InstanceLifecycle", "spot");
    set(instance, "SpotInstanceRequestId", doc["SpotInstanceRequestId"].clone());
    SPOT_REQUEST.put(ctx, doc);
}

/// Starts the instance of a request.
fn start(ctx: &mut Ctx, doc: &Value) -> Result<String, AwsError> {
    let launch = Launch { wanted: doc["_launch"].clone(), template: None, token: None };
    let reservation = ctx.new_id("r");
    launch.run(ctx, &reservation, 0)
}

fn request(ctx: &mut Ctx, input: &Input) -> Answer {
    input.refuse(&["BlockDurationMinutes", "AvailabilityZoneGroup"])?;
    let token = input.filled("ClientToken")?.unwrap_or("").to_owned();
    let same: Vec<Value> = SPOT_REQUEST.with(ctx, "_token", &token).into_iter().map(shown).collect();
    if !token.is_empty() && !same.is_empty() {
        return Ok(json!({"SpotInstanceRequests": same}));
    }
    let count = input.opt_int("InstanceCount")?.unwrap_or(1);
    if !(1..=100).contains(&count) {
        return Err(invalid("Invalid value for instanceCount; it must be from 1 to 100."));
    }
    let (kind, behavior) = (input.filled("Type")?, input.filled("InstanceInterruptionBehavior")?);
    if !matches!(kind, None | Some("one-time" | "persistent")) {
        return Err(invalid("Invalid value for type; one-time and persistent are possible."));
    }
    // Source: "Behavior of Spot Instance interruptions": what is stopped must be able to come back.
    if behavior.is_some_and(|b| b != "terminate") && kind != Some("persistent") {
        let message = "The instance interruption behavior stop or hibernate is for persistent requests only.";
        return Err(AwsError::new("InvalidParameterCombination", message));
    }
    let price = input.filled("SpotPrice")?;
    if price.is_some_and(|p| !p.parse::<f64>().is_ok_and(|n| n > 0.0)) {
        return Err(invalid(format!("{} is not a valid value for spotPrice", price.unwrap_or_default())));
    }
    let own = tags::on_create(input, SPOT_REQUEST.table)?;
    let given = input.structure("LaunchSpecification")?;
    let mut launch = Map::new();
    for member in LAUNCH {
        if let Some(v) = given.raw(member) {
            launch.insert((*member).to_owned(), v.clone());
        }
    }
    // Names are those of groups of the default VPC.
    let named = given.strings("SecurityGroups")?;
    if !named.is_empty() {
        let ids: Result<Vec<Value>, AwsError> =
            named.iter().map(|name| security_group::in_default_vpc(ctx, name)).collect();
        launch.insert("SecurityGroupIds".into(), Value::Array(ids?));
    }
    let until = input.filled("ValidUntil")?.map(str::to_owned);
    let from = input.filled("ValidFrom")?.map(str::to_owned);
    let group = input.filled("LaunchGroup")?.map(str::to_owned);
    if until.as_deref().is_some_and(|u| u <= ctx.timestamp().as_str()) {
        return Err(invalid("validUntil must be in the future"));
    }
    let mut made = Vec::new();
    for _ in 0..count {
        let mut doc = base(ctx, kind, behavior, price, own.clone());
        set(&mut doc, "_launch", Value::Object(launch.clone()));
        set(&mut doc, "_token", token.as_str());
        set_some(&mut doc, "LaunchGroup", group.as_deref());
        set_some(&mut doc, "ValidFrom", from.as_deref());
        set_some(&mut doc, "ValidUntil", until.as_deref());
        // What cannot be started is refused at once, as AWS does; nothing of the attempt stays.
        let before = ctx.store.mark();
        let tried = start(ctx, &doc);
        ctx.store.rollback(before);
        tried?;
        let waits = from.as_deref().map_or(0, |from| seconds_until(ctx, from));
        status(ctx, &mut doc, "open", if waits > 0 { "not-scheduled-yet" } else { "pending-evaluation" });
        let id = text(&doc, "SpotInstanceRequestId").to_owned();
        made.push(shown(&doc));
        SPOT_REQUEST.put(ctx, doc);
        ctx.after(waits.max(5), "spot-fulfilled", &id);
    }
    Ok(json!({"SpotInstanceRequests": made}))
}

/// Seconds from virtual now to a moment in RFC 3339; 0 for one that is past or none.
fn seconds_until(ctx: &Ctx, moment: &str) -> i64 {
    let parsed = time::OffsetDateTime::parse(moment, &time::format_description::well_known::Rfc3339);
    parsed.map_or(0, |m| m.unix_timestamp() - ctx.now / 1000).max(0)
}

/// A request has been evaluated: its instance starts.
pub(super) fn fulfilled(ctx: &mut Ctx, id: &str) {
    let Some(mut doc) = SPOT_REQUEST.find(ctx, id).filter(|d| text(d, "State") == "open").cloned() else { return };
    match start(ctx, &doc) {
        Ok(made) => {
            let Some(mut instance) = INSTANCE.find(ctx, &made).cloned() else { return };
            fulfil(ctx, doc, &mut instance);
            INSTANCE.put(ctx, instance);
        }
        Err(e) => {
            status(ctx, &mut doc, "failed", "bad-parameters");
            set(&mut doc, "Fault", json!({"Code": e.code, "Message": e.message}));
            SPOT_REQUEST.put(ctx, doc);
        }
    }
}

/// The instance of a request is being terminated: a persistent one that is still active starts another.
pub(super) fn lost(ctx: &mut Ctx, instance: &Value) {
    let id = text(instance, "SpotInstanceRequestId");
    let Some(mut doc) = SPOT_REQUEST.find(ctx, id).filter(|d| text(d, "State") == "active").cloned() else { return };
    unset(&mut doc, "InstanceId");
    match text(&doc, "Type") {
        "persistent" => {
            status(ctx, &mut doc, "open", "pending-evaluation");
            ctx.after(60, "spot-fulfilled", id);
        }
        _ => status(ctx, &mut doc, "closed", "instance-terminated-by-user"),
    }
    SPOT_REQUEST.put(ctx, doc);
}

/// A request as AWS shows it.
fn shown(doc: &Value) -> Value {
    let mut out = public(doc);
    let launch = &doc["_launch"];
    let mut specification = json!({"SecurityGroups": []});
    for member in LAUNCH.iter().filter(|m| **m != "SecurityGroupIds" && **m != "UserData") {
        set_some(&mut specification, member, launch.get(*member).cloned());
    }
    // A request has no partitions.
    if let Some(placement) = specification.get_mut("Placement").and_then(Value::as_object_mut) {
        placement.retain(|member, _| ["AvailabilityZone", "GroupName", "Tenancy"].contains(&member.as_str()));
    }
    let groups: Vec<Value> = items(launch, "SecurityGroupIds").iter().map(|g| json!({"GroupId": g})).collect();
    set(&mut specification, "SecurityGroups", groups);
    set(&mut out, "LaunchSpecification", specification);
    out
}

fn describe(ctx: &mut Ctx, input: &Input) -> Answer {
    let shape = Describe {
        ids: "SpotInstanceRequestIds",
        filter_member: "Filters",
        list: "SpotInstanceRequests",
        filters: &[
            ("instance-id", "InstanceId"),
            ("launch-group", "LaunchGroup"),
            ("spot-instance-request-id", "SpotInstanceRequestId"),
            ("state", "State"),
            ("status-code", "Status.Code"),
            ("type", "Type"),
        ],
    };
    let answer = SPOT_REQUEST.describe(ctx, input, &shape, |_, doc| shown(doc))?;
    ctx.pending = ctx.pending || items(&answer, "SpotInstanceRequests").iter().any(|r| text(r, "State") == "open");
    Ok(answer)
}

fn cancel(ctx: &mut Ctx, input: &Input) -> Answer {
    let mut done = Vec::new();
    for id in input.strings("SpotInstanceRequestIds")? {
        let mut doc = SPOT_REQUEST.get(ctx, id)?.clone();
        if matches!(text(&doc, "State"), "open" | "active") {
            let runs = doc.get("InstanceId").is_some();
            let code = if runs { "request-canceled-and-instance-running" } else { "canceled-before-fulfillment" };
            status(ctx, &mut doc, "cancelled", code);
            SPOT_REQUEST.put(ctx, doc.clone());
        }
        done.push(json!({"SpotInstanceRequestId": id, "State": doc["State"]}));
    }
    Ok(json!({"CancelledSpotInstanceRequests": done}))
}

/// Whether a request stands for something that somebody asked for and still has.
pub(super) fn stands(doc: &Value) -> bool {
    matches!(text(doc, "State"), "open" | "active")
}
