//! Lives of Auto Scaling groups and their schedules, on the sandbox.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout)]

mod common;

use common::{Made, World, but};
use craton_model::Value;
use serde_json::{Value as Json, json};

async fn place(w: &World) -> (Vec<Made>, Made) {
    let vpc = w.create("aws_vpc", json!({"cidr_block": "10.0.0.0/16"})).await;
    let mut all = Vec::new();
    for (cidr, zone) in [("10.0.1.0/24", "eu-west-1a"), ("10.0.2.0/24", "eu-west-1b")] {
        all.push(
            w.create("aws_subnet", json!({"vpc_id": vpc.id(), "cidr_block": cidr, "availability_zone": zone})).await,
        );
    }
    let filter = json!([{"name": "name", "values": ["al2023-ami-2023*-x86_64"]}]);
    let image = w.data("aws_ami", json!({"owners": ["amazon"], "most_recent": true, "filter": filter})).await;
    let given =
        json!({"name": "nodes", "image_id": image["id"], "instance_type": "t3.micro", "update_default_version": true});
    let template = w.create("aws_launch_template", given).await;
    all.push(vpc);
    (all, template)
}

async fn running(w: &World, group: &str) -> Vec<Json> {
    let filter = json!([{"Name": "tag:aws:autoscaling:groupName", "Values": [group]},
        {"Name": "instance-state-name", "Values": ["pending", "running"]}]);
    let found = w.aws("ec2", "DescribeInstances", json!({"Filters": filter})).await;
    found["Reservations"].as_array().unwrap().iter().map(|r| r["Instances"][0].clone()).collect()
}

#[tokio::test]
async fn a_group_lives() {
    let w = World::new().await;
    let (all, template) = place(&w).await;
    let subnets: Vec<String> = all[..2].iter().map(Made::id).collect();
    let given = json!({"name_prefix": "g-", "min_size": 1, "max_size": 3, "desired_capacity": 2, "vpc_zone_identifier": subnets,
        "launch_template": [{"id": template.id(), "version": "$Latest"}], "health_check_grace_period": 60,
        "enabled_metrics": ["GroupMinSize"], "suspended_processes": ["AZRebalance"],
        "tag": [{"key": "A", "value": "b", "propagate_at_launch": true}]});
    let group = w.create("aws_autoscaling_group", given.clone()).await;
    let state = group.json();
    assert_eq!((&state["default_cooldown"], &state["health_check_type"]), (&json!(300), &json!("EC2")));
    assert_eq!(state["availability_zones"], json!(["eu-west-1a", "eu-west-1b"]));
    assert_eq!(state["launch_template"][0]["name"], json!("nodes"));
    let nodes = running(&w, &group.id()).await;
    assert_eq!(nodes.len(), 2);
    assert!(nodes[0]["Tags"].as_array().unwrap().contains(&json!({"Key": "A", "Value": "b"})));

    let (mut given, mut group) = (given, group);
    for step in [
        json!({"desired_capacity": 3, "default_cooldown": 100, "protect_from_scale_in": true}),
        json!({"min_size": 0, "desired_capacity": 1, "termination_policies": ["OldestInstance"],
            "tag": [{"key": "A", "value": "c", "propagate_at_launch": false}, {"key": "D", "value": "e", "propagate_at_launch": true}]}),
        json!({"enabled_metrics": ["GroupMaxSize"], "suspended_processes": [], "capacity_rebalance": true,
            "instance_maintenance_policy": [{"min_healthy_percentage": 90, "max_healthy_percentage": 120}]}),
        json!({"tag": [], "termination_policies": [], "health_check_grace_period": 0}),
    ] {
        given = but(&given, step);
        group = w.apply("aws_autoscaling_group", Some(&group), &given).await;
    }
    assert_eq!(running(&w, &group.id()).await.len(), 1);
    let named = but(&given, json!({"name_prefix": null, "name": group.str("name")}));
    w.imported("aws_autoscaling_group", &group.id(), &named).await;

    let given = json!({"autoscaling_group_name": group.id(), "scheduled_action_name": "s", "min_size": 0, "max_size": 1,
        "desired_capacity": 0, "recurrence": "0 20 * * *", "time_zone": "Europe/Berlin"});
    let schedule = w.create("aws_autoscaling_schedule", given.clone()).await;
    assert_eq!(schedule.id(), "s");
    let given = but(&given, json!({"desired_capacity": -1, "max_size": 2, "recurrence": "0 21 * * *"}));
    let schedule = w.apply("aws_autoscaling_schedule", Some(&schedule), &given).await;
    assert_eq!(schedule.json()["desired_capacity"], json!(-1));
    w.imported("aws_autoscaling_schedule", &format!("{}/s", group.id()), &given).await;

    for made in [&schedule, &group, &template].into_iter().chain(&all) {
        w.delete(made).await;
        assert!(w.read(made).await.is_none(), "{}", made.r#type);
    }
    assert_eq!(w.sandbox.summary().unwrap(), []);
}

#[tokio::test]
async fn a_group_of_several_types_lives() {
    let w = World::new().await;
    let (all, template) = place(&w).await;
    let subnets: Vec<String> = all[..2].iter().map(Made::id).collect();
    let mixed = |types: &[&str]| {
        let overrides: Vec<Json> =
            types.iter().map(|t| json!({"instance_type": t, "weighted_capacity": "1"})).collect();
        json!([{
            "instances_distribution": [{"on_demand_percentage_above_base_capacity": 0, "spot_allocation_strategy": "price-capacity-optimized"}],
            "launch_template": [{"launch_template_specification": [{"launch_template_id": template.id()}], "override": overrides}],
        }])
    };
    let given = json!({"name": "m", "min_size": 1, "max_size": 1, "vpc_zone_identifier": subnets, "force_delete": true,
        "mixed_instances_policy": mixed(&["m5.large", "m6i.large"])});
    let group = w.create("aws_autoscaling_group", given.clone()).await;
    assert_eq!(running(&w, "m").await[0]["InstanceType"], json!("m5.large"));
    let distribution = &group.json()["mixed_instances_policy"][0]["instances_distribution"][0];
    assert_eq!(distribution["on_demand_allocation_strategy"], json!("prioritized"));
    let given = but(&given, json!({"mixed_instances_policy": mixed(&["m6i.large"])}));
    let group = w.apply("aws_autoscaling_group", Some(&group), &given).await;
    let both = but(&given, json!({"launch_template": [{"id": template.id()}]}));
    assert!(w.try_validate("aws_autoscaling_group", &both).await.has_errors());
    // What Terraform's provider plans and sends where little is said: with overrides numbers are 0, else they are not known,
    // and in both cases AWS hears of no instances on demand.
    let little = |overrides: Json| {
        json!([{
            "instances_distribution": [{"spot_allocation_strategy": "capacity-optimized"}],
            "launch_template": [{"launch_template_specification": [{"launch_template_id": template.id()}], "override": overrides}],
        }])
    };
    for (name, overrides) in [("none", json!([])), ("one", json!([{"instance_type": "m5.large"}]))] {
        let given = json!({"name": name, "min_size": 0, "max_size": 1, "vpc_zone_identifier": subnets, "force_delete": true,
            "mixed_instances_policy": little(overrides)});
        let planned = w.plan("aws_autoscaling_group", None, &given).await.planned;
        let spread = planned.get("mixed_instances_policy").unwrap().as_seq().unwrap()[0].get("instances_distribution");
        let spread = spread.unwrap().as_seq().unwrap()[0].clone();
        for number in ["on_demand_base_capacity", "on_demand_percentage_above_base_capacity", "spot_instance_pools"] {
            assert_eq!(*spread.get(number).unwrap() == Value::from(0), name == "one", "{name}: {number}");
        }
        assert!(!spread.get("on_demand_allocation_strategy").unwrap().is_known());
        let made = w.create("aws_autoscaling_group", given).await;
        let spread = &made.json()["mixed_instances_policy"][0]["instances_distribution"][0];
        assert_eq!(spread["on_demand_percentage_above_base_capacity"], json!(0), "{name}");
        w.delete(&made).await;
    }
    let refresh = json!({"name": "r", "min_size": 0, "max_size": 1, "vpc_zone_identifier": subnets,
        "launch_template": [{"id": template.id()}],
        "instance_refresh": [{"strategy": "Rolling", "preferences": [{"min_healthy_percentage": 50}]}]});
    let planned = w.plan("aws_autoscaling_group", None, &refresh).await.planned;
    let preferences = planned.get("instance_refresh").unwrap().as_seq().unwrap()[0].get("preferences").cloned();
    assert_eq!(preferences.unwrap().as_seq().unwrap()[0].get("skip_matching"), Some(&Value::from(false)));
    for made in [&group, &template].into_iter().chain(&all) {
        w.delete(made).await;
        assert!(w.read(made).await.is_none(), "{}", made.r#type);
    }
}
