//! Access management: roles, and the machine that people come in by.

use super::*;

pub(super) fn bastion(base: &Applied) -> Value {
    let asked = json!({"InstanceIds": [base.output("ec2/bastion-host", "id")]});
    base.one("ec2", "DescribeInstances", asked, "Reservations")["Instances"][0].clone()
}

pub(super) fn instances(base: &Applied) -> Vec<Value> {
    let all = base.list("ec2", "DescribeInstances", json!({}), "Reservations");
    all.iter().flat_map(|r| r["Instances"].as_array().unwrap().clone()).collect()
}

#[test]
fn bastion_role_has_limited_eks_permissions() {
    let base = base();
    assert_eq!(base.role(BASTION_ROLE)["Arn"], format!("arn:aws:iam::{ACCOUNT}:role/{BASTION_ROLE}"));
    let written = base.documents_of(BASTION_ROLE);
    for (sid, statement) in written.iter().flat_map(|d| statements(&json!(d))) {
        for action in words(&statement["Action"]) {
            assert!(action.starts_with("eks:Describe") || action.starts_with("eks:List"), "{sid}: {action}");
        }
    }
    let cluster = format!("arn:aws:eks:eu-west-1:{ACCOUNT}:cluster/{NAME}");
    let may = |action: &str, about: &str| base.decision(action, about, &written, &[], None);
    assert_eq!(may("eks:DescribeCluster", &cluster), "allowed");
    for action in ["eks:UpdateClusterConfig", "eks:DeleteCluster", "eks:CreateAccessEntry"] {
        assert_eq!(may(action, &cluster), "implicitDeny");
    }
    assert_eq!(may("eks:DescribeCluster", &format!("{cluster}-other")), "implicitDeny");
}

#[test]
fn bastion_role_integrates_with_systems_manager() {
    let base = base();
    let attached = json!({"RoleName": BASTION_ROLE});
    let attached = base.one("iam", "ListAttachedRolePolicies", attached, "AttachedPolicies");
    assert_eq!(attached["PolicyArn"], "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore");
    let profile = base.aws("iam", "GetInstanceProfile", json!({"InstanceProfileName": BASTION_ROLE}));
    assert_eq!(profile["InstanceProfile"]["Roles"][0]["RoleName"], BASTION_ROLE);
    assert_eq!(bastion(&base)["IamInstanceProfile"]["Arn"], profile["InstanceProfile"]["Arn"]);
}

#[test]
fn bastion_is_let_into_the_cluster() {
    let base = base();
    let asked = json!({"clusterName": NAME, "principalArn": format!("arn:aws:iam::{ACCOUNT}:role/{BASTION_ROLE}")});
    let entry = base.aws("eks", "DescribeAccessEntry", asked.clone())["accessEntry"].clone();
    assert_eq!(entry["type"], "STANDARD");
    let policies = base.one("eks", "ListAssociatedAccessPolicies", asked, "associatedAccessPolicies");
    assert_eq!(policies["policyArn"], "arn:aws:eks::aws:cluster-access-policy/AmazonEKSEditPolicy");
    // And by the network.
    let group = json!({"GroupIds": [base.output("eks", "cluster_security_group_id")]});
    let group = base.one("ec2", "DescribeSecurityGroups", group, "SecurityGroups");
    let bastion = base.output("ec2/bastion-host", "security_group_id");
    let lets = |rule: &Value| {
        rule["FromPort"] == 443
            && rule["UserIdGroupPairs"].as_array().is_some_and(|p| p.iter().any(|p| p["GroupId"] == bastion))
    };
    assert!(group["IpPermissions"].as_array().unwrap().iter().any(lets), "{group:#}");
}

#[test]
fn efs_csi_role_is_for_its_service_account() {
    let base = base();
    let issuer = base.cluster()["identity"]["oidc"]["issuer"].as_str().unwrap().replace("https://", "");
    let provider = format!("arn:aws:iam::{ACCOUNT}:oidc-provider/{issuer}");
    let known = base.aws("iam", "GetOpenIDConnectProvider", json!({"OpenIDConnectProviderArn": provider}));
    assert_eq!((&known["Url"], &known["ClientIDList"]), (&json!(issuer), &json!(["sts.amazonaws.com"])));
    let trust: Vec<Value> = statements(&base.role(DRIVER_ROLE)["AssumeRolePolicyDocument"]).into_values().collect();
    assert_eq!(trust.len(), 1);
    assert_eq!(trust[0]["Principal"], json!({"Federated": provider}));
    assert_eq!(trust[0]["Action"], "sts:AssumeRoleWithWebIdentity");
    let (audience, subject) = (format!("{issuer}:aud"), format!("{issuer}:sub"));
    assert_eq!(
        trust[0]["Condition"],
        json!({"StringEquals": {
            audience: "sts.amazonaws.com", subject: "system:serviceaccount:kube-system:efs-csi-controller-sa"
        }})
    );
}

#[test]
fn efs_csi_role_is_limited_to_efs_in_its_cluster() {
    let base = base();
    let written = base.documents_of(DRIVER_ROLE);
    for action in written.iter().flat_map(|d| statements(&json!(d))).flat_map(|(_, s)| words(&s["Action"])) {
        assert!(action.starts_with("elasticfilesystem:") || action == "ec2:DescribeAvailabilityZones", "{action}");
    }
    let efs = format!("arn:aws:elasticfilesystem:eu-west-1:{ACCOUNT}");
    let (system, point) = (format!("{efs}:file-system/fs-1"), format!("{efs}:access-point/fsap-1"));
    let (asked, borne) = ("aws:RequestTag/efs.csi.aws.com/cluster", "aws:ResourceTag/efs.csi.aws.com/cluster");
    for (action, about, context, decided) in [
        ("CreateAccessPoint", &system, vec![(asked, "true")], "allowed"),
        ("CreateAccessPoint", &system, vec![], "implicitDeny"),
        ("DeleteAccessPoint", &point, vec![(borne, "true")], "allowed"),
        ("DeleteAccessPoint", &point, vec![], "implicitDeny"),
        ("TagResource", &point, vec![], "implicitDeny"),
        ("DeleteFileSystem", &system, vec![], "implicitDeny"),
    ] {
        let action = format!("elasticfilesystem:{action}");
        assert_eq!(base.decision(&action, about, &written, &context, None), decided, "{action} {context:?}");
    }
}

#[test]
fn bastion_is_amazon_linux_2() {
    let base = base();
    let parameter = "/aws/service/ami-amazon-linux-latest/amzn2-ami-hvm-x86_64-gp2";
    let newest = base.aws("ssm", "GetParameter", json!({"Name": parameter}))["Parameter"]["Value"].clone();
    assert_eq!(bastion(&base)["ImageId"], newest);
    let image = base.one("ec2", "DescribeImages", json!({"ImageIds": [newest]}), "Images");
    assert!(image["Name"].as_str().unwrap().starts_with("amzn2-ami-hvm-"), "{image}");
}

#[test]
fn bastion_is_a_t3_micro() {
    assert_eq!(bastion(&base())["InstanceType"], "t3.micro");
}

#[test]
fn bastion_recovers_by_itself() {
    let base = base();
    let machine = bastion(&base);
    assert_eq!(machine["MaintenanceOptions"]["AutoRecovery"], "default");
    let alarm = base.one("cloudwatch", "DescribeAlarms", json!({}), "MetricAlarms");
    assert_eq!(alarm["AlarmActions"], json!(["arn:aws:automate:eu-west-1:ec2:recover"]));
    assert_eq!((&alarm["MetricName"], &alarm["ActionsEnabled"]), (&json!("StatusCheckFailed_System"), &json!(true)));
    assert_eq!(alarm["Dimensions"], json!([{"Name": "InstanceId", "Value": machine["InstanceId"]}]));
}

fn group_of_bastion(base: &Applied) -> Value {
    let machine = bastion(base);
    assert_eq!(machine["SecurityGroups"].as_array().unwrap().len(), 1);
    let asked = json!({"GroupIds": [machine["SecurityGroups"][0]["GroupId"]]});
    base.one("ec2", "DescribeSecurityGroups", asked, "SecurityGroups")
}

#[test]
fn bastion_has_no_inbound_rule() {
    let base = base();
    let group = group_of_bastion(&base);
    assert!(group["IpPermissions"].as_array().is_none_or(Vec::is_empty), "{group:#}");
    assert!(bastion(&base)["KeyName"].is_null());
}

#[test]
fn bastion_has_a_security_group_of_its_own() {
    let base = base();
    let group = group_of_bastion(&base);
    let within = |i: &Value| i["SecurityGroups"].as_array().unwrap().iter().any(|g| g["GroupId"] == group["GroupId"]);
    assert_eq!(instances(&base).iter().filter(|i| within(i)).count(), 1);
    let out = group["IpPermissionsEgress"].as_array().unwrap();
    assert_eq!(out.len(), 1);
    assert_eq!((&out[0]["FromPort"], &out[0]["ToPort"]), (&json!(443), &json!(443)));
}

#[test]
fn bastion_is_in_a_public_subnet() {
    let base = base();
    assert!(ids(&base.subnets(PUBLIC)).is_superset(&words(&bastion(&base)["SubnetId"])));
}

#[test]
fn bastion_is_patched_automatically() {
    let base = base();
    let association = base.one("ssm", "ListAssociations", json!({}), "Associations");
    assert_eq!(association["Name"], "AWS-RunPatchBaseline");
    let asked = json!({"AssociationId": association["AssociationId"]});
    let association = base.aws("ssm", "DescribeAssociation", asked)["AssociationDescription"].clone();
    assert_eq!(association["Parameters"]["Operation"], json!(["Install"]));
    assert_eq!(association["Targets"], json!([{"Key": "InstanceIds", "Values": [bastion(&base)["InstanceId"]]}]));
    assert_eq!(association["ScheduleExpression"], "cron(0 3 ? * SUN *)");
}

#[test]
fn instances_take_version_2_of_the_metadata_service_only() {
    let all = instances(&base());
    assert_eq!(all.len(), 4);
    assert!(all.iter().all(|i| i["MetadataOptions"]["HttpTokens"] == "required"), "{all:#?}");
}

#[test]
fn volumes_of_instances_are_encrypted() {
    let volumes = base().list("ec2", "DescribeVolumes", json!({}), "Volumes");
    assert_eq!(volumes.len(), 4);
    assert!(volumes.iter().all(|v| v["Encrypted"] == true), "{volumes:#?}");
}
