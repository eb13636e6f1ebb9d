//! State management.

use super::*;

/// What a bucket's policy makes of writing an object by somebody who may do everything.
fn writing(base: &Applied, bucket: &str, context: &[(&str, &str)]) -> String {
    let policy = base.aws("s3", "GetBucketPolicy", json!({"Bucket": bucket}))["Policy"].as_str().unwrap().to_owned();
    let mut all = vec![("aws:SecureTransport", "true"), ("aws:PrincipalAccount", ACCOUNT)];
    all.push(("aws:PrincipalIsAWSService", "false"));
    all.retain(|(key, _)| context.iter().all(|(other, _)| other != key));
    all.extend(context);
    base.decision("s3:PutObject", &format!("arn:aws:s3:::{bucket}/x"), &[allow("*")], &all, Some(&policy))
}

pub(super) fn refuses_plain_http(base: &Applied, bucket: &str) {
    assert_eq!(writing(base, bucket, &[]), "allowed");
    assert_eq!(writing(base, bucket, &[("aws:SecureTransport", "false")]), "explicitDeny");
}

pub(super) fn closed(base: &Applied, bucket: &str) {
    let asked = json!({"Bucket": bucket});
    let block = base.aws("s3", "GetPublicAccessBlock", asked.clone());
    let block = block["PublicAccessBlockConfiguration"].as_object().unwrap();
    assert_eq!(block.values().filter(|v| **v == true).count(), 4, "{bucket}: {block:?}");
    assert_eq!(base.aws("s3", "GetBucketPolicyStatus", asked.clone())["PolicyStatus"]["IsPublic"], false);
    let owner = base.aws("s3", "GetBucketOwnershipControls", asked);
    assert_eq!(owner["OwnershipControls"]["Rules"][0]["ObjectOwnership"], "BucketOwnerEnforced");
}

fn wanted() -> BTreeSet<String> {
    UNITS.map(|unit| format!("production/eu-west-1/numinia/{unit}/tf.tfstate")).into()
}

#[test]
fn state_bucket_belongs_to_one_environment() {
    let buckets = base().list("s3", "ListBuckets", json!({}), "Buckets");
    let names: BTreeSet<String> = buckets.iter().flat_map(|b| words(&b["Name"])).collect();
    let states: BTreeSet<String> = names.into_iter().filter(|n| n.contains("tf-state")).collect();
    assert_eq!(states, set([STATES, &format!("{STATES}-logs")]));
}

#[test]
fn states_have_the_paths_of_their_units() {
    let objects = base().list("s3", "ListObjectsV2", json!({"Bucket": STATES}), "Contents");
    assert_eq!(objects.iter().flat_map(|o| words(&o["Key"])).collect::<BTreeSet<_>>(), wanted());
}

#[test]
fn states_are_encrypted() {
    let base = base();
    for key in wanted() {
        let head = base.aws("s3", "HeadObject", json!({"Bucket": STATES, "Key": key}));
        assert!(!head["ServerSideEncryption"].is_null(), "{key}: {head}");
    }
}

#[test]
fn state_bucket_is_encrypted_with_its_key() {
    let base = base();
    let encryption = base.aws("s3", "GetBucketEncryption", json!({"Bucket": STATES}));
    let by = &encryption["ServerSideEncryptionConfiguration"]["Rules"][0]["ApplyServerSideEncryptionByDefault"];
    assert_eq!((&by["SSEAlgorithm"], &by["KMSMasterKeyID"]), (&json!("aws:kms"), &base.output("kms/state", "key_arn")));
    let another = [("s3:x-amz-server-side-encryption-aws-kms-key-id", "another")];
    assert_eq!(writing(&base, STATES, &another), "explicitDeny");
}

#[test]
fn state_bucket_refuses_plain_http() {
    let base = base();
    refuses_plain_http(&base, STATES);
    refuses_plain_http(&base, &format!("{STATES}-logs"));
}

#[test]
fn state_bucket_is_for_this_account_alone() {
    let base = base();
    closed(&base, STATES);
    closed(&base, &format!("{STATES}-logs"));
    assert_eq!(writing(&base, STATES, &[("aws:PrincipalAccount", "111122223333")]), "explicitDeny");
}

#[test]
fn access_to_states_is_logged() {
    let base = base();
    let log = format!("{STATES}-logs");
    let logging = base.aws("s3", "GetBucketLogging", json!({"Bucket": STATES}));
    assert_eq!(logging["LoggingEnabled"]["TargetBucket"], log);
    let policy = statements(&base.aws("s3", "GetBucketPolicy", json!({"Bucket": log}))["Policy"]);
    let writes = &policy["ServerAccessLogs"];
    assert_eq!(writes["Principal"], json!({"Service": "logging.s3.amazonaws.com"}));
    assert_eq!(writes["Condition"]["ArnLike"]["aws:SourceArn"], format!("arn:aws:s3:::{STATES}"));
}

#[test]
fn states_are_durable() {
    let base = base();
    assert_eq!(base.aws("s3", "GetBucketVersioning", json!({"Bucket": STATES}))["Status"], "Enabled");
    let caller = Caller::in_region("eu-west-1");
    let refused = base.sandbox.call(&caller, "s3", "DeleteBucket", &json!({"Bucket": STATES})).unwrap_err();
    assert_eq!(refused.code, "BucketNotEmpty");
}
