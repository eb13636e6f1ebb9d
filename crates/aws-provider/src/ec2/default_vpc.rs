//! `aws_default_vpc` (<https://registry.terraform.io/providers/hashicorp/aws/5.100.0/docs/resources/default_vpc>).

use serde_json::{Value as Json, json};

use super::vpc;
use crate::cx::Cx;
use crate::decl::*;
use crate::doc;
use crate::work::Work;

/// `aws_default_vpc`.
pub static DEFAULT_VPC: Resource = resource("aws_default_vpc", &super::EC2)
    .version(1)
    .arn("ec2:vpc/{id}")
    .attrs(&[
        string("arn").computed().unread(),
        boolean("assign_generated_ipv6_cidr_block").unread().to("AmazonProvidedIpv6CidrBlock"),
        string("cidr_block").computed(),
        string("default_network_acl_id").computed().unread(),
        string("default_route_table_id").computed().unread(),
        string("default_security_group_id").computed().unread(),
        string("dhcp_options_id").computed(),
        boolean("enable_dns_hostnames").default_bool(true).unread().to("EnableDnsHostnames.Value").late(),
        boolean("enable_dns_support").default_bool(true).unread().to("EnableDnsSupport.Value").late(),
        boolean("enable_network_address_usage_metrics")
            .optional_computed()
            .unread()
            .to("EnableNetworkAddressUsageMetrics.Value")
            .late(),
        boolean("existing_default_vpc").computed().unread(),
        boolean("force_destroy").default_bool(false).local(),
        string("instance_tenancy").computed(),
        string("ipv6_association_id").computed().unread(),
        string("ipv6_cidr_block").optional_computed().unread().check(&[Check::Ipv6Cidr]),
        string("ipv6_cidr_block_network_border_group").optional_computed().unread(),
        string("ipv6_ipam_pool_id").unread(),
        int("ipv6_netmask_length").unread().check(&[Check::OneOfInt(&[44, 48, 52, 56, 60])]),
        string("main_route_table_id").computed().unread(),
        string("owner_id").computed(),
    ])
    .tagged(Tagging { create: CreateTags::Afterwards, ..super::tags("vpc") })
    .create_with(adopt)
    .key(&[("VpcId", "id")])
    .read(Read::Many(&super::VPCS))
    .beside(vpc::MADE_WITH_IT)
    .wait("State", &["pending"], &["available"])
    .updates(&[
        update_each(
            "ModifyVpcAttribute",
            &["enable_dns_support", "enable_dns_hostnames", "enable_network_address_usage_metrics"],
        )
        .also_after_create(),
        update_with(vpc::change_ipv6, vpc::IPV6),
        update_state(&["force_destroy"]),
    ])
    .delete_with(delete)
    .gone(&["InvalidVpcID.NotFound"])
    .after_read(vpc::read);

/// Takes over the default VPC, or has AWS make one where it was deleted.
fn adopt<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let found = super::first(cx, "DescribeVpcs", "Vpcs", &[("isDefault", "true")]).await?;
        work.state.set("existing_default_vpc", found.is_some());
        let vpc = match found {
            Some(vpc) => vpc,
            None => {
                let answer = cx.ec2("CreateDefaultVpc", json!({})).await?;
                doc::at(&answer, "Vpc").unwrap_or(Json::Null)
            }
        };
        work.state.set("id", doc::text(&vpc, "VpcId"));
        if work.state.bool("assign_generated_ipv6_cidr_block") || work.state.str("ipv6_ipam_pool_id").is_some() {
            work.changed = vpc::IPV6.iter().map(|n| (*n).to_owned()).collect();
            vpc::change_ipv6(cx, work).await?;
        }
        Ok(())
    })
}

/// The default VPC stays unless `force_destroy` says otherwise; then its subnets and gateway go with it.
fn delete<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        if !work.prior.bool("force_destroy") {
            return Ok(());
        }
        let id = work.prior.id().to_owned();
        let of_vpc = super::filter_list(&[("vpc-id", &id), ("default-for-az", "true")]);
        for subnet in cx.list("ec2", "DescribeSubnets", "Subnets", json!({"Filters": of_vpc})).await? {
            cx.ec2("DeleteSubnet", json!({"SubnetId": doc::text(&subnet, "SubnetId")})).await?;
        }
        let attached = super::filter_list(&[("attachment.vpc-id", &id)]);
        for gateway in
            cx.list("ec2", "DescribeInternetGateways", "InternetGateways", json!({"Filters": attached})).await?
        {
            let gateway = doc::text(&gateway, "InternetGatewayId");
            cx.ec2("DetachInternetGateway", json!({"InternetGatewayId": gateway, "VpcId": id})).await?;
            cx.ec2("DeleteInternetGateway", json!({"InternetGatewayId": gateway})).await?;
        }
        cx.ec2_retry("DeleteVpc", json!({"VpcId": id}), work.limit, &["DependencyViolation"]).await?;
        Ok(())
    })
}
