//! The cluster and its storage.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::process::Command;

use super::access::instances;
use super::*;

#[test]
fn workers_are_in_private_subnets() {
    let base = base();
    let private = ids(&base.subnets(PRIVATE));
    assert_eq!(words(&base.cluster()["resourcesVpcConfig"]["subnetIds"]), private);
    let names = base.aws("eks", "ListNodegroups", json!({"clusterName": NAME}))["nodegroups"].clone();
    assert_eq!(names.as_array().unwrap().len(), 1);
    let group = base.aws("eks", "DescribeNodegroup", json!({"clusterName": NAME, "nodegroupName": names[0]}));
    let group = &group["nodegroup"];
    assert_eq!(group["status"], "ACTIVE");
    assert_eq!(words(&group["subnets"]), private);
    let bastion = base.output("ec2/bastion-host", "id");
    let nodes: Vec<Value> = instances(&base).into_iter().filter(|i| i["InstanceId"] != bastion).collect();
    let zones: BTreeSet<String> = nodes.iter().flat_map(|n| words(&n["Placement"]["AvailabilityZone"])).collect();
    assert_eq!(zones, set(ZONES));
    assert_eq!(ids(&nodes), private);
    assert!(nodes.iter().all(|n| n["PublicIpAddress"].as_str().is_none_or(str::is_empty)), "{nodes:#?}");
}

#[test]
fn cluster_endpoint_is_private() {
    let network = base().cluster()["resourcesVpcConfig"].clone();
    assert_eq!((&network["endpointPrivateAccess"], &network["endpointPublicAccess"]), (&json!(true), &json!(false)));
}

#[test]
fn eks_secrets_are_encrypted_with_their_key() {
    let base = base();
    let key = base.output("kms/eks-secrets", "key_arn");
    let wanted = json!([{"resources": ["secrets"], "provider": {"keyArn": key}}]);
    assert_eq!(base.cluster()["encryptionConfig"], wanted);
}

#[test]
fn control_plane_logs_are_kept() {
    let base = base();
    let cluster = base.cluster();
    let kinds = cluster["logging"]["clusterLogging"].as_array().unwrap();
    let on = kinds.iter().find(|k| k["enabled"] == true).unwrap();
    assert_eq!(words(&on["types"]), set(["api", "audit", "authenticator", "controllerManager", "scheduler"]));
    let asked = json!({"logGroupNamePrefix": format!("/aws/eks/{NAME}/cluster")});
    let group = base.one("logs", "DescribeLogGroups", asked, "logGroups");
    assert_eq!((&group["retentionInDays"], &group["kmsKeyId"]), (&json!(30), &base.output("kms/logs", "key_arn")));
}

fn addon(base: &Applied, name: &str) -> Value {
    base.aws("eks", "DescribeAddon", json!({"clusterName": NAME, "addonName": name}))["addon"].clone()
}

#[test]
fn efs_csi_driver_is_an_add_on() {
    let base = base();
    let names = base.aws("eks", "ListAddons", json!({"clusterName": NAME}))["addons"].clone();
    assert_eq!(words(&names), set(["vpc-cni", "coredns", "kube-proxy", "aws-efs-csi-driver"]));
    for name in words(&names) {
        assert_eq!(addon(&base, &name)["status"], "ACTIVE", "{name}");
    }
}

#[test]
fn efs_csi_driver_has_its_service_account() {
    let role = addon(&base(), "aws-efs-csi-driver")["serviceAccountRoleArn"].clone();
    assert_eq!(role, format!("arn:aws:iam::{ACCOUNT}:role/{DRIVER_ROLE}"));
}

fn file_system(base: &Applied) -> Value {
    base.one("efs", "DescribeFileSystems", json!({}), "FileSystems")
}

#[test]
fn efs_spans_the_zones() {
    let base = base();
    let asked = json!({"FileSystemId": file_system(&base)["FileSystemId"]});
    let targets = base.list("efs", "DescribeMountTargets", asked, "MountTargets");
    let zones: BTreeSet<String> = targets.iter().flat_map(|t| words(&t["AvailabilityZoneName"])).collect();
    assert_eq!((zones, ids(&targets)), (set(ZONES), ids(&base.subnets(PRIVATE))));
}

#[test]
fn efs_is_encrypted_with_its_key() {
    let base = base();
    let system = file_system(&base);
    assert_eq!((&system["Encrypted"], &system["KmsKeyId"]), (&json!(true), &base.output("kms/efs", "key_arn")));
}

#[test]
fn efs_is_general_purpose() {
    assert_eq!(file_system(&base())["PerformanceMode"], "generalPurpose");
}

#[test]
fn efs_throughput_is_bursting() {
    assert_eq!(file_system(&base())["ThroughputMode"], "bursting");
}

#[test]
fn efs_is_reached_from_the_private_subnets_alone() {
    let base = base();
    let targets = base.aws("efs", "DescribeMountTargets", json!({"FileSystemId": file_system(&base)["FileSystemId"]}));
    for target in targets["MountTargets"].as_array().unwrap() {
        let asked = json!({"MountTargetId": target["MountTargetId"]});
        let groups = base.aws("efs", "DescribeMountTargetSecurityGroups", asked)["SecurityGroups"].clone();
        assert_eq!(groups, json!([base.output("efs", "security_group_id")]));
    }
    let asked = json!({"GroupIds": [base.output("efs", "security_group_id")]});
    let group = base.one("ec2", "DescribeSecurityGroups", asked, "SecurityGroups");
    let rules = group["IpPermissions"].as_array().unwrap();
    assert_eq!(rules.len(), 1);
    assert_eq!((&rules[0]["FromPort"], &rules[0]["ToPort"]), (&json!(2049), &json!(2049)));
    let from: BTreeSet<String> =
        rules[0]["IpRanges"].as_array().unwrap().iter().flat_map(|r| words(&r["CidrIp"])).collect();
    assert_eq!(from, set(["10.0.1.0/24", "10.0.2.0/24", "10.0.3.0/24"]));
}

#[test]
fn efs_refuses_clients_without_tls() {
    let base = base();
    let system = file_system(&base);
    let asked = json!({"FileSystemId": system["FileSystemId"]});
    let policy = base.aws("efs", "DescribeFileSystemPolicy", asked)["Policy"].as_str().unwrap().to_owned();
    // Whoever asks may do nothing by its own policies.
    let nothing = [allow("sts:GetCallerIdentity")];
    for (secure, via, decided) in
        [("true", "true", "allowed"), ("false", "true", "explicitDeny"), ("true", "false", "implicitDeny")]
    {
        let context = [("aws:SecureTransport", secure), ("elasticfilesystem:AccessedViaMountTarget", via)];
        let about = system["FileSystemArn"].as_str().unwrap();
        let says = base.decision("elasticfilesystem:ClientMount", about, &nothing, &context, Some(&policy));
        assert_eq!(says, decided, "{context:?}");
    }
}

#[test]
fn efs_is_backed_up() {
    let base = base();
    let asked = json!({"FileSystemId": file_system(&base)["FileSystemId"]});
    assert_eq!(base.aws("efs", "DescribeBackupPolicy", asked)["BackupPolicy"]["Status"], "ENABLED");
}

#[test]
fn volumes_are_bound_at_once_and_retained() {
    let base = base();
    let manifest = base.output("efs", "storage_class_manifest");
    let manifest = manifest.as_str().unwrap();
    assert_eq!(file(&base, "efs/storage-class.yaml"), manifest);
    let system = file_system(&base)["FileSystemId"].clone();
    for line in [
        "\"kind\": \"StorageClass\"",
        "\"provisioner\": \"efs.csi.aws.com\"",
        "\"volumeBindingMode\": \"Immediate\"",
        "\"reclaimPolicy\": \"Retain\"",
        &format!("  \"fileSystemId\": {system}"),
    ] {
        assert!(manifest.lines().any(|l| l == line), "{line}\n{manifest}");
    }
}

/// As much of the Kubernetes API as `kubectl apply` asks for before it believes a StorageClass.
fn kubernetes() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
            let Some(Ok(first)) = lines.next() else { continue };
            while matches!(lines.next(), Some(Ok(line)) if !line.is_empty()) {}
            let group = "storage.k8s.io";
            let version = json!({"groupVersion": format!("{group}/v1"), "version": "v1"});
            let (status, body) = match first.split(['?', ' ']).nth(1) {
                Some("/api") => ("200 OK", json!({"kind": "APIVersions", "versions": ["v1"]})),
                Some("/api/v1") => {
                    ("200 OK", json!({"kind": "APIResourceList", "groupVersion": "v1", "resources": []}))
                }
                Some("/apis") => (
                    "200 OK",
                    json!({"kind": "APIGroupList", "apiVersion": "v1", "groups": [
                        {"name": group, "versions": [version], "preferredVersion": version}
                    ]}),
                ),
                Some("/apis/storage.k8s.io/v1") => (
                    "200 OK",
                    json!({"kind": "APIResourceList", "groupVersion": format!("{group}/v1"), "resources": [{
                        "name": "storageclasses", "singularName": "storageclass", "namespaced": false,
                        "kind": "StorageClass", "verbs": ["create", "get", "patch"]
                    }]}),
                ),
                _ => (
                    "404 Not Found",
                    json!({"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": "NotFound", "code": 404}),
                ),
            };
            let body = body.to_string();
            let head = format!(
                "HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
                body.len()
            );
            // kubectl may have gone away by then, which is its affair.
            drop(stream.write_all(format!("{head}{body}").as_bytes()));
        }
    });
    port
}

#[test]
fn kubectl_takes_the_storage_class() {
    if Command::new("kubectl").args(["version", "--client"]).output().is_err() {
        println!("skipped: kubectl is not on this machine");
        return;
    }
    let base = base();
    let home = tempfile::tempdir().unwrap();
    let mut kubectl = Command::new("kubectl");
    kubectl.args(["apply", "--dry-run=client", "--validate=false", "-o", "name"]);
    kubectl.arg(format!("--server=http://127.0.0.1:{}", kubernetes())).arg("-f");
    kubectl.arg(base.case.path(&format!("{TREE}/efs/storage-class.yaml")));
    kubectl.env("HOME", home.path()).env("KUBECONFIG", home.path().join("none"));
    let said = kubectl.output().unwrap();
    let text = String::from_utf8_lossy(&said.stdout);
    assert_eq!(text.trim(), "storageclass.storage.k8s.io/efs-sc", "{}", String::from_utf8_lossy(&said.stderr));
}
