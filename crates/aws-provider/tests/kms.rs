//! Lives of keys and what belongs to them, on the sandbox.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout)]

mod common;

use common::{World, but};
use serde_json::json;

fn policy(sid: &str) -> String {
    json!({"Version": "2012-10-17", "Statement": [{
        "Sid": sid, "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::123456789012:root"}, "Action": "kms:*",
        "Resource": "*",
    }]})
    .to_string()
}

#[tokio::test]
async fn a_key_lives() {
    let w = World::new().await;
    let key = w.create("aws_kms_key", json!({})).await;
    let state = key.json();
    assert_eq!((&state["description"], &state["is_enabled"]), (&json!(""), &json!(true)));
    assert_eq!((&state["enable_key_rotation"], &state["multi_region"]), (&json!(false), &json!(false)));
    assert_eq!(state["tags_all"], json!({"Env": "test"}));
    assert!(key.str("policy").contains("key-default-1") && key.str("arn").ends_with(&key.id()));

    let given = json!({
        "description": "d", "enable_key_rotation": true, "rotation_period_in_days": 180, "policy": policy("a"),
        "deletion_window_in_days": 7, "tags": {"A": "1"},
    });
    let key = w.apply("aws_kms_key", Some(&key), &given).await;
    assert_eq!(key.json()["rotation_period_in_days"], json!(180));
    w.settled(&key, &but(&given, json!({"policy": policy("a").replace("\"*\"", "[ \"*\" ]")}))).await;
    let given = but(&given, json!({"is_enabled": false, "description": "e", "tags": {"B": "2"}}));
    let key = w.apply("aws_kms_key", Some(&key), &given).await;
    let read = w.aws("kms", "DescribeKey", json!({"KeyId": key.id()})).await;
    assert_eq!(
        (&read["KeyMetadata"]["KeyState"], &read["KeyMetadata"]["Description"]),
        (&json!("Disabled"), &json!("e"))
    );
    w.imported("aws_kms_key", &key.id(), &given).await;
    let given = but(
        &given,
        json!({"is_enabled": null, "policy": policy("b"), "enable_key_rotation": false, "rotation_period_in_days": null}),
    );
    let key = w.apply("aws_kms_key", Some(&key), &given).await;
    assert!(key.str("policy").contains("\"b\""));
    let plan = w.plan("aws_kms_key", Some(&key), &but(&given, json!({"key_usage": "SIGN_VERIFY"}))).await;
    assert_eq!(plan.requires_replace.len(), 1);

    w.delete(&key).await;
    assert!(w.read(&key).await.is_none());
    let read = w.aws("kms", "DescribeKey", json!({"KeyId": key.id()})).await;
    assert_eq!(read["KeyMetadata"]["KeyState"], json!("PendingDeletion"));
}

#[tokio::test]
async fn an_empty_policy_is_none() {
    let w = World::new().await;
    let given = json!({"policy": "", "description": ""});
    let plan = w.plan("aws_kms_key", None, &given).await;
    assert!(!plan.planned.get("policy").unwrap().is_known());
    assert!(!plan.planned.get("description").unwrap().is_known());
    let key = w.create("aws_kms_key", given.clone()).await;
    assert!(key.str("policy").contains("key-default-1"));
    w.settled(&key, &given).await;

    let given = json!({"policy": policy("a")});
    let key = w.apply("aws_kms_key", Some(&key), &given).await;
    // What is set stays: the argument cannot be emptied.
    w.settled(&key, &json!({"policy": ""})).await;

    for (r#type, argument, given) in [
        ("aws_iam_role", "assume_role_policy", json!({"assume_role_policy": ""})),
        ("aws_iam_policy", "policy", json!({"policy": ""})),
        ("aws_iam_role_policy", "policy", json!({"policy": "", "role": "r"})),
    ] {
        let found = w.try_validate(r#type, &given).await;
        let wrong = found.into_iter().find(|d| d.is_error()).map(|d| d.detail).unwrap_or_default();
        assert!(wrong.contains("this is empty"), "{type}.{argument}: {wrong}", r#type = r#type);
    }
}

#[tokio::test]
async fn an_alias_moves_to_another_key() {
    let w = World::new().await;
    let (a, b) = (w.create("aws_kms_key", json!({})).await, w.create("aws_kms_key", json!({})).await);
    let given = json!({"name": "alias/x", "target_key_id": a.str("arn")});
    let alias = w.create("aws_kms_alias", given.clone()).await;
    assert_eq!(alias.str("target_key_arn"), a.str("arn"));
    w.settled(&alias, &but(&given, json!({"target_key_id": a.id()}))).await;
    let given = but(&given, json!({"target_key_id": b.id()}));
    let alias = w.apply("aws_kms_alias", Some(&alias), &given).await;
    assert_eq!(alias.str("target_key_arn"), b.str("arn"));
    w.imported("aws_kms_alias", "alias/x", &given).await;
    let other = w.create("aws_kms_alias", json!({"name_prefix": "alias/p-", "target_key_id": b.id()})).await;
    assert!(other.id().starts_with("alias/p-2026"));
    assert_eq!(w.read_all(&[alias.clone(), other.clone()]).await, ["kms.ListAliases"]);

    let found = w.data("aws_kms_alias", json!({"name": "alias/x"})).await;
    assert_eq!((&found["target_key_arn"], &found["id"]), (&json!(b.str("arn")), &json!(alias.str("arn"))));
    let found = w.data("aws_kms_key", json!({"key_id": "alias/x"})).await;
    assert_eq!((&found["arn"], &found["key_manager"]), (&json!(b.str("arn")), &json!("CUSTOMER")));
    let found = w.data("aws_kms_key", json!({"key_id": "alias/aws/ebs"})).await;
    assert_eq!(found["key_manager"], json!("AWS"));
    assert!(w.try_data("aws_kms_alias", json!({"name": "alias/none"})).await.is_err());
    for made in [&alias, &other] {
        w.delete(made).await;
        assert!(w.read(made).await.is_none());
    }
}

#[tokio::test]
async fn a_grant_lives() {
    let w = World::new().await;
    let key = w.create("aws_kms_key", json!({})).await;
    let given = json!({
        "key_id": key.id(), "name": "g", "grantee_principal": "arn:aws:iam::123456789012:role/r",
        "operations": ["Encrypt", "Decrypt"], "constraints": [{"encryption_context_equals": {"A": "b"}}],
    });
    let grant = w.create("aws_kms_grant", given.clone()).await;
    assert_eq!(grant.id(), format!("{}:{}", key.id(), grant.str("grant_id")));
    assert!(!grant.str("grant_token").is_empty());
    let other = json!({
        "key_id": key.str("arn"), "grantee_principal": "ec2.amazonaws.com", "operations": ["Decrypt"],
        "retire_on_delete": true, "retiring_principal": "arn:aws:iam::123456789012:role/r",
    });
    let retired = w.create("aws_kms_grant", other).await;
    let imported = w.import("aws_kms_grant", &grant.id()).await;
    let plan = w.plan("aws_kms_grant", Some(&imported), &given).await;
    assert!(plan.requires_replace.is_empty(), "{:?}", plan.requires_replace);
    let plan = w.plan("aws_kms_grant", Some(&grant), &but(&given, json!({"name": "h"}))).await;
    assert_eq!(plan.requires_replace.len(), 1);
    for made in [&grant, &retired] {
        w.delete(made).await;
        assert!(w.read(made).await.is_none());
    }
    let both = json!([{"encryption_context_equals": {"A": "b"}, "encryption_context_subset": {"A": "b"}}]);
    let given = common::config(&common::block("aws_kms_grant"), &but(&given, json!({"constraints": both})));
    let found = w.provider.validate_resource(craton_model::addr::ResourceMode::Managed, "aws_kms_grant", &given).await;
    assert!(found.has_errors());
}

#[tokio::test]
async fn a_key_policy_gives_way_to_the_default_one() {
    let w = World::new().await;
    let key = w.create("aws_kms_key", json!({})).await;
    let given = json!({"key_id": key.id(), "policy": policy("a")});
    let made = w.create("aws_kms_key_policy", given.clone()).await;
    let given = but(&given, json!({"policy": policy("b")}));
    let made = w.apply("aws_kms_key_policy", Some(&made), &given).await;
    assert!(made.str("policy").contains("\"b\""));
    w.imported("aws_kms_key_policy", &key.id(), &given).await;
    w.delete(&made).await;
    let read = w.aws("kms", "GetKeyPolicy", json!({"KeyId": key.id()})).await;
    assert!(read["Policy"].as_str().unwrap().contains("\"Id\":\"default\""));
    w.delete(&key).await;
    assert!(w.read(&made).await.is_none());
}

#[tokio::test]
async fn a_replica_lives_in_another_region() {
    let w = World::new().await;
    let there = w.client.clone();
    let made = there.call_in("us-east-1", "kms", "CreateKey", json!({"MultiRegion": true})).await.unwrap();
    let (id, arn) = (&made["KeyMetadata"]["KeyId"], &made["KeyMetadata"]["Arn"]);
    let given = json!({"primary_key_arn": arn, "description": "r", "deletion_window_in_days": 7});
    let replica = w.create("aws_kms_replica_key", given.clone()).await;
    assert_eq!(&json!(replica.id()), id);
    assert!(replica.str("arn").contains(":eu-west-1:"));
    let given = but(&given, json!({"description": "s", "enabled": false, "policy": policy("p"), "tags": {"A": "1"}}));
    let replica = w.apply("aws_kms_replica_key", Some(&replica), &given).await;
    w.imported("aws_kms_replica_key", &replica.id(), &but(&given, json!({"deletion_window_in_days": 30}))).await;
    // What one region encrypts the other decrypts.
    let replica = w.apply("aws_kms_replica_key", Some(&replica), &but(&given, json!({"enabled": true}))).await;
    let sealed = there.call_in("us-east-1", "kms", "Encrypt", json!({"KeyId": id, "Plaintext": "aGk="})).await.unwrap();
    let opened = w.aws("kms", "Decrypt", json!({"CiphertextBlob": sealed["CiphertextBlob"]})).await;
    assert_eq!(opened["Plaintext"], json!("aGk="));
    w.delete(&replica).await;
    assert!(w.read(&replica).await.is_none());
}

/// 32 bytes, in base64.
const MATERIAL: &str = "Wblj06fduthWggmsT0cLVoIMOkeLbc2kVfMud77i/JY=";

#[tokio::test]
async fn a_key_lives_of_material_that_people_bring() {
    let w = World::new().await;
    let waiting = w.create("aws_kms_external_key", json!({"description": "d"})).await;
    assert_eq!((waiting.str("key_state"), waiting.json()["enabled"].clone()), ("PendingImport".into(), json!(false)));
    w.settled(&waiting, &json!({"description": "d"})).await;

    let given = json!({
        "description": "d", "key_material_base64": MATERIAL, "policy": policy("a"), "deletion_window_in_days": 7,
        "valid_to": "2040-01-01T00:00:00Z", "tags": {"A": "1"},
    });
    let key = w.create("aws_kms_external_key", given.clone()).await;
    assert_eq!((key.str("key_state"), key.str("expiration_model")), ("Enabled".into(), "KEY_MATERIAL_EXPIRES".into()));
    w.settled(&key, &given).await;
    // The material that is in use is the one that was given: what it seals comes back.
    let sealed = w.aws("kms", "Encrypt", json!({"KeyId": key.id(), "Plaintext": "aGk="})).await;
    let open = w.aws("kms", "Decrypt", json!({"CiphertextBlob": sealed["CiphertextBlob"]})).await;
    assert_eq!(open["Plaintext"], json!("aGk="));

    let given = but(&given, json!({"valid_to": null, "enabled": false, "policy": policy("b"), "tags": {"B": "2"}}));
    let key = w.apply("aws_kms_external_key", Some(&key), &given).await;
    assert_eq!(
        (key.str("key_state"), key.str("expiration_model")),
        ("Disabled".into(), "KEY_MATERIAL_DOES_NOT_EXPIRE".into())
    );
    w.settled(&key, &given).await;
    let other = but(&given, json!({"key_material_base64": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="}));
    assert_eq!(w.plan("aws_kms_external_key", Some(&key), &other).await.requires_replace.len(), 1);
    let short = w.try_apply("aws_kms_external_key", None, &json!({"key_material_base64": "c2hvcnQ="})).await.1;
    let said = short.0.iter().map(|d| format!("{} {}", d.summary, d.detail)).collect::<String>();
    assert!(said.contains("IncorrectKeyMaterialException") && !said.contains("c2hvcnQ="), "{said}");

    w.delete(&key).await;
    assert!(w.read(&key).await.is_none());
}

#[tokio::test]
async fn material_goes_to_a_replica_too() {
    let w = World::new().await;
    let there = w.client.clone();
    let options = json!({"MultiRegion": true, "Origin": "EXTERNAL"});
    let made = there.call_in("us-east-1", "kms", "CreateKey", options).await.unwrap();
    let given = json!({
        "primary_key_arn": made["KeyMetadata"]["Arn"], "description": "r", "key_material_base64": MATERIAL,
    });
    let replica = w.create("aws_kms_replica_external_key", given.clone()).await;
    assert_eq!(json!(replica.id()), made["KeyMetadata"]["KeyId"]);
    assert_eq!((replica.str("key_state"), replica.str("key_id")), ("Enabled".into(), replica.id()));
    let given = but(&given, json!({"description": "s", "enabled": false, "tags": {"A": "1"}}));
    let replica = w.apply("aws_kms_replica_external_key", Some(&replica), &given).await;
    w.settled(&replica, &given).await;
    assert_eq!(replica.str("key_state"), "Disabled");
    w.delete(&replica).await;
    assert!(w.read(&replica).await.is_none());
}
