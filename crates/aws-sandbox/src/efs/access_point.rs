//! Access points.

use serde_json::{Value, json};

use super::{bare, error, file_system, paged, tags};
use crate::context::Ctx;
use crate::document::{items, public, set, set_some, text};
use crate::error::{Answer, AwsError};
use crate::input::Input;
use crate::sandbox::Operations;

pub(crate) const OPERATIONS: Operations =
    &[("CreateAccessPoint", create), ("DescribeAccessPoints", describe), ("DeleteAccessPoint", delete)];

pub(crate) const TABLE: &str = "access-point";

/// The access point with an id.
pub(crate) fn get(ctx: &Ctx, id: &str) -> Result<Value, AwsError> {
    let found = ctx.store.get(&ctx.regional(TABLE), id).cloned();
    found.ok_or_else(|| error(404, "AccessPointNotFound", format!("Access point '{id}' does not exist.")))
}

fn create(ctx: &mut Ctx, input: &Input) -> Answer {
    let token = input.str("ClientToken")?.to_owned();
    let file_system = file_system::available(ctx, bare(input.str("FileSystemId")?))?;
    let tags = tags::read(input)?;
    let table = ctx.regional(TABLE);
    if let Some((id, _)) = ctx.store.rows(&table).find(|(_, d)| text(d, "ClientToken") == token) {
        let message = format!("Access point '{id}' already exists with client token '{token}'");
        return Err(error(409, "AccessPointAlreadyExists", message));
    }
    let mut root = input.raw("RootDirectory").cloned().unwrap_or_else(|| json!({}));
    if text(&root, "Path").is_empty() {
        set(&mut root, "Path", "/");
    }
    let id = ctx.new_id("fsap");
    let name = tags.iter().find(|t| text(t, "Key") == "Name").map(|t| t["Value"].clone());
    let mut doc = json!({
        "ClientToken": token,
        "Tags": tags,
        "AccessPointId": id,
        "AccessPointArn": ctx.arn("elasticfilesystem", &format!("access-point/{id}")),
        "FileSystemId": file_system["FileSystemId"],
        "RootDirectory": root,
        "OwnerId": ctx.account,
        "LifeCycleState": "creating",
    });
    set_some(&mut doc, "Name", name);
    set_some(&mut doc, "PosixUser", input.raw("PosixUser").cloned());
    ctx.store.put(&table, &id, doc.clone());
    ctx.after(5, "efs-access-point-settled", &id);
    Ok(public(&doc))
}

/// What was under way is done: the access point can be used, or is gone.
pub(crate) fn settled(ctx: &mut Ctx, id: &str) {
    let Ok(mut doc) = get(ctx, id) else { return };
    let table = ctx.regional(TABLE);
    if text(&doc, "LifeCycleState") == "deleting" {
        ctx.store.remove(&table, id);
    } else {
        set(&mut doc, "LifeCycleState", "available");
        ctx.store.put(&table, id, doc);
    }
}

fn describe(ctx: &mut Ctx, input: &Input) -> Answer {
    let (id, system) = (input.filled("AccessPointId")?.map(bare), input.filled("FileSystemId")?.map(bare));
    if let Some(id) = id {
        get(ctx, id)?;
    }
    if let Some(system) = system {
        file_system::get(ctx, system)?;
    }
    let all: Vec<Value> = ctx
        .store
        .rows(&ctx.regional(TABLE))
        .map(|(_, d)| d)
        .filter(|d| id.is_none_or(|i| text(d, "AccessPointId") == i))
        .filter(|d| system.is_none_or(|s| text(d, "FileSystemId") == s))
        .map(|d| {
            let mut doc = public(d);
            let name = items(d, "Tags").iter().find(|t| text(t, "Key") == "Name").map(|t| t["Value"].clone());
            set_some(&mut doc, "Name", name);
            doc
        })
        .collect();
    if all.iter().any(|d| text(d, "LifeCycleState") != "available") {
        ctx.pending = true;
    }
    paged(input, "AccessPoints", all, ("MaxResults", "NextToken", "NextToken"))
}

fn delete(ctx: &mut Ctx, input: &Input) -> Answer {
    let id = bare(input.str("AccessPointId")?);
    let mut doc = get(ctx, id)?;
    let table = ctx.regional(TABLE);
    set(&mut doc, "LifeCycleState", "deleting");
    ctx.store.put(&table, id, doc);
    ctx.after(5, "efs-access-point-settled", id);
    Ok(json!({}))
}

/// Removes the access points of a file system that goes.
pub(crate) fn forget(ctx: &mut Ctx, file_system: &str) {
    let table = ctx.regional(TABLE);
    let rows = ctx.store.rows(&table).filter(|(_, d)| text(d, "FileSystemId") == file_system);
    let ids: Vec<String> = rows.map(|(id, _)| id.clone()).collect();
    for id in ids {
        ctx.store.remove(&table, &id);
    }
}
