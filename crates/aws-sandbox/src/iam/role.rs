//! Roles.

use serde_json::{Value, json};

use super::tags::{self, Row};
use super::{already_exists, check_name, check_policy, delete_conflict, encoded, key, limit_exceeded};
use super::{paged, path};
use crate::context::Ctx;
use crate::document::{items, public, set, set_some, text, unset};
use crate::error::{Answer, AwsError};
use crate::input::Input;
use crate::policy::Kind;
use crate::sandbox::Operations;

pub(crate) const OPERATIONS: Operations = &[
    ("CreateRole", create),
    ("GetRole", read),
    ("ListRoles", list),
    ("UpdateRole", update),
    ("UpdateRoleDescription", update_description),
    ("UpdateAssumeRolePolicy", update_trust),
    ("PutRolePermissionsBoundary", put_boundary),
    ("DeleteRolePermissionsBoundary", delete_boundary),
    ("DeleteRole", delete),
];

pub(crate) const TABLE: &str = "role";

/// The role with a name.
pub(crate) fn get(ctx: &Ctx, name: &str) -> Result<Row, AwsError> {
    Row::find(ctx, TABLE, key(name), || format!("The role with name {name} cannot be found."))
}

/// The role as IAM shows it. Lists leave out tags, boundary and last use, as the reference of ListRoles says.
pub(crate) fn render(role: &Value, short: bool) -> Value {
    let mut doc = public(role);
    set(&mut doc, "AssumeRolePolicyDocument", encoded(text(role, "AssumeRolePolicyDocument")));
    if items(&doc, "Tags").is_empty() || short {
        unset(&mut doc, "Tags");
    }
    if short {
        unset(&mut doc, "PermissionsBoundary");
    } else {
        set(&mut doc, "RoleLastUsed", json!({}));
    }
    doc
}

fn check_duration(input: &Input) -> Result<Option<i64>, AwsError> {
    match input.opt_int("MaxSessionDuration")? {
        Some(n) if !(3600..=43_200).contains(&n) => Err(input.invalid(format!(
            "1 validation error detected: Value '{n}' at 'maxSessionDuration' failed to satisfy constraint: Member must have value between 3600 and 43200"
        ))),
        other => Ok(other),
    }
}

fn boundary(arn: &str) -> Value {
    json!({"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": arn})
}

fn create(ctx: &mut Ctx, input: &Input) -> Answer {
    let name = input.str("RoleName")?;
    check_name(input, "roleName", name, 64)?;
    let path = path(input)?;
    let trust = input.str("AssumeRolePolicyDocument")?;
    check_policy(trust, Kind::Trust)?;
    let duration = check_duration(input)?.unwrap_or(3600);
    let tags = tags::read(input)?;
    let (table, key) = (ctx.global(TABLE), key(name));
    if ctx.store.get(&table, &key).is_some() {
        return Err(already_exists(format!("Role with name {name} already exists.")));
    }
    if ctx.store.count(&table) >= ctx.quotas.roles {
        return Err(limit_exceeded(format!("Cannot exceed quota for RolesPerAccount: {}", ctx.quotas.roles)));
    }
    let mut doc = json!({
        "Path": path,
        "RoleName": name,
        "RoleId": ctx.new_iam_id("AROA"),
        "Arn": format!("arn:aws:iam::{}:role{path}{name}", ctx.account),
        "CreateDate": ctx.timestamp(),
        "AssumeRolePolicyDocument": trust,
        "MaxSessionDuration": duration,
        "Tags": tags,
        "_inline": {},
        "_attached": [],
    });
    set_some(&mut doc, "Description", input.filled("Description")?);
    if let Some(arn) = input.filled("PermissionsBoundary")? {
        super::policy::check_attachable(ctx, arn)?;
        set(&mut doc, "PermissionsBoundary", boundary(arn));
    }
    ctx.store.put(&table, &key, doc.clone());
    let mut answer = render(&doc, false);
    unset(&mut answer, "RoleLastUsed");
    Ok(json!({"Role": answer}))
}

fn read(ctx: &mut Ctx, input: &Input) -> Answer {
    Ok(json!({"Role": render(&get(ctx, input.str("RoleName")?)?.doc, false)}))
}

fn list(ctx: &mut Ctx, input: &Input) -> Answer {
    let prefix = input.filled("PathPrefix")?.unwrap_or("/");
    let all = ctx
        .store
        .rows(&ctx.global(TABLE))
        .filter(|(_, d)| text(d, "Path").starts_with(prefix))
        .map(|(_, d)| render(d, true))
        .collect();
    paged(input, "Roles", all)
}

fn update(ctx: &mut Ctx, input: &Input) -> Answer {
    let mut row = get(ctx, input.str("RoleName")?)?;
    set_some(&mut row.doc, "Description", input.opt_str("Description")?);
    set_some(&mut row.doc, "MaxSessionDuration", check_duration(input)?);
    row.save(ctx);
    Ok(json!({}))
}

fn update_description(ctx: &mut Ctx, input: &Input) -> Answer {
    let mut row = get(ctx, input.str("RoleName")?)?;
    set(&mut row.doc, "Description", input.str("Description")?);
    let answer = render(&row.doc, false);
    row.save(ctx);
    Ok(json!({"Role": answer}))
}

fn update_trust(ctx: &mut Ctx, input: &Input) -> Answer {
    let mut row = get(ctx, input.str("RoleName")?)?;
    let trust = input.str("PolicyDocument")?;
    check_policy(trust, Kind::Trust)?;
    set(&mut row.doc, "AssumeRolePolicyDocument", trust);
    row.save(ctx);
    Ok(json!({}))
}

fn put_boundary(ctx: &mut Ctx, input: &Input) -> Answer {
    let mut row = get(ctx, input.str("RoleName")?)?;
    let arn = input.str("PermissionsBoundary")?;
    super::policy::check_attachable(ctx, arn)?;
    set(&mut row.doc, "PermissionsBoundary", boundary(arn));
    row.save(ctx);
    Ok(json!({}))
}

fn delete_boundary(ctx: &mut Ctx, input: &Input) -> Answer {
    let mut row = get(ctx, input.str("RoleName")?)?;
    unset(&mut row.doc, "PermissionsBoundary");
    row.save(ctx);
    Ok(json!({}))
}

fn delete(ctx: &mut Ctx, input: &Input) -> Answer {
    let row = get(ctx, input.str("RoleName")?)?;
    if !items(&row.doc, "_attached").is_empty() {
        return Err(delete_conflict("Cannot delete entity, must detach all policies first."));
    }
    if row.doc["_inline"].as_object().is_some_and(|m| !m.is_empty()) {
        return Err(delete_conflict("Cannot delete entity, must delete policies first."));
    }
    if !super::instance_profile::of_role(ctx, text(&row.doc, "RoleName")).is_empty() {
        return Err(delete_conflict("Cannot delete entity, must remove roles from instance profile first."));
    }
    ctx.store.remove(&row.table, &row.key);
    Ok(json!({}))
}
