//! `aws_ami`, `aws_ec2_instance_type`, `aws_ec2_instance_type_offerings`.

use serde_json::{Map, Value as Json, json};

use super::network::{FILTER, filters, input};
use super::{DataSource, data, exactly_one};
use crate::cx::Cx;
use crate::decl::*;
use crate::doc;
use crate::fail::Fail;
use crate::obj::Obj;

const MAPPING: Kind = Kind::Object(&[
    string("device_name").zero(),
    map("ebs", &Kind::String).unread(),
    string("no_device").zero(),
    string("virtual_name").zero(),
]);
const PRODUCT: Kind = Kind::Object(&[string("product_code_id"), string("product_code_type")]);

/// `aws_ami`.
pub static AMI: DataSource = data(
    "aws_ami",
    &[
        string("architecture").computed(),
        string("arn").computed().unread(),
        set("block_device_mappings", &MAPPING).computed().unread(),
        string("boot_mode").computed().zero(),
        string("creation_date").computed(),
        string("deprecation_time").computed().zero(),
        string("description").computed().zero(),
        boolean("ena_support").computed().zero(),
        list("executable_users", &Kind::String).unread(),
        block_set("filter", &FILTER).unread(),
        string("hypervisor").computed(),
        string("id").optional_computed().from("ImageId"),
        string("image_id").computed(),
        string("image_location").computed(),
        string("image_owner_alias").computed().zero(),
        string("image_type").computed(),
        string("imds_support").computed().zero(),
        boolean("include_deprecated").default_bool(false).unread(),
        string("kernel_id").computed().zero(),
        string("last_launched_time").computed().zero().since(94),
        boolean("most_recent").default_bool(false).unread(),
        string("name").computed(),
        string("name_regex").unread(),
        string("owner_id").computed(),
        list("owners", &Kind::String).unread(),
        string("platform").computed().zero(),
        string("platform_details").computed(),
        set("product_codes", &PRODUCT).computed().unread(),
        boolean("public").computed().zero(),
        string("ramdisk_id").computed().zero(),
        string("root_device_name").computed().zero(),
        string("root_device_type").computed(),
        string("root_snapshot_id").computed().unread(),
        string("sriov_net_support").computed().zero(),
        string("state").computed(),
        map("state_reason", &Kind::String).computed().unread(),
        map("tags", &Kind::String).optional_computed().unread(),
        string("tpm_support").computed().zero(),
        string("uefi_data").unread(),
        string("usage_operation").computed().zero(),
        string("virtualization_type").computed(),
    ],
    ami,
)
.timeouts();

fn ami<'a>(cx: &'a Cx, obj: &'a mut Obj) -> Fut<'a, ()> {
    Box::pin(async move {
        let mut request = Map::new();
        for (name, member) in [("owners", "Owners"), ("executable_users", "ExecutableUsers")] {
            let given = obj.strs(name);
            if !given.is_empty() {
                request.insert(member.into(), json!(given));
            }
        }
        if obj.bool("include_deprecated") {
            request.insert("IncludeDeprecated".into(), json!(true));
        }
        // `tags` says nothing about which image is wanted here; it is only read.
        let mut by = Obj::empty(obj.ty());
        by.set("filter", obj.get("filter"));
        let wanted = filters(&by, &[]);
        if wanted.as_array().is_some_and(|f| !f.is_empty()) {
            request.insert("Filters".into(), wanted);
        }
        let mut found = cx.list("ec2", "DescribeImages", "Images", Json::Object(request)).await?;
        if let Some(pattern) = obj.str("name_regex") {
            let pattern = regex::Regex::new(pattern).map_err(|e| {
                Fail::from(
                    craton_model::Diagnostic::error(
                        "Invalid regular expression",
                        format!("\"name_regex\" is no regular expression: {e}."),
                    )
                    .on_attribute(craton_model::Path::attr("name_regex")),
                )
            })?;
            found.retain(|i| pattern.is_match(&doc::text(i, "Name")));
        }
        let image = match obj.bool("most_recent") {
            true => {
                found.sort_by_key(|i| doc::text(i, "CreationDate"));
                exactly_one("image", found.into_iter().next_back().into_iter().collect())?
            }
            false => exactly_one("image", found)?,
        };
        doc::fill(AMI.attrs, &image, obj);
        let id = obj.id().to_owned();
        obj.set("arn", format!("arn:{}:ec2:{}::image/{id}", cx.settings.partition, cx.region()));
        let mappings = doc::items(&image, "BlockDeviceMappings");
        let root = doc::text(&image, "RootDeviceName");
        let snapshot = mappings.iter().find(|m| doc::text(m, "DeviceName") == root);
        obj.set("root_snapshot_id", snapshot.map(|m| doc::text(m, "Ebs.SnapshotId")).unwrap_or_default());
        let shown: Vec<Json> = mappings.iter().map(mapping).collect();
        obj.set_json("block_device_mappings", &json!(shown))?;
        let products: Vec<Json> = doc::items(&image, "ProductCodes")
            .iter()
            .map(|p| json!({"product_code_id": p["ProductCodeId"], "product_code_type": p["ProductCodeType"]}))
            .collect();
        obj.set_json("product_codes", &json!(products))?;
        let reason = doc::at(&image, "StateReason");
        let of = |name: &str| reason.as_ref().map(|r| doc::text(r, name)).filter(|t| !t.is_empty());
        let said = |name: &str| of(name).unwrap_or_else(|| "UNSET".into());
        obj.set_json("state_reason", &json!({"code": said("Code"), "message": said("Message")}))?;
        for name in ["include_deprecated", "most_recent"] {
            let on = obj.bool(name);
            obj.set(name, on);
        }
        super::network::set_tags(cx, obj, &image);
        Ok(())
    })
}

/// A device as the data source shows it: a map of texts.
fn mapping(m: &Json) -> Json {
    let mut out = json!({
        "device_name": doc::text(m, "DeviceName"), "no_device": doc::text(m, "NoDevice"),
        "virtual_name": doc::text(m, "VirtualName"), "ebs": {},
    });
    if let Some(ebs) = doc::at(m, "Ebs") {
        let number = |path: &str| doc::at(&ebs, path).map_or_else(|| "0".to_owned(), |n| n.to_string());
        out["ebs"] = json!({
            "delete_on_termination": doc::flag(&ebs, "DeleteOnTermination").to_string(),
            "encrypted": doc::flag(&ebs, "Encrypted").to_string(),
            "iops": number("Iops"),
            "throughput": number("Throughput"),
            "volume_initialization_rate": number("VolumeInitializationRate"),
            "volume_size": number("VolumeSize"),
            "snapshot_id": doc::text(&ebs, "SnapshotId"),
            "volume_type": doc::text(&ebs, "VolumeType"),
        });
    }
    out
}

const DEVICE: Kind = Kind::Object(&[
    int("count"),
    string("manufacturer"),
    int("memory_size").from("MemoryInfo.SizeInMiB"),
    string("name"),
]);
const DISK: Kind = Kind::Object(&[int("count"), int("size").from("SizeInGB"), string("type")]);
const NEURON: Kind = Kind::Object(&[
    int("core_count").from("CoreInfo.Count"),
    int("core_version").from("CoreInfo.Version"),
    int("count"),
    int("memory_size").from("MemoryInfo.SizeInMiB"),
    string("name"),
]);
const CARD: Kind = Kind::Object(&[
    float("baseline_bandwidth").from("BaselineBandwidthInGbps").zero(),
    int("index").from("NetworkCardIndex").zero(),
    int("maximum_interfaces").from("MaximumNetworkInterfaces").zero(),
    float("peak_bandwidth").from("PeakBandwidthInGbps").zero(),
    string("performance").from("NetworkPerformance").zero(),
]);

/// `aws_ec2_instance_type`.
pub static INSTANCE_TYPE: DataSource = data(
    "aws_ec2_instance_type",
    &[
        boolean("auto_recovery_supported").computed(),
        strings("bandwidth_weightings").computed().from("NetworkInfo.BandwidthWeightings").zero(),
        boolean("bare_metal").computed(),
        strings("boot_modes").computed().from("SupportedBootModes").zero(),
        boolean("burstable_performance_supported").computed(),
        boolean("current_generation").computed(),
        boolean("dedicated_hosts_supported").computed(),
        int("default_cores").computed().from("VCpuInfo.DefaultCores"),
        int("default_network_card_index").computed().from("NetworkInfo.DefaultNetworkCardIndex"),
        int("default_threads_per_core").computed().from("VCpuInfo.DefaultThreadsPerCore"),
        int("default_vcpus").computed().from("VCpuInfo.DefaultVCpus"),
        string("ebs_encryption_support").computed().from("EbsInfo.EncryptionSupport"),
        string("ebs_nvme_support").computed().from("EbsInfo.NvmeSupport"),
        string("ebs_optimized_support").computed().from("EbsInfo.EbsOptimizedSupport"),
        int("ebs_performance_baseline_bandwidth").computed().from("EbsInfo.EbsOptimizedInfo.BaselineBandwidthInMbps"),
        int("ebs_performance_baseline_iops").computed().from("EbsInfo.EbsOptimizedInfo.BaselineIops"),
        float("ebs_performance_baseline_throughput")
            .computed()
            .from("EbsInfo.EbsOptimizedInfo.BaselineThroughputInMBps"),
        int("ebs_performance_maximum_bandwidth").computed().from("EbsInfo.EbsOptimizedInfo.MaximumBandwidthInMbps"),
        int("ebs_performance_maximum_iops").computed().from("EbsInfo.EbsOptimizedInfo.MaximumIops"),
        float("ebs_performance_maximum_throughput").computed().from("EbsInfo.EbsOptimizedInfo.MaximumThroughputInMBps"),
        int("efa_maximum_interfaces").computed().from("NetworkInfo.EfaInfo.MaximumEfaInterfaces"),
        boolean("efa_supported").computed().from("NetworkInfo.EfaSupported"),
        boolean("ena_srd_supported").computed().from("NetworkInfo.EnaSrdSupported"),
        string("ena_support").computed().from("NetworkInfo.EnaSupport"),
        boolean("encryption_in_transit_supported").computed().from("NetworkInfo.EncryptionInTransitSupported"),
        set("fpgas", &DEVICE).computed().zero().from("FpgaInfo.Fpgas"),
        boolean("free_tier_eligible").computed(),
        set("gpus", &DEVICE).computed().zero().from("GpuInfo.Gpus"),
        boolean("hibernation_supported").computed(),
        string("hypervisor").computed().zero(),
        set("inference_accelerators", &DEVICE).computed().zero().from("InferenceAcceleratorInfo.Accelerators"),
        set("instance_disks", &DISK).computed().zero().from("InstanceStorageInfo.Disks"),
        boolean("instance_storage_supported").computed(),
        string("instance_type").required(),
        boolean("ipv6_supported").computed().from("NetworkInfo.Ipv6Supported"),
        int("maximum_ipv4_addresses_per_interface").computed().from("NetworkInfo.Ipv4AddressesPerInterface"),
        int("maximum_ipv6_addresses_per_interface").computed().from("NetworkInfo.Ipv6AddressesPerInterface"),
        int("maximum_network_cards").computed().from("NetworkInfo.MaximumNetworkCards"),
        int("maximum_network_interfaces").computed().from("NetworkInfo.MaximumNetworkInterfaces"),
        set("media_accelerators", &DEVICE).computed().zero().from("MediaAcceleratorInfo.Accelerators"),
        int("memory_size").computed().from("MemoryInfo.SizeInMiB"),
        set("network_cards", &CARD).computed().from("NetworkInfo.NetworkCards"),
        string("network_performance").computed().from("NetworkInfo.NetworkPerformance"),
        set("neuron_devices", &NEURON).computed().zero().from("NeuronInfo.NeuronDevices"),
        string("nitro_enclaves_support").computed(),
        string("nitro_tpm_support").computed(),
        strings("nitro_tpm_supported_versions").computed().from("NitroTpmInfo.SupportedVersions").zero(),
        string("phc_support").computed(),
        list("supported_architectures", &Kind::String).computed().from("ProcessorInfo.SupportedArchitectures"),
        strings("supported_cpu_features").computed().from("ProcessorInfo.SupportedFeatures").zero(),
        list("supported_placement_strategies", &Kind::String).computed().from("PlacementGroupInfo.SupportedStrategies"),
        list("supported_root_device_types", &Kind::String).computed(),
        list("supported_usages_classes", &Kind::String).computed().from("SupportedUsageClasses"),
        list("supported_virtualization_types", &Kind::String).computed(),
        float("sustained_clock_speed").computed().from("ProcessorInfo.SustainedClockSpeedInGhz"),
        int("total_fpga_memory").computed().from("FpgaInfo.TotalFpgaMemoryInMiB"),
        int("total_gpu_memory").computed().from("GpuInfo.TotalGpuMemoryInMiB"),
        int("total_inference_memory").computed().from("InferenceAcceleratorInfo.TotalInferenceMemoryInMiB"),
        int("total_instance_storage").computed().from("InstanceStorageInfo.TotalSizeInGB"),
        int("total_media_memory").computed().from("MediaAcceleratorInfo.TotalMediaMemoryInMiB"),
        int("total_neuron_device_memory").computed().from("NeuronInfo.TotalNeuronDeviceMemoryInMiB"),
        list("valid_cores", &Kind::Int).computed().from("VCpuInfo.ValidCores").zero(),
        list("valid_threads_per_core", &Kind::Int).computed().from("VCpuInfo.ValidThreadsPerCore").zero(),
    ],
    instance_type,
)
.timeouts();

fn instance_type<'a>(cx: &'a Cx, obj: &'a mut Obj) -> Fut<'a, ()> {
    Box::pin(async move {
        let name = obj.text("instance_type").to_owned();
        let request = json!({"InstanceTypes": [name]});
        let found = match cx.list("ec2", "DescribeInstanceTypes", "InstanceTypes", request).await {
            Err(e) if e.is(&["InvalidInstanceType"]) => Vec::new(),
            found => found?,
        };
        let found = exactly_one("instance type", found)?;
        doc::fill(INSTANCE_TYPE.attrs, &found, obj);
        obj.set("id", name);
        Ok(())
    })
}

/// `aws_ec2_instance_type_offerings`.
pub static OFFERINGS: DataSource = data(
    "aws_ec2_instance_type_offerings",
    &[
        block_set("filter", &FILTER),
        list("instance_types", &Kind::String).computed(),
        string("location_type").check(&[Check::OneOf(&[
            "availability-zone",
            "availability-zone-id",
            "outpost",
            "region",
        ])]),
        list("location_types", &Kind::String).computed(),
        list("locations", &Kind::String).computed(),
    ],
    offerings,
)
.timeouts();

fn offerings<'a>(cx: &'a Cx, obj: &'a mut Obj) -> Fut<'a, ()> {
    Box::pin(async move {
        let mut request = input(obj, None, &[]);
        if let Some(kind) = obj.str("location_type") {
            request["LocationType"] = json!(kind);
        }
        let found = cx.list("ec2", "DescribeInstanceTypeOfferings", "InstanceTypeOfferings", request).await?;
        for (name, path) in
            [("instance_types", "InstanceType"), ("location_types", "LocationType"), ("locations", "Location")]
        {
            let all: Vec<String> = found.iter().map(|o| doc::text(o, path)).collect();
            obj.set_strs(name, all.iter().map(String::as_str));
        }
        obj.set("id", cx.region().to_owned());
        Ok(())
    })
}
