//! `aws_customer_gateway`
//! (<https://registry.terraform.io/providers/hashicorp/aws/5.100.0/docs/resources/customer_gateway>).

use serde_json::{Map, Value as Json, json};

use crate::cx::Cx;
use crate::decl::*;
use crate::doc;
use crate::work::Work;

static CUSTOMER_GATEWAYS: Many = super::many(
    "DescribeCustomerGateways",
    "CustomerGatewayIds",
    "CustomerGateways",
    "CustomerGatewayId",
    Some(("Filters", "customer-gateway-id")),
);

/// `aws_customer_gateway`.
pub static CUSTOMER_GATEWAY: Resource = resource("aws_customer_gateway", &super::EC2)
    .arn("ec2:customer-gateway/{id}")
    .attrs(&[
        string("arn").computed().unread(),
        string("bgp_asn").replaces().unsent().zero().conflicts_with(&["bgp_asn_extended"]).check(&[Check::By(asn)]),
        string("bgp_asn_extended").replaces().unsent().zero().check(&[Check::By(asn)]),
        string("certificate_arn").replaces().zero().check(&[Check::Arn]),
        string("device_name").replaces().zero(),
        string("ip_address").replaces().zero().check(&[Check::Ipv4Address]),
        string("type").required().replaces().check(&[Check::OneOf(&["ipsec.1"])]),
    ])
    .tagged(super::tags("customer-gateway"))
    .create_with(create)
    .key(&[("CustomerGatewayId", "id")])
    .read(Read::Many(&CUSTOMER_GATEWAYS))
    .dead("State", &["deleted"])
    .wait("State", &["pending"], &["available"])
    .delete("DeleteCustomerGateway")
    .wait_deleted("State", &["available", "deleting"])
    .gone(&["InvalidCustomerGatewayID.NotFound"]);

fn asn(text: &str) -> Result<(), String> {
    match text.parse::<u32>() {
        Ok(1..) => Ok(()),
        _ if text.is_empty() => Ok(()),
        _ => Err(format!("{text:?} is not an ASN: 1 to 4294967295 are possible")),
    }
}

fn create<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let mut input = Map::new();
        doc::input(work.resource.attrs, &work.state, &mut input);
        for (name, member) in [("bgp_asn", "BgpAsn"), ("bgp_asn_extended", "BgpAsnExtended")] {
            if let Some(n) = work.state.str(name).and_then(|t| t.parse::<u32>().ok()) {
                input.insert(member.into(), json!(n));
            }
        }
        if let Some(t) = &work.resource.tags {
            t.at_creation(&cx.settings.tags.all(&work.config.get("tags")).unwrap_or_default(), &mut input);
        }
        let answer = cx.ec2("CreateCustomerGateway", Json::Object(input)).await?;
        work.state.set("id", doc::text(&answer, "CustomerGateway.CustomerGatewayId"));
        Ok(())
    })
}
