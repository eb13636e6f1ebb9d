//! The file system and how Kubernetes gets volumes on it.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::process::Command;

use super::*;

fn file_system(base: &Applied) -> Value {
    base.one("efs", "DescribeFileSystems", json!({}), "FileSystems")
}

#[test]
fn the_file_system_is_encrypted_with_its_key_general_purpose_and_bursting() {
    let base = base();
    let system = file_system(&base);
    assert_eq!((&system["Encrypted"], &system["KmsKeyId"]), (&json!(true), &base.output("kms/efs", "key_arn")));
    assert_eq!((&system["PerformanceMode"], &system["ThroughputMode"]), (&json!("generalPurpose"), &json!("bursting")));
}

#[test]
fn the_file_system_is_mounted_in_every_zone() {
    let base = base();
    let targets = base.aws("efs", "DescribeMountTargets", json!({"FileSystemId": file_system(&base)["FileSystemId"]}));
    let targets = targets["MountTargets"].as_array().unwrap();
    let zones: BTreeSet<String> = targets.iter().flat_map(|t| words(&t["AvailabilityZoneName"])).collect();
    let subnets: BTreeSet<String> = targets.iter().flat_map(|t| words(&t["SubnetId"])).collect();
    assert_eq!(zones, set(ZONES));
    assert_eq!(subnets, words(&base.output("vpc", "private_subnets")));
}

#[test]
fn nfs_is_let_in_from_the_private_subnets_alone() {
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
fn the_file_system_is_backed_up() {
    let base = base();
    let asked = json!({"FileSystemId": file_system(&base)["FileSystemId"]});
    assert_eq!(base.aws("efs", "DescribeBackupPolicy", asked)["BackupPolicy"]["Status"], "ENABLED");
}

#[test]
fn the_file_system_refuses_clients_without_tls() {
    let base = base();
    let asked = json!({"FileSystemId": file_system(&base)["FileSystemId"]});
    let policy = statements(&base.aws("efs", "DescribeFileSystemPolicy", asked)["Policy"]);
    assert_eq!(policy["NonSecureTransport"]["Effect"], "Deny");
    assert_eq!(policy["NonSecureTransport"]["Condition"], json!({"Bool": {"aws:SecureTransport": "false"}}));
}

#[test]
fn volumes_are_bound_at_once_and_kept() {
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
