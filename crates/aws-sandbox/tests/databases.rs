//! DB subnet groups.

#![allow(clippy::unwrap_used)]

mod common;

use common::{Aws, options};
use craton_aws_sandbox::{Quotas, Sandbox, SandboxOptions};
use serde_json::{Value, json};

/// RDS beside a VPC with a subnet in each of three zones.
struct World {
    rds: Aws,
    ec2: Aws,
    vpc: String,
    subnets: Vec<String>,
}

fn world(quotas: Quotas) -> World {
    let sandbox = Sandbox::open(SandboxOptions { quotas, ..options() }).unwrap();
    let ec2 = Aws { sandbox, service: "ec2" };
    let vpc = ec2.vpc("10.0.0.0/16");
    let subnets =
        ["a", "b", "c"].iter().enumerate().map(|(n, z)| ec2.subnet(&vpc, &format!("10.0.{n}.0/24"), z)).collect();
    World { rds: ec2.of("rds"), ec2, vpc, subnets }
}

fn group(name: &str, subnets: &[String]) -> Value {
    json!({"DBSubnetGroupName": name, "DBSubnetGroupDescription": "data", "SubnetIds": subnets})
}

fn named(group: &Value) -> Vec<&str> {
    group["Subnets"].as_array().unwrap().iter().map(|s| s["SubnetIdentifier"].as_str().unwrap()).collect()
}

#[test]
fn a_group_lives() {
    let w = world(Quotas::default());
    let made = w.rds.call("CreateDBSubnetGroup", group("Data.One", &w.subnets[..2]));
    let made = &made["DBSubnetGroup"];
    assert_eq!(made["DBSubnetGroupName"], "data.one");
    assert_eq!(made["DBSubnetGroupArn"], "arn:aws:rds:eu-west-1:123456789012:subgrp:data.one");
    assert_eq!(made["SubnetGroupStatus"], "Complete");
    assert_eq!(made["VpcId"], w.vpc.as_str());
    assert_eq!(made["SupportedNetworkTypes"], json!(["IPV4"]));
    let mut zones: Vec<_> = made["Subnets"].as_array().unwrap().iter().map(|s| &s["SubnetAvailabilityZone"]).collect();
    zones.sort_by_key(|z| z["Name"].to_string());
    assert_eq!(zones, [&json!({"Name": "eu-west-1a"}), &json!({"Name": "eu-west-1b"})]);
    assert_eq!(w.rds.sandbox.summary().unwrap()[0], ("db-subnet-group".to_owned(), 1));

    let change = json!({"DBSubnetGroupName": "DATA.one", "SubnetIds": &w.subnets[1..]});
    w.rds.call("ModifyDBSubnetGroup", change);
    let found = w.rds.call("DescribeDBSubnetGroups", json!({"DBSubnetGroupName": "data.One"}));
    let found = &found["DBSubnetGroups"][0];
    assert_eq!(found["DBSubnetGroupDescription"], "data", "what a change leaves out stays");
    let mut want: Vec<&str> = w.subnets[1..].iter().map(String::as_str).collect();
    want.sort_unstable();
    assert_eq!(named(found), want);

    w.ec2.call("DeleteSubnet", json!({"SubnetId": w.subnets[2]}));
    w.rds.call("DeleteDBSubnetGroup", json!({"DBSubnetGroupName": "data.one"}));
    for op in ["DescribeDBSubnetGroups", "DeleteDBSubnetGroup"] {
        let gone = w.rds.try_call(op, json!({"DBSubnetGroupName": "data.one"})).unwrap_err();
        assert_eq!((gone.code.as_str(), gone.status), ("DBSubnetGroupNotFoundFault", 404), "{op}");
    }
    assert_eq!(w.rds.call("DescribeDBSubnetGroups", json!({})), json!({"DBSubnetGroups": []}));
}

#[test]
fn groups_of_wrong_subnets_are_refused() {
    let w = world(Quotas { subnets_per_db_subnet_group: 2, ..Quotas::default() });
    let other = w.ec2.vpc("10.1.0.0/16");
    let far: Vec<String> =
        ["a", "b"].iter().enumerate().map(|(n, z)| w.ec2.subnet(&other, &format!("10.1.{n}.0/24"), z)).collect();
    let near = w.subnets.as_slice();
    let refused = |subnets: &[String]| w.rds.refused("CreateDBSubnetGroup", group("g", subnets));
    assert_eq!(refused(&[]), "InvalidSubnet");
    assert_eq!(refused(&[near[0].clone(), far[1].clone()]), "InvalidSubnet");
    assert_eq!(refused(&near[..1]), "DBSubnetGroupDoesNotCoverEnoughAZs");
    assert_eq!(refused(&[near[0].clone(), near[0].clone()]), "DBSubnetGroupDoesNotCoverEnoughAZs");
    assert_eq!(refused(near), "DBSubnetQuotaExceededFault");
    let missing = [near[0].clone(), "subnet-0123456789abcdef0".to_owned()];
    let missing = w.rds.try_call("CreateDBSubnetGroup", group("g", &missing)).unwrap_err();
    assert_eq!(missing.code, "InvalidParameterValue");
    assert!(missing.message.contains("[subnet-0123456789abcdef0]"), "{}", missing.message);

    w.rds.call("CreateDBSubnetGroup", group("g", &near[..2]));
    let change = |subnets: &[String]| {
        w.rds.refused("ModifyDBSubnetGroup", json!({"DBSubnetGroupName": "g", "SubnetIds": subnets}))
    };
    assert_eq!(change(&far), "InvalidParameterValue");
    assert_eq!(change(&near[..1]), "DBSubnetGroupDoesNotCoverEnoughAZs");
    let found = w.rds.call("DescribeDBSubnetGroups", json!({}));
    assert_eq!(named(&found["DBSubnetGroups"][0]).len(), 2, "a refused change changes nothing");
}

#[test]
fn names_are_checked_and_unique() {
    let w = world(Quotas { db_subnet_groups_per_region: 1, ..Quotas::default() });
    let long = "a".repeat(256);
    for name in ["", "default", "Default", "1st", "a/b", "ä", long.as_str()] {
        let code = w.rds.refused("CreateDBSubnetGroup", group(name, &w.subnets));
        assert_eq!(code, "InvalidParameterValue", "{name}");
    }
    let mut blank = group("one", &w.subnets);
    blank["DBSubnetGroupDescription"] = json!("");
    assert_eq!(w.rds.refused("CreateDBSubnetGroup", blank), "InvalidParameterValue");
    w.rds.call("CreateDBSubnetGroup", group("one", &w.subnets));
    assert_eq!(w.rds.refused("CreateDBSubnetGroup", group("ONE", &w.subnets)), "DBSubnetGroupAlreadyExists");
    assert_eq!(w.rds.refused("CreateDBSubnetGroup", group("two", &w.subnets)), "DBSubnetGroupQuotaExceeded");
    let change = json!({"DBSubnetGroupName": "two", "SubnetIds": w.subnets});
    assert_eq!(w.rds.refused("ModifyDBSubnetGroup", change), "DBSubnetGroupNotFoundFault");
}

#[test]
fn groups_come_in_pages() {
    let w = world(Quotas::default());
    for n in 0..21 {
        w.rds.call("CreateDBSubnetGroup", group(&format!("g{n:02}"), &w.subnets));
    }
    let first = w.rds.call("DescribeDBSubnetGroups", json!({"MaxRecords": 20}));
    assert_eq!(first["DBSubnetGroups"].as_array().unwrap().len(), 20);
    let rest = w.rds.call("DescribeDBSubnetGroups", json!({"MaxRecords": 20, "Marker": first["Marker"]}));
    assert_eq!(rest["DBSubnetGroups"][0]["DBSubnetGroupName"], "g20");
    assert_eq!(rest["Marker"], Value::Null);
    assert_eq!(w.rds.refused("DescribeDBSubnetGroups", json!({"MaxRecords": 5})), "InvalidParameterValue");
}

#[test]
fn subnets_with_ipv6_make_a_group_dual() {
    let w = world(Quotas::default());
    w.ec2.call("AssociateVpcCidrBlock", json!({"VpcId": w.vpc, "AmazonProvidedIpv6CidrBlock": true}));
    let vpc = w.ec2.call("DescribeVpcs", json!({"VpcIds": [w.vpc]}));
    let block = vpc["Vpcs"][0]["Ipv6CidrBlockAssociationSet"][0]["Ipv6CidrBlock"].as_str().unwrap().to_owned();
    for (n, subnet) in w.subnets[..2].iter().enumerate() {
        let block = block.replace("00::/56", &format!("{n:02x}::/64"));
        w.ec2.call("AssociateSubnetCidrBlock", json!({"SubnetId": subnet, "Ipv6CidrBlock": block}));
    }
    let made = w.rds.call("CreateDBSubnetGroup", group("dual", &w.subnets[..2]));
    assert_eq!(made["DBSubnetGroup"]["SupportedNetworkTypes"], json!(["IPV4", "DUAL"]));
    let change = json!({"DBSubnetGroupName": "dual", "SubnetIds": w.subnets});
    let changed = w.rds.call("ModifyDBSubnetGroup", change);
    assert_eq!(changed["DBSubnetGroup"]["SupportedNetworkTypes"], json!(["IPV4"]));
}

#[test]
fn groups_have_tags() {
    let w = world(Quotas::default());
    let mut given = group("g", &w.subnets);
    given["Tags"] = json!([{"Key": "A", "Value": "1"}, {"Key": "B", "Value": "2"}]);
    let arn = w.rds.make("CreateDBSubnetGroup", given.clone(), "/DBSubnetGroup/DBSubnetGroupArn");
    let tags = json!([{"Key": "B", "Value": "3"}, {"Key": "C", "Value": ""}]);
    w.rds.call("AddTagsToResource", json!({"ResourceName": arn, "Tags": tags}));
    w.rds.call("RemoveTagsFromResource", json!({"ResourceName": arn, "TagKeys": ["A", "none"]}));
    assert_eq!(w.rds.call("ListTagsForResource", json!({"ResourceName": arn}))["TagList"], tags);

    let many: Vec<Value> = (0..49).map(|n| json!({"Key": format!("k{n}"), "Value": ""})).collect();
    let refused = |resource: &str, tags: Value| {
        w.rds.refused("AddTagsToResource", json!({"ResourceName": resource, "Tags": tags}))
    };
    assert_eq!(refused(&arn, json!(many)), "InvalidParameterValue");
    assert_eq!(refused(&arn, json!([{"Key": "aws:x", "Value": ""}])), "InvalidParameterValue");
    assert_eq!(refused("g", tags.clone()), "InvalidParameterValue");
    assert_eq!(refused(&format!("{arn}x"), tags.clone()), "DBSubnetGroupNotFoundFault");
    assert_eq!(refused("arn:aws:rds:eu-west-1:123456789012:db:x", tags.clone()), "NotImplemented");
    assert_eq!(w.rds.call("ListTagsForResource", json!({"ResourceName": arn}))["TagList"], tags);
}
