//! KMS keys and DynamoDB lock tables.

#![allow(clippy::unwrap_used)]

mod common;

use common::Aws;
use serde_json::json;

#[test]
fn a_key_waits_before_it_is_deleted() {
    let aws = Aws::new("kms");
    let key = aws.make("CreateKey", json!({"Description": "state"}), "/KeyMetadata/KeyId");
    aws.call("CreateAlias", json!({"AliasName": "alias/state", "TargetKeyId": key}));
    assert_eq!(aws.call("DescribeKey", json!({"KeyId": "alias/state"}))["KeyMetadata"]["KeyId"], key.as_str());
    aws.call("EnableKeyRotation", json!({"KeyId": key}));
    assert_eq!(aws.call("GetKeyRotationStatus", json!({"KeyId": key}))["RotationPeriodInDays"], 365);
    let policy = aws.call("GetKeyPolicy", json!({"KeyId": key}));
    assert!(policy["Policy"].as_str().unwrap().contains("arn:aws:iam::123456789012:root"));
    aws.call("DeleteAlias", json!({"AliasName": "alias/state"}));
    aws.call("ScheduleKeyDeletion", json!({"KeyId": key, "PendingWindowInDays": 7}));
    assert_eq!(aws.refused("EnableKeyRotation", json!({"KeyId": key})), "KMSInvalidStateException");
    assert_eq!(aws.call("DescribeKey", json!({"KeyId": key}))["KeyMetadata"]["KeyState"], "PendingDeletion");
    assert_eq!(aws.sandbox.summary().unwrap(), []);
    assert_eq!(aws.refused("DescribeKey", json!({"KeyId": "alias/none"})), "NotFoundException");
    assert_eq!(aws.refused("Encrypt", json!({"KeyId": key, "Plaintext": "aGk="})), "KMSInvalidStateException");
}

#[test]
fn a_key_encrypts_for_itself_alone() {
    let aws = Aws::new("kms");
    let key = aws.make("CreateKey", json!({}), "/KeyMetadata/KeyId");
    let context = json!({"app": "a", "b": "c"});
    let sealed = aws.make(
        "Encrypt",
        json!({"KeyId": key, "Plaintext": "aGVsbG8=", "EncryptionContext": context}),
        "/CiphertextBlob",
    );
    assert!(!sealed.contains("aGVsbG8"));
    let opened = aws.call("Decrypt", json!({"CiphertextBlob": sealed, "EncryptionContext": {"b": "c", "app": "a"}}));
    assert_eq!(opened["Plaintext"], "aGVsbG8=");
    assert_eq!(aws.refused("Decrypt", json!({"CiphertextBlob": sealed})), "InvalidCiphertextException");
    let other = aws.make("CreateKey", json!({}), "/KeyMetadata/KeyId");
    let wrong = json!({"CiphertextBlob": sealed, "EncryptionContext": context, "KeyId": other});
    assert_eq!(aws.refused("Decrypt", wrong), "IncorrectKeyException");
    let moved = json!({"CiphertextBlob": sealed, "SourceEncryptionContext": context, "DestinationKeyId": other});
    let moved = aws.make("ReEncrypt", moved, "/CiphertextBlob");
    assert_eq!(aws.call("Decrypt", json!({"CiphertextBlob": moved, "KeyId": other}))["Plaintext"], "aGVsbG8=");
    let data = aws.call("GenerateDataKey", json!({"KeyId": "alias/aws/s3", "KeySpec": "AES_256"}));
    let opened = aws.call("Decrypt", json!({"CiphertextBlob": data["CiphertextBlob"]}));
    assert_eq!(opened["Plaintext"], data["Plaintext"]);
    aws.call("DisableKey", json!({"KeyId": key}));
    let wrong = json!({"CiphertextBlob": sealed, "EncryptionContext": context});
    assert_eq!(aws.refused("Decrypt", wrong), "DisabledException");
    // AWS's own key is nobody's.
    assert_eq!(aws.sandbox.summary().unwrap(), [("kms-key".to_owned(), 2)]);
}

#[test]
fn a_lock_table_locks() {
    let aws = Aws::new("dynamodb");
    aws.call(
        "CreateTable",
        json!({"TableName": "locks", "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": [{"AttributeName": "LockID", "AttributeType": "S"}],
            "KeySchema": [{"AttributeName": "LockID", "KeyType": "HASH"}]}),
    );
    assert_eq!(aws.call("DescribeTable", json!({"TableName": "locks"}))["Table"]["TableStatus"], "CREATING");
    assert_eq!(aws.call("DescribeTable", json!({"TableName": "locks"}))["Table"]["TableStatus"], "ACTIVE");
    let lock = json!({"TableName": "locks", "Item": {"LockID": {"S": "b/k"}, "Info": {"S": "me"}},
        "ConditionExpression": "attribute_not_exists(LockID)"});
    aws.call("PutItem", lock.clone());
    assert_eq!(aws.refused("PutItem", lock.clone()), "ConditionalCheckFailedException");
    let read = json!({"TableName": "locks", "Key": {"LockID": {"S": "b/k"}}, "ProjectionExpression": "LockID, Info",
        "ConsistentRead": true});
    assert_eq!(aws.call("GetItem", read)["Item"]["Info"]["S"], "me");
    let other = json!({"TableName": "locks", "Key": {"LockID": {"S": "b/k"}}, "ConditionExpression": "Info = :who",
        "ExpressionAttributeValues": {":who": {"S": "you"}}});
    assert_eq!(aws.refused("DeleteItem", other), "ConditionalCheckFailedException");
    aws.call("DeleteItem", json!({"TableName": "locks", "Key": {"LockID": {"S": "b/k"}}}));
    aws.call("PutItem", lock);
    aws.call("DeleteTable", json!({"TableName": "locks"}));
    for _ in 0..2 {
        let _ = aws.try_call("DescribeTable", json!({"TableName": "locks"}));
    }
    assert_eq!(aws.refused("DescribeTable", json!({"TableName": "locks"})), "ResourceNotFoundException");
}

#[test]
fn a_table_is_encrypted_with_a_key_later() {
    let aws = Aws::new("dynamodb");
    aws.call(
        "CreateTable",
        json!({"TableName": "locks", "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": [{"AttributeName": "LockID", "AttributeType": "S"}],
            "KeySchema": [{"AttributeName": "LockID", "KeyType": "HASH"}]}),
    );
    let on = json!({"TableName": "locks", "SSESpecification": {"Enabled": true}});
    assert_eq!(aws.refused("UpdateTable", on.clone()), "ResourceInUseException");
    let status = || aws.call("DescribeTable", json!({"TableName": "locks"}))["Table"]["TableStatus"].clone();
    assert_eq!((status(), status()), (json!("CREATING"), json!("ACTIVE")));
    assert_eq!(aws.refused("UpdateTable", json!({"TableName": "locks"})), "ValidationException");
    aws.call("UpdateTable", on.clone());
    assert_eq!((status(), status()), (json!("UPDATING"), json!("ACTIVE")));
    let table = aws.call("DescribeTable", json!({"TableName": "locks"}));
    assert_eq!(table["Table"]["SSEDescription"]["SSEType"], "KMS");
    assert_eq!(aws.refused("UpdateTable", on), "ValidationException");
}
