//! Lives of buckets, their settings and objects, on the sandbox.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout)]

mod common;

use common::{World, but};
use craton_model::addr::ResourceMode;
use serde_json::json;

fn policy(bucket: &str, action: &str) -> String {
    json!({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::123456789012:root"}, "Action": action,
        "Resource": format!("arn:aws:s3:::{bucket}/*"),
    }]})
    .to_string()
}

#[tokio::test]
async fn what_is_empty_is_spelled_as_the_sdk_does() {
    let w = World::new().await;
    w.create("aws_s3_bucket", json!({"bucket": "a-bucket"})).await;
    // Imported: Terraform shows empty tags and no blocks, never null.
    let state = w.import("aws_s3_bucket", "a-bucket").await.json();
    assert_eq!((&state["tags"], &state["object_lock_configuration"]), (&json!({}), &json!([])));
    // In an element of a set, text that is not given is empty, and a boolean null.
    let given = json!({"bucket": "a-bucket", "rule": [{"apply_server_side_encryption_by_default": [{"sse_algorithm": "AES256"}]}]});
    let planned = w.plan("aws_s3_bucket_server_side_encryption_configuration", None, &given).await.planned;
    let rule = craton_model::json::to_json(planned.get("rule").unwrap());
    assert_eq!(rule[0]["bucket_key_enabled"], json!(null));
    assert_eq!(rule[0]["apply_server_side_encryption_by_default"][0]["kms_master_key_id"], json!(""));
}

#[tokio::test]
async fn a_bucket_lives() {
    let w = World::new().await;
    let given = json!({"bucket": "first-bucket"});
    let bucket = w.create("aws_s3_bucket", given.clone()).await;
    let state = bucket.json();
    assert_eq!(state["bucket_regional_domain_name"], json!("first-bucket.s3.eu-west-1.amazonaws.com"));
    assert_eq!((&state["hosted_zone_id"], &state["region"]), (&json!("Z1BKCTXD74EZPE"), &json!("eu-west-1")));
    assert_eq!((&state["versioning"][0]["enabled"], &state["tags_all"]), (&json!(false), &json!({"Env": "test"})));
    let given = but(
        &given,
        json!({
            "tags": {"A": "1"}, "versioning": [{"enabled": true}], "force_destroy": true,
            "policy": policy("first-bucket", "s3:GetObject"),
            "server_side_encryption_configuration": [{"rule": [{"bucket_key_enabled": true,
                "apply_server_side_encryption_by_default": [{"sse_algorithm": "aws:kms", "kms_master_key_id": null}]}]}],
        }),
    );
    let bucket = w.apply("aws_s3_bucket", Some(&bucket), &given).await;
    assert_eq!(bucket.json()["tags_all"], json!({"A": "1", "Env": "test"}));
    w.imported("aws_s3_bucket", "first-bucket", &but(&given, json!({"force_destroy": null}))).await;
    let found = w.data("aws_s3_bucket", json!({"bucket": "first-bucket"})).await;
    assert_eq!((&found["arn"], &found["region"]), (&json!("arn:aws:s3:::first-bucket"), &json!("eu-west-1")));
    assert!(w.try_data("aws_s3_bucket", json!({"bucket": "no-such-bucket"})).await.is_err());
    let other = w.create("aws_s3_bucket", json!({"bucket_prefix": "pre-"})).await;
    assert!(other.id().starts_with("pre-2026"));

    for n in 0..3 {
        w.aws("s3", "PutObject", json!({"Bucket": "first-bucket", "Key": format!("k{}", n % 2), "Body": ""})).await;
    }
    w.aws("s3", "PutObject", json!({"Bucket": other.id(), "Key": "k", "Body": ""})).await;
    w.delete(&bucket).await;
    assert!(w.read(&bucket).await.is_none());
    let found = w.try_delete(&other).await;
    assert!(found.0[0].detail.contains("force_destroy"), "{found:?}");

    let refused = json!({"bucket": "x-bucket", "website": [{"index_document": "index.html"}]});
    let refused = common::config(&common::block("aws_s3_bucket"), &refused);
    let found = w.provider.validate_resource(ResourceMode::Managed, "aws_s3_bucket", &refused).await;
    assert!(found.0[0].detail.contains("aws_s3_bucket_website_configuration"), "{found:?}");
}

#[tokio::test]
async fn settings_of_a_bucket_live() {
    let w = World::new().await;
    w.create("aws_s3_bucket", json!({"bucket": "set-bucket"})).await;
    w.create("aws_s3_bucket", json!({"bucket": "log-bucket"})).await;
    let b = "set-bucket";
    let rule = |id: &str| {
        json!({"id": id, "status": "Enabled", "filter": [], "expiration": [{"days": 30}], "transition": [],
            "abort_incomplete_multipart_upload": [], "noncurrent_version_expiration": [], "noncurrent_version_transition": []})
    };
    let filter = |f: serde_json::Value| json!([but(&json!({"and": [], "tag": []}), f)]);
    // Each with its change, and whether it is gone once deleted.
    let lives = [
        (
            "aws_s3_bucket_policy",
            json!({"policy": policy(b, "s3:GetObject")}),
            json!({"policy": policy(b, "s3:PutObject")}),
            true,
        ),
        (
            "aws_s3_bucket_versioning",
            json!({"versioning_configuration": [{"status": "Disabled"}]}),
            json!({"versioning_configuration": [{"status": "Enabled"}]}),
            false,
        ),
        (
            "aws_s3_bucket_public_access_block",
            json!({"block_public_acls": true}),
            json!({"block_public_policy": true}),
            true,
        ),
        (
            "aws_s3_bucket_server_side_encryption_configuration",
            json!({"rule": [{"apply_server_side_encryption_by_default": [{"sse_algorithm": "AES256"}]}]}),
            json!({"rule": [{"bucket_key_enabled": true, "apply_server_side_encryption_by_default": [{"sse_algorithm": "aws:kms", "kms_master_key_id": "k"}]}]}),
            false,
        ),
        (
            "aws_s3_bucket_logging",
            json!({"target_bucket": "log-bucket", "target_prefix": "a/"}),
            json!({"target_prefix": "b/", "target_object_key_format": [{"partitioned_prefix": [{"partition_date_source": "EventTime"}]}]}),
            true,
        ),
        (
            "aws_s3_bucket_ownership_controls",
            json!({"rule": [{"object_ownership": "BucketOwnerPreferred"}]}),
            json!({"rule": [{"object_ownership": "BucketOwnerEnforced"}]}),
            true,
        ),
        (
            "aws_s3_bucket_lifecycle_configuration",
            json!({"rule": [but(&rule("a"), json!({"filter": filter(json!({}))}))]}),
            json!({"rule": [
                but(&rule("a"), json!({"filter": filter(json!({"and": [{"prefix": "x/", "tags": {"A": "1"}}]})), "transition": [{"days": 3, "storage_class": "GLACIER"}]})),
                but(&rule("b"), json!({"filter": filter(json!({"prefix": "y/"})), "expiration": [],
                    "noncurrent_version_expiration": [{"noncurrent_days": 9, "newer_noncurrent_versions": 2}]})),
            ]}),
            true,
        ),
    ];
    for (kind, first, change, gone) in lives {
        let given = but(&first, json!({"bucket": b}));
        let made = w.create(kind, given.clone()).await;
        assert_eq!(made.id(), b, "{kind}");
        let given = but(&given, change);
        let made = w.apply(kind, Some(&made), &given).await;
        w.imported(kind, b, &given).await;
        w.delete(&made).await;
        assert_eq!(w.read(&made).await.is_none(), gone, "{kind}");
    }
    let read = w.aws("s3", "GetBucketVersioning", json!({"Bucket": b})).await;
    assert_eq!(read["Status"], json!("Suspended"));
}

#[tokio::test]
async fn an_object_lives() {
    let w = World::new().await;
    w.create("aws_s3_bucket", json!({"bucket": "obj-bucket"})).await;
    let versions = json!({"bucket": "obj-bucket", "versioning_configuration": [{"status": "Enabled"}]});
    w.create("aws_s3_bucket_versioning", versions).await;
    let given = json!({"bucket": "obj-bucket", "key": "a/b", "content": "hello"});
    let object = w.create("aws_s3_object", given.clone()).await;
    assert_eq!((object.id().as_str(), object.str("etag").as_str()), ("a/b", "5d41402abc4b2a76b9719d911017c592"));
    assert_eq!(object.str("content_type"), "application/octet-stream");
    let first = object.str("version_id");
    let given = but(
        &given,
        json!({"content": "world", "content_type": "text/plain", "metadata": {"a": "b"}, "tags": {"T": "1"}, "checksum_algorithm": "CRC32"}),
    );
    let object = w.apply("aws_s3_object", Some(&object), &given).await;
    assert_ne!(object.str("version_id"), first);
    assert_eq!(object.json()["tags_all"], json!({"Env": "test", "T": "1"}));
    assert!(!object.str("checksum_crc32").is_empty());
    let given = but(&given, json!({"tags": {"T": "2"}}));
    let object = w.apply("aws_s3_object", Some(&object), &given).await;
    let imported = w.import("aws_s3_object", "s3://obj-bucket/a/b").await;
    assert_eq!(imported.str("etag"), object.str("etag"));
    w.delete(&object).await;
    assert!(w.read(&object).await.is_none());
    let left = w.aws("s3", "ListObjectVersions", json!({"Bucket": "obj-bucket"})).await;
    assert!(left["Versions"].as_array().is_none_or(Vec::is_empty), "{left}");
}

#[tokio::test]
async fn an_object_can_do_without_the_default_tags() {
    let w = World::new().await;
    w.create("aws_s3_bucket", json!({"bucket": "a-bucket"})).await;
    let given = json!({"bucket": "a-bucket", "key": "a", "content": "a", "tags": {"Name": "a"}});
    let object = w.create("aws_s3_object", given.clone()).await;
    assert_eq!(object.json()["tags_all"], json!({"Env": "test", "Name": "a"}));
    let given = but(&given, json!({"override_provider": [{"default_tags": [{"tags": {}}]}]}));
    let object = w.apply("aws_s3_object", Some(&object), &given).await;
    assert_eq!(object.json()["tags_all"], json!({"Name": "a"}));
    let found = w.aws("s3", "GetObjectTagging", json!({"Bucket": "a-bucket", "Key": "a"})).await;
    assert_eq!(found["TagSet"], json!([{"Key": "Name", "Value": "a"}]));
    let given = but(&given, json!({"override_provider": [{"default_tags": [{"tags": {"A": "b"}}]}]}));
    assert!(w.try_validate("aws_s3_object", &given).await.has_errors());
}

#[tokio::test]
async fn the_grants_of_a_bucket_and_of_an_object_change_by_name() {
    let w = World::new().await;
    let given = json!({"bucket": "a-bucket"});
    let bucket = w.create("aws_s3_bucket", given.clone()).await;
    let rule = json!({"bucket": "a-bucket", "rule": [{"object_ownership": "ObjectWriter"}]});
    w.create("aws_s3_bucket_ownership_controls", rule).await;
    w.aws("s3", "DeletePublicAccessBlock", json!({"Bucket": "a-bucket"})).await;
    let object = json!({"bucket": "a-bucket", "key": "a", "content": "a"});
    let made = w.create("aws_s3_object", object.clone()).await;

    w.apply("aws_s3_bucket", Some(&bucket), &but(&given, json!({"acl": "public-read"}))).await;
    w.apply("aws_s3_object", Some(&made), &but(&object, json!({"acl": "public-read"}))).await;
    for (op, input) in
        [("GetBucketAcl", json!({"Bucket": "a-bucket"})), ("GetObjectAcl", json!({"Bucket": "a-bucket", "Key": "a"}))]
    {
        let found = w.aws("s3", op, input).await;
        assert_eq!(found["Grants"][1]["Permission"], json!("READ"), "{op}");
    }
    // Nothing but the grants: the object is the same version as before.
    assert!(!w.asked.lock().unwrap().iter().rev().take(8).any(|a| a == "s3.PutObject"));
}
