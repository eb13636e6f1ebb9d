//! `aws_backup_vault` (<https://registry.terraform.io/providers/hashicorp/aws/5.100.0/docs/resources/backup_vault>).

use serde_json::json;

use crate::cx::{Cx, Seen};
use crate::decl::*;
use crate::doc;
use crate::fail::Fail;
use crate::obj::Obj;
use crate::work::Work;

/// All vaults of a region.
static VAULTS: Sweep =
    Sweep { service: "backup", op: "ListBackupVaults", items: "BackupVaultList", key: "BackupVaultName" };

/// `aws_backup_vault`.
pub static VAULT: Resource = resource("aws_backup_vault", &super::BACKUP)
    .id("BackupVaultName")
    .attrs(&[
        string("arn").computed().from("BackupVaultArn"),
        boolean("force_destroy").default_bool(false).local(),
        string("kms_key_arn").optional_computed().replaces().api("EncryptionKeyArn").check(&[Check::Arn]),
        string("name").required().replaces().api("BackupVaultName").check(&[Check::By(super::check_vault)]),
        int("recovery_points").computed().from("NumberOfRecoveryPoints").zero(),
    ])
    .tagged(super::tags("BackupVaultTags"))
    .timeouts(&[("delete", 600)])
    .create("CreateBackupVault", "")
    .key(&[("BackupVaultName", "id")])
    .read(Read::Sweep(&VAULTS))
    .updates(&[update_state(&["force_destroy"])])
    .delete_with(delete)
    .gone(&["ResourceNotFoundException"])
    .imports(import);

/// Removes everything in a vault, all at the same time.
async fn empty(cx: &Cx, work: &Work, vault: &str) -> Result<(), Fail> {
    let input = json!({"BackupVaultName": vault});
    let found = cx.list("backup", "ListRecoveryPointsByBackupVault", "RecoveryPoints", input).await?;
    let points: Vec<String> = found.iter().map(|p| doc::text(p, "RecoveryPointArn")).collect();
    let each = points.iter().map(|arn| async move {
        let input = json!({"BackupVaultName": vault, "RecoveryPointArn": arn});
        cx.call("backup", "DeleteRecoveryPoint", input.clone()).await?;
        let what = format!("the recovery point {arn}");
        cx.wait(&what, work.limit, &["DELETING"], &[], || {
            let input = input.clone();
            Box::pin(async move {
                match cx.call("backup", "DescribeRecoveryPoint", input).await {
                    Ok(answer) => Ok(Some(Seen {
                        state: doc::text(&answer, "Status"),
                        reason: doc::text(&answer, "StatusMessage"),
                        ..Seen::default()
                    })),
                    Err(e) if e.is(VAULT.gone) => Ok(None),
                    Err(e) => Err(e),
                }
            })
        })
        .await?;
        Ok::<_, Fail>(())
    });
    futures_util::future::try_join_all(each).await?;
    Ok(())
}

fn delete<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let vault = work.prior.id().to_owned();
        if work.prior.bool("force_destroy") {
            empty(cx, work, &vault).await?;
        }
        match cx.call("backup", "DeleteBackupVault", json!({"BackupVaultName": vault})).await {
            Err(e) if e.says(&["InvalidRequestException"], "recovery points") && !work.prior.bool("force_destroy") => {
                Err(Fail::new(
                    "Backup vault is not empty",
                    format!(
                        "The vault {vault:?} holds recovery points, and AWS deletes empty vaults only. Remove them, or set \
                         force_destroy = true and apply that first: then all backups in it are deleted."
                    ),
                ))
            }
            other => other.map(|_| ()),
        }
    })
}

fn import<'a>(_: &'a Cx, _: &'a str, obj: &'a mut Obj) -> Fut<'a, ()> {
    Box::pin(async move {
        // AWS knows nothing of it.
        obj.set("force_destroy", false);
        Ok(())
    })
}
