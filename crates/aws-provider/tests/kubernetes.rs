//! Lives of clusters and what belongs to them, on the sandbox.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout)]

mod common;

use common::{Made, World, but};
use serde_json::{Value as Json, json};

const TRUST: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":["eks.amazonaws.com","ec2.amazonaws.com","pods.eks.amazonaws.com","eks-fargate-pods.amazonaws.com"]},"Action":"sts:AssumeRole"}]}"#;

/// A network, a role and a cluster.
struct Place {
    all: Vec<Made>,
    subnets: Vec<String>,
    role: String,
    cluster: Made,
    given: Json,
}

async fn place(w: &World, cluster: Json) -> Place {
    let vpc = w.create("aws_vpc", json!({"cidr_block": "10.0.0.0/16", "enable_dns_hostnames": true})).await;
    let mut all = Vec::new();
    for (cidr, zone) in [("10.0.1.0/24", "eu-west-1a"), ("10.0.2.0/24", "eu-west-1b"), ("10.0.3.0/24", "eu-west-1c")] {
        all.push(
            w.create("aws_subnet", json!({"vpc_id": vpc.id(), "cidr_block": cidr, "availability_zone": zone})).await,
        );
    }
    let subnets: Vec<String> = all.iter().map(Made::id).collect();
    let role = w.create("aws_iam_role", json!({"name": "r", "assume_role_policy": TRUST})).await;
    let arn = role.str("arn");
    all.extend([role, vpc]);
    let base = json!({"name": "c", "role_arn": arn, "version": "1.31", "vpc_config": [{"subnet_ids": &subnets[..2]}]});
    let given = but(&base, cluster);
    let cluster = w.create("aws_eks_cluster", given.clone()).await;
    Place { all, subnets, role: arn, cluster, given }
}

async fn gone(w: &World, all: &[&Made]) {
    for made in all {
        w.delete(made).await;
        assert!(w.read(made).await.is_none(), "{}", made.r#type);
    }
}

async fn end(w: &World, p: &Place) {
    gone(w, &[&p.cluster]).await;
    gone(w, &p.all.iter().collect::<Vec<_>>()).await;
    assert_eq!(w.sandbox.summary().unwrap(), [], "nothing is left");
}

#[tokio::test]
async fn a_cluster_lives() {
    let w = World::new().await;
    let key =
        json!([{"resources": ["secrets"], "provider": [{"key_arn": "arn:aws:kms:eu-west-1:123456789012:key/k"}]}]);
    let mut p = place(&w, json!({"enabled_cluster_log_types": ["audit"], "tags": {"A": "b"}})).await;
    let state = p.cluster.json();
    assert_eq!((&state["status"], &state["version"]), (&json!("ACTIVE"), &json!("1.31")));
    assert!(p.cluster.str("endpoint").starts_with("https://"));
    assert!(state["identity"][0]["oidc"][0]["issuer"].as_str().unwrap().starts_with("https://oidc.eks.eu-west-1."));
    assert!(state["vpc_config"][0]["cluster_security_group_id"].as_str().unwrap().starts_with("sg-"));
    assert_eq!(state["access_config"][0]["authentication_mode"], json!("CONFIG_MAP"));
    assert_eq!(state["kubernetes_network_config"][0]["service_ipv4_cidr"], json!("172.20.0.0/16"));
    for step in [
        json!({"version": "1.32", "tags": {"A": "c"}}),
        json!({"access_config": [{"authentication_mode": "API_AND_CONFIG_MAP", "bootstrap_cluster_creator_admin_permissions": true}]}),
        json!({"enabled_cluster_log_types": ["api", "audit"]}),
        json!({"vpc_config": [{"subnet_ids": p.subnets, "endpoint_private_access": true, "public_access_cidrs": ["198.51.100.0/24"]}]}),
        json!({"upgrade_policy": [{"support_type": "STANDARD"}]}),
        json!({"zonal_shift_config": [{"enabled": true}]}),
        json!({"encryption_config": key}),
    ] {
        p.given = but(&p.given, step);
        p.cluster = w.apply("aws_eks_cluster", Some(&p.cluster), &p.given).await;
    }
    w.imported("aws_eks_cluster", "c", &p.given).await;
    let plan = w.plan("aws_eks_cluster", Some(&p.cluster), &but(&p.given, json!({"encryption_config": []}))).await;
    assert_eq!(plan.requires_replace.len(), 1, "encryption is for good");
    let broken = json!({"compute_config": [{"enabled": true}]});
    let found = w.try_validate("aws_eks_cluster", &but(&p.given, broken)).await;
    assert!(found.has_errors(), "Auto Mode is all or nothing");

    let found = w.data("aws_eks_cluster", json!({"name": "c"})).await;
    for name in ["arn", "endpoint", "version", "platform_version", "identity", "certificate_authority", "vpc_config"] {
        assert_eq!(found[name], p.cluster.json()[name], "{name}");
    }
    assert_eq!(w.data("aws_eks_clusters", json!({})).await["names"], json!(["c"]));
    let token = w.data("aws_eks_cluster_auth", json!({"name": "c"})).await["token"].as_str().unwrap().to_owned();
    assert!(token.starts_with("k8s-aws-v1.aHR0cHM6Ly9zdHMuZXUtd2VzdC0x"), "https://sts.eu-west-1, in Base64");
    end(&w, &p).await;
}

#[tokio::test]
async fn what_runs_in_a_cluster_lives() {
    let w = World::new().await;
    let access = json!([{"authentication_mode": "API", "bootstrap_cluster_creator_admin_permissions": true}]);
    let p = place(&w, json!({"access_config": access})).await;
    let given = json!({"cluster_name": "c", "addon_name": "vpc-cni", "tags": {"A": "b"}});
    let addon = w.create("aws_eks_addon", given.clone()).await;
    let newest = json!({"addon_name": "vpc-cni", "kubernetes_version": "1.31", "most_recent": true});
    let newest = w.data("aws_eks_addon_version", newest).await["version"].clone();
    let default = w.data("aws_eks_addon_version", json!({"addon_name": "vpc-cni", "kubernetes_version": "1.31"})).await;
    assert_eq!(json!(addon.str("addon_version")), default["version"]);
    assert_ne!(newest, default["version"]);
    let values = r#"{"env":{"A":"b"}}"#;
    let pods = json!([{"role_arn": p.role, "service_account": "aws-node"}]);
    let mut given = but(
        &given,
        json!({"addon_version": newest, "configuration_values": values, "service_account_role_arn": p.role,
            "resolve_conflicts_on_update": "OVERWRITE", "tags": {"A": "c"}}),
    );
    let mut addon = w.apply("aws_eks_addon", Some(&addon), &given).await;
    for step in [json!({"service_account_role_arn": null, "pod_identity_association": pods}), json!({"preserve": true})]
    {
        given = but(&given, step);
        addon = w.apply("aws_eks_addon", Some(&addon), &given).await;
    }
    assert_eq!(addon.json()["pod_identity_association"], pods);
    w.imported("aws_eks_addon", "c:vpc-cni", &given).await;

    let given = json!({"cluster_name": "c", "principal_arn": p.role, "kubernetes_groups": ["a"]});
    let entry = w.create("aws_eks_access_entry", given.clone()).await;
    assert!(entry.str("user_name").ends_with("assumed-role/r/{{SessionName}}"));
    let given = but(&given, json!({"kubernetes_groups": ["a", "b"], "user_name": "me", "tags": {"A": "b"}}));
    let entry = w.apply("aws_eks_access_entry", Some(&entry), &given).await;
    w.imported("aws_eks_access_entry", &entry.id(), &given).await;
    let policy = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy";
    let given = json!({"cluster_name": "c", "principal_arn": p.role, "policy_arn": policy,
        "access_scope": [{"type": "namespace", "namespaces": ["default"]}]});
    let tied = w.create("aws_eks_access_policy_association", given.clone()).await;
    w.imported("aws_eks_access_policy_association", &tied.id(), &given).await;
    let wider = but(&given, json!({"access_scope": [{"type": "cluster"}]}));
    assert!(!w.plan("aws_eks_access_policy_association", Some(&tied), &wider).await.requires_replace.is_empty());
    // Who made the cluster has an entry already.
    let taken = json!({"cluster_name": "c", "principal_arn": "arn:aws:iam::123456789012:user/sandbox"});
    let (_, found) = w.try_apply("aws_eks_access_entry", None, &taken).await;
    assert!(found.0[0].detail.contains("ResourceInUseException"));

    let given = json!({"cluster_name": "c", "namespace": "n", "service_account": "s", "role_arn": p.role});
    let pod = w.create("aws_eks_pod_identity_association", given.clone()).await;
    let other = w.create("aws_iam_role", json!({"name": "other", "assume_role_policy": TRUST})).await;
    let given = but(&given, json!({"role_arn": other.str("arn"), "tags": {"A": "b"}}));
    let pod = w.apply("aws_eks_pod_identity_association", Some(&pod), &given).await;
    w.imported("aws_eks_pod_identity_association", &format!("c,{}", pod.str("association_id")), &given).await;

    let given = json!({"cluster_name": "c", "oidc": [{"client_id": "id", "identity_provider_config_name": "i",
        "issuer_url": "https://issuer.example", "groups_claim": "groups"}]});
    let provider = w.create("aws_eks_identity_provider_config", given.clone()).await;
    let given = but(&given, json!({"tags": {"A": "b"}}));
    let provider = w.apply("aws_eks_identity_provider_config", Some(&provider), &given).await;
    w.imported("aws_eks_identity_provider_config", "c:i", &given).await;
    gone(&w, &[&provider, &pod, &other, &tied, &entry, &addon]).await;
    end(&w, &p).await;
}

#[tokio::test]
async fn node_groups_live() {
    let w = World::new().await;
    let p = place(&w, json!({"access_config": [{"authentication_mode": "API"}]})).await;
    let scaling = |n: i64| json!([{"min_size": 1, "max_size": 3, "desired_size": n}]);
    let given = json!({"cluster_name": "c", "node_group_name_prefix": "n-", "node_role_arn": p.role,
        "subnet_ids": p.subnets, "scaling_config": scaling(2), "labels": {"a": "b", "c": "d"}, "disk_size": 30});
    let group = w.create("aws_eks_node_group", given.clone()).await;
    let state = group.json();
    assert_eq!((&state["ami_type"], &state["capacity_type"]), (&json!("AL2023_x86_64_STANDARD"), &json!("ON_DEMAND")));
    assert_eq!((&state["instance_types"], &state["version"]), (&json!(["t3.medium"]), &json!("1.31")));
    let nodes = json!({"Filters": [{"Name": "tag:eks:nodegroup-name", "Values": [group.str("node_group_name")]}]});
    let count = async |w: &World| {
        let found = w.aws("ec2", "DescribeInstances", nodes.clone()).await;
        let all: Vec<Json> =
            found["Reservations"].as_array().unwrap().iter().map(|r| r["Instances"][0].clone()).collect();
        all.iter().filter(|i| i["State"]["Name"] == "running" || i["State"]["Name"] == "pending").count()
    };
    assert_eq!(count(&w).await, 2);
    let taint = json!([{"key": "k", "value": "v", "effect": "NO_SCHEDULE"}]);
    let (mut given, mut group) = (given, group);
    for step in [
        json!({"scaling_config": scaling(3), "labels": {"a": "x"}, "taint": taint, "tags": {"A": "b"}}),
        json!({"taint": [], "update_config": [{"max_unavailable_percentage": 50}], "node_repair_config": [{"enabled": true}]}),
        json!({"release_version": "1.31.7-20250519", "force_update_version": true}),
    ] {
        given = but(&given, step);
        group = w.apply("aws_eks_node_group", Some(&group), &given).await;
    }
    assert_eq!(count(&w).await, 3);
    let named = but(&given, json!({"node_group_name_prefix": null, "node_group_name": group.str("node_group_name")}));
    w.imported("aws_eks_node_group", &group.id(), &named).await;

    let template = json!({"name": "nodes", "instance_type": "m5.large",
        "metadata_options": [{"http_tokens": "required", "http_put_response_hop_limit": 2}]});
    let made = w.create("aws_launch_template", template.clone()).await;
    let given = json!({"cluster_name": "c", "node_group_name": "t", "node_role_arn": p.role, "subnet_ids": p.subnets,
        "scaling_config": scaling(1), "launch_template": [{"id": made.id(), "version": "1"}]});
    let templated = w.create("aws_eks_node_group", given.clone()).await;
    assert_eq!(templated.json()["launch_template"][0]["name"], json!("nodes"));
    let template = but(&template, json!({"instance_type": "m5.xlarge"}));
    let made = w.apply("aws_launch_template", Some(&made), &template).await;
    let given = but(&given, json!({"launch_template": [{"id": made.id(), "version": "2"}]}));
    let templated = w.apply("aws_eks_node_group", Some(&templated), &given).await;
    let found = w.try_delete(&p.cluster).await;
    assert!(found.0[0].detail.contains("nodegroups attached"));
    gone(&w, &[&templated, &made, &group]).await;
    end(&w, &p).await;
}

#[tokio::test]
async fn fargate_profiles_live() {
    let w = World::new().await;
    let p = place(&w, json!({})).await;
    let given = json!({"cluster_name": "c", "fargate_profile_name": "f", "pod_execution_role_arn": p.role,
        "subnet_ids": p.subnets, "selector": [{"namespace": "a", "labels": {"x": "y"}}, {"namespace": "b"}]});
    // In a set a map without an entry is not there, however it is written.
    let written = but(&given, json!({"selector": [{"namespace": "b", "labels": {}}]}));
    let planned = w.plan("aws_eks_fargate_profile", None, &written).await.planned;
    assert!(planned.get("selector").unwrap().as_seq().unwrap()[0].get("labels").unwrap().is_null());
    let profile = w.create("aws_eks_fargate_profile", given.clone()).await;
    let given = but(&given, json!({"tags": {"A": "b"}}));
    let profile = w.apply("aws_eks_fargate_profile", Some(&profile), &given).await;
    w.imported("aws_eks_fargate_profile", "c:f", &given).await;
    gone(&w, &[&profile]).await;
    end(&w, &p).await;
}

#[tokio::test]
async fn versions_that_eks_offers() {
    let w = World::new().await;
    let found = w.data("aws_eks_cluster_versions", json!({"default_only": true})).await;
    assert_eq!(found["cluster_versions"][0]["cluster_version"], json!("1.32"));
    assert_eq!(found["cluster_versions"][0]["release_date"], json!("2025-01-23T00:00:00Z"));
    let found = w.data("aws_eks_cluster_versions", json!({"cluster_versions_only": ["1.30", "1.31"]})).await;
    assert_eq!(found["cluster_versions"].as_array().unwrap().len(), 2);
    assert!(
        w.try_data("aws_eks_addon_version", json!({"addon_name": "no", "kubernetes_version": "1.31"})).await.is_err()
    );
}
