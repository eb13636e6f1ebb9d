//! Flow logs.

use serde_json::{Value, json};

use super::kind::{Describe, FLOW_LOG, Kind};
use super::tags;
use crate::context::Ctx;
use crate::document::{set, set_some, text};
use crate::error::{Answer, AwsError};
use crate::input::Input;
use crate::sandbox::Operations;

pub(crate) const OPERATIONS: Operations =
    &[("CreateFlowLogs", create), ("DescribeFlowLogs", describe), ("DeleteFlowLogs", delete)];

/// Source: "Flow log records", default format.
const DEFAULT_FORMAT: &str = "${version} ${account-id} ${interface-id} ${srcaddr} ${dstaddr} ${srcport} ${dstport} ${protocol} ${packets} ${bytes} ${start} ${end} ${action} ${log-status}";

fn create(ctx: &mut Ctx, input: &Input) -> Answer {
    input.accept(&["ClientToken"]);
    let across = input.filled("DeliverCrossAccountRole")?;
    let resource_type = input.str("ResourceType")?;
    let prefix = match resource_type {
        "VPC" => "vpc",
        "Subnet" => "subnet",
        "NetworkInterface" => "eni",
        other => return Err(AwsError::not_implemented(format!("flow logs of resources of type {other}"))),
    };
    let traffic = input.filled("TrafficType")?.ok_or_else(|| input.missing("TrafficType"))?;
    if !matches!(traffic, "ACCEPT" | "REJECT" | "ALL") {
        return Err(input.invalid(format!("Value ({traffic}) for parameter TrafficType is invalid.")));
    }
    let interval = input.opt_int("MaxAggregationInterval")?.unwrap_or(600);
    if !matches!(interval, 60 | 600) {
        return Err(input.invalid(format!("Invalid MaxAggregationInterval {interval}: it must be 60 or 600.")));
    }
    let kind = input.filled("LogDestinationType")?.unwrap_or("cloud-watch-logs");
    let group = input.filled("LogGroupName")?.map(str::to_owned);
    let destination = input.filled("LogDestination")?.map(str::to_owned);
    let role = input.filled("DeliverLogsPermissionArn")?;
    let (group, destination) = match kind {
        "cloud-watch-logs" => {
            let role = role.ok_or_else(|| {
                AwsError::new(
                    "InvalidParameter",
                    "DeliverLogsPermissionArn can't be empty if LogDestinationType is cloud-watch-logs.",
                )
            })?;
            if !role.starts_with("arn:aws:iam::") {
                return Err(AwsError::new("InvalidParameter", format!("Invalid DeliverLogsPermissionArn {role}.")));
            }
            let from_arn = destination
                .as_deref()
                .and_then(|d| d.split_once(":log-group:").map(|(_, name)| name.trim_end_matches(":*").to_owned()));
            let name = match (group, from_arn, &destination) {
                (Some(g), None, None) => g,
                (None, Some(g), _) => g,
                (Some(_), _, Some(_)) => {
                    return Err(AwsError::new(
                        "InvalidParameter",
                        "Please only provide LogGroupName or only provide LogDestination.",
                    ));
                }
                _ => return Err(AwsError::new("InvalidParameter", "LogDestination must be the ARN of a log group.")),
            };
            let arn = ctx.arn("logs", &format!("log-group:{name}"));
            (Some(name), arn)
        }
        "s3" => {
            let d = destination
                .filter(|d| d.starts_with("arn:aws:s3:::"))
                .ok_or_else(|| AwsError::new("InvalidParameter", "LogDestination must be the ARN of a bucket."))?;
            (None, d)
        }
        "kinesis-data-firehose" => {
            let d = destination.filter(|d| d.starts_with("arn:aws:firehose:")).ok_or_else(|| {
                AwsError::new("InvalidParameter", "LogDestination must be the ARN of a delivery stream.")
            })?;
            (None, d)
        }
        other => {
            return Err(input.invalid(format!("Value ({other}) for parameter LogDestinationType is invalid.")));
        }
    };
    let format = input.filled("LogFormat")?.unwrap_or(DEFAULT_FORMAT);
    let mut options = None;
    if let Some(o) = input.opt_structure("DestinationOptions") {
        options = Some(json!({
            "FileFormat": o.filled("FileFormat")?.unwrap_or("plain-text"),
            "HiveCompatiblePartitions": o.flag("HiveCompatiblePartitions")?,
            "PerHourPartition": o.flag("PerHourPartition")?,
        }));
    }
    let tags = tags::on_create(input, FLOW_LOG.table)?;
    let resources = input.strings("ResourceIds")?;
    if resources.is_empty() {
        return Err(input.missing("ResourceId"));
    }
    let (mut ids, mut unsuccessful) = (Vec::new(), Vec::new());
    for r in resources {
        let refused =
            |code: &str, message: String| json!({"ResourceId": r, "Error": {"Code": code, "Message": message}});
        let kind_of = Kind::of(r).filter(|k| k.prefix == prefix);
        match kind_of.map(|k| k.get(ctx, r)) {
            None => {
                return Err(input.invalid(format!("Invalid resource id {r} for a flow log of a {resource_type}.")));
            }
            Some(Err(e)) => {
                unsuccessful.push(refused(&e.code, e.message));
                continue;
            }
            Some(Ok(_)) => {}
        }
        let have = FLOW_LOG.with(ctx, "ResourceId", r);
        if have.iter().any(|f| text(f, "LogDestination") == destination && text(f, "TrafficType") == traffic) {
            let message = "Error. There is an existing Flow Log with the same configuration and log destination.";
            unsuccessful.push(refused("FlowLogAlreadyExists", message.to_owned()));
            continue;
        }
        if have.len() >= ctx.quotas.flow_logs_per_resource {
            unsuccessful
                .push(refused("FlowLogsLimitExceeded", "The maximum number of flow logs has been reached.".into()));
            continue;
        }
        let id = ctx.new_id("fl");
        let mut doc = json!({
            "CreationTime": ctx.timestamp(),
            "DeliverLogsStatus": "SUCCESS",
            "FlowLogId": id,
            "FlowLogStatus": "ACTIVE",
            "ResourceId": r,
            "TrafficType": traffic,
            "LogDestinationType": kind,
            "LogDestination": destination,
            "LogFormat": format,
            "Tags": tags,
            "MaxAggregationInterval": interval,
        });
        set_some(&mut doc, "LogGroupName", group.clone());
        set_some(&mut doc, "DeliverLogsPermissionArn", role);
        set_some(&mut doc, "DeliverCrossAccountRole", across);
        if let Some(o) = &options {
            set(&mut doc, "DestinationOptions", o.clone());
        }
        FLOW_LOG.put(ctx, doc);
        ids.push(Value::from(id));
    }
    Ok(json!({"FlowLogIds": ids, "Unsuccessful": unsuccessful}))
}

fn describe(ctx: &mut Ctx, input: &Input) -> Answer {
    let shape = Describe {
        ids: "FlowLogIds",
        filter_member: "Filter",
        list: "FlowLogs",
        filters: &[
            ("deliver-log-status", "DeliverLogsStatus"),
            ("log-destination-type", "LogDestinationType"),
            ("flow-log-id", "FlowLogId"),
            ("log-group-name", "LogGroupName"),
            ("resource-id", "ResourceId"),
            ("traffic-type", "TrafficType"),
        ],
    };
    FLOW_LOG.describe(ctx, input, &shape, |_, f| f.clone())
}

fn delete(ctx: &mut Ctx, input: &Input) -> Answer {
    let ids = input.strings("FlowLogIds")?;
    let mut unsuccessful = Vec::new();
    for id in ids {
        if let Err(e) = FLOW_LOG.get(ctx, id).map(|_| ()) {
            unsuccessful.push(json!({"ResourceId": id, "Error": {"Code": e.code, "Message": e.message}}));
            continue;
        }
        FLOW_LOG.forget(ctx, id);
    }
    Ok(json!({"Unsuccessful": unsuccessful}))
}
