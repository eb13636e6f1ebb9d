//! Versions of managed policies.

use serde_json::{Value, json};

use super::{check_policy, delete_conflict, encoded, limit_exceeded, managed, no_such_entity, paged, policy};
use crate::context::Ctx;
use crate::document::{items, items_mut, set, text};
use crate::error::{Answer, AwsError};
use crate::input::Input;
use crate::policy::Kind;
use crate::sandbox::Operations;

pub(crate) const OPERATIONS: Operations = &[
    ("CreatePolicyVersion", create),
    ("GetPolicyVersion", get),
    ("ListPolicyVersions", list),
    ("DeletePolicyVersion", delete),
    ("SetDefaultPolicyVersion", set_default),
];

/// Source: "IAM and AWS STS quotas": versions per managed policy.
const MAX_VERSIONS: usize = 5;

fn missing(arn: &str, id: &str) -> AwsError {
    no_such_entity(format!("Policy {arn} version {id} does not exist or is not attachable."))
}

pub(crate) fn render(policy: &Value, version: &Value, document: bool) -> Value {
    let mut out = json!({
        "VersionId": version["VersionId"],
        "IsDefaultVersion": policy["DefaultVersionId"] == version["VersionId"],
        "CreateDate": version["CreateDate"],
    });
    if document {
        set(&mut out, "Document", encoded(text(version, "Document")));
    }
    out
}

fn refuse_managed(arn: &str) -> Result<(), AwsError> {
    match managed::find(arn) {
        Some(_) => Err(AwsError::not_implemented(format!("what the AWS managed policy {arn} says"))),
        None => Ok(()),
    }
}

fn create(ctx: &mut Ctx, input: &Input) -> Answer {
    let mut row = policy::own(ctx, input.str("PolicyArn")?)?;
    let document = input.str("PolicyDocument")?;
    check_policy(document, Kind::Identity)?;
    if items(&row.doc, "_versions").len() >= MAX_VERSIONS {
        return Err(limit_exceeded(
            "A managed policy can have up to 5 versions. Before you create a new version, you must delete an existing version.",
        ));
    }
    let number = row.doc["_next"].as_i64().unwrap_or(1);
    let id = format!("v{number}");
    let version = json!({"VersionId": id, "Document": document, "CreateDate": ctx.timestamp()});
    if let Some(list) = items_mut(&mut row.doc, "_versions") {
        list.insert(0, version.clone());
    }
    set(&mut row.doc, "_next", number + 1);
    if input.flag("SetAsDefault")? {
        set(&mut row.doc, "DefaultVersionId", id);
    }
    set(&mut row.doc, "UpdateDate", ctx.timestamp());
    let answer = render(&row.doc, &version, false);
    row.save(ctx);
    Ok(json!({"PolicyVersion": answer}))
}

fn get(ctx: &mut Ctx, input: &Input) -> Answer {
    let (arn, id) = (input.str("PolicyArn")?, input.str("VersionId")?);
    refuse_managed(arn)?;
    let row = policy::own(ctx, arn)?;
    let version =
        items(&row.doc, "_versions").iter().find(|v| text(v, "VersionId") == id).ok_or_else(|| missing(arn, id))?;
    Ok(json!({"PolicyVersion": render(&row.doc, version, true)}))
}

fn list(ctx: &mut Ctx, input: &Input) -> Answer {
    let arn = input.str("PolicyArn")?;
    refuse_managed(arn)?;
    let row = policy::own(ctx, arn)?;
    let all = items(&row.doc, "_versions").iter().map(|v| render(&row.doc, v, false)).collect();
    paged(input, "Versions", all)
}

fn delete(ctx: &mut Ctx, input: &Input) -> Answer {
    let (arn, id) = (input.str("PolicyArn")?, input.str("VersionId")?);
    let mut row = policy::own(ctx, arn)?;
    if text(&row.doc, "DefaultVersionId") == id {
        return Err(delete_conflict("Cannot delete the default version of a policy."));
    }
    if let Some(list) = items_mut(&mut row.doc, "_versions") {
        let before = list.len();
        list.retain(|v| text(v, "VersionId") != id);
        if list.len() == before {
            return Err(missing(arn, id));
        }
    }
    row.save(ctx);
    Ok(json!({}))
}

fn set_default(ctx: &mut Ctx, input: &Input) -> Answer {
    let (arn, id) = (input.str("PolicyArn")?, input.str("VersionId")?);
    let mut row = policy::own(ctx, arn)?;
    if !items(&row.doc, "_versions").iter().any(|v| text(v, "VersionId") == id) {
        return Err(missing(arn, id));
    }
    set(&mut row.doc, "DefaultVersionId", id);
    row.save(ctx);
    Ok(json!({}))
}
