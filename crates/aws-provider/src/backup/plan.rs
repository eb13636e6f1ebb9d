//! `aws_backup_plan` (<https://registry.terraform.io/providers/hashicorp/aws/5.100.0/docs/resources/backup_plan>).

use serde_json::{Map, Value as Json, json};

use crate::cx::Cx;
use crate::decl::*;
use crate::doc;
use crate::fail::Fail;
use crate::work::Work;

const ADVANCED: Kind = Kind::Object(&[
    map("backup_options", &Kind::String).required(),
    string("resource_type").required().check(&[Check::OneOf(&["EC2"])]),
]);

const LIFECYCLE: Kind = Kind::Object(&[
    int("cold_storage_after").api("MoveToColdStorageAfterDays").zero(),
    int("delete_after").api("DeleteAfterDays").zero(),
    boolean("opt_in_to_archive_for_supported_resources").optional_computed().zero(),
]);

const COPY: Kind = Kind::Object(&[
    string("destination_vault_arn").required().api("DestinationBackupVaultArn").check(&[Check::Arn]),
    block("lifecycle", &LIFECYCLE),
]);

const RULE: Kind = Kind::Object(&[
    int("completion_window").default_int(180).api("CompletionWindowMinutes").zero(),
    block_set("copy_action", &COPY).api("CopyActions"),
    boolean("enable_continuous_backup").default_bool(false).zero(),
    block("lifecycle", &LIFECYCLE),
    map("recovery_point_tags", &Kind::String).zero(),
    string("rule_name").required().check(&[Check::By(super::check_name)]),
    string("schedule").api("ScheduleExpression").zero(),
    string("schedule_expression_timezone").default_str("Etc/UTC").zero(),
    int("start_window").default_int(60).api("StartWindowMinutes").zero(),
    string("target_vault_name").required().api("TargetBackupVaultName").check(&[Check::By(super::check_vault)]),
]);

/// `aws_backup_plan`.
pub static PLAN: Resource = resource("aws_backup_plan", &super::BACKUP)
    .version(1)
    .id("BackupPlanId")
    .attrs(&[
        block_set("advanced_backup_setting", &ADVANCED)
            .from("AdvancedBackupSettings")
            .to("BackupPlan.AdvancedBackupSettings"),
        string("arn").computed().from("BackupPlanArn"),
        string("name").required().replaces().api("BackupPlan.BackupPlanName"),
        block_set("rule", &RULE).required().api("BackupPlan.Rules"),
        string("version").computed().from("VersionId"),
    ])
    .tagged(super::tags("BackupPlanTags"))
    .create("CreateBackupPlan", "")
    .key(&[("BackupPlanId", "id")])
    .read(Read::One { op: "GetBackupPlan", item: "" })
    .updates(&[update_with(change, &["advanced_backup_setting", "rule"])])
    .delete_with(delete)
    .gone(&["ResourceNotFoundException"]);

/// A change is a new version of the whole document.
fn change<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let mut input = Map::new();
        doc::input(work.resource.attrs, &work.state, &mut input);
        input.insert("BackupPlanId".into(), json!(work.state.id()));
        cx.call("backup", "UpdateBackupPlan", Json::Object(input)).await?;
        Ok(())
    })
}

/// Selections that were just deleted may still count.
fn delete<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let input = json!({"BackupPlanId": work.prior.id()});
        let limit = std::time::Duration::from_secs(120);
        match cx.retry("backup", "DeleteBackupPlan", input, limit, &["InvalidRequestException"]).await {
            Err(e) if e.says(&["InvalidRequestException"], "selections") => Err(Fail::new(
                "Backup plan is in use",
                format!(
                    "The plan {} still has selections, which say what is backed up by it. Delete them first; those that \
                     are not in this configuration can be found with:\n\n    aws backup list-backup-selections \
                     --backup-plan-id {}",
                    work.prior.text("name"),
                    work.prior.id()
                ),
            )),
            other => other.map(|_| ()),
        }
    })
}
