//! Backups on demand, of EFS file systems.

use serde_json::{Value, json};

use super::{bad, not_found, vault};
use crate::context::Ctx;
use crate::document::{public, set, text};
use crate::error::{Answer, AwsError};
use crate::input::Input;
use crate::sandbox::Operations;

pub(crate) const OPERATIONS: Operations = &[("StartBackupJob", start), ("DescribeBackupJob", describe)];

pub(super) const TABLE: &str = "backup-job";

fn start(ctx: &mut Ctx, input: &Input) -> Answer {
    input.accept(&["IdempotencyToken"]);
    input.refuse(&["BackupOptions", "LogicallyAirGappedBackupVaultArn", "Index", "Lifecycle", "RecoveryPointTags"])?;
    input.accept(&["StartWindowMinutes", "CompleteWindowMinutes"]);
    let vault = vault::get(ctx, input.str("BackupVaultName")?)?;
    let (resource, role) = (input.str("ResourceArn")?, input.str("IamRoleArn")?);
    super::selection::check_role(role)?;
    let known = resource.strip_prefix(&ctx.arn("elasticfilesystem", "file-system/"));
    let Some(system) = known else {
        return Err(AwsError::not_implemented(format!("backups of {resource}; it makes those of EFS file systems")));
    };
    if !crate::efs::exists(ctx, system) {
        return Err(bad(format!("The resource {resource} cannot be found.")));
    }
    let (job, point) = (ctx.new_uuid("backup-job"), ctx.new_uuid("recovery-point"));
    let doc = json!({
        "BackupJobId": job,
        "BackupVaultName": vault["BackupVaultName"],
        "BackupVaultArn": vault["BackupVaultArn"],
        "RecoveryPointArn": ctx.arn("backup", &format!("recovery-point:{point}")),
        "ResourceArn": resource,
        "ResourceType": "EFS",
        "IamRoleArn": role,
        "CreationDate": ctx.timestamp(),
        "State": "RUNNING",
        "AccountId": ctx.account,
        "_key": vault["EncryptionKeyArn"],
    });
    let table = ctx.regional(TABLE);
    ctx.store.put(&table, &job, doc.clone());
    ctx.after(60, "backup-job-done", &job);
    Ok(json!({
        "BackupJobId": job, "RecoveryPointArn": doc["RecoveryPointArn"], "CreationDate": doc["CreationDate"],
        "IsParent": false,
    }))
}

/// A backup is complete: its recovery point is there, unless the vault has gone meanwhile.
pub(super) fn done(ctx: &mut Ctx, job: &str) {
    let table = ctx.regional(TABLE);
    let Some(mut doc) = ctx.store.get(&table, job).cloned() else { return };
    if vault::get(ctx, text(&doc, "BackupVaultName")).is_err() {
        set(&mut doc, "State", "FAILED");
        ctx.store.put(&table, job, doc);
        return;
    }
    set(&mut doc, "State", "COMPLETED");
    set(&mut doc, "CompletionDate", ctx.timestamp());
    let mut point = json!({"Status": "COMPLETED", "IsEncrypted": true, "EncryptionKeyArn": doc["_key"]});
    for member in [
        "RecoveryPointArn",
        "BackupVaultName",
        "BackupVaultArn",
        "ResourceArn",
        "ResourceType",
        "IamRoleArn",
        "CreationDate",
        "CompletionDate",
    ] {
        set(&mut point, member, doc[member].clone());
    }
    let points = ctx.regional(vault::POINTS);
    ctx.store.put(&points, text(&doc, "RecoveryPointArn"), point);
    ctx.store.put(&table, job, doc);
}

fn describe(ctx: &mut Ctx, input: &Input) -> Answer {
    let id = input.str("BackupJobId")?;
    let found: Option<Value> = ctx.store.get(&ctx.regional(TABLE), id).map(public);
    let found = found.ok_or_else(|| not_found(format!("Backup job {id} does not exist.")))?;
    ctx.pending = text(&found, "State") == "RUNNING";
    Ok(found)
}
