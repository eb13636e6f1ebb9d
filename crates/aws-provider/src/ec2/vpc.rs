//! `aws_vpc` (<https://registry.terraform.io/providers/hashicorp/aws/5.100.0/docs/resources/vpc>).

use serde_json::{Value as Json, json};

use crate::cx::{Cx, Seen};
use crate::decl::*;
use crate::doc;
use crate::fail::Fail;
use crate::obj::Obj;
use crate::plan::Plan;
use crate::work::Work;

/// `aws_vpc`.
pub static VPC: Resource = resource("aws_vpc", &super::EC2)
    .version(1)
    .id("VpcId")
    .arn("ec2:vpc/{id}")
    .attrs(&[
        string("arn").computed().unread(),
        boolean("assign_generated_ipv6_cidr_block")
            .unread()
            .to("AmazonProvidedIpv6CidrBlock")
            .conflicts_with(&["ipv6_ipam_pool_id"]),
        string("cidr_block")
            .optional_computed()
            .replaces()
            .conflicts_with(&["ipv4_netmask_length"])
            .check(&[Check::Ipv4Cidr]),
        string("default_network_acl_id").computed().unread(),
        string("default_route_table_id").computed().unread(),
        string("default_security_group_id").computed().unread(),
        string("dhcp_options_id").computed(),
        boolean("enable_dns_hostnames").optional_computed().unread().to("EnableDnsHostnames.Value").late(),
        boolean("enable_dns_support").default_bool(true).unread().to("EnableDnsSupport.Value").late(),
        boolean("enable_network_address_usage_metrics")
            .optional_computed()
            .unread()
            .to("EnableNetworkAddressUsageMetrics.Value")
            .late(),
        string("instance_tenancy").default_str("default").check(&[Check::OneOf(&["default", "dedicated"])]),
        string("ipv4_ipam_pool_id").replaces().unread(),
        int("ipv4_netmask_length")
            .replaces()
            .unread()
            .required_with(&["ipv4_ipam_pool_id"])
            .check(&[Check::Range(16, 28)]),
        string("ipv6_association_id").computed().unread(),
        string("ipv6_cidr_block")
            .optional_computed()
            .unread()
            .required_with(&["ipv6_ipam_pool_id"])
            .check(&[Check::Ipv6Cidr]),
        string("ipv6_cidr_block_network_border_group").optional_computed().unread(),
        string("ipv6_ipam_pool_id").unread(),
        int("ipv6_netmask_length")
            .unread()
            .conflicts_with(&["ipv6_cidr_block"])
            .check(&[Check::OneOfInt(&[44, 48, 52, 56, 60])]),
        string("main_route_table_id").computed().unread(),
        string("owner_id").computed(),
    ])
    .tagged(super::tags("vpc"))
    .create("CreateVpc", "Vpc")
    .key(&[("VpcId", "id")])
    .read(Read::Many(&super::VPCS))
    .beside(MADE_WITH_IT)
    .wait("State", &["pending"], &["available"])
    .updates(&[
        update_each(
            "ModifyVpcAttribute",
            &["enable_dns_support", "enable_dns_hostnames", "enable_network_address_usage_metrics"],
        )
        .also_after_create(),
        update("ModifyVpcTenancy", &["instance_tenancy"]),
        update_with(change_ipv6, IPV6),
    ])
    .delete("DeleteVpc")
    .gone(&["InvalidVpcID.NotFound"])
    .busy(&["DependencyViolation"])
    .plans(plan)
    .after_read(read);

/// What AWS makes together with a VPC.
pub const MADE_WITH_IT: &[(&Many, &str)] = &[
    (&super::ROUTE_TABLES, "main_route_table_id"),
    (&super::SECURITY_GROUPS, "default_security_group_id"),
    (&super::NETWORK_ACLS, "default_network_acl_id"),
];

/// What the IPv6 range of a VPC is made of.
pub const IPV6: &[&str] = &[
    "assign_generated_ipv6_cidr_block",
    "ipv6_cidr_block",
    "ipv6_cidr_block_network_border_group",
    "ipv6_ipam_pool_id",
    "ipv6_netmask_length",
];

fn plan(_: &Cx, plan: &mut Plan) -> Result<(), Fail> {
    let Some(prior) = &plan.prior else { return Ok(()) };
    // AWS changes the tenancy of a VPC from dedicated to default only.
    if plan.changes("instance_tenancy") && prior.text("instance_tenancy") != "dedicated" {
        plan.replace_for("instance_tenancy");
    }
    if plan.changes("assign_generated_ipv6_cidr_block") {
        plan.unknown("ipv6_association_id");
        plan.unknown("ipv6_cidr_block");
    }
    Ok(())
}

/// Reads what `DescribeVpcs` does not tell: attributes, the IPv6 range, and what AWS made together with the VPC.
pub fn read<'a>(cx: &'a Cx, obj: &'a mut Obj, item: &'a Json) -> Fut<'a, bool> {
    Box::pin(async move {
        let id = obj.id().to_owned();
        let of_vpc = ("vpc-id", id.as_str());
        let main_table = [("association.main", "true"), of_vpc];
        let default_group = [("group-name", "default"), of_vpc];
        let default_acl = [("default", "true"), of_vpc];
        let (table, group, acl) = (
            obj.text("main_route_table_id").to_owned(),
            obj.text("default_security_group_id").to_owned(),
            obj.text("default_network_acl_id").to_owned(),
        );
        let main = |t: &Json| doc::items(t, "Associations").iter().any(|a| doc::flag(a, "Main"));
        let (hostnames, support, metrics, table, group, acl) = futures_util::join!(
            attribute(cx, &id, "enableDnsHostnames", "EnableDnsHostnames.Value"),
            attribute(cx, &id, "enableDnsSupport", "EnableDnsSupport.Value"),
            attribute(cx, &id, "enableNetworkAddressUsageMetrics", "EnableNetworkAddressUsageMetrics.Value"),
            super::known_or_first(cx, &super::ROUTE_TABLES, &table, main, &main_table),
            super::known_or_first(
                cx,
                &super::SECURITY_GROUPS,
                &group,
                |g| doc::text(g, "GroupName") == "default" && doc::text(g, "VpcId") == id,
                &default_group,
            ),
            super::known_or_first(
                cx,
                &super::NETWORK_ACLS,
                &acl,
                |a| doc::flag(a, "IsDefault") && doc::text(a, "VpcId") == id,
                &default_acl,
            ),
        );
        obj.set("enable_dns_hostnames", hostnames?);
        obj.set("enable_dns_support", support?);
        obj.set("enable_network_address_usage_metrics", metrics?);
        let id_of = |found: &Option<std::sync::Arc<Json>>, key: &str| found.as_ref().map(|i| doc::text(i, key));
        let table = id_of(&table?, "RouteTableId");
        // AWS does not tell which route table came with the VPC; the provider takes the main one for it.
        obj.set_opt("default_route_table_id", table.as_deref());
        obj.set_opt("main_route_table_id", table.as_deref());
        obj.set_opt("default_security_group_id", id_of(&group?, "GroupId").as_deref());
        obj.set_opt("default_network_acl_id", id_of(&acl?, "NetworkAclId").as_deref());
        read_ipv6(obj, item);
        Ok(true)
    })
}

async fn attribute(cx: &Cx, vpc: &str, name: &str, path: &str) -> Result<bool, Fail> {
    let answer = cx.once("ec2", "DescribeVpcAttribute", json!({"VpcId": vpc, "Attribute": name})).await?;
    Ok(doc::flag(&answer, path))
}

fn read_ipv6(obj: &mut Obj, item: &Json) {
    let known = obj.text("ipv6_association_id").to_owned();
    let ranges = doc::items(item, "Ipv6CidrBlockAssociationSet");
    let associated: Vec<&Json> =
        ranges.iter().filter(|a| doc::text(a, "Ipv6CidrBlockState.State") == "associated").collect();
    let chosen = associated.iter().find(|a| doc::text(a, "AssociationId") == known).or(associated.first());
    let Some(range) = chosen else {
        obj.set("assign_generated_ipv6_cidr_block", false);
        for name in
            ["ipv6_association_id", "ipv6_cidr_block", "ipv6_cidr_block_network_border_group", "ipv6_ipam_pool_id"]
        {
            obj.set(name, "");
        }
        obj.set("ipv6_netmask_length", 0);
        return;
    };
    obj.set("ipv6_association_id", doc::text(range, "AssociationId"));
    obj.set("ipv6_cidr_block", doc::text(range, "Ipv6CidrBlock"));
    obj.set("ipv6_cidr_block_network_border_group", doc::text(range, "NetworkBorderGroup"));
    let pool = doc::text(range, "Ipv6Pool");
    let amazon = pool == "Amazon" || pool.is_empty();
    obj.set("assign_generated_ipv6_cidr_block", amazon);
    if amazon {
        obj.set("ipv6_ipam_pool_id", "");
        obj.set("ipv6_netmask_length", 0);
    } else {
        obj.set("ipv6_ipam_pool_id", pool);
    }
}

/// Replaces the IPv6 range of a VPC.
pub fn change_ipv6<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let id = work.state.id().to_owned();
        let limit = work.limit;
        if let Some(old) = work.prior.str("ipv6_association_id") {
            cx.ec2("DisassociateVpcCidrBlock", json!({"AssociationId": old})).await?;
            cx.wait("the IPv6 range", limit, &["associated", "disassociating"], &[], || {
                Box::pin(look_at_ipv6(cx, &id, old))
            })
            .await?;
        }
        let mut input = serde_json::Map::new();
        let ipv6: Vec<Attr> = work.resource.attrs.iter().filter(|a| IPV6.contains(&a.name)).copied().collect();
        let mut wanted = work.state.clone();
        // A range that AWS chose does not stay when it is given up.
        if !work.changes("ipv6_cidr_block") {
            wanted.clear("ipv6_cidr_block");
        }
        doc::input(&ipv6, &wanted, &mut input);
        if input.contains_key("AmazonProvidedIpv6CidrBlock") || input.contains_key("Ipv6IpamPoolId") {
            input.insert("VpcId".into(), json!(id));
            let answer = cx.ec2("AssociateVpcCidrBlock", Json::Object(input)).await?;
            let new = doc::text(&answer, "Ipv6CidrBlockAssociation.AssociationId");
            work.state.set("ipv6_association_id", new.as_str());
            cx.wait("the IPv6 range", limit, &["associating"], &["associated"], || {
                Box::pin(look_at_ipv6(cx, &id, &new))
            })
            .await?;
        }
        Ok(())
    })
}

async fn look_at_ipv6(cx: &Cx, vpc: &str, association: &str) -> Result<Option<Seen>, Fail> {
    let fresh = Cx::new(cx.settings.clone());
    let found = fresh.load(&super::VPCS, vpc).await?;
    let all = found.map(|v| doc::items(&v, "Ipv6CidrBlockAssociationSet")).unwrap_or_default();
    let one = all.into_iter().find(|a| doc::text(a, "AssociationId") == association);
    let seen = one.map(|a| Seen {
        state: doc::text(&a, "Ipv6CidrBlockState.State"),
        reason: doc::text(&a, "Ipv6CidrBlockState.StatusMessage"),
        ..Seen::of("")
    });
    Ok(seen.filter(|s| s.state != "disassociated"))
}
