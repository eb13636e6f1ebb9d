//! Instance profiles.

use serde_json::{Value, json};

use super::tags::{self, Row};
use super::{already_exists, check_name, delete_conflict, key, limit_exceeded, no_such_entity, paged, path, role};
use crate::context::Ctx;
use crate::document::{items, public, set, text};
use crate::error::{Answer, AwsError};
use crate::input::Input;
use crate::sandbox::Operations;

pub(crate) const OPERATIONS: Operations = &[
    ("CreateInstanceProfile", create),
    ("GetInstanceProfile", read),
    ("ListInstanceProfiles", list),
    ("ListInstanceProfilesForRole", list_for_role),
    ("AddRoleToInstanceProfile", add_role),
    ("RemoveRoleFromInstanceProfile", remove_role),
    ("DeleteInstanceProfile", delete),
];

const TABLE: &str = "instance-profile";

/// The profile with a name.
pub(crate) fn get(ctx: &Ctx, name: &str) -> Result<Row, AwsError> {
    Row::find(ctx, TABLE, key(name), || format!("Instance Profile {name} cannot be found."))
}

/// The profiles that hold a role.
pub(crate) fn of_role(ctx: &Ctx, name: &str) -> Vec<Value> {
    ctx.store
        .rows(&ctx.global(TABLE))
        .map(|(_, d)| d)
        .filter(|d| items(d, "_roles").iter().any(|r| r == name))
        .cloned()
        .collect()
}

pub(crate) fn render(ctx: &Ctx, profile: &Value) -> Value {
    let mut doc = public(profile);
    let roles: Vec<Value> = items(profile, "_roles")
        .iter()
        .filter_map(Value::as_str)
        .filter_map(|r| role::get(ctx, r).ok())
        .map(|row| role::render(&row.doc, true))
        .collect();
    set(&mut doc, "Roles", roles);
    doc
}

fn create(ctx: &mut Ctx, input: &Input) -> Answer {
    let name = input.str("InstanceProfileName")?;
    check_name(input, "instanceProfileName", name, 128)?;
    let path = path(input)?;
    let tags = tags::read(input)?;
    let (table, key) = (ctx.global(TABLE), key(name));
    if ctx.store.get(&table, &key).is_some() {
        return Err(already_exists(format!("Instance Profile {name} already exists.")));
    }
    if ctx.store.count(&table) >= ctx.quotas.instance_profiles {
        let message = format!("Cannot exceed quota for InstanceProfilesPerAccount: {}", ctx.quotas.instance_profiles);
        return Err(limit_exceeded(message));
    }
    let doc = json!({
        "Path": path,
        "InstanceProfileName": name,
        "InstanceProfileId": ctx.new_iam_id("AIPA"),
        "Arn": format!("arn:aws:iam::{}:instance-profile{path}{name}", ctx.account),
        "CreateDate": ctx.timestamp(),
        "Tags": tags,
        "_roles": [],
    });
    ctx.store.put(&table, &key, doc.clone());
    Ok(json!({"InstanceProfile": render(ctx, &doc)}))
}

fn read(ctx: &mut Ctx, input: &Input) -> Answer {
    let row = get(ctx, input.str("InstanceProfileName")?)?;
    Ok(json!({"InstanceProfile": render(ctx, &row.doc)}))
}

fn list(ctx: &mut Ctx, input: &Input) -> Answer {
    let prefix = input.filled("PathPrefix")?.unwrap_or("/");
    let all = ctx
        .store
        .rows(&ctx.global(TABLE))
        .filter(|(_, d)| text(d, "Path").starts_with(prefix))
        .map(|(_, d)| render(ctx, d))
        .collect();
    paged(input, "InstanceProfiles", all)
}

fn list_for_role(ctx: &mut Ctx, input: &Input) -> Answer {
    let row = role::get(ctx, input.str("RoleName")?)?;
    let all = of_role(ctx, text(&row.doc, "RoleName")).iter().map(|d| render(ctx, d)).collect();
    paged(input, "InstanceProfiles", all)
}

fn add_role(ctx: &mut Ctx, input: &Input) -> Answer {
    let mut row = get(ctx, input.str("InstanceProfileName")?)?;
    let role = role::get(ctx, input.str("RoleName")?)?;
    if !items(&row.doc, "_roles").is_empty() {
        return Err(limit_exceeded("Cannot exceed quota for InstanceSessionsPerInstanceProfile: 1"));
    }
    set(&mut row.doc, "_roles", json!([role.doc["RoleName"]]));
    row.save(ctx);
    Ok(json!({}))
}

fn remove_role(ctx: &mut Ctx, input: &Input) -> Answer {
    let mut row = get(ctx, input.str("InstanceProfileName")?)?;
    let name = input.str("RoleName")?;
    if !items(&row.doc, "_roles").iter().any(|r| r == name) {
        return Err(no_such_entity(format!("Role {name} is not in the instance profile.")));
    }
    set(&mut row.doc, "_roles", json!([]));
    row.save(ctx);
    Ok(json!({}))
}

fn delete(ctx: &mut Ctx, input: &Input) -> Answer {
    let row = get(ctx, input.str("InstanceProfileName")?)?;
    if !items(&row.doc, "_roles").is_empty() {
        return Err(delete_conflict("Cannot delete entity, must remove roles from instance profile first."));
    }
    ctx.store.remove(&row.table, &row.key);
    Ok(json!({}))
}
