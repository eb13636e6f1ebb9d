//! `aws_ebs_volume`, `aws_volume_attachment` and `aws_ebs_encryption_by_default`
//! (<https://registry.terraform.io/providers/hashicorp/aws/5.100.0/docs/resources/ebs_volume> and beside it).

use std::time::Duration;

use craton_model::{Diagnostic, Diagnostics, Path};
use serde_json::{Map, Value as Json, json};

use super::instance::state;
use crate::cx::{Cx, Seen};
use crate::decl::*;
use crate::doc;
use crate::fail::Fail;
use crate::hash::hashcode;
use crate::names;
use crate::obj::Obj;
use crate::plan::Plan;
use crate::work::Work;

/// `DescribeVolumes`.
pub static VOLUMES: Many =
    super::many("DescribeVolumes", "VolumeIds", "Volumes", "VolumeId", Some(("Filters", "volume-id")));

/// Types of volumes.
pub const VOLUME_TYPES: &[&str] = &["gp2", "gp3", "io1", "io2", "sc1", "st1", "standard"];

/// `aws_ebs_volume`.
pub static EBS_VOLUME: Resource = resource("aws_ebs_volume", &super::EC2)
    .id("VolumeId")
    .arn("ec2:volume/{id}")
    .attrs(&[
        string("arn").computed().unread(),
        string("availability_zone").required().replaces(),
        string("create_time").computed().unread().since(92),
        boolean("encrypted").optional_computed().zero().replaces(),
        boolean("final_snapshot").default_bool(false).local(),
        int("iops").optional_computed().zero(),
        string("kms_key_id").optional_computed().zero().replaces().check(&[Check::Arn]),
        boolean("multi_attach_enabled").replaces().zero(),
        string("outpost_arn").zero().replaces().check(&[Check::Arn]),
        int("size").optional_computed(),
        string("snapshot_id").optional_computed().replaces().zero(),
        int("throughput").optional_computed().zero().check(&[Check::Range(125, 2000)]),
        string("type").optional_computed().api("VolumeType").check(&[Check::OneOf(VOLUME_TYPES)]),
    ])
    .tagged(super::tags("volume"))
    .timeouts(&[("create", 300), ("update", 300), ("delete", 600)])
    .create("CreateVolume", "")
    .key(&[("VolumeId", "id")])
    .read(Read::Many(&VOLUMES))
    .wait("State", &["creating"], &["available", "in-use"])
    .updates(&[update_with(modify, &["size", "type", "iops", "throughput"]), update_state(&["final_snapshot"])])
    .delete_with(delete)
    .wait_deleted("State", &["available", "in-use", "deleting"])
    .gone(&["InvalidVolume.NotFound"])
    .validates(validate)
    .plans(plan)
    .after_read(read)
    .imports(import);

fn validate(config: &Obj, found: &mut Diagnostics) {
    let open = |name: &str| config.peek(name).is_some_and(|v| !v.is_known());
    let mut wrong = |name: &str, what: String| {
        found.push(Diagnostic::error("Invalid combination of arguments", what).on_attribute(Path::attr(name)));
    };
    let given = |name: &str| config.peek(name).is_some_and(|v| !v.is_null());
    if !given("size") && !given("snapshot_id") {
        wrong("size", "One of size, snapshot_id must be given.".into());
    }
    if open("type") {
        return;
    }
    let kind = config.text("type");
    let (iops, throughput) = (config.int("iops").unwrap_or(0), config.int("throughput").unwrap_or(0));
    if matches!(kind, "io1" | "io2") && iops == 0 && !open("iops") {
        wrong("iops", format!("\"iops\" must be given for a volume of type {kind:?}."));
    }
    if !matches!(kind, "io1" | "io2" | "gp3") && iops != 0 {
        wrong("iops", format!("\"iops\" cannot be given for a volume of type {kind:?}; io1, io2 and gp3 have it."));
    }
    if kind != "gp3" && throughput > 0 {
        wrong("throughput", format!("\"throughput\" cannot be given for a volume of type {kind:?}; gp3 has it."));
    }
    if !matches!(kind, "io1" | "io2") && config.bool("multi_attach_enabled") {
        wrong("multi_attach_enabled", "\"multi_attach_enabled\" is for volumes of type io1 and io2.".into());
    }
}

/// IOPS of 0 say nothing where the type has its own. Another type has its own speeds, and that of gp2 follows the size.
fn plan(_: &Cx, plan: &mut Plan) -> Result<(), Fail> {
    if plan.prior.is_some() {
        let other = plan.changes("type");
        let grows = plan.planned.text("type") == "gp2" && plan.changes("size");
        for (name, moves) in [("iops", other || grows), ("throughput", other)] {
            if moves && plan.config.get(name).is_null() {
                plan.unknown(name);
            }
        }
    }
    let kept = plan.prior.as_ref().map(|p| p.get("iops"));
    if let Some(kept) = kept
        && plan.planned.int("iops") == Some(0)
        && !matches!(plan.planned.text("type"), "io1" | "io2" | "gp3")
    {
        plan.planned.set("iops", kept);
    }
    Ok(())
}

fn read<'a>(_: &'a Cx, obj: &'a mut Obj, item: &'a Json) -> Fut<'a, bool> {
    Box::pin(async move {
        obj.set("create_time", crate::iam::moment(item, "CreateTime"));
        Ok(true)
    })
}

fn import<'a>(_: &'a Cx, _: &'a str, obj: &'a mut Obj) -> Fut<'a, ()> {
    Box::pin(async move {
        // AWS knows nothing of it; the provider starts from its default.
        obj.set("final_snapshot", false);
        Ok(())
    })
}

/// Changes size, type and speed of a volume and waits until it can be used so.
///
/// # Errors
/// AWS refused.
pub async fn change_volume(cx: &Cx, id: &str, mut input: Map<String, Json>, limit: Duration) -> Result<(), Fail> {
    input.insert("VolumeId".into(), json!(id));
    cx.ec2("ModifyVolume", Json::Object(input)).await?;
    let what = format!("the modification of volume {id}");
    cx.wait(&what, limit, &["modifying"], &["completed", "optimizing"], || {
        Box::pin(async move {
            let answer = cx.ec2("DescribeVolumesModifications", json!({"VolumeIds": [id]})).await?;
            let found = doc::items(&answer, "VolumesModifications").pop();
            Ok(found.map(|m| Seen {
                reason: doc::text(&m, "StatusMessage"),
                ..Seen::of(doc::text(&m, "ModificationState"))
            }))
        })
    })
    .await?;
    Ok(())
}

fn modify<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let mut input = Map::new();
        for (name, member) in [("size", "Size"), ("iops", "Iops"), ("throughput", "Throughput")] {
            if let Some(n) = work.state.int(name).filter(|n| work.changes(name) && *n > 0) {
                input.insert(member.into(), json!(n));
            }
        }
        if work.changes("type")
            && let Some(kind) = work.state.str("type")
        {
            input.insert("VolumeType".into(), json!(kind));
            // What was configured for the old type goes on for the new one.
            for (name, member) in [("iops", "Iops"), ("throughput", "Throughput")] {
                let wanted = matches!((kind, name), ("io1" | "io2" | "gp3", "iops") | ("gp3", "throughput"));
                if let Some(n) = work.config.int(name).filter(|n| wanted && *n > 0) {
                    input.insert(member.into(), json!(n));
                }
            }
        }
        if input.is_empty() {
            return Ok(());
        }
        change_volume(cx, work.state.id(), input, work.limit).await
    })
}

fn delete<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let id = work.state.id().to_owned();
        if work.state.bool("final_snapshot") {
            let tags = crate::tags::of_value(&work.state.get("tags_all"));
            let mut input = Map::new();
            input.insert("VolumeId".into(), json!(id));
            input.insert("Description".into(), json!(names::unique(cx.settings.clock.now())));
            super::tags("snapshot").at_creation(&tags, &mut input);
            let made = cx.ec2("CreateSnapshot", Json::Object(input)).await?;
            let snapshot = doc::text(&made, "SnapshotId");
            let what = format!("snapshot {snapshot}");
            cx.wait(&what, work.limit, &["pending"], &["completed"], || {
                let snapshot = snapshot.clone();
                Box::pin(async move {
                    let answer = cx.ec2("DescribeSnapshots", json!({"SnapshotIds": [snapshot]})).await?;
                    Ok(doc::items(&answer, "Snapshots").pop().map(|s| Seen::of(doc::text(&s, "State"))))
                })
            })
            .await?;
        }
        cx.ec2_retry("DeleteVolume", json!({"VolumeId": id}), work.limit, &["VolumeInUse"]).await?;
        Ok(())
    })
}

/// `aws_volume_attachment`.
pub static VOLUME_ATTACHMENT: Resource = resource("aws_volume_attachment", &super::EC2)
    .attrs(&[
        string("device_name").required().replaces().local(),
        boolean("force_detach").local(),
        string("instance_id").required().replaces().local(),
        boolean("skip_destroy").local(),
        boolean("stop_instance_before_detaching").local(),
        string("volume_id").required().replaces().local(),
    ])
    .timeouts(&[("create", 300), ("delete", 300)])
    .create_with(attach)
    .read(Read::PerParent { parent: &VOLUMES, of: "volume_id", pick: attachment })
    .wait("State", &["attaching"], &["attached"])
    .updates(&[update_state(&["force_detach", "skip_destroy", "stop_instance_before_detaching"])])
    .delete_with(detach)
    .gone(&["InvalidVolume.NotFound", "IncorrectState"])
    .imports(import_attachment);

fn attachment(volume: &Json, obj: &Obj) -> Option<Json> {
    doc::items(volume, "Attachments").into_iter().find(|a| {
        doc::text(a, "InstanceId") == obj.text("instance_id") && doc::text(a, "Device") == obj.text("device_name")
    })
}

fn attachment_id(obj: &Obj) -> String {
    let (device, instance, volume) = (obj.text("device_name"), obj.text("instance_id"), obj.text("volume_id"));
    format!("vai-{}", hashcode(&format!("{device}-{instance}-{volume}-")))
}

fn attach<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let instance = work.state.text("instance_id").to_owned();
        state::wait(cx, &instance, work.limit, &["pending", "stopping"], &["running", "stopped"]).await?;
        let input = json!({
            "Device": work.state.text("device_name"), "InstanceId": instance, "VolumeId": work.state.text("volume_id"),
        });
        cx.ec2("AttachVolume", input).await?;
        let id = attachment_id(&work.state);
        work.state.set("id", id);
        Ok(())
    })
}

fn detach<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        if work.state.bool("skip_destroy") {
            return Ok(());
        }
        let instance = work.state.text("instance_id").to_owned();
        if work.state.bool("stop_instance_before_detaching") {
            state::stop(cx, &instance, work.limit).await?;
        }
        let mut input = json!({
            "Device": work.state.text("device_name"), "InstanceId": instance, "VolumeId": work.state.text("volume_id"),
        });
        if work.state.bool("force_detach") {
            input["Force"] = json!(true);
        }
        cx.ec2("DetachVolume", input).await?;
        let what = format!("the attachment of volume {}", work.state.text("volume_id"));
        let obj = &work.state;
        cx.wait(&what, work.limit, &["attached", "busy", "detaching"], &[], || {
            Box::pin(async move {
                let found = cx.fresh(&VOLUMES, obj.text("volume_id")).await?;
                Ok(found.and_then(|v| attachment(&v, obj)).map(|a| Seen::of(doc::text(&a, "State"))))
            })
        })
        .await?;
        Ok(())
    })
}

fn import_attachment<'a>(_: &'a Cx, id: &'a str, obj: &'a mut Obj) -> Fut<'a, ()> {
    Box::pin(async move {
        let parts: Vec<&str> = id.split(':').collect();
        let [device, volume, instance] = parts.as_slice() else {
            return Err(Fail::new(
                "Invalid import id",
                format!(
                    "{id:?} does not name an attachment; write device, volume and instance: /dev/sdh:vol-049df61146c4d7901:i-12345678."
                ),
            ));
        };
        obj.set("device_name", *device);
        obj.set("volume_id", *volume);
        obj.set("instance_id", *instance);
        let id = attachment_id(obj);
        obj.set("id", id);
        Ok(())
    })
}

/// `aws_ebs_encryption_by_default`.
pub static EBS_ENCRYPTION_BY_DEFAULT: Resource = resource("aws_ebs_encryption_by_default", &super::EC2)
    .attrs(&[boolean("enabled").default_bool(true).local()])
    .create_with(encrypt)
    .read(Read::Hook)
    .updates(&[update_with(encrypt, &["enabled"])])
    .delete_with(|cx, _| {
        Box::pin(async move {
            cx.ec2("DisableEbsEncryptionByDefault", json!({})).await?;
            Ok(())
        })
    })
    .after_read(|cx, obj, _| {
        Box::pin(async move {
            let answer = cx.once("ec2", "GetEbsEncryptionByDefault", json!({})).await?;
            obj.set("enabled", doc::flag(&answer, "EbsEncryptionByDefault"));
            Ok(true)
        })
    });

fn encrypt<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let op = match work.state.bool("enabled") {
            true => "EnableEbsEncryptionByDefault",
            false => "DisableEbsEncryptionByDefault",
        };
        cx.ec2(op, json!({})).await?;
        if work.state.id().is_empty() {
            let id = format!("terraform-{}", names::unique(cx.settings.clock.now()));
            work.state.set("id", id);
        }
        Ok(())
    })
}
