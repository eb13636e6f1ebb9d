//! Users.

use serde_json::{Value, json};

use super::tags::{self, Row};
use super::{
    already_exists, attachment, check_name, check_policy, credentials, delete_conflict, encoded, group, key,
    no_such_entity, paged,
};
use super::{path, policy};
use crate::context::Ctx;
use crate::document::{items, public, set, text, unset};
use crate::error::{Answer, AwsError};
use crate::input::Input;
use crate::policy::Kind;
use crate::sandbox::Operations;

pub(crate) const OPERATIONS: Operations = &[
    ("CreateUser", create),
    ("GetUser", read),
    ("ListUsers", list),
    ("UpdateUser", update),
    ("DeleteUser", delete),
    ("PutUserPermissionsBoundary", put_boundary),
    ("DeleteUserPermissionsBoundary", delete_boundary),
    ("PutUserPolicy", put_policy),
    ("GetUserPolicy", get_policy),
    ("DeleteUserPolicy", delete_policy),
    ("ListUserPolicies", |ctx, input| {
        let row = get(ctx, input.str("UserName")?)?;
        let names = row.doc["_inline"].as_object().map(|m| m.keys().map(|k| json!(k)).collect()).unwrap_or_default();
        paged(input, "PolicyNames", names)
    }),
    ("AttachUserPolicy", attach),
    ("DetachUserPolicy", detach),
    ("ListAttachedUserPolicies", attached),
];

pub(crate) const TABLE: &str = "user";

/// The user with a name.
pub(crate) fn get(ctx: &Ctx, name: &str) -> Result<Row, AwsError> {
    Row::find(ctx, TABLE, key(name), || format!("The user with name {name} cannot be found."))
}

/// The user as IAM shows it; lists leave out tags and boundary.
pub(crate) fn render(user: &Value, short: bool) -> Value {
    let mut doc = public(user);
    if short || items(&doc, "Tags").is_empty() {
        unset(&mut doc, "Tags");
    }
    if short {
        unset(&mut doc, "PermissionsBoundary");
    }
    doc
}

fn arn(ctx: &Ctx, path: &str, name: &str) -> String {
    format!("arn:aws:iam::{}:user{path}{name}", ctx.account)
}

fn boundary(ctx: &Ctx, arn: &str) -> Result<Value, AwsError> {
    policy::check_attachable(ctx, arn)?;
    Ok(json!({"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": arn}))
}

fn create(ctx: &mut Ctx, input: &Input) -> Answer {
    let name = input.str("UserName")?;
    check_name(input, "userName", name, 64)?;
    let (path, tags) = (path(input)?, tags::read(input)?);
    let (table, key) = (ctx.global(TABLE), key(name));
    if ctx.store.get(&table, &key).is_some() {
        return Err(already_exists(format!("User with name {name} already exists.")));
    }
    let mut doc = json!({
        "Path": path,
        "UserName": name,
        "UserId": ctx.new_iam_id("AIDA"),
        "Arn": arn(ctx, &path, name),
        "CreateDate": ctx.timestamp(),
        "Tags": tags,
        "_inline": {},
        "_attached": [],
    });
    if let Some(arn) = input.filled("PermissionsBoundary")? {
        set(&mut doc, "PermissionsBoundary", boundary(ctx, arn)?);
    }
    ctx.store.put(&table, &key, doc.clone());
    Ok(json!({"User": render(&doc, false)}))
}

/// Without a name the caller, who is the user `sandbox` unless a role was assumed.
fn read(ctx: &mut Ctx, input: &Input) -> Answer {
    let session = ctx.store.get("session", &ctx.access_key).is_some_and(|s| text(s, "arn").contains(":assumed-role/"));
    match input.filled("UserName")? {
        None if session => {
            Err(AwsError::new("ValidationError", "Must specify userName when calling with non-User credentials"))
        }
        None | Some("sandbox") => Ok(json!({"User": {
            "Path": "/", "UserName": "sandbox", "UserId": crate::sts::USER_ID,
            "Arn": arn(ctx, "/", "sandbox"), "CreateDate": "2026-01-01T00:00:00.000Z",
        }})),
        Some(name) => Ok(json!({"User": render(&get(ctx, name)?.doc, false)})),
    }
}

fn list(ctx: &mut Ctx, input: &Input) -> Answer {
    let prefix = input.filled("PathPrefix")?.unwrap_or("/");
    let all = ctx
        .store
        .rows(&ctx.global(TABLE))
        .filter(|(_, d)| text(d, "Path").starts_with(prefix))
        .map(|(_, d)| render(d, true))
        .collect();
    paged(input, "Users", all)
}

fn update(ctx: &mut Ctx, input: &Input) -> Answer {
    let row = get(ctx, input.str("UserName")?)?;
    let mut doc = row.doc.clone();
    let name = input.filled("NewUserName")?.unwrap_or(text(&row.doc, "UserName")).to_owned();
    check_name(input, "newUserName", &name, 64)?;
    let path = input.filled("NewPath")?.unwrap_or(text(&row.doc, "Path")).to_owned();
    if key(&name) != row.key && ctx.store.get(&row.table, &key(&name)).is_some() {
        return Err(already_exists(format!("User with name {name} already exists.")));
    }
    set(&mut doc, "Arn", arn(ctx, &path, &name));
    set(&mut doc, "UserName", name.as_str());
    set(&mut doc, "Path", path);
    ctx.store.remove(&row.table, &row.key);
    ctx.store.put(&row.table, &key(&name), doc);
    credentials::renamed(ctx, text(&row.doc, "UserName"), &name);
    Ok(json!({}))
}

fn put_boundary(ctx: &mut Ctx, input: &Input) -> Answer {
    let mut row = get(ctx, input.str("UserName")?)?;
    let boundary = boundary(ctx, input.str("PermissionsBoundary")?)?;
    set(&mut row.doc, "PermissionsBoundary", boundary);
    row.save(ctx);
    Ok(json!({}))
}

fn delete_boundary(ctx: &mut Ctx, input: &Input) -> Answer {
    let mut row = get(ctx, input.str("UserName")?)?;
    unset(&mut row.doc, "PermissionsBoundary");
    row.save(ctx);
    Ok(json!({}))
}

fn missing(name: &str) -> AwsError {
    no_such_entity(format!("The user policy with name {name} cannot be found."))
}

fn put_policy(ctx: &mut Ctx, input: &Input) -> Answer {
    let mut row = get(ctx, input.str("UserName")?)?;
    let (name, document) = (input.str("PolicyName")?, input.str("PolicyDocument")?);
    check_name(input, "policyName", name, 128)?;
    check_policy(document, Kind::Identity)?;
    row.doc["_inline"][name] = document.into();
    row.save(ctx);
    Ok(json!({}))
}

fn get_policy(ctx: &mut Ctx, input: &Input) -> Answer {
    let row = get(ctx, input.str("UserName")?)?;
    let name = input.str("PolicyName")?;
    let document = row.doc["_inline"].get(name).and_then(Value::as_str).ok_or_else(|| missing(name))?;
    Ok(json!({"UserName": text(&row.doc, "UserName"), "PolicyName": name, "PolicyDocument": encoded(document)}))
}

fn delete_policy(ctx: &mut Ctx, input: &Input) -> Answer {
    let mut row = get(ctx, input.str("UserName")?)?;
    let name = input.str("PolicyName")?;
    unset(&mut row.doc["_inline"], name).ok_or_else(|| missing(name))?;
    row.save(ctx);
    Ok(json!({}))
}

fn attach(ctx: &mut Ctx, input: &Input) -> Answer {
    let row = get(ctx, input.str("UserName")?)?;
    attachment::attach_to(ctx, input, row, None)
}

fn detach(ctx: &mut Ctx, input: &Input) -> Answer {
    let row = get(ctx, input.str("UserName")?)?;
    attachment::detach_from(ctx, input, row)
}

fn attached(ctx: &mut Ctx, input: &Input) -> Answer {
    attachment::attached_to(input, &get(ctx, input.str("UserName")?)?)
}

fn delete(ctx: &mut Ctx, input: &Input) -> Answer {
    let row = get(ctx, input.str("UserName")?)?;
    if !group::groups_of(ctx, text(&row.doc, "UserName")).is_empty() {
        return Err(delete_conflict("Cannot delete entity, must remove users from group first."));
    }
    if !items(&row.doc, "_attached").is_empty() {
        return Err(delete_conflict("Cannot delete entity, must detach all policies first."));
    }
    if row.doc["_inline"].as_object().is_some_and(|m| !m.is_empty()) {
        return Err(delete_conflict("Cannot delete entity, must delete policies first."));
    }
    credentials::check_none(ctx, text(&row.doc, "UserName"))?;
    ctx.store.remove(&row.table, &row.key);
    Ok(json!({}))
}
