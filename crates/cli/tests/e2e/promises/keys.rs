//! Keys and states.

use super::*;

const KEYS: [&str; 4] = ["kms/state", "kms/eks-secrets", "kms/efs", "kms/logs"];

#[test]
fn every_key_is_renewed_each_year_and_has_its_alias() {
    let base = base();
    for unit in KEYS {
        let asked = json!({"KeyId": base.output(unit, "key_id")});
        let rotation = base.aws("kms", "GetKeyRotationStatus", asked.clone());
        assert_eq!((&rotation["KeyRotationEnabled"], &rotation["RotationPeriodInDays"]), (&json!(true), &json!(365)));
        let alias = base.one("kms", "ListAliases", asked, "Aliases");
        assert!(alias["AliasName"].as_str().unwrap().contains("numinia-production"), "{alias}");
    }
}

/// Whoever a policy lets use a key is a service, or the account under a condition that leaves one role or one service of it.
#[test]
fn keys_let_just_the_named_services_and_roles_use_them() {
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
fn the_state_bucket_is_encrypted_versioned_logged_and_closed() {
    let base = base();
    let asked = |operation: &str| base.aws("s3", operation, json!({"Bucket": STATES}));
    let rule = asked("GetBucketEncryption")["ServerSideEncryptionConfiguration"]["Rules"][0].clone();
    let by = &rule["ApplyServerSideEncryptionByDefault"];
    assert_eq!(by["SSEAlgorithm"], "aws:kms");
    assert_eq!(by["KMSMasterKeyID"], base.output("kms/state", "key_arn"));
    assert_eq!(asked("GetBucketVersioning")["Status"], "Enabled");
    assert_eq!(asked("GetBucketLogging")["LoggingEnabled"]["TargetBucket"], format!("{STATES}-logs"));
    closed(&base, STATES);
    let policy = statements(&asked("GetBucketPolicy")["Policy"]);
    assert_eq!(policy["ThisAccountOnly"]["Condition"]["StringNotEquals"]["aws:PrincipalAccount"], ACCOUNT);
    let log = statements(&base.aws("s3", "GetBucketPolicy", json!({"Bucket": format!("{STATES}-logs")}))["Policy"]);
    assert_eq!(log["ServerAccessLogs"]["Principal"], json!({"Service": "logging.s3.amazonaws.com"}));
    closed(&base, &format!("{STATES}-logs"));
}

/// Nothing public, and TLS only.
pub(super) fn closed(base: &Applied, bucket: &str) {
    let block = base.aws("s3", "GetPublicAccessBlock", json!({"Bucket": bucket}));
    let block = block["PublicAccessBlockConfiguration"].as_object().unwrap();
    assert_eq!(block.values().filter(|v| **v == true).count(), 4, "{bucket}: {block:?}");
    let policy = statements(&base.aws("s3", "GetBucketPolicy", json!({"Bucket": bucket}))["Policy"]);
    let tls = &policy["EnforcedTLS"];
    assert_eq!(
        (&tls["Effect"], &tls["Action"], &tls["Principal"]["AWS"]),
        (&json!("Deny"), &json!("s3:*"), &json!("*"))
    );
    assert_eq!(tls["Condition"], json!({"Bool": {"aws:SecureTransport": "false"}}));
    assert_eq!(words(&tls["Resource"]), set([&format!("arn:aws:s3:::{bucket}"), &format!("arn:aws:s3:::{bucket}/*")]));
}

#[test]
fn the_states_have_the_paths_of_their_units_and_are_encrypted() {
    let base = base();
    let objects = base.aws("s3", "ListObjectsV2", json!({"Bucket": STATES}));
    let keys: BTreeSet<String> =
        objects["Contents"].as_array().unwrap().iter().flat_map(|o| words(&o["Key"])).collect();
    let wanted = UNITS.map(|unit| format!("production/eu-west-1/numinia/{unit}/tf.tfstate"));
    assert_eq!(keys, wanted.clone().into());
    for key in wanted {
        let head = base.aws("s3", "HeadObject", json!({"Bucket": STATES, "Key": key}));
        assert!(!head["ServerSideEncryption"].is_null(), "{key}: {head}");
    }
}
