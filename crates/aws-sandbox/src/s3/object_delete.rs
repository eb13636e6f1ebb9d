//! Deleting objects: markers where versions are kept, conditions on the ETag.

use serde_json::{Value, json};

use super::object::{current, names, precondition_failed, push};
use super::{bucket, error, objects};
use crate::context::Ctx;
use crate::document::{items, items_mut, set, set_some, text};
use crate::error::{Answer, AwsError};
use crate::input::Input;
use crate::sandbox::Operations;

pub(crate) const OPERATIONS: Operations = &[("DeleteObject", delete), ("DeleteObjects", delete_many)];

/// Deletes one key or version; gives `{VersionId, DeleteMarker}` as far as they apply.
fn remove(
    ctx: &mut Ctx,
    doc: &Value,
    key: &str,
    id: Option<&str>,
    if_match: Option<&str>,
    bypass: bool,
) -> Result<Value, AwsError> {
    let table = objects(text(doc, "Name"));
    if let Some(wanted) = if_match {
        match current(ctx.store.get(&table, key)) {
            None if wanted == "*" => return Err(precondition_failed()),
            None => return Err(error(404, "NoSuchKey", "The specified key does not exist.")),
            Some(v) if names(wanted, text(v, "ETag")) => {}
            Some(_) => return Err(precondition_failed()),
        }
    }
    let mut out = json!({});
    if let Some(id) = id {
        set(&mut out, "VersionId", id);
        let Some(mut row) = ctx.store.get(&table, key).cloned() else { return Ok(out) };
        if let Some(version) = items(&row, "versions").iter().find(|v| text(v, "VersionId") == id) {
            super::object_lock::check_free(ctx, version, bypass)?;
            if version["_marker"] == true {
                set(&mut out, "DeleteMarker", true);
            }
        }
        if let Some(list) = items_mut(&mut row, "versions") {
            list.retain(|v| text(v, "VersionId") != id);
        }
        if items(&row, "versions").is_empty() {
            ctx.store.remove(&table, key);
        } else {
            ctx.store.put(&table, key, row);
        }
        return Ok(out);
    }
    if text(&doc["_settings"]["Versioning"], "Status").is_empty() {
        ctx.store.remove(&table, key);
        return Ok(out);
    }
    let marker = json!({"_marker": true, "LastModified": ctx.timestamp()});
    let made = push(ctx, doc, key, marker);
    set(&mut out, "DeleteMarker", true);
    set_some(&mut out, "VersionId", made);
    Ok(out)
}

fn delete(ctx: &mut Ctx, input: &Input) -> Answer {
    input.refuse(&["MFA", "IfMatchLastModifiedTime", "IfMatchSize"])?;
    input.accept(&["RequestPayer"]);
    let doc = bucket(ctx, input)?;
    let bypass = input.flag("BypassGovernanceRetention")?;
    remove(ctx, &doc, input.str("Key")?, input.filled("VersionId")?, input.filled("IfMatch")?, bypass)
}

fn delete_many(ctx: &mut Ctx, input: &Input) -> Answer {
    input.refuse(&["MFA"])?;
    input.accept(&["RequestPayer", "ChecksumAlgorithm"]);
    let bypass = input.flag("BypassGovernanceRetention")?;
    let doc = bucket(ctx, input)?;
    let request = input.structure("Delete")?;
    let quiet = request.flag("Quiet")?;
    let wanted = request.structures("Objects")?;
    if wanted.is_empty() || wanted.len() > 1000 {
        return Err(super::malformed());
    }
    let (mut deleted, mut errors) = (Vec::new(), Vec::new());
    for o in wanted {
        o.refuse(&["LastModifiedTime", "Size"])?;
        let (key, id) = (o.str("Key")?, o.filled("VersionId")?);
        match remove(ctx, &doc, key, id, o.filled("ETag")?, bypass) {
            Ok(done) => {
                let mut entry = json!({"Key": key});
                set_some(&mut entry, "VersionId", id);
                if done["DeleteMarker"] == true {
                    set(&mut entry, "DeleteMarker", true);
                    set_some(&mut entry, "DeleteMarkerVersionId", done.get("VersionId").cloned());
                }
                deleted.push(entry);
            }
            Err(e) => {
                let mut entry = json!({"Key": key, "Code": e.code, "Message": e.message});
                set_some(&mut entry, "VersionId", id);
                errors.push(entry);
            }
        }
    }
    let mut out = json!({});
    if !quiet {
        set(&mut out, "Deleted", deleted);
    }
    if !errors.is_empty() {
        set(&mut out, "Errors", errors);
    }
    Ok(out)
}
