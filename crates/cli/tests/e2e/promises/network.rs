//! Network architecture.

use super::*;

#[test]
fn vpc_is_10_0_0_0_16() {
    let base = base();
    let vpc = base.one("ec2", "DescribeVpcs", json!({}), "Vpcs");
    assert_eq!(vpc["CidrBlock"], "10.0.0.0/16");
    assert_eq!(vpc["CidrBlockAssociationSet"].as_array().unwrap().len(), 1);
    for (attribute, member) in [("enableDnsSupport", "EnableDnsSupport"), ("enableDnsHostnames", "EnableDnsHostnames")]
    {
        let asked = json!({"VpcId": vpc["VpcId"], "Attribute": attribute});
        assert_eq!(base.aws("ec2", "DescribeVpcAttribute", asked)[member]["Value"], true);
    }
}

#[test]
fn vpc_spans_three_availability_zones() {
    let base = base();
    for tier in [PRIVATE, DATABASE, PUBLIC] {
        let zones: Vec<Value> = base.subnets(tier).iter().map(|s| s["AvailabilityZone"].clone()).collect();
        assert_eq!(json!(zones), json!(ZONES));
    }
}

#[test]
fn nat_gateway_in_each_public_subnet() {
    let base = base();
    let gateways = base.list("ec2", "DescribeNatGateways", json!({}), "NatGateways");
    let at: BTreeSet<String> = gateways.iter().flat_map(|g| words(&g["SubnetId"])).collect();
    assert_eq!((gateways.len(), at), (3, ids(&base.subnets(PUBLIC))));
    assert!(gateways.iter().all(|g| g["State"] == "available" && g["ConnectivityType"] == "public"));
}

#[test]
fn each_zone_leaves_through_its_own_nat_gateway() {
    let base = base();
    let gateways = base.list("ec2", "DescribeNatGateways", json!({}), "NatGateways");
    for (private, public) in base.subnets(PRIVATE).iter().zip(base.subnets(PUBLIC)) {
        let own = gateways.iter().find(|g| g["SubnetId"] == public["SubnetId"]).unwrap();
        let routes = base.routes(private);
        let out: Vec<&Value> = routes.iter().filter(|r| r["DestinationCidrBlock"] == "0.0.0.0/0").collect();
        assert_eq!(out.len(), 1);
        assert_eq!(out[0]["NatGatewayId"], own["NatGatewayId"]);
    }
}

fn endpoint(base: &Applied, service: &str) -> Value {
    let all = base.list("ec2", "DescribeVpcEndpoints", json!({}), "VpcEndpoints");
    let name = format!("com.amazonaws.eu-west-1.{service}");
    let found = all.iter().find(|e| e["ServiceName"] == *name).unwrap().clone();
    assert_eq!(found["State"], "available");
    found
}

#[test]
fn s3_is_reached_through_a_gateway_endpoint() {
    let base = base();
    let s3 = endpoint(&base, "s3");
    assert_eq!(s3["VpcEndpointType"], "Gateway");
    for subnet in [PRIVATE, DATABASE, PUBLIC].iter().flat_map(|t| base.subnets(*t)) {
        let to_it = |r: &Value| r["GatewayId"] == s3["VpcEndpointId"] && !r["DestinationPrefixListId"].is_null();
        assert!(base.routes(&subnet).iter().any(to_it), "{subnet:#}");
    }
}

fn answers_inside(base: &Applied, service: &str) {
    let found = endpoint(base, service);
    assert_eq!((&found["VpcEndpointType"], &found["PrivateDnsEnabled"]), (&json!("Interface"), &json!(true)));
    assert_eq!(words(&found["SubnetIds"]), ids(&base.subnets(PRIVATE)));
    let asked = json!({"GroupIds": [found["Groups"][0]["GroupId"]]});
    let group = base.one("ec2", "DescribeSecurityGroups", asked, "SecurityGroups");
    let rules = group["IpPermissions"].as_array().unwrap();
    assert_eq!(rules.len(), 1);
    assert_eq!((&rules[0]["FromPort"], &rules[0]["ToPort"]), (&json!(443), &json!(443)));
    assert_eq!(rules[0]["IpRanges"][0]["CidrIp"], "10.0.0.0/16");
}

#[test]
fn eks_api_is_reached_through_an_interface_endpoint() {
    answers_inside(&base(), "eks");
}

#[test]
fn logs_are_delivered_through_an_endpoint() {
    answers_inside(&base(), "logs");
}

/// The description counts 254 addresses; of 256 AWS keeps five, and each network interface takes one.
fn are_a_24_each(base: &Applied, tier: [u8; 3]) {
    let subnets = base.subnets(tier);
    let ranges: Vec<&Value> = subnets.iter().map(|s| &s["CidrBlock"]).collect();
    assert_eq!(json!(ranges), json!(tier.map(|n| format!("10.0.{n}.0/24"))));
    let interfaces = base.list("ec2", "DescribeNetworkInterfaces", json!({}), "NetworkInterfaces");
    for subnet in subnets {
        let taken = interfaces.iter().filter(|i| i["SubnetId"] == subnet["SubnetId"]).count() as u64;
        assert_eq!(subnet["AvailableIpAddressCount"].as_u64().unwrap() + taken, 251);
    }
}

#[test]
fn private_subnets_are_a_24_in_each_zone() {
    are_a_24_each(&base(), PRIVATE);
}

#[test]
fn public_subnets_are_a_24_in_each_zone() {
    are_a_24_each(&base(), PUBLIC);
}

#[test]
fn ranges_are_reserved_for_expansion() {
    let base = base();
    let taken = base.list("ec2", "DescribeSubnets", json!({}), "Subnets");
    let taken: BTreeSet<String> = taken.iter().flat_map(|s| words(&s["CidrBlock"])).collect();
    let planned = [PRIVATE, DATABASE, PUBLIC].concat();
    assert_eq!(taken, planned.iter().map(|n| format!("10.0.{n}.0/24")).collect());
}

#[test]
fn private_subnets_have_no_way_in() {
    let base = base();
    for subnet in [PRIVATE, DATABASE].iter().flat_map(|t| base.subnets(*t)) {
        assert_eq!(subnet["MapPublicIpOnLaunch"], false);
        let open = |r: &Value| r["GatewayId"].as_str().is_some_and(|g| g.starts_with("igw-"));
        assert!(!base.routes(&subnet).iter().any(open), "{subnet:#}");
    }
}

#[test]
fn database_tier_is_apart_from_the_applications() {
    let base = base();
    for subnet in base.subnets(DATABASE) {
        let routes = base.routes(&subnet);
        let ways: BTreeSet<String> = routes.iter().flat_map(|r| words(&r["DestinationCidrBlock"])).collect();
        assert_eq!(ways, set(["10.0.0.0/16"]));
    }
}

#[test]
fn public_subnets_host_load_balancers() {
    let base = base();
    let gateway = base.one("ec2", "DescribeInternetGateways", json!({}), "InternetGateways");
    for (tier, mark) in [(PUBLIC, "kubernetes.io/role/elb"), (PRIVATE, "kubernetes.io/role/internal-elb")] {
        for subnet in base.subnets(tier) {
            let marked = subnet["Tags"].as_array().unwrap().iter().any(|t| t["Key"] == mark && t["Value"] == "1");
            assert!(marked, "{subnet:#}");
            let out = |r: &Value| r["GatewayId"] == gateway["InternetGatewayId"];
            assert_eq!(base.routes(&subnet).iter().any(out), tier == PUBLIC);
        }
    }
}

#[test]
fn default_security_group_lets_nothing_through() {
    let base = base();
    let asked = json!({"Filters": [{"Name": "group-name", "Values": ["default"]}]});
    let group = base.one("ec2", "DescribeSecurityGroups", asked, "SecurityGroups");
    for rules in ["IpPermissions", "IpPermissionsEgress"] {
        assert!(group[rules].as_array().is_none_or(Vec::is_empty), "{group:#}");
    }
}

#[test]
fn flow_logs_go_to_cloudwatch() {
    let base = base();
    let log = base.one("ec2", "DescribeFlowLogs", json!({}), "FlowLogs");
    assert_eq!(log["ResourceId"], base.output("vpc", "vpc_id"));
    assert_eq!((&log["LogDestinationType"], &log["TrafficType"]), (&json!("cloud-watch-logs"), &json!("ALL")));
    assert_eq!((&log["FlowLogStatus"], &log["DeliverLogsStatus"]), (&json!("ACTIVE"), &json!("SUCCESS")));
    let role = log["DeliverLogsPermissionArn"].as_str().unwrap().rsplit('/').next().unwrap();
    let trust = statements(&base.role(role)["AssumeRolePolicyDocument"])["FlowLogsOfThisAccount"].clone();
    assert_eq!(trust["Principal"], json!({"Service": "vpc-flow-logs.amazonaws.com"}));
    assert_eq!(trust["Condition"]["StringEquals"], json!({"aws:SourceAccount": ACCOUNT}));
    let stream = format!("{}:log-stream:x", log["LogDestination"].as_str().unwrap());
    let may = |action: &str| base.decision(action, &stream, &base.documents_of(role), &[], None);
    assert_eq!((may("logs:PutLogEvents").as_str(), may("logs:DeleteLogGroup").as_str()), ("allowed", "implicitDeny"));
}

#[test]
fn flow_logs_are_kept_30_days() {
    let asked = json!({"logGroupNamePrefix": "/aws/vpc-flow-log/"});
    assert_eq!(base().one("logs", "DescribeLogGroups", asked, "logGroups")["retentionInDays"], 30);
}
