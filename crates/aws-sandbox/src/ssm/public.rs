//! AWS's own parameters: which image is the newest of its kind.
//! Source: "Calling AMI public parameters in Parameter Store", and the EKS user guide on recommended images.
//!
//! An image's id follows from its name and the region, as that of the public images of EC2 here.

use serde_json::{Value, json};

use crate::ec2::{KUBERNETES, image_id as image};

/// Names and values of a region.
fn values(region: &str) -> Vec<(String, String, &'static str)> {
    const LATEST: &str = "/aws/service/ami-amazon-linux-latest";
    const AMI: &str = "aws:ec2:image";
    let mut all = Vec::new();
    let mut add = |name: String, value: String, kind: &'static str| all.push((name, value, kind));
    for arch in ["x86_64", "arm64"] {
        let al2023 = image(region, &format!("al2023-ami-2023.7.20250610.0-kernel-6.1-{arch}"));
        for kernel in ["default", "6.1"] {
            add(format!("{LATEST}/al2023-ami-kernel-{kernel}-{arch}"), al2023.clone(), AMI);
        }
        let al2 = image(region, &format!("amzn2-ami-hvm-2.0.20250610.0-{arch}-gp2"));
        for name in ["amzn2-ami-hvm", "amzn2-ami-kernel-5.10-hvm"] {
            add(format!("{LATEST}/{name}-{arch}-gp2"), al2.clone(), AMI);
        }
        let suffix = if arch == "arm64" { "arm64" } else { "amd64" };
        for (release, volume, name) in [
            ("22.04", "ebs-gp2", "ubuntu/images/hvm-ssd/ubuntu-jammy-22.04"),
            ("24.04", "ebs-gp3", "ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04"),
        ] {
            let id = image(region, &format!("{name}-{suffix}-server-20250610"));
            let path =
                format!("/aws/service/canonical/ubuntu/server/{release}/stable/current/{suffix}/hvm/{volume}/ami-id");
            add(path, id, AMI);
        }
        for version in KUBERNETES {
            let root = format!("/aws/service/eks/optimized-ami/{version}");
            let mut recommended = |path: String, name: String, release: String| {
                let id = image(region, &name);
                let both = json!({
                    "schema_version": "2.0", "image_id": id, "image_name": name, "release_version": release,
                });
                add(path.clone(), both.to_string(), "text");
                add(format!("{path}/image_id"), id, "text");
                add(format!("{path}/image_name"), name, "text");
                add(format!("{path}/release_version"), release, "text");
            };
            let release = format!("{version}.0-20250610");
            recommended(
                format!("{root}/amazon-linux-2023/{arch}/standard/recommended"),
                format!("amazon-eks-node-al2023-{arch}-standard-{version}-v20250610"),
                release.clone(),
            );
            // EKS ended its images of Amazon Linux 2 with 1.32.
            if version != "1.33" {
                let (path, name) = match arch {
                    "arm64" => ("amazon-linux-2-arm64", "amazon-eks-arm64-node"),
                    _ => ("amazon-linux-2", "amazon-eks-node"),
                };
                recommended(format!("{root}/{path}/recommended"), format!("{name}-{version}-v20250610"), release);
            }
            let hardware = if arch == "arm64" { "aarch64" } else { "x86_64" };
            let name = format!("bottlerocket-aws-k8s-{version}-{hardware}-v1.41.0-54421ea9");
            let root = format!("/aws/service/bottlerocket/aws-k8s-{version}/{arch}/latest");
            add(format!("{root}/image_id"), image(region, &name), "text");
            add(format!("{root}/image_version"), "1.41.0-54421ea9".into(), "text");
        }
    }
    all
}

fn document(region: &str, (name, value, kind): (String, String, &'static str)) -> Value {
    json!({
        "ARN": format!("arn:aws:ssm:{region}::parameter{name}"), "Name": name, "Type": "String", "_value": value,
        "Version": 1, "LastModifiedDate": "2025-06-11T02:00:00.000Z", "DataType": kind,
    })
}

/// The parameter with a name.
pub(crate) fn find(region: &str, name: &str) -> Option<Value> {
    if !name.starts_with("/aws/service/") {
        return None;
    }
    values(region).into_iter().find(|(n, _, _)| n == name).map(|v| document(region, v))
}

/// All of a region, by name.
pub(crate) fn all(region: &str) -> Vec<Value> {
    let mut all = values(region);
    all.sort();
    all.into_iter().map(|v| document(region, v)).collect()
}
