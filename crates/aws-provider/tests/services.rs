//! Lives of endpoints, flow logs, log groups, roles and policies, and the data sources, on the sandbox.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout)]

mod common;

use common::{World, but};
use serde_json::json;

const TRUST: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"vpc-flow-logs.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;
const POLICY: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["logs:*"],"Resource":"*"}]}"#;

#[tokio::test]
async fn endpoints_live() {
    let w = World::new().await;
    let vpc = w.create("aws_vpc", json!({"cidr_block": "10.0.0.0/16", "enable_dns_hostnames": true})).await;
    let mut subnets = Vec::new();
    for (cidr, zone) in [("10.0.1.0/24", "eu-west-1a"), ("10.0.2.0/24", "eu-west-1b")] {
        subnets.push(
            w.create("aws_subnet", json!({"vpc_id": vpc.id(), "cidr_block": cidr, "availability_zone": zone})).await,
        );
    }
    let (a, b) = (&subnets[0], &subnets[1]);
    let table = w.create("aws_route_table", json!({"vpc_id": vpc.id()})).await;
    let other = w.create("aws_route_table", json!({"vpc_id": vpc.id()})).await;
    let given =
        json!({"vpc_id": vpc.id(), "service_name": "com.amazonaws.eu-west-1.s3", "route_table_ids": [table.id()]});
    let s3 = w.create("aws_vpc_endpoint", given.clone()).await;
    assert!(s3.str("prefix_list_id").starts_with("pl-"));
    assert_eq!(w.read(&table).await.unwrap().json()["route"], json!([]), "the endpoint's own route does not show");
    let policy =
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:*","Resource":"*"}]}"#;
    let given = but(&given, json!({"route_table_ids": [table.id(), other.id()], "policy": policy}));
    let s3 = w.apply("aws_vpc_endpoint", Some(&s3), &given).await;
    w.imported("aws_vpc_endpoint", &s3.id(), &given).await;

    let group = w.create("aws_security_group", json!({"vpc_id": vpc.id(), "name": "e"})).await;
    let given = json!({"vpc_id": vpc.id(), "service_name": "com.amazonaws.eu-west-1.logs", "vpc_endpoint_type": "Interface", "private_dns_enabled": true,
        "subnet_ids": [a.id()], "security_group_ids": [group.id()]});
    let logs = w.create("aws_vpc_endpoint", given.clone()).await;
    assert_eq!(logs.json()["network_interface_ids"].as_array().unwrap().len(), 1);
    assert_eq!(logs.json()["subnet_configuration"][0]["subnet_id"], json!(a.id()));
    let given = but(&given, json!({"subnet_ids": [a.id(), b.id()], "tags": {"A": "b"}}));
    let logs = w.apply("aws_vpc_endpoint", Some(&logs), &given).await;
    assert_eq!(w.read(&logs).await.unwrap().json()["network_interface_ids"].as_array().unwrap().len(), 2);

    // S3 has a list of its addresses behind interfaces, too.
    let given = json!({"vpc_id": vpc.id(), "service_name": "com.amazonaws.eu-west-1.s3", "vpc_endpoint_type": "Interface",
        "subnet_ids": [a.id()], "security_group_ids": [group.id()]});
    let inner = w.create("aws_vpc_endpoint", given).await;
    assert_eq!(inner.str("prefix_list_id"), s3.str("prefix_list_id"));
    assert_eq!(inner.json()["cidr_blocks"], s3.json()["cidr_blocks"]);
    assert!(logs.json()["prefix_list_id"].is_null() && logs.json()["cidr_blocks"] == json!([]));

    let third = w.create("aws_route_table", json!({"vpc_id": vpc.id()})).await;
    let link = w
        .create(
            "aws_vpc_endpoint_route_table_association",
            json!({"vpc_endpoint_id": s3.id(), "route_table_id": third.id()}),
        )
        .await;
    for made in [&link, &inner, &logs, &s3, &third, &other, &table, &group, a, b, &vpc] {
        w.delete(made).await;
        assert!(w.read(made).await.is_none(), "{}", made.r#type);
    }
}

#[tokio::test]
async fn flow_logs_and_their_role_live() {
    let w = World::new().await;
    let vpc = w.create("aws_vpc", json!({"cidr_block": "10.0.0.0/16"})).await;
    let given = json!({"name": "/flow", "retention_in_days": 30, "tags": {"A": "b"}});
    let logs = w.create("aws_cloudwatch_log_group", given.clone()).await;
    let given = but(&given, json!({"retention_in_days": 7, "tags": {"A": "c"}}));
    let logs = w.apply("aws_cloudwatch_log_group", Some(&logs), &given).await;
    assert_eq!(logs.json()["tags_all"], json!({"A": "c", "Env": "test"}));
    let logs = w.apply("aws_cloudwatch_log_group", Some(&logs), &but(&given, json!({"retention_in_days": 0}))).await;
    let prefixed = w.create("aws_cloudwatch_log_group", json!({"name_prefix": "pre-"})).await;
    assert_eq!(prefixed.str("name_prefix"), "pre-");

    let given = json!({"name_prefix": "fl-", "assume_role_policy": TRUST, "description": "d"});
    let role = w.create("aws_iam_role", given.clone()).await;
    let given = but(
        &given,
        json!({"description": "e", "max_session_duration": 7200, "tags": {"A": "b"},
        "assume_role_policy": TRUST.replace("vpc-flow-logs", "ec2")}),
    );
    let role = w.apply("aws_iam_role", Some(&role), &given).await;
    w.imported("aws_iam_role", &role.id(), &but(&given, json!({"name_prefix": null, "name": role.id()}))).await;
    let given = json!({"name": "pol", "policy": POLICY});
    let policy = w.create("aws_iam_policy", given.clone()).await;
    let policy = w
        .apply(
            "aws_iam_policy",
            Some(&policy),
            &but(&given, json!({"policy": POLICY.replace("logs", "s3"), "tags": {"A": "b"}})),
        )
        .await;
    let given = json!({"role": role.id(), "name": "inl", "policy": POLICY});
    let inline = w.create("aws_iam_role_policy", given.clone()).await;
    assert!(inline.str("policy").starts_with(r#"{"Version""#));
    let inline = w
        .apply("aws_iam_role_policy", Some(&inline), &but(&given, json!({"policy": POLICY.replace("logs", "s3")})))
        .await;
    w.imported("aws_iam_role_policy", &inline.id(), &but(&given, json!({"policy": POLICY.replace("logs", "s3")})))
        .await;
    let attached =
        w.create("aws_iam_role_policy_attachment", json!({"role": role.id(), "policy_arn": policy.id()})).await;
    let again = w.read(&role).await.unwrap();
    assert_eq!(again.json()["managed_policy_arns"], json!([policy.id()]));

    let given = json!({"vpc_id": vpc.id(), "traffic_type": "ALL", "log_destination": logs.str("arn"), "iam_role_arn": role.str("arn")});
    let flow = w.create("aws_flow_log", given.clone()).await;
    let flow = w.apply("aws_flow_log", Some(&flow), &but(&given, json!({"tags": {"A": "b"}}))).await;
    for made in [&flow, &attached, &inline, &policy, &role, &prefixed, &logs, &vpc] {
        w.delete(made).await;
        assert!(w.read(made).await.is_none(), "{}", made.r#type);
    }
}

#[tokio::test]
async fn vpc_attachments_live() {
    let w = World::new().await;
    let vpc = w.create("aws_vpc", json!({"cidr_block": "10.0.0.0/16"})).await;
    let range =
        w.create("aws_vpc_ipv4_cidr_block_association", json!({"vpc_id": vpc.id(), "cidr_block": "10.1.0.0/16"})).await;
    let options = w
        .create(
            "aws_vpc_dhcp_options",
            json!({"domain_name": "x.internal", "domain_name_servers": ["AmazonProvidedDNS"], "tags": {"Name": "d"}}),
        )
        .await;
    let link = w
        .create("aws_vpc_dhcp_options_association", json!({"vpc_id": vpc.id(), "dhcp_options_id": options.id()}))
        .await;
    assert_eq!(w.read(&vpc).await.unwrap().str("dhcp_options_id"), options.id());
    for made in [&link, &options, &range, &vpc] {
        w.delete(made).await;
        assert!(w.read(made).await.is_none(), "{}", made.r#type);
    }
}

#[tokio::test]
async fn data_sources_answer() {
    let w = World::new().await;
    let vpc = w.create("aws_vpc", json!({"cidr_block": "10.0.0.0/16", "tags": {"Name": "v"}})).await;
    let subnet = w.create("aws_subnet", json!({"vpc_id": vpc.id(), "cidr_block": "10.0.1.0/24"})).await;
    let account = w.data("aws_caller_identity", json!({})).await;
    assert_eq!(account["account_id"], json!("123456789012"));
    assert_eq!(w.data("aws_partition", json!({})).await["reverse_dns_prefix"], json!("com.amazonaws"));
    assert_eq!(w.data("aws_region", json!({})).await["description"], json!("Europe (Ireland)"));
    let zones = w.data("aws_availability_zones", json!({"state": "available"})).await;
    assert_eq!(zones["names"], json!(["eu-west-1a", "eu-west-1b", "eu-west-1c"]));
    let found = w.data("aws_vpc", json!({"filter": [{"name": "tag:Name", "values": ["v"]}]})).await;
    assert_eq!(found["id"], json!(vpc.id()));
    assert_eq!(found["tags"], json!({"Env": "test", "Name": "v"}));
    assert_eq!(w.data("aws_subnet", json!({"vpc_id": vpc.id()})).await["available_ip_address_count"], json!(251));
    let found = w.data("aws_subnets", json!({"filter": [{"name": "vpc-id", "values": [vpc.id()]}]})).await;
    assert_eq!(found["ids"], json!([subnet.id()]));
    assert_eq!(
        w.data("aws_security_group", json!({"vpc_id": vpc.id(), "name": "default"})).await["description"],
        json!("default VPC security group")
    );
    assert_eq!(w.data("aws_route_table", json!({"vpc_id": vpc.id()})).await["associations"][0]["main"], json!(true));
    assert_eq!(w.data("aws_route_tables", json!({"vpc_id": vpc.id()})).await["ids"].as_array().unwrap().len(), 1);
    let service = w
        .data(
            "aws_vpc_endpoint_service",
            json!({"service": "s3", "filter": [{"name": "service-type", "values": ["Gateway"]}]}),
        )
        .await;
    assert_eq!(
        (service["service_name"].clone(), service["id"].clone()),
        (json!("com.amazonaws.eu-west-1.s3"), json!("3917145344"))
    );
    assert_eq!(
        w.data("aws_prefix_list", json!({"name": "com.amazonaws.eu-west-1.s3"})).await["name"],
        json!("com.amazonaws.eu-west-1.s3")
    );
    assert_eq!(
        w.data("aws_service_principal", json!({"service_name": "s3"})).await["id"],
        json!("s3.eu-west-1.amazonaws.com")
    );
    assert_eq!(w.data("aws_default_tags", json!({})).await["tags"], json!({"Env": "test"}));
    let empty = w.data("aws_iam_policy_document", json!({})).await;
    assert_eq!(
        (empty["id"].clone(), empty["minified_json"].clone()),
        (json!("1132004489"), json!(r#"{"Version":"2012-10-17"}"#))
    );
}

#[tokio::test]
async fn accounts_are_checked() {
    let (_, found) = World::try_with(json!({"allowed_account_ids": ["999999999999"]})).await;
    assert_eq!(found.0[0].summary, "AWS account not allowed");
    assert!(found.0[0].detail.contains("123456789012"));
    World::with(json!({"allowed_account_ids": ["123456789012"]})).await;
    let (_, found) = World::try_with(json!({"forbidden_account_ids": ["123456789012"]})).await;
    assert!(found.has_errors());
}

#[tokio::test]
async fn private_gateways_live() {
    let w = World::new().await;
    let vpc = w.create("aws_vpc", json!({"cidr_block": "10.0.0.0/16"})).await;
    let other = w.create("aws_vpc", json!({"cidr_block": "10.1.0.0/16"})).await;
    let given = json!({"vpc_id": vpc.id(), "amazon_side_asn": "64512", "tags": {"Name": "g"}});
    let gateway = w.create("aws_vpn_gateway", given.clone()).await;
    let gateway = w.apply("aws_vpn_gateway", Some(&gateway), &but(&given, json!({"vpc_id": other.id()}))).await;
    let table = w.create("aws_route_table", json!({"vpc_id": other.id()})).await;
    let spread = w
        .create(
            "aws_vpn_gateway_route_propagation",
            json!({"vpn_gateway_id": gateway.id(), "route_table_id": table.id()}),
        )
        .await;
    let alone = w.create("aws_vpn_gateway", json!({})).await;
    let attached =
        w.create("aws_vpn_gateway_attachment", json!({"vpn_gateway_id": alone.id(), "vpc_id": vpc.id()})).await;
    let customer = w
        .create("aws_customer_gateway", json!({"type": "ipsec.1", "bgp_asn": "65000", "ip_address": "172.0.0.1"}))
        .await;
    for made in [&customer, &attached, &alone, &spread, &table, &gateway, &other, &vpc] {
        w.delete(made).await;
        assert!(w.read(made).await.is_none(), "{}", made.r#type);
    }
}

#[tokio::test]
async fn db_subnet_groups_live() {
    let w = World::new().await;
    let vpc = w.create("aws_vpc", json!({"cidr_block": "10.0.0.0/16"})).await;
    let mut subnets = Vec::new();
    for (cidr, zone) in [("10.0.1.0/24", "eu-west-1a"), ("10.0.2.0/24", "eu-west-1b"), ("10.0.3.0/24", "eu-west-1c")] {
        subnets.push(
            w.create("aws_subnet", json!({"vpc_id": vpc.id(), "cidr_block": cidr, "availability_zone": zone})).await,
        );
    }
    let ids: Vec<String> = subnets.iter().map(common::Made::id).collect();

    let given = json!({"name": "data", "subnet_ids": [ids[0], ids[1]], "tags": {"A": "b"}});
    let group = w.create("aws_db_subnet_group", given.clone()).await;
    assert_eq!(group.id(), "data");
    assert_eq!(group.str("arn"), "arn:aws:rds:eu-west-1:123456789012:subgrp:data");
    assert_eq!(group.str("description"), "Managed by Terraform");
    let found = w.read(&group).await.unwrap().json();
    assert_eq!(found["vpc_id"], json!(vpc.id()));
    assert_eq!(found["supported_network_types"], json!(["IPV4"]));
    assert_eq!(found["tags_all"], json!({"A": "b", "Env": "test"}));

    let given = but(&given, json!({"description": "databases"}));
    let group = w.apply("aws_db_subnet_group", Some(&group), &given).await;
    let given = but(&given, json!({"subnet_ids": [ids[1], ids[2]]}));
    let group = w.apply("aws_db_subnet_group", Some(&group), &given).await;
    let given = but(&given, json!({"tags": {"A": "c", "D": "e"}}));
    let group = w.apply("aws_db_subnet_group", Some(&group), &given).await;
    let found = w.aws("rds", "DescribeDBSubnetGroups", json!({"DBSubnetGroupName": "data"})).await;
    assert_eq!(found["DBSubnetGroups"][0]["DBSubnetGroupDescription"], "databases");
    let tags = w.aws("rds", "ListTagsForResource", json!({"ResourceName": group.str("arn")})).await;
    assert_eq!(tags["TagList"].as_array().unwrap().len(), 3);
    let found = w.imported("aws_db_subnet_group", "data", &given).await.json();
    assert_eq!((&found["name"], &found["description"]), (&json!("data"), &json!("databases")));
    let mut want = [ids[1].as_str(), ids[2].as_str()];
    want.sort_unstable();
    assert_eq!(found["subnet_ids"], json!(want));

    let renamed = w.plan("aws_db_subnet_group", Some(&group), &but(&given, json!({"name": "other"}))).await;
    assert_eq!(renamed.requires_replace.len(), 1, "{:?}", renamed.requires_replace);
    let prefixed =
        w.create("aws_db_subnet_group", json!({"name_prefix": "pre-", "subnet_ids": [ids[0], ids[1]]})).await;
    assert!(prefixed.id().starts_with("pre-"));
    assert_eq!(prefixed.str("name_prefix"), "pre-");

    let (_, refused) =
        w.try_apply("aws_db_subnet_group", None, &json!({"name": "small", "subnet_ids": [ids[0]]})).await;
    let refused = refused.into_iter().find(craton_model::Diagnostic::is_error).unwrap();
    assert!(refused.detail.contains("DBSubnetGroupDoesNotCoverEnoughAZs"), "{}", refused.detail);

    w.delete(&prefixed).await;
    w.delete(&group).await;
    for gone in [&prefixed, &group] {
        assert!(w.read(gone).await.is_none(), "{}", gone.id());
    }
    for made in subnets.iter().chain([&vpc]) {
        w.delete(made).await;
    }
}

#[tokio::test]
async fn the_default_vpc_is_adopted_or_made() {
    let w = World::new().await;
    let made = w.create("aws_default_vpc", json!({"tags": {"Name": "d"}})).await;
    assert_eq!(
        (&made.json()["cidr_block"], &made.json()["existing_default_vpc"]),
        (&json!("172.31.0.0/16"), &json!(false))
    );
    let again = w.create("aws_default_vpc", json!({"tags": {"Name": "d"}})).await;
    assert_eq!((again.id(), &again.json()["existing_default_vpc"]), (made.id(), &json!(true)));
    let given = json!({"tags": {"Name": "e"}, "enable_dns_support": false, "enable_dns_hostnames": false, "force_destroy": true});
    let made = w.apply("aws_default_vpc", Some(&again), &given).await;
    // Without force it stays when it is forgotten.
    w.delete(&again).await;
    assert!(w.read(&made).await.is_some());
    w.delete(&made).await;
    assert!(w.read(&made).await.is_none());
    assert_eq!(w.sandbox.summary().unwrap(), []);
}

#[tokio::test]
async fn subnet_groups_of_other_databases_live() {
    let w = World::new().await;
    let vpc = w.create("aws_vpc", json!({"cidr_block": "10.0.0.0/16"})).await;
    let mut subnets = Vec::new();
    for (cidr, zone) in [("10.0.1.0/24", "eu-west-1a"), ("10.0.2.0/24", "eu-west-1b")] {
        subnets.push(
            w.create("aws_subnet", json!({"vpc_id": vpc.id(), "cidr_block": cidr, "availability_zone": zone})).await,
        );
    }
    let (a, b) = (subnets[0].id(), subnets[1].id());
    for kind in ["aws_elasticache_subnet_group", "aws_redshift_subnet_group"] {
        let given = json!({"name": "g", "subnet_ids": [a], "tags": {"A": "b"}});
        let group = w.create(kind, given.clone()).await;
        assert_eq!((group.id().as_str(), group.str("description").as_str()), ("g", "Managed by Terraform"));
        let given = but(&given, json!({"subnet_ids": [a, b], "description": "d", "tags": {"A": "c", "D": "e"}}));
        let group = w.apply(kind, Some(&group), &given).await;
        w.imported(kind, "g", &given).await;
        let (_, found) = w.try_apply(kind, None, &given).await;
        assert_eq!(found.0[0].attribute.as_ref().unwrap().to_string(), "name", "{kind}: {}", found.0[0].detail);
        w.delete(&group).await;
        assert!(w.read(&group).await.is_none(), "{kind}");
    }
}

#[tokio::test]
async fn public_access_is_blocked() {
    let w = World::new().await;
    let vpc = w.create("aws_vpc", json!({"cidr_block": "10.0.0.0/16"})).await;
    let options =
        w.create("aws_vpc_block_public_access_options", json!({"internet_gateway_block_mode": "block-ingress"})).await;
    assert_eq!(options.id(), "eu-west-1");
    let given = json!({"internet_gateway_block_mode": "block-bidirectional"});
    let options = w.apply("aws_vpc_block_public_access_options", Some(&options), &given).await;
    w.imported("aws_vpc_block_public_access_options", "eu-west-1", &given).await;
    let given = json!({"vpc_id": vpc.id(), "internet_gateway_exclusion_mode": "allow-egress"});
    let exclusion = w.create("aws_vpc_block_public_access_exclusion", given.clone()).await;
    assert!(exclusion.str("resource_arn").ends_with(&vpc.id()));
    let given = but(&given, json!({"internet_gateway_exclusion_mode": "allow-bidirectional", "tags": {"A": "b"}}));
    let exclusion = w.apply("aws_vpc_block_public_access_exclusion", Some(&exclusion), &given).await;
    w.imported("aws_vpc_block_public_access_exclusion", &exclusion.id(), &given).await;
    w.delete(&exclusion).await;
    assert!(w.read(&exclusion).await.is_none());
    // The options are there in every region; deleting them sets them back.
    w.delete(&options).await;
    assert_eq!(w.read(&options).await.unwrap().str("internet_gateway_block_mode"), "off");
    w.delete(&vpc).await;
}
