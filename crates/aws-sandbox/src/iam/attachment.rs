//! Managed policies attached to roles, users and groups.

use serde_json::{Value, json};

use super::tags::Row;
use super::{group, limit_exceeded, no_such_entity, paged, policy, role, user};
use crate::context::Ctx;
use crate::document::{items, items_mut, text};
use crate::error::Answer;
use crate::input::Input;
use crate::sandbox::Operations;

pub(crate) const OPERATIONS: Operations = &[
    ("AttachRolePolicy", attach),
    ("DetachRolePolicy", detach),
    ("ListAttachedRolePolicies", list),
    ("ListEntitiesForPolicy", entities),
];

fn attach(ctx: &mut Ctx, input: &Input) -> Answer {
    let row = role::get(ctx, input.str("RoleName")?)?;
    attach_to(ctx, input, row, Some(ctx.quotas.policies_per_role))
}

fn detach(ctx: &mut Ctx, input: &Input) -> Answer {
    let row = role::get(ctx, input.str("RoleName")?)?;
    detach_from(ctx, input, row)
}

fn list(ctx: &mut Ctx, input: &Input) -> Answer {
    attached_to(input, &role::get(ctx, input.str("RoleName")?)?)
}

/// Attaches the policy that a request names, where there may be no more than `most` of them.
pub(super) fn attach_to(ctx: &mut Ctx, input: &Input, mut row: Row, most: Option<usize>) -> Answer {
    let arn = input.str("PolicyArn")?;
    policy::check_attachable(ctx, arn)?;
    let have = items(&row.doc, "_attached");
    if have.iter().any(|a| a == arn) {
        return Ok(json!({}));
    }
    if let Some(most) = most.filter(|m| have.len() >= *m) {
        return Err(limit_exceeded(format!("Cannot exceed quota for PoliciesPerRole: {most}")));
    }
    if let Some(list) = items_mut(&mut row.doc, "_attached") {
        list.push(json!(arn));
    }
    row.save(ctx);
    Ok(json!({}))
}

/// Detaches the policy that a request names.
pub(super) fn detach_from(ctx: &mut Ctx, input: &Input, mut row: Row) -> Answer {
    let arn = input.str("PolicyArn")?;
    if let Some(list) = items_mut(&mut row.doc, "_attached") {
        let before = list.len();
        list.retain(|a| a != arn);
        if list.len() == before {
            return Err(no_such_entity(format!("Policy {arn} was not found.")));
        }
    }
    row.save(ctx);
    Ok(json!({}))
}

/// A page of the policies attached to somebody, below the path of a request.
pub(super) fn attached_to(input: &Input, row: &Row) -> Answer {
    let prefix = input.filled("PathPrefix")?.unwrap_or("/");
    let all = items(&row.doc, "_attached")
        .iter()
        .filter_map(|a| a.as_str())
        .filter(|arn| policy::path_of(arn).starts_with(prefix))
        .map(|arn| json!({"PolicyName": arn.rsplit('/').next(), "PolicyArn": arn}))
        .collect();
    paged(input, "AttachedPolicies", all)
}

fn entities(ctx: &mut Ctx, input: &Input) -> Answer {
    let arn = input.str("PolicyArn")?;
    policy::find(ctx, arn)?;
    let prefix = input.filled("PathPrefix")?.unwrap_or("/");
    let filter = input.filled("EntityFilter")?;
    if let Some(other) = filter.filter(|f| !matches!(*f, "Role" | "User" | "Group")) {
        return Err(crate::error::AwsError::not_implemented(format!("EntityFilter {other}")));
    }
    let boundary = match input.filled("PolicyUsageFilter")? {
        None => None,
        Some("PermissionsPolicy") => Some(false),
        Some("PermissionsBoundary") => Some(true),
        Some(other) => return Err(input.invalid(format!("Invalid PolicyUsageFilter {other}"))),
    };
    let of = |kind: &str, table: &str, name: &str, id: &str| -> Vec<Value> {
        let rows = ctx.store.rows(&ctx.global(table)).map(|(_, r)| r);
        rows.filter(|r| filter.is_none_or(|f| f == kind) && text(r, "Path").starts_with(prefix))
            .filter(|r| {
                let attached = items(r, "_attached").iter().any(|a| a == arn);
                let bounded = text(&r["PermissionsBoundary"], "PermissionsBoundaryArn") == arn;
                match boundary {
                    None => attached || bounded,
                    Some(false) => attached,
                    Some(true) => bounded,
                }
            })
            .map(|r| json!({name: r[name], id: r[id]}))
            .collect()
    };
    let groups = of("Group", group::TABLE, "GroupName", "GroupId");
    let users = of("User", user::TABLE, "UserName", "UserId");
    let mut out = paged(input, "PolicyRoles", of("Role", role::TABLE, "RoleName", "RoleId"))?;
    crate::document::set(&mut out, "PolicyGroups", groups);
    crate::document::set(&mut out, "PolicyUsers", users);
    Ok(out)
}
