//! VPCs and what AWS makes with each.

use ipnet::Ipv4Net;
use serde_json::{Value, json};

use super::kind::{self, Describe, VPC};
use super::{cidr, dhcp_options, network_acl, route_table, security_group, tags, vpc_cidr};
use crate::context::Ctx;
use crate::document::{items, public, set, text};
use crate::error::{Answer, AwsError};
use crate::input::Input;
use crate::sandbox::Operations;

pub(crate) const OPERATIONS: Operations = &[
    ("CreateVpc", create),
    ("DescribeVpcs", describe),
    ("DeleteVpc", delete),
    ("DescribeVpcAttribute", describe_attribute),
    ("ModifyVpcAttribute", modify_attribute),
    ("ModifyVpcTenancy", modify_tenancy),
    ("DescribeVpcClassicLink", no_classic_link),
    ("DescribeVpcClassicLinkDnsSupport", no_classic_link),
];

/// The IPv4 blocks of a VPC that are associated with it.
pub(crate) fn blocks(vpc: &Value) -> Vec<Ipv4Net> {
    items(vpc, "CidrBlockAssociationSet")
        .iter()
        .filter(|a| matches!(text(&a["CidrBlockState"], "State"), "associated" | "associating"))
        .filter_map(|a| text(a, "CidrBlock").parse().ok())
        .collect()
}

/// Whether an attribute such as `enableDnsSupport` is on.
pub(crate) fn attribute(vpc: &Value, name: &str) -> bool {
    vpc["_attributes"][name] == true
}

fn tenancy(input: &Input) -> Result<String, AwsError> {
    match input.filled("InstanceTenancy")?.unwrap_or("default") {
        t @ ("default" | "dedicated" | "host") => Ok(t.to_owned()),
        other => Err(input.invalid(format!("Value ({other}) for parameter instanceTenancy is invalid."))),
    }
}

fn create(ctx: &mut Ctx, input: &Input) -> Answer {
    input.refuse(&[
        "Ipv6Pool",
        "Ipv6CidrBlock",
        "Ipv4IpamPoolId",
        "Ipv4NetmaskLength",
        "Ipv6IpamPoolId",
        "Ipv6NetmaskLength",
        "VpcEncryptionControl",
    ])?;
    let given = input.filled("CidrBlock")?.ok_or_else(|| input.missing("cidrBlock"))?;
    let block = cidr::v4(given, "cidrBlock")?;
    vpc_cidr::check_size(&block)?;
    let tenancy = tenancy(input)?;
    let tags = tags::on_create(input, VPC.table)?;
    let ipv6 = input.flag("AmazonProvidedIpv6CidrBlock")?;
    if VPC.count(ctx) >= ctx.quotas.vpcs_per_region {
        return Err(AwsError::new("VpcLimitExceeded", "The maximum number of VPCs has been reached."));
    }
    let id = ctx.new_id("vpc");
    let association = ctx.new_id("vpc-cidr-assoc");
    let dhcp = dhcp_options::default_of_region(ctx);
    let mut vpc = json!({
        "CidrBlock": block.to_string(),
        "DhcpOptionsId": dhcp,
        "State": "pending",
        "VpcId": id,
        "OwnerId": ctx.account,
        "InstanceTenancy": tenancy,
        "Ipv6CidrBlockAssociationSet": [],
        "CidrBlockAssociationSet": [{
            "AssociationId": association, "CidrBlock": block.to_string(), "CidrBlockState": {"State": "associated"},
        }],
        "IsDefault": false,
        "Tags": tags,
        "_attributes": {
            "enableDnsSupport": true, "enableDnsHostnames": false, "enableNetworkAddressUsageMetrics": false,
        },
    });
    if ipv6 {
        vpc_cidr::add_amazon_ipv6(ctx, &mut vpc, input.filled("Ipv6CidrBlockNetworkBorderGroup")?);
    }
    let mut answer = public(&vpc);
    // CreateVpc answers before the VPC is there, without the state of its IPv6 block.
    set(&mut answer, "State", "pending");
    VPC.put(ctx, vpc.clone());
    security_group::create_default(ctx, &id);
    network_acl::create_default(ctx, &id, ipv6);
    route_table::create_main(ctx, &vpc);
    ctx.after(1, "vpc-available", &id);
    Ok(json!({"Vpc": answer}))
}

/// A second after its creation a VPC is there.
pub(crate) fn available(ctx: &mut Ctx, id: &str) {
    VPC.update(ctx, id, |vpc| set(vpc, "State", "available"));
}

fn describe(ctx: &mut Ctx, input: &Input) -> Answer {
    let shape = Describe {
        ids: "VpcIds",
        filter_member: "Filters",
        list: "Vpcs",
        filters: &[
            ("cidr", "CidrBlock"),
            ("cidr-block-association.association-id", "CidrBlockAssociationSet.AssociationId"),
            ("cidr-block-association.cidr-block", "CidrBlockAssociationSet.CidrBlock"),
            ("cidr-block-association.state", "CidrBlockAssociationSet.CidrBlockState.State"),
            ("dhcp-options-id", "DhcpOptionsId"),
            ("ipv6-cidr-block-association.association-id", "Ipv6CidrBlockAssociationSet.AssociationId"),
            ("ipv6-cidr-block-association.ipv6-cidr-block", "Ipv6CidrBlockAssociationSet.Ipv6CidrBlock"),
            ("ipv6-cidr-block-association.state", "Ipv6CidrBlockAssociationSet.Ipv6CidrBlockState.State"),
            ("is-default", "IsDefault"),
            ("isDefault", "IsDefault"),
            ("owner-id", "OwnerId"),
            ("state", "State"),
            ("vpc-id", "VpcId"),
        ],
    };
    VPC.describe(ctx, input, &shape, |_, vpc| vpc.clone())
}

fn delete(ctx: &mut Ctx, input: &Input) -> Answer {
    let id = input.str("VpcId")?;
    VPC.get(ctx, id)?;
    let inside =
        |kind: &kind::Kind| kind.all(ctx).any(|d| text(d, "VpcId") == id && super::made_by_somebody(kind.table, d));
    let attached =
        |kind: &kind::Kind, set: &str| kind.all(ctx).any(|d| items(d, set).iter().any(|a| text(a, "VpcId") == id));
    let blocked = [
        &kind::SUBNET,
        &kind::SECURITY_GROUP,
        &kind::NETWORK_ACL,
        &kind::ROUTE_TABLE,
        &kind::VPC_ENDPOINT,
        &kind::NETWORK_INTERFACE,
    ]
    .into_iter()
    .any(inside)
        || attached(&kind::INTERNET_GATEWAY, "Attachments")
        || attached(&kind::EGRESS_ONLY, "Attachments")
        || kind::VPN_GATEWAY.all(ctx).any(|g| {
            items(g, "VpcAttachments").iter().any(|a| text(a, "VpcId") == id && text(a, "State") == "attached")
        });
    if blocked {
        return Err(VPC.in_use(id));
    }
    for kind in [&kind::SECURITY_GROUP, &kind::NETWORK_ACL, &kind::ROUTE_TABLE] {
        let ids: Vec<String> = kind.with(ctx, "VpcId", id).iter().map(|d| text(d, kind.id).to_owned()).collect();
        for one in ids {
            if kind.table == kind::SECURITY_GROUP.table {
                security_group::forget(ctx, &one);
            } else {
                kind.forget(ctx, &one);
            }
        }
    }
    // Flow logs of a resource that is gone stay in AWS until they are deleted, and so they do here.
    VPC.forget(ctx, id);
    Ok(json!({}))
}

const ATTRIBUTES: &[(&str, &str)] = &[
    ("enableDnsSupport", "EnableDnsSupport"),
    ("enableDnsHostnames", "EnableDnsHostnames"),
    ("enableNetworkAddressUsageMetrics", "EnableNetworkAddressUsageMetrics"),
];

fn describe_attribute(ctx: &mut Ctx, input: &Input) -> Answer {
    let id = input.str("VpcId")?;
    let wanted = input.str("Attribute")?;
    let vpc = VPC.get(ctx, id)?;
    let Some((name, member)) = ATTRIBUTES.iter().find(|(n, _)| *n == wanted) else {
        return Err(input.invalid(format!("Value ({wanted}) for parameter attribute is invalid. Unknown attribute.")));
    };
    let mut out = json!({"VpcId": id});
    set(&mut out, member, json!({"Value": attribute(vpc, name)}));
    Ok(out)
}

fn modify_attribute(ctx: &mut Ctx, input: &Input) -> Answer {
    let id = input.str("VpcId")?;
    let mut vpc = VPC.get(ctx, id)?.clone();
    let mut changes = 0;
    for (name, member) in ATTRIBUTES {
        if let Some(on) = input.attribute_bool(member)? {
            vpc["_attributes"][*name] = on.into();
            changes += 1;
        }
    }
    if changes != 1 {
        let message = "Fields for multiple attribute types specified, or none: exactly one attribute can be modified.";
        return Err(AwsError::new("InvalidParameterCombination", message));
    }
    VPC.put(ctx, vpc);
    Ok(json!({}))
}

fn modify_tenancy(ctx: &mut Ctx, input: &Input) -> Answer {
    let id = input.str("VpcId")?;
    VPC.get(ctx, id)?;
    if input.str("InstanceTenancy")? != "default" {
        return Err(input.invalid("The tenancy of a VPC can only be changed to default."));
    }
    VPC.update(ctx, id, |vpc| set(vpc, "InstanceTenancy", "default"));
    Ok(json!({"ReturnValue": true}))
}

/// EC2-Classic was retired in 2022; the operations are still there and refuse.
fn no_classic_link(_: &mut Ctx, input: &Input) -> Answer {
    input.accept(&["VpcIds", "Filters", "MaxResults", "NextToken"]);
    Err(AwsError::new("UnsupportedOperation", "The functionality you requested is not available in this region."))
}
