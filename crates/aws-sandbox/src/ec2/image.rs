//! Public images: Amazon Linux, the images that EKS starts nodes from, Ubuntu, Windows Server. Nobody can make one of their own here.
//!
//! The ids differ from AWS's, where every release has another one, and stay the same for a name in a region.

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::filters;
use super::kind::{self, IMAGE};
use crate::context::Ctx;
use crate::document::text;
use crate::error::{Answer, AwsError};
use crate::input::Input;
use crate::page;
use crate::sandbox::Operations;

pub(crate) const OPERATIONS: Operations = &[("DescribeImages", describe)];

/// What is known of a public image.
pub(crate) struct Image {
    /// Its name, unique among the images of its owner.
    pub(crate) name: String,
    /// `x86_64` or `arm64`.
    pub(crate) architecture: &'static str,
    description: String,
    owner: &'static str,
    /// `amazon`, or none for a publisher of its own.
    alias: Option<&'static str>,
    created: &'static str,
    root: &'static str,
    /// Size of the root volume in GiB, and its type.
    disk: (i64, &'static str),
    imds_v2: bool,
}

const BOTH: [&str; 2] = ["x86_64", "arm64"];

/// Kubernetes versions that EKS publishes images for: those in standard and extended support in the middle of 2025.
/// Source: "Kubernetes version lifecycle on EKS" in the EKS user guide.
pub(crate) const KUBERNETES: [&str; 7] = ["1.27", "1.28", "1.29", "1.30", "1.31", "1.32", "1.33"];

fn catalogue() -> Vec<Image> {
    let mut all = Vec::new();
    for arch in BOTH {
        for (created, day) in [("2025-05-20T00:42:36.000Z", "20250519"), ("2025-06-10T20:01:17.000Z", "20250610")] {
            all.push(Image {
                name: format!("al2023-ami-2023.7.{day}.0-kernel-6.1-{arch}"),
                architecture: arch,
                description: format!("Amazon Linux 2023 AMI 2023.7.{day}.0 {arch} HVM kernel-6.1"),
                owner: "137112412989",
                alias: Some("amazon"),
                created,
                root: "/dev/xvda",
                disk: (8, "gp3"),
                imds_v2: true,
            });
            all.push(Image {
                name: format!("amzn2-ami-hvm-2.0.{day}.0-{arch}-gp2"),
                architecture: arch,
                description: format!("Amazon Linux 2 AMI 2.0.{day}.0 {arch} HVM gp2"),
                owner: "137112412989",
                alias: Some("amazon"),
                created,
                root: "/dev/xvda",
                disk: (8, "gp2"),
                imds_v2: false,
            });
        }
        // The first Amazon Linux, which many a configuration still asks for. There was none for arm64.
        if arch == "x86_64" {
            all.push(Image {
                name: "amzn-ami-hvm-2018.03.0.20231218.0-x86_64-gp2".into(),
                architecture: arch,
                description: "Amazon Linux AMI 2018.03.0.20231218.0 x86_64 HVM gp2".into(),
                owner: "137112412989",
                alias: Some("amazon"),
                created: "2023-12-20T23:03:22.000Z",
                root: "/dev/xvda",
                disk: (8, "gp2"),
                imds_v2: false,
            });
        }
        let suffix = if arch == "arm64" { "arm64" } else { "amd64" };
        for (name, created) in [
            ("ubuntu/images/hvm-ssd/ubuntu-jammy-22.04", "2025-06-11T06:02:13.000Z"),
            ("ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04", "2025-06-10T05:11:02.000Z"),
        ] {
            let release = name.rsplit('-').next().unwrap_or_default();
            all.push(Image {
                name: format!("{name}-{suffix}-server-20250610"),
                architecture: arch,
                description: format!("Canonical, Ubuntu, {release}, {suffix} noble image"),
                owner: "099720109477",
                alias: None,
                created,
                root: "/dev/sda1",
                disk: (8, if name.contains("gp3") { "gp3" } else { "gp2" }),
                imds_v2: release == "24.04",
            });
        }
        for version in KUBERNETES {
            let al2 = if arch == "arm64" { "amazon-eks-arm64-node" } else { "amazon-eks-node" };
            if version != "1.33" {
                all.push(node(arch, format!("{al2}-{version}-v20250610"), "AmazonLinux2", version, (20, "gp2")));
            }
            let name = format!("amazon-eks-node-al2023-{arch}-standard-{version}-v20250610");
            all.push(node(arch, name, "AmazonLinux2023", version, (20, "gp3")));
            let bottlerocket = if arch == "arm64" { "aarch64" } else { "x86_64" };
            all.push(Image {
                name: format!("bottlerocket-aws-k8s-{version}-{bottlerocket}-v1.41.0-54421ea9"),
                architecture: arch,
                description: format!("bottlerocket-aws-k8s-{version}-{bottlerocket}-v1.41.0-54421ea9"),
                owner: "092701018921",
                alias: Some("amazon"),
                created: "2025-06-05T18:30:25.000Z",
                root: "/dev/xvda",
                disk: (2, "gp2"),
                imds_v2: false,
            });
        }
    }
    for (release, created) in [("2022", "2025-06-11T18:30:12.000Z"), ("2019", "2025-06-11T18:12:40.000Z")] {
        all.push(Image {
            name: format!("{WINDOWS}-{release}-English-Full-Base-2025.06.11"),
            architecture: "x86_64",
            description: format!("Microsoft Windows Server {release} Full Locale English AMI provided by Amazon"),
            owner: "801119661308",
            alias: Some("amazon"),
            created,
            root: "/dev/sda1",
            disk: (30, "gp2"),
            imds_v2: false,
        });
    }
    all
}

/// How the names of Windows images begin.
const WINDOWS: &str = "Windows_Server";

fn node(arch: &'static str, name: String, os: &str, version: &str, disk: (i64, &'static str)) -> Image {
    Image {
        name,
        architecture: arch,
        description: format!("EKS-optimized Kubernetes node based on {os}, (k8s: {version}, containerd: 1.7.*)"),
        owner: "602401143452",
        alias: Some("amazon"),
        created: "2025-06-11T01:44:50.000Z",
        root: "/dev/xvda",
        disk,
        imds_v2: false,
    }
}

/// The id of a public image in a region, which follows from its name.
pub(crate) fn id_of(region: &str, name: &str) -> String {
    digits("ami", &format!("{region}/{name}"))
}

/// How many GiB a snapshot of a public image has, if it is one.
pub(crate) fn snapshot_size(region: &str, snapshot: &str) -> Option<i64> {
    catalogue().into_iter().find(|i| i.snapshot(region) == snapshot).map(|i| i.disk.0)
}

/// Digits that stand for a text.
fn digits(prefix: &str, text: &str) -> String {
    let hash = Sha256::digest(text.as_bytes());
    let hex: String = hash.iter().take(8).map(|b| format!("{b:02x}")).collect();
    format!("{prefix}-0{hex}")
}

impl Image {
    /// Its id in a region.
    pub(crate) fn id(&self, region: &str) -> String {
        id_of(region, &self.name)
    }

    fn snapshot(&self, region: &str) -> String {
        digits("snap", &format!("{region}/{}", self.name))
    }

    fn document(&self, region: &str) -> Value {
        let mut doc = json!({
            "Architecture": self.architecture,
            "BlockDeviceMappings": [{
                "DeviceName": self.root,
                "Ebs": {
                    "DeleteOnTermination": true,
                    "Encrypted": false,
                    "SnapshotId": self.snapshot(region),
                    "VolumeSize": self.disk.0,
                    "VolumeType": self.disk.1,
                },
            }],
            "BootMode": if self.architecture == "arm64" { "uefi" } else { "uefi-preferred" },
            "CreationDate": self.created,
            "Description": self.description,
            "EnaSupport": true,
            "Hypervisor": "xen",
            "ImageId": self.id(region),
            "ImageLocation": format!("{}/{}", self.alias.unwrap_or(self.owner), self.name),
            "ImageType": "machine",
            "Name": self.name,
            "OwnerId": self.owner,
            "PlatformDetails": "Linux/UNIX",
            "Public": true,
            "RootDeviceName": self.root,
            "RootDeviceType": "ebs",
            "SriovNetSupport": "simple",
            "State": "available",
            "Tags": [],
            "UsageOperation": "RunInstances",
            "VirtualizationType": "hvm",
        });
        // gp3 has its three thousand IOPS and 125 MiB/s without anybody asking.
        if self.disk.1 == "gp3" {
            doc["BlockDeviceMappings"][0]["Ebs"]["Iops"] = json!(3000);
            doc["BlockDeviceMappings"][0]["Ebs"]["Throughput"] = json!(125);
        }
        if self.name.starts_with(WINDOWS) {
            doc["Platform"] = json!("windows");
            doc["PlatformDetails"] = json!("Windows");
            doc["UsageOperation"] = json!("RunInstances:0002");
        }
        if let Some(alias) = self.alias {
            doc["ImageOwnerAlias"] = json!(alias);
        }
        if self.imds_v2 {
            doc["ImdsSupport"] = json!("v2.0");
        }
        doc
    }
}

/// The image with an id.
///
/// # Errors
/// AWS's codes for an id that is malformed or not there.
pub(crate) fn get(ctx: &Ctx, id: &str) -> Result<Value, AwsError> {
    IMAGE.check(id)?;
    let found = catalogue().into_iter().find(|i| i.id(&ctx.region) == id);
    found
        .map(|i| i.document(&ctx.region))
        .ok_or_else(|| AwsError::new(IMAGE.not_found, format!("The image id '[{id}]' does not exist")))
}

/// The id of the image that EKS starts nodes from.
pub(crate) fn of_nodes(region: &str, ami_type: &str, version: &str) -> Option<String> {
    let arm = ami_type.contains("ARM_64");
    let start = match (ami_type.starts_with("BOTTLEROCKET"), ami_type.starts_with("AL2023")) {
        (true, _) => format!("bottlerocket-aws-k8s-{version}-{}", if arm { "aarch64" } else { "x86_64" }),
        (_, true) => format!("amazon-eks-node-al2023-{}-standard-{version}-", if arm { "arm64" } else { "x86_64" }),
        _ if arm => format!("amazon-eks-arm64-node-{version}-"),
        _ => format!("amazon-eks-node-{version}-"),
    };
    catalogue().into_iter().find(|i| i.name.starts_with(&start)).map(|i| i.id(region))
}

fn describe(ctx: &mut Ctx, input: &Input) -> Answer {
    let (ids, owners, users) =
        (input.strings("ImageIds")?, input.strings("Owners")?, input.strings("ExecutableUsers")?);
    // Nothing here is deprecated or disabled, so that it makes no difference whether such images are wanted.
    input.flag("IncludeDeprecated")?;
    input.flag("IncludeDisabled")?;
    for id in &ids {
        get(ctx, id)?;
    }
    // Only public images are there, and nobody shares one with somebody in particular.
    let shared = users.is_empty() || users.contains(&"all");
    let owned = |doc: &Value| {
        owners.is_empty() || owners.iter().any(|o| *o == text(doc, "OwnerId") || *o == text(doc, "ImageOwnerAlias"))
    };
    let docs: Vec<Value> = catalogue()
        .iter()
        .map(|i| i.document(&ctx.region))
        .filter(|d| shared && owned(d) && (ids.is_empty() || ids.contains(&text(d, "ImageId"))))
        .collect();
    let known = &[
        ("architecture", "Architecture"),
        ("block-device-mapping.delete-on-termination", "BlockDeviceMappings.Ebs.DeleteOnTermination"),
        ("block-device-mapping.device-name", "BlockDeviceMappings.DeviceName"),
        ("block-device-mapping.encrypted", "BlockDeviceMappings.Ebs.Encrypted"),
        ("block-device-mapping.snapshot-id", "BlockDeviceMappings.Ebs.SnapshotId"),
        ("block-device-mapping.volume-size", "BlockDeviceMappings.Ebs.VolumeSize"),
        ("block-device-mapping.volume-type", "BlockDeviceMappings.Ebs.VolumeType"),
        ("creation-date", "CreationDate"),
        ("description", "Description"),
        ("ena-support", "EnaSupport"),
        ("hypervisor", "Hypervisor"),
        ("image-id", "ImageId"),
        ("image-type", "ImageType"),
        ("is-public", "Public"),
        ("manifest-location", "ImageLocation"),
        ("name", "Name"),
        ("owner-alias", "ImageOwnerAlias"),
        ("owner-id", "OwnerId"),
        ("platform", "Platform"),
        ("root-device-name", "RootDeviceName"),
        ("root-device-type", "RootDeviceType"),
        ("state", "State"),
        ("virtualization-type", "VirtualizationType"),
    ];
    let docs = filters::apply(input, "Filters", docs, known)?;
    Ok(page::document("Images", kind::cut(input, docs)?, "NextToken"))
}
