//! Lives of backup vaults, plans and selections, on the sandbox.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout)]

mod common;

use common::{World, but};
use serde_json::{Value as Json, json};

const ROLE: &str = "arn:aws:iam::123456789012:role/backup";

fn rule(name: &str, other: Json) -> Json {
    but(&json!({"rule_name": name, "target_vault_name": "vault", "lifecycle": [], "copy_action": []}), other)
}

#[tokio::test]
async fn a_vault_lives() {
    let w = World::new().await;
    let given = json!({"name": "vault", "tags": {"Name": "a"}});
    let vault = w.create("aws_backup_vault", given.clone()).await;
    assert_eq!(vault.str("arn"), "arn:aws:backup:eu-west-1:123456789012:backup-vault:vault");
    assert!(vault.str("kms_key_arn").starts_with("arn:aws:kms:"));
    let given = but(&given, json!({"tags": {"Own": "b"}}));
    let vault = w.apply("aws_backup_vault", Some(&vault), &given).await;
    assert_eq!(vault.json()["tags_all"], json!({"Env": "test", "Own": "b"}));
    w.imported("aws_backup_vault", "vault", &given).await;
    let plan = w.plan("aws_backup_vault", Some(&vault), &but(&given, json!({"name": "other"}))).await;
    assert_eq!(plan.requires_replace.len(), 1);
    let key = w.create("aws_kms_key", json!({})).await;
    let second = json!({"name": "second", "kms_key_arn": key.str("arn")});
    let second = w.create("aws_backup_vault", second).await;
    let asked = w.read_all(&[vault.clone(), second.clone()]).await;
    assert_eq!(asked.iter().filter(|o| *o == "backup.ListBackupVaults").count(), 1);
    let (_, found) = w.try_apply("aws_backup_vault", None, &given).await;
    assert!(found.0[0].detail.contains("already exists"), "{found:?}");
    for made in [&vault, &second] {
        w.delete(made).await;
        assert!(w.read(made).await.is_none());
    }
}

#[tokio::test]
async fn a_vault_goes_with_its_backups_when_that_is_asked_for() {
    let w = World::new().await;
    let vault = w.create("aws_backup_vault", json!({"name": "vault"})).await;
    let system = w.create("aws_efs_file_system", json!({})).await;
    for _ in 0..2 {
        let input = json!({"BackupVaultName": "vault", "ResourceArn": system.str("arn"), "IamRoleArn": ROLE});
        let job = w.aws("backup", "StartBackupJob", input).await;
        let named = json!({"BackupJobId": job["BackupJobId"]});
        while w.aws("backup", "DescribeBackupJob", named.clone()).await["State"] != "COMPLETED" {}
    }
    let vault = w.read(&vault).await.unwrap();
    assert_eq!(vault.json()["recovery_points"], json!(2));
    let found = w.try_delete(&vault).await;
    assert!(found.0[0].detail.contains("force_destroy"), "{found:?}");
    let given = json!({"name": "vault", "force_destroy": true});
    let vault = w.apply("aws_backup_vault", Some(&vault), &given).await;
    w.delete(&vault).await;
    assert!(w.read(&vault).await.is_none());
}

#[tokio::test]
async fn a_plan_lives() {
    let w = World::new().await;
    w.create("aws_backup_vault", json!({"name": "vault"})).await;
    let given = json!({"name": "plan", "rule": [rule("daily", json!({"schedule": "cron(0 12 * * ? *)"}))]});
    let plan = w.create("aws_backup_plan", given.clone()).await;
    let state = plan.json();
    let made = &state["rule"][0];
    assert_eq!((&made["completion_window"], &made["start_window"]), (&json!(180), &json!(60)));
    assert_eq!(made["schedule_expression_timezone"], json!("Etc/UTC"));
    assert_eq!(plan.str("arn"), format!("arn:aws:backup:eu-west-1:123456789012:backup-plan:{}", plan.id()));

    let archive = json!([{"cold_storage_after": 30, "delete_after": 180}]);
    let to = "arn:aws:backup:eu-central-1:123456789012:backup-vault:far";
    let given = but(
        &given,
        json!({
            "rule": [
                rule("daily", json!({
                    "schedule": "cron(0 5 ? * * *)", "schedule_expression_timezone": "Europe/Berlin", "start_window": 90,
                    "completion_window": 240, "lifecycle": archive, "recovery_point_tags": {"A": "1"},
                    "copy_action": [{"destination_vault_arn": to, "lifecycle": archive}],
                })),
                rule("continuous", json!({"enable_continuous_backup": true, "lifecycle": [{"delete_after": 14}]})),
            ],
            "advanced_backup_setting": [{"resource_type": "EC2", "backup_options": {"WindowsVSS": "enabled"}}],
            "tags": {"Name": "p"},
        }),
    );
    let changed = w.apply("aws_backup_plan", Some(&plan), &given).await;
    assert_ne!(changed.str("version"), plan.str("version"));
    let got = w.aws("backup", "GetBackupPlan", json!({"BackupPlanId": plan.id()})).await;
    assert_eq!(got["AdvancedBackupSettings"][0]["BackupOptions"]["WindowsVSS"], json!("enabled"));
    w.imported("aws_backup_plan", &plan.id(), &given).await;
    let named = w.plan("aws_backup_plan", Some(&changed), &but(&given, json!({"name": "other"}))).await;
    assert_eq!(named.requires_replace.len(), 1);

    // A change of one rule is a change of that rule alone.
    let given = but(&given, json!({"advanced_backup_setting": [], "rule": [given["rule"][0]]}));
    let changed = w.apply("aws_backup_plan", Some(&changed), &given).await;
    let got = w.aws("backup", "GetBackupPlan", json!({"BackupPlanId": plan.id()})).await;
    assert_eq!((&got["AdvancedBackupSettings"], got["BackupPlan"]["Rules"].as_array().unwrap().len()), (&json!([]), 1));
    w.delete(&changed).await;
    assert!(w.read(&changed).await.is_none());
}

#[tokio::test]
async fn a_selection_lives() {
    let w = World::new().await;
    w.create("aws_backup_vault", json!({"name": "vault"})).await;
    let plan = w.create("aws_backup_plan", json!({"name": "plan", "rule": [rule("daily", json!({}))]})).await;
    let given = json!({
        "plan_id": plan.id(), "name": "tagged", "iam_role_arn": ROLE,
        "selection_tag": [{"type": "STRINGEQUALS", "key": "Backup", "value": "yes"}],
    });
    let selection = w.create("aws_backup_selection", given.clone()).await;
    assert_eq!(selection.json()["condition"][0]["string_equals"], json!([]));
    let id = format!("{}|{}", plan.id(), selection.id());
    w.imported("aws_backup_selection", &id, &given).await;
    let replaced = w.plan("aws_backup_selection", Some(&selection), &but(&given, json!({"resources": ["*"]}))).await;
    assert_eq!(replaced.requires_replace.len(), 1);

    let none: Json = json!([]);
    let pair = |key: &str, value: &str| json!([{"key": format!("aws:ResourceTag/{key}"), "value": value}]);
    let condition = |kind: &str, pairs: Json| {
        let all =
            json!({"string_equals": none, "string_like": none, "string_not_equals": none, "string_not_like": none});
        but(&all, json!({kind: pairs}))
    };
    let other = json!({
        "plan_id": plan.id(), "name": "all", "iam_role_arn": ROLE, "resources": ["arn:aws:ec2:*:*:volume/*"],
        "not_resources": ["arn:aws:ec2:*:*:volume/vol-0123456789abcdef0"],
        "condition": [condition("string_equals", pair("Env", "production")), condition("string_not_like", pair("Own", "x*"))],
    });
    let second = w.create("aws_backup_selection", other).await;
    let named = json!({"BackupPlanId": plan.id(), "SelectionId": second.id()});
    let got = w.aws("backup", "GetBackupSelection", named).await;
    assert_eq!(got["BackupSelection"]["Conditions"]["StringNotLike"][0]["ConditionValue"], json!("x*"));
    assert_eq!(got["BackupSelection"]["Conditions"]["StringEquals"][0]["ConditionKey"], json!("aws:ResourceTag/Env"));
    assert!(w.provider.import("aws_backup_selection", "only-one").await.is_err());

    let found = w.try_delete(&plan).await;
    assert!(found.0[0].detail.contains("still has selections"), "{found:?}");
    for made in [&selection, &second] {
        w.delete(made).await;
        assert!(w.read(made).await.is_none());
    }
    w.delete(&plan).await;
    assert!(w.read(&second).await.is_none(), "without its plan there is no selection");
}
