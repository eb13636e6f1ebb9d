//! Further CIDR blocks of a VPC.

use ipnet::Ipv4Net;
use serde_json::{Value, json};

use super::kind::{SUBNET, VPC};
use super::{cidr, route_table, vpc};
use crate::context::Ctx;
use crate::document::{items, items_mut, text};
use crate::error::{Answer, AwsError};
use crate::input::Input;
use crate::sandbox::Operations;

pub(crate) const OPERATIONS: Operations =
    &[("AssociateVpcCidrBlock", associate), ("DisassociateVpcCidrBlock", disassociate)];

/// A VPC's block is between /16 and /28. Source: "VPC CIDR blocks" in the VPC user guide.
pub(crate) fn check_size(block: &Ipv4Net) -> Result<(), AwsError> {
    if (16..=28).contains(&block.prefix_len()) {
        return Ok(());
    }
    Err(AwsError::new("InvalidVpc.Range", format!("The CIDR '{block}' is invalid.")))
}

/// Gives the VPC a /56 as Amazon would.
pub(crate) fn add_amazon_ipv6(ctx: &mut Ctx, vpc: &mut Value, border_group: Option<&str>) -> Value {
    let b = ctx.new_bytes("ipv6");
    let id = ctx.new_id("vpc-cidr-assoc");
    let association = json!({
        "AssociationId": id,
        // 2001:db8::/32 is the range set aside for examples.
        "Ipv6CidrBlock": format!("2001:db8:{:x}:{:x}00::/56", u16::from_be_bytes([b[0], b[1]]), b[2].max(1)),
        "Ipv6CidrBlockState": {"State": "associated"},
        "NetworkBorderGroup": border_group.unwrap_or(&ctx.region),
        "Ipv6Pool": "Amazon",
        "Ipv6AddressAttribute": "public",
        "IpSource": "amazon",
    });
    if let Some(list) = items_mut(vpc, "Ipv6CidrBlockAssociationSet") {
        list.push(association.clone());
    }
    association
}

fn associate(ctx: &mut Ctx, input: &Input) -> Answer {
    input.refuse(&[
        "Ipv6Pool",
        "Ipv6CidrBlock",
        "Ipv4IpamPoolId",
        "Ipv4NetmaskLength",
        "Ipv6IpamPoolId",
        "Ipv6NetmaskLength",
    ])?;
    let id = input.str("VpcId")?;
    let mut vpc = VPC.get(ctx, id)?.clone();
    if input.flag("AmazonProvidedIpv6CidrBlock")? {
        let association = add_amazon_ipv6(ctx, &mut vpc, input.filled("Ipv6CidrBlockNetworkBorderGroup")?);
        VPC.put(ctx, vpc);
        route_table::add_local_routes(ctx, id);
        return Ok(json!({"VpcId": id, "Ipv6CidrBlockAssociation": association}));
    }
    let block = cidr::v4(input.str("CidrBlock")?, "cidrBlock")?;
    check_size(&block)?;
    let have = vpc::blocks(&vpc);
    if have.len() >= ctx.quotas.cidr_blocks_per_vpc {
        return Err(AwsError::new(
            "CidrLimitExceeded",
            format!(
                "This network '{id}' has met its maximum number of allowed CIDRs: {}",
                ctx.quotas.cidr_blocks_per_vpc
            ),
        ));
    }
    if have.iter().any(|b| cidr::overlap(b, &block)) {
        return Err(AwsError::new(
            "InvalidVpc.Range",
            format!("The CIDR '{block}' conflicts with another CIDR of the VPC."),
        ));
    }
    let association = ctx.new_id("vpc-cidr-assoc");
    let association = json!({
        "AssociationId": association, "CidrBlock": block.to_string(), "CidrBlockState": {"State": "associating"},
    });
    if let Some(list) = items_mut(&mut vpc, "CidrBlockAssociationSet") {
        list.push(association.clone());
    }
    VPC.put(ctx, vpc);
    route_table::add_local_routes(ctx, id);
    ctx.after(5, "vpc-cidr-settled", id);
    Ok(json!({"VpcId": id, "CidrBlockAssociation": association}))
}

fn disassociate(ctx: &mut Ctx, input: &Input) -> Answer {
    let id = input.str("AssociationId")?;
    let found = VPC.all(ctx).find(|v| {
        ["CidrBlockAssociationSet", "Ipv6CidrBlockAssociationSet"]
            .iter()
            .any(|set| items(v, set).iter().any(|a| text(a, "AssociationId") == id))
    });
    let Some(mut vpc) = found.cloned() else {
        return Err(AwsError::new(
            "InvalidVpcCidrBlockAssociationID.NotFound",
            format!("The vpc CIDR block association ID '{id}' does not exist"),
        ));
    };
    let vpc_id = text(&vpc, "VpcId").to_owned();
    if let Some(list) = items_mut(&mut vpc, "CidrBlockAssociationSet")
        && let Some(a) = list.iter_mut().find(|a| text(a, "AssociationId") == id)
    {
        let block = text(a, "CidrBlock").to_owned();
        let net = cidr::v4(&block, "cidrBlock")?;
        let primary = text(&vpc, "CidrBlock") == block;
        if primary {
            return Err(AwsError::new(
                "OperationNotPermitted",
                format!(
                    "The vpc CIDR block with association ID {id} may not be disassociated. It is the primary IPv4 CIDR block of the VPC"
                ),
            ));
        }
        let used = SUBNET
            .with(ctx, "VpcId", &vpc_id)
            .iter()
            .any(|s| text(s, "CidrBlock").parse::<Ipv4Net>().is_ok_and(|s| net.contains(&s)));
        if used {
            return Err(AwsError::new(
                "InvalidCidrBlock.InUse",
                format!("The vpc CIDR block with association ID {id} is in use by a subnet"),
            ));
        }
        let mut answer = json!(null);
        VPC.update(ctx, &vpc_id, |v| {
            if let Some(list) = items_mut(v, "CidrBlockAssociationSet")
                && let Some(a) = list.iter_mut().find(|a| text(a, "AssociationId") == id)
            {
                a["CidrBlockState"] = json!({"State": "disassociating"});
                answer = a.clone();
            }
        });
        route_table::remove_local_route(ctx, &vpc_id, &block);
        ctx.after(5, "vpc-cidr-settled", &vpc_id);
        return Ok(json!({"VpcId": vpc_id, "CidrBlockAssociation": answer}));
    }
    let mut answer = json!(null);
    if let Some(list) = items_mut(&mut vpc, "Ipv6CidrBlockAssociationSet")
        && let Some(at) = list.iter().position(|a| text(a, "AssociationId") == id)
    {
        answer = list.remove(at);
    }
    let block = text(&answer, "Ipv6CidrBlock").to_owned();
    let used = SUBNET.with(ctx, "VpcId", &vpc_id).iter().any(|s| !items(s, "Ipv6CidrBlockAssociationSet").is_empty());
    if used {
        return Err(AwsError::new(
            "InvalidCidrBlock.InUse",
            format!("The vpc CIDR block with association ID {id} is in use by a subnet"),
        ));
    }
    VPC.put(ctx, vpc);
    route_table::remove_local_route(ctx, &vpc_id, &block);
    answer["Ipv6CidrBlockState"] = json!({"State": "disassociating"});
    Ok(json!({"VpcId": vpc_id, "Ipv6CidrBlockAssociation": answer}))
}

/// Some seconds later an association is made or gone.
pub(crate) fn settled(ctx: &mut Ctx, vpc: &str) {
    VPC.update(ctx, vpc, |v| {
        if let Some(list) = items_mut(v, "CidrBlockAssociationSet") {
            list.retain(|a| text(&a["CidrBlockState"], "State") != "disassociating");
            for a in list.iter_mut() {
                a["CidrBlockState"] = json!({"State": "associated"});
            }
        }
    });
}
