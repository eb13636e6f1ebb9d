//! `aws_efs_mount_target` (<https://registry.terraform.io/providers/hashicorp/aws/5.100.0/docs/resources/efs_mount_target>).

use serde_json::{Map, Value as Json, json};

use crate::cx::{Cx, Seen};
use crate::decl::*;
use crate::doc;
use crate::fail::Fail;
use crate::obj::Obj;
use crate::work::Work;

/// `aws_efs_mount_target`.
pub static MOUNT_TARGET: Resource = resource("aws_efs_mount_target", &super::EFS)
    .attrs(&[
        string("availability_zone_id").computed(),
        string("availability_zone_name").computed(),
        string("dns_name").computed().unread(),
        string("file_system_arn").computed().unread(),
        string("file_system_id").required().replaces(),
        string("ip_address").optional_computed().replaces().check(&[Check::Ipv4Address]),
        string("mount_target_dns_name").computed().unread(),
        string("network_interface_id").computed(),
        string("owner_id").computed(),
        strings("security_groups").optional_computed().unread(),
        string("subnet_id").required().replaces(),
    ])
    .timeouts(&[("create", 1800), ("delete", 600)])
    .create_with(create)
    .key(&[("MountTargetId", "id")])
    .read(Read::Hook)
    .updates(&[update_with(change_groups, &["security_groups"])])
    .delete_with(delete)
    .gone(&["MountTargetNotFound", "FileSystemNotFound"])
    .faults(&[("SubnetNotFound", "subnet_id"), ("SecurityGroupNotFound", "security_groups")])
    .after_read(read);

fn create<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let mut input = Map::new();
        doc::input(work.resource.attrs, &work.state, &mut input);
        let answer = cx.call("efs", "CreateMountTarget", Json::Object(input)).await?;
        let id = doc::text(&answer, "MountTargetId");
        work.state.set("id", id.as_str());
        wait(cx, work, &id, &["creating"], &["available"]).await
    })
}

async fn wait(cx: &Cx, work: &Work, id: &str, pending: &[&str], target: &[&str]) -> Result<(), Fail> {
    let what = crate::read::name(work.resource, &work.state);
    cx.wait(&what, work.limit, pending, target, || {
        Box::pin(async {
            match cx.call("efs", "DescribeMountTargets", json!({"MountTargetId": id})).await {
                Ok(answer) => {
                    let state = doc::text(&answer, "MountTargets[0].LifeCycleState");
                    Ok((state != "deleted" && !state.is_empty()).then(|| Seen::of(state)))
                }
                Err(e) if e.is(MOUNT_TARGET.gone) => Ok(None),
                Err(e) => Err(e),
            }
        })
    })
    .await?;
    Ok(())
}

/// All mount targets of a file system share one listing; only an import does not know the file system yet.
fn read<'a>(cx: &'a Cx, obj: &'a mut Obj, _: &'a Json) -> Fut<'a, bool> {
    Box::pin(async move {
        let id = obj.id().to_owned();
        let by = match obj.str("file_system_id") {
            Some(system) => json!({"FileSystemId": system}),
            None => json!({"MountTargetId": id}),
        };
        let groups = cx.once("efs", "DescribeMountTargetSecurityGroups", json!({"MountTargetId": id}));
        let listing = cx.list_once("efs", "DescribeMountTargets", "MountTargets", by);
        let (all, groups) = futures_util::join!(listing, groups);
        let Some(item) = all?.into_iter().find(|t| doc::text(t, "MountTargetId") == id) else { return Ok(false) };
        let groups = doc::texts(&*groups?, "SecurityGroups");
        doc::fill(MOUNT_TARGET.attrs, &item, obj);
        obj.set_strs("security_groups", groups.iter().map(String::as_str));
        let system = obj.text("file_system_id").to_owned();
        let dns = super::dns_name(cx, &system);
        obj.set("mount_target_dns_name", format!("{}.{dns}", obj.text("availability_zone_name")));
        obj.set("dns_name", dns);
        let owner = obj.text("owner_id").to_owned();
        obj.set("file_system_arn", cx.arn("elasticfilesystem", &owner, &format!("file-system/{system}")));
        Ok(true)
    })
}

fn change_groups<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let input = json!({"MountTargetId": work.state.id(), "SecurityGroups": work.state.strs("security_groups")});
        cx.call("efs", "ModifyMountTargetSecurityGroups", input).await?;
        Ok(())
    })
}

fn delete<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let id = work.prior.id().to_owned();
        cx.call("efs", "DeleteMountTarget", json!({"MountTargetId": id})).await?;
        wait(cx, work, &id, &["available", "deleting"], &[]).await
    })
}
