//! Placement groups.

use serde_json::{Value, json};

use super::kind::{Describe, INSTANCE, PLACEMENT_GROUP};
use super::tags;
use crate::context::Ctx;
use crate::document::{items, set, text};
use crate::error::{Answer, AwsError};
use crate::input::Input;
use crate::sandbox::Operations;

pub(crate) const OPERATIONS: Operations =
    &[("CreatePlacementGroup", create), ("DescribePlacementGroups", describe), ("DeletePlacementGroup", delete)];

/// The group with a name.
///
/// # Errors
/// AWS's code when there is none.
pub(crate) fn by_name<'a>(ctx: &'a Ctx, name: &str) -> Result<&'a Value, AwsError> {
    PLACEMENT_GROUP
        .all(ctx)
        .find(|g| text(g, "GroupName") == name)
        .ok_or_else(|| AwsError::new(PLACEMENT_GROUP.not_found, format!("The Placement Group '{name}' is unknown.")))
}

fn create(ctx: &mut Ctx, input: &Input) -> Answer {
    let name = input.str("GroupName")?;
    let strategy = input.filled("Strategy")?.unwrap_or("cluster");
    if !["cluster", "partition", "spread"].contains(&strategy) {
        return Err(input.invalid(format!("Value ({strategy}) for parameter strategy is invalid.")));
    }
    let tags = tags::on_create(input, PLACEMENT_GROUP.table)?;
    if by_name(ctx, name).is_ok() {
        let message = format!("The Placement Group '{name}' already exists.");
        return Err(AwsError::new("InvalidPlacementGroup.Duplicate", message));
    }
    let id = ctx.new_id("pg");
    let mut doc = json!({
        "GroupName": name,
        "State": "pending",
        "Strategy": strategy,
        "GroupId": id,
        "GroupArn": ctx.arn("ec2", &format!("placement-group/{name}")),
        "Tags": tags,
    });
    match (strategy, input.opt_int("PartitionCount")?) {
        ("partition", n) => set(&mut doc, "PartitionCount", n.unwrap_or(2)),
        (_, Some(_)) => {
            let message = "The parameter PartitionCount is only for the strategy partition.";
            return Err(AwsError::new("InvalidParameterCombination", message));
        }
        (_, None) => {}
    }
    let level = input.filled("SpreadLevel")?;
    if strategy == "spread" {
        set(&mut doc, "SpreadLevel", level.unwrap_or("rack"));
    }
    PLACEMENT_GROUP.put(ctx, doc.clone());
    ctx.after(5, "placement-group-available", &id);
    Ok(json!({"PlacementGroup": doc}))
}

fn describe(ctx: &mut Ctx, input: &Input) -> Answer {
    let names = input.strings("GroupNames")?;
    for name in &names {
        by_name(ctx, name)?;
    }
    let shape = Describe {
        ids: "GroupIds",
        filter_member: "Filters",
        list: "PlacementGroups",
        filters: &[
            ("group-arn", "GroupArn"),
            ("group-name", "GroupName"),
            ("spread-level", "SpreadLevel"),
            ("state", "State"),
            ("strategy", "Strategy"),
        ],
    };
    let mut answer = PLACEMENT_GROUP.describe(ctx, input, &shape, |_, g| g.clone())?;
    if !names.is_empty() {
        let kept: Vec<Value> = items(&answer, "PlacementGroups")
            .iter()
            .filter(|g| names.contains(&text(g, "GroupName")))
            .cloned()
            .collect();
        set(&mut answer, "PlacementGroups", kept);
    }
    Ok(answer)
}

fn delete(ctx: &mut Ctx, input: &Input) -> Answer {
    let name = input.str("GroupName")?;
    let id = text(by_name(ctx, name)?, "GroupId").to_owned();
    let used = INSTANCE.all(ctx).any(|i| i["State"]["Name"] != "terminated" && i["Placement"]["GroupName"] == name);
    if used {
        let message = format!("The placement group '{name}' is in use and may not be deleted.");
        return Err(AwsError::new("InvalidPlacementGroup.InUse", message));
    }
    PLACEMENT_GROUP.update(ctx, &id, |g| set(g, "State", "deleting"));
    ctx.after(5, "placement-group-deleted", &id);
    Ok(json!({}))
}
