//! A refresh asks little: what is read together goes into few requests.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout)]

mod common;

use common::{Made, World};
use serde_json::json;

/// The network of the public VPC module with three zones: 37 objects.
async fn network(w: &World) -> Vec<Made> {
    let mut all = Vec::new();
    let vpc = w.try_apply("aws_vpc", None, &json!({"cidr_block": "10.0.0.0/16", "enable_dns_hostnames": true})).await.0;
    let id = vpc.id();
    let make = async |kind: &str, given: serde_json::Value| {
        let (made, found) = w.try_apply(kind, None, &given).await;
        common::clean(kind, &found);
        made
    };
    let igw = make("aws_internet_gateway", json!({"vpc_id": id})).await;
    let public = make("aws_route_table", json!({"vpc_id": id})).await;
    all.push(
        make(
            "aws_route",
            json!({"route_table_id": public.id(), "destination_cidr_block": "0.0.0.0/0", "gateway_id": igw.id()}),
        )
        .await,
    );
    for (i, zone) in ["eu-west-1a", "eu-west-1b", "eu-west-1c"].iter().enumerate() {
        let table = make("aws_route_table", json!({"vpc_id": id})).await;
        for (j, table) in [&public, &table, &table].iter().enumerate() {
            let cidr = format!("10.0.{}.0/24", 3 * i + j);
            let subnet = make("aws_subnet", json!({"vpc_id": id, "cidr_block": cidr, "availability_zone": zone})).await;
            all.push(
                make("aws_route_table_association", json!({"subnet_id": subnet.id(), "route_table_id": table.id()}))
                    .await,
            );
            all.push(subnet);
        }
        let eip = make("aws_eip", json!({"domain": "vpc"})).await;
        let subnet = all[all.len() - 5].id();
        let nat = make("aws_nat_gateway", json!({"allocation_id": eip.id(), "subnet_id": subnet})).await;
        all.push(make("aws_route", json!({"route_table_id": table.id(), "destination_cidr_block": "0.0.0.0/0", "nat_gateway_id": nat.id()})).await);
        all.extend([table, eip, nat]);
    }
    all.push(make("aws_default_security_group", json!({"vpc_id": id})).await);
    all.push(
        make("aws_default_route_table", json!({"default_route_table_id": vpc.str("default_route_table_id")})).await,
    );
    all.push(
        make("aws_default_network_acl", json!({"default_network_acl_id": vpc.str("default_network_acl_id")})).await,
    );
    all.extend([igw, public, vpc]);
    all
}

#[tokio::test]
async fn a_network_is_read_in_twelve_requests() {
    let w = World::with(json!({})).await;
    let all = network(&w).await;
    let asked = w.read_all(&all).await;
    println!("{} objects: {asked:#?}", all.len());
    assert!(all.len() >= 36 && asked.len() <= 12, "{} objects: {asked:#?}", all.len());
}

#[tokio::test]
async fn what_is_gone_does_not_hide_the_others() {
    let w = World::with(json!({})).await;
    let mut all = Vec::new();
    for i in 0..3 {
        all.push(w.create("aws_vpc", json!({"cidr_block": format!("10.{i}.0.0/16")})).await);
    }
    w.aws("ec2", "DeleteVpc", json!({"VpcId": all[1].id()})).await;
    let found = w.read_found(&all).await;
    assert_eq!(found, [true, false, true]);
    assert_eq!(w.asked.lock().unwrap().iter().filter(|o| *o == "ec2.DescribeVpcs").count(), 2);
}
