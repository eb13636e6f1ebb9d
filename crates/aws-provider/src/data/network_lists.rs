//! All that match: `aws_vpcs`, `aws_security_groups`.

use super::network::{FILTER, input};
use super::{DataSource, data};
use crate::cx::Cx;
use crate::decl::*;
use crate::doc;
use crate::obj::Obj;

/// `aws_vpcs` (<https://registry.terraform.io/providers/hashicorp/aws/5.100.0/docs/data-sources/vpcs>).
pub static VPCS: DataSource = data(
    "aws_vpcs",
    &[
        block_set("filter", &FILTER),
        list("ids", &Kind::String).computed(),
        map("tags", &Kind::String).optional_computed(),
    ],
    vpcs,
)
.timeouts();

fn vpcs<'a>(cx: &'a Cx, obj: &'a mut Obj) -> Fut<'a, ()> {
    Box::pin(async move {
        let found = cx.list("ec2", "DescribeVpcs", "Vpcs", input(obj, None, &[])).await?;
        let ids: Vec<String> = found.iter().map(|v| doc::text(v, "VpcId")).collect();
        obj.set("id", cx.region());
        obj.set_strs("ids", ids.iter().map(String::as_str));
        Ok(())
    })
}

/// `aws_security_groups` (<https://registry.terraform.io/providers/hashicorp/aws/5.100.0/docs/data-sources/security_groups>).
pub static SECURITY_GROUPS: DataSource = data(
    "aws_security_groups",
    &[
        list("arns", &Kind::String).computed(),
        block_set("filter", &FILTER),
        list("ids", &Kind::String).computed(),
        map("tags", &Kind::String).optional_computed(),
        list("vpc_ids", &Kind::String).computed(),
    ],
    security_groups,
)
.timeouts();

fn security_groups<'a>(cx: &'a Cx, obj: &'a mut Obj) -> Fut<'a, ()> {
    Box::pin(async move {
        let found = cx.list("ec2", "DescribeSecurityGroups", "SecurityGroups", input(obj, None, &[])).await?;
        let arn = |g| cx.arn("ec2", &doc::text(g, "OwnerId"), &format!("security-group/{}", doc::text(g, "GroupId")));
        let arns: Vec<String> = found.iter().map(arn).collect();
        let of = |path: &str| found.iter().map(|g| doc::text(g, path)).collect::<Vec<_>>();
        obj.set("id", cx.region());
        obj.set_strs("arns", arns.iter().map(String::as_str));
        obj.set_strs("ids", of("GroupId").iter().map(String::as_str));
        obj.set_strs("vpc_ids", of("VpcId").iter().map(String::as_str));
        Ok(())
    })
}
