//! Data sources, on the sandbox.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout)]

mod common;

use common::{World, but};
use serde_json::{Value as Json, json};

#[tokio::test]
async fn about_the_provider_itself() {
    let w = World::new().await;
    assert_eq!(
        w.data("aws_partition", json!({})).await,
        json!({"id": "aws", "partition": "aws", "dns_suffix": "amazonaws.com", "reverse_dns_prefix": "com.amazonaws"})
    );
    let region = json!({"id": "eu-west-1", "name": "eu-west-1", "description": "Europe (Ireland)", "endpoint": "ec2.eu-west-1.amazonaws.com"});
    assert_eq!(w.data("aws_region", json!({})).await, region);
    let other = w.data("aws_region", json!({"endpoint": "ec2.us-east-1.amazonaws.com"})).await;
    assert_eq!(other["description"], json!("US East (N. Virginia)"));
    assert!(w.try_data("aws_region", json!({"name": "us-nowhere-1"})).await.is_err());
    let caller = w.data("aws_caller_identity", json!({})).await;
    assert_eq!(caller["id"], caller["account_id"]);
    assert_eq!(w.data("aws_default_tags", json!({})).await, json!({"id": "aws", "tags": {"Env": "test"}}));
}

#[tokio::test]
async fn names() {
    let w = World::new().await;
    let arn = "arn:aws:iam::123456789012:role/a/b";
    assert_eq!(
        w.data("aws_arn", json!({"arn": arn})).await,
        json!({"id": arn, "arn": arn, "partition": "aws", "service": "iam", "region": "", "account": "123456789012", "resource": "role/a/b"})
    );
    assert!(w.try_data("aws_arn", json!({"arn": "foo"})).await.is_err());
    // What the AWS provider 5.100.0 says.
    for (service, region, id) in [
        ("s3", None, "s3.eu-west-1.amazonaws.com"),
        ("s3", Some("cn-north-1"), "s3.cn-north-1.amazonaws.com"),
        ("logs", Some("cn-north-1"), "logs.cn-north-1.amazonaws.com.cn"),
        ("logs", Some("us-iso-east-1"), "logs.us-iso-east-1.c2s.ic.gov"),
        ("dms", Some("us-isob-east-1"), "dms.us-isob-east-1.sc2s.sgov.gov"),
        ("ec2", Some("us-gov-west-1"), "ec2.us-gov-west-1.amazonaws.com"),
    ] {
        let found = w.data("aws_service_principal", json!({"service_name": service, "region": region})).await;
        assert_eq!(found["id"], json!(id));
    }
}

fn filter(name: &str, value: &str) -> Json {
    json!([{"name": name, "values": [value]}])
}

#[tokio::test]
async fn networks() {
    let w = World::new().await;
    let vpc = w.create("aws_vpc", json!({"cidr_block": "10.0.0.0/16", "tags": {"Name": "v"}})).await;
    w.create("aws_vpc", json!({"cidr_block": "10.1.0.0/16"})).await;
    let given = json!({"vpc_id": vpc.id(), "cidr_block": "10.0.1.0/24", "availability_zone": "eu-west-1a"});
    let subnet = w.create("aws_subnet", given).await;

    let found = w.data("aws_vpc", json!({"tags": {"Name": "v"}})).await;
    for name in ["id", "arn", "cidr_block", "main_route_table_id", "enable_dns_support", "owner_id", "instance_tenancy"]
    {
        assert_eq!(found[name], vpc.json()[name], "{name}");
    }
    assert_eq!(found["cidr_block_associations"][0]["state"], json!("associated"));
    assert_eq!(
        (&found["state"], &found["filter"], &found["ipv6_cidr_block"]),
        (&json!(null), &json!(null), &json!(""))
    );
    assert_eq!(found["tags"], json!({"Env": "test", "Name": "v"}));
    let d = w.try_data("aws_vpc", json!({})).await.unwrap_err();
    assert_eq!(d.0[0].summary, "More than one matching VPC");
    let d = w.try_data("aws_vpc", json!({"id": "vpc-00000000000000000"})).await.unwrap_err();
    assert_eq!(d.0[0].summary, "No matching VPC found");
    let found = w.data("aws_vpcs", json!({"filter": filter("cidr", "10.1.0.0/16")})).await;
    assert_eq!(found["ids"].as_array().unwrap().len(), 1);

    let found = w.data("aws_subnet", json!({"vpc_id": vpc.id()})).await;
    for name in ["id", "arn", "cidr_block", "availability_zone", "private_dns_hostname_type_on_launch", "enable_dns64"]
    {
        assert_eq!(found[name], subnet.json()[name], "{name}");
    }
    assert_eq!(found["available_ip_address_count"], json!(251));
    let found = w.data("aws_subnets", json!({"filter": filter("vpc-id", &vpc.id())})).await;
    assert_eq!((&found["id"], &found["ids"]), (&json!("eu-west-1"), &json!([subnet.id()])));
    assert_eq!(found["filter"], filter("vpc-id", &vpc.id()));

    let found = w.data("aws_security_group", json!({"vpc_id": vpc.id(), "name": "default"})).await;
    assert_eq!(found["id"], vpc.json()["default_security_group_id"]);
    let found = w.data("aws_security_groups", json!({"filter": filter("vpc-id", &vpc.id())})).await;
    assert_eq!(found["vpc_ids"], json!([vpc.id()]));

    let found = w.data("aws_route_table", json!({"vpc_id": vpc.id()})).await;
    assert_eq!(found["id"], vpc.json()["main_route_table_id"]);
    assert_eq!((&found["routes"], &found["associations"][0]["main"]), (&json!([]), &json!(true)));
    let found = w.data("aws_route_tables", json!({"vpc_id": vpc.id()})).await;
    assert_eq!(found["ids"], json!([vpc.json()["main_route_table_id"]]));
}

#[tokio::test]
async fn places_and_services() {
    let w = World::new().await;
    let found = w.data("aws_availability_zones", json!({"state": "available", "exclude_names": ["eu-west-1b"]})).await;
    assert_eq!(found["names"], json!(["eu-west-1a", "eu-west-1c"]));
    assert_eq!(found["zone_ids"].as_array().unwrap().len(), 2);
    let found = w.data("aws_vpc_endpoint_service", json!({"service": "s3", "service_type": "Gateway"})).await;
    assert_eq!(found["service_name"], json!("com.amazonaws.eu-west-1.s3"));
    assert_eq!(found["id"], json!("3917145344"));
    let found = w.data("aws_prefix_list", json!({"name": "com.amazonaws.eu-west-1.s3"})).await;
    assert!(found["id"].as_str().unwrap().starts_with("pl-"));
    assert!(!found["cidr_blocks"].as_array().unwrap().is_empty());
}

#[tokio::test]
async fn nat_gateways_and_regions_are_found() {
    let w = World::new().await;
    let vpc = w.create("aws_vpc", json!({"cidr_block": "10.0.0.0/16"})).await;
    let subnet = w.create("aws_subnet", json!({"vpc_id": vpc.id(), "cidr_block": "10.0.1.0/24"})).await;
    let given = json!({"subnet_id": subnet.id(), "connectivity_type": "private", "tags": {"Name": "n"}});
    let made = w.create("aws_nat_gateway", given).await;
    for by in [
        json!({"id": made.id()}),
        json!({"subnet_id": subnet.id()}),
        json!({"vpc_id": vpc.id(), "tags": {"Name": "n"}}),
    ] {
        let found = w.data("aws_nat_gateway", by).await;
        for name in ["id", "private_ip", "connectivity_type", "network_interface_id"] {
            assert_eq!(found[name], made.json()[name], "{name}");
        }
        assert_eq!((&found["state"], &found["vpc_id"]), (&json!("available"), &json!(vpc.id())));
    }
    assert!(w.try_data("aws_nat_gateway", json!({"id": "nat-0123456789abcdef0"})).await.is_err());
    let filter = json!([{"name": "state", "values": ["available"]}]);
    let all = w.data("aws_nat_gateways", json!({"vpc_id": vpc.id(), "filter": filter})).await;
    assert_eq!((&all["ids"], &all["id"]), (&json!([made.id()]), &json!("eu-west-1")));

    let enabled = w.data("aws_regions", json!({})).await["names"].as_array().unwrap().len();
    let all = w.data("aws_regions", json!({"all_regions": true})).await["names"].as_array().unwrap().len();
    assert!(enabled > 10 && all > enabled, "{enabled} of {all}");
    let filter = json!([{"name": "opt-in-status", "values": ["not-opted-in"]}]);
    let off = w.data("aws_regions", json!({"all_regions": true, "filter": filter})).await;
    assert_eq!((off["names"].as_array().unwrap().len(), &off["id"]), (all - enabled, &json!("aws")));

    let billing = w.data("aws_billing_service_account", json!({})).await;
    assert_eq!(billing["arn"], json!("arn:aws:iam::386209384616:root"));
}

/// Answers each connection with the document of AWS's address ranges, or what stands for one.
fn serve(body: &'static str) -> String {
    use std::io::{Read as _, Write as _};
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/ip-ranges.json", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for socket in listener.incoming() {
            let mut socket = socket.unwrap();
            let _ = socket.read(&mut [0; 2048]).unwrap();
            let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", body.len());
            socket.write_all(format!("{head}{body}").as_bytes()).unwrap();
        }
    });
    url
}

#[tokio::test]
async fn address_ranges_are_those_that_aws_publishes() {
    let w = World::new().await;
    let url = serve(
        r#"{"syncToken": "1700000000", "createDate": "2023-11-14-22-13-20",
            "prefixes": [{"ip_prefix": "3.5.0.0/19", "region": "eu-west-1", "service": "S3"},
                {"ip_prefix": "1.2.0.0/16", "region": "eu-west-1", "service": "S3"},
                {"ip_prefix": "9.9.0.0/16", "region": "us-east-1", "service": "S3"},
                {"ip_prefix": "8.8.0.0/16", "region": "eu-west-1", "service": "EC2"}],
            "ipv6_prefixes": [{"ipv6_prefix": "2a05::/32", "region": "GLOBAL", "service": "AMAZON"}]}"#,
    );
    let given = json!({"services": ["s3"], "regions": ["EU-west-1"], "url": url});
    let found = w.data("aws_ip_ranges", given.clone()).await;
    assert_eq!(found["cidr_blocks"], json!(["1.2.0.0/16", "3.5.0.0/19"]));
    assert_eq!((&found["sync_token"], &found["id"]), (&json!(1_700_000_000), &json!("1700000000")));
    assert_eq!((&found["create_date"], &found["ipv6_cidr_blocks"]), (&json!("2023-11-14-22-13-20"), &json!([])));
    let all = w.data("aws_ip_ranges", but(&given, json!({"services": ["amazon", "ec2"], "regions": null}))).await;
    assert_eq!((&all["cidr_blocks"], &all["ipv6_cidr_blocks"]), (&json!(["8.8.0.0/16"]), &json!(["2a05::/32"])));
    for wrong in [json!({"services": ["s4"]}), json!({"url": serve("no json")}), json!({"url": "http://127.0.0.1:1/"})]
    {
        let found = w.try_data("aws_ip_ranges", but(&given, wrong)).await.unwrap_err();
        assert!(found.0[0].detail.contains("http://127.0.0.1:"), "{found:?}");
    }
}
