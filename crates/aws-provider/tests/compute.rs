//! Lives of instances, volumes, launch templates and what belongs to them, on the sandbox.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout)]

mod common;

use common::{Made, World, but};
use serde_json::{Value as Json, json};

const KEY: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f me";
const TRUST: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;

async fn subnet(w: &World) -> (Made, Made) {
    let vpc = w.create("aws_vpc", json!({"cidr_block": "10.0.0.0/16", "enable_dns_hostnames": true})).await;
    let given = json!({"vpc_id": vpc.id(), "cidr_block": "10.0.1.0/24", "availability_zone": "eu-west-1a"});
    let subnet = w.create("aws_subnet", given).await;
    (vpc, subnet)
}

async fn image(w: &World) -> String {
    let filter = json!([{"name": "name", "values": ["al2023-ami-2023*-x86_64"]}]);
    let found = w.data("aws_ami", json!({"owners": ["amazon"], "most_recent": true, "filter": filter})).await;
    found["id"].as_str().unwrap().to_owned()
}

async fn gone(w: &World, all: &[&Made]) {
    for made in all {
        w.delete(made).await;
        assert!(w.read(made).await.is_none(), "{}", made.r#type);
    }
}

fn left(w: &World) -> usize {
    w.sandbox.summary().unwrap().iter().map(|(_, n)| n).sum()
}

#[tokio::test]
async fn an_instance_lives() {
    let w = World::new().await;
    let (vpc, subnet) = subnet(&w).await;
    let role = w.create("aws_iam_role", json!({"name": "r", "assume_role_policy": TRUST})).await;
    let profile = w.create("aws_iam_instance_profile", json!({"name": "p", "role": role.id()})).await;
    let other = w.create("aws_iam_instance_profile", json!({"name": "q", "role": role.id()})).await;
    let group = w.create("aws_security_group", json!({"vpc_id": vpc.id(), "name": "g"})).await;
    let given = json!({
        "ami": image(&w).await, "instance_type": "t3.micro", "subnet_id": subnet.id(),
        "iam_instance_profile": profile.id(), "user_data": "#!/bin/sh\necho hello", "monitoring": true,
        "metadata_options": [{"http_tokens": "required", "http_put_response_hop_limit": 1}],
        "root_block_device": [{"volume_size": 20, "volume_type": "gp3", "encrypted": true, "tags": {"Name": "root"}}],
        "tags": {"Name": "i"},
    });
    let made = w.create("aws_instance", given.clone()).await;
    let state = made.json();
    assert_eq!((&state["instance_state"], &state["private_ip"]), (&json!("running"), &json!("10.0.1.4")));
    assert_eq!(state["vpc_security_group_ids"], json!([vpc.str("default_security_group_id")]));
    assert_eq!(state["root_block_device"][0]["throughput"], json!(125));
    assert_eq!(state["root_block_device"][0]["tags"], json!({"Name": "root"}));
    assert_eq!(state["root_block_device"][0]["tags_all"], json!({"Env": "test", "Name": "root"}));
    assert_eq!(state["credit_specification"], json!([{"cpu_credits": "unlimited"}]));
    assert_eq!(state["user_data"].as_str().unwrap().len(), 40);

    // A block that says nothing, as the public module has it, changes nothing.
    let silent = but(&given, json!({"credit_specification": [{}]}));
    assert_eq!(w.plan("aws_instance", Some(&made), &silent).await.planned, made.state);

    // One thing after the other; the type and the user data with a stop and a start.
    let steps = [
        json!({"tags": {"Name": "j"}, "vpc_security_group_ids": [group.id()]}),
        json!({"iam_instance_profile": other.id(), "monitoring": false}),
        json!({"metadata_options": [{"http_tokens": "optional", "http_put_response_hop_limit": 2}]}),
        json!({"root_block_device": [{"volume_size": 30, "volume_type": "gp3", "encrypted": true, "delete_on_termination": false,
            "iops": 4000, "tags": {"Name": "root2"}}]}),
        json!({"instance_type": "t3.small", "user_data": "#!/bin/sh\necho other"}),
        json!({"source_dest_check": false, "disable_api_termination": true, "disable_api_stop": true}),
        json!({"maintenance_options": [{"auto_recovery": "disabled"}], "credit_specification": [{"cpu_credits": "standard"}]}),
        json!({"instance_initiated_shutdown_behavior": "terminate", "secondary_private_ips": ["10.0.1.77"]}),
        json!({"private_dns_name_options": [{"enable_resource_name_dns_a_record": true}]}),
        json!({"iam_instance_profile": ""}),
    ];
    let (mut made, mut given) = (made, given);
    for step in steps {
        given = but(&given, step);
        made = w.apply("aws_instance", Some(&made), &given).await;
    }
    assert_eq!(made.json()["root_block_device"][0]["volume_size"], json!(30));
    assert_eq!(made.json()["instance_state"], json!("running"));
    w.imported("aws_instance", &made.id(), &given).await;

    let plan = w.plan("aws_instance", Some(&made), &but(&given, json!({"instance_type": "t4g.small"}))).await;
    assert_eq!(plan.requires_replace.len(), 1, "another architecture needs another instance");
    let replacing = but(&given, json!({"user_data": "x", "user_data_replace_on_change": true}));
    assert_eq!(w.plan("aws_instance", Some(&made), &replacing).await.requires_replace.len(), 1);

    let kept = made.json()["root_block_device"][0]["volume_id"].as_str().unwrap().to_owned();
    w.delete(&made).await;
    assert!(w.read(&made).await.is_none());
    w.aws("ec2", "DeleteVolume", json!({"VolumeId": kept})).await;
    gone(&w, &[&other, &profile, &role, &group, &subnet, &vpc]).await;
    assert_eq!(left(&w), 0);
}

#[tokio::test]
async fn an_instance_of_a_launch_template_lives() {
    let w = World::new().await;
    let (vpc, subnet) = subnet(&w).await;
    let given = json!({
        "name_prefix": "lt-", "image_id": image(&w).await, "instance_type": "t3.micro", "ebs_optimized": "true",
        "user_data": "IyEvYmluL3NoCg==", "description": "first", "update_default_version": true,
        "block_device_mappings": [{"device_name": "/dev/xvda", "ebs": [{"volume_size": 10, "volume_type": "gp3", "encrypted": "true"}]}],
        "metadata_options": [{"http_tokens": "required", "http_endpoint": "enabled", "http_put_response_hop_limit": 2}],
        "monitoring": [{"enabled": false}],
        "network_interfaces": [{"device_index": 0, "subnet_id": subnet.id(), "associate_public_ip_address": "false",
            "delete_on_termination": "true", "security_groups": [vpc.str("default_security_group_id")]}],
        "tag_specifications": [{"resource_type": "network-interface", "tags": {"Name": "from"}}, {"resource_type": "volume", "tags": {"V": "w"}}],
        "tags": {"Name": "lt"},
    });
    let template = w.create("aws_launch_template", given.clone()).await;
    assert_eq!(template.str("name_prefix"), "lt-");
    assert_eq!(template.json()["latest_version"], json!(1));
    assert_eq!(template.json()["monitoring"], json!([{"enabled": false}]));
    assert_eq!(template.json()["network_interfaces"][0]["associate_public_ip_address"], json!("false"));

    let of = |version: &str| json!({"launch_template": [{"id": template.id(), "version": version}]});
    let instance = w.create("aws_instance", of("$Latest")).await;
    assert_eq!(instance.json()["launch_template"][0]["name"], json!(template.str("name")));
    assert_eq!(instance.json()["root_block_device"][0]["volume_size"], json!(10));
    assert_eq!(instance.json()["associate_public_ip_address"], json!(false));

    let given = but(&given, json!({"instance_type": "t3.small", "description": "second", "tags": {"Name": "lt2"}}));
    let template = w.apply("aws_launch_template", Some(&template), &given).await;
    assert_eq!((&template.json()["latest_version"], &template.json()["default_version"]), (&json!(2), &json!(2)));
    let given = but(&given, json!({"update_default_version": null, "default_version": 1}));
    let template = w.apply("aws_launch_template", Some(&template), &given).await;
    assert_eq!(template.json()["default_version"], json!(1));
    let named = but(&given, json!({"name_prefix": null, "name": template.str("name")}));
    w.imported("aws_launch_template", &template.id(), &named).await;

    // `$Latest` is another version by now; the number of the present one is none.
    let instance = w.read(&instance).await.unwrap();
    assert_eq!(instance.json()["launch_template"][0]["version"], json!("1"));
    assert_eq!(w.plan("aws_instance", Some(&instance), &of("$Latest")).await.requires_replace.len(), 1);
    assert!(w.plan("aws_instance", Some(&instance), &of("$Default")).await.requires_replace.is_empty());
    w.settled(&instance, &of("1")).await;
    gone(&w, &[&instance, &template, &subnet, &vpc]).await;
    assert_eq!(left(&w), 0);
}

#[tokio::test]
async fn volumes_live() {
    let w = World::new().await;
    let (vpc, subnet) = subnet(&w).await;
    let given = json!({"availability_zone": "eu-west-1a", "size": 10, "type": "gp2", "tags": {"Name": "v"}});
    let volume = w.create("aws_ebs_volume", given.clone()).await;
    assert_eq!((&volume.json()["iops"], &volume.json()["encrypted"]), (&json!(100), &json!(false)));
    let given = but(&given, json!({"size": 20, "type": "gp3", "throughput": 200, "iops": 3500, "tags": {"Name": "w"}}));
    let volume = w.apply("aws_ebs_volume", Some(&volume), &given).await;
    assert_eq!(volume.json()["throughput"], json!(200));
    let given = but(&given, json!({"final_snapshot": true}));
    let volume = w.apply("aws_ebs_volume", Some(&volume), &given).await;
    w.imported("aws_ebs_volume", &volume.id(), &but(&given, json!({"final_snapshot": false}))).await;

    let given = json!({"ami": image(&w).await, "instance_type": "t3.nano", "subnet_id": subnet.id(),
        "ebs_block_device": [{"device_name": "/dev/sdb", "volume_size": 5, "tags": {"A": "b"}}]});
    let instance = w.create("aws_instance", given.clone()).await;
    assert_eq!(instance.json()["ebs_block_device"][0]["volume_type"], json!("gp2"));
    let given =
        but(&given, json!({"ebs_block_device": [{"device_name": "/dev/sdb", "volume_size": 5, "tags": {"A": "c"}}]}));
    let instance = w.apply("aws_instance", Some(&instance), &given).await;
    let bigger = but(&given, json!({"ebs_block_device": [{"device_name": "/dev/sdb", "volume_size": 6}]}));
    assert!(!w.plan("aws_instance", Some(&instance), &bigger).await.requires_replace.is_empty());

    let given = json!({"device_name": "/dev/sdh", "instance_id": instance.id(), "volume_id": volume.id()});
    let attached = w.create("aws_volume_attachment", given.clone()).await;
    assert!(attached.id().starts_with("vai-"));
    let given = but(&given, json!({"force_detach": true, "stop_instance_before_detaching": true}));
    let attached = w.apply("aws_volume_attachment", Some(&attached), &given).await;
    let imported = w.import("aws_volume_attachment", &format!("/dev/sdh:{}:{}", volume.id(), instance.id())).await;
    assert_eq!(imported.id(), attached.id());
    gone(&w, &[&attached, &volume, &instance, &subnet, &vpc]).await;
    assert_eq!(w.sandbox.summary().unwrap(), [("snapshot".to_owned(), 1)]);
}

#[tokio::test]
async fn encryption_by_default_lives() {
    let w = World::new().await;
    let on = w.create("aws_ebs_encryption_by_default", json!({})).await;
    let volume = w.create("aws_ebs_volume", json!({"availability_zone": "eu-west-1a", "size": 1})).await;
    assert!(volume.str("kms_key_id").starts_with("arn:aws:kms:"));
    let off = w.apply("aws_ebs_encryption_by_default", Some(&on), &json!({"enabled": false})).await;
    w.delete(&off).await;
    let plain = w.create("aws_ebs_volume", json!({"availability_zone": "eu-west-1a", "size": 1})).await;
    assert_eq!(plain.json()["encrypted"], json!(false));
    gone(&w, &[&volume, &plain]).await;
}

#[tokio::test]
async fn keys_tags_and_placement_live() {
    let w = World::new().await;
    let key = w.create("aws_key_pair", json!({"key_name_prefix": "k-", "public_key": KEY})).await;
    assert_eq!((key.str("key_type").as_str(), key.str("key_name_prefix").as_str()), ("ed25519", "k-"));
    let given = json!({"key_name_prefix": "k-", "public_key": KEY, "tags": {"A": "b"}});
    let key = w.apply("aws_key_pair", Some(&key), &given).await;
    let imported = w.import("aws_key_pair", &key.id()).await;
    assert_eq!(imported.str("fingerprint"), key.str("fingerprint"));

    let given = json!({"name": "p", "strategy": "partition", "partition_count": 3});
    let group = w.create("aws_placement_group", given.clone()).await;
    let given = but(&given, json!({"tags": {"A": "b"}}));
    let group = w.apply("aws_placement_group", Some(&group), &given).await;
    w.imported("aws_placement_group", &group.id(), &given).await;
    let spread = w.create("aws_placement_group", json!({"name": "s", "strategy": "spread"})).await;
    assert_eq!(spread.str("spread_level"), "rack");

    let vpc = w.create("aws_vpc", json!({"cidr_block": "10.0.0.0/16"})).await;
    let given = json!({"resource_id": vpc.id(), "key": "Owner", "value": "me"});
    let tag = w.create("aws_ec2_tag", given.clone()).await;
    assert_eq!(tag.id(), format!("{},Owner", vpc.id()));
    let given = but(&given, json!({"value": "you"}));
    let tag = w.apply("aws_ec2_tag", Some(&tag), &given).await;
    w.imported("aws_ec2_tag", &tag.id(), &given).await;
    gone(&w, &[&tag, &vpc, &spread, &group, &key]).await;
    assert_eq!(left(&w), 0);
}

#[tokio::test]
async fn interfaces_live() {
    let w = World::new().await;
    let (vpc, subnet) = subnet(&w).await;
    let group = w.create("aws_security_group", json!({"vpc_id": vpc.id(), "name": "g"})).await;
    let given =
        json!({"subnet_id": subnet.id(), "private_ips": ["10.0.1.50"], "description": "d", "source_dest_check": false});
    let eni = w.create("aws_network_interface", given.clone()).await;
    assert_eq!((&eni.json()["private_ip"], &eni.json()["source_dest_check"]), (&json!("10.0.1.50"), &json!(false)));
    let given = but(
        &given,
        json!({"private_ips": ["10.0.1.50", "10.0.1.51"], "security_groups": [group.id()], "description": "e", "tags": {"A": "b"}}),
    );
    let eni = w.apply("aws_network_interface", Some(&eni), &given).await;
    assert_eq!(eni.json()["private_ips_count"], json!(1));
    w.imported("aws_network_interface", &eni.id(), &given).await;
    let moved = w.plan("aws_network_interface", Some(&eni), &but(&given, json!({"private_ips": ["10.0.1.60"]}))).await;
    assert_eq!(moved.requires_replace.len(), 1);

    let instance = w
        .create("aws_instance", json!({"ami": image(&w).await, "instance_type": "t3.nano", "subnet_id": subnet.id()}))
        .await;
    let given = but(&given, json!({"attachment": [{"instance": instance.id(), "device_index": 1}]}));
    let eni = w.apply("aws_network_interface", Some(&eni), &given).await;
    assert!(eni.json()["attachment"][0]["attachment_id"].as_str().unwrap().starts_with("eni-attach-"));
    // Without the block it stays where it is: an instance may have it for itself.
    w.settled(&eni, &but(&given, json!({"attachment": []}))).await;
    gone(&w, &[&eni]).await;

    // An instance on an interface of somebody's own, which stays when it goes.
    let eni = w.create("aws_network_interface", json!({"subnet_id": subnet.id()})).await;
    let own = json!({"ami": image(&w).await, "instance_type": "t3.nano",
        "network_interface": [{"network_interface_id": eni.id(), "device_index": 0}]});
    let second = w.create("aws_instance", own).await;
    assert_eq!(second.str("primary_network_interface_id"), eni.id());
    gone(&w, &[&second, &instance]).await;
    assert!(w.read(&eni).await.is_some());
    gone(&w, &[&eni, &group, &subnet, &vpc]).await;
    assert_eq!(left(&w), 0);
}

#[tokio::test]
async fn a_spot_instance_lives() {
    let w = World::new().await;
    let (vpc, subnet) = subnet(&w).await;
    let market = json!([{"market_type": "spot", "spot_options": [{"max_price": "0.05", "spot_instance_type": "persistent",
        "instance_interruption_behavior": "stop"}]}]);
    let given = json!({"ami": image(&w).await, "instance_type": "m5.large", "subnet_id": subnet.id(), "instance_market_options": market});
    let instance = w.create("aws_instance", given.clone()).await;
    assert_eq!(instance.str("instance_lifecycle"), "spot");
    assert_eq!(instance.json()["instance_market_options"][0]["spot_options"][0]["max_price"], json!("0.05"));
    w.imported("aws_instance", &instance.id(), &given).await;
    // How it was bought need not be said in full.
    w.settled(&instance, &but(&given, json!({"instance_market_options": [{"market_type": "spot"}]}))).await;
    let request = instance.str("spot_instance_request_id");
    gone(&w, &[&instance, &subnet, &vpc]).await;
    let found = w.aws("ec2", "DescribeSpotInstanceRequests", json!({"SpotInstanceRequestIds": [request]})).await;
    assert_eq!(found["SpotInstanceRequests"][0]["State"], json!("cancelled"), "nothing starts in its place");
}

#[tokio::test]
async fn addresses_of_instances() {
    let w = World::new().await;
    let (vpc, subnet) = subnet(&w).await;
    let igw = w.create("aws_internet_gateway", json!({"vpc_id": vpc.id()})).await;
    let given = json!({"ami": image(&w).await, "instance_type": "t3.nano", "subnet_id": subnet.id(), "associate_public_ip_address": true});
    let instance = w.create("aws_instance", given).await;
    assert!(instance.str("public_ip").starts_with("198."));
    let eip = w.create("aws_eip", json!({"domain": "vpc", "instance": instance.id()})).await;
    let instance = w.read(&instance).await.unwrap();
    assert_eq!(instance.str("public_ip"), eip.str("public_ip"));
    gone(&w, &[&eip, &instance, &igw, &subnet, &vpc]).await;
    assert_eq!(left(&w), 0);
}

#[tokio::test]
async fn many_instances_are_read_together() {
    let w = World::with(json!({})).await;
    let (_, subnet) = subnet(&w).await;
    let mut all = Vec::new();
    for _ in 0..5 {
        let given = json!({"ami": image(&w).await, "instance_type": "t3.nano", "subnet_id": subnet.id()});
        all.push(w.create("aws_instance", given).await);
    }
    let asked = w.read_all(&all).await;
    for op in ["DescribeInstances", "DescribeVolumes", "DescribeInstanceTypes", "DescribeInstanceCreditSpecifications"]
    {
        assert_eq!(asked.iter().filter(|a| **a == format!("ec2.{op}")).count(), 1, "{op}: {asked:#?}");
    }
}

#[tokio::test]
async fn data_sources_of_compute() {
    let w = World::new().await;
    let (_, subnet) = subnet(&w).await;
    let found = w
        .data(
            "aws_ami",
            json!({"owners": ["amazon"], "most_recent": true, "name_regex": "^amzn2-ami-hvm-2.*-x86_64-gp2$"}),
        )
        .await;
    assert_eq!((&found["architecture"], &found["image_owner_alias"]), (&json!("x86_64"), &json!("amazon")));
    assert_eq!(found["block_device_mappings"].as_array().unwrap()[0]["ebs"]["volume_type"], json!("gp2"));
    assert!(w.try_data("aws_ami", json!({"owners": ["self"]})).await.is_err());
    assert!(w.try_data("aws_ami", json!({"owners": ["amazon"], "name_regex": "("})).await.is_err());

    let kind = w.data("aws_ec2_instance_type", json!({"instance_type": "m5.large"})).await;
    assert_eq!((&kind["default_vcpus"], &kind["memory_size"]), (&json!(2), &json!(8192)));
    assert_eq!(kind["maximum_network_interfaces"], json!(3));
    assert!(w.try_data("aws_ec2_instance_type", json!({"instance_type": "m5.tiny"})).await.is_err());
    let filter = json!([{"name": "instance-type", "values": ["t3.micro", "m5.large"]}]);
    let offered = w
        .data("aws_ec2_instance_type_offerings", json!({"location_type": "availability-zone", "filter": filter}))
        .await;
    assert_eq!(offered["locations"].as_array().unwrap().len(), 6);

    let given = json!({"ami": image(&w).await, "instance_type": "t3.nano", "subnet_id": subnet.id(), "user_data": "x", "tags": {"Name": "i"}});
    let made = w.create("aws_instance", given).await;
    let by: Json = json!({"instance_tags": {"Name": "i"}, "get_user_data": true});
    let found = w.data("aws_instance", by).await;
    for name in ["id", "arn", "ami", "private_ip", "subnet_id", "user_data", "vpc_security_group_ids"] {
        assert_eq!(found[name], made.json()[name], "{name}");
    }
    assert_eq!(found["root_block_device"][0]["volume_id"], made.json()["root_block_device"][0]["volume_id"]);
}

#[tokio::test]
async fn a_spot_request_lives() {
    let w = World::new().await;
    let (vpc, subnet) = subnet(&w).await;
    let kind = "aws_spot_instance_request";
    let given = json!({
        "ami": image(&w).await, "instance_type": "t3.micro", "spot_price": "0.03", "subnet_id": subnet.id(),
        "wait_for_fulfillment": true, "tags": {"Name": "s"}, "user_data": "hello world",
        "root_block_device": [{"volume_size": 20, "volume_type": "gp3"}],
    });
    let request = w.create(kind, given.clone()).await;
    let state = request.json();
    assert_eq!((&state["spot_bid_status"], &state["spot_request_state"]), (&json!("fulfilled"), &json!("active")));
    assert!(request.id().starts_with("sir-") && request.str("spot_instance_id").starts_with("i-"));
    assert_eq!((&state["subnet_id"], &state["root_block_device"][0]["volume_size"]), (&json!(subnet.id()), &json!(20)));
    assert!(request.str("private_ip").starts_with("10.0."));
    let instance = w.aws("ec2", "DescribeInstances", json!({"InstanceIds": [request.str("spot_instance_id")]})).await;
    assert_eq!(instance["Reservations"][0]["Instances"][0]["SpotInstanceRequestId"], json!(request.id()));
    assert!(
        instance["Reservations"][0]["Instances"][0].get("Tags").is_none_or(|t| *t == json!([])),
        "tags are the request's"
    );

    // A price is a number.
    w.settled(&request, &but(&given, json!({"spot_price": "0.030000"}))).await;
    let given = but(&given, json!({"tags": {"Name": "t"}, "wait_for_fulfillment": false, "volume_tags": {"A": "b"}}));
    let request = w.apply(kind, Some(&request), &given).await;
    assert_eq!(request.json()["tags_all"], json!({"Env": "test", "Name": "t"}));
    w.imported(kind, &request.id(), &but(&given, json!({"volume_tags": null, "user_data": null}))).await;
    for change in
        [json!({"spot_type": "one-time"}), json!({"instance_type": "t3.small"}), json!({"spot_price": "0.04"})]
    {
        assert_eq!(w.plan(kind, Some(&request), &but(&given, change)).await.requires_replace.len(), 1);
    }

    // Without waiting the instance is not there yet; the next look finds it.
    let later =
        json!({"ami": image(&w).await, "instance_type": "t3.micro", "subnet_id": subnet.id(), "spot_type": "one-time"});
    let (second, found) = w.try_apply(kind, None, &later).await;
    common::clean("apply", &found);
    assert_eq!((second.str("spot_request_state"), second.str("spot_instance_id")), ("open".into(), String::new()));
    while w.read(&second).await.unwrap().str("spot_instance_id").is_empty() {}
    let second = w.read(&second).await.unwrap();
    w.settled(&second, &later).await;
    let asked = w.read_all(&[request.clone(), second.clone()]).await;
    for op in ["DescribeSpotInstanceRequests", "DescribeInstances", "DescribeVolumes"] {
        assert_eq!(asked.iter().filter(|a| **a == format!("ec2.{op}")).count(), 1, "{op}: {asked:#?}");
    }

    // The instance of one that is not persistent ends its request with it.
    w.aws("ec2", "TerminateInstances", json!({"InstanceIds": [second.str("spot_instance_id")]})).await;
    assert!(w.read(&second).await.is_none());
    gone(&w, &[&request]).await;
    let found = w.aws("ec2", "DescribeSpotInstanceRequests", json!({"SpotInstanceRequestIds": [request.id()]})).await;
    assert_eq!(found["SpotInstanceRequests"][0]["State"], json!("cancelled"));
    gone(&w, &[&subnet, &vpc]).await;
    assert_eq!(left(&w), 0);
}

#[tokio::test]
async fn a_spot_request_says_what_it_cannot_have() {
    let w = World::new().await;
    let kind = "aws_spot_instance_request";
    let given =
        json!({"ami": "ami-12345678", "instance_type": "t3.micro", "cpu_core_count": 1, "spot_type": "one-time"});
    let found = w.try_validate(kind, &given).await;
    let said = |d: &craton_model::Diagnostic| {
        d.detail.contains("cpu_core_count") && d.detail.contains("instance_market_options")
    };
    assert!(!found.has_errors() && found.0.iter().any(said), "{found:?}");
    let wrong = but(&given, json!({"valid_until": "tomorrow"}));
    assert!(w.try_validate(kind, &wrong).await.has_errors());
    let wrong = but(&given, json!({"block_duration_minutes": 90}));
    assert!(w.try_validate(kind, &wrong).await.has_errors());
    let (_, found) = w.try_apply(kind, None, &given).await;
    assert_eq!(found.0[0].attribute.as_ref().map(ToString::to_string).as_deref(), Some("ami"), "{found:?}");
}
