//! Security groups, network ACLs, endpoints and flow logs.

#![allow(clippy::unwrap_used)]

mod common;

use common::Aws;
use serde_json::json;

fn rule(group: &str, port: i64, cidr: &str) -> serde_json::Value {
    json!({"GroupId": group, "IpPermissions": [
        {"IpProtocol": "tcp", "FromPort": port, "ToPort": port, "IpRanges": [{"CidrIp": cidr, "Description": "why"}]}]})
}

#[test]
fn both_views_of_the_rules_agree() {
    let aws = Aws::new("ec2");
    let vpc = aws.vpc("10.0.0.0/16");
    let create = json!({"GroupName": "web", "Description": "Web", "VpcId": vpc});
    let group = aws.make("CreateSecurityGroup", create.clone(), "/GroupId");
    assert_eq!(aws.refused("CreateSecurityGroup", create), "InvalidGroup.Duplicate");
    let out = aws.call("AuthorizeSecurityGroupIngress", rule(&group, 443, "10.0.0.0/8"));
    let sgr = out["SecurityGroupRules"][0]["SecurityGroupRuleId"].as_str().unwrap();
    assert_eq!(
        aws.refused("AuthorizeSecurityGroupIngress", rule(&group, 443, "10.0.0.0/8")),
        "InvalidPermission.Duplicate"
    );
    let doc = &aws.list("DescribeSecurityGroups", "SecurityGroups", "group-name", "web")[0];
    assert_eq!(
        doc["IpPermissions"],
        json!([{"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "UserIdGroupPairs": [],
            "IpRanges": [{"CidrIp": "10.0.0.0/8", "Description": "why"}], "Ipv6Ranges": [], "PrefixListIds": []}])
    );
    assert_eq!(aws.list("DescribeSecurityGroupRules", "SecurityGroupRules", "group-id", &group).len(), 2);
    aws.call("RevokeSecurityGroupIngress", json!({"GroupId": group, "SecurityGroupRuleIds": [sgr]}));
    assert_eq!(
        aws.refused("RevokeSecurityGroupIngress", rule(&group, 443, "10.0.0.0/8")),
        "InvalidPermission.NotFound"
    );
    aws.call(
        "RevokeSecurityGroupEgress",
        json!({"GroupId": group, "IpPermissions": [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]}),
    );
    let doc = &aws.list("DescribeSecurityGroups", "SecurityGroups", "group-id", &group)[0];
    assert_eq!(doc["IpPermissionsEgress"], json!([]));
    assert_eq!(aws.refused("AuthorizeSecurityGroupIngress", rule(&group, 443, "10.0.0.1/8")), "InvalidParameterValue");
}

#[test]
fn a_group_in_use_stays() {
    let aws = Aws::new("ec2");
    let vpc = aws.vpc("10.0.0.0/16");
    let group = |name: &str| {
        let create = json!({"GroupName": name, "Description": "x", "VpcId": vpc});
        aws.make("CreateSecurityGroup", create, "/GroupId")
    };
    let (a, b) = (group("a"), group("b"));
    let refer = json!({"GroupId": b, "IpPermissions": [{"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": a}]}]});
    aws.call("AuthorizeSecurityGroupIngress", refer);
    assert_eq!(aws.refused("DeleteSecurityGroup", json!({"GroupId": a})), "DependencyViolation");
    aws.call("DeleteSecurityGroup", json!({"GroupId": b}));
    aws.call("DeleteSecurityGroup", json!({"GroupId": a}));
    let default = aws.list("DescribeSecurityGroups", "SecurityGroups", "group-name", "default");
    assert_eq!(aws.refused("DeleteSecurityGroup", json!({"GroupId": default[0]["GroupId"]})), "CannotDelete");
}

#[test]
fn network_acl_entries() {
    let aws = Aws::new("ec2");
    let vpc = aws.vpc("10.0.0.0/16");
    let subnet = aws.subnet(&vpc, "10.0.1.0/24", "a");
    let acl = aws.make("CreateNetworkAcl", json!({"VpcId": vpc}), "/NetworkAcl/NetworkAclId");
    let entry = json!({"NetworkAclId": acl, "RuleNumber": 10, "Protocol": "tcp", "RuleAction": "allow",
        "Egress": false, "CidrBlock": "0.0.0.0/0", "PortRange": {"From": 443, "To": 443}});
    aws.call("CreateNetworkAclEntry", entry.clone());
    assert_eq!(aws.refused("CreateNetworkAclEntry", entry), "NetworkAclEntryAlreadyExists");
    let held = aws.list("DescribeNetworkAcls", "NetworkAcls", "association.subnet-id", &subnet);
    assert_eq!(held[0]["IsDefault"], true);
    let association = held[0]["Associations"][0]["NetworkAclAssociationId"].clone();
    let replace = json!({"AssociationId": association, "NetworkAclId": acl});
    aws.call("ReplaceNetworkAclAssociation", replace);
    assert_eq!(aws.refused("DeleteNetworkAcl", json!({"NetworkAclId": acl})), "DependencyViolation");
    let held = aws.list("DescribeNetworkAcls", "NetworkAcls", "association.subnet-id", &subnet);
    assert_eq!(held[0]["NetworkAclId"], acl.as_str());
    let gone = json!({"NetworkAclId": acl, "RuleNumber": 10, "Egress": true});
    assert_eq!(aws.refused("DeleteNetworkAclEntry", gone), "InvalidNetworkAclEntry.NotFound");
}

#[test]
fn a_gateway_endpoint_is_a_route() {
    let aws = Aws::new("ec2");
    let vpc = aws.vpc("10.0.0.0/16");
    let table = aws.make("CreateRouteTable", json!({"VpcId": vpc}), "/RouteTable/RouteTableId");
    let create = json!({"VpcId": vpc, "ServiceName": "com.amazonaws.eu-west-1.s3", "RouteTableIds": [table]});
    let endpoint = aws.make("CreateVpcEndpoint", create, "/VpcEndpoint/VpcEndpointId");
    let routes = |n: usize| {
        aws.call("DescribeRouteTables", json!({"RouteTableIds": [table]}))["RouteTables"][0]["Routes"][n].clone()
    };
    assert_eq!(routes(1)["GatewayId"], endpoint.as_str());
    assert_eq!(routes(1)["DestinationPrefixListId"], "pl-6da54004");
    let delete = json!({"RouteTableId": table, "DestinationPrefixListId": "pl-6da54004"});
    assert_eq!(aws.refused("DeleteRoute", delete), "InvalidParameterValue");
    aws.call("DeleteVpcEndpoints", json!({"VpcEndpointIds": [endpoint]}));
    assert_eq!(routes(1), json!(null));
    assert_eq!(
        aws.refused("DescribeVpcEndpoints", json!({"VpcEndpointIds": [endpoint]})),
        "InvalidVpcEndpointId.NotFound"
    );
}

#[test]
fn an_interface_endpoint_takes_addresses_and_names() {
    let aws = Aws::new("ec2");
    let vpc = aws.vpc("10.0.0.0/16");
    let subnet = aws.subnet(&vpc, "10.0.1.0/24", "a");
    let create = json!({"VpcId": vpc, "VpcEndpointType": "Interface", "ServiceName": "com.amazonaws.eu-west-1.logs",
        "SubnetIds": [subnet], "PrivateDnsEnabled": true});
    assert_eq!(aws.refused("CreateVpcEndpoint", create.clone()), "InvalidParameter");
    aws.call("ModifyVpcAttribute", json!({"VpcId": vpc, "EnableDnsHostnames": {"Value": true}}));
    let made = aws.call("CreateVpcEndpoint", create)["VpcEndpoint"].clone();
    assert_eq!(made["State"], "pending");
    assert_eq!(made["DnsEntries"].as_array().unwrap().len(), 3);
    assert_eq!(made["DnsEntries"][2]["DnsName"], "logs.eu-west-1.amazonaws.com");
    assert_eq!(made["Groups"][0]["GroupName"], "default");
    let enis = aws.list("DescribeNetworkInterfaces", "NetworkInterfaces", "subnet-id", &subnet);
    assert_eq!(enis[0]["InterfaceType"], "vpc_endpoint");
    assert_eq!(aws.refused("DeleteSubnet", json!({"SubnetId": subnet})), "DependencyViolation");
    aws.call("DeleteVpcEndpoints", json!({"VpcEndpointIds": [made["VpcEndpointId"]]}));
    for _ in 0..3 {
        aws.call("DescribeVpcEndpoints", json!({}));
    }
    aws.call("DeleteSubnet", json!({"SubnetId": subnet}));
    aws.call("DeleteVpc", json!({"VpcId": vpc}));
}

#[test]
fn flow_logs() {
    let aws = Aws::new("ec2");
    let vpc = aws.vpc("10.0.0.0/16");
    let create = json!({"ResourceIds": [vpc], "ResourceType": "VPC", "TrafficType": "ALL",
        "LogGroupName": "flow", "DeliverLogsPermissionArn": "arn:aws:iam::123456789012:role/flow"});
    let out = aws.call("CreateFlowLogs", create.clone());
    assert_eq!(out["Unsuccessful"], json!([]));
    let again = aws.call("CreateFlowLogs", create);
    assert_eq!(again["Unsuccessful"][0]["Error"]["Code"], "FlowLogAlreadyExists");
    let id = &out["FlowLogIds"][0];
    let held = aws.call("DescribeFlowLogs", json!({"FlowLogIds": [id]}));
    assert_eq!(held["FlowLogs"][0]["LogDestination"], "arn:aws:logs:eu-west-1:123456789012:log-group:flow");
    aws.call("DeleteFlowLogs", json!({"FlowLogIds": [id]}));
    assert_eq!(aws.sandbox.summary().unwrap(), [("vpc".to_owned(), 1)]);
}
