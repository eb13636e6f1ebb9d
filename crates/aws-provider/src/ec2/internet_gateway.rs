//! `aws_internet_gateway` (<https://registry.terraform.io/providers/hashicorp/aws/5.100.0/docs/resources/internet_gateway>).

use serde_json::json;

use crate::cx::Cx;
use crate::decl::*;
use crate::fail::Fail;
use crate::work::Work;

static INTERNET_GATEWAYS: Many = super::many(
    "DescribeInternetGateways",
    "InternetGatewayIds",
    "InternetGateways",
    "InternetGatewayId",
    Some(("Filters", "internet-gateway-id")),
);

/// `aws_internet_gateway`.
pub static INTERNET_GATEWAY: Resource = resource("aws_internet_gateway", &super::EC2)
    .id("InternetGatewayId")
    .arn("ec2:internet-gateway/{id}")
    .attrs(&[
        string("arn").computed().unread(),
        string("owner_id").computed(),
        string("vpc_id").optional_computed().from("Attachments[0].VpcId").zero().unsent(),
    ])
    .tagged(super::tags("internet-gateway"))
    .timeouts(&[("create", 1200), ("update", 1200), ("delete", 1200)])
    .create("CreateInternetGateway", "InternetGateway")
    .key(&[("InternetGatewayId", "id")])
    .read(Read::Many(&INTERNET_GATEWAYS))
    .updates(&[update_with(change_vpc, &["vpc_id"]).also_after_create()])
    .delete_with(delete)
    .gone(&["InvalidInternetGatewayID.NotFound"]);

/// Detaches from one VPC, attaches to another.
fn change_vpc<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        if let Some(old) = work.prior.str("vpc_id") {
            detach(cx, work, old).await?;
        }
        if let Some(new) = work.state.str("vpc_id") {
            let input = json!({"InternetGatewayId": work.state.id(), "VpcId": new});
            cx.ec2_retry("AttachInternetGateway", input, work.limit, &["InvalidInternetGatewayID.NotFound"]).await?;
        }
        Ok(())
    })
}

async fn detach(cx: &Cx, work: &Work, vpc: &str) -> Result<(), Fail> {
    let input = json!({"InternetGatewayId": work.prior.id(), "VpcId": vpc});
    // Public addresses in the VPC hold the gateway until they are gone.
    match cx.ec2_retry("DetachInternetGateway", input, work.limit, &["DependencyViolation"]).await {
        Err(e) if !e.is(&["Gateway.NotAttached"]) => Err(e),
        _ => Ok(()),
    }
}

fn delete<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        if let Some(vpc) = work.prior.str("vpc_id") {
            detach(cx, work, vpc).await?;
        }
        let input = json!({"InternetGatewayId": work.prior.id()});
        cx.ec2_retry("DeleteInternetGateway", input, work.limit, &["DependencyViolation"]).await?;
        Ok(())
    })
}
