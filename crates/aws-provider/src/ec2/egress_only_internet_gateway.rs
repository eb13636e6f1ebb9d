//! `aws_egress_only_internet_gateway`
//! (<https://registry.terraform.io/providers/hashicorp/aws/5.100.0/docs/resources/egress_only_internet_gateway>).

use crate::decl::*;

static EGRESS_ONLY_INTERNET_GATEWAYS: Many = super::many(
    "DescribeEgressOnlyInternetGateways",
    "EgressOnlyInternetGatewayIds",
    "EgressOnlyInternetGateways",
    "EgressOnlyInternetGatewayId",
    None,
);

/// `aws_egress_only_internet_gateway`.
pub static EGRESS_ONLY_INTERNET_GATEWAY: Resource = resource("aws_egress_only_internet_gateway", &super::EC2)
    .id("EgressOnlyInternetGatewayId")
    .attrs(&[string("vpc_id").required().replaces().from("Attachments[0].VpcId").to("VpcId")])
    .tagged(super::tags("egress-only-internet-gateway"))
    .create("CreateEgressOnlyInternetGateway", "EgressOnlyInternetGateway")
    .key(&[("EgressOnlyInternetGatewayId", "id")])
    .read(Read::Many(&EGRESS_ONLY_INTERNET_GATEWAYS))
    .delete("DeleteEgressOnlyInternetGateway")
    .gone(&["InvalidGatewayID.NotFound"]);
