//! Vaults and the recovery points in them.

use serde_json::{Value, json};

use super::{bad, error, not_found, paged, tags};
use crate::context::Ctx;
use crate::document::{public, set, text};
use crate::error::{Answer, AwsError};
use crate::input::Input;
use crate::sandbox::Operations;

pub(crate) const OPERATIONS: Operations = &[
    ("CreateBackupVault", create),
    ("DescribeBackupVault", describe),
    ("ListBackupVaults", list),
    ("DeleteBackupVault", delete),
    ("ListRecoveryPointsByBackupVault", list_points),
    ("DescribeRecoveryPoint", describe_point),
    ("DeleteRecoveryPoint", delete_point),
];

pub(super) const TABLE: &str = "backup-vault";
/// Recovery points, by ARN.
pub(super) const POINTS: &str = "recovery-point";

/// The vault with a name.
pub(super) fn get(ctx: &Ctx, name: &str) -> Result<Value, AwsError> {
    let found = ctx.store.get(&ctx.regional(TABLE), name).cloned();
    found.ok_or_else(|| not_found(format!("Backup vault {name} does not exist.")))
}

/// The recovery points of a vault.
fn points(ctx: &Ctx, vault: &str) -> Vec<Value> {
    let rows = ctx.store.rows(&ctx.regional(POINTS)).map(|(_, d)| d);
    rows.filter(|d| text(d, "BackupVaultName") == vault).cloned().collect()
}

fn render(ctx: &Ctx, doc: &Value) -> Value {
    let mut out = public(doc);
    set(&mut out, "NumberOfRecoveryPoints", points(ctx, text(doc, "BackupVaultName")).len());
    out
}

/// Source: `BackupVaultName` in the API reference.
fn check_name(name: &str) -> Result<(), AwsError> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    match (2..=50).contains(&name.len()) && name.chars().all(allowed) {
        true => Ok(()),
        false => Err(bad(format!("The backup vault name {name:?} is not valid: 2 to 50 letters, digits and -_"))),
    }
}

fn create(ctx: &mut Ctx, input: &Input) -> Answer {
    let name = input.str("BackupVaultName")?.to_owned();
    input.accept(&["CreatorRequestId"]);
    check_name(&name)?;
    let tags = tags::read(input, "BackupVaultTags")?;
    let table = ctx.regional(TABLE);
    if ctx.store.get(&table, &name).is_some() {
        return Err(error("AlreadyExistsException", format!("Backup vault with the same name already exists: {name}")));
    }
    let key = match input.filled("EncryptionKeyArn")? {
        Some(given) => crate::kms::usable_arn(ctx, given).map_err(|e| bad(e.message))?,
        None => crate::kms::managed_arn(ctx, "backup"),
    };
    let doc = json!({
        "BackupVaultName": name,
        "BackupVaultArn": ctx.arn("backup", &format!("backup-vault:{name}")),
        "VaultType": "BACKUP_VAULT",
        "CreationDate": ctx.timestamp(),
        "EncryptionKeyArn": key,
        "CreatorRequestId": ctx.new_uuid("backup-vault"),
        "Locked": false,
        "_tags": tags,
    });
    ctx.store.put(&table, &name, doc.clone());
    Ok(json!({
        "BackupVaultName": name, "BackupVaultArn": doc["BackupVaultArn"], "CreationDate": doc["CreationDate"],
    }))
}

fn describe(ctx: &mut Ctx, input: &Input) -> Answer {
    input.refuse(&["BackupVaultAccountId"])?;
    // AWS does not tell a vault that is not there from one that the caller may not see.
    let found = get(ctx, input.str("BackupVaultName")?)
        .map_err(|_| error("AccessDeniedException", "Insufficient privileges to perform this action.").status(403))?;
    Ok(render(ctx, &found))
}

fn list(ctx: &mut Ctx, input: &Input) -> Answer {
    input.refuse(&["ByShared"])?;
    let kind = input.filled("ByVaultType")?;
    let rows = ctx.store.rows(&ctx.regional(TABLE)).map(|(_, d)| d);
    let all = rows.filter(|d| kind.is_none_or(|k| text(d, "VaultType") == k)).map(|d| render(ctx, d)).collect();
    paged(input, "BackupVaultList", all)
}

fn delete(ctx: &mut Ctx, input: &Input) -> Answer {
    let name = input.str("BackupVaultName")?;
    get(ctx, name)?;
    let held = points(ctx, name).len();
    if held > 0 {
        let message = format!("Backup vault cannot be deleted (contains {held} recovery points)");
        return Err(error("InvalidRequestException", message));
    }
    let table = ctx.regional(TABLE);
    ctx.store.remove(&table, name);
    Ok(json!({}))
}

fn list_points(ctx: &mut Ctx, input: &Input) -> Answer {
    input.refuse(&[
        "BackupVaultAccountId",
        "ByCreatedBefore",
        "ByCreatedAfter",
        "ByParentRecoveryPointArn",
        "ByBackupPlanId",
    ])?;
    let name = input.str("BackupVaultName")?;
    get(ctx, name)?;
    let (resource, kind) = (input.filled("ByResourceArn")?, input.filled("ByResourceType")?);
    let all: Vec<Value> = points(ctx, name)
        .iter()
        .filter(|d| resource.is_none_or(|r| text(d, "ResourceArn") == r))
        .filter(|d| kind.is_none_or(|k| text(d, "ResourceType") == k))
        .map(public)
        .collect();
    paged(input, "RecoveryPoints", all)
}

fn point(ctx: &Ctx, input: &Input) -> Result<Value, AwsError> {
    let (vault, arn) = (input.str("BackupVaultName")?, input.str("RecoveryPointArn")?);
    get(ctx, vault)?;
    let found = ctx.store.get(&ctx.regional(POINTS), arn).filter(|d| text(d, "BackupVaultName") == vault);
    found.cloned().ok_or_else(|| not_found(format!("Cannot find recovery point {arn}.")))
}

fn describe_point(ctx: &mut Ctx, input: &Input) -> Answer {
    input.refuse(&["BackupVaultAccountId"])?;
    let doc = point(ctx, input)?;
    ctx.pending = text(&doc, "Status") == "DELETING";
    Ok(public(&doc))
}

fn delete_point(ctx: &mut Ctx, input: &Input) -> Answer {
    let mut doc = point(ctx, input)?;
    let (table, arn) = (ctx.regional(POINTS), text(&doc, "RecoveryPointArn").to_owned());
    set(&mut doc, "Status", "DELETING");
    ctx.store.put(&table, &arn, doc);
    ctx.after(10, "backup-point-deleted", &arn);
    Ok(json!({}))
}

/// A recovery point is gone.
pub(super) fn point_deleted(ctx: &mut Ctx, arn: &str) {
    let table = ctx.regional(POINTS);
    ctx.store.remove(&table, arn);
}
