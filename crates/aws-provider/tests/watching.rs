//! Lives of trails, alarms, filters and policies of logs, on the sandbox.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout)]

mod common;

use common::{World, but};
use serde_json::json;

fn allow(service: &str, action: &str) -> String {
    json!({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": {"Service": service}, "Action": action, "Resource": "*",
    }]})
    .to_string()
}

#[tokio::test]
async fn a_trail_lives() {
    let w = World::new().await;
    let bucket = w.create("aws_s3_bucket", json!({"bucket": "trail-bucket"})).await;
    let given = json!({"name": "trail", "s3_bucket_name": bucket.id()});
    let (_, found) = w.try_apply("aws_cloudtrail", None, &given).await;
    assert_eq!(found.0[0].attribute.as_ref().unwrap().to_string(), "s3_bucket_name", "{found:?}");
    let policy = json!({"bucket": bucket.id(), "policy": allow("cloudtrail.amazonaws.com", "s3:PutObject")});
    w.create("aws_s3_bucket_policy", policy).await;
    let trail = w.create("aws_cloudtrail", given.clone()).await;
    let state = trail.json();
    assert_eq!((&state["enable_logging"], &state["home_region"]), (&json!(true), &json!("eu-west-1")));
    assert!(trail.id().ends_with(":trail/trail") && trail.id() == trail.str("arn"));
    let group = w.create("aws_cloudwatch_log_group", json!({"name": "trail"})).await;
    let key = w.create("aws_kms_key", json!({})).await;
    let given = but(
        &given,
        json!({
            "is_multi_region_trail": true, "enable_log_file_validation": true, "enable_logging": false, "s3_key_prefix": "p",
            "cloud_watch_logs_group_arn": format!("{}:*", group.str("arn")), "kms_key_id": key.str("arn"),
            "cloud_watch_logs_role_arn": "arn:aws:iam::123456789012:role/r", "tags": {"A": "1"},
            "event_selector": [{"read_write_type": "WriteOnly", "data_resource": [{"type": "AWS::S3::Object", "values": ["arn:aws:s3:::"]}]}],
            "insight_selector": [{"insight_type": "ApiCallRateInsight"}],
        }),
    );
    let trail = w.apply("aws_cloudtrail", Some(&trail), &given).await;
    assert_eq!(w.aws("cloudtrail", "GetTrailStatus", json!({"Name": "trail"})).await["IsLogging"], json!(false));
    w.imported("aws_cloudtrail", &trail.id(), &given).await;
    let given = but(
        &given,
        json!({
            "event_selector": [], "insight_selector": [], "cloud_watch_logs_group_arn": null, "kms_key_id": null,
            "cloud_watch_logs_role_arn": null,
            "advanced_event_selector": [{"name": "n", "field_selector": [{"field": "eventCategory", "equals": ["Management"]}]}],
        }),
    );
    let trail = w.apply("aws_cloudtrail", Some(&trail), &given).await;
    assert_eq!(trail.json()["kms_key_id"], json!(""));
    let other = w.create("aws_cloudtrail", json!({"name": "other", "s3_bucket_name": bucket.id()})).await;
    let asked = w.read_all(&[trail.clone(), other.clone()]).await;
    assert_eq!(asked.iter().filter(|o| *o == "cloudtrail.DescribeTrails").count(), 1);
    for made in [&trail, &other] {
        w.delete(made).await;
        assert!(w.read(made).await.is_none());
    }
}

#[tokio::test]
async fn an_alarm_lives() {
    let w = World::new().await;
    let given = json!({
        "alarm_name": "cpu", "comparison_operator": "GreaterThanThreshold", "evaluation_periods": 2, "metric_name": "CPUUtilization",
        "namespace": "AWS/EC2", "period": 120, "statistic": "Average", "threshold": 80.5, "dimensions": {"InstanceId": "i-1"},
    });
    let alarm = w.create("aws_cloudwatch_metric_alarm", given.clone()).await;
    assert_eq!((&alarm.json()["threshold"], &alarm.json()["treat_missing_data"]), (&json!(80.5), &json!("missing")));
    let given = but(
        &given,
        json!({"threshold": 0, "alarm_actions": ["arn:aws:sns:eu-west-1:123456789012:t"], "actions_enabled": false,
            "dimensions": {"InstanceId": "i-2", "X": "y"}, "tags": {"A": "1"}, "alarm_description": "d"}),
    );
    let alarm = w.apply("aws_cloudwatch_metric_alarm", Some(&alarm), &given).await;
    w.imported("aws_cloudwatch_metric_alarm", "cpu", &given).await;
    let query = json!({
        "alarm_name": "math", "comparison_operator": "LessThanThreshold", "evaluation_periods": 1, "threshold": 5,
        "metric_query": [
            {"id": "e1", "expression": "m1*2", "label": "L", "return_data": true},
            {"id": "m1", "metric": [{"metric_name": "M", "namespace": "N", "period": 60, "stat": "Sum", "dimensions": {"A": "b"}}]},
        ],
    });
    let math = w.create("aws_cloudwatch_metric_alarm", query).await;
    assert_eq!(
        w.read_all(&[alarm.clone(), math.clone()]).await.iter().filter(|o| *o == "cloudwatch.DescribeAlarms").count(),
        1
    );
    for made in [&alarm, &math] {
        w.delete(made).await;
        assert!(w.read(made).await.is_none());
    }
}

#[tokio::test]
async fn logs_are_counted_and_opened_to_others() {
    let w = World::new().await;
    w.create("aws_cloudwatch_log_group", json!({"name": "/g", "retention_in_days": 7, "tags": {"A": "1"}})).await;
    let given = json!({
        "name": "f", "log_group_name": "/g", "pattern": "ERROR",
        "metric_transformation": [{"name": "errors", "namespace": "n", "value": "1"}],
    });
    let filter = w.create("aws_cloudwatch_log_metric_filter", given.clone()).await;
    let given = but(
        &given,
        json!({"pattern": "", "metric_transformation": [{"name": "errors", "namespace": "n", "value": "2", "default_value": "0", "unit": "Count"}]}),
    );
    let filter = w.apply("aws_cloudwatch_log_metric_filter", Some(&filter), &given).await;
    w.imported("aws_cloudwatch_log_metric_filter", "/g:f", &given).await;

    let given = json!({"policy_name": "p", "policy_document": allow("route53.amazonaws.com", "logs:PutLogEvents")});
    let policy = w.create("aws_cloudwatch_log_resource_policy", given.clone()).await;
    let given = but(&given, json!({"policy_document": allow("es.amazonaws.com", "logs:PutLogEvents")}));
    let policy = w.apply("aws_cloudwatch_log_resource_policy", Some(&policy), &given).await;
    w.imported("aws_cloudwatch_log_resource_policy", "p", &given).await;

    let found = w.data("aws_cloudwatch_log_group", json!({"name": "/g"})).await;
    assert_eq!((&found["retention_in_days"], &found["tags"]["A"]), (&json!(7), &json!("1")));
    assert!(w.try_data("aws_cloudwatch_log_group", json!({"name": "/none"})).await.is_err());
    for made in [&filter, &policy] {
        w.delete(made).await;
        assert!(w.read(made).await.is_none(), "{}", made.r#type);
    }
}
