//! Lives of routes, security groups and network ACLs, on the sandbox.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout)]

mod common;

use common::{Made, World, but};
use serde_json::json;

async fn vpc(w: &World) -> Made {
    w.create("aws_vpc", json!({"cidr_block": "10.0.0.0/16"})).await
}

#[tokio::test]
async fn route_tables_and_routes_live() {
    let w = World::new().await;
    let vpc = vpc(&w).await;
    let subnet = w.create("aws_subnet", json!({"vpc_id": vpc.id(), "cidr_block": "10.0.1.0/24"})).await;
    let igw = w.create("aws_internet_gateway", json!({"vpc_id": vpc.id()})).await;
    let given = json!({"vpc_id": vpc.id(), "route": [{"cidr_block": "0.0.0.0/0", "gateway_id": igw.id()}]});
    let inline = w.create("aws_route_table", given.clone()).await;
    assert_eq!(inline.json()["route"][0]["nat_gateway_id"], json!(""));
    let given = but(&given, json!({"route": [{"cidr_block": "1.0.0.0/8", "gateway_id": igw.id()}]}));
    let inline = w.apply("aws_route_table", Some(&inline), &given).await;
    let inline = w.apply("aws_route_table", Some(&inline), &but(&given, json!({"route": []}))).await;

    let table = w.create("aws_route_table", json!({"vpc_id": vpc.id()})).await;
    let given = json!({"route_table_id": table.id(), "destination_cidr_block": "0.0.0.0/0", "gateway_id": igw.id(), "timeouts": {"create": "5m"}});
    let route = w.create("aws_route", given.clone()).await;
    assert_eq!(route.id(), format!("r-{}1080289494", table.id()));
    assert_eq!((route.str("state").as_str(), route.str("origin").as_str()), ("active", "CreateRoute"));
    let imported = w.import("aws_route", &format!("{}_0.0.0.0/0", table.id())).await;
    assert_eq!(imported.id(), route.id());
    let (_, found) = w.try_apply("aws_route", None, &given).await;
    assert!(found.0[0].detail.contains("RouteAlreadyExists"));

    let given = json!({"route_table_id": table.id(), "subnet_id": subnet.id()});
    let association = w.create("aws_route_table_association", given.clone()).await;
    let association = w
        .apply("aws_route_table_association", Some(&association), &but(&given, json!({"route_table_id": inline.id()})))
        .await;
    let imported = w.import("aws_route_table_association", &format!("{}/{}", subnet.id(), inline.id())).await;
    assert_eq!(imported.id(), association.id());

    let given = json!({"vpc_id": vpc.id(), "route_table_id": table.id()});
    let main = w.create("aws_main_route_table_association", given.clone()).await;
    assert_eq!(main.str("original_route_table_id"), vpc.str("main_route_table_id"));
    let main = w
        .apply("aws_main_route_table_association", Some(&main), &but(&given, json!({"route_table_id": inline.id()})))
        .await;

    for made in [&main, &association, &route, &table, &inline, &igw, &subnet, &vpc] {
        w.delete(made).await;
        assert!(w.read(made).await.is_none(), "{}", made.r#type);
    }
}

#[tokio::test]
async fn what_comes_with_a_vpc_is_adopted() {
    let w = World::new().await;
    let vpc = vpc(&w).await;
    let igw = w.create("aws_internet_gateway", json!({"vpc_id": vpc.id()})).await;
    let given = json!({"default_route_table_id": vpc.str("default_route_table_id"), "route": [{"cidr_block": "0.0.0.0/0", "gateway_id": igw.id()}]});
    let table = w.create("aws_default_route_table", given.clone()).await;
    let table = w.apply("aws_default_route_table", Some(&table), &but(&given, json!({"route": []}))).await;
    assert_eq!(table.json()["tags_all"], json!({"Env": "test"}));
    w.delete(&table).await;

    let group = w.create("aws_default_security_group", json!({"vpc_id": vpc.id()})).await;
    assert_eq!(group.id(), vpc.str("default_security_group_id"));
    assert_eq!((group.json()["ingress"].clone(), group.json()["egress"].clone()), (json!([]), json!([])));
    w.delete(&group).await;

    let rule = json!({"rule_no": 100, "action": "allow", "from_port": 0, "to_port": 0, "protocol": "-1", "cidr_block": "0.0.0.0/0"});
    let given = json!({"default_network_acl_id": vpc.str("default_network_acl_id"), "ingress": [rule], "egress": [rule], "tags": {"Name": "d"}});
    let acl = w.create("aws_default_network_acl", given.clone()).await;
    let acl = w.apply("aws_default_network_acl", Some(&acl), &but(&given, json!({"ingress": []}))).await;
    assert_eq!(acl.json()["ingress"], json!([]));
    let imported = w.import("aws_default_network_acl", &acl.id()).await;
    assert_eq!(imported.json()["egress"][0]["rule_no"], json!(100));
    w.delete(&acl).await;
    w.delete(&igw).await;
    w.delete(&vpc).await;
}

#[tokio::test]
async fn security_groups_live() {
    let w = World::new().await;
    let vpc = vpc(&w).await;
    let web = json!({"protocol": "tcp", "from_port": 80, "to_port": 80, "cidr_blocks": ["10.0.0.0/8"]});
    let given = json!({"vpc_id": vpc.id(), "name_prefix": "web-", "ingress": [web, {"protocol": "6", "from_port": 80, "to_port": 80, "cidr_blocks": ["11.0.0.0/8"], "self": true}]});
    let group = w.create("aws_security_group", given.clone()).await;
    assert!(group.str("name").starts_with("web-2"));
    assert_eq!(group.str("name_prefix"), "web-");
    assert_eq!(group.json()["egress"], json!([]));
    let given = but(
        &given,
        json!({"ingress": [web], "egress": [{"protocol": "all", "from_port": 0, "to_port": 0, "cidr_blocks": ["0.0.0.0/0"]}]}),
    );
    let group = w.apply("aws_security_group", Some(&group), &given).await;
    w.imported("aws_security_group", &group.id(), &given).await;
    w.delete(&group).await;

    let a = w.create("aws_security_group", json!({"vpc_id": vpc.id(), "name": "a"})).await;
    let b = w.create("aws_security_group", json!({"vpc_id": vpc.id(), "description": "x"})).await;
    assert!(b.str("name").starts_with("terraform-"));
    let given = json!({"security_group_id": a.id(), "type": "ingress", "protocol": "tcp", "from_port": 443, "to_port": 443, "cidr_blocks": ["10.0.0.0/16", "10.1.0.0/16"], "description": "one"});
    let rule = w.create("aws_security_group_rule", given.clone()).await;
    let rule = w.apply("aws_security_group_rule", Some(&rule), &but(&given, json!({"description": "two"}))).await;
    assert_eq!(rule.str("description"), "two");
    let from_b = json!({"security_group_id": a.id(), "type": "egress", "protocol": "-1", "from_port": 0, "to_port": 0, "source_security_group_id": b.id()});
    let other = w.create("aws_security_group_rule", from_b).await;
    assert!(other.str("security_group_rule_id").starts_with("sgr-"));
    let imported =
        w.import("aws_security_group_rule", &format!("{}_ingress_tcp_443_443_10.0.0.0/16_10.1.0.0/16", a.id())).await;
    assert_eq!(imported.id(), rule.id());

    let given = json!({"security_group_id": b.id(), "ip_protocol": "tcp", "from_port": 8443, "to_port": 8443, "cidr_ipv4": "10.1.0.0/16"});
    let own = w.create("aws_vpc_security_group_ingress_rule", given.clone()).await;
    let own = w
        .apply(
            "aws_vpc_security_group_ingress_rule",
            Some(&own),
            &but(&given, json!({"to_port": 8444, "description": "d", "tags": {"A": "b"}})),
        )
        .await;
    assert_eq!(own.json()["tags_all"], json!({"A": "b", "Env": "test"}));
    let out = w
        .create(
            "aws_vpc_security_group_egress_rule",
            json!({"security_group_id": b.id(), "ip_protocol": "-1", "referenced_security_group_id": a.id()}),
        )
        .await;
    assert!(out.json()["from_port"].is_null());
    for made in [&out, &own, &other, &rule, &b, &a, &vpc] {
        w.delete(made).await;
        assert!(w.read(made).await.is_none(), "{}", made.r#type);
    }
}

#[tokio::test]
async fn network_acls_live() {
    let w = World::new().await;
    let vpc = vpc(&w).await;
    let subnet = w.create("aws_subnet", json!({"vpc_id": vpc.id(), "cidr_block": "10.0.1.0/24"})).await;
    let http = json!({"rule_no": 100, "action": "allow", "from_port": 80, "to_port": 80, "protocol": "tcp", "cidr_block": "0.0.0.0/0"});
    let given = json!({"vpc_id": vpc.id(), "subnet_ids": [subnet.id()], "ingress": [http]});
    let acl = w.create("aws_network_acl", given.clone()).await;
    let given = but(&given, json!({"subnet_ids": [], "ingress": [but(&http, json!({"to_port": 81}))]}));
    let acl = w.apply("aws_network_acl", Some(&acl), &given).await;
    w.imported("aws_network_acl", &acl.id(), &given).await;

    let other = w.create("aws_network_acl", json!({"vpc_id": vpc.id()})).await;
    let given = json!({"network_acl_id": other.id(), "rule_number": 200, "protocol": "tcp", "rule_action": "allow", "cidr_block": "10.0.0.0/16", "from_port": 22, "to_port": 22});
    let rule = w.create("aws_network_acl_rule", given.clone()).await;
    assert_eq!(rule.str("protocol"), "6");
    let imported = w.import("aws_network_acl_rule", &format!("{}:200:tcp:false", other.id())).await;
    assert_eq!(imported.id(), rule.id());
    for made in [&rule, &other, &acl, &subnet, &vpc] {
        w.delete(made).await;
        assert!(w.read(made).await.is_none(), "{}", made.r#type);
    }
}
