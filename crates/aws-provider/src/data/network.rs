//! What is in a network: `aws_vpc`, `aws_subnet`, `aws_subnets`, `aws_security_group`, `aws_route_table`,
//! `aws_route_tables`, `aws_prefix_list`, `aws_availability_zones`.

use serde_json::{Map, Value as Json, json};

use super::{DataSource, data, exactly_one};
use crate::cx::Cx;
use crate::decl::*;
use crate::doc;
use crate::ec2::routes;
use crate::fail::Fail;
use crate::obj::Obj;
use crate::tags::{of_document, of_value};

/// A `filter` block.
pub const FILTER: Kind = Kind::Object(&[string("name").required(), strings("values").required()]);

/// Filters of `filter` blocks, of `tags`, and of these arguments (those that are set).
pub fn filters(obj: &Obj, arguments: &[(&str, &str)]) -> Json {
    let mut all: Vec<Json> = Vec::new();
    for (argument, filter) in arguments {
        let v = obj.get(argument);
        let text = v.as_str().map(String::from).filter(|t| !t.is_empty());
        if let Some(text) = text.or_else(|| v.as_bool().filter(|b| *b).map(|b| b.to_string())) {
            all.push(json!({"Name": filter, "Values": [text]}));
        }
    }
    for (k, v) in of_value(&obj.get("tags")) {
        all.push(json!({"Name": format!("tag:{k}"), "Values": [v]}));
    }
    for f in obj.objects("filter") {
        all.push(json!({"Name": f.text("name"), "Values": f.strs("values")}));
    }
    all.into()
}

/// The input of a listing: ids, if one is given, and filters, if there are any.
pub fn input(obj: &Obj, ids: Option<(&str, &str)>, arguments: &[(&str, &str)]) -> Json {
    let mut out = Map::new();
    if let Some((argument, member)) = ids
        && let Some(id) = obj.str(argument)
    {
        out.insert(member.into(), json!([id]));
    }
    let filters = filters(obj, arguments);
    if filters.as_array().is_some_and(|f| !f.is_empty()) {
        out.insert("Filters".into(), filters);
    }
    Json::Object(out)
}

/// The one item of a listing.
///
/// # Errors
/// AWS refused, or there is none, or more than one.
pub async fn one(cx: &Cx, op: &str, items: &str, what: &str, input: Json) -> Result<Json, Fail> {
    match cx.list("ec2", op, items, input).await {
        Err(Fail::Api(e)) if crate::loader::is_not_found(&e) => exactly_one(what, Vec::new()),
        found => exactly_one(what, found?),
    }
}

/// Tags less the ignored ones.
pub fn set_tags(cx: &Cx, obj: &mut Obj, item: &Json) {
    let found = doc::at(item, "Tags").map(|t| of_document(&t)).unwrap_or_default();
    let kept = found.iter().filter(|(k, _)| !cx.settings.tags.ignores(k));
    obj.set("tags", crate::tags::value(kept));
}

const ASSOCIATION: Kind =
    Kind::Object(&[string("association_id"), string("cidr_block"), string("state").from("CidrBlockState.State")]);

/// `aws_vpc`.
pub static VPC: DataSource = data(
    "aws_vpc",
    &[
        string("arn").computed().unread(),
        string("cidr_block").optional_computed(),
        list("cidr_block_associations", &ASSOCIATION).computed().from("CidrBlockAssociationSet").zero(),
        boolean("default").optional_computed().from("IsDefault").zero(),
        string("dhcp_options_id").optional_computed(),
        boolean("enable_dns_hostnames").computed().unread(),
        boolean("enable_dns_support").computed().unread(),
        boolean("enable_network_address_usage_metrics").computed().unread(),
        block_set("filter", &FILTER).unread(),
        string("id").optional_computed().from("VpcId"),
        string("instance_tenancy").computed(),
        string("ipv6_association_id").computed().unread(),
        string("ipv6_cidr_block").computed().unread(),
        string("main_route_table_id").computed().unread(),
        string("owner_id").computed(),
        string("state").optional_computed().unread(),
        map("tags", &Kind::String).optional_computed().unread(),
    ],
    vpc,
)
.timeouts();

fn vpc<'a>(cx: &'a Cx, obj: &'a mut Obj) -> Fut<'a, ()> {
    Box::pin(async move {
        let by = [
            ("cidr_block", "cidr"),
            ("dhcp_options_id", "dhcp-options-id"),
            ("default", "isDefault"),
            ("state", "state"),
        ];
        let item = one(cx, "DescribeVpcs", "Vpcs", "VPC", input(obj, Some(("id", "VpcIds")), &by)).await?;
        doc::fill(VPC.attrs, &item, obj);
        let id = obj.id().to_owned();
        for (name, attribute, path) in [
            ("enable_dns_hostnames", "enableDnsHostnames", "EnableDnsHostnames.Value"),
            ("enable_dns_support", "enableDnsSupport", "EnableDnsSupport.Value"),
            (
                "enable_network_address_usage_metrics",
                "enableNetworkAddressUsageMetrics",
                "EnableNetworkAddressUsageMetrics.Value",
            ),
        ] {
            let answer = cx.once("ec2", "DescribeVpcAttribute", json!({"VpcId": id, "Attribute": attribute})).await?;
            obj.set(name, doc::flag(&answer, path));
        }
        let main = [("association.main", "true"), ("vpc-id", id.as_str())];
        let main = crate::ec2::first(cx, "DescribeRouteTables", "RouteTables", &main).await?;
        obj.set_opt("main_route_table_id", main.map(|t| doc::text(&t, "RouteTableId")).as_deref());
        let range = doc::at(&item, "Ipv6CidrBlockAssociationSet[0]");
        let of = |path: &str| range.as_ref().map(|r| doc::text(r, path)).unwrap_or_default();
        obj.set("ipv6_association_id", of("AssociationId"));
        obj.set("ipv6_cidr_block", of("Ipv6CidrBlock"));
        obj.set("arn", cx.arn("ec2", obj.text("owner_id"), &format!("vpc/{id}")));
        set_tags(cx, obj, &item);
        Ok(())
    })
}

/// `aws_subnet`.
pub static SUBNET: DataSource = data(
    "aws_subnet",
    &[
        string("arn").computed().from("SubnetArn"),
        boolean("assign_ipv6_address_on_creation").computed().zero(),
        string("availability_zone").optional_computed(),
        string("availability_zone_id").optional_computed(),
        int("available_ip_address_count").computed().zero(),
        string("cidr_block").optional_computed().zero(),
        string("customer_owned_ipv4_pool").computed().zero(),
        boolean("default_for_az").optional_computed().zero(),
        boolean("enable_dns64").computed().zero(),
        int("enable_lni_at_device_index").computed().zero(),
        boolean("enable_resource_name_dns_a_record_on_launch")
            .computed()
            .zero()
            .from("PrivateDnsNameOptionsOnLaunch.EnableResourceNameDnsARecord"),
        boolean("enable_resource_name_dns_aaaa_record_on_launch")
            .computed()
            .zero()
            .from("PrivateDnsNameOptionsOnLaunch.EnableResourceNameDnsAAAARecord"),
        block_set("filter", &FILTER).unread(),
        string("id").optional_computed().from("SubnetId"),
        string("ipv6_cidr_block").optional_computed().unread(),
        string("ipv6_cidr_block_association_id").computed().unread(),
        boolean("ipv6_native").computed().zero(),
        boolean("map_customer_owned_ip_on_launch").computed().zero(),
        boolean("map_public_ip_on_launch").computed().zero(),
        string("outpost_arn").computed().zero(),
        string("owner_id").computed(),
        string("private_dns_hostname_type_on_launch").computed().from("PrivateDnsNameOptionsOnLaunch.HostnameType"),
        string("state").optional_computed(),
        map("tags", &Kind::String).optional_computed().unread(),
        string("vpc_id").optional_computed(),
    ],
    subnet,
)
.timeouts();

fn subnet<'a>(cx: &'a Cx, obj: &'a mut Obj) -> Fut<'a, ()> {
    Box::pin(async move {
        let by = [
            ("availability_zone", "availabilityZone"),
            ("availability_zone_id", "availabilityZoneId"),
            ("cidr_block", "cidrBlock"),
            ("default_for_az", "defaultForAz"),
            ("ipv6_cidr_block", "ipv6-cidr-block-association.ipv6-cidr-block"),
            ("state", "state"),
            ("vpc_id", "vpc-id"),
        ];
        let item = one(cx, "DescribeSubnets", "Subnets", "subnet", input(obj, Some(("id", "SubnetIds")), &by)).await?;
        doc::fill(SUBNET.attrs, &item, obj);
        let ranges = doc::items(&item, "Ipv6CidrBlockAssociationSet");
        let range = ranges.iter().find(|a| doc::text(a, "Ipv6CidrBlockState.State") == "associated");
        let of = |path: &str| range.map(|r| doc::text(r, path)).unwrap_or_default();
        obj.set("ipv6_cidr_block", of("Ipv6CidrBlock"));
        obj.set("ipv6_cidr_block_association_id", of("AssociationId"));
        set_tags(cx, obj, &item);
        Ok(())
    })
}

/// `aws_subnets`.
pub static SUBNETS: DataSource = data(
    "aws_subnets",
    &[
        block_set("filter", &FILTER),
        list("ids", &Kind::String).computed(),
        map("tags", &Kind::String).optional_computed(),
    ],
    subnets,
)
.timeouts();

fn subnets<'a>(cx: &'a Cx, obj: &'a mut Obj) -> Fut<'a, ()> {
    Box::pin(async move {
        let found = cx.list("ec2", "DescribeSubnets", "Subnets", input(obj, None, &[])).await?;
        let ids: Vec<String> = found.iter().map(|s| doc::text(s, "SubnetId")).collect();
        obj.set("id", cx.region());
        obj.set_strs("ids", ids.iter().map(String::as_str));
        Ok(())
    })
}

/// `aws_security_group`.
pub static SECURITY_GROUP: DataSource = data(
    "aws_security_group",
    &[
        string("arn").computed().unread(),
        string("description").computed(),
        block_set("filter", &FILTER).unread(),
        string("id").optional_computed().from("GroupId"),
        string("name").optional_computed().from("GroupName"),
        map("tags", &Kind::String).optional_computed().unread(),
        string("vpc_id").optional_computed(),
    ],
    security_group,
)
.timeouts();

fn security_group<'a>(cx: &'a Cx, obj: &'a mut Obj) -> Fut<'a, ()> {
    Box::pin(async move {
        let by = [("name", "group-name"), ("vpc_id", "vpc-id")];
        let input = input(obj, Some(("id", "GroupIds")), &by);
        let item = one(cx, "DescribeSecurityGroups", "SecurityGroups", "security group", input).await?;
        doc::fill(SECURITY_GROUP.attrs, &item, obj);
        obj.set("arn", cx.arn("ec2", &doc::text(&item, "OwnerId"), &format!("security-group/{}", obj.id())));
        set_tags(cx, obj, &item);
        Ok(())
    })
}

const ROUTE: Kind = Kind::Object(&[
    string("carrier_gateway_id"),
    string("cidr_block"),
    string("core_network_arn"),
    string("destination_prefix_list_id"),
    string("egress_only_gateway_id"),
    string("gateway_id"),
    string("instance_id"),
    string("ipv6_cidr_block"),
    string("local_gateway_id"),
    string("nat_gateway_id"),
    string("network_interface_id"),
    string("transit_gateway_id"),
    string("vpc_endpoint_id"),
    string("vpc_peering_connection_id"),
]);

const TABLE_ASSOCIATION: Kind = Kind::Object(&[
    string("gateway_id").zero(),
    boolean("main").zero(),
    string("route_table_association_id").zero(),
    string("route_table_id").zero(),
    string("subnet_id").zero(),
]);

/// `aws_route_table`.
pub static ROUTE_TABLE: DataSource = data(
    "aws_route_table",
    &[
        string("arn").computed().unread(),
        list("associations", &TABLE_ASSOCIATION).computed().zero(),
        block_set("filter", &FILTER).unread(),
        string("gateway_id").optional_computed().unread(),
        string("id").optional_computed().from("RouteTableId"),
        string("owner_id").computed(),
        string("route_table_id").optional_computed(),
        list("routes", &ROUTE).computed().unread(),
        string("subnet_id").optional_computed().unread(),
        map("tags", &Kind::String).optional_computed().unread(),
        string("vpc_id").optional_computed(),
    ],
    route_table,
)
.timeouts();

fn route_table<'a>(cx: &'a Cx, obj: &'a mut Obj) -> Fut<'a, ()> {
    Box::pin(async move {
        let by = [
            ("gateway_id", "association.gateway-id"),
            ("route_table_id", "route-table-id"),
            ("subnet_id", "association.subnet-id"),
            ("vpc_id", "vpc-id"),
        ];
        let item = one(cx, "DescribeRouteTables", "RouteTables", "route table", input(obj, None, &by)).await?;
        doc::fill(ROUTE_TABLE.attrs, &item, obj);
        let mut rows = routes::of_table(&item, |_| false);
        for row in &mut rows {
            row.insert("instance_id".into(), json!(""));
        }
        obj.set_json("routes", &json!(rows))?;
        obj.set("arn", cx.arn("ec2", obj.text("owner_id"), &format!("route-table/{}", obj.id())));
        set_tags(cx, obj, &item);
        Ok(())
    })
}

/// `aws_route_tables`.
pub static ROUTE_TABLES: DataSource = data(
    "aws_route_tables",
    &[
        block_set("filter", &FILTER),
        list("ids", &Kind::String).computed(),
        map("tags", &Kind::String).optional_computed(),
        string("vpc_id"),
    ],
    route_tables,
)
.timeouts();

fn route_tables<'a>(cx: &'a Cx, obj: &'a mut Obj) -> Fut<'a, ()> {
    Box::pin(async move {
        let found =
            cx.list("ec2", "DescribeRouteTables", "RouteTables", input(obj, None, &[("vpc_id", "vpc-id")])).await?;
        let ids: Vec<String> = found.iter().map(|t| doc::text(t, "RouteTableId")).collect();
        obj.set("id", cx.region());
        obj.set_strs("ids", ids.iter().map(String::as_str));
        Ok(())
    })
}

/// `aws_prefix_list`.
pub static PREFIX_LIST: DataSource = data(
    "aws_prefix_list",
    &[
        list("cidr_blocks", &Kind::String).computed().from("Cidrs").zero(),
        block_set("filter", &FILTER).unread(),
        string("name").optional_computed().from("PrefixListName"),
        string("prefix_list_id").unread(),
    ],
    prefix_list,
)
.timeouts();

fn prefix_list<'a>(cx: &'a Cx, obj: &'a mut Obj) -> Fut<'a, ()> {
    Box::pin(async move {
        let input = input(obj, Some(("prefix_list_id", "PrefixListIds")), &[("name", "prefix-list-name")]);
        let item = one(cx, "DescribePrefixLists", "PrefixLists", "prefix list", input).await?;
        doc::fill(PREFIX_LIST.attrs, &item, obj);
        obj.set("id", doc::text(&item, "PrefixListId"));
        Ok(())
    })
}

/// `aws_availability_zones`.
pub static AVAILABILITY_ZONES: DataSource = data(
    "aws_availability_zones",
    &[
        boolean("all_availability_zones"),
        strings("exclude_names"),
        strings("exclude_zone_ids"),
        block_set("filter", &FILTER),
        strings("group_names").computed(),
        list("names", &Kind::String).computed(),
        string("state").check(&[Check::OneOf(&["available", "information", "impaired", "unavailable"])]),
        list("zone_ids", &Kind::String).computed(),
    ],
    availability_zones,
)
.timeouts();

fn availability_zones<'a>(cx: &'a Cx, obj: &'a mut Obj) -> Fut<'a, ()> {
    Box::pin(async move {
        let mut input = input(obj, None, &[("state", "state")]);
        if obj.bool("all_availability_zones") {
            input["AllAvailabilityZones"] = json!(true);
        }
        let answer = cx.once("ec2", "DescribeAvailabilityZones", input).await?;
        let mut zones = doc::items(&answer, "AvailabilityZones");
        zones.sort_by_key(|z| doc::text(z, "ZoneName"));
        let (names, ids) = (obj.strs("exclude_names"), obj.strs("exclude_zone_ids"));
        zones.retain(|z| {
            !names.contains(&doc::text(z, "ZoneName").as_str()) && !ids.contains(&doc::text(z, "ZoneId").as_str())
        });
        let all = |path: &str| zones.iter().map(|z| doc::text(z, path)).collect::<Vec<_>>();
        let (groups, names, ids) = (all("GroupName"), all("ZoneName"), all("ZoneId"));
        obj.set("id", cx.region());
        obj.set_strs("group_names", groups.iter().map(String::as_str));
        obj.set_strs("names", names.iter().map(String::as_str));
        obj.set_strs("zone_ids", ids.iter().map(String::as_str));
        Ok(())
    })
}
