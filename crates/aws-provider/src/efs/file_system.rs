//! `aws_efs_file_system` (<https://registry.terraform.io/providers/hashicorp/aws/5.100.0/docs/resources/efs_file_system>).

use serde_json::{Map, Value as Json, json};

use crate::cx::Cx;
use crate::decl::*;
use crate::doc;
use crate::names;
use crate::obj::Obj;
use crate::work::Work;

const AFTER: &[&str] = &[
    "AFTER_1_DAY",
    "AFTER_7_DAYS",
    "AFTER_14_DAYS",
    "AFTER_30_DAYS",
    "AFTER_60_DAYS",
    "AFTER_90_DAYS",
    "AFTER_180_DAYS",
    "AFTER_270_DAYS",
    "AFTER_365_DAYS",
];

/// A policy that moves files between classes of storage.
pub const LIFECYCLE_POLICY: Kind = Kind::Object(&[
    string("transition_to_archive").zero().check(&[Check::OneOf(AFTER)]),
    string("transition_to_ia").api("TransitionToIA").zero().check(&[Check::OneOf(AFTER)]),
    string("transition_to_primary_storage_class").zero().check(&[Check::OneOf(&["AFTER_1_ACCESS"])]),
]);

/// What keeps a file system from being overwritten.
pub const PROTECTION: Kind = Kind::Object(&[string("replication_overwrite")
    .optional_computed()
    .api("ReplicationOverwriteProtection")
    .check(&[Check::OneOf(&["ENABLED", "DISABLED"])])]);

const SIZE: Kind =
    Kind::Object(&[int("value"), int("value_in_ia").from("ValueInIA").zero(), int("value_in_standard").zero()]);

/// `aws_efs_file_system`.
pub static FILE_SYSTEM: Resource = resource("aws_efs_file_system", &super::EFS)
    .attrs(&[
        string("arn").computed().from("FileSystemArn"),
        string("availability_zone_id").computed().zero(),
        string("availability_zone_name").optional_computed().replaces().zero(),
        string("creation_token").optional_computed().replaces().check(&[Check::Length(0, 64)]),
        string("dns_name").computed().unread(),
        boolean("encrypted").optional_computed().replaces(),
        string("kms_key_id").optional_computed().replaces().zero().check(&[Check::Arn]),
        blocks("lifecycle_policy", &LIFECYCLE_POLICY).times(0, 3).local(),
        string("name").computed().zero(),
        int("number_of_mount_targets").computed(),
        string("owner_id").computed(),
        string("performance_mode").optional_computed().replaces().check(&[Check::OneOf(&["generalPurpose", "maxIO"])]),
        block("protection", &PROTECTION).optional_computed().from("FileSystemProtection").unsent(),
        float("provisioned_throughput_in_mibps").zero().unsent(),
        list("size_in_bytes", &SIZE).computed(),
        string("throughput_mode").default_str("bursting").check(&[Check::OneOf(&[
            "bursting",
            "provisioned",
            "elastic",
        ])]),
    ])
    .tagged(super::TAGS)
    .create_with(create)
    .key(&[("FileSystemId", "id")])
    .read(Read::Sweep(&super::FILE_SYSTEMS))
    .dead("LifeCycleState", &["deleted"])
    .wait("LifeCycleState", &["creating", "updating"], &["available"])
    .updates(&[
        update_with(change_throughput, &["throughput_mode", "provisioned_throughput_in_mibps"]),
        update_with(change_lifecycle, &["lifecycle_policy"]).also_after_create(),
        update_with(change_protection, &["protection"]).also_after_create(),
    ])
    .delete("DeleteFileSystem")
    .busy(&["FileSystemInUse"])
    .wait_deleted("LifeCycleState", &["available", "deleting"])
    .gone(&["FileSystemNotFound"])
    .faults(&[("FileSystemAlreadyExists", "creation_token"), ("UnsupportedAvailabilityZone", "availability_zone_name")])
    .after_read(read);

/// How much can go through a file system, as its requests have it.
fn throughput(obj: &Obj, input: &mut Map<String, Json>) {
    let mode = obj.text("throughput_mode");
    input.insert("ThroughputMode".into(), json!(mode));
    if mode == "provisioned"
        && let Some(n) = doc::document(&Kind::Float, &obj.get("provisioned_throughput_in_mibps"))
    {
        input.insert("ProvisionedThroughputInMibps".into(), n);
    }
}

fn create<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let mut input = Map::new();
        if work.state.is_zero("creation_token") {
            let token = format!("terraform-{}", names::unique(cx.settings.clock.now()));
            work.state.set("creation_token", token);
        }
        doc::input(work.resource.attrs, &work.state, &mut input);
        throughput(&work.state, &mut input);
        super::TAGS.at_creation(&cx.settings.tags.all(&work.config.get("tags")).unwrap_or_default(), &mut input);
        let answer = cx.call("efs", "CreateFileSystem", Json::Object(input)).await?;
        work.state.set("id", doc::text(&answer, "FileSystemId"));
        Ok(())
    })
}

fn read<'a>(cx: &'a Cx, obj: &'a mut Obj, _: &'a Json) -> Fut<'a, bool> {
    Box::pin(async move {
        let id = obj.id().to_owned();
        obj.set("dns_name", super::dns_name(cx, &id));
        let answer = cx.once("efs", "DescribeLifecycleConfiguration", json!({"FileSystemId": id})).await?;
        let policies = doc::at(&answer, "LifecyclePolicies").unwrap_or_default();
        obj.set("lifecycle_policy", doc::value(&Kind::List(&LIFECYCLE_POLICY), &policies));
        Ok(true)
    })
}

fn change_throughput<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let mut input = Map::new();
        input.insert("FileSystemId".into(), json!(work.state.id()));
        throughput(&work.state, &mut input);
        cx.call("efs", "UpdateFileSystem", Json::Object(input)).await?;
        let what = crate::read::name(work.resource, &work.state);
        let Some(wait) = &work.resource.ready else { return Ok(()) };
        cx.wait(&what, work.limit, wait.pending, wait.target, || {
            Box::pin(crate::read::look(cx, work.resource, wait, &work.state))
        })
        .await?;
        Ok(())
    })
}

/// AWS wants each transition in a policy of its own, however the blocks are written.
fn change_lifecycle<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let mut policies = Vec::new();
        for block in work.state.objects("lifecycle_policy") {
            for (name, member) in [
                ("transition_to_archive", "TransitionToArchive"),
                ("transition_to_ia", "TransitionToIA"),
                ("transition_to_primary_storage_class", "TransitionToPrimaryStorageClass"),
            ] {
                if let Some(rule) = block.str(name) {
                    policies.push(json!({member: rule}));
                }
            }
        }
        let input = json!({"FileSystemId": work.state.id(), "LifecyclePolicies": policies});
        cx.call("efs", "PutLifecycleConfiguration", input).await?;
        Ok(())
    })
}

fn change_protection<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let blocks = work.state.objects("protection");
        if let Some(mode) = blocks.first().and_then(|b| b.str("replication_overwrite")) {
            let input = json!({"FileSystemId": work.state.id(), "ReplicationOverwriteProtection": mode});
            cx.call("efs", "UpdateFileSystemProtection", input).await?;
        }
        Ok(())
    })
}
