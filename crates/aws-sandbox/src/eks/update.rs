//! Updates: what a change of something is called while it goes on. A virtual minute each, ten for a version.

use serde_json::{Value, json};

use super::{ADDON, CLUSTER, NODEGROUP, find, names, not_found, put, settle};
use crate::context::Ctx;
use crate::document::{public, set, text};
use crate::error::Answer;
use crate::input::Input;
use crate::sandbox::Operations;

pub(crate) const OPERATIONS: Operations = &[("DescribeUpdate", describe), ("ListUpdates", list)];

const TABLE: &str = "eks-update";

/// Begins an update of something, and gives it as AWS shows it.
pub(crate) fn begin(ctx: &mut Ctx, cluster: &str, of: (&str, &str), kind: &str, params: &[(&str, String)]) -> Value {
    let id = ctx.new_uuid("update");
    let params: Vec<Value> = params.iter().map(|(t, v)| json!({"type": t, "value": v})).collect();
    let doc = json!({
        "id": id, "status": "InProgress", "type": kind, "params": params, "createdAt": ctx.timestamp(), "errors": [],
        "_cluster": cluster, "_table": of.0, "_key": of.1,
    });
    put(ctx, TABLE, &id, doc.clone());
    if let Some(mut object) = find(ctx, of.0, of.1) {
        set(&mut object, "status", "UPDATING");
        set(&mut object, "modifiedAt", ctx.timestamp());
        if of.0 == CLUSTER {
            crate::document::unset(&mut object, "modifiedAt");
        }
        put(ctx, of.0, of.1, object);
    }
    ctx.after(if kind == "VersionUpdate" { 600 } else { 60 }, "eks-update-done", &id);
    public(&doc)
}

/// An update is through.
pub(crate) fn done(ctx: &mut Ctx, id: &str) {
    let Some(mut doc) = find(ctx, TABLE, id) else { return };
    set(&mut doc, "status", "Successful");
    let (table, key) = (text(&doc, "_table").to_owned(), text(&doc, "_key").to_owned());
    put(ctx, TABLE, id, doc);
    settle(ctx, &table, &key, "status");
}

fn describe(ctx: &mut Ctx, input: &Input) -> Answer {
    let (name, id) = (input.str("name")?, input.str("updateId")?);
    let of = match (input.filled("nodegroupName")?, input.filled("addonName")?) {
        (Some(n), _) => Some((NODEGROUP, format!("{name}/{n}"))),
        (None, Some(a)) => Some((ADDON, format!("{name}/{a}"))),
        (None, None) => None,
    };
    let found = find(ctx, TABLE, id)
        .filter(|u| text(u, "_cluster") == name)
        .filter(|u| of.as_ref().is_none_or(|(t, k)| text(u, "_table") == *t && text(u, "_key") == *k));
    let Some(found) = found else { return Err(not_found(format!("No update found for ID: {id}"))) };
    if text(&found, "status") == "InProgress" {
        ctx.waits(60);
    }
    Ok(json!({"update": public(&found)}))
}

fn list(ctx: &mut Ctx, input: &Input) -> Answer {
    let name = input.str("name")?;
    super::cluster::get(ctx, name)?;
    let (table, key) = match (input.filled("nodegroupName")?, input.filled("addonName")?) {
        (Some(n), _) => (NODEGROUP, format!("{name}/{n}")),
        (None, Some(a)) => (ADDON, format!("{name}/{a}")),
        (None, None) => (CLUSTER, name.to_owned()),
    };
    let all = ctx
        .store
        .rows(&ctx.regional(TABLE))
        .filter(|(_, u)| text(u, "_table") == table && text(u, "_key") == key)
        .map(|(id, _)| json!(id))
        .collect();
    names(input, "updateIds", all)
}
