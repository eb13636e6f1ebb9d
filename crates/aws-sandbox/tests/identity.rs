//! IAM and CloudWatch Logs.

#![allow(clippy::unwrap_used)]

mod common;

use common::Aws;
use serde_json::json;

const TRUST: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"Service":"vpc-flow-logs.amazonaws.com"}}]}"#;
const POLICY: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"logs:*","Resource":"*"}]}"#;

#[test]
fn a_role_goes_when_nothing_hangs_on_it() {
    let aws = Aws::new("iam");
    let create = json!({"RoleName": "flow", "AssumeRolePolicyDocument": TRUST, "Path": "/logs/"});
    let arn = aws.make("CreateRole", create.clone(), "/Role/Arn");
    assert_eq!(arn, "arn:aws:iam::123456789012:role/logs/flow");
    assert_eq!(aws.refused("CreateRole", create), "EntityAlreadyExists");
    let read = aws.call("GetRole", json!({"RoleName": "flow"}));
    assert!(read["Role"]["AssumeRolePolicyDocument"].as_str().unwrap().starts_with("%7B%22Version%22"));

    aws.call("PutRolePolicy", json!({"RoleName": "flow", "PolicyName": "in", "PolicyDocument": POLICY}));
    let policy = aws.make("CreatePolicy", json!({"PolicyName": "out", "PolicyDocument": POLICY}), "/Policy/Arn");
    let attach = json!({"RoleName": "flow", "PolicyArn": policy});
    aws.call("AttachRolePolicy", attach.clone());
    assert_eq!(aws.call("GetPolicy", json!({"PolicyArn": policy}))["Policy"]["AttachmentCount"], 1);
    assert_eq!(aws.refused("DeletePolicy", json!({"PolicyArn": policy})), "DeleteConflict");
    assert_eq!(aws.refused("DeleteRole", json!({"RoleName": "flow"})), "DeleteConflict");
    aws.call("DetachRolePolicy", attach.clone());
    assert_eq!(aws.refused("DetachRolePolicy", attach), "NoSuchEntity");
    assert_eq!(aws.refused("DeleteRole", json!({"RoleName": "flow"})), "DeleteConflict");
    aws.call("DeleteRolePolicy", json!({"RoleName": "flow", "PolicyName": "in"}));
    aws.call("CreateInstanceProfile", json!({"InstanceProfileName": "p"}));
    let hold = json!({"InstanceProfileName": "p", "RoleName": "flow"});
    aws.call("AddRoleToInstanceProfile", hold.clone());
    assert_eq!(aws.refused("DeleteRole", json!({"RoleName": "flow"})), "DeleteConflict");
    aws.call("RemoveRoleFromInstanceProfile", hold);
    aws.call("DeleteInstanceProfile", json!({"InstanceProfileName": "p"}));
    aws.call("DeleteRole", json!({"RoleName": "flow"}));
    aws.call("DeletePolicy", json!({"PolicyArn": policy}));
    assert_eq!(aws.refused("GetRole", json!({"RoleName": "flow"})), "NoSuchEntity");
    assert_eq!(aws.sandbox.summary().unwrap(), []);
}

#[test]
fn bad_documents_are_refused() {
    let aws = Aws::new("iam");
    for bad in ["{", POLICY, r#"{"Version":"2012-10-17"}"#] {
        let create = json!({"RoleName": "r", "AssumeRolePolicyDocument": bad});
        assert_eq!(aws.refused("CreateRole", create), "MalformedPolicyDocument");
    }
    let create = json!({"PolicyName": "p", "PolicyDocument": TRUST});
    assert_eq!(aws.refused("CreatePolicy", create), "MalformedPolicyDocument");
}

#[test]
fn managed_policies_and_versions() {
    let aws = Aws::new("iam");
    aws.call("CreateRole", json!({"RoleName": "r", "AssumeRolePolicyDocument": TRUST}));
    let attach = |name: &str| json!({"RoleName": "r", "PolicyArn": format!("arn:aws:iam::aws:policy/{name}")});
    aws.call("AttachRolePolicy", attach("service-role/AmazonECSTaskExecutionRolePolicy"));
    // The public modules' examples attach these.
    aws.call("CreateRole", json!({"RoleName": "people", "AssumeRolePolicyDocument": TRUST}));
    for name in ["AmazonCognitoReadOnly", "AmazonSNSReadOnlyAccess", "AWSBackupFullAccess"] {
        let of = json!({"RoleName": "people", "PolicyArn": format!("arn:aws:iam::aws:policy/{name}")});
        aws.call("AttachRolePolicy", of);
    }
    assert_eq!(aws.refused("AttachRolePolicy", attach("NoSuchThing")), "NoSuchEntity");
    let listed = aws.call("ListAttachedRolePolicies", json!({"RoleName": "r"}));
    assert_eq!(listed["AttachedPolicies"][0]["PolicyName"], "AmazonECSTaskExecutionRolePolicy");

    let arn = aws.make("CreatePolicy", json!({"PolicyName": "p", "PolicyDocument": POLICY}), "/Policy/Arn");
    for _ in 0..4 {
        aws.call("CreatePolicyVersion", json!({"PolicyArn": arn, "PolicyDocument": POLICY, "SetAsDefault": true}));
    }
    let more = json!({"PolicyArn": arn, "PolicyDocument": POLICY});
    assert_eq!(aws.refused("CreatePolicyVersion", more), "LimitExceeded");
    assert_eq!(aws.refused("DeletePolicyVersion", json!({"PolicyArn": arn, "VersionId": "v5"})), "DeleteConflict");
    assert_eq!(aws.refused("DeletePolicy", json!({"PolicyArn": arn})), "DeleteConflict");
}

#[test]
fn log_groups() {
    let aws = Aws::new("logs");
    aws.call("CreateLogGroup", json!({"logGroupName": "/vpc/flow", "tags": {"a": "1"}}));
    assert_eq!(aws.refused("CreateLogGroup", json!({"logGroupName": "/vpc/flow"})), "ResourceAlreadyExistsException");
    assert_eq!(
        aws.refused("PutRetentionPolicy", json!({"logGroupName": "/vpc/flow", "retentionInDays": 31})),
        "InvalidParameterException"
    );
    aws.call("PutRetentionPolicy", json!({"logGroupName": "/vpc/flow", "retentionInDays": 30}));
    let out = aws.call("DescribeLogGroups", json!({"logGroupNamePrefix": "/vpc"}));
    assert_eq!(out["logGroups"][0]["retentionInDays"], 30);
    assert_eq!(out["logGroups"][0]["arn"], "arn:aws:logs:eu-west-1:123456789012:log-group:/vpc/flow:*");
    let arn = out["logGroups"][0]["logGroupArn"].clone();
    aws.call("TagResource", json!({"resourceArn": arn, "tags": {"b": "2"}}));
    aws.call("UntagLogGroup", json!({"logGroupName": "/vpc/flow", "tags": ["a"]}));
    assert_eq!(aws.call("ListTagsForResource", json!({"resourceArn": arn}))["tags"], json!({"b": "2"}));
    aws.call("CreateLogStream", json!({"logGroupName": "/vpc/flow", "logStreamName": "s"}));
    aws.call("DeleteLogGroup", json!({"logGroupName": "/vpc/flow"}));
    assert_eq!(aws.sandbox.summary().unwrap(), []);
    assert_eq!(aws.refused("DeleteLogGroup", json!({"logGroupName": "/vpc/flow"})), "ResourceNotFoundException");
}
