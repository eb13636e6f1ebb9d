//! Plans: when what a selection names is backed up, and where to.

use serde_json::{Value, json};

use super::{bad, check_name, error, not_found, paged, selection, tags, vault};
use crate::context::Ctx;
use crate::document::{items, public, set, set_some, text};
use crate::error::{Answer, AwsError};
use crate::input::Input;
use crate::sandbox::Operations;

pub(crate) const OPERATIONS: Operations = &[
    ("CreateBackupPlan", create),
    ("GetBackupPlan", read),
    ("UpdateBackupPlan", update),
    ("ListBackupPlans", list),
    ("ListBackupPlanVersions", list_versions),
    ("DeleteBackupPlan", delete),
];

pub(super) const TABLE: &str = "backup-plan";

/// The plan with an id.
pub(super) fn get(ctx: &Ctx, id: &str) -> Result<Value, AwsError> {
    let found = ctx.store.get(&ctx.regional(TABLE), id).cloned();
    found.ok_or_else(|| not_found(format!("Failed reading Backup plan with provided ID {id}")))
}

/// How long a recovery point is kept. Source: `Lifecycle`: what was moved to cold storage stays there for 90 days.
fn lifecycle(input: Option<Input>) -> Result<Option<Value>, AwsError> {
    let Some(input) = input else { return Ok(None) };
    input.refuse(&["DeleteAfterEvent"])?;
    let (cold, delete) = (input.opt_int("MoveToColdStorageAfterDays")?, input.opt_int("DeleteAfterDays")?);
    let archive = input.opt_bool("OptInToArchiveForSupportedResources")?;
    if let (Some(cold), Some(delete)) = (cold, delete)
        && delete < cold + 90
    {
        return Err(bad(
            "Invalid lifecycle. DeleteAfterDays cannot be less than 90 days apart from MoveToColdStorageAfterDays",
        ));
    }
    let mut out = json!({});
    set_some(&mut out, "MoveToColdStorageAfterDays", cold);
    set_some(&mut out, "DeleteAfterDays", delete);
    set_some(&mut out, "OptInToArchiveForSupportedResources", archive);
    Ok(Some(out))
}

fn copies(rule: &Input) -> Result<Vec<Value>, AwsError> {
    let mut all = Vec::new();
    for c in rule.structures("CopyActions")? {
        let to = c.str("DestinationBackupVaultArn")?;
        if !to.starts_with("arn:aws:backup:") || !to.contains(":backup-vault:") {
            return Err(bad(format!("Invalid destination backup vault ARN: {to}")));
        }
        let mut copy = json!({"DestinationBackupVaultArn": to});
        set_some(&mut copy, "Lifecycle", lifecycle(c.opt_structure("Lifecycle"))?);
        all.push(copy);
    }
    Ok(all)
}

fn rule(ctx: &mut Ctx, input: &Input) -> Result<Value, AwsError> {
    input.refuse(&["TargetLogicallyAirGappedBackupVaultArn", "IndexActions", "ScanActions"])?;
    let name = input.str("RuleName")?;
    check_name("rule name", name)?;
    let target = input.str("TargetBackupVaultName")?;
    vault::get(ctx, target).map_err(|_| bad(format!("Invalid backup vault: {target} does not exist.")))?;
    // Source: CreateBackupPlan: the defaults of `BackupRuleInput`, 8 hours and 7 days.
    let start = input.opt_int("StartWindowMinutes")?.unwrap_or(480);
    let complete = input.opt_int("CompletionWindowMinutes")?.unwrap_or(10_080);
    if start < 60 {
        return Err(bad("Invalid StartWindowMinutes: it must be at least 60 minutes"));
    }
    if complete < start + 60 {
        return Err(bad(
            "Invalid CompletionWindowMinutes: it must be at least 60 minutes greater than StartWindowMinutes",
        ));
    }
    let schedule = input.filled("ScheduleExpression")?;
    if let Some(s) = schedule
        && !((s.starts_with("cron(") || s.starts_with("rate(")) && s.ends_with(')'))
    {
        return Err(bad(format!("Invalid schedule expression: {s}")));
    }
    let keep = lifecycle(input.opt_structure("Lifecycle"))?;
    let continuous = input.flag("EnableContinuousBackup")?;
    let days = keep.as_ref().and_then(|k| k["DeleteAfterDays"].as_i64());
    // Source: "Continuous backups and point-in-time recovery": kept for 1 to 35 days, never in cold storage.
    if continuous && !days.is_some_and(|d| (1..=35).contains(&d)) {
        return Err(bad("Invalid lifecycle. EnableContinuousBackup needs DeleteAfterDays between 1 and 35"));
    }
    let mut doc = json!({
        "RuleName": name,
        "TargetBackupVaultName": target,
        "StartWindowMinutes": start,
        "CompletionWindowMinutes": complete,
        "RuleId": ctx.new_uuid("backup-rule"),
        "EnableContinuousBackup": continuous,
        "ScheduleExpressionTimezone": input.filled("ScheduleExpressionTimezone")?.unwrap_or("Etc/UTC"),
        "CopyActions": copies(input)?,
        "RecoveryPointTags": tags::read(input, "RecoveryPointTags")?,
    });
    set_some(&mut doc, "ScheduleExpression", schedule);
    set_some(&mut doc, "Lifecycle", keep);
    Ok(doc)
}

/// The document of a request, checked: the plan and its advanced settings.
fn document(ctx: &mut Ctx, input: &Input) -> Result<(Value, Vec<Value>), AwsError> {
    let given = input.structure("BackupPlan")?;
    given.refuse(&["ScanSettings"])?;
    let name = given.str("BackupPlanName")?;
    check_name("plan name", name)?;
    let mut rules: Vec<Value> = Vec::new();
    for r in given.structures("Rules")? {
        let new = rule(ctx, &r)?;
        if rules.iter().any(|have| have["RuleName"] == new["RuleName"]) {
            return Err(bad(format!("Duplicate rule name: {}", text(&new, "RuleName"))));
        }
        rules.push(new);
    }
    if rules.is_empty() {
        return Err(bad("A backup plan must have at least one rule"));
    }
    let mut settings = Vec::new();
    for s in given.structures("AdvancedBackupSettings")? {
        if s.str("ResourceType")? != "EC2" {
            return Err(bad("Advanced backup settings are for the resource type EC2 only"));
        }
        settings.push(
            json!({"ResourceType": "EC2", "BackupOptions": s.raw("BackupOptions").cloned().unwrap_or(json!({}))}),
        );
    }
    Ok((json!({"BackupPlanName": name, "Rules": rules}), settings))
}

/// A plan's document without what AWS adds to it, to tell whether two are the same.
fn bare(plan: &Value) -> Value {
    let mut out = plan.clone();
    if let Some(rules) = crate::document::items_mut(&mut out, "Rules") {
        for r in rules {
            crate::document::unset(r, "RuleId");
        }
    }
    out
}

fn summary(doc: &Value) -> Value {
    let mut out = json!({});
    for member in ["BackupPlanId", "BackupPlanArn", "CreationDate", "VersionId", "AdvancedBackupSettings"] {
        set_some(&mut out, member, doc.get(member).cloned());
    }
    out
}

/// Puts a version on top of those that were.
fn put(ctx: &mut Ctx, mut doc: Value, plan: Value, settings: Vec<Value>) -> Value {
    let version = ctx.new_uuid("backup-plan-version");
    set(&mut doc, "VersionId", version);
    set(&mut doc, "BackupPlan", plan);
    set(&mut doc, "AdvancedBackupSettings", settings);
    let mut versions = items(&doc, "_versions").to_vec();
    versions.push(public(&doc));
    set(&mut doc, "_versions", versions);
    let (table, id) = (ctx.regional(TABLE), text(&doc, "BackupPlanId").to_owned());
    ctx.store.put(&table, &id, doc.clone());
    summary(&doc)
}

fn create(ctx: &mut Ctx, input: &Input) -> Answer {
    input.accept(&["CreatorRequestId"]);
    let (plan, settings) = document(ctx, input)?;
    let tags = tags::read(input, "BackupPlanTags")?;
    let wanted = bare(&plan);
    if ctx.store.rows(&ctx.regional(TABLE)).any(|(_, d)| bare(&d["BackupPlan"]) == wanted) {
        return Err(error("AlreadyExistsException", "Backup plan with the same plan document already exists"));
    }
    let id = ctx.new_uuid("backup-plan");
    let doc = json!({
        "BackupPlanId": id,
        "BackupPlanArn": ctx.arn("backup", &format!("backup-plan:{id}")),
        "CreationDate": ctx.timestamp(),
        "CreatorRequestId": ctx.new_uuid("backup-request"),
        "_tags": tags,
    });
    Ok(put(ctx, doc, plan, settings))
}

fn read(ctx: &mut Ctx, input: &Input) -> Answer {
    input.refuse(&["MaxScheduledRunsPreview"])?;
    let doc = get(ctx, input.str("BackupPlanId")?)?;
    match input.filled("VersionId")? {
        None => Ok(public(&doc)),
        Some(version) => {
            let found = items(&doc, "_versions").iter().find(|v| text(v, "VersionId") == version).map(public);
            found.ok_or_else(|| not_found("Failed reading Backup plan with provided version"))
        }
    }
}

fn update(ctx: &mut Ctx, input: &Input) -> Answer {
    let doc = get(ctx, input.str("BackupPlanId")?)?;
    let (plan, settings) = document(ctx, input)?;
    Ok(put(ctx, doc, plan, settings))
}

fn member(doc: &Value) -> Value {
    let mut out = summary(doc);
    set(&mut out, "BackupPlanName", doc["BackupPlan"]["BackupPlanName"].clone());
    out
}

fn list(ctx: &mut Ctx, input: &Input) -> Answer {
    if input.flag("IncludeDeleted")? {
        return Err(AwsError::not_implemented("backup plans that are deleted"));
    }
    let all = ctx.store.rows(&ctx.regional(TABLE)).map(|(_, d)| member(d)).collect();
    paged(input, "BackupPlansList", all)
}

fn list_versions(ctx: &mut Ctx, input: &Input) -> Answer {
    let doc = get(ctx, input.str("BackupPlanId")?)?;
    let all = items(&doc, "_versions").iter().rev().map(member).collect();
    paged(input, "BackupPlanVersionsList", all)
}

fn delete(ctx: &mut Ctx, input: &Input) -> Answer {
    let doc = get(ctx, input.str("BackupPlanId")?)?;
    let id = text(&doc, "BackupPlanId").to_owned();
    if !selection::of(ctx, &id).is_empty() {
        let message = "Related backup plan selections must be deleted prior to backup plan deletion";
        return Err(error("InvalidRequestException", message));
    }
    let table = ctx.regional(TABLE);
    ctx.store.remove(&table, &id);
    Ok(json!({
        "BackupPlanId": id, "BackupPlanArn": doc["BackupPlanArn"], "DeletionDate": ctx.timestamp(),
        "VersionId": doc["VersionId"],
    }))
}
