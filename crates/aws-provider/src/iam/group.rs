//! `aws_iam_group` (<https://registry.terraform.io/providers/hashicorp/aws/5.100.0/docs/resources/iam_group>).

use crate::cx::Cx;
use crate::decl::*;
use crate::work::Work;

/// `aws_iam_group`.
pub static GROUP: Resource = resource("aws_iam_group", &super::IAM)
    .id("GroupName")
    .attrs(&[
        string("arn").computed(),
        string("name").required().api("GroupName").check(&[Check::By(super::name)]),
        string("path").default_str("/"),
        string("unique_id").computed().from("GroupId"),
    ])
    .create("CreateGroup", "Group")
    .key(&[("GroupName", "id")])
    .read(Read::One { op: "GetGroup", item: "Group" })
    .updates(&[update_with(rename, &["name", "path"])])
    .delete("DeleteGroup")
    .gone(&["NoSuchEntity"])
    .plans(super::renamed);

fn rename<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let input = super::moved(work, "GroupName", "NewGroupName");
        cx.call("iam", "UpdateGroup", input).await?;
        work.state.set("id", work.state.text("name").to_owned());
        Ok(())
    })
}
