//! `aws_instance` (<https://registry.terraform.io/providers/hashicorp/aws/5.100.0/docs/resources/instance>).

mod create;
mod plan;
pub mod read;
pub mod spot;
pub mod state;
mod update;

pub use plan::sum;
use serde_json::json;

use crate::cx::Cx;
use crate::decl::*;
use crate::obj::Obj;
use crate::work::Work;

/// `DescribeInstances`.
pub static INSTANCES: Many = super::many(
    "DescribeInstances",
    "InstanceIds",
    "Reservations[].Instances",
    "InstanceId",
    Some(("Filters", "instance-id")),
);

/// `DescribeInstanceTypes`, by name.
pub static INSTANCE_TYPES: Many = Many {
    service: "ec2",
    op: "DescribeInstanceTypes",
    ids: "InstanceTypes",
    items: "InstanceTypes",
    key: "InstanceType",
    max: 100,
    filter: Some(("Filters", "instance-type")),
    with: &[],
};

/// `DescribeInstanceCreditSpecifications`.
static CREDITS: Many = super::many(
    "DescribeInstanceCreditSpecifications",
    "InstanceIds",
    "InstanceCreditSpecifications",
    "InstanceId",
    None,
);

/// `DescribeSpotInstanceRequests`.
static SPOT_REQUESTS: Many = super::many(
    "DescribeSpotInstanceRequests",
    "SpotInstanceRequestIds",
    "SpotInstanceRequests",
    "SpotInstanceRequestId",
    Some(("Filters", "spot-instance-request-id")),
);

/// Within a block the provider writes `""`, 0 and false where AWS has nothing.
const fn text(name: &'static str) -> Attr {
    string(name).zero()
}

const fn number(name: &'static str) -> Attr {
    int(name).zero()
}

const fn flag(name: &'static str) -> Attr {
    boolean(name).zero()
}

const RESERVATION_TARGET: Kind = Kind::Object(&[
    text("capacity_reservation_id"),
    text("capacity_reservation_resource_group_arn").check(&[Check::Arn]),
]);

const RESERVATION: Kind = Kind::Object(&[
    text("capacity_reservation_preference").check(&[Check::OneOf(&["capacity-reservations-only", "open", "none"])]),
    block("capacity_reservation_target", &RESERVATION_TARGET),
]);

const CPU: Kind = Kind::Object(&[
    text("amd_sev_snp").optional_computed().replaces().check(&[Check::OneOf(&["enabled", "disabled"])]),
    number("core_count").optional_computed().replaces(),
    number("threads_per_core").optional_computed().replaces(),
]);

const CREDIT: Kind = Kind::Object(&[text("cpu_credits").check(&[Check::OneOf(&["standard", "unlimited"])])]);

const EBS: Kind = Kind::Object(&[
    boolean("delete_on_termination").default_bool(true).replaces(),
    string("device_name").required().replaces(),
    flag("encrypted").optional_computed().replaces(),
    number("iops").optional_computed().replaces(),
    text("kms_key_id").optional_computed().replaces(),
    text("snapshot_id").optional_computed().replaces(),
    map("tags", &Kind::String).zero(),
    map("tags_all", &Kind::String).optional_computed().zero(),
    number("throughput").optional_computed().replaces(),
    text("volume_id").computed(),
    number("volume_size").optional_computed().replaces(),
    text("volume_type").optional_computed().replaces().check(&[Check::OneOf(super::ebs::VOLUME_TYPES)]),
]);

const ROOT: Kind = Kind::Object(&[
    boolean("delete_on_termination").default_bool(true),
    text("device_name").computed(),
    flag("encrypted").optional_computed().replaces(),
    number("iops").optional_computed(),
    text("kms_key_id").optional_computed().replaces(),
    map("tags", &Kind::String).zero(),
    map("tags_all", &Kind::String).optional_computed().zero(),
    number("throughput").optional_computed(),
    text("volume_id").computed(),
    number("volume_size").optional_computed(),
    text("volume_type").optional_computed().check(&[Check::OneOf(super::ebs::VOLUME_TYPES)]),
]);

const ENCLAVE: Kind = Kind::Object(&[flag("enabled").optional_computed().replaces()]);
const EPHEMERAL: Kind = Kind::Object(&[string("device_name").required(), flag("no_device"), text("virtual_name")]);

const SPOT: Kind = Kind::Object(&[
    text("instance_interruption_behavior").optional_computed().replaces().check(&[Check::OneOf(&[
        "hibernate",
        "stop",
        "terminate",
    ])]),
    text("max_price").optional_computed().replaces(),
    text("spot_instance_type").optional_computed().replaces().check(&[Check::OneOf(&["one-time", "persistent"])]),
    text("valid_until").optional_computed().replaces(),
]);

const MARKET: Kind = Kind::Object(&[
    text("market_type").optional_computed().replaces().check(&[Check::OneOf(&["spot", "capacity-block"])]),
    block("spot_options", &SPOT).optional_computed().replaces(),
]);

const TEMPLATE: Kind = Kind::Object(&[
    text("id").optional_computed().replaces(),
    text("name").optional_computed().replaces(),
    string("version").default_str("$Default").check(&[Check::Length(1, 255)]),
]);

const MAINTENANCE: Kind =
    Kind::Object(&[text("auto_recovery").optional_computed().check(&[Check::OneOf(&["default", "disabled"])])]);

const METADATA: Kind = Kind::Object(&[
    string("http_endpoint").default_str("enabled").check(&[Check::OneOf(&["enabled", "disabled"])]),
    string("http_protocol_ipv6").default_str("disabled").check(&[Check::OneOf(&["enabled", "disabled"])]),
    number("http_put_response_hop_limit").optional_computed().check(&[Check::Range(1, 64)]),
    text("http_tokens").optional_computed().check(&[Check::OneOf(&["optional", "required"])]),
    text("instance_metadata_tags").optional_computed().check(&[Check::OneOf(&["enabled", "disabled"])]),
]);

const INTERFACE: Kind = Kind::Object(&[
    boolean("delete_on_termination").default_bool(false).replaces(),
    int("device_index").required().replaces(),
    int("network_card_index").default_int(0).replaces(),
    string("network_interface_id").required().replaces(),
]);

const NAMES: Kind = Kind::Object(&[
    flag("enable_resource_name_dns_a_record").optional_computed(),
    flag("enable_resource_name_dns_aaaa_record").optional_computed().api("EnableResourceNameDnsAAAARecord"),
    text("hostname_type").optional_computed().check(&[Check::OneOf(&["ip-name", "resource-name"])]),
]);

/// What stands for one interface and cannot be given beside `network_interface`.
const ONE_INTERFACE: &[&str] = &[
    "associate_public_ip_address",
    "subnet_id",
    "private_ip",
    "secondary_private_ips",
    "vpc_security_group_ids",
    "security_groups",
    "ipv6_addresses",
    "ipv6_address_count",
    "enable_primary_ipv6",
    "source_dest_check",
];

/// Attributes of an instance.
const ATTRS: &[Attr] = &[
    string("ami").optional_computed().replaces().api("ImageId"),
    string("arn").computed().unread(),
    boolean("associate_public_ip_address").optional_computed().replaces().local(),
    string("availability_zone").optional_computed().replaces().from("Placement.AvailabilityZone").unsent(),
    block("capacity_reservation_specification", &RESERVATION).optional_computed().unread(),
    int("cpu_core_count").optional_computed().deprecated().replaces().from("CpuOptions.CoreCount").unsent(),
    block("cpu_options", &CPU).optional_computed(),
    int("cpu_threads_per_core").optional_computed().deprecated().replaces().from("CpuOptions.ThreadsPerCore").unsent(),
    block("credit_specification", &CREDIT).local(),
    boolean("disable_api_stop").optional_computed().unread(),
    boolean("disable_api_termination").optional_computed().unread(),
    block_set("ebs_block_device", &EBS).optional_computed().local(),
    boolean("ebs_optimized").optional_computed().replaces().zero(),
    boolean("enable_primary_ipv6").optional_computed().local(),
    block("enclave_options", &ENCLAVE).optional_computed(),
    block_set("ephemeral_block_device", &EPHEMERAL).optional_computed().replaces().local(),
    boolean("get_password_data").default_bool(false).local(),
    boolean("hibernation").replaces().from("HibernationOptions.Configured").to("HibernationOptions.Configured"),
    string("host_id").optional_computed().zero().replaces().from("Placement.HostId").unsent(),
    string("host_resource_group_arn")
        .optional_computed()
        .keep()
        .from("Placement.HostResourceGroupArn")
        .unsent()
        .conflicts_with(&["placement_group"])
        .check(&[Check::Arn]),
    string("iam_instance_profile").optional_computed().emptied().unread().to("IamInstanceProfile.Name"),
    string("instance_initiated_shutdown_behavior").optional_computed().unread(),
    string("instance_lifecycle").computed().zero(),
    block("instance_market_options", &MARKET).optional_computed().replaces().unread(),
    string("instance_state").computed().from("State.Name"),
    string("instance_type").optional_computed(),
    int("ipv6_address_count").optional_computed().local().conflicts_with(&["ipv6_addresses"]),
    list("ipv6_addresses", &Kind::String)
        .optional_computed()
        .replaces()
        .local()
        .conflicts_with(&["ipv6_address_count"]),
    string("key_name").optional_computed().replaces().zero(),
    block("launch_template", &TEMPLATE).local(),
    block("maintenance_options", &MAINTENANCE).optional_computed(),
    block("metadata_options", &METADATA).optional_computed(),
    boolean("monitoring").optional_computed().local(),
    block_set("network_interface", &INTERFACE).optional_computed().local().conflicts_with(ONE_INTERFACE),
    string("outpost_arn").computed().zero(),
    string("password_data").computed().unread(),
    string("placement_group").optional_computed().replaces().from("Placement.GroupName").zero().unsent(),
    int("placement_partition_number").optional_computed().replaces().from("Placement.PartitionNumber").zero().unsent(),
    string("primary_network_interface_id").computed().unread(),
    string("private_dns").computed().from("PrivateDnsName").zero(),
    block("private_dns_name_options", &NAMES).optional_computed(),
    string("private_ip").optional_computed().replaces().from("PrivateIpAddress").unsent().check(&[Check::Ipv4Address]),
    string("public_dns").computed().from("PublicDnsName").zero(),
    string("public_ip").computed().from("PublicIpAddress").zero(),
    block("root_block_device", &ROOT).optional_computed().local(),
    strings("secondary_private_ips").optional_computed().local().check(&[Check::Ipv4Address]),
    strings("security_groups").optional_computed().replaces().local(),
    boolean("source_dest_check").default_bool(true).local(),
    string("spot_instance_request_id").computed().zero(),
    string("subnet_id").optional_computed().replaces().local(),
    string("tenancy").optional_computed().replaces().from("Placement.Tenancy").unsent().check(&[Check::OneOf(&[
        "default",
        "dedicated",
        "host",
    ])]),
    string("user_data")
        .optional_computed()
        .local()
        .conflicts_with(&["user_data_base64"])
        .check(&[Check::Length(0, 16_384)]),
    string("user_data_base64").optional_computed().local().conflicts_with(&["user_data"]).check(&[Check::By(base64)]),
    boolean("user_data_replace_on_change").default_bool(false).local(),
    map("volume_tags", &Kind::String).local(),
    strings("vpc_security_group_ids").optional_computed().local(),
];

/// `aws_instance`.
pub static INSTANCE: Resource = resource("aws_instance", &super::EC2)
    .version(1)
    .arn("ec2:instance/{id}")
    .attrs(ATTRS)
    .tagged(super::tags("instance"))
    .timeouts(&[("create", 600), ("read", 900), ("update", 600), ("delete", 1200)])
    .create_with(create::create)
    .key(&[("InstanceId", "id")])
    .read(Read::Many(&INSTANCES))
    .dead("State.Name", &["terminated"])
    .updates(update::UPDATES)
    .delete_with(delete)
    .wait_deleted("State.Name", &["pending", "running", "shutting-down", "stopped", "stopping"])
    .gone(&["InvalidInstanceID.NotFound"])
    .faults(&[
        ("InvalidAMIID.NotFound", "ami"),
        ("InvalidAMIID.Malformed", "ami"),
        ("InvalidKeyPair.NotFound", "key_name"),
        ("InvalidPlacementGroup.Unknown", "placement_group"),
        ("InvalidBlockDeviceMapping", "root_block_device"),
    ])
    .validates(plan::validate)
    .plans(plan::plan)
    .looks(plan::look)
    .after_read(read::read)
    .imports(import);

/// Base64.
fn base64(s: &str) -> Result<(), String> {
    match crate::doc::from_base64(s) {
        Some(_) => Ok(()),
        None => Err("this is no Base64".into()),
    }
}

fn delete<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let id = work.state.id().to_owned();
        // What protects an instance from others does not protect it from its own configuration.
        if work.state.bool("disable_api_termination") {
            let off = json!({"InstanceId": id, "DisableApiTermination": {"Value": false}});
            match cx.ec2("ModifyInstanceAttribute", off).await {
                Err(e) if !e.says(&["UnsupportedOperation"], "not supported for spot instances") => return Err(e),
                _ => {}
            }
        }
        if work.state.bool("disable_api_stop") {
            let off = json!({"InstanceId": id, "DisableApiStop": {"Value": false}});
            match cx.ec2("ModifyInstanceAttribute", off).await {
                Err(e) if !e.says(&["UnsupportedOperation"], "not supported for spot instances") => return Err(e),
                _ => {}
            }
        }
        // A persistent request would start another one in its place.
        if let Some(request) = work.state.str("spot_instance_request_id") {
            match cx.ec2("CancelSpotInstanceRequests", json!({"SpotInstanceRequestIds": [request]})).await {
                Err(e) if !e.is(&["InvalidSpotInstanceRequestID.NotFound"]) => return Err(e),
                _ => {}
            }
        }
        cx.ec2("TerminateInstances", json!({"InstanceIds": [id]})).await?;
        Ok(())
    })
}

fn import<'a>(_: &'a Cx, _: &'a str, obj: &'a mut Obj) -> Fut<'a, ()> {
    Box::pin(async move {
        for name in ["get_password_data", "user_data_replace_on_change"] {
            obj.clear(name);
        }
        Ok(())
    })
}
