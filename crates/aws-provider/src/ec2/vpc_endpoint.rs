//! `aws_vpc_endpoint` (<https://registry.terraform.io/providers/hashicorp/aws/5.100.0/docs/resources/vpc_endpoint>).

use serde_json::{Map, Value as Json, json};

use crate::cx::Cx;
use crate::decl::*;
use crate::doc;
use crate::fail::Fail;
use crate::obj::Obj;
use crate::plan::Plan;
use crate::work::Work;

/// `DescribeVpcEndpoints`.
pub static VPC_ENDPOINTS: Many = super::many(
    "DescribeVpcEndpoints",
    "VpcEndpointIds",
    "VpcEndpoints",
    "VpcEndpointId",
    Some(("Filters", "vpc-endpoint-id")),
);

const DNS_ENTRY: Kind = Kind::Object(&[string("dns_name"), string("hosted_zone_id")]);

const DNS_OPTIONS: Kind = Kind::Object(&[
    string("dns_record_ip_type").optional_computed().check(&[Check::OneOf(&[
        "ipv4",
        "dualstack",
        "ipv6",
        "service-defined",
    ])]),
    boolean("private_dns_only_for_inbound_resolver_endpoint").zero(),
]);

const SUBNET_CONFIGURATION: Kind = Kind::Object(&[string("ipv4"), string("ipv6"), string("subnet_id")]);

/// `aws_vpc_endpoint`.
pub static VPC_ENDPOINT: Resource = resource("aws_vpc_endpoint", &super::EC2)
    .arn("ec2:vpc-endpoint/{id}")
    .attrs(&[
        string("arn").computed().unread(),
        boolean("auto_accept").local(),
        list("cidr_blocks", &Kind::String).computed().unread(),
        list("dns_entry", &DNS_ENTRY).computed().from("DnsEntries").zero(),
        block("dns_options", &DNS_OPTIONS).optional_computed().unread(),
        string("ip_address_type").optional_computed().zero().check(&[Check::OneOf(&["ipv4", "dualstack", "ipv6"])]),
        strings("network_interface_ids").computed().zero(),
        string("owner_id").computed(),
        policy("policy").optional_computed().from("PolicyDocument").to("PolicyDocument"),
        string("prefix_list_id").computed().unread(),
        boolean("private_dns_enabled").optional_computed().zero(),
        boolean("requester_managed").computed().zero(),
        string("resource_configuration_arn")
            .zero()
            .replaces()
            .exactly_one_of(&["resource_configuration_arn", "service_name", "service_network_arn"])
            .check(&[Check::Arn]),
        strings("route_table_ids").optional_computed().zero(),
        strings("security_group_ids").optional_computed().from("Groups[].GroupId").zero(),
        string("service_name").replaces().zero(),
        string("service_network_arn").zero().replaces().check(&[Check::Arn]),
        string("service_region").optional_computed().zero().replaces(),
        string("state").computed(),
        block_set("subnet_configuration", &SUBNET_CONFIGURATION).optional_computed().unread().unsent(),
        strings("subnet_ids").optional_computed().zero(),
        string("vpc_endpoint_type").default_str("Gateway").replaces().check(&[Check::OneOf(&[
            "Gateway",
            "Interface",
            "GatewayLoadBalancer",
            "Resource",
            "ServiceNetwork",
        ])]),
        string("vpc_id").required().replaces(),
    ])
    .tagged(super::tags("vpc-endpoint"))
    .timeouts(&[("create", 600), ("update", 600), ("delete", 600)])
    .create_with(create)
    .key(&[("VpcEndpointId", "id")])
    .read(Read::Many(&VPC_ENDPOINTS))
    .dead("State", &["deleted", "Deleted"])
    .wait("State", &["pending", "Pending"], &["available", "Available", "pendingAcceptance", "PendingAcceptance"])
    .failure_reason("LastError.Message")
    .updates(&[
        update_with(accept, &["auto_accept"]),
        update_with(
            change,
            &[
                "dns_options",
                "ip_address_type",
                "policy",
                "private_dns_enabled",
                "route_table_ids",
                "security_group_ids",
                "subnet_configuration",
                "subnet_ids",
            ],
        ),
    ])
    .delete_with(delete)
    .gone(&["InvalidVpcEndpointId.NotFound", "InvalidVpcEndpoint.NotFound"])
    .faults(&[
        ("InvalidServiceName", "service_name"),
        ("InvalidSubnetId.NotFound", "subnet_ids"),
        ("InvalidRouteTableId.NotFound", "route_table_ids"),
        ("InvalidGroup.NotFound", "security_group_ids"),
    ])
    .plans(plan)
    .after_read(read);

fn plan(_: &Cx, plan: &mut Plan) -> Result<(), Fail> {
    // The interfaces follow the subnets.
    if !plan.creating() && plan.changes("subnet_ids") && !plan.config.is_zero("subnet_ids") {
        plan.unknown("network_interface_ids");
        if plan.config.is_zero("subnet_configuration") {
            plan.unknown("subnet_configuration");
        }
    }
    Ok(())
}

fn subnet_configurations(obj: &Obj) -> Json {
    let one = |s: Obj| {
        let mut out = Map::new();
        for (name, member) in [("ipv4", "Ipv4"), ("ipv6", "Ipv6"), ("subnet_id", "SubnetId")] {
            if let Some(v) = s.str(name) {
                out.insert(member.into(), json!(v));
            }
        }
        Json::Object(out)
    };
    obj.objects("subnet_configuration").into_iter().map(one).collect()
}

fn create<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let mut input = Map::new();
        doc::input(work.resource.attrs, &work.state, &mut input);
        if !work.config.is_zero("subnet_configuration") {
            input.insert("SubnetConfigurations".into(), subnet_configurations(&work.config));
        }
        // AWS turns private names on where nothing is said.
        input.insert("PrivateDnsEnabled".into(), json!(work.state.bool("private_dns_enabled")));
        if let Some(t) = &work.resource.tags {
            t.at_creation(&cx.settings.tags.all(&work.config.get("tags")).unwrap_or_default(), &mut input);
        }
        let answer = cx.ec2("CreateVpcEndpoint", Json::Object(input)).await?;
        work.state.set("id", doc::text(&answer, "VpcEndpoint.VpcEndpointId"));
        if work.state.bool("auto_accept")
            && doc::text(&answer, "VpcEndpoint.State").eq_ignore_ascii_case("pendingAcceptance")
        {
            accept_connection(cx, work).await?;
        }
        Ok(())
    })
}

async fn accept_connection(cx: &Cx, work: &Work) -> Result<(), Fail> {
    let filters = super::filter_list(&[("service-name", work.state.text("service_name"))]);
    let services = cx.ec2("DescribeVpcEndpointServiceConfigurations", json!({"Filters": filters})).await?;
    let service = doc::text(&services, "ServiceConfigurations[0].ServiceId");
    cx.ec2("AcceptVpcEndpointConnections", json!({"ServiceId": service, "VpcEndpointIds": [work.state.id()]})).await?;
    Ok(())
}

fn accept<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        if work.state.bool("auto_accept") && work.prior.text("state").eq_ignore_ascii_case("pendingAcceptance") {
            accept_connection(cx, work).await?;
        }
        Ok(())
    })
}

fn read<'a>(cx: &'a Cx, obj: &'a mut Obj, item: &'a Json) -> Fut<'a, bool> {
    Box::pin(async move {
        let options = doc::at(item, "DnsOptions");
        let options = options.filter(|o| o.as_object().is_some_and(|o| !o.is_empty()));
        let row = |o: Json| {
            json!({
                "dns_record_ip_type": doc::text(&o, "DnsRecordIpType"),
                "private_dns_only_for_inbound_resolver_endpoint": doc::flag(&o, "PrivateDnsOnlyForInboundResolverEndpoint"),
            })
        };
        obj.set_json("dns_options", &options.map(row).into_iter().collect())?;
        obj.set_json("cidr_blocks", &json!([]))?;
        // A service has a list of its addresses however it is reached: S3 also behind interfaces.
        let service = obj.text("service_name").to_owned();
        obj.clear("prefix_list_id");
        if !service.is_empty() {
            // AWS keeps some ten of them in a region, so one request does for all endpoints.
            let lists = cx.list_once("ec2", "DescribePrefixLists", "PrefixLists", json!({})).await?;
            if let Some(list) = lists.iter().find(|l| doc::text(l, "PrefixListName") == service) {
                obj.set("prefix_list_id", doc::text(list, "PrefixListId"));
                obj.set_json("cidr_blocks", &json!(doc::texts(list, "Cidrs")))?;
            }
        }
        let configured = interfaces(cx, obj).await?;
        obj.set_json("subnet_configuration", &configured)?;
        Ok(true)
    })
}

/// The addresses of an endpoint in its subnets.
async fn interfaces(cx: &Cx, obj: &Obj) -> Result<Json, Fail> {
    let ids: Vec<String> = obj.strs("network_interface_ids").into_iter().map(String::from).collect();
    let mut all = Vec::with_capacity(ids.len());
    let found = futures_util::future::join_all(ids.iter().map(|id| cx.load(&super::NETWORK_INTERFACES, id))).await;
    for eni in found {
        if let Some(eni) = eni? {
            all.push(json!({
                "ipv4": doc::text(&eni, "PrivateIpAddress"),
                "ipv6": doc::text(&eni, "Ipv6Address"),
                "subnet_id": doc::text(&eni, "SubnetId"),
            }));
        }
    }
    Ok(all.into())
}

fn change<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let mut input = Map::new();
        input.insert("VpcEndpointId".into(), json!(work.state.id()));
        for (name, add, remove) in [
            ("route_table_ids", "AddRouteTableIds", "RemoveRouteTableIds"),
            ("security_group_ids", "AddSecurityGroupIds", "RemoveSecurityGroupIds"),
            ("subnet_ids", "AddSubnetIds", "RemoveSubnetIds"),
        ] {
            if !work.changes(name) {
                continue;
            }
            let (old, new) = (work.prior.strs(name), work.state.strs(name));
            let come: Vec<&&str> = new.iter().filter(|n| !old.contains(n)).collect();
            let gone: Vec<&&str> = old.iter().filter(|o| !new.contains(o)).collect();
            if !come.is_empty() {
                input.insert(add.into(), json!(come));
            }
            if !gone.is_empty() {
                input.insert(remove.into(), json!(gone));
            }
        }
        if work.changes("subnet_configuration") && !work.config.is_zero("subnet_configuration") {
            input.insert("SubnetConfigurations".into(), subnet_configurations(&work.config));
        }
        if work.changes("private_dns_enabled") {
            input.insert("PrivateDnsEnabled".into(), json!(work.state.bool("private_dns_enabled")));
        }
        if work.changes("policy") {
            match work.state.str("policy") {
                Some(p) => input.insert("PolicyDocument".into(), json!(p)),
                None => input.insert("ResetPolicy".into(), json!(true)),
            };
        }
        if let (true, Some(v)) = (work.changes("ip_address_type"), work.state.str("ip_address_type")) {
            input.insert("IpAddressType".into(), json!(v));
        }
        if work.changes("dns_options")
            && let Some(o) = work.state.objects("dns_options").first()
        {
            let mut options = Map::new();
            if let Some(v) = o.str("dns_record_ip_type") {
                options.insert("DnsRecordIpType".into(), json!(v));
            }
            let inbound = o.bool("private_dns_only_for_inbound_resolver_endpoint");
            options.insert("PrivateDnsOnlyForInboundResolverEndpoint".into(), json!(inbound));
            input.insert("DnsOptions".into(), Json::Object(options));
        }
        if input.len() > 1 {
            cx.ec2("ModifyVpcEndpoint", Json::Object(input)).await?;
        }
        Ok(())
    })
}

fn delete<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let answer = cx.ec2("DeleteVpcEndpoints", json!({"VpcEndpointIds": [work.prior.id()]})).await?;
        super::unsuccessful(&answer, &["InvalidVpcEndpoint.NotFound", "InvalidVpcEndpointId.NotFound"])?;
        let (resource, obj) = (work.resource, &work.prior);
        static GONE: Wait = Wait {
            path: "State",
            pending: &["available", "Available", "deleting", "Deleting", "pendingAcceptance", "rejected", "failed"],
            target: &[],
            reason: "",
        };
        let what = crate::read::name(resource, obj);
        cx.wait(&what, work.limit, GONE.pending, GONE.target, || Box::pin(crate::read::look(cx, resource, &GONE, obj)))
            .await?;
        Ok(())
    })
}
