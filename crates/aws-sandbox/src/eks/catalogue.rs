//! What EKS offers: versions of Kubernetes and of add-ons, and access policies.
//!
//! Sources: "Kubernetes version lifecycle on EKS", "Amazon EKS add-ons" and "Review access policy permissions" in the
//! EKS user guide, as of the middle of 2025.

use serde_json::{Value, json};

use super::{invalid, names};
use crate::context::Ctx;
use crate::error::Answer;
use crate::input::Input;
use crate::sandbox::Operations;

pub(crate) const OPERATIONS: Operations = &[
    ("DescribeClusterVersions", describe_versions),
    ("DescribeAddonVersions", describe_addons),
    ("ListAccessPolicies", list_policies),
];

/// Version, patch, platform, release, end of standard support, end of extended support, whether in standard support.
type Version = (&'static str, &'static str, &'static str, &'static str, &'static str, &'static str, bool);

const VERSIONS: &[Version] = &[
    ("1.33", "1.33.1", "eks.4", "2025-05-29", "2026-07-29", "2027-07-29", true),
    ("1.32", "1.32.3", "eks.11", "2025-01-23", "2026-03-23", "2027-03-23", true),
    ("1.31", "1.31.7", "eks.27", "2024-09-26", "2025-11-26", "2026-11-26", true),
    ("1.30", "1.30.11", "eks.35", "2024-05-23", "2025-07-23", "2026-07-23", true),
    ("1.29", "1.29.15", "eks.38", "2024-01-23", "2025-03-23", "2026-03-23", false),
    ("1.28", "1.28.15", "eks.43", "2023-09-26", "2024-11-26", "2025-11-26", false),
    ("1.27", "1.27.16", "eks.47", "2023-05-24", "2024-07-24", "2025-07-24", false),
];

/// The version of a cluster that asks for none.
pub(crate) const DEFAULT: &str = "1.32";

/// Patch and platform of a version.
pub(crate) fn version(name: &str) -> Option<(&'static str, &'static str)> {
    VERSIONS.iter().find(|v| v.0 == name).map(|v| (v.1, v.2))
}

/// Whether one version comes right after another.
pub(crate) fn follows(old: &str, new: &str) -> bool {
    let minor = |v: &str| v.strip_prefix("1.").and_then(|m| m.parse::<i64>().ok()).unwrap_or(0);
    minor(new) == minor(old) + 1
}

fn describe_versions(_: &mut Ctx, input: &Input) -> Answer {
    let (only_default, wanted) = (input.flag("defaultOnly")?, input.strings("clusterVersions")?);
    input.flag("includeAll")?;
    let kind = input.filled("clusterType")?.unwrap_or("eks");
    let status = input
        .filled("versionStatus")?
        .map(str::to_owned)
        .or(input.filled("status")?.map(|s| s.replace('-', "_").to_uppercase()));
    let all: Vec<Value> = VERSIONS
        .iter()
        .filter(|v| wanted.is_empty() || wanted.contains(&v.0))
        .filter(|v| !only_default || v.0 == DEFAULT)
        .map(|v| {
            let (old, new) =
                if v.6 { ("standard-support", "STANDARD_SUPPORT") } else { ("extended-support", "EXTENDED_SUPPORT") };
            json!({
                "clusterVersion": v.0, "clusterType": kind, "defaultPlatformVersion": v.2, "defaultVersion": v.0 == DEFAULT,
                "releaseDate": format!("{}T00:00:00.000Z", v.3),
                "endOfStandardSupportDate": format!("{}T00:00:00.000Z", v.4),
                "endOfExtendedSupportDate": format!("{}T00:00:00.000Z", v.5),
                "status": old, "versionStatus": new, "kubernetesPatchVersion": v.1,
            })
        })
        .filter(|v| status.as_deref().is_none_or(|s| v["versionStatus"] == s))
        .collect();
    names(input, "clusterVersions", all)
}

/// An add-on: its name, its kind, and whether it wants a role of its own.
type Addon = (&'static str, &'static str, bool);

const ADDONS: &[Addon] = &[
    ("vpc-cni", "networking", true),
    ("coredns", "networking", false),
    ("kube-proxy", "networking", false),
    ("eks-pod-identity-agent", "security", false),
    ("aws-ebs-csi-driver", "storage", true),
    ("aws-efs-csi-driver", "storage", true),
    ("snapshot-controller", "storage", false),
    ("metrics-server", "observability", false),
    ("amazon-cloudwatch-observability", "observability", true),
    ("eks-node-monitoring-agent", "observability", false),
];

/// Versions of an add-on for a version of Kubernetes, the newest first, and the one that is taken by default.
fn versions_of(addon: &str, kubernetes: &str) -> (Vec<String>, usize) {
    let (patch, _) = version(kubernetes).unwrap_or(("1.32.3", ""));
    let (list, default): (Vec<String>, usize) = match addon {
        "vpc-cni" => (["v1.19.6-eksbuild.1", "v1.19.5-eksbuild.1", "v1.19.2-eksbuild.1"].map(Into::into).into(), 2),
        "kube-proxy" => (
            vec![format!("v{patch}-eksbuild.7"), format!("v{patch}-eksbuild.2"), format!("v{kubernetes}.0-eksbuild.2")],
            2,
        ),
        "coredns" => {
            let base = match kubernetes {
                "1.33" => "v1.12.1",
                "1.27" | "1.28" => "v1.10.1",
                "1.29" | "1.30" => "v1.11.3",
                _ => "v1.11.4",
            };
            (vec![format!("{base}-eksbuild.14"), format!("{base}-eksbuild.10"), format!("{base}-eksbuild.2")], 2)
        }
        "eks-pod-identity-agent" => (["v1.3.7-eksbuild.2", "v1.3.4-eksbuild.1"].map(Into::into).into(), 1),
        "aws-ebs-csi-driver" => (["v1.44.0-eksbuild.1", "v1.43.0-eksbuild.1"].map(Into::into).into(), 0),
        "aws-efs-csi-driver" => (["v2.1.8-eksbuild.1", "v2.1.7-eksbuild.1"].map(Into::into).into(), 0),
        "snapshot-controller" => (["v8.2.0-eksbuild.1", "v8.1.0-eksbuild.2"].map(Into::into).into(), 0),
        "metrics-server" => (["v0.7.2-eksbuild.3", "v0.7.2-eksbuild.2"].map(Into::into).into(), 0),
        "amazon-cloudwatch-observability" => (["v4.1.0-eksbuild.1", "v4.0.1-eksbuild.1"].map(Into::into).into(), 0),
        _ => (["v1.3.0-eksbuild.2", "v1.2.0-eksbuild.1"].map(Into::into).into(), 0),
    };
    (list, default)
}

/// The version that an add-on gets: the one asked for, or the default. None where there is no such.
pub(crate) fn addon_version(addon: &str, kubernetes: &str, asked: Option<&str>) -> Option<String> {
    ADDONS.iter().find(|a| a.0 == addon)?;
    let (all, default) = versions_of(addon, kubernetes);
    match asked {
        Some(v) => all.into_iter().find(|have| have == v),
        None => all.into_iter().nth(default),
    }
}

/// Whether there is an add-on of that name.
pub(crate) fn is_addon(name: &str) -> bool {
    ADDONS.iter().any(|a| a.0 == name)
}

fn describe_addons(_: &mut Ctx, input: &Input) -> Answer {
    let (name, kubernetes) = (input.filled("addonName")?, input.filled("kubernetesVersion")?);
    let (types, publishers, owners) = (input.strings("types")?, input.strings("publishers")?, input.strings("owners")?);
    if let Some(v) = kubernetes
        && version(v).is_none()
    {
        return Err(invalid(format!("The Kubernetes version '{v}' is not supported.")));
    }
    if let Some(n) = name
        && !is_addon(n)
    {
        return Err(invalid(format!("Addon {n} specified is not supported")));
    }
    let ours = |wanted: &[&str], have: &[&str]| wanted.is_empty() || wanted.iter().any(|w| have.contains(w));
    let all: Vec<Value> = ADDONS
        .iter()
        .filter(|a| name.is_none_or(|n| a.0 == n) && ours(&types, &[a.1]))
        .filter(|_| ours(&publishers, &["eks"]) && ours(&owners, &["aws"]))
        .map(|a| {
            let mut rows: Vec<Value> = Vec::new();
            for v in VERSIONS.iter().filter(|v| kubernetes.is_none_or(|k| v.0 == k)) {
                let (list, default) = versions_of(a.0, v.0);
                for (i, have) in list.iter().enumerate() {
                    let fits =
                        json!({"clusterVersion": v.0, "platformVersions": ["*"], "defaultVersion": i == default});
                    match rows.iter_mut().find(|r| r["addonVersion"] == have.as_str()) {
                        Some(row) => {
                            if let Some(list) = crate::document::items_mut(row, "compatibilities") {
                                list.push(fits);
                            }
                        }
                        None => rows.push(json!({
                            "addonVersion": have, "architecture": ["amd64", "arm64"], "compatibilities": [fits],
                            "computeTypes": ["ec2", "auto", "hybrid"], "requiresConfiguration": false,
                            "requiresIamPermissions": a.2,
                        })),
                    }
                }
            }
            json!({"addonName": a.0, "type": a.1, "publisher": "eks", "owner": "aws", "addonVersions": rows})
        })
        .collect();
    names(input, "addons", all)
}

const POLICIES: &[&str] = &[
    "AmazonEKSAdminPolicy",
    "AmazonEKSAdminViewPolicy",
    "AmazonEKSAutoNodePolicy",
    "AmazonEKSClusterAdminPolicy",
    "AmazonEKSEditPolicy",
    "AmazonEKSViewPolicy",
];

/// The ARN of an access policy.
pub(crate) fn policy_arn(name: &str) -> String {
    format!("arn:aws:eks::aws:cluster-access-policy/{name}")
}

/// Whether there is an access policy of that ARN.
pub(crate) fn is_policy(arn: &str) -> bool {
    POLICIES.iter().any(|p| policy_arn(p) == arn)
}

fn list_policies(_: &mut Ctx, input: &Input) -> Answer {
    let all = POLICIES.iter().map(|p| json!({"name": p, "arn": policy_arn(p)})).collect();
    names(input, "accessPolicies", all)
}
