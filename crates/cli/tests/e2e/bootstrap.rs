//! The places that units keep their states in: made, mended, moved, deleted.

use serde_json::{Value, json};

use crate::case::{Case, Ran};

const MODULE: &str = "resource \"terraform_data\" \"this\" {\n  input = \"x\"\n}\noutput \"id\" {\n  value = terraform_data.this.id\n}\n";

/// A unit with these keys in its `remote_state`.
fn unit(key: &str, more: &str) -> String {
    format!(
        r#"
remote_state {{
  backend  = "s3"
  generate = {{ path = "backend.tf", if_exists = "overwrite" }}
  config = {{
    bucket  = "states"
    key     = "{key}"
    region  = "eu-west-1"
    encrypt = true
{more}
  }}
}}
"#
    )
}

/// Units `a` and `b` with these keys in `remote_state`.
fn units(more: &str) -> Case {
    let case = Case::new(&[]);
    for name in ["a", "b"] {
        case.write(&format!("{name}/main.tf"), MODULE);
        case.write(&format!("{name}/terragrunt.hcl"), &unit(&format!("{name}.tfstate"), more));
    }
    case
}

fn at(case: &Case, unit: &str, args: &[&str]) -> Ran {
    case.run(&[&["--working-dir", unit, "--non-interactive"], args].concat())
}

fn bucket(case: &Case, operation: &str) -> Value {
    case.aws("s3", operation, json!({"Bucket": "states"}))
}

fn policy(case: &Case, name: &str) -> Value {
    let text = case.aws("s3", "GetBucketPolicy", json!({"Bucket": name}))["Policy"].as_str().unwrap().to_owned();
    serde_json::from_str(&text).unwrap()
}

fn sids(policy: &Value) -> Vec<&str> {
    policy["Statement"].as_array().unwrap().iter().map(|s| s["Sid"].as_str().unwrap()).collect()
}

fn keys(case: &Case) -> Vec<String> {
    let listed = bucket(case, "ListObjectsV2");
    let all = listed["Contents"].as_array().into_iter().flatten();
    all.map(|o| o["Key"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_place_is_made_as_it_is_asked_for() {
    let case = units(
        r#"
    dynamodb_table                 = "locks"
    s3_bucket_tags                 = { Owner = "network" }
    dynamodb_table_tags            = { Owner = "network" }
    enable_lock_table_ssencryption = true
    accesslogging_bucket_name      = "logs"
    accesslogging_bucket_tags      = { Kind = "logs" }
    accesslogging_target_object_partition_date_source = "EventTime""#,
    );
    at(&case, "a", &["backend", "bootstrap"]).ok().says("Made the bucket states").says("Made the table locks");
    assert_eq!(bucket(&case, "GetBucketVersioning")["Status"], "Enabled");
    assert_eq!(bucket(&case, "GetBucketTagging")["TagSet"], json!([{"Key": "Owner", "Value": "network"}]));
    let rule = &bucket(&case, "GetBucketEncryption")["ServerSideEncryptionConfiguration"]["Rules"][0];
    assert_eq!(rule["ApplyServerSideEncryptionByDefault"], json!({"SSEAlgorithm": "aws:kms"}));
    assert_eq!(rule["BucketKeyEnabled"], true);
    let states = policy(&case, "states");
    assert_eq!(sids(&states), ["RootAccess", "EnforcedTLS"]);
    assert_eq!(states["Statement"][0]["Principal"]["AWS"], "arn:aws:iam::123456789012:root");
    let logging = &bucket(&case, "GetBucketLogging")["LoggingEnabled"];
    assert_eq!((&logging["TargetBucket"], &logging["TargetPrefix"]), (&json!("logs"), &json!("TFStateLogs/")));
    assert_eq!(logging["TargetObjectKeyFormat"]["PartitionedPrefix"]["PartitionDateSource"], "EventTime");
    let logs = |operation: &str| case.aws("s3", operation, json!({"Bucket": "logs"}));
    assert_eq!(logs("GetBucketTagging")["TagSet"], json!([{"Key": "Kind", "Value": "logs"}]));
    assert_eq!(logs("GetBucketVersioning")["Status"], "Enabled");
    assert_eq!(logs("GetPublicAccessBlock")["PublicAccessBlockConfiguration"]["BlockPublicPolicy"], true);
    assert_eq!(sids(&policy(&case, "logs")), ["EnforcedTLS"]);
    let table = &case.aws("dynamodb", "DescribeTable", json!({"TableName": "locks"}))["Table"];
    assert_eq!(table["KeySchema"], json!([{"AttributeName": "LockID", "KeyType": "HASH"}]));
    assert_eq!(table["BillingModeSummary"]["BillingMode"], "PAY_PER_REQUEST");
    assert_eq!((&table["TableStatus"], &table["SSEDescription"]["Status"]), (&json!("ACTIVE"), &json!("ENABLED")));
    let tags = case.aws("dynamodb", "ListTagsOfResource", json!({"ResourceArn": table["TableArn"]}));
    assert_eq!(tags["Tags"], json!([{"Key": "Owner", "Value": "network"}]));
    at(&case, "b", &["backend", "bootstrap"]).ok().says("b: the bucket states is as it has to be.");
}

#[test]
fn first_use_makes_what_is_missing_and_touches_nothing_else() {
    let case =
        units("    lock_table = \"locks\"\n    skip_bucket_versioning = true\n    skip_bucket_root_access = \"true\"");
    let ran = at(&case, "a", &["apply", "-auto-approve"]).ok();
    ran.says("Made the bucket states for the state: encrypted, TLS only, not public.").says("Made the table locks");
    assert_eq!(bucket(&case, "GetBucketVersioning"), json!({}));
    assert_eq!(sids(&policy(&case, "states")), ["EnforcedTLS"]);
    let items = case.aws("dynamodb", "Scan", json!({"TableName": "locks"}));
    let items = items["Items"].as_array().unwrap();
    assert_eq!(items.len(), 1, "the lock is given back: {items:?}");
    assert_eq!(items[0]["LockID"]["S"], "states/a.tfstate-md5");
    assert_eq!(items[0]["Digest"]["S"].as_str().unwrap().len(), 32);
    // What somebody has set otherwise is not touched unless that is asked for.
    case.aws("s3", "DeletePublicAccessBlock", json!({"Bucket": "states"}));
    let ran = at(&case, "b", &["apply", "-auto-approve"]).ok();
    assert!(!ran.out.contains("Made the"), "{ran}");
    assert_eq!(case.held().get("bucket"), Some(&1));
    let found = case.sandbox().call(
        &craton_aws_sandbox::Caller::in_region("eu-west-1"),
        "s3",
        "GetPublicAccessBlock",
        &json!({"Bucket": "states"}),
    );
    assert!(found.is_err());
}

#[test]
fn a_bucket_that_is_there_is_mended_where_it_differs() {
    let case = units("");
    let location = json!({"LocationConstraint": "eu-west-1"});
    case.aws("s3", "CreateBucket", json!({"Bucket": "states", "CreateBucketConfiguration": location}));
    case.aws("s3", "DeletePublicAccessBlock", json!({"Bucket": "states"}));
    let own = json!({"Version": "2012-10-17", "Statement": [{
        "Sid": "Ours", "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::123456789012:role/ci"},
        "Action": "s3:GetObject", "Resource": "arn:aws:s3:::states/*"}]});
    case.aws("s3", "PutBucketPolicy", json!({"Bucket": "states", "Policy": own.to_string()}));
    let asked = case.run(&["--working-dir", "a", "backend", "bootstrap"]).ends(1);
    asked.says("- Bucket Versioning").says("- Bucket Public Access Blocking").error("No answer");
    at(&case, "a", &["backend", "bootstrap", "--disable-bucket-update"]).ok();
    assert_eq!(bucket(&case, "GetBucketVersioning"), json!({}));
    let ran = at(&case, "a", &["plan", "--backend-bootstrap"]).ok();
    ran.says("Updated the bucket states: Bucket Versioning, Bucket Server-Side Encryption, Bucket Root Access, Bucket Enforced TLS, Bucket Public Access Blocking.");
    assert_eq!(sids(&policy(&case, "states")), ["Ours", "RootAccess", "EnforcedTLS"]);
    at(&case, "a", &["backend", "bootstrap"]).ok().says("as it has to be");

    case.write(
        "a/terragrunt.hcl",
        &unit("a.tfstate", "    disable_bucket_update = true\n    bucket_sse_algorithm = \"AES256\""),
    );
    at(&case, "a", &["backend", "bootstrap"]).ok().says("as it has to be");
    case.write("a/terragrunt.hcl", &unit("a.tfstate", "    bucket_sse_algorithm = \"AES256\""));
    at(&case, "a", &["backend", "bootstrap"]).ok().says("Updated the bucket states: Bucket Server-Side Encryption.");
}

#[test]
fn what_must_have_been_made_before_is_not_made() {
    let case = units("    dynamodb_table = \"locks\"");
    let ran = at(&case, "a", &["plan", "--backend-require-bootstrap"]).ends(1);
    ran.error("Backend is not bootstrapped").says("There is no bucket states, nor lock table locks");
    assert!(case.held().is_empty(), "{:?}", case.held());
    case.edit("a/terragrunt.hcl", "  backend  = \"s3\"", "  backend  = \"s3\"\n  disable_init = true");
    at(&case, "a", &["plan"]).ends(1).says("Table: locks not found");
    at(&case, "a", &["backend", "bootstrap"]).ok().says("leaves the bucket states to others");
    assert!(case.held().is_empty(), "{:?}", case.held());
    at(&case, ".", &["backend", "bootstrap", "--all"]).ok().says("Made the bucket states");
}

#[test]
fn a_state_moves_to_another_unit() {
    let case = units("    dynamodb_table = \"locks\"");
    at(&case, "a", &["apply", "-auto-approve"]).ok();
    let before = at(&case, "a", &["state", "pull"]).ok().out;
    at(&case, ".", &["backend", "migrate", "a", "a"]).ends(1).error("Same place");
    case.aws(
        "s3",
        "PutBucketVersioning",
        json!({"Bucket": "states", "VersioningConfiguration": {"Status": "Suspended"}}),
    );
    at(&case, ".", &["backend", "migrate", "a", "b"]).ends(1).error("Bucket is not versioned");
    at(&case, ".", &["backend", "migrate", "--force", "a", "b"])
        .ok()
        .says("Moved s3://states/a.tfstate to s3://states/b.tfstate: 1 objects.");
    assert_eq!(keys(&case), ["b.tfstate"]);
    assert_eq!(at(&case, "b", &["state", "pull"]).ok().out, before);
    at(&case, "b", &["plan", "-detailed-exitcode"]).ok().says("No changes.");
    let items = case.aws("dynamodb", "Scan", json!({"TableName": "locks"}));
    assert_eq!(items["Items"][0]["LockID"]["S"], "states/b.tfstate-md5", "{items}");
    assert_eq!(items["Count"], 1, "{items}");
    at(&case, ".", &["backend", "migrate", "--force", "a", "b"]).ends(1).error("No state to migrate");

    // Another state is not replaced.
    at(&case, "a", &["apply", "-auto-approve"]).ok();
    case.aws(
        "s3",
        "PutBucketVersioning",
        json!({"Bucket": "states", "VersioningConfiguration": {"Status": "Enabled"}}),
    );
    at(&case, ".", &["backend", "migrate", "a", "b"]).ends(1).error("State is there already");
    assert_eq!(keys(&case), ["a.tfstate", "b.tfstate"], "nothing was lost");
    assert_eq!(at(&case, "b", &["state", "pull"]).ok().out, before);
}

#[test]
fn a_state_moves_out_of_a_file() {
    let case = units("");
    case.write("a/terragrunt.hcl", "remote_state {\n  backend = \"local\"\n  config = { path = \"${get_terragrunt_dir()}/own.tfstate\" }\n  generate = { path = \"backend.tf\", if_exists = \"overwrite\" }\n}\n");
    at(&case, "a", &["apply", "-auto-approve"]).ok();
    let ran = at(&case, ".", &["backend", "migrate", "a", "b"]).ok();
    ran.says("Made the bucket states").says("to s3://states/b.tfstate: 1 objects.").says("was left there");
    at(&case, "b", &["plan", "-detailed-exitcode"]).ok();
    assert!(case.path("a/own.tfstate").is_file());
    at(&case, "a", &["backend", "delete"]).ends(1).error("Backend is not deleted");
}

#[test]
fn states_and_buckets_are_deleted_once_that_is_wanted() {
    let case = units("    dynamodb_table = \"locks\"");
    at(&case, ".", &["run", "--all", "apply"]).ok();
    assert_eq!(keys(&case), ["a.tfstate", "b.tfstate"]);
    let asked = case.run(&["--working-dir", "a", "backend", "delete"]).ends(1);
    asked.says("Delete the state s3://states/a.tfstate? It records an object").error("No answer");
    at(&case, "a", &["backend", "delete"]).ok().says("deleted the state s3://states/a.tfstate");
    assert_eq!(keys(&case), ["b.tfstate"]);
    let items = case.aws("dynamodb", "Scan", json!({"TableName": "locks"}));
    assert_eq!((&items["Count"], &items["Items"][0]["LockID"]["S"]), (&json!(1), &json!("states/b.tfstate-md5")));
    at(&case, "a", &["backend", "delete"]).ok().says("there is no state");

    let ran = at(&case, "a", &["backend", "delete", "--bucket"]).ends(1);
    ran.error("Bucket holds more than this state").says("holds 1 objects beside the state of a");
    assert_eq!(keys(&case), ["b.tfstate"]);
    assert_eq!(case.held().get("dynamodb-table"), Some(&1), "{:?}", case.held());
    case.aws(
        "s3",
        "PutBucketVersioning",
        json!({"Bucket": "states", "VersioningConfiguration": {"Status": "Suspended"}}),
    );
    at(&case, "b", &["backend", "delete"]).ends(1).error("Bucket is not versioned");
    at(&case, "b", &["backend", "delete", "--bucket", "--force"]).ok().says("deleted the bucket states");
    assert!(case.held().is_empty(), "{:?}", case.held());
}

#[test]
fn a_state_in_use_is_neither_moved_nor_deleted() {
    let case = units("    use_lockfile = true");
    at(&case, "a", &["apply", "-auto-approve"]).ok();
    let lock = json!({"ID": "x", "Operation": "OperationTypeApply", "Who": "me", "Version": "1.11.4",
        "Created": "2026-01-01T00:00:00Z", "Path": "states/a.tfstate", "Info": ""});
    let body = lock.to_string();
    // Base64 of the lock, as the sandbox takes bodies.
    let body = base64(body.as_bytes());
    case.aws("s3", "PutObject", json!({"Bucket": "states", "Key": "a.tfstate.tflock", "Body": body}));
    at(&case, "a", &["backend", "delete"]).ends(1).says("me");
    at(&case, ".", &["backend", "migrate", "a", "b"]).ends(1).says("me");
    assert_eq!(keys(&case), ["a.tfstate", "a.tfstate.tflock"]);
}

fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let digit = |n: u32| char::from(ALPHABET[(n & 63) as usize]);
    bytes
        .chunks(3)
        .map(|c| {
            let n = c.iter().fold(0_u32, |n, b| n << 8 | u32::from(*b)) << (8 * (3 - c.len()));
            let all: String = [18, 12, 6, 0].into_iter().map(|shift| digit(n >> shift)).collect();
            format!("{}{}", &all[..=c.len()], "=".repeat(3 - c.len()))
        })
        .collect()
}
