//! `aws_vpc_ipv4_cidr_block_association`
//! (<https://registry.terraform.io/providers/hashicorp/aws/5.100.0/docs/resources/vpc_ipv4_cidr_block_association>).

use serde_json::Value as Json;

use crate::cx::Cx;
use crate::decl::*;
use crate::doc;
use crate::fail::Fail;
use crate::obj::Obj;

/// `aws_vpc_ipv4_cidr_block_association`.
pub static VPC_IPV4_CIDR_BLOCK_ASSOCIATION: Resource = resource("aws_vpc_ipv4_cidr_block_association", &super::EC2)
    .id("CidrBlockAssociation.AssociationId")
    .attrs(&[
        string("cidr_block").optional_computed().replaces().check(&[Check::Ipv4Cidr]),
        string("ipv4_ipam_pool_id").replaces().unread(),
        int("ipv4_netmask_length")
            .replaces()
            .unread()
            .required_with(&["ipv4_ipam_pool_id"])
            .check(&[Check::Range(16, 28)]),
        string("vpc_id").required().replaces().unread(),
    ])
    .timeouts(&[("create", 600), ("delete", 600)])
    .create("AssociateVpcCidrBlock", "")
    .key(&[("AssociationId", "id")])
    .read(Read::PerParent { parent: &super::VPCS, of: "vpc_id", pick })
    .dead("CidrBlockState.State", &["disassociated"])
    .wait("CidrBlockState.State", &["associating"], &["associated"])
    .failure_reason("CidrBlockState.StatusMessage")
    .delete("DisassociateVpcCidrBlock")
    .wait_deleted("CidrBlockState.State", &["associated", "disassociating"])
    .gone(&["InvalidVpcCidrBlockAssociationID.NotFound"])
    .imports(import);

fn pick(vpc: &Json, obj: &Obj) -> Option<Json> {
    doc::items(vpc, "CidrBlockAssociationSet").into_iter().find(|a| doc::text(a, "AssociationId") == obj.id())
}

fn import<'a>(cx: &'a Cx, id: &'a str, obj: &'a mut Obj) -> Fut<'a, ()> {
    Box::pin(async move {
        let found = super::first(cx, "DescribeVpcs", "Vpcs", &[("cidr-block-association.association-id", id)]).await?;
        let Some(vpc) = found else {
            return Err(Fail::new("Invalid import id", format!("AWS knows no association {id:?}.")));
        };
        obj.set("vpc_id", doc::text(&vpc, "VpcId"));
        Ok(())
    })
}
