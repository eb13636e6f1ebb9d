//! Lives of tables, on the sandbox.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout)]

mod common;

use common::{World, but};
use craton_model::addr::ResourceMode;
use serde_json::json;

#[tokio::test]
async fn a_lock_table_lives() {
    let w = World::new().await;
    let given = json!({"name": "locks", "billing_mode": "PAY_PER_REQUEST", "hash_key": "LockID", "attribute": [{"name": "LockID", "type": "S"}]});
    let table = w.create("aws_dynamodb_table", given.clone()).await;
    let state = table.json();
    assert_eq!((&state["read_capacity"], &state["table_class"]), (&json!(0), &json!("STANDARD")));
    let given = but(
        &given,
        json!({
            "point_in_time_recovery": [{"enabled": true}], "ttl": [{"attribute_name": "e", "enabled": true}], "tags": {"A": "1"},
            "server_side_encryption": [{"enabled": true}], "deletion_protection_enabled": true, "stream_enabled": true,
            "stream_view_type": "NEW_IMAGE",
        }),
    );
    let table = w.apply("aws_dynamodb_table", Some(&table), &given).await;
    assert_eq!(table.json()["point_in_time_recovery"], json!([{"enabled": true, "recovery_period_in_days": 35}]));
    assert!(table.str("stream_arn").contains("table/locks/stream/"));
    w.imported("aws_dynamodb_table", "locks", &given).await;
    assert!(w.try_delete(&table).await.has_errors());
    let given = but(
        &given,
        json!({"deletion_protection_enabled": false, "ttl": [{"attribute_name": "e", "enabled": false}], "stream_enabled": false,
            "stream_view_type": null, "point_in_time_recovery": [{"enabled": false}], "server_side_encryption": [{"enabled": false}],
            "table_class": "STANDARD_INFREQUENT_ACCESS"}),
    );
    let table = w.apply("aws_dynamodb_table", Some(&table), &given).await;
    w.delete(&table).await;
    assert!(w.read(&table).await.is_none());
}

#[tokio::test]
async fn indexes_come_and_go() {
    let w = World::new().await;
    let attributes = json!([{"name": "a", "type": "S"}, {"name": "b", "type": "N"}, {"name": "c", "type": "S"}]);
    let index = |name: &str, read: i64| json!({"name": name, "hash_key": "c", "projection_type": "KEYS_ONLY", "read_capacity": read, "write_capacity": 2, "on_demand_throughput": []});
    let given = json!({
        "name": "wide", "hash_key": "a", "range_key": "b", "read_capacity": 3, "write_capacity": 2, "attribute": attributes,
        "global_secondary_index": [index("one", 1)],
        "local_secondary_index": [{"name": "l", "range_key": "c", "projection_type": "INCLUDE", "non_key_attributes": ["x"]}],
    });
    let table = w.create("aws_dynamodb_table", given.clone()).await;
    let given = but(&given, json!({"read_capacity": 5, "global_secondary_index": [index("one", 4), index("two", 2)]}));
    let table = w.apply("aws_dynamodb_table", Some(&table), &given).await;
    let read = w.aws("dynamodb", "DescribeTable", json!({"TableName": "wide"})).await;
    assert_eq!(read["Table"]["GlobalSecondaryIndexes"].as_array().unwrap().len(), 2);
    let given = but(&given, json!({"global_secondary_index": [index("two", 2)]}));
    let table = w.apply("aws_dynamodb_table", Some(&table), &given).await;
    w.imported("aws_dynamodb_table", "wide", &given).await;
    let plan =
        w.plan("aws_dynamodb_table", Some(&table), &but(&given, json!({"hash_key": "b", "range_key": "a"}))).await;
    assert_eq!(plan.requires_replace.len(), 2);
    w.delete(&table).await;
    assert!(w.read(&table).await.is_none());

    let refused = but(&given, json!({"attribute": [{"name": "a", "type": "S"}, {"name": "z", "type": "S"}]}));
    let refused = common::config(&common::block("aws_dynamodb_table"), &refused);
    let found = w.provider.validate_resource(ResourceMode::Managed, "aws_dynamodb_table", &refused).await;
    assert_eq!(found.0.len(), 2, "{found:?}");
}
