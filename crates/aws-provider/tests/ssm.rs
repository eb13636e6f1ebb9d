//! Lives of parameters, documents and associations, on the sandbox.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout)]

mod common;

use common::{World, but};
use serde_json::json;

#[tokio::test]
async fn a_parameter_lives() {
    let w = World::new().await;
    let given = json!({"name": "/app/a", "type": "String", "value": "one"});
    let parameter = w.create("aws_ssm_parameter", given.clone()).await;
    let state = parameter.json();
    assert_eq!(
        (&state["version"], &state["tier"], &state["data_type"]),
        (&json!(1), &json!("Standard"), &json!("text"))
    );
    let given = but(&given, json!({"value": "two", "description": "d", "tags": {"A": "1"}}));
    let parameter = w.apply("aws_ssm_parameter", Some(&parameter), &given).await;
    assert_eq!(parameter.json()["version"], json!(2));
    w.imported("aws_ssm_parameter", "/app/a", &given).await;
    let plain =
        w.create("aws_ssm_parameter", json!({"name": "plain", "type": "StringList", "insecure_value": "a,b"})).await;
    assert_eq!(plain.str("insecure_value"), "a,b");
    let left = json!({"name": "left", "type": "String", "value": "v", "tier": "Intelligent-Tiering"});
    let chosen = w.create("aws_ssm_parameter", but(&left, json!({"tier": "Standard"}))).await;
    w.settled(&chosen, &left).await;
    w.delete(&chosen).await;

    let secret =
        w.create("aws_ssm_parameter", json!({"name": "/app/b", "type": "SecureString", "value": "hush"})).await;
    assert_eq!(secret.str("key_id"), "alias/aws/ssm");
    let raw = w.aws("ssm", "GetParameter", json!({"Name": "/app/b"})).await;
    assert_ne!(raw["Parameter"]["Value"], json!("hush"));
    let found = w.data("aws_ssm_parameter", json!({"name": "/app/b"})).await;
    assert_eq!((&found["value"], &found["insecure_value"]), (&json!("hush"), &json!("")));
    let found = w.data("aws_ssm_parameters_by_path", json!({"path": "/app"})).await;
    assert_eq!((&found["names"], &found["values"]), (&json!(["/app/a", "/app/b"]), &json!(["two", "hush"])));
    let asked = w.read_all(&[parameter.clone(), plain.clone(), secret.clone()]).await;
    assert_eq!(asked.iter().filter(|o| *o == "ssm.GetParameters").count(), 1);

    let image = json!({"name": "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"});
    let image = w.data("aws_ssm_parameter", image).await;
    assert!(image["value"].as_str().unwrap().starts_with("ami-0"));
    let eks = json!({"name": "/aws/service/eks/optimized-ami/1.31/amazon-linux-2023/x86_64/standard/recommended/release_version"});
    assert!(w.data("aws_ssm_parameter", eks).await["value"].as_str().unwrap().starts_with("1.31"));
    assert!(w.try_data("aws_ssm_parameter", json!({"name": "/none"})).await.is_err());

    let (_, found) = w.try_apply("aws_ssm_parameter", None, &given).await;
    assert_eq!(found.0[0].attribute.as_ref().unwrap().to_string(), "name");
    for made in [&parameter, &plain, &secret] {
        w.delete(made).await;
        assert!(w.read(made).await.is_none());
    }
}

#[tokio::test]
async fn a_document_is_tied_to_machines() {
    let w = World::new().await;
    let content = |d: &str| {
        json!({"schemaVersion": "2.2", "description": d, "parameters": {"p": {"type": "String", "default": "x"}}, "mainSteps": []}).to_string()
    };
    let given = json!({"name": "doc", "document_type": "Command", "content": content("one")});
    let document = w.create("aws_ssm_document", given.clone()).await;
    let state = document.json();
    assert_eq!((&state["description"], &state["parameter"][0]["default_value"]), (&json!("one"), &json!("x")));
    let given = but(
        &given,
        json!({"content": content("two"), "tags": {"A": "1"}, "permissions": {"type": "Share", "account_ids": "111122223333"}}),
    );
    let document = w.apply("aws_ssm_document", Some(&document), &given).await;
    assert_eq!((document.str("default_version"), document.str("description")), ("2".into(), "two".into()));
    w.imported("aws_ssm_document", "doc", &given).await;

    let given = json!({"name": "doc", "targets": [{"key": "tag:Name", "values": ["web"]}], "parameters": {"p": "1"}});
    let tied = w.create("aws_ssm_association", given.clone()).await;
    let given = but(
        &given,
        json!({"schedule_expression": "rate(1 day)", "association_name": "daily", "parameters": {"p": "2"},
            "output_location": [{"s3_bucket_name": "bucket", "s3_key_prefix": "p"}], "tags": {"A": "1"}, "max_errors": "10%"}),
    );
    let tied = w.apply("aws_ssm_association", Some(&tied), &given).await;
    w.imported("aws_ssm_association", &tied.id(), &given).await;
    let (_, found) = w.try_apply("aws_ssm_association", None, &json!({"name": "none"})).await;
    assert!(found.has_errors());
    let own = json!({"name": "AWS-UpdateSSMAgent", "targets": [{"key": "InstanceIds", "values": ["*"]}], "wait_for_success_timeout_seconds": 60});
    let own = w.create("aws_ssm_association", own).await;
    for made in [&tied, &own, &document] {
        w.delete(made).await;
        assert!(w.read(made).await.is_none(), "{}", made.r#type);
    }
}
