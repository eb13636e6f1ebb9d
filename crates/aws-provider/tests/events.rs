//! Lives of rules and their targets, on the sandbox.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout)]

mod common;

use common::{World, but};
use serde_json::json;

#[tokio::test]
async fn a_rule_has_targets() {
    let w = World::new().await;
    let given = json!({"name": "r", "event_pattern": "{ \"source\": [\"aws.ec2\"] }"});
    let rule = w.create("aws_cloudwatch_event_rule", given.clone()).await;
    assert_eq!((rule.id().as_str(), &rule.json()["state"]), ("r", &json!("ENABLED")));
    w.settled(&rule, &but(&given, json!({"event_pattern": "{\"source\":[\"aws.ec2\"]}"}))).await;
    let given = but(
        &given,
        json!({"state": "DISABLED", "description": "d", "tags": {"A": "1"}, "event_pattern": "{\"source\":[\"aws.health\"]}"}),
    );
    let rule = w.apply("aws_cloudwatch_event_rule", Some(&rule), &given).await;
    assert_eq!(rule.json()["is_enabled"], json!(false));
    w.imported("aws_cloudwatch_event_rule", "r", &given).await;
    let timed = w
        .create(
            "aws_cloudwatch_event_rule",
            json!({"name_prefix": "t-", "schedule_expression": "rate(1 day)", "is_enabled": false}),
        )
        .await;
    assert_eq!(timed.str("state"), "DISABLED");

    let queue = "arn:aws:sqs:eu-west-1:123456789012:q";
    let given = json!({"rule": "r", "arn": queue});
    let target = w.create("aws_cloudwatch_event_target", given.clone()).await;
    assert!(target.str("target_id").starts_with("terraform-2026") && target.id().starts_with("r-terraform-"));
    let given = but(
        &given,
        json!({"target_id": target.str("target_id"), "input_transformer": [{"input_paths": {"a": "$.b"}, "input_template": "\"<a>\""}],
            "dead_letter_config": [{"arn": queue}], "retry_policy": [{"maximum_event_age_in_seconds": 60, "maximum_retry_attempts": 5}]}),
    );
    let target = w.apply("aws_cloudwatch_event_target", Some(&target), &given).await;
    w.imported("aws_cloudwatch_event_target", &format!("r/{}", target.str("target_id")), &given).await;
    let ecs = json!({
        "rule": "r", "target_id": "ecs", "arn": "arn:aws:ecs:eu-west-1:123456789012:cluster/c",
        "role_arn": "arn:aws:iam::123456789012:role/r",
        "ecs_target": [{
            "task_definition_arn": "arn:aws:ecs:eu-west-1:123456789012:task-definition/t:1", "task_count": 2, "launch_type": "FARGATE",
            "enable_ecs_managed_tags": null, "enable_execute_command": null, "tags": {"A": "1"},
            "network_configuration": [{"subnets": ["subnet-1"], "security_groups": ["sg-1"], "assign_public_ip": true}],
            "capacity_provider_strategy": [], "ordered_placement_strategy": [], "placement_constraint": [],
        }],
    });
    let ecs = w.create("aws_cloudwatch_event_target", ecs).await;
    let run = json!({"rule": "r", "target_id": "run", "arn": "arn:aws:ssm:eu-west-1::document/AWS-RunShellScript",
        "run_command_targets": [{"key": "tag:Name", "values": ["web"]}]});
    let run = w.create("aws_cloudwatch_event_target", run).await;
    let asked = w.read_all(&[target.clone(), ecs.clone(), run.clone()]).await;
    assert_eq!(asked, ["events.ListTargetsByRule"]);
    for made in [&target, &ecs, &run, &rule, &timed] {
        w.delete(made).await;
        assert!(w.read(made).await.is_none(), "{}", made.r#type);
    }
}
