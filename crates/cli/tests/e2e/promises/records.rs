//! What is recorded of the account and its network, and for how long.

use super::*;

#[test]
fn flow_logs_go_to_cloudwatch() {
    let base = base();
    let log = base.one("ec2", "DescribeFlowLogs", json!({}), "FlowLogs");
    assert_eq!(log["ResourceId"], base.output("vpc", "vpc_id"));
    assert_eq!((&log["LogDestinationType"], &log["TrafficType"]), (&json!("cloud-watch-logs"), &json!("ALL")));
}

#[test]
fn every_log_group_keeps_thirty_days() {
    let base = base();
    let groups = base.aws("logs", "DescribeLogGroups", json!({}));
    let groups = groups["logGroups"].as_array().unwrap();
    assert_eq!(groups.len(), 3);
    assert!(groups.iter().all(|g| g["retentionInDays"] == 30), "{groups:#?}");
}

fn trail(base: &Applied) -> Value {
    base.one("cloudtrail", "DescribeTrails", json!({}), "trailList")
}

#[test]
fn the_trail_records_all_regions_and_proves_that_nothing_was_changed() {
    let base = base();
    let trail = trail(&base);
    assert_eq!(trail["IsMultiRegionTrail"], true);
    assert_eq!(trail["IncludeGlobalServiceEvents"], true);
    assert_eq!(trail["LogFileValidationEnabled"], true);
    let status = base.aws("cloudtrail", "GetTrailStatus", json!({"Name": trail["TrailARN"]}));
    assert_eq!(status["IsLogging"], true);
}

#[test]
fn the_trail_is_encrypted() {
    let base = base();
    let key = base.output("kms/logs", "key_arn");
    assert_eq!(trail(&base)["KmsKeyId"], key);
    let asked = json!({"logGroupNamePrefix": "/aws/cloudtrail/"});
    assert_eq!(base.one("logs", "DescribeLogGroups", asked, "logGroups")["kmsKeyId"], key);
}

#[test]
fn the_trail_goes_to_cloudwatch_too() {
    let base = base();
    let trail = trail(&base);
    let group = base.output("cloudtrail", "cloudwatch_log_group_arn");
    assert_eq!(trail["CloudWatchLogsLogGroupArn"], format!("{}:*", group.as_str().unwrap()));
    assert_eq!(trail["CloudWatchLogsRoleArn"], base.output("cloudtrail", "cloudwatch_role_arn"));
}

#[test]
fn the_bucket_of_the_trail_is_private_versioned_and_keeps_its_records_for_a_time() {
    let base = base();
    let bucket = trail(&base)["S3BucketName"].as_str().unwrap().to_owned();
    let asked = |operation: &str| base.aws("s3", operation, json!({"Bucket": bucket}));
    keys::closed(&base, &bucket);
    assert_eq!(asked("GetBucketVersioning")["Status"], "Enabled");
    let encryption = asked("GetBucketEncryption");
    let by = &encryption["ServerSideEncryptionConfiguration"]["Rules"][0]["ApplyServerSideEncryptionByDefault"];
    assert_eq!((&by["SSEAlgorithm"], &by["KMSMasterKeyID"]), (&json!("aws:kms"), &base.output("kms/logs", "key_arn")));
    let rules = asked("GetBucketLifecycleConfiguration")["Rules"].clone();
    assert_eq!((&rules[0]["Status"], &rules[0]["Expiration"]["Days"]), (&json!("Enabled"), &json!(365)));
    // The trail writes there, and no other customer's.
    let policy = statements(&asked("GetBucketPolicy")["Policy"]);
    assert_eq!(policy["TrailWrites"]["Condition"]["StringEquals"]["aws:SourceArn"], base.output("cloudtrail", "arn"));
}
