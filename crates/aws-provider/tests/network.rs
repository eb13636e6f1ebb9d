//! Lives of networks and what belongs to them, on the sandbox.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout)]

mod common;

use common::{World, but};
use serde_json::json;

#[tokio::test]
async fn a_vpc_lives() {
    let w = World::new().await;
    let given = json!({"cidr_block": "10.0.0.0/16", "enable_dns_hostnames": true, "tags": {"Name": "v"}});
    let vpc = w.create("aws_vpc", given.clone()).await;
    assert_eq!(vpc.json()["tags_all"], json!({"Env": "test", "Name": "v"}));
    assert!(vpc.str("arn").ends_with(&format!(":vpc/{}", vpc.id())));
    assert!(vpc.str("default_security_group_id").starts_with("sg-"));
    assert_eq!(vpc.str("default_route_table_id"), vpc.str("main_route_table_id"));

    let given = but(
        &given,
        json!({"tags": {"Name": "w", "More": "x"}, "enable_dns_support": false, "enable_dns_hostnames": false}),
    );
    let vpc = w.apply("aws_vpc", Some(&vpc), &given).await;
    assert_eq!(vpc.json()["enable_dns_support"], json!(false));
    assert_eq!(vpc.json()["tags"], json!({"Name": "w", "More": "x"}));

    // No tags and no map of tags are the same.
    let bare = w.create("aws_vpc", json!({"cidr_block": "10.3.0.0/16"})).await;
    w.settled(&bare, &json!({"cidr_block": "10.3.0.0/16", "tags": {}})).await;
    let plan = w.plan("aws_vpc", None, &json!({"cidr_block": "10.3.0.0/16", "tags": {}})).await;
    assert!(plan.planned.get("tags").unwrap().is_null());

    w.imported("aws_vpc", &vpc.id(), &given).await;

    let plan = w.plan("aws_vpc", Some(&vpc), &but(&given, json!({"cidr_block": "10.1.0.0/16"}))).await;
    assert_eq!(plan.requires_replace.len(), 1);
    assert!(!plan.planned.get("id").unwrap().is_known() && !plan.planned.get("arn").unwrap().is_known());

    w.delete(&vpc).await;
    assert!(w.read(&vpc).await.is_none());
}

#[tokio::test]
async fn a_subnet_lives() {
    let w = World::new().await;
    let vpc = w.create("aws_vpc", json!({"cidr_block": "10.0.0.0/16"})).await;
    let given = json!({"vpc_id": vpc.id(), "cidr_block": "10.0.1.0/24", "availability_zone": "eu-west-1a", "map_public_ip_on_launch": true});
    let subnet = w.create("aws_subnet", given.clone()).await;
    assert_eq!(subnet.json()["map_public_ip_on_launch"], json!(true));
    assert_eq!(subnet.str("private_dns_hostname_type_on_launch"), "ip-name");
    let given = but(
        &given,
        json!({"map_public_ip_on_launch": false, "private_dns_hostname_type_on_launch": "resource-name", "enable_resource_name_dns_a_record_on_launch": true}),
    );
    let subnet = w.apply("aws_subnet", Some(&subnet), &given).await;
    w.imported("aws_subnet", &subnet.id(), &given).await;

    // The VPC cannot go while the subnet is there.
    let found = w.try_delete(&vpc).await;
    assert!(found.has_errors());
    let (_, found) = w.try_apply("aws_subnet", None, &given).await;
    let d = &found.0[0];
    assert_eq!(d.attribute.as_ref().unwrap().to_string(), "cidr_block");
    assert!(d.detail.contains("InvalidSubnet.Conflict"), "{}", d.detail);
    w.delete(&subnet).await;
    assert!(w.read(&subnet).await.is_none());
    w.delete(&vpc).await;
}

#[tokio::test]
async fn a_subnet_with_ipv6_only_lives() {
    let w = World::new().await;
    let vpc = w.create("aws_vpc", json!({"cidr_block": "10.0.0.0/16", "assign_generated_ipv6_cidr_block": true})).await;
    let range = vpc.str("ipv6_cidr_block").replace("/56", "/64");
    let given = json!({"vpc_id": vpc.id(), "ipv6_native": true, "ipv6_cidr_block": range, "assign_ipv6_address_on_creation": true,
        "enable_dns64": true, "enable_resource_name_dns_aaaa_record_on_launch": true});
    let subnet = w.create("aws_subnet", given.clone()).await;
    // There is no range of IPv4, which the provider writes as an empty one.
    assert_eq!((subnet.str("cidr_block").as_str(), subnet.str("ipv6_cidr_block")), ("", range));
    assert_eq!(subnet.str("private_dns_hostname_type_on_launch"), "resource-name");
    w.imported("aws_subnet", &subnet.id(), &given).await;
    let both = but(&given, json!({"cidr_block": "10.0.1.0/24"}));
    assert_eq!(w.plan("aws_subnet", Some(&subnet), &both).await.requires_replace.len(), 1);
    let eni = w.try_apply("aws_network_interface", None, &json!({"subnet_id": subnet.id()})).await.1;
    assert!(eni.0[0].detail.contains("IPv6 only"), "{eni:?}");
    for made in [&subnet, &vpc] {
        w.delete(made).await;
        assert!(w.read(made).await.is_none());
    }
}

#[tokio::test]
async fn gateways_live() {
    let w = World::new().await;
    let vpc = w.create("aws_vpc", json!({"cidr_block": "10.0.0.0/16"})).await;
    let subnet = w.create("aws_subnet", json!({"vpc_id": vpc.id(), "cidr_block": "10.0.1.0/24"})).await;
    let igw = w.create("aws_internet_gateway", json!({"vpc_id": vpc.id()})).await;
    let eigw = w.create("aws_egress_only_internet_gateway", json!({"vpc_id": vpc.id()})).await;
    let eip = w.create("aws_eip", json!({"domain": "vpc", "tags": {"Name": "n"}})).await;
    let given = json!({"allocation_id": eip.id(), "subnet_id": subnet.id(), "tags": {"Name": "n"}});
    let nat = w.create("aws_nat_gateway", given.clone()).await;
    assert_eq!(nat.str("public_ip"), eip.str("public_ip"));
    assert_eq!(nat.json()["secondary_private_ip_address_count"], json!(0));
    let nat = w.apply("aws_nat_gateway", Some(&nat), &but(&given, json!({"tags": {"Name": "m"}}))).await;
    // The address shows its association only now.
    let eip = w.read(&eip).await.unwrap();
    assert_eq!(eip.str("association_id"), nat.str("association_id"));
    for made in [&nat, &eip, &igw, &eigw, &subnet, &vpc] {
        w.delete(made).await;
        assert!(w.read(made).await.is_none(), "{}", made.r#type);
    }
    assert_eq!(w.sandbox.summary().unwrap().iter().map(|(_, n)| n).sum::<usize>(), 0);
}
