//! `aws_efs_access_point` (<https://registry.terraform.io/providers/hashicorp/aws/5.100.0/docs/resources/efs_access_point>).

use serde_json::Value as Json;

use crate::cx::Cx;
use crate::decl::*;
use crate::obj::Obj;

/// All access points of a region.
static ACCESS_POINTS: Sweep =
    Sweep { service: "efs", op: "DescribeAccessPoints", items: "AccessPoints", key: "AccessPointId" };

const POSIX_USER: Kind = Kind::Object(&[
    int("gid").required().replaces(),
    set("secondary_gids", &Kind::Int).replaces(),
    int("uid").required().replaces(),
]);

const CREATION_INFO: Kind = Kind::Object(&[
    int("owner_gid").required().replaces(),
    int("owner_uid").required().replaces(),
    string("permissions").required().replaces(),
]);

const ROOT_DIRECTORY: Kind = Kind::Object(&[
    block("creation_info", &CREATION_INFO).optional_computed().replaces().zero(),
    string("path").optional_computed().replaces(),
]);

/// `aws_efs_access_point`.
pub static ACCESS_POINT: Resource = resource("aws_efs_access_point", &super::EFS)
    .id("AccessPointId")
    .attrs(&[
        string("arn").computed().from("AccessPointArn"),
        string("file_system_arn").computed().unread(),
        string("file_system_id").required().replaces(),
        string("owner_id").computed(),
        block("posix_user", &POSIX_USER).replaces().zero(),
        block("root_directory", &ROOT_DIRECTORY).optional_computed().replaces().zero(),
    ])
    .tagged(super::TAGS)
    .create("CreateAccessPoint", "")
    .key(&[("AccessPointId", "id")])
    .read(Read::Sweep(&ACCESS_POINTS))
    .wait("LifeCycleState", &["creating"], &["available"])
    .delete("DeleteAccessPoint")
    .wait_deleted("LifeCycleState", &["available", "deleting", "deleted"])
    .gone(&["AccessPointNotFound"])
    .after_read(read);

fn read<'a>(cx: &'a Cx, obj: &'a mut Obj, _: &'a Json) -> Fut<'a, bool> {
    Box::pin(async move {
        let (owner, system) = (obj.text("owner_id").to_owned(), obj.text("file_system_id").to_owned());
        obj.set("file_system_arn", cx.arn("elasticfilesystem", &owner, &format!("file-system/{system}")));
        Ok(true)
    })
}
