//! What policies say: simulated, and where somebody uses a key.

#![allow(clippy::unwrap_used)]

mod common;

use common::Aws;
use craton_aws_sandbox::Caller;
use serde_json::{Value, json};

const ACCOUNT: &str = "123456789012";

fn policy(statements: Value) -> String {
    json!({"Version": "2012-10-17", "Statement": statements}).to_string()
}

fn trust() -> String {
    policy(json!({"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "ec2.amazonaws.com"}}))
}

/// Decisions by action and resource, in the order of the answer.
fn decisions(answer: &Value) -> Vec<&str> {
    answer["EvaluationResults"].as_array().unwrap().iter().map(|r| r["EvalDecision"].as_str().unwrap()).collect()
}

#[test]
fn a_bucket_policy_is_simulated_with_and_without_tls() {
    let aws = Aws::new("iam");
    let all = policy(json!({"Effect": "Allow", "Action": "*", "Resource": "*"}));
    let bucket = policy(json!({
        "Effect": "Deny", "Principal": {"AWS": "*"}, "Action": "s3:*", "Resource": ["arn:aws:s3:::b", "arn:aws:s3:::b/*"],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }));
    let ask = |secure: &str| {
        let context = json!([{"ContextKeyName": "aws:SecureTransport", "ContextKeyValues": [secure], "ContextKeyType": "boolean"}]);
        aws.call("SimulateCustomPolicy", json!({
            "PolicyInputList": [all], "ActionNames": ["s3:PutObject", "s3:ListBucket"], "ResourceArns": ["arn:aws:s3:::b/k"],
            "ResourcePolicy": bucket, "CallerArn": format!("arn:aws:iam::{ACCOUNT}:user/me"), "ContextEntries": context,
        }))
    };
    assert_eq!(decisions(&ask("true")), ["allowed", "allowed"]);
    let plain = ask("false");
    assert_eq!(decisions(&plain), ["explicitDeny", "explicitDeny"]);
    let why = &plain["EvaluationResults"][0]["MatchedStatements"];
    assert_eq!(why, &json!([{"SourcePolicyId": "ResourcePolicy", "SourcePolicyType": "Resource Policy"}]));
    // Whose principals are to be compared with nobody?
    let nobody = json!({"PolicyInputList": [all], "ActionNames": ["s3:PutObject"], "ResourcePolicy": bucket});
    assert_eq!(aws.refused("SimulateCustomPolicy", nobody), "InvalidInput");
    let silent = aws.call(
        "SimulateCustomPolicy",
        json!({
            "PolicyInputList": [policy(json!({"Effect": "Allow", "Action": "s3:Get*", "Resource": "*",
                "Condition": {"StringEquals": {"aws:RequestedRegion": "eu-west-1"}}}))],
            "ActionNames": ["s3:GetObject"],
        }),
    );
    assert_eq!(decisions(&silent), ["implicitDeny"]);
    assert_eq!(silent["EvaluationResults"][0]["MissingContextValues"], json!(["aws:RequestedRegion"]));
    // Another account's resource wants both sides.
    let theirs = json!({
        "PolicyInputList": [all], "ActionNames": ["s3:PutObject"], "ResourceArns": ["arn:aws:s3:::b/k"], "ResourcePolicy": bucket,
        "CallerArn": "arn:aws:iam::444455556666:user/me", "ResourceOwner": format!("arn:aws:iam::{ACCOUNT}:root"),
    });
    assert_eq!(decisions(&aws.call("SimulateCustomPolicy", theirs)), ["implicitDeny"]);
}

#[test]
fn a_roles_policies_and_its_boundary_are_simulated() {
    let aws = Aws::new("iam");
    let role = aws.make("CreateRole", json!({"RoleName": "r", "AssumeRolePolicyDocument": trust()}), "/Role/Arn");
    let inline = policy(json!({"Effect": "Allow", "Action": "eks:Describe*", "Resource": "*"}));
    aws.call("PutRolePolicy", json!({"RoleName": "r", "PolicyName": "look", "PolicyDocument": inline}));
    let more = policy(json!([
        {"Effect": "Allow", "Action": "eks:*", "Resource": "arn:aws:eks:*:*:cluster/mine"},
        {"Effect": "Deny", "Action": "eks:DeleteCluster", "Resource": "*"},
    ]));
    let more = aws.make("CreatePolicy", json!({"PolicyName": "more", "PolicyDocument": more}), "/Policy/Arn");
    aws.call("AttachRolePolicy", json!({"RoleName": "r", "PolicyArn": more}));
    let mine = format!("arn:aws:eks:eu-west-1:{ACCOUNT}:cluster/mine");
    let ask = json!({
        "PolicySourceArn": role, "ResourceArns": [mine],
        "ActionNames": ["eks:DescribeCluster", "eks:UpdateClusterConfig", "eks:DeleteCluster", "ec2:RunInstances"],
    });
    let answer = aws.call("SimulatePrincipalPolicy", ask.clone());
    assert_eq!(decisions(&answer), ["allowed", "allowed", "explicitDeny", "implicitDeny"]);
    assert_eq!(answer["EvaluationResults"][1]["MatchedStatements"][0]["SourcePolicyId"], "more");
    let only_look = aws.make("CreatePolicy", json!({"PolicyName": "b", "PolicyDocument": inline}), "/Policy/Arn");
    aws.call("PutRolePermissionsBoundary", json!({"RoleName": "r", "PermissionsBoundary": only_look}));
    let answer = aws.call("SimulatePrincipalPolicy", ask.clone());
    assert_eq!(decisions(&answer), ["allowed", "implicitDeny", "explicitDeny", "implicitDeny"]);
    // What AWS's own policies say is not known here.
    let managed = json!({"RoleName": "r", "PolicyArn": "arn:aws:iam::aws:policy/ReadOnlyAccess"});
    aws.call("AttachRolePolicy", managed);
    assert_eq!(aws.refused("SimulatePrincipalPolicy", ask), "NotImplemented");
    let nobody = json!({"PolicySourceArn": format!("arn:aws:iam::{ACCOUNT}:role/x"), "ActionNames": ["a:B"]});
    assert_eq!(aws.refused("SimulatePrincipalPolicy", nobody), "NoSuchEntity");
}

#[test]
fn an_audit_reads_all_identities_and_policies_page_by_page() {
    let aws = Aws::new("iam");
    aws.call("CreateRole", json!({
        "RoleName": "r", "AssumeRolePolicyDocument": trust(), "Description": "d", "Tags": [{"Key": "a", "Value": "b"}],
    }));
    let look = policy(json!({"Effect": "Allow", "Action": "eks:Describe*", "Resource": "*"}));
    aws.call("PutRolePolicy", json!({"RoleName": "r", "PolicyName": "in", "PolicyDocument": look}));
    let arn = aws.make("CreatePolicy", json!({"PolicyName": "out", "PolicyDocument": look}), "/Policy/Arn");
    aws.call("AttachRolePolicy", json!({"RoleName": "r", "PolicyArn": arn}));
    aws.call("CreateInstanceProfile", json!({"InstanceProfileName": "p"}));
    aws.call("AddRoleToInstanceProfile", json!({"InstanceProfileName": "p", "RoleName": "r"}));
    aws.call("CreateUser", json!({"UserName": "u"}));
    aws.call("CreateGroup", json!({"GroupName": "g"}));
    aws.call("AddUserToGroup", json!({"GroupName": "g", "UserName": "u"}));
    let all = aws.call("GetAccountAuthorizationDetails", json!({}));
    let role = &all["RoleDetailList"][0];
    assert_eq!(role["RolePolicyList"][0]["PolicyName"], "in");
    assert!(role["RolePolicyList"][0]["PolicyDocument"].as_str().unwrap().starts_with("%7B"));
    assert_eq!(role["AttachedManagedPolicies"], json!([{"PolicyName": "out", "PolicyArn": arn}]));
    assert_eq!(role["InstanceProfileList"][0]["InstanceProfileName"], "p");
    assert_eq!(role["Tags"], json!([{"Key": "a", "Value": "b"}]));
    assert_eq!(all["UserDetailList"][0]["GroupList"], json!(["g"]));
    assert_eq!(all["GroupDetailList"][0]["GroupName"], "g");
    let version = &all["Policies"][0]["PolicyVersionList"][0];
    assert_eq!((&version["VersionId"], &version["IsDefaultVersion"]), (&json!("v1"), &json!(true)));
    let first = aws.call("GetAccountAuthorizationDetails", json!({"MaxItems": 3}));
    assert_eq!((first["IsTruncated"] == true, first["Policies"].as_array().unwrap().len()), (true, 0));
    let rest = aws.call("GetAccountAuthorizationDetails", json!({"Marker": first["Marker"]}));
    assert_eq!(rest["Policies"][0]["PolicyName"], "out");
    let roles = aws.call("GetAccountAuthorizationDetails", json!({"Filter": ["Role"]}));
    assert_eq!((&roles["Policies"], &roles["UserDetailList"]), (&json!([]), &json!([])));
    aws.call("AttachRolePolicy", json!({"RoleName": "r", "PolicyArn": "arn:aws:iam::aws:policy/ReadOnlyAccess"}));
    assert_eq!(aws.refused("GetAccountAuthorizationDetails", json!({})), "NotImplemented");
}

/// Calls KMS with the credentials of a role.
fn as_role(aws: &Aws, role: &str, operation: &str, input: &Value) -> Result<Value, String> {
    let role = json!({"RoleArn": format!("arn:aws:iam::{ACCOUNT}:role/{role}"), "RoleSessionName": "s"});
    let key = aws.of("sts").make("AssumeRole", role, "/Credentials/AccessKeyId");
    let caller = Caller { region: common::REGION.into(), access_key_id: key };
    aws.sandbox.call(&caller, "kms", operation, input).map_err(|e| format!("{}: {}", e.code, e.message))
}

#[test]
fn a_keys_policy_says_who_uses_it() {
    let aws = Aws::new("kms");
    let iam = aws.of("iam");
    for name in ["cluster", "other"] {
        iam.call("CreateRole", json!({"RoleName": name, "AssumeRolePolicyDocument": trust()}));
        let may = policy(json!({"Effect": "Allow", "Action": ["kms:Encrypt", "kms:Decrypt"], "Resource": "*"}));
        iam.call("PutRolePolicy", json!({"RoleName": name, "PolicyName": "keys", "PolicyDocument": may}));
    }
    let only = policy(json!([
        {"Sid": "Administration", "Effect": "Allow", "Principal": {"AWS": format!("arn:aws:iam::{ACCOUNT}:root")},
         "Action": ["kms:Describe*", "kms:Put*"], "Resource": "*"},
        {"Sid": "Use", "Effect": "Allow", "Principal": {"AWS": format!("arn:aws:iam::{ACCOUNT}:root")},
         "Action": ["kms:Encrypt", "kms:Decrypt", "kms:GenerateDataKey*"], "Resource": "*",
         "Condition": {"ArnEquals": {"aws:PrincipalArn": format!("arn:aws:iam::{ACCOUNT}:role/cluster")}}},
    ]));
    let key = aws.make("CreateKey", json!({"Policy": only}), "/KeyMetadata/KeyId");
    let seal = json!({"KeyId": key, "Plaintext": "aGk="});
    let sealed = as_role(&aws, "cluster", "Encrypt", &seal).unwrap();
    let open = json!({"CiphertextBlob": sealed["CiphertextBlob"]});
    assert_eq!(as_role(&aws, "cluster", "Decrypt", &open).unwrap()["Plaintext"], "aGk=");
    // Its own policies must let it too, where the key's leaves that to the account.
    let data = json!({"KeyId": key, "KeySpec": "AES_256"});
    let refused = as_role(&aws, "cluster", "GenerateDataKey", &data).unwrap_err();
    assert!(refused.contains("no identity-based policy allows the kms:GenerateDataKey action"), "{refused}");
    let refused = as_role(&aws, "other", "Encrypt", &seal).unwrap_err();
    assert!(
        refused.starts_with("AccessDeniedException: User: arn:aws:sts::123456789012:assumed-role/other/s"),
        "{refused}"
    );
    assert!(refused.contains("no resource-based policy allows the kms:Encrypt action"), "{refused}");
    assert!(as_role(&aws, "other", "Decrypt", &open).is_err());
    // Nor may an administrator of the account.
    assert_eq!(aws.refused("Encrypt", seal.clone()), "AccessDeniedException");
    let denies = policy(json!([
        {"Effect": "Allow", "Principal": "*", "Action": "kms:*", "Resource": "*"},
        {"Effect": "Deny", "Principal": "*", "Action": "kms:Decrypt", "Resource": "*",
         "Condition": {"StringNotEquals": {"kms:EncryptionContext:app": "a"}}},
    ]));
    aws.call("PutKeyPolicy", json!({"KeyId": key, "Policy": denies}));
    assert_eq!(aws.refused("Decrypt", open), "AccessDeniedException");
    let with = json!({"KeyId": key, "Plaintext": "aGk=", "EncryptionContext": {"app": "a"}});
    let sealed = aws.make("Encrypt", with, "/CiphertextBlob");
    aws.call("Decrypt", json!({"CiphertextBlob": sealed, "EncryptionContext": {"app": "a"}}));
}

#[test]
fn a_grant_lets_its_grantee_use_a_key() {
    let aws = Aws::new("kms");
    aws.of("iam").call("CreateRole", json!({"RoleName": "guest", "AssumeRolePolicyDocument": trust()}));
    let key = aws.make("CreateKey", json!({}), "/KeyMetadata/KeyId");
    let seal = json!({"KeyId": key, "Plaintext": "aGk=", "EncryptionContext": {"app": "a"}});
    assert!(as_role(&aws, "guest", "Encrypt", &seal).is_err());
    let grant = aws.make(
        "CreateGrant",
        json!({
            "KeyId": key, "GranteePrincipal": format!("arn:aws:iam::{ACCOUNT}:role/guest"), "Operations": ["Encrypt"],
            "Constraints": {"EncryptionContextSubset": {"app": "a"}},
        }),
        "/GrantId",
    );
    let sealed = as_role(&aws, "guest", "Encrypt", &seal).unwrap();
    assert!(as_role(&aws, "guest", "Encrypt", &json!({"KeyId": key, "Plaintext": "aGk="})).is_err());
    let open = json!({"CiphertextBlob": sealed["CiphertextBlob"], "EncryptionContext": {"app": "a"}});
    assert!(as_role(&aws, "guest", "Decrypt", &open).is_err());
    assert_eq!(aws.call("Decrypt", open)["Plaintext"], "aGk=");
    aws.call("RevokeGrant", json!({"KeyId": key, "GrantId": grant}));
    assert!(as_role(&aws, "guest", "Encrypt", &seal).is_err());
}

#[test]
fn a_secure_parameter_is_read_by_those_who_may_use_its_key_through_systems_manager() {
    let aws = Aws::new("kms");
    let only_ssm = policy(json!({
        "Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "kms:*", "Resource": "*",
        "Condition": {"StringEquals": {"kms:ViaService": "ssm.eu-west-1.amazonaws.com"}},
    }));
    let key = aws.make("CreateKey", json!({"Policy": only_ssm}), "/KeyMetadata/KeyId");
    let ssm = aws.of("ssm");
    ssm.call("PutParameter", json!({"Name": "/p", "Type": "SecureString", "Value": "v", "KeyId": key}));
    let read = ssm.call("GetParameter", json!({"Name": "/p", "WithDecryption": true}));
    assert_eq!(read["Parameter"]["Value"], "v");
    assert_eq!(aws.refused("Encrypt", json!({"KeyId": key, "Plaintext": "aGk="})), "AccessDeniedException");
}
