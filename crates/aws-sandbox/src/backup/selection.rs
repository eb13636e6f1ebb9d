//! Selections: what a plan is for.

use serde_json::{Value, json};

use super::{bad, check_name, error, not_found, paged, plan};
use crate::context::Ctx;
use crate::document::{public, set, text};
use crate::error::{Answer, AwsError};
use crate::input::Input;
use crate::sandbox::Operations;

pub(crate) const OPERATIONS: Operations = &[
    ("CreateBackupSelection", create),
    ("GetBackupSelection", read),
    ("ListBackupSelections", list),
    ("DeleteBackupSelection", delete),
];

const TABLE: &str = "backup-selection";

const CONDITIONS: [&str; 4] = ["StringEquals", "StringNotEquals", "StringLike", "StringNotLike"];

/// The selections of a plan.
pub(super) fn of(ctx: &Ctx, plan: &str) -> Vec<Value> {
    let rows = ctx.store.rows(&ctx.regional(TABLE)).map(|(_, d)| d);
    rows.filter(|d| text(d, "BackupPlanId") == plan).cloned().collect()
}

/// Checks a role by its ARN's shape: roles of other tools may not be here.
pub(super) fn check_role(arn: &str) -> Result<(), AwsError> {
    if arn.starts_with("arn:aws:iam::") && arn.contains(":role/") {
        return Ok(());
    }
    Err(bad(format!("Invalid IAM role ARN: {arn}")))
}

/// The plan of a request.
fn plan_of(ctx: &Ctx, input: &Input) -> Result<String, AwsError> {
    let id = input.str("BackupPlanId")?;
    plan::get(ctx, id).map_err(|_| bad(format!("Cannot find Backup plan with ID {id}")))?;
    Ok(id.to_owned())
}

fn create(ctx: &mut Ctx, input: &Input) -> Answer {
    input.accept(&["CreatorRequestId"]);
    let plan = plan_of(ctx, input)?;
    let given = input.structure("BackupSelection")?;
    let (name, role) = (given.str("SelectionName")?, given.str("IamRoleArn")?);
    check_name("selection name", name)?;
    check_role(role)?;
    if of(ctx, &plan).iter().any(|s| text(&s["BackupSelection"], "SelectionName") == name) {
        return Err(error(
            "AlreadyExistsException",
            format!("Backup selection with the same name already exists: {name}"),
        ));
    }
    let (resources, left_out) = (given.strings("Resources")?, given.strings("NotResources")?);
    if let Some(wrong) = resources.iter().chain(&left_out).find(|r| **r != "*" && !r.starts_with("arn:")) {
        return Err(bad(format!(
            "Invalid ARN: {wrong}. A resource is named by an ARN, with * as a wildcard, or by * alone"
        )));
    }
    let mut tags = Vec::new();
    for t in given.structures("ListOfTags")? {
        let (kind, key, value) = (t.str("ConditionType")?, t.str("ConditionKey")?, t.str("ConditionValue")?);
        tags.push(json!({"ConditionType": kind, "ConditionKey": key, "ConditionValue": value}));
    }
    let mut conditions = json!({});
    for kind in CONDITIONS {
        let mut all = Vec::new();
        if let Some(c) = given.opt_structure("Conditions") {
            for p in c.structures(kind)? {
                let (key, value) = (p.str("ConditionKey")?, p.str("ConditionValue")?);
                if !key.starts_with("aws:ResourceTag/") {
                    return Err(bad(format!("Invalid condition key: {key}. It must begin with aws:ResourceTag/")));
                }
                all.push(json!({"ConditionKey": key, "ConditionValue": value}));
            }
        }
        set(&mut conditions, kind, all);
    }
    let id = ctx.new_uuid("backup-selection");
    let doc = json!({
        "SelectionId": id,
        "BackupPlanId": plan,
        "CreationDate": ctx.timestamp(),
        "CreatorRequestId": ctx.new_uuid("backup-request"),
        "BackupSelection": {
            "SelectionName": name, "IamRoleArn": role, "Resources": resources, "ListOfTags": tags,
            "NotResources": left_out, "Conditions": conditions,
        },
    });
    let table = ctx.regional(TABLE);
    ctx.store.put(&table, &id, doc.clone());
    Ok(json!({"SelectionId": id, "BackupPlanId": plan, "CreationDate": doc["CreationDate"]}))
}

fn find(ctx: &Ctx, input: &Input) -> Result<Value, AwsError> {
    let (plan, id) = (plan_of(ctx, input)?, input.str("SelectionId")?);
    let found = ctx.store.get(&ctx.regional(TABLE), id).filter(|d| text(d, "BackupPlanId") == plan);
    found.cloned().ok_or_else(|| not_found(format!("Cannot find Backup selection with ID {id}")))
}

fn read(ctx: &mut Ctx, input: &Input) -> Answer {
    Ok(public(&find(ctx, input)?))
}

fn list(ctx: &mut Ctx, input: &Input) -> Answer {
    let plan = plan_of(ctx, input)?;
    let all = of(ctx, &plan)
        .iter()
        .map(|d| {
            let mut out = public(d);
            crate::document::unset(&mut out, "BackupSelection");
            for member in ["SelectionName", "IamRoleArn"] {
                set(&mut out, member, d["BackupSelection"][member].clone());
            }
            out
        })
        .collect();
    paged(input, "BackupSelectionsList", all)
}

fn delete(ctx: &mut Ctx, input: &Input) -> Answer {
    let doc = find(ctx, input)?;
    let table = ctx.regional(TABLE);
    ctx.store.remove(&table, text(&doc, "SelectionId"));
    Ok(json!({}))
}
