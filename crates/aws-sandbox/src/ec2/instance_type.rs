//! Instance types: those that people start with most, with what AWS says of them.
//!
//! Source of the numbers: the instance type pages of the EC2 user guide, and "IP addresses per network interface per
//! instance type".

use serde_json::{Value, json};

use super::{filters, kind, zones};
use crate::context::Ctx;
use crate::document::{set, set_some};
use crate::error::{Answer, AwsError};
use crate::input::Input;
use crate::page;
use crate::sandbox::Operations;

pub(crate) const OPERATIONS: Operations =
    &[("DescribeInstanceTypes", describe), ("DescribeInstanceTypeOfferings", offerings)];

/// A family: its name, its processors, and its sizes.
struct Family {
    name: &'static str,
    arch: &'static str,
    maker: &'static str,
    clock: f64,
    nitro: bool,
    burstable: bool,
    /// GiB of memory per vCPU, for the sizes from `large` on.
    memory_per_cpu: i64,
    sizes: &'static [&'static str],
    /// What the network of the smaller sizes is said to do.
    network: &'static str,
    gpu: Option<(&'static str, &'static str, i64)>,
}

const BURST: &[&str] = &["nano", "micro", "small", "medium", "large", "xlarge", "2xlarge"];
const WIDE: &[&str] = &["large", "xlarge", "2xlarge", "4xlarge", "8xlarge", "12xlarge", "16xlarge", "24xlarge"];
const GRAVITON: &[&str] = &["medium", "large", "xlarge", "2xlarge", "4xlarge", "8xlarge", "12xlarge", "16xlarge"];

const fn family(
    name: &'static str,
    arch: &'static str,
    maker: &'static str,
    clock: f64,
    memory_per_cpu: i64,
    sizes: &'static [&'static str],
    network: &'static str,
) -> Family {
    let burstable = matches!(name.as_bytes(), [b't', ..]);
    let nitro = !matches!(name.as_bytes(), [b't', b'2']);
    Family { name, arch, maker, clock, nitro, burstable, memory_per_cpu, sizes, network, gpu: None }
}

const FAMILIES: &[Family] = &[
    family("t2", "x86_64", "Intel", 2.3, 4, BURST, "Low to Moderate"),
    family("t3", "x86_64", "Intel", 2.5, 4, BURST, "Up to 5 Gigabit"),
    family("t3a", "x86_64", "AMD", 2.2, 4, BURST, "Up to 5 Gigabit"),
    family("t4g", "arm64", "AWS", 2.5, 4, BURST, "Up to 5 Gigabit"),
    family("m5", "x86_64", "Intel", 3.1, 4, WIDE, "Up to 10 Gigabit"),
    family("m5a", "x86_64", "AMD", 2.5, 4, WIDE, "Up to 10 Gigabit"),
    family("m6i", "x86_64", "Intel", 3.5, 4, WIDE, "Up to 12.5 Gigabit"),
    family("m6a", "x86_64", "AMD", 3.6, 4, WIDE, "Up to 12.5 Gigabit"),
    family("m6g", "arm64", "AWS", 2.5, 4, GRAVITON, "Up to 10 Gigabit"),
    family("m7i", "x86_64", "Intel", 3.2, 4, WIDE, "Up to 12.5 Gigabit"),
    family("m7a", "x86_64", "AMD", 3.7, 4, GRAVITON, "Up to 12.5 Gigabit"),
    family("m7g", "arm64", "AWS", 2.6, 4, GRAVITON, "Up to 12.5 Gigabit"),
    family("c5", "x86_64", "Intel", 3.4, 2, WIDE, "Up to 10 Gigabit"),
    family("c6i", "x86_64", "Intel", 3.5, 2, WIDE, "Up to 12.5 Gigabit"),
    family("c6g", "arm64", "AWS", 2.5, 2, GRAVITON, "Up to 10 Gigabit"),
    family("c7i", "x86_64", "Intel", 3.2, 2, WIDE, "Up to 12.5 Gigabit"),
    family("c7g", "arm64", "AWS", 2.6, 2, GRAVITON, "Up to 12.5 Gigabit"),
    family("r5", "x86_64", "Intel", 3.1, 8, WIDE, "Up to 10 Gigabit"),
    family("r6i", "x86_64", "Intel", 3.5, 8, WIDE, "Up to 12.5 Gigabit"),
    family("r6g", "arm64", "AWS", 2.5, 8, GRAVITON, "Up to 10 Gigabit"),
    family("r7g", "arm64", "AWS", 2.6, 8, GRAVITON, "Up to 12.5 Gigabit"),
    Family {
        gpu: Some(("NVIDIA", "T4", 16_384)),
        ..family("g4dn", "x86_64", "Intel", 2.5, 4, &["xlarge", "2xlarge", "4xlarge", "8xlarge"], "Up to 25 Gigabit")
    },
    Family {
        gpu: Some(("NVIDIA", "A10G", 24_576)),
        ..family("g5", "x86_64", "AMD", 3.3, 4, &["xlarge", "2xlarge", "4xlarge", "8xlarge"], "Up to 10 Gigabit")
    },
];

/// vCPUs of a size from `medium` on.
fn cpus(size: &str) -> i64 {
    match size {
        "medium" => 1,
        "large" => 2,
        "xlarge" => 4,
        other => other.trim_end_matches("xlarge").parse::<i64>().unwrap_or(0) * 4,
    }
}

impl Family {
    fn cpus(&self, size: &str) -> i64 {
        match (self.burstable, self.name, size) {
            (true, "t2", "nano" | "micro" | "small") => 1,
            (true, _, "nano" | "micro" | "small" | "medium") => 2,
            _ => cpus(size),
        }
    }

    fn memory(&self, size: &str) -> i64 {
        match (self.burstable, size) {
            (true, "nano") => 512,
            (true, "micro") => 1024,
            (true, "small") => 2048,
            (true, "medium") => 4096,
            _ => cpus(size) * self.memory_per_cpu * 1024,
        }
    }

    /// Interfaces, and addresses on each.
    fn addresses(&self, size: &str) -> (i64, i64) {
        match (self.burstable, size) {
            (true, "nano" | "micro") => (2, 2),
            (true, "small") => (3, 4),
            (true, "medium") => (3, 6),
            (true, "large") => (3, 12),
            (true, _) if self.name == "t2" => (3, 15),
            (true, _) => (4, 15),
            (_, "medium") => (2, 4),
            (_, "large") => (3, 10),
            (_, "xlarge" | "2xlarge") => (4, 15),
            (_, "4xlarge" | "8xlarge" | "12xlarge") => (8, 30),
            _ => (15, 50),
        }
    }

    /// Megabits and IOPS of EBS without bursts, and at most.
    fn storage(&self, size: &str) -> ((i64, i64), (i64, i64)) {
        let n = cpus(size).max(1);
        let top = if self.burstable { 2085 } else { 4750 };
        let iops = if self.burstable { 11_800 } else { 18_750 };
        let base = if self.burstable { 347 * n } else { 325 * n };
        let most = if n > 16 { (base, base * 4) } else { (top.max(base), iops.max(base * 4)) };
        ((base, base * 4), most)
    }

    fn document(&self, size: &str) -> Value {
        let (cpus, memory, (interfaces, addresses)) = (self.cpus(size), self.memory(size), self.addresses(size));
        // Graviton and the seventh generation of AMD have a core for each vCPU.
        let threads = if self.arch == "arm64" || self.name == "m7a" || cpus == 1 { 1 } else { 2 };
        let cores = (cpus / threads).max(1);
        let valid: Vec<i64> =
            if cores == 1 { vec![1] } else { (1..=cores).filter(|c| *c == 1 || c % 2 == 0).collect() };
        let (base, most) = self.storage(size);
        let network = match cpus {
            ..=16 => self.network.to_owned(),
            32 => "10 Gigabit".into(),
            48 => "12 Gigabit".into(),
            64 => "20 Gigabit".into(),
            _ => "25 Gigabit".into(),
        };
        let bandwidth = |peak: bool| {
            let digits: String = network.chars().filter(|c| c.is_ascii_digit() || *c == '.').collect();
            let top = digits.parse::<f64>().unwrap_or(1.0);
            if peak { top } else { (top * 0.15).max(0.032) }
        };
        let mut doc = json!({
            "InstanceType": format!("{}.{size}", self.name),
            "CurrentGeneration": true,
            "FreeTierEligible": matches!((self.name, size), ("t2" | "t3", "micro")),
            "SupportedUsageClasses": ["on-demand", "spot"],
            "SupportedRootDeviceTypes": ["ebs"],
            "SupportedVirtualizationTypes": ["hvm"],
            "BareMetal": false,
            "Hypervisor": if self.nitro { "nitro" } else { "xen" },
            "ProcessorInfo": {
                "SupportedArchitectures": if self.name == "t2" && self.memory(size) <= 4096 && size != "nano" {
                    json!(["i386", "x86_64"])
                } else {
                    json!([self.arch])
                },
                "SustainedClockSpeedInGhz": self.clock,
                "Manufacturer": self.maker,
            },
            "VCpuInfo": {
                "DefaultVCpus": cpus,
                "DefaultCores": cores,
                "DefaultThreadsPerCore": threads,
                "ValidCores": valid,
                "ValidThreadsPerCore": (1..=threads).collect::<Vec<_>>(),
            },
            "MemoryInfo": {"SizeInMiB": memory},
            "InstanceStorageSupported": false,
            "EbsInfo": {
                "EbsOptimizedSupport": if self.nitro { "default" } else { "unsupported" },
                "EncryptionSupport": "supported",
                "NvmeSupport": if self.nitro { "required" } else { "unsupported" },
            },
            "NetworkInfo": {
                "NetworkPerformance": network,
                "MaximumNetworkInterfaces": interfaces,
                "MaximumNetworkCards": 1,
                "DefaultNetworkCardIndex": 0,
                "NetworkCards": [{
                    "NetworkCardIndex": 0,
                    "NetworkPerformance": network,
                    "MaximumNetworkInterfaces": interfaces,
                    "BaselineBandwidthInGbps": bandwidth(false),
                    "PeakBandwidthInGbps": bandwidth(true),
                }],
                "Ipv4AddressesPerInterface": addresses,
                "Ipv6AddressesPerInterface": addresses,
                "Ipv6Supported": true,
                "EnaSupport": if self.nitro { "required" } else { "unsupported" },
                "EfaSupported": false,
                "EncryptionInTransitSupported": self.nitro && !self.burstable && !self.name.ends_with('5'),
                "EnaSrdSupported": false,
            },
            "PlacementGroupInfo": {
                "SupportedStrategies": if self.burstable {
                    json!(["partition", "spread"])
                } else {
                    json!(["cluster", "partition", "spread"])
                },
            },
            "HibernationSupported": self.arch == "x86_64" && self.memory(size) <= 150 * 1024,
            "BurstablePerformanceSupported": self.burstable,
            "DedicatedHostsSupported": !self.burstable || self.name == "t3",
            "AutoRecoverySupported": true,
            "SupportedBootModes": match (self.arch, self.nitro) {
                ("arm64", _) => json!(["uefi"]),
                (_, true) => json!(["legacy-bios", "uefi"]),
                _ => json!(["legacy-bios"]),
            },
            "NitroEnclavesSupport": if self.nitro && !self.burstable && cpus >= 4 { "supported" } else { "unsupported" },
            "NitroTpmSupport": if self.nitro { "supported" } else { "unsupported" },
            "PhcSupport": "unsupported",
        });
        if self.nitro {
            doc["EbsInfo"]["EbsOptimizedInfo"] = json!({
                "BaselineBandwidthInMbps": base.0,
                "BaselineIops": base.1,
                "BaselineThroughputInMBps": thousandths(base.0 * 125),
                "MaximumBandwidthInMbps": most.0,
                "MaximumIops": most.1,
                "MaximumThroughputInMBps": thousandths(most.0 * 125),
            });
            doc["NitroTpmInfo"] = json!({"SupportedVersions": ["2.0"]});
        }
        let gpus = self.gpu.map(|(maker, name, memory)| {
            json!({
                "Gpus": [{"Name": name, "Manufacturer": maker, "Count": 1, "MemoryInfo": {"SizeInMiB": memory}}],
                "TotalGpuMemoryInMiB": memory,
            })
        });
        set_some(&mut doc, "GpuInfo", gpus);
        doc
    }
}

/// A number of thousandths as JSON has it.
fn thousandths(n: i64) -> Value {
    if n % 1000 == 0 { json!(n / 1000) } else { json!(n as f64 / 1000.0) }
}

fn names() -> impl Iterator<Item = (&'static Family, &'static str)> {
    FAMILIES.iter().flat_map(|f| f.sizes.iter().map(move |s| (f, *s)))
}

/// What is known of a type.
pub(crate) fn find(name: &str) -> Option<Value> {
    let (family, size) = name.split_once('.')?;
    names().find(|(f, s)| f.name == family && *s == size).map(|(f, s)| f.document(s))
}

/// What is known of a type.
///
/// # Errors
/// AWS's for one that it does not have.
pub(crate) fn get(name: &str) -> Result<Value, AwsError> {
    find(name)
        .ok_or_else(|| AwsError::new("InvalidParameterValue", format!("Invalid value '{name}' for InstanceType.")))
}

fn describe(_: &mut Ctx, input: &Input) -> Answer {
    let wanted = input.strings("InstanceTypes")?;
    let unknown: Vec<&str> = wanted.iter().copied().filter(|n| find(n).is_none()).collect();
    if !unknown.is_empty() {
        let message = format!("The following supplied instance types do not exist: [{}]", unknown.join(", "));
        return Err(AwsError::new("InvalidInstanceType", message));
    }
    let docs = names()
        .filter(|(f, s)| wanted.is_empty() || wanted.contains(&format!("{}.{s}", f.name).as_str()))
        .map(|(f, s)| f.document(s))
        .collect();
    let known = &[
        ("auto-recovery-supported", "AutoRecoverySupported"),
        ("bare-metal", "BareMetal"),
        ("burstable-performance-supported", "BurstablePerformanceSupported"),
        ("current-generation", "CurrentGeneration"),
        ("free-tier-eligible", "FreeTierEligible"),
        ("hypervisor", "Hypervisor"),
        ("instance-type", "InstanceType"),
        ("memory-info.size-in-mib", "MemoryInfo.SizeInMiB"),
        ("processor-info.supported-architecture", "ProcessorInfo.SupportedArchitectures"),
        ("supported-usage-class", "SupportedUsageClasses"),
        ("supported-virtualization-type", "SupportedVirtualizationTypes"),
        ("vcpu-info.default-vcpus", "VCpuInfo.DefaultVCpus"),
    ];
    let docs = filters::apply(input, "Filters", docs, known)?;
    // AWS gives a hundred at most at once.
    Ok(page::document("InstanceTypes", kind::cut_by(input, docs, 100)?, "NextToken"))
}

fn offerings(ctx: &mut Ctx, input: &Input) -> Answer {
    let kind = input.filled("LocationType")?.unwrap_or("region");
    let places: Vec<String> = match kind {
        "region" => vec![ctx.region.clone()],
        "availability-zone" => zones::zones(&ctx.region).into_iter().map(|z| z.0).collect(),
        "availability-zone-id" => zones::zones(&ctx.region).into_iter().map(|z| z.1).collect(),
        other => return Err(input.invalid(format!("Value ({other}) for parameter locationType is invalid."))),
    };
    let mut docs = Vec::new();
    for place in places {
        for (f, size) in names() {
            let mut doc = json!({"InstanceType": format!("{}.{size}", f.name), "LocationType": kind});
            set(&mut doc, "Location", place.as_str());
            docs.push(doc);
        }
    }
    let docs = filters::apply(
        input,
        "Filters",
        docs,
        &[("instance-type", "InstanceType"), ("location", "Location"), ("location-type", "LocationType")],
    )?;
    Ok(page::document("InstanceTypeOfferings", kind::cut_by(input, docs, 1000)?, "NextToken"))
}
