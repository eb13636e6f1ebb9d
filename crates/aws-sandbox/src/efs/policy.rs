//! Policies of file systems: who may mount them, and whether they are backed up.

use serde_json::json;

use super::{bad, bare, error, file_system};
use crate::context::Ctx;
use crate::document::{set, text, unset};
use crate::error::Answer;
use crate::input::Input;
use crate::policy::{self, Kind};
use crate::sandbox::Operations;

pub(crate) const OPERATIONS: Operations = &[
    ("PutFileSystemPolicy", put),
    ("DescribeFileSystemPolicy", describe),
    ("DeleteFileSystemPolicy", delete),
    ("PutBackupPolicy", put_backup),
    ("DescribeBackupPolicy", describe_backup),
];

fn put(ctx: &mut Ctx, input: &Input) -> Answer {
    input.flag("BypassPolicyLockoutSafetyCheck")?;
    let id = bare(input.str("FileSystemId")?).to_owned();
    let document = input.str("Policy")?;
    policy::check(document, Kind::Resource).map_err(|why| error(400, "InvalidPolicyException", why))?;
    let mut doc = file_system::available(ctx, &id)?;
    set(&mut doc, "_policy", document);
    file_system::save(ctx, doc);
    Ok(json!({"FileSystemId": id, "Policy": document}))
}

fn describe(ctx: &mut Ctx, input: &Input) -> Answer {
    let id = bare(input.str("FileSystemId")?);
    let doc = file_system::get(ctx, id)?;
    match doc.get("_policy") {
        Some(policy) => Ok(json!({"FileSystemId": id, "Policy": policy})),
        None => Err(error(404, "PolicyNotFound", format!("File system '{id}' has no policy."))),
    }
}

fn delete(ctx: &mut Ctx, input: &Input) -> Answer {
    let mut doc = file_system::available(ctx, bare(input.str("FileSystemId")?))?;
    unset(&mut doc, "_policy");
    file_system::save(ctx, doc);
    Ok(json!({}))
}

fn put_backup(ctx: &mut Ctx, input: &Input) -> Answer {
    let id = bare(input.str("FileSystemId")?).to_owned();
    let mut doc = file_system::available(ctx, &id)?;
    let (now, status) = match input.structure("BackupPolicy")?.str("Status")? {
        "ENABLED" => ("ENABLED", "ENABLING"),
        "DISABLED" => ("DISABLED", "DISABLING"),
        other => return Err(bad(format!("The status of a backup policy cannot be {other}."))),
    };
    let status = if text(&doc, "_backup") == now { now } else { status };
    set(&mut doc, "_backup", status);
    file_system::save(ctx, doc);
    ctx.after(5, "efs-backup-settled", &id);
    Ok(json!({"BackupPolicy": {"Status": status}}))
}

/// A backup policy has taken effect.
pub(crate) fn settled(ctx: &mut Ctx, id: &str) {
    let Ok(mut doc) = file_system::get(ctx, id) else { return };
    let status = match text(&doc, "_backup") {
        "ENABLING" => "ENABLED",
        "DISABLING" => "DISABLED",
        _ => return,
    };
    set(&mut doc, "_backup", status);
    file_system::save(ctx, doc);
}

fn describe_backup(ctx: &mut Ctx, input: &Input) -> Answer {
    let id = bare(input.str("FileSystemId")?);
    let doc = file_system::get(ctx, id)?;
    match text(&doc, "_backup") {
        "" => Err(error(404, "PolicyNotFound", format!("File system '{id}' has no backup policy."))),
        status => {
            ctx.pending = status.ends_with("ING");
            Ok(json!({"BackupPolicy": {"Status": status}}))
        }
    }
}
