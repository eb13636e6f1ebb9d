//! `aws_vpn_gateway`, `aws_vpn_gateway_attachment` and `aws_vpn_gateway_route_propagation`
//! (<https://registry.terraform.io/providers/hashicorp/aws/5.100.0/docs/resources/vpn_gateway>).

use serde_json::{Map, Value as Json, json};

use crate::cx::{Cx, Seen};
use crate::decl::*;
use crate::doc;
use crate::fail::Fail;
use crate::hash::hashcode;
use crate::obj::Obj;
use crate::work::Work;

static VPN_GATEWAYS: Many = super::many(
    "DescribeVpnGateways",
    "VpnGatewayIds",
    "VpnGateways",
    "VpnGatewayId",
    Some(("Filters", "vpn-gateway-id")),
);

/// `aws_vpn_gateway`.
pub static VPN_GATEWAY: Resource = resource("aws_vpn_gateway", &super::EC2)
    .arn("ec2:vpn-gateway/{id}")
    .attrs(&[
        string("amazon_side_asn").optional_computed().replaces().check(&[Check::By(asn)]),
        string("arn").computed().unread(),
        string("availability_zone").replaces().keep(),
        string("vpc_id").optional_computed().unread(),
    ])
    .tagged(super::tags("vpn-gateway"))
    .create_with(create)
    .key(&[("VpnGatewayId", "id")])
    .read(Read::Many(&VPN_GATEWAYS))
    .dead("State", &["deleted"])
    .updates(&[update_with(change_vpc, &["vpc_id"]).also_after_create()])
    .delete_with(delete)
    .gone(&["InvalidVpnGatewayID.NotFound"])
    .after_read(read);

/// `aws_vpn_gateway_attachment`.
pub static VPN_GATEWAY_ATTACHMENT: Resource = resource("aws_vpn_gateway_attachment", &super::EC2)
    .attrs(&[string("vpc_id").required().replaces().unread(), string("vpn_gateway_id").required().replaces().unread()])
    .create_with(attach_alone)
    .read(Read::PerParent {
        parent: &VPN_GATEWAYS,
        of: "vpn_gateway_id",
        pick: |gateway, obj| attachment(gateway, obj.text("vpc_id")),
    })
    .delete_with(detach_alone)
    .gone(&["InvalidVpnGatewayID.NotFound"]);

/// `aws_vpn_gateway_route_propagation`.
pub static VPN_GATEWAY_ROUTE_PROPAGATION: Resource = resource("aws_vpn_gateway_route_propagation", &super::EC2)
    .attrs(&[
        string("route_table_id").required().replaces().unread(),
        string("vpn_gateway_id").required().replaces().unread(),
    ])
    .timeouts(&[("create", 120), ("delete", 120)])
    .create_with(propagate)
    .read(Read::PerParent { parent: &super::ROUTE_TABLES, of: "route_table_id", pick: propagation })
    .delete_with(stop_propagation)
    .gone(&["InvalidRouteTableID.NotFound"]);

fn asn(text: &str) -> Result<(), String> {
    match text.parse::<u32>() {
        Ok(64512..=65534 | 4_200_000_000..=4_294_967_294) => Ok(()),
        _ if text.is_empty() => Ok(()),
        _ => Err(format!("{text:?} is not a private ASN: 64512 to 65534 and 4200000000 to 4294967294 are possible")),
    }
}

/// The attachment to a VPC that holds, or (for an empty id) to any.
fn attachment(gateway: &Json, vpc: &str) -> Option<Json> {
    let all = doc::items(gateway, "VpcAttachments");
    all.into_iter().find(|a| doc::text(a, "State") == "attached" && (vpc.is_empty() || doc::text(a, "VpcId") == vpc))
}

fn create<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let mut input = Map::new();
        input.insert("Type".into(), json!("ipsec.1"));
        if let Some(zone) = work.state.str("availability_zone") {
            input.insert("AvailabilityZone".into(), json!(zone));
        }
        if let Some(asn) = work.state.str("amazon_side_asn").and_then(|a| a.parse::<u32>().ok()) {
            input.insert("AmazonSideAsn".into(), json!(asn));
        }
        if let Some(t) = &work.resource.tags {
            t.at_creation(&cx.settings.tags.all(&work.config.get("tags")).unwrap_or_default(), &mut input);
        }
        let answer = cx.ec2("CreateVpnGateway", Json::Object(input)).await?;
        work.state.set("id", doc::text(&answer, "VpnGateway.VpnGatewayId"));
        Ok(())
    })
}

fn read<'a>(_: &'a Cx, obj: &'a mut Obj, item: &'a Json) -> Fut<'a, bool> {
    Box::pin(async move {
        let vpc = attachment(item, "").map(|a| doc::text(&a, "VpcId")).unwrap_or_default();
        obj.set("vpc_id", vpc);
        Ok(true)
    })
}

async fn look(cx: &Cx, gateway: &str, vpc: &str) -> Result<Option<Seen>, Fail> {
    let fresh = Cx::new(cx.settings.clone());
    let found = fresh.load(&VPN_GATEWAYS, gateway).await?;
    let all = found.map(|g| doc::items(&g, "VpcAttachments")).unwrap_or_default();
    let one = all.iter().find(|a| doc::text(a, "VpcId") == vpc && doc::text(a, "State") != "detached");
    Ok(one.map(|a| Seen::of(doc::text(a, "State"))))
}

async fn attach(cx: &Cx, work: &Work, gateway: &str, vpc: &str) -> Result<(), Fail> {
    let input = json!({"VpnGatewayId": gateway, "VpcId": vpc});
    cx.ec2_retry("AttachVpnGateway", input, work.limit, &["InvalidVpnGatewayID.NotFound"]).await?;
    let what = format!("the attachment of {gateway} to {vpc}");
    cx.wait(&what, work.limit, &["attaching"], &["attached"], || Box::pin(look(cx, gateway, vpc))).await?;
    Ok(())
}

async fn detach(cx: &Cx, work: &Work, gateway: &str, vpc: &str) -> Result<(), Fail> {
    match cx.ec2("DetachVpnGateway", json!({"VpnGatewayId": gateway, "VpcId": vpc})).await {
        Err(e) if e.is(&["InvalidVpnGatewayAttachment.NotFound", "InvalidVpnGatewayID.NotFound"]) => return Ok(()),
        other => other?,
    };
    let what = format!("the attachment of {gateway} to {vpc}");
    cx.wait(&what, work.limit, &["attached", "detaching"], &[], || Box::pin(look(cx, gateway, vpc))).await?;
    Ok(())
}

fn change_vpc<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let id = work.state.id();
        if let Some(old) = work.prior.str("vpc_id") {
            detach(cx, work, id, old).await?;
        }
        if let Some(new) = work.state.str("vpc_id") {
            attach(cx, work, id, new).await?;
        }
        Ok(())
    })
}

fn delete<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        if let Some(vpc) = work.prior.str("vpc_id") {
            detach(cx, work, work.prior.id(), vpc).await?;
        }
        let input = json!({"VpnGatewayId": work.prior.id()});
        cx.ec2_retry("DeleteVpnGateway", input, work.limit, &["IncorrectState"]).await?;
        Ok(())
    })
}

fn attach_alone<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let (gateway, vpc) = (work.state.text("vpn_gateway_id").to_owned(), work.state.text("vpc_id").to_owned());
        attach(cx, work, &gateway, &vpc).await?;
        work.state.set("id", format!("vpn-attachment-{:x}", hashcode(&format!("{vpc}-{gateway}"))));
        Ok(())
    })
}

fn detach_alone<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move { detach(cx, work, work.prior.text("vpn_gateway_id"), work.prior.text("vpc_id")).await })
}

fn propagation(table: &Json, obj: &Obj) -> Option<Json> {
    let gateway = obj.text("vpn_gateway_id");
    doc::texts(table, "PropagatingVgws[].GatewayId").iter().any(|g| g == gateway).then(|| json!({}))
}

fn propagate<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let (gateway, table) =
            (work.state.text("vpn_gateway_id").to_owned(), work.state.text("route_table_id").to_owned());
        let input = json!({"GatewayId": gateway, "RouteTableId": table});
        cx.ec2_retry("EnableVgwRoutePropagation", input, work.limit, &["Gateway.NotAttached"]).await?;
        work.state.set("id", format!("{gateway}_{table}"));
        Ok(())
    })
}

fn stop_propagation<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let p = &work.prior;
        let input = json!({"GatewayId": p.text("vpn_gateway_id"), "RouteTableId": p.text("route_table_id")});
        cx.ec2("DisableVgwRoutePropagation", input).await?;
        Ok(())
    })
}
