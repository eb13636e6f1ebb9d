//! `aws_iam_instance_profile`
//! (<https://registry.terraform.io/providers/hashicorp/aws/5.100.0/docs/resources/iam_instance_profile>).

use serde_json::{Value as Json, json};

use crate::cx::Cx;
use crate::decl::*;
use crate::doc;
use crate::fail::Fail;
use crate::names;
use crate::obj::Obj;
use crate::work::Work;

/// `aws_iam_instance_profile`.
pub static INSTANCE_PROFILE: Resource = resource("aws_iam_instance_profile", &super::IAM)
    .attrs(&[
        string("arn").computed(),
        string("create_date").computed().unread(),
        string("name")
            .optional_computed()
            .replaces()
            .api("InstanceProfileName")
            .conflicts_with(&["name_prefix"])
            .check(&[Check::Length(1, 128), Check::By(super::name)]),
        string("name_prefix")
            .optional_computed()
            .replaces()
            .local()
            .check(&[Check::Length(1, 102), Check::By(super::name)]),
        string("path").default_str("/").replaces().check(&[Check::By(super::path)]),
        string("role").from("Roles[0].RoleName").unsent(),
        string("unique_id").computed().from("InstanceProfileId"),
    ])
    .tagged(super::tags("TagInstanceProfile", "UntagInstanceProfile", "InstanceProfileName", "name"))
    .create_with(create)
    .key(&[("InstanceProfileName", "id")])
    .read(Read::One { op: "GetInstanceProfile", item: "InstanceProfile" })
    .updates(&[update_with(change_role, &["role"])])
    .delete_with(delete)
    .gone(&["NoSuchEntity"])
    .after_read(read);

fn create<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let input = super::creation(cx, work, "InstanceProfileName");
        cx.call("iam", "CreateInstanceProfile", input).await?;
        work.state.set("id", work.state.text("name").to_owned());
        change_role(cx, work).await
    })
}

fn read<'a>(_: &'a Cx, obj: &'a mut Obj, item: &'a Json) -> Fut<'a, bool> {
    Box::pin(async move {
        obj.set("create_date", super::moment(item, "CreateDate"));
        obj.set("name_prefix", names::prefix_of(&doc::text(item, "InstanceProfileName")));
        Ok(true)
    })
}

fn tie(work: &Work, role: &str) -> Json {
    json!({"InstanceProfileName": work.state.id(), "RoleName": role})
}

async fn untie(cx: &Cx, work: &Work) -> Result<(), Fail> {
    let Some(old) = work.prior.str("role") else { return Ok(()) };
    match cx.call("iam", "RemoveRoleFromInstanceProfile", tie(work, old)).await {
        Err(e) if !e.is(&["NoSuchEntity"]) => Err(e),
        _ => Ok(()),
    }
}

fn change_role<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        untie(cx, work).await?;
        if let Some(role) = work.state.str("role") {
            // Neither may be known everywhere yet.
            let input = tie(work, role);
            super::persist(cx, "AddRoleToInstanceProfile", &input, |e| e.is(&["NoSuchEntity"])).await?;
        }
        Ok(())
    })
}

fn delete<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        untie(cx, work).await?;
        let input = json!({"InstanceProfileName": work.state.id()});
        super::persist(cx, "DeleteInstanceProfile", &input, |e| e.is(&["DeleteConflict"])).await?;
        Ok(())
    })
}
