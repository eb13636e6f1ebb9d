//! Lives of roles, policies and log groups, on the sandbox.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout)]

mod common;

use common::{World, but};
use serde_json::{Value as Json, json};

fn trust(service: &str) -> String {
    json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}]})
        .to_string()
}

fn allow(action: &str) -> String {
    json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": [action], "Resource": "*"}]})
        .to_string()
}

#[tokio::test]
async fn a_role_lives() {
    let w = World::new().await;
    let given = json!({"assume_role_policy": trust("ec2.amazonaws.com"), "name_prefix": "r-"});
    let role = w.create("aws_iam_role", given.clone()).await;
    let state = role.json();
    assert!(role.id().starts_with("r-") && role.id() == role.str("name"));
    assert_eq!(state["max_session_duration"], json!(3600));
    assert_eq!(state["path"], json!("/"));
    assert_eq!((&state["description"], &state["permissions_boundary"]), (&json!(""), &json!("")));
    assert_eq!((&state["inline_policy"], &state["managed_policy_arns"]), (&json!([]), &json!([])));
    assert_eq!(state["tags_all"], json!({"Env": "test"}));
    assert!(role.str("unique_id").starts_with("AROA") && role.str("create_date").ends_with('Z'));

    let policy = w.create("aws_iam_policy", json!({"name": "p", "policy": allow("logs:*")})).await;
    let given = but(
        &given,
        json!({
            "assume_role_policy": trust("lambda.amazonaws.com"), "description": "d", "max_session_duration": 7200,
            "permissions_boundary": policy.id(), "managed_policy_arns": [policy.id()], "force_detach_policies": true,
            "inline_policy": [{"name": "i", "policy": allow("s3:*")}], "tags": {"A": "1"}
        }),
    );
    let role = w.apply("aws_iam_role", Some(&role), &given).await;
    assert_eq!(role.json()["inline_policy"][0]["policy"].as_str().unwrap().find("\"Version\""), Some(1));
    let imported = w.import("aws_iam_role", &role.id()).await;
    assert_eq!(imported.json()["inline_policy"], role.json()["inline_policy"]);

    let given = but(
        &given,
        json!({"permissions_boundary": null, "managed_policy_arns": [], "inline_policy": [{"name": null, "policy": null}]}),
    );
    let role = w.apply("aws_iam_role", Some(&role), &given).await;
    assert_eq!(role.json()["managed_policy_arns"], json!([]));
    assert_eq!(w.aws("iam", "ListRolePolicies", json!({"RoleName": role.id()})).await["PolicyNames"], json!([]));

    // A document that means the same changes nothing.
    let same = trust("lambda.amazonaws.com").replace("\"sts:AssumeRole\"", "[ \"sts:AssumeRole\" ]");
    w.settled(&role, &but(&given, json!({"assume_role_policy": same}))).await;
    let plan = w.plan("aws_iam_role", Some(&role), &but(&given, json!({"path": "/x/"}))).await;
    assert_eq!(plan.requires_replace.len(), 1);

    // What others tied to it is taken off, as the configuration says.
    w.aws("iam", "AttachRolePolicy", json!({"RoleName": role.id(), "PolicyArn": policy.id()})).await;
    w.delete(&role).await;
    assert!(w.read(&role).await.is_none());
    w.delete(&policy).await;
    assert!(w.read(&policy).await.is_none());
}

#[tokio::test]
async fn policies_have_versions() {
    let w = World::new().await;
    let given = json!({"name": "p", "path": "/x/", "description": "d", "policy": allow("a:0"), "tags": {"B": "2"}});
    let mut policy = w.create("aws_iam_policy", given.clone()).await;
    assert_eq!(policy.str("arn").rsplit_once(":policy/").unwrap().1, "x/p");
    for i in 1..8 {
        policy =
            w.apply("aws_iam_policy", Some(&policy), &but(&given, json!({"policy": allow(&format!("a:{i}"))}))).await;
    }
    let versions = w.aws("iam", "ListPolicyVersions", json!({"PolicyArn": policy.id()})).await;
    assert_eq!(versions["Versions"].as_array().unwrap().len(), 5);
    let imported = w.import("aws_iam_policy", &policy.id()).await;
    w.settled(&imported, &but(&given, json!({"policy": allow("a:7")}))).await;
    w.delete(&policy).await;
}

#[tokio::test]
async fn a_role_carries_policies() {
    let w = World::new().await;
    let role = w.create("aws_iam_role", json!({"name": "r", "assume_role_policy": trust("ec2.amazonaws.com")})).await;
    let policy = w.create("aws_iam_policy", json!({"policy": allow("logs:*")})).await;
    assert!(policy.str("name").starts_with("terraform-"));

    let attachment =
        w.create("aws_iam_role_policy_attachment", json!({"role": role.id(), "policy_arn": policy.id()})).await;
    assert!(attachment.id().starts_with("r-2026"));
    let imported = w.import("aws_iam_role_policy_attachment", &format!("r/{}", policy.id())).await;
    w.settled(&imported, &json!({"role": role.id(), "policy_arn": policy.id()})).await;

    let given = json!({"role": role.id(), "name_prefix": "in-", "policy": allow("s3:*")});
    let inline = w.create("aws_iam_role_policy", given.clone()).await;
    assert_eq!(inline.id(), format!("r:{}", inline.str("name")));
    assert!(inline.str("policy").starts_with("{\"Version\":\"2012-10-17\",\"Statement\""));
    let inline = w.apply("aws_iam_role_policy", Some(&inline), &but(&given, json!({"policy": allow("s3:Get*")}))).await;
    let named = json!({"role": "r", "name": inline.str("name"), "policy": allow("s3:Get*")});
    let imported = w.import("aws_iam_role_policy", &inline.id()).await;
    w.settled(&imported, &named).await;

    // The role shows them, and does not want to change for it.
    let role = w.read(&role).await.unwrap();
    assert_eq!(role.json()["managed_policy_arns"], json!([policy.id()]));
    w.settled(&role, &json!({"name": "r", "assume_role_policy": trust("ec2.amazonaws.com")})).await;

    let given = json!({"name": "ip", "path": "/z/", "role": "r", "tags": {"C": "3"}});
    let profile = w.create("aws_iam_instance_profile", given.clone()).await;
    let profile = w.apply("aws_iam_instance_profile", Some(&profile), &but(&given, json!({"role": null}))).await;
    let profile = w.apply("aws_iam_instance_profile", Some(&profile), &given).await;
    let imported = w.import("aws_iam_instance_profile", "ip").await;
    w.settled(&imported, &given).await;

    for made in [&profile, &attachment, &inline, &role, &policy] {
        w.delete(made).await;
        assert!(w.read(made).await.is_none(), "{}", made.r#type);
    }
}

#[tokio::test]
async fn a_log_group_lives() {
    let w = World::new().await;
    let given = json!({"name": "/flow", "retention_in_days": 30, "tags": {"A": "1"}});
    let group = w.create("aws_cloudwatch_log_group", given.clone()).await;
    let state = group.json();
    assert_eq!((&state["id"], &state["name_prefix"], &state["kms_key_id"]), (&json!("/flow"), &json!(""), &json!("")));
    assert!(group.str("arn").ends_with(":log-group:/flow"));
    // Its name begins like the other's.
    let other = w.create("aws_cloudwatch_log_group", json!({"name": "/flow/2"})).await;
    assert_eq!(other.json()["retention_in_days"], json!(0));
    let given = but(&given, json!({"retention_in_days": 7, "tags": {"B": "2"}}));
    let group = w.apply("aws_cloudwatch_log_group", Some(&group), &given).await;
    assert_eq!(group.json()["tags_all"], json!({"B": "2", "Env": "test"}));
    let given = but(&given, json!({"retention_in_days": null, "skip_destroy": true}));
    let group = w.apply("aws_cloudwatch_log_group", Some(&group), &given).await;
    let imported = w.import("aws_cloudwatch_log_group", "/flow").await;
    assert_eq!(imported.json()["retention_in_days"], json!(0));
    w.delete(&group).await;
    let kept = w.apply("aws_cloudwatch_log_group", Some(&imported), &but(&given, json!({"skip_destroy": false}))).await;
    w.delete(&kept).await;
    assert!(w.read(&kept).await.is_none());

    let (_, found) = w.try_apply("aws_cloudwatch_log_group", None, &json!({"name": "/flow/2"})).await;
    assert_eq!(found.0[0].attribute.as_ref().unwrap().to_string(), "name");
    let plan = w.plan("aws_cloudwatch_log_group", Some(&other), &json!({"name": "/other"})).await;
    assert_eq!(plan.requires_replace.len(), 1);
}

#[tokio::test]
async fn what_cannot_be_named_is_refused_before_any_call() {
    let w = World::new().await;
    let schema = craton_aws_provider::provider_schema();
    let refused = |r#type: &'static str, given: Json| {
        let config = common::config(&schema.resources[r#type].block, &given);
        let w = &w;
        async move {
            let found = w.provider.validate_resource(craton_model::addr::ResourceMode::Managed, r#type, &config).await;
            assert!(found.has_errors(), "{}: {given}", r#type);
        }
    };
    refused("aws_iam_role", json!({"name": "a b", "assume_role_policy": "{}"})).await;
    refused("aws_iam_role", json!({"name": "a", "assume_role_policy": "{"})).await;
    refused("aws_iam_role", json!({"name": "a", "name_prefix": "b", "assume_role_policy": "{}"})).await;
    refused("aws_iam_policy", json!({"path": "x", "policy": "{}"})).await;
    refused("aws_cloudwatch_log_group", json!({"retention_in_days": 2})).await;
}
