//! Blocking of public access to VPCs: kept and shown, with a virtual minute for each change; traffic is not simulated.

use serde_json::{Value, json};

use super::kind::{BLOCK_EXCLUSION, Describe, SUBNET, VPC};
use super::tags;
use crate::context::Ctx;
use crate::document::{public, set, text};
use crate::error::Answer;
use crate::input::Input;
use crate::sandbox::Operations;

pub(crate) const OPERATIONS: Operations = &[
    ("DescribeVpcBlockPublicAccessOptions", describe_options),
    ("ModifyVpcBlockPublicAccessOptions", modify_options),
    ("CreateVpcBlockPublicAccessExclusion", create),
    ("DescribeVpcBlockPublicAccessExclusions", describe),
    ("ModifyVpcBlockPublicAccessExclusion", modify),
    ("DeleteVpcBlockPublicAccessExclusion", delete),
];

/// Where the options of a region are.
pub(super) const TABLE: &str = "block-public-access";

fn options(ctx: &Ctx) -> Value {
    ctx.store.get(&ctx.regional(TABLE), "options").cloned().unwrap_or_else(|| {
        json!({
            "AwsAccountId": ctx.account, "AwsRegion": ctx.region, "State": "default-state",
            "InternetGatewayBlockMode": "off", "ManagedBy": "account", "ExclusionsAllowed": "allowed",
        })
    })
}

fn describe_options(ctx: &mut Ctx, _: &Input) -> Answer {
    let doc = options(ctx);
    if text(&doc, "State") == "update-in-progress" {
        ctx.pending = true;
    }
    Ok(json!({"VpcBlockPublicAccessOptions": doc}))
}

fn modify_options(ctx: &mut Ctx, input: &Input) -> Answer {
    let mode = input.str("InternetGatewayBlockMode")?;
    let mut doc = options(ctx);
    set(&mut doc, "InternetGatewayBlockMode", mode);
    set(&mut doc, "State", "update-in-progress");
    set(&mut doc, "LastUpdateTimestamp", ctx.timestamp());
    let table = ctx.regional(TABLE);
    ctx.store.put(&table, "options", doc.clone());
    ctx.after(60, "block-options-set", "options");
    Ok(json!({"VpcBlockPublicAccessOptions": doc}))
}

/// The options hold.
pub(crate) fn options_set(ctx: &mut Ctx) {
    let table = ctx.regional(TABLE);
    let mut doc = options(ctx);
    set(&mut doc, "State", "update-complete");
    ctx.store.put(&table, "options", doc);
}

fn create(ctx: &mut Ctx, input: &Input) -> Answer {
    let mode = input.str("InternetGatewayExclusionMode")?;
    let resource = match (input.filled("VpcId")?, input.filled("SubnetId")?) {
        (Some(id), None) => {
            VPC.get(ctx, id)?;
            format!("vpc/{id}")
        }
        (None, Some(id)) => {
            SUBNET.get(ctx, id)?;
            format!("subnet/{id}")
        }
        _ => return Err(input.invalid("Either VpcId or SubnetId must be given, and only one.")),
    };
    let tags = tags::on_create(input, BLOCK_EXCLUSION.table)?;
    let id = ctx.new_id(BLOCK_EXCLUSION.prefix);
    let doc = json!({
        "ExclusionId": id, "InternetGatewayExclusionMode": mode, "ResourceArn": ctx.arn("ec2", &resource),
        "State": "create-in-progress", "CreationTimestamp": ctx.timestamp(), "LastUpdateTimestamp": ctx.timestamp(),
        "Tags": tags,
    });
    BLOCK_EXCLUSION.put(ctx, doc.clone());
    ctx.after(60, "block-exclusion-moved", &id);
    Ok(json!({"VpcBlockPublicAccessExclusion": doc}))
}

fn describe(ctx: &mut Ctx, input: &Input) -> Answer {
    let shape = Describe {
        ids: "ExclusionIds",
        filter_member: "Filters",
        list: "VpcBlockPublicAccessExclusions",
        filters: &[
            ("internet-gateway-exclusion-mode", "InternetGatewayExclusionMode"),
            ("resource-arn", "ResourceArn"),
            ("state", "State"),
        ],
    };
    BLOCK_EXCLUSION.describe(ctx, input, &shape, |_, d| d.clone())
}

fn modify(ctx: &mut Ctx, input: &Input) -> Answer {
    let (id, mode) = (input.str("ExclusionId")?, input.str("InternetGatewayExclusionMode")?);
    let mut doc = BLOCK_EXCLUSION.get(ctx, id)?.clone();
    set(&mut doc, "InternetGatewayExclusionMode", mode);
    set(&mut doc, "State", "update-in-progress");
    BLOCK_EXCLUSION.put(ctx, doc.clone());
    ctx.after(60, "block-exclusion-moved", id);
    Ok(json!({"VpcBlockPublicAccessExclusion": public(&doc)}))
}

fn delete(ctx: &mut Ctx, input: &Input) -> Answer {
    let id = input.str("ExclusionId")?;
    let mut doc = BLOCK_EXCLUSION.get(ctx, id)?.clone();
    set(&mut doc, "State", "delete-in-progress");
    BLOCK_EXCLUSION.put(ctx, doc.clone());
    ctx.after(60, "block-exclusion-moved", id);
    Ok(json!({"VpcBlockPublicAccessExclusion": public(&doc)}))
}

/// What was going on with an exclusion is through; a deleted one is shown for an hour.
pub(crate) fn moved(ctx: &mut Ctx, id: &str) {
    let Some(doc) = BLOCK_EXCLUSION.find(ctx, id).cloned() else { return };
    let Some(what) = text(&doc, "State").strip_suffix("-in-progress") else { return };
    BLOCK_EXCLUSION.update(ctx, id, |d| set(d, "State", format!("{what}-complete")));
    if what == "delete" {
        ctx.after(3600, "block-exclusion-forgotten", id);
    }
}
