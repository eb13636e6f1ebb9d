//! Network and machines.

use super::*;

#[test]
fn the_vpc_spans_three_zones_with_the_subnets_that_were_planned() {
    let base = base();
    let vpc = base.one("ec2", "DescribeVpcs", json!({}), "Vpcs");
    assert_eq!(vpc["CidrBlock"], "10.0.0.0/16");
    let subnets = base.aws("ec2", "DescribeSubnets", json!({}));
    let subnets = subnets["Subnets"].as_array().unwrap();
    for (number, zone) in ZONES.iter().enumerate() {
        for range in [format!("10.0.{}.0/24", number + 1), format!("10.0.{}.0/24", number + 101)] {
            assert!(
                subnets.iter().any(|s| s["CidrBlock"] == *range && s["AvailabilityZone"] == *zone),
                "{range} in {zone}"
            );
        }
    }
}

#[test]
fn each_public_subnet_has_a_nat_gateway() {
    let base = base();
    let gateways = base.aws("ec2", "DescribeNatGateways", json!({}));
    let gateways = gateways["NatGateways"].as_array().unwrap();
    let mut at: Vec<&str> = gateways.iter().map(|g| g["SubnetId"].as_str().unwrap()).collect();
    let mut public = base.output("vpc", "public_subnets");
    let public = public.as_array_mut().unwrap();
    at.sort_unstable();
    public.sort_by_key(ToString::to_string);
    assert_eq!(json!(at), json!(public));
    assert!(gateways.iter().all(|g| g["State"] == "available"));
}

#[test]
fn s3_eks_and_logs_are_reached_inside_the_vpc() {
    let base = base();
    let endpoints = base.aws("ec2", "DescribeVpcEndpoints", json!({}));
    let endpoints = endpoints["VpcEndpoints"].as_array().unwrap();
    let found: BTreeSet<(&str, &str)> = endpoints
        .iter()
        .map(|e| (e["ServiceName"].as_str().unwrap(), e["VpcEndpointType"].as_str().unwrap()))
        .collect();
    assert_eq!(
        found,
        BTreeSet::from([
            ("com.amazonaws.eu-west-1.eks", "Interface"),
            ("com.amazonaws.eu-west-1.logs", "Interface"),
            ("com.amazonaws.eu-west-1.s3", "Gateway")
        ])
    );
}

fn bastion(base: &Applied) -> Value {
    let asked = json!({"InstanceIds": [base.output("ec2/bastion-host", "id")]});
    base.one("ec2", "DescribeInstances", asked, "Reservations")["Instances"][0].clone()
}

#[test]
fn the_bastion_role_describes_eks_and_serves_systems_manager_and_nothing_else() {
    let base = base();
    let name = "prod-bastion-host-eks-role";
    let role = base.aws("iam", "GetRole", json!({"RoleName": name}))["Role"].clone();
    assert_eq!(role["Arn"], format!("arn:aws:iam::{ACCOUNT}:role/{name}"));
    let attached = base.aws("iam", "ListAttachedRolePolicies", json!({"RoleName": name}));
    let attached: Vec<&Value> =
        attached["AttachedPolicies"].as_array().unwrap().iter().map(|p| &p["PolicyArn"]).collect();
    assert_eq!(json!(attached), json!(["arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore"]));
    let inline = base.aws("iam", "ListRolePolicies", json!({"RoleName": name}));
    assert_eq!(inline["PolicyNames"], json!(["describe-eks"]));
    let policy = base.aws("iam", "GetRolePolicy", json!({"RoleName": name, "PolicyName": "describe-eks"}));
    let policy = policy["PolicyDocument"].as_str().unwrap();
    let policy = json!(percent(policy));
    for (sid, statement) in statements(&policy) {
        for action in words(&statement["Action"]) {
            assert!(action.starts_with("eks:Describe") || action.starts_with("eks:List"), "{sid}: {action}");
        }
        assert_eq!(statement["Effect"], "Allow");
    }
    let about = words(&statements(&policy)["DescribeCluster"]["Resource"]);
    assert!(about.iter().all(|r| r.contains("/numinia-production")), "{about:?}");
    let profile = base.aws("iam", "GetInstanceProfile", json!({"InstanceProfileName": name}));
    assert_eq!(profile["InstanceProfile"]["Roles"][0]["RoleName"], name);
    assert_eq!(bastion(&base)["IamInstanceProfile"]["Arn"], profile["InstanceProfile"]["Arn"]);
}

/// IAM gives documents URL-encoded where nothing decodes them.
pub(super) fn percent(text: &str) -> String {
    match text.starts_with('{') {
        true => text.to_owned(),
        false => {
            let mut bytes = Vec::new();
            let mut rest = text.bytes();
            while let Some(b) = rest.next() {
                match b {
                    b'%' => {
                        let two = [rest.next().unwrap(), rest.next().unwrap()];
                        bytes.push(u8::from_str_radix(std::str::from_utf8(&two).unwrap(), 16).unwrap());
                    }
                    other => bytes.push(other),
                }
            }
            String::from_utf8(bytes).unwrap()
        }
    }
}

#[test]
fn the_bastion_is_a_t3_micro_of_the_newest_amazon_linux_2() {
    let base = base();
    let parameter = "/aws/service/ami-amazon-linux-latest/amzn2-ami-hvm-x86_64-gp2";
    let newest = base.aws("ssm", "GetParameter", json!({"Name": parameter}))["Parameter"]["Value"].clone();
    let machine = bastion(&base);
    assert_eq!((&machine["InstanceType"], &machine["ImageId"]), (&json!("t3.micro"), &newest));
    let image = base.one("ec2", "DescribeImages", json!({"ImageIds": [newest]}), "Images");
    assert!(image["Name"].as_str().unwrap().starts_with("amzn2-ami-hvm-"), "{image}");
}

#[test]
fn the_bastion_takes_version_two_of_the_metadata_service_only() {
    let machine = bastion(&base());
    assert_eq!(machine["MetadataOptions"]["HttpTokens"], "required");
}

#[test]
fn the_root_volume_of_the_bastion_is_encrypted() {
    let base = base();
    let machine = bastion(&base);
    let volume = machine["BlockDeviceMappings"][0]["Ebs"]["VolumeId"].clone();
    let volume = base.one("ec2", "DescribeVolumes", json!({"VolumeIds": [volume]}), "Volumes");
    assert_eq!(volume["Encrypted"], true);
}

#[test]
fn the_bastion_recovers_by_itself() {
    let base = base();
    let machine = bastion(&base);
    assert_eq!(machine["MaintenanceOptions"]["AutoRecovery"], "default");
    let alarm = base.one("cloudwatch", "DescribeAlarms", json!({}), "MetricAlarms");
    assert_eq!(alarm["AlarmActions"], json!(["arn:aws:automate:eu-west-1:ec2:recover"]));
    assert_eq!(alarm["MetricName"], "StatusCheckFailed_System");
    assert_eq!(alarm["Dimensions"], json!([{"Name": "InstanceId", "Value": machine["InstanceId"]}]));
}

#[test]
fn nobody_can_call_the_bastion() {
    let base = base();
    let machine = bastion(&base);
    assert_eq!(machine["SecurityGroups"].as_array().unwrap().len(), 1);
    let group = machine["SecurityGroups"][0]["GroupId"].clone();
    let group = base.one("ec2", "DescribeSecurityGroups", json!({"GroupIds": [group]}), "SecurityGroups");
    assert!(group["IpPermissions"].as_array().is_none_or(Vec::is_empty), "{group:#}");
    assert!(machine["KeyName"].is_null());
}

#[test]
fn systems_manager_patches_the_bastion() {
    let base = base();
    let association = base.one("ssm", "ListAssociations", json!({}), "Associations");
    assert_eq!(association["Name"], "AWS-RunPatchBaseline");
    let asked = json!({"AssociationId": association["AssociationId"]});
    let association = base.aws("ssm", "DescribeAssociation", asked)["AssociationDescription"].clone();
    assert_eq!(association["Parameters"]["Operation"], json!(["Install"]));
    assert_eq!(association["Targets"], json!([{"Key": "InstanceIds", "Values": [bastion(&base)["InstanceId"]]}]));
    assert!(association["ScheduleExpression"].as_str().unwrap().starts_with("cron("));
}
