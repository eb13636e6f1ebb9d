//! `aws_nat_gateway` (<https://registry.terraform.io/providers/hashicorp/aws/5.100.0/docs/resources/nat_gateway>).

use serde_json::{Value as Json, json};

use crate::cx::{Cx, Seen};
use crate::decl::*;
use crate::doc;
use crate::fail::Fail;
use crate::obj::Obj;
use crate::work::Work;

/// `DescribeNatGateways`.
pub static NAT_GATEWAYS: Many = super::many(
    "DescribeNatGateways",
    "NatGatewayIds",
    "NatGateways",
    "NatGatewayId",
    Some(("Filter", "nat-gateway-id")),
);

/// `aws_nat_gateway`.
pub static NAT_GATEWAY: Resource = resource("aws_nat_gateway", &super::EC2)
    .id("NatGatewayId")
    .attrs(&[
        string("allocation_id").replaces().unread(),
        string("association_id").computed().unread(),
        string("connectivity_type").default_str("public").replaces().check(&[Check::OneOf(&["private", "public"])]),
        string("network_interface_id").computed().unread(),
        string("private_ip")
            .optional_computed()
            .replaces()
            .unread()
            .to("PrivateIpAddress")
            .check(&[Check::Ipv4Address]),
        string("public_ip").computed().unread(),
        strings("secondary_allocation_ids").unread(),
        int("secondary_private_ip_address_count")
            .optional_computed()
            .replaces()
            .unread()
            .conflicts_with(&["secondary_private_ip_addresses"]),
        strings("secondary_private_ip_addresses").optional_computed().unread(),
        string("subnet_id").required().replaces(),
    ])
    .tagged(super::tags("natgateway"))
    .timeouts(&[("create", 600), ("update", 600), ("delete", 1800)])
    .create("CreateNatGateway", "NatGateway")
    .key(&[("NatGatewayId", "id")])
    .read(Read::Many(&NAT_GATEWAYS))
    .dead("State", &["deleted"])
    .wait("State", &["pending"], &["available"])
    .failure_reason("FailureMessage")
    .updates(&[update_with(change_secondary, &["secondary_allocation_ids", "secondary_private_ip_addresses"])])
    .delete("DeleteNatGateway")
    .wait_deleted("State", &["available", "deleting", "pending", "failed"])
    .gone(&["NatGatewayNotFound"])
    .validates(validate)
    .after_read(read);

fn validate(config: &Obj, found: &mut craton_model::Diagnostics) {
    let Some(kind) = config.peek("connectivity_type") else { return };
    let public = kind.is_null() || kind.as_str() == Some("public");
    let allocation = config.peek("allocation_id");
    if allocation.is_some_and(|v| !v.is_known()) {
        return;
    }
    let allocated = allocation.is_some_and(|v| !v.is_null());
    let wrong = match (kind.is_known(), public, allocated) {
        (true, true, false) => "\"allocation_id\" is needed for a NAT gateway that reaches the internet.",
        (true, false, true) => {
            "\"allocation_id\" cannot be given for a NAT gateway with connectivity_type = \"private\"."
        }
        _ => return,
    };
    found.push(
        craton_model::Diagnostic::error("Invalid combination of arguments", wrong)
            .on_attribute(craton_model::Path::attr("allocation_id")),
    );
}

fn read<'a>(_: &'a Cx, obj: &'a mut Obj, item: &'a Json) -> Fut<'a, bool> {
    Box::pin(async move {
        let addresses = doc::items(item, "NatGatewayAddresses");
        let lone = addresses.len() == 1;
        let (primary, secondary): (Vec<&Json>, Vec<&Json>) =
            addresses.iter().partition(|a| lone || doc::flag(a, "IsPrimary"));
        let opt = |path: &str| primary.first().map(|a| doc::text(a, path)).filter(|t| !t.is_empty());
        for (name, path) in [
            ("allocation_id", "AllocationId"),
            ("association_id", "AssociationId"),
            ("network_interface_id", "NetworkInterfaceId"),
            ("private_ip", "PrivateIp"),
            ("public_ip", "PublicIp"),
        ] {
            let v = opt(path);
            match (&v, obj.is_zero(name)) {
                (None, true) if !obj.get(name).is_null() => {}
                _ => obj.set_opt(name, v.as_deref()),
            }
        }
        let all = |path: &str| -> Vec<String> {
            secondary.iter().map(|a| doc::text(a, path)).filter(|t| !t.is_empty()).collect()
        };
        let (allocations, addresses) = (all("AllocationId"), all("PrivateIp"));
        obj.set_strs("secondary_allocation_ids", allocations.iter().map(String::as_str));
        obj.set_strs("secondary_private_ip_addresses", addresses.iter().map(String::as_str));
        obj.set("secondary_private_ip_address_count", i64::try_from(addresses.len()).unwrap_or(i64::MAX));
        Ok(true)
    })
}

/// Whether all addresses of a gateway work, and none is on its way to or from it.
async fn look_at_addresses(cx: &Cx, id: &str) -> Result<Option<Seen>, Fail> {
    let Some(gateway) = cx.fresh(&NAT_GATEWAYS, id).await? else { return Ok(None) };
    let addresses = doc::items(&gateway, "NatGatewayAddresses");
    if let Some(failed) = addresses.iter().find(|a| doc::text(a, "Status") == "failed") {
        return Ok(Some(Seen { reason: doc::text(failed, "FailureMessage"), ..Seen::of("failed") }));
    }
    let settled = addresses.iter().all(|a| ["succeeded", ""].contains(&doc::text(a, "Status").as_str()));
    Ok(Some(Seen::of(if settled { "settled" } else { "changing" })))
}

fn change_secondary<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let id = work.state.id().to_owned();
        let (old, new) = (work.prior.strs("secondary_allocation_ids"), work.state.strs("secondary_allocation_ids"));
        let added: Vec<&&str> = new.iter().filter(|a| !old.contains(a)).collect();
        let removed: Vec<&&str> = old.iter().filter(|a| !new.contains(a)).collect();
        let private = work.state.text("connectivity_type") == "private";
        let was = work.prior.strs("secondary_private_ip_addresses");
        let will = work.state.strs("secondary_private_ip_addresses");
        if private && work.changes("secondary_private_ip_addresses") {
            let more: Vec<&&str> = will.iter().filter(|a| !was.contains(a)).collect();
            let fewer: Vec<&&str> = was.iter().filter(|a| !will.contains(a)).collect();
            if !more.is_empty() {
                cx.ec2("AssignPrivateNatGatewayAddress", json!({"NatGatewayId": id, "PrivateIpAddresses": more}))
                    .await?;
            }
            if !fewer.is_empty() {
                cx.ec2("UnassignPrivateNatGatewayAddress", json!({"NatGatewayId": id, "PrivateIpAddresses": fewer}))
                    .await?;
            }
        }
        if !added.is_empty() {
            let addresses: Vec<&&str> = will.iter().filter(|a| !was.contains(a)).collect();
            let mut input = json!({"NatGatewayId": id, "AllocationIds": added});
            if !addresses.is_empty() {
                input["PrivateIpAddresses"] = json!(addresses);
            }
            cx.ec2("AssociateNatGatewayAddress", input).await?;
        }
        if !removed.is_empty() {
            let found = cx.fresh(&NAT_GATEWAYS, &id).await?;
            let addresses = found.map(|g| doc::items(&g, "NatGatewayAddresses")).unwrap_or_default();
            let ids: Vec<String> = addresses
                .iter()
                .filter(|a| removed.iter().any(|r| **r == doc::text(a, "AllocationId")))
                .map(|a| doc::text(a, "AssociationId"))
                .collect();
            cx.ec2("DisassociateNatGatewayAddress", json!({"NatGatewayId": id, "AssociationIds": ids})).await?;
        }
        let what = crate::read::name(work.resource, &work.state);
        cx.wait(&what, work.limit, &["changing"], &["settled"], || Box::pin(look_at_addresses(cx, &id))).await?;
        Ok(())
    })
}
