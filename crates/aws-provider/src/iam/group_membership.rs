//! `aws_iam_group_membership`
//! (<https://registry.terraform.io/providers/hashicorp/aws/5.100.0/docs/resources/iam_group_membership>).

use serde_json::{Value as Json, json};

use crate::cx::Cx;
use crate::decl::*;
use crate::doc;
use crate::fail::Fail;
use crate::obj::Obj;
use crate::work::Work;

/// `aws_iam_group_membership`: who is in a group, and nobody else is.
pub static GROUP_MEMBERSHIP: Resource = resource("aws_iam_group_membership", &super::IAM)
    .attrs(&[
        string("group").required().replaces(),
        string("name").required().replaces(),
        strings("users").required().unread(),
    ])
    .create_with(create)
    .read(Read::Hook)
    .updates(&[update_with(change, &["users"])])
    .delete_with(delete)
    .gone(&["NoSuchEntity"])
    .faults(&[("NoSuchEntity", "users")])
    .after_read(read);

/// Adds users to the group, or takes them out. One who is not there any more is in no group.
async fn each(cx: &Cx, op: &str, group: &str, users: &[&str]) -> Result<(), Fail> {
    let removes = op == "RemoveUserFromGroup";
    for user in users {
        match cx.call("iam", op, json!({"GroupName": group, "UserName": user})).await {
            Err(e) if removes && e.is(&["NoSuchEntity"]) => {}
            answer => drop(answer?),
        }
    }
    Ok(())
}

fn create<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        each(cx, "AddUserToGroup", work.state.text("group"), &work.state.strs("users")).await?;
        let name = work.state.text("name").to_owned();
        work.state.set("id", name);
        Ok(())
    })
}

fn read<'a>(cx: &'a Cx, obj: &'a mut Obj, _: &'a Json) -> Fut<'a, bool> {
    Box::pin(async move {
        let all = cx.list_once("iam", "GetGroup", "Users", json!({"GroupName": obj.text("group")})).await?;
        let names: Vec<String> = all.iter().map(|u| doc::text(u, "UserName")).collect();
        obj.set_strs("users", names.iter().map(String::as_str));
        Ok(true)
    })
}

fn change<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let (old, new) = (work.prior.strs("users"), work.state.strs("users"));
        let gone: Vec<&str> = old.iter().copied().filter(|u| !new.contains(u)).collect();
        let come: Vec<&str> = new.iter().copied().filter(|u| !old.contains(u)).collect();
        let group = work.state.text("group");
        each(cx, "RemoveUserFromGroup", group, &gone).await?;
        each(cx, "AddUserToGroup", group, &come).await
    })
}

fn delete<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move { each(cx, "RemoveUserFromGroup", work.prior.text("group"), &work.prior.strs("users")).await })
}
