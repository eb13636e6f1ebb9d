//! Associations: which document is to run on which machines. Nothing runs.

use serde_json::{Value, json};

use super::{document, tags};
use crate::context::Ctx;
use crate::document::{public, set, set_some, text};
use crate::error::{Answer, AwsError};
use crate::input::Input;
use crate::page;
use crate::sandbox::Operations;

pub(crate) const OPERATIONS: Operations = &[
    ("CreateAssociation", create),
    ("UpdateAssociation", update),
    ("DescribeAssociation", describe),
    ("ListAssociations", list),
    ("DeleteAssociation", delete),
];

pub(crate) const TABLE: &str = "ssm-association";

/// Members that are kept as they come.
const KEPT: &[&str] = &[
    "DocumentVersion",
    "Parameters",
    "Targets",
    "ScheduleExpression",
    "OutputLocation",
    "AssociationName",
    "AutomationTargetParameterName",
    "MaxErrors",
    "MaxConcurrency",
    "ComplianceSeverity",
    "SyncCompliance",
    "ApplyOnlyAtCronInterval",
];

const UNKNOWN: &[&str] = &[
    "CalendarNames",
    "TargetLocations",
    "ScheduleOffset",
    "Duration",
    "TargetMaps",
    "AlarmConfiguration",
    "AssociationDispatchAssumeRole",
];

fn get(ctx: &Ctx, id: &str) -> Result<Value, AwsError> {
    let missing = || AwsError::new("AssociationDoesNotExist", format!("The association {id} does not exist."));
    ctx.store.get(&ctx.regional(TABLE), id).cloned().ok_or_else(missing)
}

/// Whether any association uses a document.
pub(crate) fn uses(ctx: &Ctx, name: &str) -> bool {
    ctx.store.rows(&ctx.regional(TABLE)).any(|(_, d)| text(d, "Name") == name)
}

fn create(ctx: &mut Ctx, input: &Input) -> Answer {
    input.refuse(UNKNOWN)?;
    let name = input.str("Name")?;
    if !document::exists(ctx, name) {
        return Err(AwsError::new("InvalidDocument", format!("Document with name {name} does not exist.")));
    }
    let instance = input.filled("InstanceId")?;
    if instance.is_some() && input.has("Targets") {
        return Err(input.invalid("InstanceId and Targets cannot be given together."));
    }
    let id = ctx.new_uuid("ssm-association");
    let now = ctx.timestamp();
    let tags = tags::read(input)?;
    let mut doc = json!({
        "Name": name,
        "AssociationId": id,
        "AssociationVersion": "1",
        "Date": now,
        "LastUpdateAssociationDate": now,
        "Overview": {"Status": "Pending", "DetailedStatus": "Creating"},
        "DocumentVersion": "$DEFAULT",
        "ApplyOnlyAtCronInterval": false,
        "_tags": tags,
    });
    for member in KEPT {
        set_some(&mut doc, member, input.raw(member).cloned());
    }
    if let Some(instance) = instance {
        set(&mut doc, "InstanceId", instance);
        set(&mut doc, "Targets", json!([{"Key": "InstanceIds", "Values": [instance]}]));
    }
    let table = ctx.regional(TABLE);
    ctx.store.put(&table, &id, doc.clone());
    Ok(json!({"AssociationDescription": public(&doc)}))
}

/// What a request leaves out is no longer there. Source: UpdateAssociation.
fn update(ctx: &mut Ctx, input: &Input) -> Answer {
    input.refuse(UNKNOWN)?;
    input.accept(&["AssociationVersion"]);
    let id = input.str("AssociationId")?;
    let old = get(ctx, id)?;
    let number = text(&old, "AssociationVersion").parse::<u32>().unwrap_or(1) + 1;
    let mut doc = json!({
        "Name": input.filled("Name")?.unwrap_or(text(&old, "Name")),
        "AssociationId": id,
        "AssociationVersion": number.to_string(),
        "Date": old["Date"],
        "LastUpdateAssociationDate": ctx.timestamp(),
        "Overview": old["Overview"],
        "DocumentVersion": "$DEFAULT",
        "ApplyOnlyAtCronInterval": false,
        "_tags": old["_tags"],
    });
    set_some(&mut doc, "Targets", old.get("Targets").cloned());
    for member in KEPT {
        set_some(&mut doc, member, input.raw(member).cloned());
    }
    let table = ctx.regional(TABLE);
    ctx.store.put(&table, id, doc.clone());
    Ok(json!({"AssociationDescription": public(&doc)}))
}

fn find(ctx: &Ctx, input: &Input) -> Result<Value, AwsError> {
    match input.filled("AssociationId")? {
        Some(id) => get(ctx, id),
        None => Err(AwsError::not_implemented("associations named by document and instance")),
    }
}

fn describe(ctx: &mut Ctx, input: &Input) -> Answer {
    input.accept(&["AssociationVersion"]);
    let mut doc = find(ctx, input)?;
    // Nothing runs here, so there is nothing to wait for.
    set(
        &mut doc,
        "Overview",
        json!({"Status": "Success", "DetailedStatus": "Success", "AssociationStatusAggregatedCount": {}}),
    );
    Ok(json!({"AssociationDescription": public(&doc)}))
}

fn list(ctx: &mut Ctx, input: &Input) -> Answer {
    let mut all: Vec<Value> = ctx.store.rows(&ctx.regional(TABLE)).map(|(_, d)| public(d)).collect();
    for f in input.structures("AssociationFilterList")? {
        let (key, value) = (f.str("key")?, f.str("value")?);
        let member = match key {
            "AssociationId" | "Name" | "AssociationName" | "InstanceId" => key,
            other => return Err(AwsError::not_implemented(format!("the association filter {other}"))),
        };
        all.retain(|d| text(d, member) == value);
    }
    for doc in &mut all {
        for member in [
            "Date",
            "LastUpdateAssociationDate",
            "Parameters",
            "OutputLocation",
            "AutomationTargetParameterName",
            "MaxErrors",
            "MaxConcurrency",
            "ComplianceSeverity",
            "SyncCompliance",
            "ApplyOnlyAtCronInterval",
        ] {
            crate::document::unset(doc, member);
        }
    }
    let max = input.opt_int("MaxResults")?.and_then(|n| usize::try_from(n).ok()).unwrap_or(50);
    let page = page::cut(all, Some(max), input.filled("NextToken")?, "InvalidNextToken")?;
    Ok(page::document("Associations", page, "NextToken"))
}

fn delete(ctx: &mut Ctx, input: &Input) -> Answer {
    let doc = find(ctx, input)?;
    let table = ctx.regional(TABLE);
    ctx.store.remove(&table, text(&doc, "AssociationId"));
    Ok(json!({}))
}
