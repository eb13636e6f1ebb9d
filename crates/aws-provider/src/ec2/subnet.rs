//! `aws_subnet` (<https://registry.terraform.io/providers/hashicorp/aws/5.100.0/docs/resources/subnet>).

use serde_json::{Value as Json, json};

use crate::cx::{Cx, Seen};
use crate::decl::*;
use crate::doc;
use crate::fail::Fail;
use crate::obj::Obj;
use crate::work::Work;

/// `aws_subnet`.
pub static SUBNET: Resource = resource("aws_subnet", &super::EC2)
    .version(1)
    .id("SubnetId")
    .attrs(&[
        string("arn").computed().from("SubnetArn"),
        boolean("assign_ipv6_address_on_creation")
            .default_bool(false)
            .zero()
            .to("AssignIpv6AddressOnCreation.Value")
            .late(),
        string("availability_zone").optional_computed().replaces().conflicts_with(&["availability_zone_id"]),
        string("availability_zone_id").optional_computed().replaces(),
        string("cidr_block").zero().replaces().check(&[Check::Ipv4Cidr]),
        string("customer_owned_ipv4_pool")
            .zero()
            .late()
            .required_with(&["map_customer_owned_ip_on_launch", "outpost_arn"]),
        boolean("enable_dns64").default_bool(false).zero().to("EnableDns64.Value").late(),
        int("enable_lni_at_device_index").zero().late(),
        boolean("enable_resource_name_dns_a_record_on_launch")
            .default_bool(false)
            .zero()
            .from("PrivateDnsNameOptionsOnLaunch.EnableResourceNameDnsARecord")
            .to("EnableResourceNameDnsARecordOnLaunch.Value")
            .late(),
        boolean("enable_resource_name_dns_aaaa_record_on_launch")
            .default_bool(false)
            .zero()
            .from("PrivateDnsNameOptionsOnLaunch.EnableResourceNameDnsAAAARecord")
            .to("EnableResourceNameDnsAAAARecordOnLaunch.Value")
            .late(),
        string("ipv6_cidr_block").unread().check(&[Check::Ipv6Cidr]).same(Same::Cidr),
        string("ipv6_cidr_block_association_id").computed().unread(),
        boolean("ipv6_native").default_bool(false).zero().replaces(),
        boolean("map_customer_owned_ip_on_launch").zero().to("MapCustomerOwnedIpOnLaunch.Value").late(),
        boolean("map_public_ip_on_launch").default_bool(false).zero().to("MapPublicIpOnLaunch.Value").late(),
        string("outpost_arn").zero().replaces().check(&[Check::Arn]),
        string("owner_id").computed(),
        string("private_dns_hostname_type_on_launch")
            .optional_computed()
            .from("PrivateDnsNameOptionsOnLaunch.HostnameType")
            .check(&[Check::OneOf(&["ip-name", "resource-name"])])
            .late(),
        string("vpc_id").required().replaces(),
    ])
    .tagged(super::tags("subnet"))
    .timeouts(&[("create", 600), ("delete", 1200)])
    .create("CreateSubnet", "Subnet")
    .key(&[("SubnetId", "id")])
    .read(Read::Many(&super::SUBNETS))
    .wait("State", &["pending"], &["available"])
    .updates(&[
        update_with(change_ipv6, &["ipv6_cidr_block"]),
        update_each(
            "ModifySubnetAttribute",
            &[
                "assign_ipv6_address_on_creation",
                "enable_dns64",
                "enable_lni_at_device_index",
                "enable_resource_name_dns_a_record_on_launch",
                "enable_resource_name_dns_aaaa_record_on_launch",
                "map_public_ip_on_launch",
                "private_dns_hostname_type_on_launch",
            ],
        )
        .also_after_create(),
        update("ModifySubnetAttribute", &["map_customer_owned_ip_on_launch", "customer_owned_ipv4_pool"])
            .also_after_create(),
    ])
    .delete("DeleteSubnet")
    .gone(&["InvalidSubnetID.NotFound"])
    .busy(&["DependencyViolation"])
    .after_read(read);

fn read<'a>(_: &'a Cx, obj: &'a mut Obj, item: &'a Json) -> Fut<'a, bool> {
    Box::pin(async move {
        let ranges = doc::items(item, "Ipv6CidrBlockAssociationSet");
        let range = ranges.iter().find(|a| doc::text(a, "Ipv6CidrBlockState.State") == "associated");
        let of = |path: &str| range.map(|r| doc::text(r, path)).unwrap_or_default();
        obj.set("ipv6_cidr_block", of("Ipv6CidrBlock"));
        obj.set("ipv6_cidr_block_association_id", of("AssociationId"));
        Ok(true)
    })
}

fn change_ipv6<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        if let Some(old) = work.prior.str("ipv6_cidr_block_association_id") {
            cx.ec2("DisassociateSubnetCidrBlock", json!({"AssociationId": old})).await?;
        }
        if let Some(new) = work.state.str("ipv6_cidr_block") {
            cx.ec2("AssociateSubnetCidrBlock", json!({"SubnetId": work.state.id(), "Ipv6CidrBlock": new})).await?;
        }
        let (id, want) = (work.state.id(), work.state.text("ipv6_cidr_block"));
        cx.wait("the IPv6 range of the subnet", work.limit, &["associating", "disassociating"], &["done"], || {
            Box::pin(look_at_ipv6(cx, id, want))
        })
        .await?;
        Ok(())
    })
}

async fn look_at_ipv6(cx: &Cx, subnet: &str, want: &str) -> Result<Option<Seen>, Fail> {
    let fresh = Cx::new(cx.settings.clone());
    let found = fresh.load(&super::SUBNETS, subnet).await?;
    let all = found.map(|s| doc::items(&s, "Ipv6CidrBlockAssociationSet")).unwrap_or_default();
    let busy = all.iter().map(|a| doc::text(a, "Ipv6CidrBlockState.State")).find(|s| s.ends_with("ing"));
    let there = want.is_empty() || all.iter().any(|a| crate::net::same_cidr(&doc::text(a, "Ipv6CidrBlock"), want));
    let state = busy.unwrap_or_else(|| if there { "done".into() } else { "associating".into() });
    Ok(Some(Seen::of(state)))
}
