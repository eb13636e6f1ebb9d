//! Lives of topics, subscriptions and queues, on the sandbox.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout)]

mod common;

use common::{World, but};
use serde_json::json;

fn policy(sid: &str, action: &str, resource: &str) -> String {
    json!({"Version": "2012-10-17", "Statement": [{
        "Sid": sid, "Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": action, "Resource": resource,
    }]})
    .to_string()
}

#[tokio::test]
async fn a_topic_lives() {
    let w = World::new().await;
    let given = json!({"name": "t"});
    let topic = w.create("aws_sns_topic", given.clone()).await;
    assert!(topic.id().ends_with(":t") && topic.str("policy").contains("__default_policy_ID"));
    let given = but(
        &given,
        json!({"display_name": "d", "kms_master_key_id": "alias/aws/sns", "tags": {"A": "1"}, "tracing_config": "Active",
            "policy": policy("a", "sns:Publish", &topic.id()), "lambda_success_feedback_sample_rate": 50,
            "delivery_policy": "{ \"http\": {\"defaultHealthyRetryPolicy\": {\"numRetries\": 3}} }"}),
    );
    let topic = w.apply("aws_sns_topic", Some(&topic), &given).await;
    w.imported("aws_sns_topic", &topic.id(), &given).await;
    let given = but(&given, json!({"display_name": null, "kms_master_key_id": null}));
    let topic = w.apply("aws_sns_topic", Some(&topic), &given).await;
    let fifo = w
        .create("aws_sns_topic", json!({"name_prefix": "f-", "fifo_topic": true, "content_based_deduplication": true}))
        .await;
    assert!(fifo.id().ends_with(".fifo") && fifo.str("name_prefix") == "f-");

    let rules = json!({"arn": fifo.id(), "policy": policy("b", "sns:Publish", &fifo.id())});
    let made = w.create("aws_sns_topic_policy", rules.clone()).await;
    let rules = but(&rules, json!({"policy": policy("c", "sns:Publish", &fifo.id())}));
    let made = w.apply("aws_sns_topic_policy", Some(&made), &rules).await;
    w.imported("aws_sns_topic_policy", &fifo.id(), &rules).await;
    w.delete(&made).await;
    assert!(w.read(&fifo).await.unwrap().str("policy").contains("__default_policy_ID"));

    let queue = w.create("aws_sqs_queue", json!({"name": "q"})).await;
    let given = json!({"topic_arn": topic.id(), "protocol": "sqs", "endpoint": queue.str("arn")});
    let tied = w.create("aws_sns_topic_subscription", given.clone()).await;
    assert_eq!(tied.json()["pending_confirmation"], json!(false));
    let given = but(
        &given,
        json!({"raw_message_delivery": true, "filter_policy": "{\"a\": [\"b\"]}", "filter_policy_scope": "MessageBody"}),
    );
    let tied = w.apply("aws_sns_topic_subscription", Some(&tied), &given).await;
    w.imported("aws_sns_topic_subscription", &tied.id(), &given).await;
    let mail = json!({"topic_arn": topic.id(), "protocol": "email", "endpoint": "me@example.com"});
    let mail = w.create("aws_sns_topic_subscription", mail).await;
    assert_eq!(mail.json()["pending_confirmation"], json!(true));
    w.delete(&mail).await;
    for made in [&tied, &topic, &fifo, &queue] {
        w.delete(made).await;
        assert!(w.read(made).await.is_none(), "{}", made.r#type);
    }
    assert!(w.read(&made).await.is_none() && w.read(&mail).await.is_none());
}

#[tokio::test]
async fn a_queue_lives() {
    let w = World::new().await;
    let dead = w.create("aws_sqs_queue", json!({"name": "dead"})).await;
    let given = json!({"name": "q"});
    let queue = w.create("aws_sqs_queue", given.clone()).await;
    let state = queue.json();
    assert_eq!((&state["visibility_timeout_seconds"], &state["sqs_managed_sse_enabled"]), (&json!(30), &json!(true)));
    let redrive = format!("{{ \"maxReceiveCount\": 4, \"deadLetterTargetArn\": \"{}\" }}", dead.str("arn"));
    let given = but(
        &given,
        json!({"visibility_timeout_seconds": 60, "delay_seconds": 5, "redrive_policy": redrive, "tags": {"A": "1"},
            "policy": policy("a", "sqs:SendMessage", &queue.str("arn"))}),
    );
    let queue = w.apply("aws_sqs_queue", Some(&queue), &given).await;
    w.imported("aws_sqs_queue", &queue.id(), &given).await;
    let given = but(&given, json!({"kms_master_key_id": "alias/aws/sqs", "delay_seconds": 0, "tags": {"B": "2"}}));
    let queue = w.apply("aws_sqs_queue", Some(&queue), &given).await;
    assert_eq!(queue.json()["sqs_managed_sse_enabled"], json!(false));
    let plain = w.create("aws_sqs_queue", json!({"name": "open", "sqs_managed_sse_enabled": false})).await;
    let fifo = w.create("aws_sqs_queue", json!({"fifo_queue": true, "name_prefix": "f-"})).await;
    assert!(fifo.id().ends_with(".fifo") && fifo.str("deduplication_scope") == "queue");

    let rules = json!({"queue_url": dead.id(), "policy": policy("b", "sqs:SendMessage", &dead.str("arn"))});
    let made = w.create("aws_sqs_queue_policy", rules.clone()).await;
    let rules = but(&rules, json!({"policy": policy("c", "sqs:SendMessage", &dead.str("arn"))}));
    let made = w.apply("aws_sqs_queue_policy", Some(&made), &rules).await;
    w.imported("aws_sqs_queue_policy", &dead.id(), &rules).await;
    for made in [&made, &queue, &plain, &fifo, &dead] {
        w.delete(made).await;
        assert!(w.read(made).await.is_none(), "{}", made.r#type);
    }
}

#[tokio::test]
async fn empty_text_is_none() {
    let w = World::new().await;
    let given = json!({"name": "", "policy": "", "redrive_policy": "", "redrive_allow_policy": ""});
    let plan = w.plan("aws_sqs_queue", None, &given).await;
    assert!(!plan.planned.get("name").unwrap().is_known());
    let queue = w.create("aws_sqs_queue", given.clone()).await;
    assert!(queue.str("name").starts_with("terraform-"));
    w.settled(&queue, &given).await;
    let given = json!({"policy": "", "delivery_policy": "", "archive_policy": ""});
    let topic = w.create("aws_sns_topic", given.clone()).await;
    assert!(topic.str("policy").contains("__default_policy_ID"));
    w.settled(&topic, &given).await;
}
