//! Virtual private gateways and customer gateways.

use serde_json::json;

use super::kind::{CUSTOMER_GATEWAY, Describe, VPC, VPN_GATEWAY};
use super::{route_table, tags};
use crate::context::Ctx;
use crate::document::{items, public, set, set_some, text};
use crate::error::{Answer, AwsError};
use crate::input::Input;
use crate::sandbox::Operations;

pub(crate) const OPERATIONS: Operations = &[
    ("CreateVpnGateway", create_vpn),
    ("DescribeVpnGateways", describe_vpn),
    ("AttachVpnGateway", attach),
    ("DetachVpnGateway", detach),
    ("DeleteVpnGateway", delete_vpn),
    ("CreateCustomerGateway", create_customer),
    ("DescribeCustomerGateways", describe_customer),
    ("DeleteCustomerGateway", delete_customer),
];

fn create_vpn(ctx: &mut Ctx, input: &Input) -> Answer {
    let kind = input.str("Type")?;
    if kind != "ipsec.1" {
        return Err(input.invalid(format!("Value ({kind}) for parameter type is invalid.")));
    }
    let zone = input.filled("AvailabilityZone")?;
    let asn = input.opt_int("AmazonSideAsn")?.unwrap_or(64512);
    let mut doc = json!({
        "VpnGatewayId": ctx.new_id("vgw"),
        "State": "available",
        "Type": kind,
        "AmazonSideAsn": asn,
        "VpcAttachments": [],
        "Tags": tags::on_create(input, VPN_GATEWAY.table)?,
    });
    set_some(&mut doc, "AvailabilityZone", zone);
    VPN_GATEWAY.put(ctx, doc.clone());
    Ok(json!({"VpnGateway": public(&doc)}))
}

fn describe_vpn(ctx: &mut Ctx, input: &Input) -> Answer {
    let shape = Describe {
        ids: "VpnGatewayIds",
        filter_member: "Filters",
        list: "VpnGateways",
        filters: &[
            ("amazon-side-asn", "AmazonSideAsn"),
            ("attachment.state", "VpcAttachments.State"),
            ("attachment.vpc-id", "VpcAttachments.VpcId"),
            ("availability-zone", "AvailabilityZone"),
            ("state", "State"),
            ("type", "Type"),
            ("vpn-gateway-id", "VpnGatewayId"),
        ],
    };
    VPN_GATEWAY.describe(ctx, input, &shape, |_, d| d.clone())
}

fn attach(ctx: &mut Ctx, input: &Input) -> Answer {
    let (id, vpc) = (input.str("VpnGatewayId")?, input.str("VpcId")?);
    VPN_GATEWAY.get(ctx, id)?;
    VPC.get(ctx, vpc)?;
    let held = |d: &serde_json::Value, vpc: Option<&str>| {
        items(d, "VpcAttachments")
            .iter()
            .any(|a| text(a, "State") == "attached" && vpc.is_none_or(|v| text(a, "VpcId") == v))
    };
    if VPN_GATEWAY.all(ctx).any(|g| held(g, Some(vpc))) || held(VPN_GATEWAY.get(ctx, id)?, None) {
        return Err(AwsError::new(
            "VpnGatewayAttachmentLimitExceeded",
            format!("The maximum number of virtual private gateway attachments has been reached for {vpc}."),
        ));
    }
    let attachment = json!({"State": "attached", "VpcId": vpc});
    VPN_GATEWAY.update(ctx, id, |g| set(g, "VpcAttachments", json!([attachment])));
    Ok(json!({"VpcAttachment": attachment}))
}

fn detach(ctx: &mut Ctx, input: &Input) -> Answer {
    let (id, vpc) = (input.str("VpnGatewayId")?, input.str("VpcId")?);
    let attached = items(VPN_GATEWAY.get(ctx, id)?, "VpcAttachments")
        .iter()
        .any(|a| text(a, "VpcId") == vpc && text(a, "State") == "attached");
    if !attached {
        return Err(AwsError::new(
            "InvalidVpnGatewayAttachment.NotFound",
            format!("The attachment with vpn gateway ID '{id}' and vpc ID '{vpc}' does not exist"),
        ));
    }
    VPN_GATEWAY.update(ctx, id, |g| set(g, "VpcAttachments", json!([{"State": "detached", "VpcId": vpc}])));
    route_table::blackhole(ctx, id);
    Ok(json!({}))
}

fn delete_vpn(ctx: &mut Ctx, input: &Input) -> Answer {
    let id = input.str("VpnGatewayId")?;
    let gateway = VPN_GATEWAY.get(ctx, id)?;
    if items(gateway, "VpcAttachments").iter().any(|a| text(a, "State") == "attached") {
        return Err(AwsError::new("IncorrectState", format!("The virtual private gateway '{id}' is in use.")));
    }
    VPN_GATEWAY.update(ctx, id, |g| set(g, "State", "deleted"));
    ctx.after(3600, "vpn-gateway-forgotten", id);
    Ok(json!({}))
}

fn create_customer(ctx: &mut Ctx, input: &Input) -> Answer {
    input.refuse(&["PublicIp"])?;
    let kind = input.str("Type")?;
    if kind != "ipsec.1" {
        return Err(input.invalid(format!("Value ({kind}) for parameter type is invalid.")));
    }
    // A number that does not fit into 31 bits is given, and told, as another member.
    let (member, asn) = match (input.opt_int("BgpAsn")?, input.opt_int("BgpAsnExtended")?) {
        (Some(_), Some(_)) => {
            return Err(AwsError::new(
                "InvalidParameterCombination",
                "You cannot specify both BgpAsn and BgpAsnExtended.",
            ));
        }
        (_, Some(n)) if !(2_147_483_648..=4_294_967_295).contains(&n) => {
            return Err(input.invalid(format!("Value ({n}) for parameter bgpAsnExtended is invalid.")));
        }
        (_, Some(n)) => ("BgpAsnExtended", n),
        (n, None) => ("BgpAsn", n.unwrap_or(65000)),
    };
    let mut doc = json!({
        "CustomerGatewayId": ctx.new_id("cgw"),
        "State": "available",
        "Type": kind,
        "Tags": tags::on_create(input, CUSTOMER_GATEWAY.table)?,
    });
    set(&mut doc, member, asn.to_string());
    set_some(&mut doc, "IpAddress", input.filled("IpAddress")?);
    set_some(&mut doc, "CertificateArn", input.filled("CertificateArn")?);
    set_some(&mut doc, "DeviceName", input.filled("DeviceName")?);
    CUSTOMER_GATEWAY.put(ctx, doc.clone());
    Ok(json!({"CustomerGateway": public(&doc)}))
}

fn describe_customer(ctx: &mut Ctx, input: &Input) -> Answer {
    let shape = Describe {
        ids: "CustomerGatewayIds",
        filter_member: "Filters",
        list: "CustomerGateways",
        filters: &[
            ("bgp-asn", "BgpAsn"),
            ("customer-gateway-id", "CustomerGatewayId"),
            ("ip-address", "IpAddress"),
            ("state", "State"),
            ("type", "Type"),
        ],
    };
    CUSTOMER_GATEWAY.describe(ctx, input, &shape, |_, d| d.clone())
}

fn delete_customer(ctx: &mut Ctx, input: &Input) -> Answer {
    let id = input.str("CustomerGatewayId")?;
    CUSTOMER_GATEWAY.get(ctx, id)?;
    CUSTOMER_GATEWAY.forget(ctx, id);
    Ok(json!({}))
}
