//! Monitoring and compliance: records, tags, and what nobody may find.

use super::access::{bastion, instances};
use super::*;

#[test]
fn every_log_group_keeps_30_days() {
    let base = base();
    let groups = base.list("logs", "DescribeLogGroups", json!({}), "logGroups");
    assert_eq!(groups.len(), 3);
    assert!(groups.iter().all(|g| g["retentionInDays"] == 30), "{groups:#?}");
    // Decision 14: the network can be applied before there is any key.
    let key = base.output("kms/logs", "key_arn");
    let bare: Vec<&Value> = groups.iter().filter(|g| g["kmsKeyId"] != key).map(|g| &g["logGroupName"]).collect();
    assert_eq!(bare.len(), 1);
    assert!(bare[0].as_str().unwrap().starts_with("/aws/vpc-flow-log/"), "{bare:?}");
}

fn trail(base: &Applied) -> Value {
    base.one("cloudtrail", "DescribeTrails", json!({}), "trailList")
}

#[test]
fn trail_covers_all_regions() {
    let base = base();
    let trail = trail(&base);
    assert_eq!(trail["IsMultiRegionTrail"], true);
    assert_eq!(trail["IncludeGlobalServiceEvents"], true);
    assert_eq!(base.aws("cloudtrail", "GetTrailStatus", json!({"Name": trail["TrailARN"]}))["IsLogging"], true);
}

#[test]
fn trail_logs_are_validated() {
    assert_eq!(trail(&base())["LogFileValidationEnabled"], true);
}

#[test]
fn trail_is_encrypted() {
    let base = base();
    let (trail, key) = (trail(&base), base.output("kms/logs", "key_arn"));
    assert_eq!(trail["KmsKeyId"], key);
    let encryption = base.aws("s3", "GetBucketEncryption", json!({"Bucket": trail["S3BucketName"]}));
    let by = &encryption["ServerSideEncryptionConfiguration"]["Rules"][0]["ApplyServerSideEncryptionByDefault"];
    assert_eq!((&by["SSEAlgorithm"], &by["KMSMasterKeyID"]), (&json!("aws:kms"), &key));
}

#[test]
fn trail_goes_to_cloudwatch_too() {
    let base = base();
    let trail = trail(&base);
    let group = base.output("cloudtrail", "cloudwatch_log_group_arn");
    assert_eq!(trail["CloudWatchLogsLogGroupArn"], format!("{}:*", group.as_str().unwrap()));
    let role = base.output("cloudtrail", "cloudwatch_role_arn");
    assert_eq!(trail["CloudWatchLogsRoleArn"], role);
    let written = base.documents_of(role.as_str().unwrap().rsplit('/').next().unwrap());
    let stream = format!("{}:log-stream:{ACCOUNT}_CloudTrail_eu-west-1", group.as_str().unwrap());
    assert_eq!(base.decision("logs:PutLogEvents", &stream, &written, &[], None), "allowed");
}

#[test]
fn trail_bucket_is_closed_and_keeps_what_it_has() {
    let base = base();
    let bucket = trail(&base)["S3BucketName"].as_str().unwrap().to_owned();
    let asked = |operation: &str| base.aws("s3", operation, json!({"Bucket": bucket}));
    states::closed(&base, &bucket);
    states::refuses_plain_http(&base, &bucket);
    assert_eq!(asked("GetBucketVersioning")["Status"], "Enabled");
    let rules = asked("GetBucketLifecycleConfiguration")["Rules"].clone();
    assert_eq!((&rules[0]["Status"], &rules[0]["Expiration"]["Days"]), (&json!("Enabled"), &json!(365)));
    // The trail writes there, and no other customer's.
    let policy = statements(&asked("GetBucketPolicy")["Policy"]);
    assert_eq!(policy["TrailWrites"]["Condition"]["StringEquals"]["aws:SourceArn"], base.output("cloudtrail", "arn"));
}

/// Every resource type of the tree that can carry tags says so by `tags_all`; what AWS makes for them is looked at by name.
#[test]
fn tags_on_everything() {
    let base = base();
    let mut seen = 0;
    for unit in UNITS {
        for resource in base.state(unit)["resources"].as_array().unwrap() {
            for instance in resource["instances"].as_array().unwrap() {
                let Some(tags) = instance["attributes"].get("tags_all").filter(|_| resource["mode"] == "managed")
                else {
                    continue;
                };
                let has = |key: &str, value: &str| tags[key] == value;
                let tagged =
                    has("Environment", "production") && has("ManagedBy", "terragrunt") && has("Project", "numinia");
                assert!(tagged, "{unit}: {} {}: {tags}", resource["type"], resource["name"]);
                seen += 1;
            }
        }
    }
    assert!(seen > 60, "{seen} resources with tags were seen");
    for (operation, list, place) in [
        ("DescribeVolumes", "Volumes", ""),
        ("DescribeSecurityGroups", "SecurityGroups", "default"),
        ("DescribeInstances", "Reservations", ""),
    ] {
        let found = base.aws("ec2", operation, json!({}));
        let found = found[list].as_array().unwrap();
        let flat = found.iter().flat_map(|f| match f["Instances"].as_array() {
            Some(instances) => instances.clone(),
            None => vec![f.clone()],
        });
        let mut count = 0;
        for object in flat.filter(|o| place.is_empty() || o["GroupName"] != place) {
            assert!(is_tagged(&object["Tags"]), "{operation}: {object:#}");
            count += 1;
        }
        assert!(count >= 4, "{operation}: {count}");
    }
}

#[test]
fn nothing_is_let_in_from_anywhere() {
    let base = base();
    let groups = base.list("ec2", "DescribeSecurityGroups", json!({}), "SecurityGroups");
    for rule in groups.iter().flat_map(|g| g["IpPermissions"].as_array().cloned().unwrap_or_default()) {
        assert!(!rule.to_string().contains("0.0.0.0/0") && !rule.to_string().contains("::/0"), "{rule:#}");
    }
    let public = |i: &&Value| i["PublicIpAddress"].as_str().is_some_and(|a| !a.is_empty());
    let all = instances(&base);
    let public: Vec<&Value> = all.iter().filter(public).map(|i| &i["InstanceId"]).collect();
    assert_eq!(public, [&bastion(&base)["InstanceId"]]);
}

#[test]
fn no_policy_allows_everything() {
    let base = base();
    let asked = json!({"Filter": ["User", "Role", "LocalManagedPolicy"]});
    let all = base.aws("iam", "GetAccountAuthorizationDetails", asked);
    assert_eq!(all["UserDetailList"], json!([]));
    let mut written: Vec<Value> = Vec::new();
    for role in all["RoleDetailList"].as_array().unwrap() {
        written.extend(role["RolePolicyList"].as_array().unwrap().iter().map(|p| p["PolicyDocument"].clone()));
        for managed in role["AttachedManagedPolicies"].as_array().unwrap() {
            let name = managed["PolicyName"].as_str().unwrap();
            assert!(!["AdministratorAccess", "PowerUserAccess", "IAMFullAccess"].contains(&name), "{role:#}");
        }
        for (sid, trust) in statements(&role["AssumeRolePolicyDocument"]) {
            assert!(trust["Principal"] != "*" && trust["Principal"]["AWS"] != "*", "{sid}: {role:#}");
        }
    }
    for policy in all["Policies"].as_array().unwrap() {
        written.push(policy["PolicyVersionList"][0]["Document"].clone());
    }
    assert!(written.len() >= 5);
    for (sid, statement) in written.iter().flat_map(statements) {
        let wide = words(&statement["Action"]).into_iter().find(|a| a == "*" || a.ends_with(":*"));
        assert!(wide.is_none() || statement["Effect"] == "Deny", "{sid}: {statement:#}");
    }
}
