//! Lives of the settings of buckets that the first ones do not need, on the sandbox.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout)]

mod common;

use common::{World, but};
use serde_json::{Value as Json, json};

const B: &str = "set-bucket";

async fn bucket(w: &World, name: &str) -> common::Made {
    w.create("aws_s3_bucket", json!({"bucket": name})).await
}

async fn versions(w: &World, name: &str) {
    let on = json!({"bucket": name, "versioning_configuration": [{"status": "Enabled"}]});
    w.create("aws_s3_bucket_versioning", on).await;
}

/// Creation, change, import, deletion; whether it is gone afterwards.
async fn life(w: &World, kind: &str, first: Json, change: Json, id: &str) -> bool {
    let made = w.create(kind, first.clone()).await;
    assert_eq!(made.id(), id, "{kind}");
    let given = but(&first, change);
    let made = w.apply(kind, Some(&made), &given).await;
    w.imported(kind, id, &given).await;
    let moved = w.plan(kind, Some(&made), &but(&given, json!({"bucket": "other-bucket"}))).await;
    assert_eq!(moved.requires_replace.len(), 1, "{kind}");
    w.delete(&made).await;
    w.read(&made).await.is_none()
}

#[tokio::test]
async fn lists_of_who_may_live() {
    let w = World::new().await;
    let made = bucket(&w, B).await;
    let kind = "aws_s3_bucket_acl";
    let given = json!({"bucket": B, "acl": "private", "access_control_policy": []});
    let (_, found) = w.try_apply(kind, None, &given).await;
    assert!(found.0[0].detail.contains("aws_s3_bucket_ownership_controls"), "{found:?}");
    let owners = json!({"bucket": B, "rule": [{"object_ownership": "BucketOwnerPreferred"}]});
    w.create("aws_s3_bucket_ownership_controls", owners).await;
    let acl = w.create(kind, given.clone()).await;
    assert_eq!(acl.id(), "set-bucket,private");
    let owner = acl.json()["access_control_policy"][0]["owner"][0]["id"].clone();
    let given = but(&given, json!({"acl": "log-delivery-write"}));
    let acl = w.apply(kind, Some(&acl), &given).await;
    assert_eq!(acl.id(), "set-bucket,log-delivery-write");
    assert_eq!(acl.json()["access_control_policy"][0]["grant"].as_array().unwrap().len(), 3);
    w.imported(kind, "set-bucket,log-delivery-write", &given).await;

    let logs = "http://acs.amazonaws.com/groups/s3/LogDelivery";
    let grant = |permission: &str, who: Json| json!({"permission": permission, "grantee": [who]});
    let policy = json!([{"owner": [{"id": owner}], "grant": [
        grant("FULL_CONTROL", json!({"type": "CanonicalUser", "id": owner})),
        grant("READ_ACP", json!({"type": "Group", "uri": logs})),
    ]}]);
    let given = json!({"bucket": B, "access_control_policy": policy});
    let acl = w.apply(kind, Some(&acl), &given).await;
    assert_eq!(acl.id(), B);
    w.imported(kind, B, &given).await;
    let shown = w.read(&made).await.unwrap().json()["grant"].as_array().unwrap().clone();
    assert!(shown.iter().any(|g| g["uri"] == logs && g["permissions"] == json!(["READ_ACP"])), "{shown:?}");
    let moved = w.plan(kind, Some(&acl), &but(&given, json!({"bucket": "other-bucket"}))).await;
    assert_eq!(moved.requires_replace.len(), 1);
    // A bucket always has a list: nothing is done.
    w.delete(&acl).await;
    assert!(w.read(&acl).await.is_some());
}

#[tokio::test]
async fn what_browsers_see_lives() {
    let w = World::new().await;
    let made = bucket(&w, B).await;
    let rule = json!({"allowed_methods": ["GET"], "allowed_origins": ["*"]});
    let change = json!({"cors_rule": [rule, {
        "id": "upload", "allowed_methods": ["PUT", "POST"], "allowed_origins": ["https://example.com"],
        "allowed_headers": ["*"], "expose_headers": ["ETag"], "max_age_seconds": 3000,
    }]});
    let kind = "aws_s3_bucket_cors_configuration";
    assert!(life(&w, kind, json!({"bucket": B, "cors_rule": [rule]}), change, B).await);

    let kind = "aws_s3_bucket_website_configuration";
    let given = json!({"bucket": B, "index_document": [{"suffix": "index.html"}]});
    let site = w.create(kind, given.clone()).await;
    assert_eq!(site.str("website_endpoint"), "set-bucket.s3-website-eu-west-1.amazonaws.com");
    let rules = json!([{"condition": [{"key_prefix_equals": "a/"}], "redirect": [{"replace_key_prefix_with": "b/"}]}]);
    let given = but(&given, json!({"error_document": [{"key": "error.html"}], "routing_rule": rules}));
    let site = w.apply(kind, Some(&site), &given).await;
    let text = r#"[{"Condition":{"KeyPrefixEquals":"a/"},"Redirect":{"ReplaceKeyPrefixWith":"b/"}}]"#;
    assert_eq!(site.str("routing_rules"), text);
    w.imported(kind, B, &given).await;
    // The same in the other spelling is no change; another rule is.
    let spelt = but(&given, json!({"routing_rule": [], "routing_rules": text.replace(":", " : ")}));
    w.settled(&site, &spelt).await;
    let other = but(&spelt, json!({"routing_rules": text.replace("b/", "c/")}));
    let site = w.apply(kind, Some(&site), &other).await;
    assert_eq!(site.json()["routing_rule"][0]["redirect"][0]["replace_key_prefix_with"], json!("c/"));
    let shown = w.read(&made).await.unwrap();
    assert_eq!(shown.json()["website"][0]["index_document"], json!("index.html"));
    assert_eq!(shown.str("website_domain"), "s3-website-eu-west-1.amazonaws.com");
    assert_eq!(
        w.data("aws_s3_bucket", json!({"bucket": B})).await["website_endpoint"],
        json!(site.str("website_endpoint"))
    );
    w.delete(&site).await;
    assert!(w.read(&site).await.is_none());
    let away = json!({"bucket": B, "redirect_all_requests_to": [{"host_name": "example.com", "protocol": "https"}]});
    let site = w.create(kind, away).await;
    assert_eq!(
        w.read(&made).await.unwrap().json()["website"][0]["redirect_all_requests_to"],
        json!("https://example.com")
    );
    w.delete(&site).await;
    assert_eq!(w.read(&made).await.unwrap().json()["website"], json!([]));
}

#[tokio::test]
async fn who_pays_and_how_fast_lives() {
    let w = World::new().await;
    bucket(&w, B).await;
    let kind = "aws_s3_bucket_accelerate_configuration";
    assert!(!life(&w, kind, json!({"bucket": B, "status": "Enabled"}), json!({"status": "Suspended"}), B).await);
    let kind = "aws_s3_bucket_request_payment_configuration";
    assert!(!life(&w, kind, json!({"bucket": B, "payer": "BucketOwner"}), json!({"payer": "Requester"}), B).await);
    let now = w.aws("s3", "GetBucketRequestPayment", json!({"Bucket": B})).await;
    assert_eq!(now["Payer"], json!("BucketOwner"));

    let kind = "aws_s3_bucket_intelligent_tiering_configuration";
    let given = json!({"bucket": B, "name": "all", "tiering": [{"access_tier": "ARCHIVE_ACCESS", "days": 90}]});
    let second = w.create(kind, but(&given, json!({"name": "some", "filter": [{"tags": {"A": "1"}}]}))).await;
    let change = json!({"status": "Disabled", "filter": [{"prefix": "x/", "tags": {"A": "1", "B": "2"}}], "tiering": [
        {"access_tier": "ARCHIVE_ACCESS", "days": 125}, {"access_tier": "DEEP_ARCHIVE_ACCESS", "days": 180}]});
    let first = w.create(kind, given.clone()).await;
    let asked = w.read_all(&[first, second]).await;
    assert_eq!(asked, ["s3.ListBucketIntelligentTieringConfigurations"]);
    assert!(life(&w, kind, given, change, "set-bucket:all").await);
}

#[tokio::test]
async fn notifications_live() {
    let w = World::new().await;
    bucket(&w, B).await;
    let queue = w.create("aws_sqs_queue", json!({"name": "q"})).await;
    let topic = w.create("aws_sns_topic", json!({"name": "t"})).await;
    let (queue_arn, topic_arn) = (queue.str("arn"), topic.str("arn"));
    let kind = "aws_s3_bucket_notification";
    let given = json!({"bucket": B, "queue": [{"queue_arn": queue_arn, "events": ["s3:ObjectCreated:*"], "filter_suffix": ".x"}]});
    let (_, found) = w.try_apply(kind, None, &given).await;
    assert!(found.0[0].detail.contains("s3.amazonaws.com"), "{found:?}");
    let open = |arn: &str, action: &str| {
        json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "s3.amazonaws.com"},
            "Action": action, "Resource": arn}]})
        .to_string()
    };
    let policy = json!({"queue_url": queue.str("url"), "policy": open(&queue_arn, "sqs:SendMessage")});
    w.create("aws_sqs_queue_policy", policy).await;
    w.create("aws_sns_topic_policy", json!({"arn": topic_arn, "policy": open(&topic_arn, "sns:Publish")})).await;
    let function = "arn:aws:lambda:eu-west-1:123456789012:function:f";
    let change = json!({
        "eventbridge": true,
        "queue": [
            {"id": "mine", "queue_arn": queue_arn, "events": ["s3:ObjectCreated:Put"], "filter_prefix": "a/", "filter_suffix": ".x"},
        ],
        "topic": [{"topic_arn": topic_arn, "events": ["s3:ObjectRemoved:*"]}],
        "lambda_function": [{"lambda_function_arn": function, "events": ["s3:ObjectCreated:*"], "filter_prefix": "b/"}],
    });
    assert!(!life(&w, kind, given, change, B).await);
    let left = w.aws("s3", "GetBucketNotificationConfiguration", json!({"Bucket": B})).await;
    assert_eq!(left, json!({}));
}

#[tokio::test]
async fn copies_live() {
    let w = World::new().await;
    let source = bucket(&w, B).await;
    bucket(&w, "far-bucket").await;
    let kind = "aws_s3_bucket_replication_configuration";
    let role = "arn:aws:iam::123456789012:role/copy";
    let to = json!([{"bucket": "arn:aws:s3:::far-bucket", "storage_class": "STANDARD_IA"}]);
    let rule = json!({"id": "all", "status": "Enabled", "destination": to, "filter": [{"and": [], "tag": []}],
        "delete_marker_replication": [{"status": "Enabled"}]});
    let given = json!({"bucket": B, "role": role, "rule": [rule]});
    let (_, found) = w.try_apply(kind, None, &given).await;
    assert!(found.0[0].detail.contains("Versioning must be"), "{found:?}");
    versions(&w, B).await;
    versions(&w, "far-bucket").await;
    let minutes = json!([{"minutes": 15}]);
    let tagged = json!({
        "status": "Disabled", "priority": 7, "filter": [{"tag": [], "and": [{"prefix": "x/", "tags": {"A": "1"}}]}],
        "delete_marker_replication": [{"status": "Disabled"}], "existing_object_replication": [],
        "source_selection_criteria": [{"replica_modifications": [{"status": "Enabled"}], "sse_kms_encrypted_objects": [{"status": "Enabled"}]}],
        "destination": [{
            "bucket": "arn:aws:s3:::far-bucket", "account": "123456789012",
            "access_control_translation": [{"owner": "Destination"}],
            "encryption_configuration": [{"replica_kms_key_id": "arn:aws:kms:eu-west-1:123456789012:key/k"}],
            "metrics": [{"status": "Enabled", "event_threshold": minutes}],
            "replication_time": [{"status": "Enabled", "time": minutes}],
        }],
    });
    let made = w.create(kind, given.clone()).await;
    let given = but(&given, json!({"rule": [rule, tagged]}));
    let made = w.apply(kind, Some(&made), &given).await;
    w.imported(kind, B, &given).await;
    let shown = w.read(&source).await.unwrap().json()["replication_configuration"][0].clone();
    assert_eq!((&shown["role"], shown["rules"].as_array().unwrap().len()), (&json!(role), 2));
    // The older schema has a prefix instead of a filter.
    let older = json!({"id": "old", "status": "Enabled", "prefix": "y/", "destination": [{"bucket": "arn:aws:s3:::far-bucket"}]});
    let given = but(&given, json!({"rule": [older]}));
    let made = w.apply(kind, Some(&made), &given).await;
    w.delete(&made).await;
    assert!(w.read(&made).await.is_none());
}

#[tokio::test]
async fn object_lock_lives() {
    let w = World::new().await;
    let kind = "aws_s3_bucket_object_lock_configuration";
    let given = json!({"bucket": "locked-bucket", "object_lock_enabled": true, "force_destroy": true});
    let locked = w.create("aws_s3_bucket", given.clone()).await;
    assert_eq!(locked.json()["object_lock_configuration"][0]["object_lock_enabled"], json!("Enabled"));
    let days = |n: u32| json!([{"default_retention": [{"mode": "GOVERNANCE", "days": n}]}]);
    let first = json!({"bucket": "locked-bucket", "rule": days(3)});
    let made = w.create(kind, first.clone()).await;
    let second = but(&first, json!({"rule": [{"default_retention": [{"mode": "GOVERNANCE", "years": 1}]}]}));
    let made = w.apply(kind, Some(&made), &second).await;
    w.imported(kind, "locked-bucket", &second).await;
    let locked = w.read(&locked).await.unwrap();
    assert_eq!(locked.json()["object_lock_configuration"][0]["rule"][0]["default_retention"][0]["years"], json!(1));
    w.settled(&locked, &given).await;

    let put = w.aws("s3", "PutObject", json!({"Bucket": "locked-bucket", "Key": "k", "Body": ""})).await;
    let version = json!({"Bucket": "locked-bucket", "Key": "k", "VersionId": put["VersionId"]});
    assert!(w.client.call("s3", "DeleteObject", version).await.is_err(), "it is retained");
    w.delete(&made).await;
    assert!(w.read(&made).await.unwrap().json()["rule"] == json!([]), "what stays is the lock itself");
    w.delete(&locked).await;
    assert!(w.read(&made).await.is_none());

    bucket(&w, B).await;
    let (_, found) = w.try_apply(kind, None, &json!({"bucket": B, "rule": days(1)})).await;
    assert!(found.0[0].detail.contains("Versioning must be"), "{found:?}");
    versions(&w, B).await;
    w.create(kind, json!({"bucket": B, "rule": days(1)})).await;
}
