//! VPCs, subnets, gateways, addresses and routes.

#![allow(clippy::unwrap_used)]

mod common;

use common::Aws;
use serde_json::{Value, json};

#[test]
fn a_vpc_comes_with_its_defaults_and_leaves_nothing() {
    let aws = Aws::new("ec2");
    let vpc = aws.vpc("10.0.0.0/16");
    let first = aws.call("DescribeVpcs", json!({"VpcIds": [vpc]}));
    assert_eq!(first["Vpcs"][0]["State"], "pending");
    let then = aws.call("DescribeVpcs", json!({"VpcIds": [vpc]}));
    assert_eq!(then["Vpcs"][0]["State"], "available");
    assert!(then["Vpcs"][0].as_object().unwrap().keys().all(|k| !k.starts_with('_')));

    let groups = aws.list("DescribeSecurityGroups", "SecurityGroups", "vpc-id", &vpc);
    assert_eq!(groups[0]["GroupName"], "default");
    assert_eq!(groups[0]["IpPermissions"][0]["UserIdGroupPairs"][0]["GroupId"], groups[0]["GroupId"]);
    assert_eq!(groups[0]["IpPermissionsEgress"][0]["IpRanges"][0]["CidrIp"], "0.0.0.0/0");
    let acls = aws.list("DescribeNetworkAcls", "NetworkAcls", "vpc-id", &vpc);
    assert_eq!(acls[0]["IsDefault"], true);
    assert_eq!(acls[0]["Entries"].as_array().unwrap().len(), 4);
    let tables = aws.list("DescribeRouteTables", "RouteTables", "association.main", "true");
    assert_eq!(tables[0]["Routes"][0]["GatewayId"], "local");
    let on = aws.call("DescribeVpcAttribute", json!({"VpcId": vpc, "Attribute": "enableDnsHostnames"}));
    assert_eq!(on["EnableDnsHostnames"]["Value"], false);

    assert_eq!(aws.sandbox.summary().unwrap(), [("vpc".to_owned(), 1)]);
    aws.call("DeleteVpc", json!({"VpcId": vpc}));
    assert_eq!(aws.sandbox.summary().unwrap(), []);
    assert_eq!(aws.call("DescribeSecurityGroups", json!({}))["SecurityGroups"], json!([]));
    assert_eq!(aws.refused("DescribeVpcs", json!({"VpcIds": [vpc]})), "InvalidVpcID.NotFound");
    assert_eq!(aws.refused("DescribeVpcs", json!({"VpcIds": ["vpc-nonsense"]})), "InvalidVpcId.Malformed");
}

#[test]
fn blocks_are_checked() {
    let aws = Aws::new("ec2");
    assert_eq!(aws.refused("CreateVpc", json!({"CidrBlock": "10.0.0.0/15"})), "InvalidVpc.Range");
    assert_eq!(aws.refused("CreateVpc", json!({"CidrBlock": "10.0.0.0/29"})), "InvalidVpc.Range");
    assert_eq!(aws.refused("CreateVpc", json!({"CidrBlock": "10.0.0.0"})), "InvalidParameterValue");
    let vpc = aws.vpc("10.0.0.0/16");
    aws.subnet(&vpc, "10.0.1.0/24", "a");
    let subnet = |cidr: &str| aws.refused("CreateSubnet", json!({"VpcId": vpc, "CidrBlock": cidr}));
    assert_eq!(subnet("10.0.1.128/25"), "InvalidSubnet.Conflict");
    assert_eq!(subnet("10.1.0.0/24"), "InvalidSubnet.Range");
    assert_eq!(subnet("10.0.2.0/29"), "InvalidSubnet.Range");
    aws.call("AssociateVpcCidrBlock", json!({"VpcId": vpc, "CidrBlock": "10.1.0.0/16"}));
    aws.subnet(&vpc, "10.1.0.0/24", "b");
    assert_eq!(aws.refused("DeleteVpc", json!({"VpcId": vpc})), "DependencyViolation");
}

#[test]
fn quotas_hold() {
    let aws = Aws::new("ec2");
    for n in 0..5 {
        aws.vpc(&format!("10.{n}.0.0/16"));
        aws.call("AllocateAddress", json!({"Domain": "vpc"}));
    }
    assert_eq!(aws.refused("CreateVpc", json!({"CidrBlock": "10.9.0.0/16"})), "VpcLimitExceeded");
    assert_eq!(aws.refused("AllocateAddress", json!({"Domain": "vpc"})), "AddressLimitExceeded");
}

#[test]
fn a_nat_gateway_takes_its_time_and_holds_what_it_needs() {
    let aws = Aws::new("ec2");
    let vpc = aws.vpc("10.0.0.0/16");
    let subnet = aws.subnet(&vpc, "10.0.1.0/24", "a");
    let eip = aws.make("AllocateAddress", json!({"Domain": "vpc"}), "/AllocationId");
    let create = json!({"SubnetId": subnet, "AllocationId": eip});
    let early = aws.make("CreateNatGateway", create.clone(), "/NatGateway/NatGatewayId");
    let ask = || aws.call("DescribeNatGateways", json!({"NatGatewayIds": [early]}))["NatGateways"][0].clone();
    let failed: Vec<Value> = (0..10).map(|_| ask()).collect();
    assert_eq!(failed.last().unwrap()["FailureCode"], "Gateway.NotAttached");
    let igw = aws.internet_gateway(&vpc);
    let nat = aws.make("CreateNatGateway", create, "/NatGateway/NatGatewayId");

    let state = |want: &str| {
        for _ in 0..10 {
            let out = aws.call("DescribeNatGateways", json!({"NatGatewayIds": [nat]}));
            if out["NatGateways"][0]["State"] == want {
                return out["NatGateways"][0].clone();
            }
        }
        panic!("never {want}");
    };
    state("pending");
    let there = state("available");
    assert!(there["NatGatewayAddresses"][0]["PublicIp"].as_str().unwrap().starts_with("198."));
    let left = aws.call("DescribeSubnets", json!({"SubnetIds": [subnet]}));
    assert_eq!(left["Subnets"][0]["AvailableIpAddressCount"], 250);

    let table = aws.make("CreateRouteTable", json!({"VpcId": vpc}), "/RouteTable/RouteTableId");
    let route = json!({"RouteTableId": table, "DestinationCidrBlock": "0.0.0.0/0", "NatGatewayId": nat});
    aws.call("CreateRoute", route);
    let other = json!({"RouteTableId": table, "DestinationCidrBlock": "0.0.0.0/0", "GatewayId": igw});
    assert_eq!(aws.refused("CreateRoute", other), "RouteAlreadyExists");

    assert_eq!(aws.refused("ReleaseAddress", json!({"AllocationId": eip})), "InvalidIPAddress.InUse");
    assert_eq!(aws.refused("DeleteSubnet", json!({"SubnetId": subnet})), "DependencyViolation");
    let detach = json!({"InternetGatewayId": igw, "VpcId": vpc});
    assert_eq!(aws.refused("DetachInternetGateway", detach.clone()), "DependencyViolation");

    aws.call("DeleteNatGateway", json!({"NatGatewayId": nat}));
    state("deleting");
    state("deleted");
    let tables = aws.call("DescribeRouteTables", json!({"RouteTableIds": [table]}));
    assert_eq!(tables["RouteTables"][0]["Routes"][1]["State"], "blackhole");
    aws.call("ReleaseAddress", json!({"AllocationId": eip}));
    aws.call("DetachInternetGateway", detach);
    aws.call("DeleteInternetGateway", json!({"InternetGatewayId": igw}));
    aws.call("DeleteRouteTable", json!({"RouteTableId": table}));
    aws.call("DeleteSubnet", json!({"SubnetId": subnet}));
    aws.call("DeleteVpc", json!({"VpcId": vpc}));
    assert_eq!(aws.sandbox.summary().unwrap(), []);
}

#[test]
fn route_table_associations() {
    let aws = Aws::new("ec2");
    let vpc = aws.vpc("10.0.0.0/16");
    let subnet = aws.subnet(&vpc, "10.0.1.0/24", "a");
    let table = |_| aws.make("CreateRouteTable", json!({"VpcId": vpc}), "/RouteTable/RouteTableId");
    let (a, b) = (table(1), table(2));
    let id = aws.make("AssociateRouteTable", json!({"RouteTableId": a, "SubnetId": subnet}), "/AssociationId");
    assert_eq!(
        aws.refused("AssociateRouteTable", json!({"RouteTableId": b, "SubnetId": subnet})),
        "Resource.AlreadyAssociated"
    );
    assert_eq!(aws.refused("DeleteRouteTable", json!({"RouteTableId": a})), "DependencyViolation");
    let replace = json!({"AssociationId": id, "RouteTableId": b});
    let new = aws.make("ReplaceRouteTableAssociation", replace, "/NewAssociationId");
    aws.call("DeleteRouteTable", json!({"RouteTableId": a}));
    aws.call("DisassociateRouteTable", json!({"AssociationId": new}));
    assert_eq!(aws.refused("DisassociateRouteTable", json!({"AssociationId": new})), "InvalidAssociationID.NotFound");

    let main = aws.list("DescribeRouteTables", "RouteTables", "association.main", "true")[0].clone();
    let main_id = main["Associations"][0]["RouteTableAssociationId"].as_str().unwrap();
    assert_eq!(aws.refused("DisassociateRouteTable", json!({"AssociationId": main_id})), "InvalidParameterValue");
    aws.call("ReplaceRouteTableAssociation", json!({"AssociationId": main_id, "RouteTableId": b}));
    let main = aws.list("DescribeRouteTables", "RouteTables", "association.main", "true");
    assert_eq!(main[0]["RouteTableId"], b.as_str());
}

#[test]
fn what_is_not_known_is_refused() {
    let aws = Aws::new("ec2");
    assert_eq!(aws.refused("CreateImage", json!({})), "NotImplemented");
    assert_eq!(aws.refused("CreateVpc", json!({"CidrBlock": "10.0.0.0/16", "Color": "red"})), "NotImplemented");
    let tagged = json!({"CidrBlock": "10.0.0.0/16", "TagSpecifications": [
        {"ResourceType": "vpc", "Tags": [{"Key": "a", "Value": "b", "Color": "red"}]}]});
    assert_eq!(aws.refused("CreateVpc", tagged), "NotImplemented");
    assert_eq!(
        aws.refused("DescribeVpcs", json!({"Filters": [{"Name": "colour", "Values": ["red"]}]})),
        "NotImplemented"
    );
    assert_eq!(aws.refused("CreateVpc", json!({"CidrBlock": "10.0.0.0/16", "DryRun": true})), "DryRunOperation");
    // None of the refusals left anything behind.
    assert_eq!(aws.call("DescribeVpcs", json!({}))["Vpcs"], json!([]));
}

#[test]
fn tags_filters_and_pages() {
    let aws = Aws::new("ec2");
    let spec = json!([{"ResourceType": "vpc", "Tags": [{"Key": "Name", "Value": "main"}]}]);
    let vpc = aws.make("CreateVpc", json!({"CidrBlock": "10.0.0.0/16", "TagSpecifications": spec}), "/Vpc/VpcId");
    let other = aws.vpc("10.1.0.0/16");
    aws.call("CreateTags", json!({"Resources": [other], "Tags": [{"Key": "Name", "Value": "second"}]}));
    let found = aws.list("DescribeVpcs", "Vpcs", "tag:Name", "ma*n");
    assert_eq!((found.len(), &found[0]["VpcId"]), (1, &json!(vpc)));
    assert_eq!(aws.list("DescribeVpcs", "Vpcs", "tag-key", "Name").len(), 2);
    aws.call("DeleteTags", json!({"Resources": [other], "Tags": [{"Key": "Name", "Value": "not this"}]}));
    assert_eq!(aws.list("DescribeTags", "Tags", "resource-id", &other).len(), 1);
    aws.call("DeleteTags", json!({"Resources": [other], "Tags": [{"Key": "Name"}]}));
    assert_eq!(aws.list("DescribeTags", "Tags", "resource-type", "vpc").len(), 1);
    let reserved = json!({"Resources": [vpc], "Tags": [{"Key": "aws:x", "Value": ""}]});
    assert_eq!(aws.refused("CreateTags", reserved), "InvalidParameterValue");

    let page = aws.call("DescribeVpcs", json!({"MaxResults": 1}));
    let next = page["NextToken"].as_str().unwrap();
    let last = aws.call("DescribeVpcs", json!({"MaxResults": 1, "NextToken": next}));
    assert_ne!(page["Vpcs"][0]["VpcId"], last["Vpcs"][0]["VpcId"]);
    assert!(last.get("NextToken").is_none());
}

#[test]
fn regions_and_accounts_are_apart() {
    let aws = Aws::new("ec2");
    aws.vpc("10.0.0.0/16");
    let elsewhere = craton_aws_sandbox::Caller::in_region("us-east-1");
    let out = aws.sandbox.call(&elsewhere, "ec2", "DescribeVpcs", &json!({})).unwrap();
    assert_eq!(out["Vpcs"], json!([]));
    let zones = aws.call("DescribeAvailabilityZones", json!({}));
    assert_eq!(zones["AvailabilityZones"][2]["ZoneId"], "euw1-az3");

    let role = json!({"RoleArn": "arn:aws:iam::210987654321:role/deploy", "RoleSessionName": "me"});
    let key = aws.of("sts").make("AssumeRole", role, "/Credentials/AccessKeyId");
    let there = craton_aws_sandbox::Caller { region: common::REGION.into(), access_key_id: key };
    let who = aws.sandbox.call(&there, "sts", "GetCallerIdentity", &json!({})).unwrap();
    assert_eq!(who["Arn"], "arn:aws:sts::210987654321:assumed-role/deploy/me");
    assert_eq!(aws.sandbox.call(&there, "ec2", "DescribeVpcs", &json!({})).unwrap()["Vpcs"], json!([]));
}

#[test]
fn a_persistent_spot_request_starts_another_instance() {
    let aws = Aws::new("ec2");
    let vpc = aws.vpc("10.0.0.0/16");
    let subnet = aws.subnet(&vpc, "10.0.0.0/24", "a");
    let images = json!({"Owners": ["amazon"], "Filters": [{"Name": "architecture", "Values": ["x86_64"]}]});
    let image = aws.make("DescribeImages", images, "/Images/0/ImageId");
    let launch = json!({"ImageId": image, "InstanceType": "t3.micro", "SubnetId": subnet});
    let of = |launch: &serde_json::Value, kind: &str| json!({"LaunchSpecification": launch, "Type": kind, "SpotPrice": "0.01"});
    let none = json!({"ImageId": "ami-0123456789abcdef0", "InstanceType": "t3.micro", "SubnetId": subnet});
    assert_eq!(aws.refused("RequestSpotInstances", of(&none, "one-time")), "InvalidAMIID.NotFound");
    assert!(aws.sandbox.summary().unwrap().iter().all(|(kind, _)| kind != "instance"), "nothing of the attempt stays");
    let id =
        aws.make("RequestSpotInstances", of(&launch, "persistent"), "/SpotInstanceRequests/0/SpotInstanceRequestId");
    let look = || {
        aws.call("DescribeSpotInstanceRequests", json!({"SpotInstanceRequestIds": [id]}))["SpotInstanceRequests"][0]
            .clone()
    };
    let instance = || loop {
        let found = look();
        if found["State"] == "active" {
            return found["InstanceId"].clone();
        }
    };
    let first = instance();
    aws.call("TerminateInstances", json!({"InstanceIds": [first]}));
    assert_eq!(look()["State"], "open");
    let second = instance();
    assert_ne!(first, second);
    let cancelled = aws.call("CancelSpotInstanceRequests", json!({"SpotInstanceRequestIds": [id]}));
    assert_eq!(cancelled["CancelledSpotInstanceRequests"][0]["State"], "cancelled");
    assert_eq!(look()["Status"]["Code"], "request-canceled-and-instance-running");
    aws.call("TerminateInstances", json!({"InstanceIds": [second]}));
    assert_eq!(look()["State"], "cancelled");

    let mut later = of(&launch, "one-time");
    later["ValidFrom"] = json!("2026-01-01T01:00:00.000Z");
    let id = aws.make("RequestSpotInstances", later, "/SpotInstanceRequests/0/SpotInstanceRequestId");
    let found = aws.call("DescribeSpotInstanceRequests", json!({"SpotInstanceRequestIds": [id]}));
    assert_eq!(found["SpotInstanceRequests"][0]["Status"]["Code"], "not-scheduled-yet");
}
