//! Policies inside of a role.

use serde_json::{Value, json};

use super::{check_name, check_policy, encoded, no_such_entity, paged, role};
use crate::context::Ctx;
use crate::document::text;
use crate::error::{Answer, AwsError};
use crate::input::Input;
use crate::policy::Kind;
use crate::sandbox::Operations;

pub(crate) const OPERATIONS: Operations =
    &[("PutRolePolicy", put), ("GetRolePolicy", get), ("DeleteRolePolicy", delete), ("ListRolePolicies", list)];

fn missing(name: &str) -> AwsError {
    no_such_entity(format!("The role policy with name {name} cannot be found."))
}

fn put(ctx: &mut Ctx, input: &Input) -> Answer {
    let mut row = role::get(ctx, input.str("RoleName")?)?;
    let (name, document) = (input.str("PolicyName")?, input.str("PolicyDocument")?);
    check_name(input, "policyName", name, 128)?;
    check_policy(document, Kind::Identity)?;
    row.doc["_inline"][name] = document.into();
    row.save(ctx);
    Ok(json!({}))
}

fn get(ctx: &mut Ctx, input: &Input) -> Answer {
    let row = role::get(ctx, input.str("RoleName")?)?;
    let name = input.str("PolicyName")?;
    let document = row.doc["_inline"].get(name).and_then(Value::as_str).ok_or_else(|| missing(name))?;
    Ok(json!({"RoleName": text(&row.doc, "RoleName"), "PolicyName": name, "PolicyDocument": encoded(document)}))
}

fn delete(ctx: &mut Ctx, input: &Input) -> Answer {
    let mut row = role::get(ctx, input.str("RoleName")?)?;
    let name = input.str("PolicyName")?;
    crate::document::unset(&mut row.doc["_inline"], name).ok_or_else(|| missing(name))?;
    row.save(ctx);
    Ok(json!({}))
}

fn list(ctx: &mut Ctx, input: &Input) -> Answer {
    let row = role::get(ctx, input.str("RoleName")?)?;
    let names = row.doc["_inline"].as_object().map(|m| m.keys().map(|k| json!(k)).collect()).unwrap_or_default();
    paged(input, "PolicyNames", names)
}
