//! EC2: the network, and instances with what belongs to them.

mod account;
mod address;
mod block_public_access;
mod cidr;
mod default_vpc;
mod dhcp_options;
mod egress_only_internet_gateway;
mod endpoint_service;
mod filters;
mod flow_log;
mod gateways;
pub(crate) mod image;
pub(crate) mod instance;
mod instance_attribute;
pub(crate) mod instance_launch;
pub(crate) mod instance_type;
mod internet_gateway;
mod key_pair;
mod kind;
pub(crate) mod launch_template;
mod nat_address;
mod nat_gateway;
mod network_acl;
mod network_interface;
mod network_interface_own;
mod network_prefix;
mod permission;
mod placement_group;
mod prefix_list;
mod route;
mod route_table;
mod security_group;
mod security_group_rule;
mod spot;
mod subnet;
mod tags;
mod volume;
mod vpc;
mod vpc_cidr;
mod vpc_endpoint;
mod zones;

use serde_json::Value;

use crate::context::Ctx;
use crate::document::{set, text};
use crate::sandbox::Operations;
pub(crate) use filters::apply_tags as filter_by_tags;
pub(crate) use image::{KUBERNETES, id_of as image_id};
pub(crate) use kind::{INSTANCE, NETWORK_INTERFACE, SECURITY_GROUP, SUBNET};
pub(crate) use network_interface::{groups as network_interface_groups, make as make_network_interface};
pub(crate) use network_interface_own::{forget_cluster, forget_group, managed_interface};
pub(crate) use security_group::create_for_cluster as cluster_security_group;
pub(crate) use security_group::create_for_ssh as ssh_security_group;
pub(crate) use security_group::default_of as default_security_group;
pub(crate) use subnet::take_address;
pub(crate) use zones::{is_region, zone};

/// Everything EC2 answers.
pub(crate) const OPERATIONS: &[Operations] = &[
    account::OPERATIONS,
    address::OPERATIONS,
    block_public_access::OPERATIONS,
    default_vpc::OPERATIONS,
    dhcp_options::OPERATIONS,
    egress_only_internet_gateway::OPERATIONS,
    endpoint_service::OPERATIONS,
    flow_log::OPERATIONS,
    gateways::OPERATIONS,
    image::OPERATIONS,
    instance::OPERATIONS,
    instance_attribute::OPERATIONS,
    instance_launch::OPERATIONS,
    instance_type::OPERATIONS,
    internet_gateway::OPERATIONS,
    key_pair::OPERATIONS,
    launch_template::OPERATIONS,
    nat_address::OPERATIONS,
    nat_gateway::OPERATIONS,
    network_acl::OPERATIONS,
    network_interface::OPERATIONS,
    placement_group::OPERATIONS,
    prefix_list::OPERATIONS,
    route::OPERATIONS,
    route_table::OPERATIONS,
    security_group::OPERATIONS,
    security_group_rule::OPERATIONS,
    spot::OPERATIONS,
    subnet::OPERATIONS,
    tags::OPERATIONS,
    volume::OPERATIONS,
    vpc::OPERATIONS,
    vpc_cidr::OPERATIONS,
    vpc_endpoint::OPERATIONS,
    zones::OPERATIONS,
];

/// Runs an operation of EC2 for one that is made of several.
///
/// # Errors
/// What the operation says.
fn ask(ctx: &mut Ctx, operation: &str, input: &Value) -> crate::error::Answer {
    let all = OPERATIONS.iter().flat_map(|o| o.iter());
    let Some((_, handler)) = all.into_iter().find(|(name, _)| *name == operation) else {
        return Err(crate::error::AwsError::not_implemented(format!("the operation ec2:{operation}")));
    };
    let tracker = crate::input::Tracker::new("ec2");
    handler(ctx, &crate::input::Input::new(input, &tracker))
}

/// What a timer set with [`Ctx::after`] does.
pub(crate) fn event(ctx: &mut Ctx, event: &str, key: &str) {
    match event {
        "vpc-available" => vpc::available(ctx, key),
        "vpc-cidr-settled" => vpc_cidr::settled(ctx, key),
        "nat-addresses" => nat_address::settled(ctx, key),
        "nat-available" => nat_gateway::available(ctx, key),
        "nat-deleted" => nat_gateway::deleted(ctx, key),
        "nat-forgotten" => kind::NAT_GATEWAY.forget(ctx, key),
        "endpoint-available" => vpc_endpoint::available(ctx, key),
        "endpoint-deleted" => vpc_endpoint::deleted(ctx, key),
        "block-options-set" => block_public_access::options_set(ctx),
        "block-exclusion-moved" => block_public_access::moved(ctx, key),
        "block-exclusion-forgotten" => kind::BLOCK_EXCLUSION.forget(ctx, key),
        "instance-running" => instance::running(ctx, key),
        "instance-stopped" => instance::stopped(ctx, key),
        "instance-terminated" => instance::terminated(ctx, key),
        "instance-forgotten" => kind::INSTANCE.forget(ctx, key),
        "instance-metadata" => instance_attribute::metadata_applied(ctx, key),
        "spot-fulfilled" => spot::fulfilled(ctx, key),
        "volume-available" => volume::available(ctx, key),
        "volume-attached" => volume::attached(ctx, key),
        "volume-detached" => volume::detached(ctx, key),
        "volume-optimizing" => volume::modified(ctx, key, "optimizing"),
        "volume-modified" => volume::modified(ctx, key, "completed"),
        "volume-deleted" => kind::VOLUME.forget(ctx, key),
        "snapshot-completed" => volume::snapshot_completed(ctx, key),
        "interface-attached" => network_interface::attached(ctx, key),
        "interface-detached" => network_interface::loosen(ctx, key, false),
        "placement-group-available" => {
            kind::PLACEMENT_GROUP.update(ctx, key, |g| set(g, "State", "available"));
        }
        "placement-group-deleted" => kind::PLACEMENT_GROUP.forget(ctx, key),
        "vpn-gateway-forgotten" => kind::VPN_GATEWAY.forget(ctx, key),
        // Only this crate sets timers; one it no longer knows is from an older state and has nothing to do.
        _ => {}
    }
}

/// Whether somebody asked for this resource: AWS did not make it with another one, and it is not deleted.
pub(crate) fn made_by_somebody(kind: &str, doc: &Value) -> bool {
    let state = text(doc, "State");
    match kind {
        "natgateway" | "vpc-endpoint" | "vpn-gateway" => !matches!(state, "deleted" | "deleting" | "failed"),
        "security-group" => text(doc, "GroupName") != "default" && doc.get("_with").is_none(),
        "network-acl" => doc["IsDefault"] != true,
        "route-table" => !route_table::is_main(doc),
        "network-interface" => doc["RequesterManaged"] != true && doc.get("_with").is_none(),
        "instance" if doc["_with"] == "group" => false,
        "instance" => !matches!(text(&doc["State"], "Name"), "terminated" | "shutting-down"),
        "spot-instances-request" => spot::stands(doc),
        // What was made with an instance is counted once it is on its own.
        "volume" => state != "deleting" && (doc.get("_with").is_none() || state == "available"),
        "vpc-block-public-access-exclusion" => !state.starts_with("delete"),
        "placement-group" => state != "deleting",
        "ebs-settings" => false,
        block_public_access::TABLE => text(doc, "InternetGatewayBlockMode") != "off",
        "dhcp-options" => doc["_default"] != true,
        _ => true,
    }
}
