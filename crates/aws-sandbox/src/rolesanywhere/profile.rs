//! Profiles: which roles a workload may take on, and with what left of their permissions.

use serde_json::{Value, json};

use super::{bad, check_name, not_found, tags};
use crate::context::Ctx;
use crate::document::{public, set, text, unset};
use crate::error::{Answer, AwsError};
use crate::input::Input;
use crate::policy;
use crate::sandbox::Operations;

pub(crate) const OPERATIONS: Operations = &[
    ("CreateProfile", create),
    ("GetProfile", |ctx, input| get(ctx, input.str("profileId")?).map(|d| json!({"profile": public(&d)}))),
    ("ListProfiles", |ctx, input| super::paged(ctx, input, TABLE, "profiles")),
    ("UpdateProfile", update),
    ("EnableProfile", |ctx, input| switch(ctx, input, true)),
    ("DisableProfile", |ctx, input| switch(ctx, input, false)),
    ("DeleteProfile", delete),
];

pub(super) const TABLE: &str = "rolesanywhere-profile";

fn get(ctx: &Ctx, id: &str) -> Result<Value, AwsError> {
    let found = ctx.store.get(&ctx.regional(TABLE), id).cloned();
    found.ok_or_else(|| not_found(format!("Profile with id {id} not found")))
}

fn save(ctx: &mut Ctx, mut doc: Value) -> Answer {
    let now = ctx.timestamp();
    set(&mut doc, "updatedAt", now);
    let (table, id) = (ctx.regional(TABLE), text(&doc, "profileId").to_owned());
    ctx.store.put(&table, &id, doc.clone());
    Ok(json!({"profile": public(&doc)}))
}

fn arns(input: &Input, member: &str, service: &str) -> Result<Option<Value>, AwsError> {
    if !input.has(member) {
        return Ok(None);
    }
    let all = input.strings(member)?;
    match all.iter().find(|a| !a.starts_with(&format!("arn:aws:{service}"))) {
        Some(wrong) => Err(bad(format!("{wrong} is not an ARN that {member} can have"))),
        None => Ok(Some(json!(all))),
    }
}

/// Takes over what a request says.
fn change(input: &Input, doc: &mut Value) -> Result<(), AwsError> {
    if let Some(name) = input.filled("name")? {
        check_name(name)?;
        set(doc, "name", name);
    }
    if let Some(seconds) = input.opt_int("durationSeconds")? {
        // Source: CreateProfile: 15 minutes to 12 hours.
        if !(900..=43_200).contains(&seconds) {
            return Err(bad("durationSeconds must be between 900 and 43200"));
        }
        set(doc, "durationSeconds", seconds);
    }
    match input.opt_str("sessionPolicy")? {
        None => {}
        Some("") => {
            unset(doc, "sessionPolicy");
        }
        Some(document) => {
            policy::check(document, policy::Kind::Identity).map_err(bad)?;
            set(doc, "sessionPolicy", document);
        }
    }
    if let Some(roles) = arns(input, "roleArns", "iam::")? {
        set(doc, "roleArns", roles);
    }
    if let Some(policies) = arns(input, "managedPolicyArns", "iam::")? {
        set(doc, "managedPolicyArns", policies);
    }
    if let Some(accept) = input.opt_bool("acceptRoleSessionName")? {
        set(doc, "acceptRoleSessionName", accept);
    }
    Ok(())
}

fn create(ctx: &mut Ctx, input: &Input) -> Answer {
    let (id, tags) = (ctx.new_uuid("profile"), tags(input)?);
    for needed in ["name", "roleArns"] {
        if !input.has(needed) {
            return Err(input.missing(needed));
        }
    }
    let rule = |specifier: &str| json!({"specifier": specifier});
    // Source: "Attribute mapping" in the user guide: what a profile maps unless it is told otherwise.
    let mappings = json!([
        {"certificateField": "x509Issuer", "mappingRules": [rule("*")]},
        {"certificateField": "x509SAN", "mappingRules": [rule("DNS"), rule("URI"), rule("Name/*")]},
        {"certificateField": "x509Subject", "mappingRules": [rule("*")]},
    ]);
    let mut doc = json!({
        "profileId": id,
        "profileArn": ctx.arn("rolesanywhere", &format!("profile/{id}")),
        "enabled": input.flag("enabled")?,
        "requireInstanceProperties": input.flag("requireInstanceProperties")?,
        "createdBy": format!("arn:aws:iam::{}:user/sandbox", ctx.account),
        "createdAt": ctx.timestamp(),
        "durationSeconds": 3600,
        "managedPolicyArns": [],
        "acceptRoleSessionName": false,
        "attributeMappings": mappings,
        "_tags": tags,
    });
    change(input, &mut doc)?;
    save(ctx, doc)
}

fn update(ctx: &mut Ctx, input: &Input) -> Answer {
    let mut doc = get(ctx, input.str("profileId")?)?;
    change(input, &mut doc)?;
    save(ctx, doc)
}

fn switch(ctx: &mut Ctx, input: &Input, on: bool) -> Answer {
    let mut doc = get(ctx, input.str("profileId")?)?;
    set(&mut doc, "enabled", on);
    save(ctx, doc)
}

fn delete(ctx: &mut Ctx, input: &Input) -> Answer {
    let doc = get(ctx, input.str("profileId")?)?;
    let table = ctx.regional(TABLE);
    ctx.store.remove(&table, text(&doc, "profileId"));
    Ok(json!({"profile": public(&doc)}))
}
