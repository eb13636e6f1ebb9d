//! `aws_vpc_block_public_access_options` and `aws_vpc_block_public_access_exclusion`
//! (<https://registry.terraform.io/providers/hashicorp/aws/5.100.0/docs/resources/vpc_block_public_access_options>).

use serde_json::{Value as Json, json};

use crate::cx::{Cx, Seen};
use crate::decl::*;
use crate::doc;
use crate::fail::Fail;
use crate::obj::Obj;
use crate::work::Work;

static EXCLUSIONS: Many = super::many(
    "DescribeVpcBlockPublicAccessExclusions",
    "ExclusionIds",
    "VpcBlockPublicAccessExclusions",
    "ExclusionId",
    None,
);

const MODES: &[Check] = &[Check::OneOf(&["off", "block-bidirectional", "block-ingress"])];

/// `aws_vpc_block_public_access_options`.
pub static OPTIONS: Resource = resource("aws_vpc_block_public_access_options", &super::EC2)
    .framework()
    .attrs(&[
        string("aws_account_id").computed().unread(),
        string("aws_region").computed().unread(),
        string("internet_gateway_block_mode").required().unread().check(MODES),
    ])
    .timeouts(&[("create", 1800), ("update", 1800), ("delete", 1800)])
    .create_with(set)
    .read(Read::Hook)
    .updates(&[update_with(set, &["internet_gateway_block_mode"])])
    .delete_with(reset)
    .after_read(read);

/// `aws_vpc_block_public_access_exclusion`.
pub static EXCLUSION: Resource = resource("aws_vpc_block_public_access_exclusion", &super::EC2)
    .framework()
    .id("ExclusionId")
    .attrs(&[
        string("internet_gateway_exclusion_mode")
            .required()
            .check(&[Check::OneOf(&["allow-bidirectional", "allow-egress"])]),
        string("resource_arn").computed(),
        string("subnet_id").replaces().unread().exactly_one_of(&["subnet_id", "vpc_id"]),
        string("vpc_id").replaces().unread(),
    ])
    .tagged(super::tags("vpc-block-public-access-exclusion"))
    .timeouts(&[("create", 1800), ("update", 1800), ("delete", 1800)])
    .create("CreateVpcBlockPublicAccessExclusion", "VpcBlockPublicAccessExclusion")
    .key(&[("ExclusionId", "id")])
    .read(Read::Many(&EXCLUSIONS))
    .dead("State", &["delete-complete", "disable-complete"])
    .wait("State", &["create-in-progress", "update-in-progress"], &["create-complete", "update-complete"])
    .failure_reason("Reason")
    .updates(&[update("ModifyVpcBlockPublicAccessExclusion", &["internet_gateway_exclusion_mode"])])
    .delete("DeleteVpcBlockPublicAccessExclusion")
    .wait_deleted("State", &["create-complete", "update-complete", "delete-in-progress"])
    .gone(&["InvalidVpcBlockPublicAccessExclusionId.NotFound"])
    .after_read(read_exclusion);

fn read_exclusion<'a>(_: &'a Cx, obj: &'a mut Obj, item: &'a Json) -> Fut<'a, bool> {
    Box::pin(async move {
        let arn = doc::text(item, "ResourceArn");
        let (kind, id) = arn.rsplit(':').next().and_then(|r| r.split_once('/')).unwrap_or_default();
        obj.set_opt("subnet_id", (kind == "subnet").then_some(id));
        obj.set_opt("vpc_id", (kind == "vpc").then_some(id));
        Ok(true)
    })
}

async fn change(cx: &Cx, work: &Work, mode: &str) -> Result<Json, Fail> {
    let answer = cx.ec2("ModifyVpcBlockPublicAccessOptions", json!({"InternetGatewayBlockMode": mode})).await?;
    let done = &["default-state", "update-complete"];
    let what = "the blocking of public access in this region";
    cx.wait(what, work.limit, &["update-in-progress"], done, || Box::pin(look(cx))).await?;
    Ok(doc::at(&answer, "VpcBlockPublicAccessOptions").unwrap_or(Json::Null))
}

async fn look(cx: &Cx) -> Result<Option<Seen>, Fail> {
    let answer = cx.ec2("DescribeVpcBlockPublicAccessOptions", json!({})).await?;
    let state = doc::text(&answer, "VpcBlockPublicAccessOptions.State");
    Ok(Some(Seen { reason: doc::text(&answer, "VpcBlockPublicAccessOptions.Reason"), ..Seen::of(state) }))
}

fn set<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let mode = work.state.text("internet_gateway_block_mode").to_owned();
        change(cx, work, &mode).await?;
        // There is one in each region.
        work.state.set("id", cx.region());
        Ok(())
    })
}

fn reset<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move { change(cx, work, "off").await.map(|_| ()) })
}

fn read<'a>(cx: &'a Cx, obj: &'a mut Obj, _: &'a Json) -> Fut<'a, bool> {
    Box::pin(async move {
        let answer = cx.once("ec2", "DescribeVpcBlockPublicAccessOptions", json!({})).await?;
        for (name, path) in [
            ("aws_account_id", "VpcBlockPublicAccessOptions.AwsAccountId"),
            ("aws_region", "VpcBlockPublicAccessOptions.AwsRegion"),
            ("internet_gateway_block_mode", "VpcBlockPublicAccessOptions.InternetGatewayBlockMode"),
        ] {
            obj.set(name, doc::text(&answer, path));
        }
        Ok(true)
    })
}
