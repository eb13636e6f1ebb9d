//! Key management.

use super::*;

const KEYS: [&str; 4] = ["kms/state", "kms/eks-secrets", "kms/efs", "kms/logs"];

#[test]
fn each_key_has_its_alias() {
    let base = base();
    for unit in KEYS {
        let alias = base.one("kms", "ListAliases", json!({"KeyId": base.output(unit, "key_id")}), "Aliases");
        assert!(alias["AliasName"].as_str().unwrap().contains(NAME), "{alias}");
    }
}

#[test]
fn key_rotation_is_yearly() {
    let base = base();
    for unit in KEYS {
        let rotation = base.aws("kms", "GetKeyRotationStatus", json!({"KeyId": base.output(unit, "key_id")}));
        assert_eq!((&rotation["KeyRotationEnabled"], &rotation["RotationPeriodInDays"]), (&json!(true), &json!(365)));
    }
}

#[test]
fn keys_are_enabled_and_not_about_to_be_deleted() {
    let base = base();
    for unit in KEYS {
        let key = base.aws("kms", "DescribeKey", json!({"KeyId": base.output(unit, "key_id")}))["KeyMetadata"].clone();
        assert_eq!((&key["KeyState"], &key["Origin"]), (&json!("Enabled"), &json!("AWS_KMS")));
        assert_eq!(key["KeyUsage"], "ENCRYPT_DECRYPT");
    }
}

#[test]
fn use_of_keys_is_recorded() {
    let selector = base().one("cloudtrail", "GetEventSelectors", json!({"TrailName": NAME}), "EventSelectors");
    assert_eq!((&selector["ReadWriteType"], &selector["IncludeManagementEvents"]), (&json!("All"), &json!(true)));
    // KMS can be left out of a trail.
    assert_eq!(selector["ExcludeManagementEventSources"], json!([]));
}

/// Whoever a policy lets use a key is a service, or the account under a condition that leaves one role or one service of it.
#[test]
fn keys_are_used_by_named_services_and_roles_alone() {
    let base = base();
    for unit in KEYS {
        for (sid, statement) in base.key_policy(unit) {
            let uses = words(&statement["Action"]).iter().any(|a| {
                a.contains('*') && a == "kms:*"
                    || ["Decrypt", "Encrypt", "GenerateDataKey", "ReEncrypt", "CreateGrant"]
                        .iter()
                        .any(|u| a.contains(u))
            });
            let condition = statement["Condition"].to_string();
            assert_eq!(statement["Effect"], "Allow");
            assert!(!uses || condition.len() > "null".len(), "{unit}: {sid} is for everybody: {statement:#}");
            assert_ne!(statement["Principal"], json!("*"), "{unit}: {sid}");
        }
    }
    let role = format!("arn:aws:iam::{ACCOUNT}:role/numinia-production-cluster");
    let secrets = base.key_policy("kms/eks-secrets");
    assert_eq!(secrets["ControlPlane"]["Condition"], json!({"ArnEquals": {"aws:PrincipalArn": role}}));
    assert_eq!(base.output("eks", "cluster_iam_role_arn"), json!(role));
    let files = base.key_policy("kms/efs");
    assert_eq!(
        files["FileSystems"]["Condition"]["StringEquals"]["kms:ViaService"],
        "elasticfilesystem.eu-west-1.amazonaws.com"
    );
    let logs = base.key_policy("kms/logs");
    assert_eq!(logs["CloudWatchLogs"]["Principal"], json!({"Service": "logs.eu-west-1.amazonaws.com"}));
    assert_eq!(logs["TrailEncrypts"]["Principal"], json!({"Service": "cloudtrail.amazonaws.com"}));
    assert_eq!(logs["TrailEncrypts"]["Condition"]["StringEquals"]["aws:SourceArn"], base.output("cloudtrail", "arn"));
    let states = base.key_policy("kms/state");
    assert_eq!(states["StateBucket"]["Condition"]["StringEquals"]["kms:ViaService"], "s3.eu-west-1.amazonaws.com");
}

#[test]
fn eks_secrets_are_opened_by_the_cluster_alone() {
    let base = base();
    let as_role = |name: &str| {
        let asked = json!({"RoleArn": format!("arn:aws:iam::{ACCOUNT}:role/{name}"), "RoleSessionName": "test"});
        let keys = base.aws("sts", "AssumeRole", asked)["Credentials"].clone();
        let access_key_id = keys["AccessKeyId"].as_str().unwrap().to_owned();
        Caller { access_key_id, ..Caller::in_region("eu-west-1") }
    };
    let (cluster, bastion) = (as_role("numinia-production-cluster"), as_role(BASTION_ROLE));
    let kms = |caller: &Caller, operation: &str, input: &Value| base.sandbox.call(caller, "kms", operation, input);
    let seal = json!({"KeyId": base.output("kms/eks-secrets", "key_id"), "Plaintext": "YSBzZWNyZXQ="});
    let sealed = kms(&cluster, "Encrypt", &seal).unwrap();
    let open = json!({"CiphertextBlob": sealed["CiphertextBlob"]});
    assert_eq!(kms(&cluster, "Decrypt", &open).unwrap()["Plaintext"], "YSBzZWNyZXQ=");
    let administrator = Caller::in_region("eu-west-1");
    for refused in
        [kms(&bastion, "Decrypt", &open), kms(&bastion, "Encrypt", &seal), kms(&administrator, "Decrypt", &open)]
    {
        assert_eq!(refused.unwrap_err().code, "AccessDeniedException");
    }
}
