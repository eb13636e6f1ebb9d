//! Internet gateways.

use serde_json::json;

use super::kind::{ADDRESS, Describe, INTERNET_GATEWAY, NETWORK_INTERFACE, VPC};
use super::{route_table, tags};
use crate::context::Ctx;
use crate::document::{items, public, set, text};
use crate::error::{Answer, AwsError};
use crate::input::Input;
use crate::sandbox::Operations;

pub(crate) const OPERATIONS: Operations = &[
    ("CreateInternetGateway", create),
    ("DescribeInternetGateways", describe),
    ("AttachInternetGateway", attach),
    ("DetachInternetGateway", detach),
    ("DeleteInternetGateway", delete),
];

fn create(ctx: &mut Ctx, input: &Input) -> Answer {
    let tags = tags::on_create(input, INTERNET_GATEWAY.table)?;
    if INTERNET_GATEWAY.count(ctx) >= ctx.quotas.internet_gateways_per_region {
        return Err(AwsError::new(
            "InternetGatewayLimitExceeded",
            "The maximum number of internet gateways has been reached.",
        ));
    }
    let doc = json!({
        "Attachments": [], "InternetGatewayId": ctx.new_id("igw"), "OwnerId": ctx.account, "Tags": tags,
    });
    INTERNET_GATEWAY.put(ctx, doc.clone());
    Ok(json!({"InternetGateway": public(&doc)}))
}

fn describe(ctx: &mut Ctx, input: &Input) -> Answer {
    let shape = Describe {
        ids: "InternetGatewayIds",
        filter_member: "Filters",
        list: "InternetGateways",
        filters: &[
            ("attachment.state", "Attachments.State"),
            ("attachment.vpc-id", "Attachments.VpcId"),
            ("internet-gateway-id", "InternetGatewayId"),
            ("owner-id", "OwnerId"),
        ],
    };
    INTERNET_GATEWAY.describe(ctx, input, &shape, |_, d| d.clone())
}

/// The internet gateway attached to a VPC.
pub(crate) fn of_vpc(ctx: &Ctx, vpc: &str) -> Option<String> {
    INTERNET_GATEWAY
        .all(ctx)
        .find(|g| items(g, "Attachments").iter().any(|a| text(a, "VpcId") == vpc))
        .map(|g| text(g, "InternetGatewayId").to_owned())
}

fn attach(ctx: &mut Ctx, input: &Input) -> Answer {
    let (id, vpc) = (input.str("InternetGatewayId")?, input.str("VpcId")?);
    let gateway = INTERNET_GATEWAY.get(ctx, id)?;
    VPC.get(ctx, vpc)?;
    if let Some(a) = items(gateway, "Attachments").first() {
        return Err(AwsError::new(
            "Resource.AlreadyAssociated",
            format!("resource {id} is already attached to network {}", text(a, "VpcId")),
        ));
    }
    if let Some(other) = of_vpc(ctx, vpc) {
        return Err(input.invalid(format!("Network {vpc} already has an internet gateway attached ({other})")));
    }
    INTERNET_GATEWAY.update(ctx, id, |g| set(g, "Attachments", json!([{"State": "available", "VpcId": vpc}])));
    route_table::revive(ctx, id);
    Ok(json!({}))
}

fn detach(ctx: &mut Ctx, input: &Input) -> Answer {
    let (id, vpc) = (input.str("InternetGatewayId")?, input.str("VpcId")?);
    let gateway = INTERNET_GATEWAY.get(ctx, id)?;
    VPC.get(ctx, vpc)?;
    if !items(gateway, "Attachments").iter().any(|a| text(a, "VpcId") == vpc) {
        return Err(AwsError::new("Gateway.NotAttached", format!("resource {id} is not attached to network {vpc}")));
    }
    let mapped = ADDRESS
        .all(ctx)
        .filter_map(|a| a["NetworkInterfaceId"].as_str())
        .any(|eni| NETWORK_INTERFACE.find(ctx, eni).is_some_and(|e| text(e, "VpcId") == vpc));
    if mapped {
        return Err(AwsError::new(
            "DependencyViolation",
            format!(
                "Network {vpc} has some mapped public address(es). Please unmap those public address(es) before detaching the gateway."
            ),
        ));
    }
    INTERNET_GATEWAY.update(ctx, id, |g| set(g, "Attachments", json!([])));
    route_table::blackhole(ctx, id);
    Ok(json!({}))
}

fn delete(ctx: &mut Ctx, input: &Input) -> Answer {
    let id = input.str("InternetGatewayId")?;
    let gateway = INTERNET_GATEWAY.get(ctx, id)?;
    if !items(gateway, "Attachments").is_empty() {
        return Err(INTERNET_GATEWAY.in_use(id));
    }
    INTERNET_GATEWAY.forget(ctx, id);
    route_table::blackhole(ctx, id);
    Ok(json!({}))
}
