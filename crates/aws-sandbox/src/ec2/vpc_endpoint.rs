//! VPC endpoints: gateways, which are routes, and interfaces.

use serde_json::{Value, json};

use super::kind::{Describe, NETWORK_INTERFACE, ROUTE_TABLE, SECURITY_GROUP, SUBNET, VPC, VPC_ENDPOINT};
use super::{endpoint_service, network_interface, prefix_list, route_table, security_group, subnet, tags, vpc};
use crate::context::Ctx;
use crate::document::{items, items_mut, public, set, text};
use crate::error::{Answer, AwsError};
use crate::input::Input;
use crate::policy;
use crate::sandbox::Operations;

pub(crate) const OPERATIONS: Operations = &[
    ("CreateVpcEndpoint", create),
    ("DescribeVpcEndpoints", describe),
    ("ModifyVpcEndpoint", modify),
    ("DeleteVpcEndpoints", delete),
];

/// What an endpoint without a policy of its own allows: everything. The text is as AWS returns it for
/// gateway endpoints, and for interface endpoints.
const GATEWAY_POLICY: &str =
    r#"{"Version":"2008-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}]}"#;
const INTERFACE_POLICY: &str = r#"{"Statement":[{"Action":"*","Effect":"Allow","Principal":"*","Resource":"*"}]}"#;

fn check_policy(document: &str) -> Result<(), AwsError> {
    policy::check(document, policy::Kind::Resource)
        .map(|_| ())
        .map_err(|why| AwsError::new("InvalidPolicyDocument", format!("The policy document is not valid: {why}")))
}

fn create(ctx: &mut Ctx, input: &Input) -> Answer {
    input.refuse(&["ServiceNetworkArn", "ResourceConfigurationArn"])?;
    if let Some(region) = input.filled("ServiceRegion")?
        && region != ctx.region
    {
        return Err(AwsError::not_implemented("endpoints for services of another region (ServiceRegion)"));
    }
    let vpc_id = input.str("VpcId")?.to_owned();
    let vpc = VPC.get(ctx, &vpc_id)?.clone();
    let token = input.filled("ClientToken")?.map(str::to_owned);
    if let Some(token) = &token
        && let Some(same) = VPC_ENDPOINT.all(ctx).find(|e| e["_token"] == token.as_str())
    {
        return Ok(json!({"VpcEndpoint": public(same), "ClientToken": token}));
    }
    let kind = input.filled("VpcEndpointType")?.unwrap_or("Gateway");
    let name = input.str("ServiceName")?;
    let service = endpoint_service::find(ctx, name, kind)?;
    let tags = tags::on_create(input, VPC_ENDPOINT.table)?;
    let gateway = service.kind == "Gateway";
    let policy = input.filled("PolicyDocument")?;
    if let Some(p) = policy {
        check_policy(p)?;
    }
    let default_policy = if gateway { GATEWAY_POLICY } else { INTERFACE_POLICY };
    let id = ctx.new_id("vpce");
    let mut doc = json!({
        "VpcEndpointId": id,
        "VpcEndpointType": service.kind,
        "VpcId": vpc_id,
        "ServiceName": name,
        "State": if gateway { "available" } else { "pending" },
        "PolicyDocument": policy.unwrap_or(default_policy),
        "RouteTableIds": [],
        "SubnetIds": [],
        "Groups": [],
        "PrivateDnsEnabled": false,
        "RequesterManaged": false,
        "NetworkInterfaceIds": [],
        "DnsEntries": [],
        "CreationTimestamp": ctx.timestamp(),
        "Tags": tags,
        "OwnerId": ctx.account,
        "ServiceRegion": ctx.region,
        "_service": service.short,
        "_dns": service.private_dns,
    });
    if let Some(t) = &token {
        set(&mut doc, "_token", t.as_str());
    }
    let made = if gateway { create_gateway(ctx, input, doc)? } else { create_interface(ctx, input, doc, &vpc)? };
    let mut out = json!({"VpcEndpoint": public(&made)});
    crate::document::set_some(&mut out, "ClientToken", token);
    Ok(out)
}

fn create_gateway(ctx: &mut Ctx, input: &Input, mut doc: Value) -> Result<Value, AwsError> {
    if input.flag("PrivateDnsEnabled")? {
        return Err(AwsError::new(
            "InvalidParameter",
            "Private DNS can't be enabled because the endpoint is a gateway endpoint.",
        ));
    }
    for (member, what) in [("SubnetIds", "subnets"), ("SecurityGroupIds", "security groups")] {
        if !input.strings(member)?.is_empty() {
            return Err(AwsError::new("InvalidParameter", format!("Gateway endpoints do not have {what}.")));
        }
    }
    dns_options(input, &mut doc, true)?;
    let gateways = VPC_ENDPOINT.all(ctx).filter(|e| text(e, "VpcEndpointType") == "Gateway").count();
    if gateways >= ctx.quotas.gateway_endpoints_per_region {
        return Err(AwsError::new("VpcEndpointLimitExceeded", "The maximum number of VPC endpoints has been reached."));
    }
    let (id, vpc) = (text(&doc, "VpcEndpointId").to_owned(), text(&doc, "VpcId").to_owned());
    let tables: Vec<String> = input.strings("RouteTableIds")?.into_iter().map(str::to_owned).collect();
    VPC_ENDPOINT.put(ctx, doc);
    for table in &tables {
        add_table(ctx, &id, &vpc, table)?;
    }
    VPC_ENDPOINT.get(ctx, &id).cloned()
}

fn add_table(ctx: &mut Ctx, id: &str, vpc: &str, table: &str) -> Result<(), AwsError> {
    let doc = ROUTE_TABLE.get(ctx, table)?;
    if text(doc, "VpcId") != vpc {
        return Err(AwsError::new(
            "InvalidParameter",
            format!("Route table {table} does not belong to the VPC {vpc}."),
        ));
    }
    let endpoint = VPC_ENDPOINT.get(ctx, id)?;
    if items(endpoint, "RouteTableIds").iter().any(|t| t == table) {
        return Ok(());
    }
    let list = prefix_list::id(&ctx.region, text(endpoint, "_service"));
    if items(doc, "Routes").iter().any(|r| text(r, "DestinationPrefixListId") == list) {
        return Err(AwsError::new(
            "RouteAlreadyExists",
            format!("route table {table} already has a route with destination-prefix-list-id {list}"),
        ));
    }
    route_table::add_endpoint_route(ctx, table, &list, id);
    VPC_ENDPOINT.update(ctx, id, |e| {
        if let Some(tables) = items_mut(e, "RouteTableIds") {
            tables.push(json!(table));
        }
    });
    Ok(())
}

/// A route table that is deleted is no longer the endpoint's.
pub(crate) fn release_route_table(ctx: &mut Ctx, table: &str) {
    let ids: Vec<String> = VPC_ENDPOINT
        .all(ctx)
        .filter(|e| items(e, "RouteTableIds").iter().any(|t| t == table))
        .map(|e| text(e, "VpcEndpointId").to_owned())
        .collect();
    for id in ids {
        VPC_ENDPOINT.update(ctx, &id, |e| {
            if let Some(tables) = items_mut(e, "RouteTableIds") {
                tables.retain(|t| t != table);
            }
        });
    }
}

fn dns_options(input: &Input, doc: &mut Value, gateway: bool) -> Result<(), AwsError> {
    let before = text(doc, "IpAddressType").to_owned();
    let kind = match input.filled("IpAddressType")? {
        None if before.is_empty() => "ipv4".to_owned(),
        None => before,
        Some(kind @ ("dualstack" | "ipv6")) if gateway => {
            return Err(AwsError::not_implemented(format!("gateway endpoints with IpAddressType {kind}")));
        }
        Some(kind @ ("ipv4" | "dualstack" | "ipv6")) => kind.to_owned(),
        Some(other) => {
            return Err(input.invalid(format!("Value ({other}) for parameter ipAddressType is invalid.")));
        }
    };
    // Without options the records of a new endpoint follow the kind of address; those of one that is there stay.
    let mut record = match text(&doc["DnsOptions"], "DnsRecordIpType") {
        have if !have.is_empty() => have.to_owned(),
        _ if gateway => "service-defined".to_owned(),
        _ => kind.clone(),
    };
    let mut inbound = doc["DnsOptions"]["PrivateDnsOnlyForInboundResolverEndpoint"].as_bool();
    if let Some(options) = input.opt_structure("DnsOptions") {
        options.refuse(&["PrivateDnsPreference", "PrivateDnsSpecifiedDomains"])?;
        if let Some(kind) = options.filled("DnsRecordIpType")? {
            record = kind.to_owned();
        }
        inbound = options.opt_bool("PrivateDnsOnlyForInboundResolverEndpoint")?.or(inbound);
    }
    let fits = match kind.as_str() {
        "dualstack" => matches!(record.as_str(), "ipv4" | "ipv6" | "dualstack" | "service-defined"),
        kind => record == kind || record == "service-defined",
    };
    if !fits {
        return Err(AwsError::new(
            "InvalidParameter",
            format!("The DNS record IP type {record} is not possible for an endpoint with the IP address type {kind}."),
        ));
    }
    set(doc, "IpAddressType", kind);
    let mut options = json!({"DnsRecordIpType": record});
    crate::document::set_some(&mut options, "PrivateDnsOnlyForInboundResolverEndpoint", inbound);
    set(doc, "DnsOptions", options);
    Ok(())
}

fn check_private_dns(ctx: &Ctx, id: &str, vpc: &Value, service: &str) -> Result<(), AwsError> {
    if !vpc::attribute(vpc, "enableDnsSupport") || !vpc::attribute(vpc, "enableDnsHostnames") {
        return Err(AwsError::new(
            "InvalidParameter",
            "Enabling private DNS requires both enableDnsSupport and enableDnsHostnames VPC attributes set to true for the VPC.",
        ));
    }
    let conflict = VPC_ENDPOINT.all(ctx).any(|e| {
        text(e, "VpcEndpointId") != id
            && e["VpcId"] == vpc["VpcId"]
            && text(e, "_service") == service
            && e["PrivateDnsEnabled"] == true
    });
    if conflict {
        return Err(AwsError::new(
            "InvalidParameter",
            format!(
                "private-dns-enabled cannot be set because there is already a conflicting DNS domain for {service} in the VPC {}",
                text(vpc, "VpcId")
            ),
        ));
    }
    Ok(())
}

fn create_interface(ctx: &mut Ctx, input: &Input, mut doc: Value, vpc: &Value) -> Result<Value, AwsError> {
    if !input.strings("RouteTableIds")?.is_empty() {
        return Err(AwsError::new("InvalidParameter", "Interface endpoints do not have route tables."));
    }
    dns_options(input, &mut doc, false)?;
    let (id, vpc_id) = (text(&doc, "VpcEndpointId").to_owned(), text(vpc, "VpcId").to_owned());
    let interfaces = VPC_ENDPOINT
        .all(ctx)
        .filter(|e| text(e, "VpcEndpointType") == "Interface" && text(e, "VpcId") == vpc_id)
        .count();
    if interfaces >= ctx.quotas.interface_endpoints_per_vpc {
        return Err(AwsError::new("VpcEndpointLimitExceeded", "The maximum number of VPC endpoints has been reached."));
    }
    let given = input.strings("SecurityGroupIds")?;
    let default = security_group::default_of(ctx, &vpc_id);
    let ids: Vec<&str> = if given.is_empty() { default.iter().map(String::as_str).collect() } else { given };
    let groups = network_interface::groups(ctx, &ids, &vpc_id)?;
    set(&mut doc, "Groups", groups);
    let service = text(&doc, "_service").to_owned();
    // On AWS the parameter's default is true where a service has a private DNS name.
    let private = input.opt_bool("PrivateDnsEnabled")?.unwrap_or(true);
    if private {
        check_private_dns(ctx, &id, vpc, &service)?;
    }
    set(&mut doc, "PrivateDnsEnabled", private);
    let unique: String = ctx.new_bytes("endpoint-dns")[..4].iter().map(|b| format!("{b:02x}")).collect();
    set(&mut doc, "_unique", unique);
    let subnets: Vec<String> = input.strings("SubnetIds")?.into_iter().map(str::to_owned).collect();
    VPC_ENDPOINT.put(ctx, doc);
    let addresses = addresses(input)?;
    for s in &subnets {
        add_subnet(ctx, &id, s, addresses.iter().find(|a| a.subnet == *s))?;
    }
    follow_ip_type(ctx, &id, &addresses)?;
    rewrite_dns(ctx, &id);
    ctx.after(60, "endpoint-available", &id);
    VPC_ENDPOINT.get(ctx, &id).cloned()
}

/// Addresses that an endpoint is to have in a subnet.
struct Addresses {
    subnet: String,
    ipv4: Option<String>,
    ipv6: Option<String>,
}

fn addresses(input: &Input) -> Result<Vec<Addresses>, AwsError> {
    let one = |c: Input| -> Result<Addresses, AwsError> {
        let text = |name: &str| Ok(c.filled(name)?.map(str::to_owned));
        Ok(Addresses { subnet: c.str("SubnetId")?.to_owned(), ipv4: text("Ipv4")?, ipv6: text("Ipv6")? })
    };
    input.structures("SubnetConfigurations")?.into_iter().map(one).collect()
}

/// The interfaces of an endpoint in a subnet.
fn interfaces_in(ctx: &Ctx, endpoint: &Value, subnet_id: &str) -> Vec<String> {
    let ids = items(endpoint, "NetworkInterfaceIds").iter().filter_map(Value::as_str);
    ids.filter(|e| NETWORK_INTERFACE.find(ctx, e).is_some_and(|e| text(e, "SubnetId") == subnet_id))
        .map(str::to_owned)
        .collect()
}

/// Gives the interfaces of an endpoint IPv6 addresses, or takes them, as its kind of address wants it.
fn follow_ip_type(ctx: &mut Ctx, id: &str, wanted: &[Addresses]) -> Result<(), AwsError> {
    let endpoint = VPC_ENDPOINT.get(ctx, id)?.clone();
    let with_ipv6 = text(&endpoint, "IpAddressType") != "ipv4";
    for eni in items(&endpoint, "NetworkInterfaceIds").iter().filter_map(Value::as_str) {
        let held = NETWORK_INTERFACE.get(ctx, eni)?.clone();
        let has = !items(&held, "Ipv6Addresses").is_empty();
        let asked = wanted.iter().find(|a| a.subnet == text(&held, "SubnetId")).and_then(|a| a.ipv6.as_deref());
        let mut now = items(&held, "Ipv6Addresses").to_vec();
        if !with_ipv6 {
            now.clear();
        } else if !has || asked.is_some_and(|a| text(&now[0], "Ipv6Address") != a) {
            let place = SUBNET.get(ctx, text(&held, "SubnetId"))?.clone();
            now = vec![json!({"Ipv6Address": subnet::take_ipv6(ctx, &place, asked)?, "IsPrimaryIpv6": false})];
        }
        NETWORK_INTERFACE.update(ctx, eni, |e| set(e, "Ipv6Addresses", now));
    }
    Ok(())
}

fn add_subnet(ctx: &mut Ctx, id: &str, subnet_id: &str, wanted: Option<&Addresses>) -> Result<(), AwsError> {
    let endpoint = VPC_ENDPOINT.get(ctx, id)?.clone();
    let place = SUBNET.get(ctx, subnet_id)?.clone();
    if place["VpcId"] != endpoint["VpcId"] {
        return Err(AwsError::new(
            "InvalidParameter",
            format!("The subnet ID '{subnet_id}' does not belong to the VPC of the endpoint."),
        ));
    }
    for have in items(&endpoint, "SubnetIds").iter().filter_map(Value::as_str) {
        if have == subnet_id {
            return Ok(());
        }
        if SUBNET.find(ctx, have).is_some_and(|h| h["AvailabilityZone"] == place["AvailabilityZone"]) {
            return Err(AwsError::new(
                "DuplicateSubnetsInSameZone",
                format!("Found another VPC endpoint subnet in the availability zone of {subnet_id}."),
            ));
        }
    }
    let ip = subnet::take_address(ctx, &place, wanted.and_then(|a| a.ipv4.as_deref()))?.to_string();
    let eni = network_interface::make(
        ctx,
        &place,
        &ip,
        &endpoint["Groups"],
        &format!("VPC Endpoint Interface {id}"),
        "vpc_endpoint",
    );
    VPC_ENDPOINT.update(ctx, id, |e| {
        if let Some(list) = items_mut(e, "SubnetIds") {
            list.push(json!(subnet_id));
        }
        if let Some(list) = items_mut(e, "NetworkInterfaceIds") {
            list.push(json!(eni));
        }
    });
    Ok(())
}

fn remove_subnet(ctx: &mut Ctx, id: &str, subnet_id: &str) -> Result<(), AwsError> {
    let endpoint = VPC_ENDPOINT.get(ctx, id)?.clone();
    let enis = interfaces_in(ctx, &endpoint, subnet_id);
    for eni in &enis {
        NETWORK_INTERFACE.forget(ctx, eni);
    }
    VPC_ENDPOINT.update(ctx, id, |e| {
        if let Some(list) = items_mut(e, "SubnetIds") {
            list.retain(|s| s != subnet_id);
        }
        if let Some(list) = items_mut(e, "NetworkInterfaceIds") {
            list.retain(|e| !enis.iter().any(|gone| e == gone));
        }
    });
    Ok(())
}

/// The hosted zone of endpoint names, which AWS owns; the same for all endpoints of a region.
const HOSTED_ZONE: &str = "Z38GZ743OKFT7T";

/// Names of the endpoint: one for all, one per zone, and the service's own when private DNS is on.
fn rewrite_dns(ctx: &mut Ctx, id: &str) {
    let Some(e) = VPC_ENDPOINT.find(ctx, id).cloned() else { return };
    let domain = format!("{}.{}.vpce.amazonaws.com", text(&e, "_service"), ctx.region);
    let base = format!("{id}-{}", text(&e, "_unique"));
    let mut entries = vec![json!({"DnsName": format!("{base}.{domain}"), "HostedZoneId": HOSTED_ZONE})];
    let subnets = items(&e, "SubnetIds").iter().filter_map(|s| SUBNET.find(ctx, s.as_str()?));
    let mut zones: Vec<&str> = subnets.map(|s| text(s, "AvailabilityZone")).collect();
    // In the order of the zones, so that the same configuration says the same whatever the ids of its subnets are.
    zones.sort_unstable();
    for zone in zones {
        entries.push(json!({"DnsName": format!("{base}-{zone}.{domain}"), "HostedZoneId": HOSTED_ZONE}));
    }
    if e["PrivateDnsEnabled"] == true {
        let zone = format!("Z{}", text(&e, "_unique").to_uppercase());
        entries.push(json!({"DnsName": e["_dns"], "HostedZoneId": zone}));
    }
    VPC_ENDPOINT.update(ctx, id, |e| set(e, "DnsEntries", entries));
}

/// The endpoint works.
pub(crate) fn available(ctx: &mut Ctx, id: &str) {
    VPC_ENDPOINT.update(ctx, id, |e| {
        if text(e, "State") == "pending" {
            set(e, "State", "available");
        }
    });
}

fn describe(ctx: &mut Ctx, input: &Input) -> Answer {
    let shape = Describe {
        ids: "VpcEndpointIds",
        filter_member: "Filters",
        list: "VpcEndpoints",
        filters: &[
            ("ip-address-type", "IpAddressType"),
            ("service-name", "ServiceName"),
            ("service-region", "ServiceRegion"),
            ("vpc-endpoint-id", "VpcEndpointId"),
            ("vpc-endpoint-state", "State"),
            ("vpc-endpoint-type", "VpcEndpointType"),
            ("vpc-id", "VpcId"),
        ],
    };
    VPC_ENDPOINT.describe(ctx, input, &shape, |_, e| e.clone())
}

fn modify(ctx: &mut Ctx, input: &Input) -> Answer {
    let id = input.str("VpcEndpointId")?;
    let addresses = addresses(input)?;
    let mut doc = VPC_ENDPOINT.get(ctx, id)?.clone();
    let vpc = text(&doc, "VpcId").to_owned();
    let gateway = text(&doc, "VpcEndpointType") == "Gateway";
    if input.flag("ResetPolicy")? {
        set(&mut doc, "PolicyDocument", if gateway { GATEWAY_POLICY } else { INTERFACE_POLICY });
    }
    if let Some(p) = input.filled("PolicyDocument")? {
        check_policy(p)?;
        set(&mut doc, "PolicyDocument", p);
    }
    if input.has("DnsOptions") || input.has("IpAddressType") {
        dns_options(input, &mut doc, gateway)?;
    }
    let (add, remove) = (input.strings("AddSecurityGroupIds")?, input.strings("RemoveSecurityGroupIds")?);
    if !add.is_empty() || !remove.is_empty() {
        for g in &remove {
            SECURITY_GROUP.get(ctx, g)?;
        }
        let mut ids: Vec<String> = items(&doc, "Groups").iter().map(|g| text(g, "GroupId").to_owned()).collect();
        ids.extend(add.iter().map(|g| (*g).to_owned()));
        ids.retain(|g| !remove.contains(&g.as_str()));
        ids.dedup();
        if ids.is_empty() {
            return Err(AwsError::new(
                "InvalidParameter",
                "An interface endpoint must have at least one security group.",
            ));
        }
        let groups = network_interface::groups(ctx, &ids.iter().map(String::as_str).collect::<Vec<_>>(), &vpc)?;
        for eni in items(&doc, "NetworkInterfaceIds").iter().filter_map(Value::as_str) {
            NETWORK_INTERFACE.update(ctx, eni, |e| set(e, "Groups", groups.clone()));
        }
        set(&mut doc, "Groups", groups);
    }
    if let Some(private) = input.opt_bool("PrivateDnsEnabled")? {
        if private {
            let vpc = VPC.get(ctx, &vpc)?;
            check_private_dns(ctx, id, vpc, text(&doc, "_service"))?;
        }
        set(&mut doc, "PrivateDnsEnabled", private);
    }
    VPC_ENDPOINT.put(ctx, doc);
    for table in input.strings("RemoveRouteTableIds")? {
        ROUTE_TABLE.get(ctx, table)?;
        route_table::remove_endpoint_routes(ctx, table, id);
        VPC_ENDPOINT.update(ctx, id, |e| {
            if let Some(list) = items_mut(e, "RouteTableIds") {
                list.retain(|t| t != table);
            }
        });
    }
    for table in input.strings("AddRouteTableIds")? {
        add_table(ctx, id, &vpc, table)?;
    }
    for s in input.strings("RemoveSubnetIds")? {
        remove_subnet(ctx, id, s)?;
    }
    for s in input.strings("AddSubnetIds")? {
        add_subnet(ctx, id, s, addresses.iter().find(|a| a.subnet == s))?;
    }
    // An address in a subnet that it is in already is another interface.
    for a in &addresses {
        let endpoint = VPC_ENDPOINT.get(ctx, id)?.clone();
        let has = |ip: &str| {
            interfaces_in(ctx, &endpoint, &a.subnet)
                .iter()
                .any(|e| NETWORK_INTERFACE.find(ctx, e).is_some_and(|e| text(e, "PrivateIpAddress") == ip))
        };
        if a.ipv4.as_deref().is_some_and(|ip| !has(ip)) {
            remove_subnet(ctx, id, &a.subnet)?;
            add_subnet(ctx, id, &a.subnet, Some(a))?;
        }
    }
    if !gateway {
        follow_ip_type(ctx, id, &addresses)?;
        rewrite_dns(ctx, id);
    }
    Ok(json!({"Return": true}))
}

fn delete(ctx: &mut Ctx, input: &Input) -> Answer {
    let mut unsuccessful = Vec::new();
    for id in input.strings("VpcEndpointIds")? {
        let doc = match VPC_ENDPOINT.get(ctx, id) {
            Ok(doc) => doc.clone(),
            Err(e) => {
                unsuccessful.push(json!({"ResourceId": id, "Error": {"Code": e.code, "Message": e.message}}));
                continue;
            }
        };
        for table in items(&doc, "RouteTableIds").iter().filter_map(Value::as_str) {
            route_table::remove_endpoint_routes(ctx, table, id);
        }
        if text(&doc, "VpcEndpointType") == "Gateway" {
            VPC_ENDPOINT.forget(ctx, id);
        } else if text(&doc, "State") != "deleting" {
            VPC_ENDPOINT.update(ctx, id, |e| set(e, "State", "deleting"));
            ctx.after(60, "endpoint-deleted", id);
        }
    }
    Ok(json!({"Unsuccessful": unsuccessful}))
}

/// The endpoint is gone with its interfaces.
pub(crate) fn deleted(ctx: &mut Ctx, id: &str) {
    let Some(e) = VPC_ENDPOINT.find(ctx, id).cloned() else { return };
    for eni in items(&e, "NetworkInterfaceIds").iter().filter_map(Value::as_str) {
        NETWORK_INTERFACE.forget(ctx, eni);
    }
    VPC_ENDPOINT.forget(ctx, id);
}
