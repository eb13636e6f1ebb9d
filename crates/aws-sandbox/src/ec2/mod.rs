//! EC2: the network.

mod account;
mod address;
mod cidr;
mod dhcp_options;
mod egress_only_internet_gateway;
mod endpoint_service;
mod filters;
mod flow_log;
mod gateways;
mod internet_gateway;
mod kind;
mod nat_gateway;
mod network_acl;
mod network_interface;
mod permission;
mod prefix_list;
mod route;
mod route_table;
mod security_group;
mod security_group_rule;
mod subnet;
mod tags;
mod vpc;
mod vpc_cidr;
mod vpc_endpoint;
mod zones;

use serde_json::Value;

use crate::context::Ctx;
use crate::document::text;
use crate::sandbox::Operations;
pub(crate) use kind::{NETWORK_INTERFACE, SUBNET};
pub(crate) use network_interface::{groups as network_interface_groups, make as make_network_interface};
pub(crate) use security_group::default_of as default_security_group;
pub(crate) use subnet::take_address;
pub(crate) use zones::zone;

/// Everything EC2 answers.
pub(crate) const OPERATIONS: &[Operations] = &[
    account::OPERATIONS,
    address::OPERATIONS,
    dhcp_options::OPERATIONS,
    egress_only_internet_gateway::OPERATIONS,
    endpoint_service::OPERATIONS,
    flow_log::OPERATIONS,
    gateways::OPERATIONS,
    internet_gateway::OPERATIONS,
    nat_gateway::OPERATIONS,
    network_acl::OPERATIONS,
    network_interface::OPERATIONS,
    prefix_list::OPERATIONS,
    route::OPERATIONS,
    route_table::OPERATIONS,
    security_group::OPERATIONS,
    security_group_rule::OPERATIONS,
    subnet::OPERATIONS,
    tags::OPERATIONS,
    vpc::OPERATIONS,
    vpc_cidr::OPERATIONS,
    vpc_endpoint::OPERATIONS,
    zones::OPERATIONS,
];

/// What a timer set with [`Ctx::after`] does.
pub(crate) fn event(ctx: &mut Ctx, event: &str, key: &str) {
    match event {
        "vpc-available" => vpc::available(ctx, key),
        "vpc-cidr-settled" => vpc_cidr::settled(ctx, key),
        "nat-available" => nat_gateway::available(ctx, key),
        "nat-deleted" => nat_gateway::deleted(ctx, key),
        "nat-forgotten" => kind::NAT_GATEWAY.forget(ctx, key),
        "endpoint-available" => vpc_endpoint::available(ctx, key),
        "endpoint-deleted" => vpc_endpoint::deleted(ctx, key),
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
        "security-group" => text(doc, "GroupName") != "default",
        "network-acl" => doc["IsDefault"] != true,
        "route-table" => !route_table::is_main(doc),
        "network-interface" => doc["RequesterManaged"] != true,
        "dhcp-options" => doc["_default"] != true,
        _ => true,
    }
}
