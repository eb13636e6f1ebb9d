//! Lives of file systems and what belongs to them, on the sandbox.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout)]

mod common;

use common::{World, but};
use serde_json::json;

fn policy(action: &str) -> String {
    json!({"Version": "2012-10-17", "Statement": [{
        "Sid": "a", "Effect": "Allow", "Principal": {"AWS": "*"}, "Action": [action], "Resource": "*",
    }]})
    .to_string()
}

#[tokio::test]
async fn a_file_system_lives() {
    let w = World::new().await;
    let given = json!({"encrypted": true, "tags": {"Name": "a"}});
    let system = w.create("aws_efs_file_system", given.clone()).await;
    let state = system.json();
    assert_eq!((&state["performance_mode"], &state["throughput_mode"]), (&json!("generalPurpose"), &json!("bursting")));
    assert_eq!((&state["name"], &state["protection"][0]["replication_overwrite"]), (&json!("a"), &json!("ENABLED")));
    assert!(system.str("dns_name").ends_with(".efs.eu-west-1.amazonaws.com"));
    assert!(system.str("kms_key_id").starts_with("arn:aws:kms:"));
    let given = but(
        &given,
        json!({
            "throughput_mode": "provisioned", "provisioned_throughput_in_mibps": 64.5, "tags": {"Name": "b"},
            "lifecycle_policy": [{"transition_to_ia": "AFTER_30_DAYS"}, {"transition_to_primary_storage_class": "AFTER_1_ACCESS"}],
            "protection": [{"replication_overwrite": "DISABLED"}],
        }),
    );
    let system = w.apply("aws_efs_file_system", Some(&system), &given).await;
    assert_eq!(
        (&system.json()["name"], &system.json()["provisioned_throughput_in_mibps"]),
        (&json!("b"), &json!(64.5))
    );
    w.imported("aws_efs_file_system", &system.id(), &given).await;
    for by in [json!({"file_system_id": system.id()}), json!({"tags": {"Name": "b"}})] {
        let found = w.data("aws_efs_file_system", by).await;
        assert_eq!((&found["arn"], &found["size_in_bytes"]), (&json!(system.str("arn")), &json!(6144)));
        assert_eq!(found["lifecycle_policy"][0]["transition_to_ia"], json!("AFTER_30_DAYS"));
    }
    let given =
        but(&given, json!({"lifecycle_policy": [], "throughput_mode": null, "provisioned_throughput_in_mibps": null}));
    let system = w.apply("aws_efs_file_system", Some(&system), &given).await;
    let plan = w.plan("aws_efs_file_system", Some(&system), &but(&given, json!({"encrypted": false}))).await;
    assert_eq!(plan.requires_replace.len(), 1);

    let rules = json!({"file_system_id": system.id(), "policy": policy("elasticfilesystem:ClientMount")});
    // What is not configured is planned as false, so that the state of Terraform's provider is no change.
    let plan = w.plan("aws_efs_file_system_policy", None, &rules).await;
    assert_eq!(plan.planned.get("bypass_policy_lockout_safety_check").unwrap().as_bool(), Some(false));
    let made = w.create("aws_efs_file_system_policy", rules.clone()).await;
    let rules = but(&rules, json!({"policy": policy("elasticfilesystem:ClientWrite")}));
    let made = w.apply("aws_efs_file_system_policy", Some(&made), &rules).await;
    w.imported("aws_efs_file_system_policy", &system.id(), &rules).await;
    w.delete(&made).await;
    assert!(w.read(&made).await.is_none());

    let rules = json!({"file_system_id": system.id(), "backup_policy": [{"status": "ENABLED"}]});
    let made = w.create("aws_efs_backup_policy", rules.clone()).await;
    let rules = but(&rules, json!({"backup_policy": [{"status": "DISABLED"}]}));
    let made = w.apply("aws_efs_backup_policy", Some(&made), &rules).await;
    w.imported("aws_efs_backup_policy", &system.id(), &rules).await;
    w.delete(&made).await;
    assert_eq!(w.read(&made).await.unwrap().json()["backup_policy"][0]["status"], json!("DISABLED"));

    w.delete(&system).await;
    assert!(w.read(&system).await.is_none() && w.read(&made).await.is_none());
}

#[tokio::test]
async fn a_file_system_is_mounted() {
    let w = World::new().await;
    let vpc = w.create("aws_vpc", json!({"cidr_block": "10.0.0.0/16", "enable_dns_hostnames": true})).await;
    let mut subnets = Vec::new();
    for (i, zone) in ["eu-west-1a", "eu-west-1b"].iter().enumerate() {
        let given = json!({"vpc_id": vpc.id(), "cidr_block": format!("10.0.{i}.0/24"), "availability_zone": zone});
        subnets.push(w.create("aws_subnet", given).await);
    }
    let group = w.create("aws_security_group", json!({"name": "g", "vpc_id": vpc.id()})).await;
    let system = w.create("aws_efs_file_system", json!({})).await;
    let given = json!({"file_system_id": system.id(), "subnet_id": subnets[0].id(), "ip_address": "10.0.0.77"});
    let a = w.create("aws_efs_mount_target", given.clone()).await;
    assert_eq!(a.str("mount_target_dns_name"), format!("eu-west-1a.{}", system.str("dns_name")));
    let given = but(&given, json!({"security_groups": [group.id()]}));
    let a = w.apply("aws_efs_mount_target", Some(&a), &given).await;
    w.imported("aws_efs_mount_target", &a.id(), &given).await;
    let b =
        w.create("aws_efs_mount_target", json!({"file_system_id": system.id(), "subnet_id": subnets[1].id()})).await;
    let asked = w.read_all(&[a.clone(), b.clone()]).await;
    assert_eq!(asked.iter().filter(|o| *o == "efs.DescribeMountTargets").count(), 1);
    assert_eq!(w.read(&system).await.unwrap().json()["number_of_mount_targets"], json!(2));
    let eni = w
        .aws("ec2", "DescribeNetworkInterfaces", json!({"NetworkInterfaceIds": [a.str("network_interface_id")]}))
        .await;
    assert_eq!(eni["NetworkInterfaces"][0]["PrivateIpAddress"], json!("10.0.0.77"));

    let given = json!({
        "file_system_id": system.id(), "tags": {"Name": "p"}, "posix_user": [{"uid": 1000, "gid": 1000, "secondary_gids": [2000]}],
        "root_directory": [{"path": "/a", "creation_info": [{"owner_uid": 1, "owner_gid": 2, "permissions": "755"}]}],
    });
    let point = w.create("aws_efs_access_point", given.clone()).await;
    let given = but(&given, json!({"tags": {"Name": "q"}}));
    let point = w.apply("aws_efs_access_point", Some(&point), &given).await;
    w.imported("aws_efs_access_point", &point.id(), &given).await;
    let plain = w.create("aws_efs_access_point", json!({"file_system_id": system.id()})).await;
    assert_eq!(plain.json()["root_directory"][0]["path"], json!("/"));
    assert_eq!(w.read_all(&[point.clone(), plain.clone()]).await, ["efs.DescribeAccessPoints"]);

    for made in [&point, &plain, &a, &b, &system] {
        w.delete(made).await;
        assert!(w.read(made).await.is_none(), "{}", made.r#type);
    }
    for made in [&group, &subnets[0], &subnets[1], &vpc] {
        w.delete(made).await;
    }
}

#[tokio::test]
async fn a_file_system_is_copied_to_another_region() {
    let w = World::new().await;
    let system = w.create("aws_efs_file_system", json!({})).await;
    let given = json!({"source_file_system_id": system.id(), "destination": [{"region": "us-east-1"}]});
    let made = w.create("aws_efs_replication_configuration", given.clone()).await;
    let to = made.json()["destination"][0].clone();
    assert_eq!((&to["status"], &to["region"]), (&json!("ENABLED"), &json!("us-east-1")));
    w.imported("aws_efs_replication_configuration", &system.id(), &given).await;
    w.delete(&made).await;
    assert!(w.read(&made).await.is_none());
    w.delete(&system).await;
    let copy = json!({"FileSystemId": to["file_system_id"]});
    let copy = w.client.call_in("us-east-1", "efs", "DescribeFileSystems", copy).await.unwrap();
    assert_eq!(copy["FileSystems"][0]["Encrypted"], json!(true));
}
