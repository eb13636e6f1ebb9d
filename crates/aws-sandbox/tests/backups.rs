//! AWS Backup and IAM Roles Anywhere.

#![allow(clippy::unwrap_used)]

mod common;

use common::Aws;
use serde_json::{Value, json};

const ROLE: &str = "arn:aws:iam::123456789012:role/backup";

fn plan(rule: Value) -> Value {
    let mut whole = json!({"RuleName": "daily", "TargetBackupVaultName": "vault"});
    for (k, v) in rule.as_object().unwrap() {
        whole[k] = v.clone();
    }
    json!({"BackupPlan": {"BackupPlanName": "plan", "Rules": [whole]}})
}

#[test]
fn a_vault_is_deleted_empty_only() {
    let aws = Aws::new("backup");
    let named = json!({"BackupVaultName": "vault"});
    assert_eq!(aws.refused("DescribeBackupVault", named.clone()), "AccessDeniedException");
    assert_eq!(aws.refused("CreateBackupVault", json!({"BackupVaultName": "a b"})), "InvalidParameterValueException");
    let key = json!({"BackupVaultName": "vault", "EncryptionKeyArn": "arn:aws:kms:eu-west-1:123456789012:key/none"});
    assert_eq!(aws.refused("CreateBackupVault", key), "InvalidParameterValueException");
    aws.call("CreateBackupVault", json!({"BackupVaultName": "vault", "BackupVaultTags": {"A": "1"}}));
    assert_eq!(aws.refused("CreateBackupVault", named.clone()), "AlreadyExistsException");

    let system = aws.of("efs").make("CreateFileSystem", json!({"CreationToken": "t"}), "/FileSystemArn");
    let job = json!({"BackupVaultName": "vault", "ResourceArn": system, "IamRoleArn": ROLE});
    let missing = system.replace("fs-", "fs-f");
    let none = json!({"BackupVaultName": "vault", "ResourceArn": missing, "IamRoleArn": ROLE});
    assert_eq!(aws.refused("StartBackupJob", none), "InvalidParameterValueException");
    let id = aws.make("StartBackupJob", job, "/BackupJobId");
    while aws.call("DescribeBackupJob", json!({"BackupJobId": id}))["State"] == "RUNNING" {}
    assert_eq!(aws.call("DescribeBackupVault", named.clone())["NumberOfRecoveryPoints"], 1);
    assert_eq!(aws.refused("DeleteBackupVault", named.clone()), "InvalidRequestException");
    let point = aws.make("ListRecoveryPointsByBackupVault", named.clone(), "/RecoveryPoints/0/RecoveryPointArn");
    let of = json!({"BackupVaultName": "vault", "RecoveryPointArn": point});
    aws.call("DeleteRecoveryPoint", of.clone());
    while aws.try_call("DescribeRecoveryPoint", of.clone()).is_ok() {}
    aws.call("DeleteBackupVault", named);
    let left: Vec<String> = aws.sandbox.summary().unwrap().into_iter().map(|(kind, _)| kind).collect();
    assert_eq!(left, ["file-system"]);
}

#[test]
fn a_plan_is_checked_and_keeps_its_versions() {
    let aws = Aws::new("backup");
    let refused =
        |rule: Value| assert_eq!(aws.refused("CreateBackupPlan", plan(rule)), "InvalidParameterValueException");
    refused(json!({}));
    aws.call("CreateBackupVault", json!({"BackupVaultName": "vault"}));
    refused(json!({"StartWindowMinutes": 30}));
    refused(json!({"StartWindowMinutes": 60, "CompletionWindowMinutes": 90}));
    refused(json!({"ScheduleExpression": "daily"}));
    refused(json!({"Lifecycle": {"MoveToColdStorageAfterDays": 30, "DeleteAfterDays": 60}}));
    refused(json!({"EnableContinuousBackup": true}));
    let id = aws.make("CreateBackupPlan", plan(json!({})), "/BackupPlanId");
    assert_eq!(aws.refused("CreateBackupPlan", plan(json!({}))), "AlreadyExistsException");
    let named = json!({"BackupPlanId": id});
    let first = aws.call("GetBackupPlan", named.clone());
    assert_eq!(first["BackupPlan"]["Rules"][0]["CompletionWindowMinutes"], 10_080);
    let mut change = plan(json!({"RuleName": "hourly"}));
    change["BackupPlanId"] = json!(id);
    aws.call("UpdateBackupPlan", change);
    let old = json!({"BackupPlanId": id, "VersionId": first["VersionId"]});
    assert_eq!(aws.call("GetBackupPlan", old)["BackupPlan"]["Rules"][0]["RuleName"], "daily");
    assert_eq!(aws.call("GetBackupPlan", named.clone())["BackupPlan"]["Rules"][0]["RuleName"], "hourly");
    let versions = aws.call("ListBackupPlanVersions", named.clone());
    assert_eq!(versions["BackupPlanVersionsList"].as_array().unwrap().len(), 2);

    let of = |name: &str| json!({"BackupPlanId": id, "BackupSelection": {"SelectionName": name, "IamRoleArn": ROLE, "Resources": ["*"]}});
    let selection = aws.make("CreateBackupSelection", of("all"), "/SelectionId");
    assert_eq!(aws.refused("CreateBackupSelection", of("all")), "AlreadyExistsException");
    assert_eq!(aws.refused("DeleteBackupPlan", named.clone()), "InvalidRequestException");
    let other = json!({"BackupPlanId": "none", "SelectionId": selection});
    assert_eq!(aws.refused("GetBackupSelection", other), "InvalidParameterValueException");
    aws.call("DeleteBackupSelection", json!({"BackupPlanId": id, "SelectionId": selection}));
    aws.call("DeleteBackupPlan", named.clone());
    assert_eq!(aws.refused("GetBackupPlan", named), "ResourceNotFoundException");
}

#[test]
fn only_authorities_are_trusted() {
    let aws = Aws::new("rolesanywhere");
    let of = |kind: &str, data: Value| json!({"name": "a", "source": {"sourceType": kind, "sourceData": data}});
    let refused =
        |kind: &str, data: Value| assert_eq!(aws.refused("CreateTrustAnchor", of(kind, data)), "ValidationException");
    refused("CERTIFICATE_BUNDLE", json!({"x509CertificateData": "none"}));
    refused("AWS_ACM_PCA", json!({"x509CertificateData": "none"}));
    refused("AWS_ACM_PCA", json!({"acmPcaArn": "arn:aws:s3:::bucket"}));
    // A certificate that is nobody's authority.
    let leaf = "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n";
    refused("CERTIFICATE_BUNDLE", json!({"x509CertificateData": leaf}));
    let private = json!({"acmPcaArn": "arn:aws:acm-pca:eu-west-1:123456789012:certificate-authority/1"});
    let id = aws.make("CreateTrustAnchor", of("AWS_ACM_PCA", private), "/trustAnchor/trustAnchorId");
    let setting = json!({"event": "CA_CERTIFICATE_EXPIRY", "enabled": false, "threshold": 10});
    let put = json!({"trustAnchorId": id, "notificationSettings": [setting]});
    let told = aws.call("PutNotificationSettings", put)["trustAnchor"]["notificationSettings"].clone();
    assert_eq!((&told[0]["configuredBy"], &told[0]["threshold"]), (&json!("123456789012"), &json!(10)));
    let reset = json!({"trustAnchorId": id, "notificationSettingKeys": [{"event": "CA_CERTIFICATE_EXPIRY"}]});
    let told = aws.call("ResetNotificationSettings", reset)["trustAnchor"]["notificationSettings"].clone();
    assert_eq!(told[0]["configuredBy"], "rolesanywhere.amazonaws.com");
    let profile = json!({"name": "p", "roleArns": [], "durationSeconds": 60});
    assert_eq!(aws.refused("CreateProfile", profile), "ValidationException");
}
