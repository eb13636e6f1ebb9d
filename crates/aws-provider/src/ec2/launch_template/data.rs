//! What a version of a launch template says.

use serde_json::{Map, Value as Json, json};

use crate::decl::*;
use crate::doc;

/// Within a block the provider writes `""`, 0 and false where AWS has nothing.
const fn text(name: &'static str) -> Attr {
    string(name).zero()
}

const fn number(name: &'static str) -> Attr {
    int(name).zero()
}

const fn flag(name: &'static str) -> Attr {
    boolean(name).zero().always()
}

const fn yes_no(name: &'static str) -> Attr {
    bool_text(name).zero().check(&[Check::OneOf(&["", "true", "false", "1", "0"])])
}

const EBS: Kind = Kind::Object(&[
    yes_no("delete_on_termination"),
    yes_no("encrypted"),
    number("iops").optional_computed(),
    text("kms_key_id").check(&[Check::Arn]),
    text("snapshot_id"),
    number("throughput").optional_computed().check(&[Check::Range(125, 2000)]),
    number("volume_initialization_rate").optional_computed().check(&[Check::Range(100, 300)]).since(99),
    number("volume_size").optional_computed().check(&[Check::Range(1, 65_536)]),
    text("volume_type").optional_computed().check(&[Check::OneOf(crate::ec2::ebs::VOLUME_TYPES)]),
]);

const MAPPING: Kind = Kind::Object(&[text("device_name"), block("ebs", &EBS), text("no_device"), text("virtual_name")]);

const RESERVATION_TARGET: Kind = Kind::Object(&[
    text("capacity_reservation_id"),
    text("capacity_reservation_resource_group_arn").check(&[Check::Arn]),
]);

const RESERVATION: Kind = Kind::Object(&[
    text("capacity_reservation_preference").check(&[Check::OneOf(&["capacity-reservations-only", "open", "none"])]),
    block("capacity_reservation_target", &RESERVATION_TARGET),
]);

const CPU: Kind = Kind::Object(&[
    text("amd_sev_snp").check(&[Check::OneOf(&["enabled", "disabled"])]),
    number("core_count"),
    number("threads_per_core"),
]);

const CREDITS: Kind = Kind::Object(&[text("cpu_credits").check(&[Check::OneOf(&["standard", "unlimited"])])]);
const TYPED: Kind = Kind::Object(&[string("type").required()]);
const ENABLED: Kind = Kind::Object(&[flag("enabled")]);
const HIBERNATION: Kind = Kind::Object(&[boolean("configured").required()]);
const PROFILE: Kind = Kind::Object(&[text("arn").check(&[Check::Arn]), text("name")]);

const SPOT: Kind = Kind::Object(&[
    number("block_duration_minutes"),
    text("instance_interruption_behavior").check(&[Check::OneOf(&["hibernate", "stop", "terminate"])]),
    text("max_price"),
    text("spot_instance_type").check(&[Check::OneOf(&["one-time", "persistent"])]),
    text("valid_until").optional_computed(),
]);

const MARKET: Kind = Kind::Object(&[
    text("market_type").check(&[Check::OneOf(&["spot", "capacity-block"])]),
    block("spot_options", &SPOT),
]);

const RANGE: Kind = Kind::Object(&[number("max").always(), number("min").always()]);
const RANGE_MIN: Kind = Kind::Object(&[number("max").always(), int("min").required()]);
const FLOAT_RANGE: Kind = Kind::Object(&[float("max").zero().always(), float("min").zero().always()]);

/// What instances must have, in place of a type.
pub const REQUIREMENTS: Kind = Kind::Object(&[
    block("accelerator_count", &RANGE),
    strings("accelerator_manufacturers").zero(),
    strings("accelerator_names").zero(),
    block("accelerator_total_memory_mib", &RANGE).api("AcceleratorTotalMemoryMiB"),
    strings("accelerator_types").zero(),
    strings("allowed_instance_types").zero(),
    text("bare_metal").check(&[Check::OneOf(&["included", "required", "excluded"])]),
    block("baseline_ebs_bandwidth_mbps", &RANGE),
    text("burstable_performance").check(&[Check::OneOf(&["included", "required", "excluded"])]),
    strings("cpu_manufacturers").zero(),
    strings("excluded_instance_types").zero(),
    strings("instance_generations").zero(),
    text("local_storage").check(&[Check::OneOf(&["included", "required", "excluded"])]),
    strings("local_storage_types").zero(),
    number("max_spot_price_as_percentage_of_optimal_on_demand_price"),
    block("memory_gib_per_vcpu", &FLOAT_RANGE).api("MemoryGiBPerVCpu"),
    block("memory_mib", &RANGE_MIN).required().api("MemoryMiB"),
    block("network_bandwidth_gbps", &FLOAT_RANGE),
    block("network_interface_count", &RANGE),
    number("on_demand_max_price_percentage_over_lowest_price"),
    boolean("require_hibernate_support").zero(),
    number("spot_max_price_percentage_over_lowest_price"),
    block("total_local_storage_gb", &FLOAT_RANGE).api("TotalLocalStorageGB"),
    block("vcpu_count", &RANGE_MIN).required().api("VCpuCount"),
]);

/// The same where Auto Scaling asks for it, which leaves everything open.
pub const REQUIREMENTS_OF_GROUPS: Kind = Kind::Object(&[
    block("accelerator_count", &RANGE),
    strings("accelerator_manufacturers").zero(),
    strings("accelerator_names").zero(),
    block("accelerator_total_memory_mib", &RANGE).api("AcceleratorTotalMemoryMiB"),
    strings("accelerator_types").zero(),
    strings("allowed_instance_types").zero(),
    text("bare_metal").check(&[Check::OneOf(&["included", "required", "excluded"])]),
    block("baseline_ebs_bandwidth_mbps", &RANGE),
    text("burstable_performance").check(&[Check::OneOf(&["included", "required", "excluded"])]),
    strings("cpu_manufacturers").zero(),
    strings("excluded_instance_types").zero(),
    strings("instance_generations").zero(),
    text("local_storage").check(&[Check::OneOf(&["included", "required", "excluded"])]),
    strings("local_storage_types").zero(),
    number("max_spot_price_as_percentage_of_optimal_on_demand_price"),
    block("memory_gib_per_vcpu", &FLOAT_RANGE).api("MemoryGiBPerVCpu"),
    block("memory_mib", &RANGE).api("MemoryMiB"),
    block("network_bandwidth_gbps", &FLOAT_RANGE),
    block("network_interface_count", &RANGE),
    number("on_demand_max_price_percentage_over_lowest_price"),
    boolean("require_hibernate_support").zero(),
    number("spot_max_price_percentage_over_lowest_price"),
    block("total_local_storage_gb", &FLOAT_RANGE).api("TotalLocalStorageGB"),
    block("vcpu_count", &RANGE).api("VCpuCount"),
]);

const LICENSE: Kind = Kind::Object(&[string("license_configuration_arn").required().check(&[Check::Arn])]);
const MAINTENANCE: Kind = Kind::Object(&[text("auto_recovery").check(&[Check::OneOf(&["default", "disabled"])])]);

const METADATA: Kind = Kind::Object(&[
    text("http_endpoint").optional_computed().check(&[Check::OneOf(&["enabled", "disabled"])]),
    text("http_protocol_ipv6").optional_computed().check(&[Check::OneOf(&["enabled", "disabled"])]),
    number("http_put_response_hop_limit").optional_computed().check(&[Check::Range(1, 64)]),
    text("http_tokens").optional_computed().check(&[Check::OneOf(&["optional", "required"])]),
    text("instance_metadata_tags").optional_computed().check(&[Check::OneOf(&["enabled", "disabled"])]),
]);

const TRACKING: Kind =
    Kind::Object(&[number("tcp_established_timeout"), number("udp_stream_timeout"), number("udp_timeout")]);

const SRD_UDP: Kind = Kind::Object(&[boolean("ena_srd_udp_enabled").zero()]);
const SRD: Kind = Kind::Object(&[boolean("ena_srd_enabled").zero(), block("ena_srd_udp_specification", &SRD_UDP)]);

const INTERFACE: Kind = Kind::Object(&[
    yes_no("associate_carrier_ip_address"),
    yes_no("associate_public_ip_address"),
    block("connection_tracking_specification", &TRACKING),
    yes_no("delete_on_termination"),
    text("description"),
    number("device_index").always(),
    block("ena_srd_specification", &SRD).since(89),
    text("interface_type").check(&[Check::OneOf(&["efa", "efa-only", "interface"])]),
    number("ipv4_address_count").api("SecondaryPrivateIpAddressCount"),
    strings("ipv4_addresses").zero().api("PrivateIpAddresses").check(&[Check::Ipv4Address]),
    number("ipv4_prefix_count"),
    strings("ipv4_prefixes").zero(),
    number("ipv6_address_count"),
    strings("ipv6_addresses").zero(),
    number("ipv6_prefix_count"),
    strings("ipv6_prefixes").zero(),
    number("network_card_index"),
    text("network_interface_id"),
    yes_no("primary_ipv6"),
    text("private_ip_address").check(&[Check::Ipv4Address]),
    strings("security_groups").zero().api("Groups"),
    text("subnet_id"),
]);

const PLACEMENT: Kind = Kind::Object(&[
    text("affinity"),
    text("availability_zone"),
    text("group_name"),
    text("host_id"),
    text("host_resource_group_arn").check(&[Check::Arn]),
    number("partition_number"),
    text("spread_domain"),
    text("tenancy").check(&[Check::OneOf(&["default", "dedicated", "host"])]),
]);

const NAMES: Kind = Kind::Object(&[
    flag("enable_resource_name_dns_a_record"),
    flag("enable_resource_name_dns_aaaa_record").api("EnableResourceNameDnsAAAARecord"),
    text("hostname_type").check(&[Check::OneOf(&["ip-name", "resource-name"])]),
]);

const TAGS: Kind = Kind::Object(&[text("resource_type"), map("tags", &Kind::String).zero()]);

/// All attributes. Those in [`IN_DATA`] are read by the hook, not from the template itself.
pub const ATTRIBUTES: &[Attr] = &[
    string("arn").computed().unread(),
    blocks("block_device_mappings", &MAPPING),
    block("capacity_reservation_specification", &RESERVATION),
    block("cpu_options", &CPU),
    block("credit_specification", &CREDITS).keep(),
    int("default_version")
        .optional_computed()
        .api("DefaultVersionNumber")
        .conflicts_with(&["update_default_version"])
        .check(&[Check::Range(1, i64::MAX)]),
    string("description").unread().check(&[Check::Length(0, 255)]),
    boolean("disable_api_stop").zero(),
    boolean("disable_api_termination").zero(),
    bool_text("ebs_optimized").zero().check(&[Check::OneOf(&["", "true", "false", "1", "0"])]),
    blocks("elastic_gpu_specifications", &TYPED).deprecated(),
    block("elastic_inference_accelerator", &TYPED).deprecated(),
    block("enclave_options", &ENABLED),
    block("hibernation_options", &HIBERNATION),
    block("iam_instance_profile", &PROFILE),
    string("image_id").zero(),
    string("instance_initiated_shutdown_behavior").zero().check(&[Check::OneOf(&["stop", "terminate"])]),
    block("instance_market_options", &MARKET),
    block("instance_requirements", &REQUIREMENTS),
    string("instance_type").zero(),
    string("kernel_id").zero(),
    string("key_name").zero(),
    int("latest_version").computed().from("LatestVersionNumber"),
    block_set("license_specification", &LICENSE).api("LicenseSpecifications"),
    block("maintenance_options", &MAINTENANCE),
    block("metadata_options", &METADATA),
    block("monitoring", &ENABLED),
    string("name")
        .optional_computed()
        .replaces()
        .api("LaunchTemplateName")
        .conflicts_with(&["name_prefix"])
        .check(&[Check::Length(3, 128), Check::By(name)]),
    string("name_prefix").optional_computed().replaces().local().check(&[Check::Length(3, 102), Check::By(name)]),
    blocks("network_interfaces", &INTERFACE),
    block("placement", &PLACEMENT),
    block("private_dns_name_options", &NAMES),
    string("ram_disk_id").zero(),
    strings("security_group_names").zero().api("SecurityGroups"),
    blocks("tag_specifications", &TAGS),
    boolean("update_default_version").local().conflicts_with(&["default_version"]),
    string("user_data").zero(),
    strings("vpc_security_group_ids").zero().api("SecurityGroupIds"),
];

/// What makes a new version when it changes; the description first.
pub const VERSIONED: &[&str] = &[
    "description",
    "block_device_mappings",
    "capacity_reservation_specification",
    "cpu_options",
    "credit_specification",
    "disable_api_stop",
    "disable_api_termination",
    "ebs_optimized",
    "elastic_gpu_specifications",
    "elastic_inference_accelerator",
    "enclave_options",
    "hibernation_options",
    "iam_instance_profile",
    "image_id",
    "instance_initiated_shutdown_behavior",
    "instance_market_options",
    "instance_requirements",
    "instance_type",
    "kernel_id",
    "key_name",
    "license_specification",
    "maintenance_options",
    "metadata_options",
    "monitoring",
    "network_interfaces",
    "placement",
    "private_dns_name_options",
    "ram_disk_id",
    "security_group_names",
    "tag_specifications",
    "user_data",
    "vpc_security_group_ids",
];

/// Attributes that are in a version: all of those but its description.
pub const IN_DATA: &[&str] = match VERSIONED {
    [_, rest @ ..] => rest,
    [] => &[],
};

/// Their declarations.
pub fn in_data() -> Vec<Attr> {
    ATTRIBUTES.iter().filter(|a| IN_DATA.contains(&a.name)).copied().collect()
}

/// Letters, digits and `-_./()` (<https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateLaunchTemplate.html>).
fn name(s: &str) -> Result<(), String> {
    match s.chars().find(|c| !(c.is_ascii_alphanumeric() || "().-/_".contains(*c))) {
        None => Ok(()),
        Some(c) => Err(format!("{s:?} has the character {c:?}; letters, digits and ( ) . - / _ are possible")),
    }
}

/// Completes the ranges of requirements: without a least value it is 0, and a most that is less than it is none. The
/// state has 0 for both, so that a range from 0 without an end is one of nothing, as the AWS provider has it.
pub fn ranges(requirements: &mut Json) {
    let Json::Object(all) = requirements else { return };
    all.retain(|_, v| v.as_object().is_none_or(|range| !range.is_empty()));
    for range in all.values_mut().filter_map(Json::as_object_mut) {
        let of = |name: &str| range.get(name).and_then(Json::as_f64);
        let (min, max) = (of("Min").unwrap_or(0.0), of("Max").unwrap_or(0.0));
        range.entry("Min").or_insert(json!(0));
        if max < min {
            range.remove("Max");
        } else {
            range.entry("Max").or_insert(json!(0));
        }
    }
}

/// Brings our document into AWS's shape where that is a list of structures, tags, or a list of one.
pub fn to_aws(data: &mut Json) {
    for n in data["NetworkInterfaces"].as_array_mut().into_iter().flatten() {
        let Json::Object(n) = n else { continue };
        let primary = n.get("PrivateIpAddress").cloned().unwrap_or(Json::Null);
        wrap(n, "PrivateIpAddresses", |ip| json!({"PrivateIpAddress": ip, "Primary": *ip == primary}));
        wrap(n, "Ipv6Addresses", |ip| json!({"Ipv6Address": ip}));
        wrap(n, "Ipv4Prefixes", |p| json!({"Ipv4Prefix": p}));
        wrap(n, "Ipv6Prefixes", |p| json!({"Ipv6Prefix": p}));
        // The primary address goes once.
        if n.contains_key("PrivateIpAddresses") && !primary.is_null() {
            n.remove("PrivateIpAddress");
        }
    }
    for t in data["TagSpecifications"].as_array_mut().into_iter().flatten() {
        if let Some(Json::Object(tags)) = t.get("Tags").cloned() {
            t["Tags"] = tags.iter().map(|(k, v)| json!({"Key": k, "Value": v})).collect();
        }
    }
    ranges(&mut data["InstanceRequirements"]);
    if let Some(Json::Object(map)) = data.get_mut("ElasticInferenceAccelerator").map(Json::take) {
        data["ElasticInferenceAccelerators"] = json!([map]);
    }
    if let Json::Object(map) = data {
        map.retain(|name, v| !v.is_null() && name != "ElasticInferenceAccelerator");
    }
}

fn wrap(of: &mut Map<String, Json>, name: &str, each: impl Fn(&Json) -> Json) {
    if let Some(Json::Array(items)) = of.get_mut(name) {
        for item in items.iter_mut() {
            *item = each(item);
        }
    }
}

/// Brings AWS's document into the shape of the attributes.
pub fn from_aws(data: &mut Json) {
    for n in data["NetworkInterfaces"].as_array_mut().into_iter().flatten() {
        let Json::Object(n) = n else { continue };
        let primary = doc::items(&Json::Object(n.clone()), "PrivateIpAddresses")
            .into_iter()
            .find(|p| doc::flag(p, "Primary"))
            .map(|p| p["PrivateIpAddress"].clone());
        for (list, member) in [
            ("PrivateIpAddresses", "PrivateIpAddress"),
            ("Ipv6Addresses", "Ipv6Address"),
            ("Ipv4Prefixes", "Ipv4Prefix"),
            ("Ipv6Prefixes", "Ipv6Prefix"),
        ] {
            wrap(n, list, |item| item[member].clone());
        }
        if let Some(ip) = primary {
            n.entry("PrivateIpAddress").or_insert(ip);
        }
    }
    for t in data["TagSpecifications"].as_array_mut().into_iter().flatten() {
        let tags = crate::tags::of_document(&t["Tags"]);
        t["Tags"] = json!(tags);
    }
    if let Some(first) = doc::at(data, "ElasticInferenceAccelerators[0]") {
        data["ElasticInferenceAccelerator"] = first;
    }
    if let Json::Object(map) = data {
        map.retain(|_, v| !v.is_null());
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    #[test]
    fn ranges_of_requirements() {
        let mut given = json!({
            "AcceleratorCount": {"Max": 0}, "VCpuCount": {"Min": 2, "Max": 0}, "MemoryMiB": {"Min": 1, "Max": 4}, "Empty": {},
            "BareMetal": "included",
        });
        super::ranges(&mut given);
        let wanted = json!({
            "AcceleratorCount": {"Max": 0, "Min": 0}, "VCpuCount": {"Min": 2}, "MemoryMiB": {"Min": 1, "Max": 4},
            "BareMetal": "included",
        });
        assert_eq!(given, wanted);
    }
}
