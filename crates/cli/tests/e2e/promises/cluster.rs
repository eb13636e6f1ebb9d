//! The Kubernetes cluster.

use super::*;

const NAME: &str = "numinia-production";

fn cluster(base: &Applied) -> Value {
    base.aws("eks", "DescribeCluster", json!({"name": NAME}))["cluster"].clone()
}

#[test]
fn the_cluster_is_in_the_private_subnets_and_reached_from_inside_only() {
    let base = base();
    let network = cluster(&base)["resourcesVpcConfig"].clone();
    assert_eq!(words(&network["subnetIds"]), words(&base.output("vpc", "private_subnets")));
    assert_eq!((&network["endpointPrivateAccess"], &network["endpointPublicAccess"]), (&json!(true), &json!(false)));
}

#[test]
fn the_secrets_of_the_cluster_are_encrypted_with_their_key() {
    let base = base();
    let key = base.output("kms/eks-secrets", "key_arn");
    assert_eq!(cluster(&base)["encryptionConfig"], json!([{"resources": ["secrets"], "provider": {"keyArn": key}}]));
}

#[test]
fn the_logs_of_the_control_plane_are_kept_for_thirty_days() {
    let base = base();
    let kinds = &cluster(&base)["logging"]["clusterLogging"];
    let on = kinds.as_array().unwrap().iter().find(|k| k["enabled"] == true).unwrap();
    assert_eq!(words(&on["types"]), set(["api", "audit", "authenticator", "controllerManager", "scheduler"]));
    let asked = json!({"logGroupNamePrefix": format!("/aws/eks/{NAME}/cluster")});
    let group = base.one("logs", "DescribeLogGroups", asked, "logGroups");
    assert_eq!((&group["retentionInDays"], &group["kmsKeyId"]), (&json!(30), &base.output("kms/logs", "key_arn")));
}

#[test]
fn the_nodes_are_managed_and_spread_over_three_zones() {
    let base = base();
    let names = base.aws("eks", "ListNodegroups", json!({"clusterName": NAME}))["nodegroups"].clone();
    assert_eq!(names.as_array().unwrap().len(), 1);
    let group = base.aws("eks", "DescribeNodegroup", json!({"clusterName": NAME, "nodegroupName": names[0]}));
    let group = &group["nodegroup"];
    assert_eq!(group["status"], "ACTIVE");
    assert_eq!(words(&group["subnets"]), words(&base.output("vpc", "private_subnets")));
    let machines = base.aws("ec2", "DescribeInstances", json!({}));
    let machines = machines["Reservations"].as_array().unwrap().iter().flat_map(|r| r["Instances"].as_array().unwrap());
    let nodes: Vec<&Value> = machines.filter(|m| m["InstanceId"] != base.output("ec2/bastion-host", "id")).collect();
    let zones: BTreeSet<String> = nodes.iter().flat_map(|n| words(&n["Placement"]["AvailabilityZone"])).collect();
    assert_eq!(zones, set(ZONES));
    assert!(nodes.iter().all(|n| n["MetadataOptions"]["HttpTokens"] == "required"), "{nodes:#?}");
}

#[test]
fn the_cluster_has_its_add_ons_and_the_efs_driver_its_role() {
    let base = base();
    let names = base.aws("eks", "ListAddons", json!({"clusterName": NAME}))["addons"].clone();
    assert_eq!(words(&names), set(["vpc-cni", "coredns", "kube-proxy", "aws-efs-csi-driver"]));
    for name in words(&names) {
        let addon = base.aws("eks", "DescribeAddon", json!({"clusterName": NAME, "addonName": name}))["addon"].clone();
        assert_eq!(addon["status"], "ACTIVE", "{name}");
        if name == "aws-efs-csi-driver" {
            assert_eq!(addon["serviceAccountRoleArn"], format!("arn:aws:iam::{ACCOUNT}:role/efs-csi-driver-role"));
        }
    }
}

#[test]
fn the_bastion_is_let_into_the_cluster() {
    let base = base();
    let role = format!("arn:aws:iam::{ACCOUNT}:role/prod-bastion-host-eks-role");
    let asked = json!({"clusterName": NAME, "principalArn": role});
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
fn the_efs_driver_role_trusts_its_service_account_of_this_cluster_alone() {
    let base = base();
    let issuer = cluster(&base)["identity"]["oidc"]["issuer"].as_str().unwrap().replace("https://", "");
    let provider = format!("arn:aws:iam::{ACCOUNT}:oidc-provider/{issuer}");
    base.aws("iam", "GetOpenIDConnectProvider", json!({"OpenIDConnectProviderArn": provider}));
    let role = base.aws("iam", "GetRole", json!({"RoleName": "efs-csi-driver-role"}))["Role"].clone();
    let trust = network::percent(role["AssumeRolePolicyDocument"].as_str().unwrap());
    let trust: Vec<Value> = statements(&json!(trust)).into_values().collect();
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
fn the_efs_driver_changes_only_what_bears_its_tag() {
    let base = base();
    let attached = base.aws("iam", "ListAttachedRolePolicies", json!({"RoleName": "efs-csi-driver-role"}));
    let attached = attached["AttachedPolicies"].as_array().unwrap();
    assert_eq!(attached.len(), 1);
    let asked = json!({"PolicyArn": attached[0]["PolicyArn"], "VersionId": "v1"});
    let version = base.aws("iam", "GetPolicyVersion", asked)["PolicyVersion"].clone();
    let document = network::percent(version["Document"].as_str().unwrap());
    for (sid, statement) in statements(&json!(document)) {
        for action in words(&statement["Action"]) {
            let reads = action.starts_with("elasticfilesystem:Describe") || action == "ec2:DescribeAvailabilityZones";
            let tagged = statement["Condition"].to_string().contains("Tag/efs.csi.aws.com/cluster\":\"true\"");
            assert!(reads || (action.starts_with("elasticfilesystem:") && tagged), "{sid}: {action}: {statement:#}");
        }
    }
}
