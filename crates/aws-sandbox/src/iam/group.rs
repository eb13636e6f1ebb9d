//! Groups, and who is in them.

use serde_json::{Value, json};

use super::tags::Row;
use super::{already_exists, attachment, check_name, delete_conflict, key, paged, path, user};
use crate::context::Ctx;
use crate::document::{items, items_mut, public, set, text};
use crate::error::{Answer, AwsError};
use crate::input::Input;
use crate::sandbox::Operations;

pub(crate) const OPERATIONS: Operations = &[
    ("CreateGroup", create),
    ("GetGroup", read),
    ("ListGroups", list),
    ("UpdateGroup", update),
    ("DeleteGroup", delete),
    ("AddUserToGroup", add_user),
    ("RemoveUserFromGroup", remove_user),
    ("ListGroupsForUser", of_user),
    ("AttachGroupPolicy", attach),
    ("DetachGroupPolicy", detach),
    ("ListAttachedGroupPolicies", attached),
];

pub(crate) const TABLE: &str = "iam-group";

/// The group with a name.
pub(crate) fn get(ctx: &Ctx, name: &str) -> Result<Row, AwsError> {
    Row::find(ctx, TABLE, key(name), || format!("The group with name {name} cannot be found."))
}

fn arn(ctx: &Ctx, path: &str, name: &str) -> String {
    format!("arn:aws:iam::{}:group{path}{name}", ctx.account)
}

fn create(ctx: &mut Ctx, input: &Input) -> Answer {
    let name = input.str("GroupName")?;
    check_name(input, "groupName", name, 128)?;
    let path = path(input)?;
    let (table, key) = (ctx.global(TABLE), key(name));
    if ctx.store.get(&table, &key).is_some() {
        return Err(already_exists(format!("Group with name {name} already exists.")));
    }
    let doc = json!({
        "Path": path,
        "GroupName": name,
        "GroupId": ctx.new_iam_id("AGPA"),
        "Arn": arn(ctx, &path, name),
        "CreateDate": ctx.timestamp(),
        "_users": [],
        "_attached": [],
    });
    ctx.store.put(&table, &key, doc.clone());
    Ok(json!({"Group": public(&doc)}))
}

fn read(ctx: &mut Ctx, input: &Input) -> Answer {
    let row = get(ctx, input.str("GroupName")?)?;
    let members: Vec<Value> = items(&row.doc, "_users")
        .iter()
        .filter_map(Value::as_str)
        .filter_map(|u| user::get(ctx, u).ok())
        .map(|u| user::render(&u.doc, true))
        .collect();
    let mut out = paged(input, "Users", members)?;
    set(&mut out, "Group", public(&row.doc));
    Ok(out)
}

fn list(ctx: &mut Ctx, input: &Input) -> Answer {
    let prefix = input.filled("PathPrefix")?.unwrap_or("/");
    let all = ctx
        .store
        .rows(&ctx.global(TABLE))
        .filter(|(_, d)| text(d, "Path").starts_with(prefix))
        .map(|(_, d)| public(d))
        .collect();
    paged(input, "Groups", all)
}

fn update(ctx: &mut Ctx, input: &Input) -> Answer {
    let row = get(ctx, input.str("GroupName")?)?;
    let mut doc = row.doc.clone();
    let name = input.filled("NewGroupName")?.unwrap_or(text(&row.doc, "GroupName")).to_owned();
    check_name(input, "newGroupName", &name, 128)?;
    let path = input.filled("NewPath")?.unwrap_or(text(&row.doc, "Path")).to_owned();
    if key(&name) != row.key && ctx.store.get(&row.table, &key(&name)).is_some() {
        return Err(already_exists(format!("Group with name {name} already exists.")));
    }
    set(&mut doc, "Arn", arn(ctx, &path, &name));
    set(&mut doc, "GroupName", name.as_str());
    set(&mut doc, "Path", path);
    ctx.store.remove(&row.table, &row.key);
    ctx.store.put(&row.table, &key(&name), doc);
    Ok(json!({}))
}

fn delete(ctx: &mut Ctx, input: &Input) -> Answer {
    let row = get(ctx, input.str("GroupName")?)?;
    if !items(&row.doc, "_attached").is_empty() {
        return Err(delete_conflict("Cannot delete entity, must detach all policies first."));
    }
    if !items(&row.doc, "_users").is_empty() {
        return Err(delete_conflict("Cannot delete entity, must remove users from group first."));
    }
    ctx.store.remove(&row.table, &row.key);
    Ok(json!({}))
}

fn add_user(ctx: &mut Ctx, input: &Input) -> Answer {
    let mut row = get(ctx, input.str("GroupName")?)?;
    let name = user::get(ctx, input.str("UserName")?)?.doc["UserName"].clone();
    if let Some(list) = items_mut(&mut row.doc, "_users")
        && !list.contains(&name)
    {
        list.push(name);
    }
    row.save(ctx);
    Ok(json!({}))
}

fn remove_user(ctx: &mut Ctx, input: &Input) -> Answer {
    let mut row = get(ctx, input.str("GroupName")?)?;
    let name = user::get(ctx, input.str("UserName")?)?.doc["UserName"].clone();
    if let Some(list) = items_mut(&mut row.doc, "_users") {
        list.retain(|u| *u != name);
    }
    row.save(ctx);
    Ok(json!({}))
}

/// The groups that a user is in.
pub(crate) fn groups_of(ctx: &Ctx, user: &str) -> Vec<Value> {
    let rows = ctx.store.rows(&ctx.global(TABLE));
    rows.map(|(_, g)| g).filter(|g| items(g, "_users").iter().any(|u| u == user)).map(public).collect()
}

fn of_user(ctx: &mut Ctx, input: &Input) -> Answer {
    let row = user::get(ctx, input.str("UserName")?)?;
    let all = groups_of(ctx, text(&row.doc, "UserName"));
    paged(input, "Groups", all)
}

fn attach(ctx: &mut Ctx, input: &Input) -> Answer {
    let row = get(ctx, input.str("GroupName")?)?;
    attachment::attach_to(ctx, input, row, None)
}

fn detach(ctx: &mut Ctx, input: &Input) -> Answer {
    let row = get(ctx, input.str("GroupName")?)?;
    attachment::detach_from(ctx, input, row)
}

fn attached(ctx: &mut Ctx, input: &Input) -> Answer {
    attachment::attached_to(input, &get(ctx, input.str("GroupName")?)?)
}
