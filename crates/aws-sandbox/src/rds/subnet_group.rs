//! DB subnet groups. A subnet can be deleted while a group names it, as in AWS when no database uses the group.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{not_found, paged, tags};
use crate::context::Ctx;
use crate::document::{items, public, set, set_some, text};
use crate::ec2::SUBNET;
use crate::error::{Answer, AwsError};
use crate::input::Input;
use crate::sandbox::Operations;

pub(crate) const OPERATIONS: Operations = &[
    ("CreateDBSubnetGroup", create),
    ("DescribeDBSubnetGroups", describe),
    ("ModifyDBSubnetGroup", modify),
    ("DeleteDBSubnetGroup", delete),
];

const TABLE: &str = "db-subnet-group";

/// The group with a name, whatever its case: AWS keeps names in lower case.
pub(crate) fn get(ctx: &Ctx, name: &str) -> Result<Value, AwsError> {
    ctx.store.get(&ctx.regional(TABLE), &name.to_lowercase()).cloned().ok_or_else(|| not_found(name))
}

/// Adds a group or changes one that is there.
pub(crate) fn put(ctx: &mut Ctx, doc: Value) {
    let (table, name) = (ctx.regional(TABLE), text(&doc, "DBSubnetGroupName").to_owned());
    ctx.store.put(&table, &name, doc);
}

fn answer(doc: &Value) -> Answer {
    Ok(json!({"DBSubnetGroup": public(doc)}))
}

/// A string that must be there and say something.
fn said<'a>(input: &Input<'a>, member: &str) -> Result<&'a str, AwsError> {
    match input.str(member)? {
        blank if blank.trim().is_empty() => {
            Err(input.invalid(format!("The parameter {member} must be provided and must not be blank.")))
        }
        given => Ok(given),
    }
}

/// The name of a new group. Source: CreateDBSubnetGroup in the RDS API reference.
fn new_name(input: &Input) -> Result<String, AwsError> {
    let name = said(input, "DBSubnetGroupName")?.to_lowercase();
    let allowed = |c: char| c.is_ascii_alphanumeric() || "._ -".contains(c);
    if name.len() > 255 || !name.starts_with(|c: char| c.is_ascii_alphabetic()) || !name.chars().all(allowed) {
        return Err(input.invalid(
            "The parameter DBSubnetGroupName must begin with a letter and contain no more than 255 letters, numbers, periods, underscores, spaces, or hyphens.",
        ));
    }
    if name == "default" {
        return Err(input.invalid("The parameter DBSubnetGroupName must not be default."));
    }
    Ok(name)
}

/// Makes `group` one of the subnets of a request.
fn take_subnets(ctx: &Ctx, input: &Input, group: &mut Value) -> Result<(), AwsError> {
    if !input.has("SubnetIds") {
        return Err(input.missing("SubnetIds"));
    }
    let ids: BTreeSet<&str> = input.strings("SubnetIds")?.into_iter().collect();
    if ids.is_empty() {
        return Err(AwsError::new("InvalidSubnet", "Subnet IDs are required."));
    }
    let found: Vec<&Value> = ids.iter().filter_map(|id| SUBNET.find(ctx, id)).collect();
    if found.len() < ids.len() {
        let gone: Vec<&str> = ids.iter().copied().filter(|id| SUBNET.find(ctx, id).is_none()).collect();
        return Err(input.invalid(format!("Some input subnets in :[{}] are invalid.", gone.join(", "))));
    }
    let vpcs: BTreeSet<&str> = found.iter().map(|s| text(s, "VpcId")).collect();
    let vpc = found.first().map_or("", |s| text(s, "VpcId"));
    if vpcs.len() > 1 {
        return Err(AwsError::new("InvalidSubnet", "The subnets are not all in a common VPC."));
    }
    let before = text(group, "VpcId");
    if !before.is_empty() && before != vpc {
        return Err(input.invalid("The new Subnets are not in the same Vpc as the existing subnet group"));
    }
    if found.len() > ctx.quotas.subnets_per_db_subnet_group {
        return Err(AwsError::new(
            "DBSubnetQuotaExceededFault",
            "The request would result in the user exceeding the allowed number of subnets in a DB subnet group.",
        ));
    }
    let zones: BTreeSet<&str> = found.iter().map(|s| text(s, "AvailabilityZone")).collect();
    if zones.len() < 2 {
        let covered = zones.into_iter().collect::<Vec<_>>().join(", ");
        return Err(AwsError::new(
            "DBSubnetGroupDoesNotCoverEnoughAZs",
            format!(
                "The DB subnet group doesn't meet Availability Zone (AZ) coverage requirement. Current AZ coverage: {covered}. Add subnets to cover at least 2 AZs."
            ),
        ));
    }
    let subnets: Vec<Value> = found
        .iter()
        .map(|s| {
            json!({
                "SubnetIdentifier": s["SubnetId"],
                "SubnetAvailabilityZone": {"Name": s["AvailabilityZone"]},
                "SubnetOutpost": {},
                "SubnetStatus": "Active",
            })
        })
        .collect();
    // Source: "Working with a DB instance in a VPC": dual-stack needs an IPv6 block in each subnet.
    let dual = found.iter().all(|s| !items(s, "Ipv6CidrBlockAssociationSet").is_empty());
    let types = if dual { json!(["IPV4", "DUAL"]) } else { json!(["IPV4"]) };
    set(group, "VpcId", vpc);
    set(group, "Subnets", subnets);
    set(group, "SupportedNetworkTypes", types);
    Ok(())
}

fn create(ctx: &mut Ctx, input: &Input) -> Answer {
    let name = new_name(input)?;
    let description = said(input, "DBSubnetGroupDescription")?;
    let tags = tags::read(input)?;
    let table = ctx.regional(TABLE);
    if ctx.store.get(&table, &name).is_some() {
        let message = format!("The DB subnet group '{name}' already exists.");
        return Err(AwsError::new("DBSubnetGroupAlreadyExists", message));
    }
    if ctx.store.count(&table) >= ctx.quotas.db_subnet_groups_per_region {
        return Err(AwsError::new("DBSubnetGroupQuotaExceeded", "DB subnet group quota exceeded."));
    }
    let mut group = json!({
        "DBSubnetGroupName": name,
        "DBSubnetGroupDescription": description,
        "SubnetGroupStatus": "Complete",
        "DBSubnetGroupArn": ctx.arn("rds", &format!("subgrp:{name}")),
        "_tags": tags,
    });
    take_subnets(ctx, input, &mut group)?;
    put(ctx, group.clone());
    answer(&group)
}

fn describe(ctx: &mut Ctx, input: &Input) -> Answer {
    // Source: DescribeDBSubnetGroups in the RDS API reference: "This parameter isn't currently supported."
    input.refuse(&["Filters"])?;
    let groups = match input.filled("DBSubnetGroupName")? {
        Some(name) => vec![public(&get(ctx, name)?)],
        None => ctx.store.rows(&ctx.regional(TABLE)).map(|(_, d)| public(d)).collect(),
    };
    paged(input, "DBSubnetGroups", groups)
}

fn modify(ctx: &mut Ctx, input: &Input) -> Answer {
    let mut group = get(ctx, said(input, "DBSubnetGroupName")?)?;
    take_subnets(ctx, input, &mut group)?;
    set_some(&mut group, "DBSubnetGroupDescription", input.filled("DBSubnetGroupDescription")?);
    put(ctx, group.clone());
    answer(&group)
}

fn delete(ctx: &mut Ctx, input: &Input) -> Answer {
    let group = get(ctx, said(input, "DBSubnetGroupName")?)?;
    let table = ctx.regional(TABLE);
    ctx.store.remove(&table, text(&group, "DBSubnetGroupName"));
    Ok(json!({}))
}
