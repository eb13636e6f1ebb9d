//! EBS volumes, their snapshots, and what the account says of encryption.

use serde_json::{Value, json};

use super::kind::{self, Describe, INSTANCE, SNAPSHOT, VOLUME};
use super::{filters, image, tags, zones};
use crate::context::Ctx;
use crate::document::{items, items_mut, public, set, set_some, text};
use crate::error::{Answer, AwsError};
use crate::input::Input;
use crate::page;
use crate::sandbox::Operations;

pub(crate) const OPERATIONS: Operations = &[
    ("CreateVolume", create),
    ("DescribeVolumes", describe),
    ("ModifyVolume", modify),
    ("DescribeVolumesModifications", modifications),
    ("DeleteVolume", delete),
    ("AttachVolume", attach),
    ("DetachVolume", detach),
    ("CreateSnapshot", create_snapshot),
    ("DescribeSnapshots", describe_snapshots),
    ("DeleteSnapshot", delete_snapshot),
    ("GetEbsEncryptionByDefault", |ctx, _| Ok(json!({"EbsEncryptionByDefault": encrypted_by_default(ctx)}))),
    ("EnableEbsEncryptionByDefault", |ctx, _| encrypt_by_default(ctx, true)),
    ("DisableEbsEncryptionByDefault", |ctx, _| encrypt_by_default(ctx, false)),
    ("GetEbsDefaultKmsKeyId", |_, _| Ok(json!({"KmsKeyId": "alias/aws/ebs"}))),
];

fn encrypted_by_default(ctx: &Ctx) -> bool {
    ctx.store.get(&ctx.regional("ebs-settings"), "encryption").is_some()
}

fn encrypt_by_default(ctx: &mut Ctx, on: bool) -> Answer {
    let table = ctx.regional("ebs-settings");
    if on {
        ctx.store.put(&table, "encryption", json!({"on": true}));
    } else {
        ctx.store.remove(&table, "encryption");
    }
    Ok(json!({"EbsEncryptionByDefault": on}))
}

/// The key that encrypts a volume: the one that is named, or AWS's own for EBS.
fn key(ctx: &Ctx, named: Option<&str>) -> String {
    match named {
        Some(arn) if arn.starts_with("arn:") => arn.to_owned(),
        Some(id) if !id.starts_with("alias/") => ctx.arn("kms", &format!("key/{id}")),
        // AWS makes the key with the account's first volume; here it is one and the same for a region.
        _ => ctx.arn("kms", "key/0eb50000-0000-4000-8000-000000000000"),
    }
}

/// A volume to be made.
pub(crate) struct Wanted<'a> {
    pub(crate) zone: &'a str,
    pub(crate) size: Option<i64>,
    pub(crate) kind: Option<&'a str>,
    pub(crate) iops: Option<i64>,
    pub(crate) throughput: Option<i64>,
    pub(crate) encrypted: Option<bool>,
    pub(crate) key: Option<&'a str>,
    pub(crate) snapshot: Option<&'a str>,
    pub(crate) multi_attach: bool,
    pub(crate) tags: Value,
}

/// IOPS of a volume: as asked for, else what AWS gives by type and size.
/// Source: "Amazon EBS volume types" in the EBS user guide.
fn iops(kind: &str, size: i64, asked: Option<i64>) -> Result<Option<i64>, AwsError> {
    match (kind, asked) {
        ("gp2", None) => Ok(Some((size * 3).clamp(100, 16_000))),
        ("gp3", asked) => Ok(Some(asked.unwrap_or(3000))),
        ("io1" | "io2", Some(n)) => Ok(Some(n)),
        ("io1" | "io2", None) => Err(AwsError::new("MissingParameter", "The request must contain the parameter iops")),
        ("st1" | "sc1" | "standard" | "gp2", Some(_)) => Err(AwsError::new(
            "InvalidParameterCombination",
            format!("The parameter iops is not supported for {kind} volumes."),
        )),
        _ => Ok(None),
    }
}

fn sizes(kind: &str) -> (i64, i64) {
    match kind {
        "io1" | "io2" => (4, 65_536),
        "st1" | "sc1" => (125, 16_384),
        "standard" => (1, 1024),
        _ => (1, 16_384),
    }
}

/// Checks type, size and speed, and says what a volume has of each.
fn measures(size: i64, kind: &str, asked: Option<i64>, throughput: Option<i64>) -> Result<Value, AwsError> {
    if !["gp2", "gp3", "io1", "io2", "st1", "sc1", "standard"].contains(&kind) {
        let message = format!("Value ({kind}) for parameter volumeType is invalid.");
        return Err(AwsError::new("InvalidParameterValue", message));
    }
    let (least, most) = sizes(kind);
    if !(least..=most).contains(&size) {
        let message = format!("Volume of {size}GiB is not allowed for {kind}; it must be between {least} and {most}.");
        return Err(AwsError::new("InvalidParameterValue", message));
    }
    let mut doc = json!({"Size": size, "VolumeType": kind});
    set_some(&mut doc, "Iops", iops(kind, size, asked)?);
    match (kind, throughput) {
        ("gp3", t) => set(&mut doc, "Throughput", t.unwrap_or(125)),
        (_, Some(_)) => {
            let message = format!("The parameter throughput is not supported for {kind} volumes.");
            return Err(AwsError::new("InvalidParameterCombination", message));
        }
        (_, None) => {}
    }
    Ok(doc)
}

/// Makes a volume and gives its document.
///
/// # Errors
/// AWS's codes for what cannot be.
pub(crate) fn make(ctx: &mut Ctx, wanted: Wanted) -> Result<Value, AwsError> {
    // Snapshots of public images are not in the table.
    let snapshot = wanted.snapshot.and_then(|id| SNAPSHOT.find(ctx, id)).cloned();
    let from = snapshot
        .as_ref()
        .and_then(|s| s["VolumeSize"].as_i64())
        .or_else(|| wanted.snapshot.and_then(|id| image::snapshot_size(&ctx.region, id)));
    let size = wanted
        .size
        .or(from)
        .ok_or_else(|| AwsError::new("MissingParameter", "The request must contain the parameter size/snapshot"))?;
    if from.is_some_and(|from| size < from) {
        let message = format!("Volume of {size}GiB is smaller than snapshot, expect size >= {}GiB", from.unwrap_or(0));
        return Err(AwsError::new("InvalidParameterValue", message));
    }
    let encrypted = wanted.encrypted.unwrap_or(false)
        || wanted.key.is_some()
        || encrypted_by_default(ctx)
        || snapshot.as_ref().is_some_and(|s| s["Encrypted"] == true);
    if wanted.encrypted == Some(false) && wanted.key.is_some() {
        let message = "The parameter KmsKeyId requires the parameter Encrypted to be set.";
        return Err(AwsError::new("InvalidParameterDependency", message));
    }
    let measured = measures(size, wanted.kind.unwrap_or("gp2"), wanted.iops, wanted.throughput)?;
    let id = ctx.new_id("vol");
    let mut doc = json!({
        "VolumeId": id,
        "AvailabilityZone": wanted.zone,
        "State": "creating",
        "CreateTime": ctx.timestamp(),
        "Attachments": [],
        "Encrypted": encrypted,
        "SnapshotId": wanted.snapshot.unwrap_or(""),
        "MultiAttachEnabled": wanted.multi_attach,
        "Tags": wanted.tags,
    });
    for (name, v) in measured.as_object().into_iter().flatten() {
        set(&mut doc, name, v.clone());
    }
    if encrypted {
        let key = key(ctx, wanted.key);
        set(&mut doc, "KmsKeyId", key);
    }
    VOLUME.put(ctx, doc.clone());
    ctx.after(5, "volume-available", &id);
    Ok(doc)
}

/// Changes a volume that has come into being to `available`, or `in-use` where something holds it.
pub(crate) fn available(ctx: &mut Ctx, id: &str) {
    VOLUME.update(ctx, id, |v| {
        if matches!(text(v, "State"), "creating" | "available" | "in-use") {
            let state = if items(v, "Attachments").is_empty() { "available" } else { "in-use" };
            set(v, "State", state);
        }
    });
}

fn create(ctx: &mut Ctx, input: &Input) -> Answer {
    input.accept(&["ClientToken"]);
    input.refuse(&["OutpostArn", "VolumeInitializationRate", "Operator"])?;
    let zone = zones::zone(&ctx.region, input.filled("AvailabilityZone")?, input.filled("AvailabilityZoneId")?)?
        .ok_or_else(|| input.missing("availabilityZone"))?;
    let snapshot = input.filled("SnapshotId")?;
    if let Some(id) = snapshot
        && image::snapshot_size(&ctx.region, id).is_none()
    {
        SNAPSHOT.get(ctx, id)?;
    }
    let tags = tags::on_create(input, VOLUME.table)?;
    let wanted = Wanted {
        zone: &zone.0,
        size: input.opt_int("Size")?,
        kind: input.filled("VolumeType")?,
        iops: input.opt_int("Iops")?,
        throughput: input.opt_int("Throughput")?,
        encrypted: input.opt_bool("Encrypted")?,
        key: input.filled("KmsKeyId")?,
        snapshot,
        multi_attach: input.flag("MultiAttachEnabled")?,
        tags,
    };
    Ok(public(&make(ctx, wanted)?))
}

fn describe(ctx: &mut Ctx, input: &Input) -> Answer {
    let shape = Describe {
        ids: "VolumeIds",
        filter_member: "Filters",
        list: "Volumes",
        filters: &[
            ("attachment.delete-on-termination", "Attachments.DeleteOnTermination"),
            ("attachment.device", "Attachments.Device"),
            ("attachment.instance-id", "Attachments.InstanceId"),
            ("attachment.status", "Attachments.State"),
            ("availability-zone", "AvailabilityZone"),
            ("encrypted", "Encrypted"),
            ("multi-attach-enabled", "MultiAttachEnabled"),
            ("size", "Size"),
            ("snapshot-id", "SnapshotId"),
            ("status", "State"),
            ("volume-id", "VolumeId"),
            ("volume-type", "VolumeType"),
        ],
    };
    let answer = VOLUME.describe(ctx, input, &shape, |_, v| v.clone())?;
    let passing = |v: &Value| items(v, "Attachments").iter().any(|a| text(a, "State").ends_with("ing"));
    if items(&answer, "Volumes").iter().any(passing) {
        ctx.pending = true;
    }
    Ok(answer)
}

fn modify(ctx: &mut Ctx, input: &Input) -> Answer {
    let id = input.str("VolumeId")?;
    let mut volume = VOLUME.get(ctx, id)?.clone();
    let old = volume.clone();
    if ["modifying", "optimizing"].contains(&text(&volume["_modification"], "ModificationState")) {
        let message = format!("Volume {id} is already being modified.");
        return Err(AwsError::new("IncorrectModificationState", message));
    }
    let kind = input.filled("VolumeType")?.unwrap_or_else(|| text(&old, "VolumeType"));
    let same = kind == text(&old, "VolumeType");
    let size = input.opt_int("Size")?.or(old["Size"].as_i64()).unwrap_or(0);
    if size < old["Size"].as_i64().unwrap_or(0) {
        return Err(input.invalid("New size cannot be smaller than existing size"));
    }
    let keep = |member: &str| if same && kind != "gp2" { old[member].as_i64() } else { None };
    let iops = input.opt_int("Iops")?.or_else(|| keep("Iops"));
    let throughput = input.opt_int("Throughput")?.or_else(|| keep("Throughput"));
    let measured = measures(size, kind, iops, throughput)?;
    for name in ["Iops", "Throughput"] {
        crate::document::unset(&mut volume, name);
    }
    for (name, v) in measured.as_object().into_iter().flatten() {
        set(&mut volume, name, v.clone());
    }
    if let Some(on) = input.opt_bool("MultiAttachEnabled")? {
        set(&mut volume, "MultiAttachEnabled", on);
    }
    let mut modification = json!({
        "VolumeId": id, "ModificationState": "modifying", "Progress": 0, "StartTime": ctx.timestamp(),
    });
    for member in ["Size", "Iops", "VolumeType", "Throughput", "MultiAttachEnabled"] {
        set_some(&mut modification, &format!("Original{member}"), old.get(member).cloned());
        set_some(&mut modification, &format!("Target{member}"), volume.get(member).cloned());
    }
    set(&mut volume, "_modification", modification.clone());
    VOLUME.put(ctx, volume);
    ctx.after(20, "volume-optimizing", id);
    ctx.after(600, "volume-modified", id);
    Ok(json!({"VolumeModification": modification}))
}

/// A modification goes on: the volume can be used as it will be, or it is through.
pub(crate) fn modified(ctx: &mut Ctx, id: &str, state: &str) {
    let at = ctx.timestamp();
    VOLUME.update(ctx, id, |v| {
        if let Some(m) = v.get_mut("_modification") {
            set(m, "ModificationState", state);
            if state == "completed" {
                set(m, "Progress", 100);
                set(m, "EndTime", at);
            }
        }
    });
}

fn modifications(ctx: &mut Ctx, input: &Input) -> Answer {
    let ids = input.strings("VolumeIds")?;
    for id in &ids {
        VOLUME.get(ctx, id)?;
    }
    let docs: Vec<Value> = VOLUME
        .all(ctx)
        .filter_map(|v| v.get("_modification"))
        .filter(|m| ids.is_empty() || ids.contains(&text(m, "VolumeId")))
        .cloned()
        .collect();
    if docs.iter().any(|m| text(m, "ModificationState") == "modifying") {
        ctx.pending = true;
    }
    let known = &[("modification-state", "ModificationState"), ("volume-id", "VolumeId")];
    let docs = filters::apply(input, "Filters", docs, known)?;
    Ok(page::document("VolumesModifications", kind::cut(input, docs)?, "NextToken"))
}

fn delete(ctx: &mut Ctx, input: &Input) -> Answer {
    let id = input.str("VolumeId")?;
    let volume = VOLUME.get(ctx, id)?;
    if let Some(a) = items(volume, "Attachments").first() {
        let message = format!("Volume {id} is currently attached to {}", text(a, "InstanceId"));
        return Err(AwsError::new("VolumeInUse", message));
    }
    VOLUME.update(ctx, id, |v| set(v, "State", "deleting"));
    ctx.after(5, "volume-deleted", id);
    Ok(json!({}))
}

/// Ties a volume to an instance under a device name.
pub(crate) fn tie(ctx: &mut Ctx, volume: &str, instance: &str, device: &str, with_it: bool, state: &str) -> Value {
    let attachment = json!({
        "AttachTime": ctx.timestamp(), "Device": device, "InstanceId": instance, "State": state, "VolumeId": volume,
        "DeleteOnTermination": with_it,
    });
    VOLUME.update(ctx, volume, |v| {
        set(v, "State", "in-use");
        if let Some(list) = items_mut(v, "Attachments") {
            list.push(attachment.clone());
        }
    });
    attachment
}

/// Loosens a volume from an instance.
pub(crate) fn untie(ctx: &mut Ctx, volume: &str, instance: &str) {
    VOLUME.update(ctx, volume, |v| {
        if let Some(list) = items_mut(v, "Attachments") {
            list.retain(|a| text(a, "InstanceId") != instance);
        }
        let state = if items(v, "Attachments").is_empty() { "available" } else { "in-use" };
        set(v, "State", state);
    });
}

/// Says whether a volume goes with its instance.
pub(crate) fn keep(ctx: &mut Ctx, volume: &str, instance: &str, with_it: bool) {
    VOLUME.update(ctx, volume, |v| {
        for a in items_mut(v, "Attachments").into_iter().flatten().filter(|a| text(a, "InstanceId") == instance) {
            set(a, "DeleteOnTermination", with_it);
        }
    });
}

fn attach(ctx: &mut Ctx, input: &Input) -> Answer {
    let (id, instance) = (input.str("VolumeId")?, input.str("InstanceId")?);
    let device = input.str("Device")?;
    let volume = VOLUME.get(ctx, id)?.clone();
    let holder = INSTANCE.get(ctx, instance)?.clone();
    let state = text(&holder["State"], "Name");
    if !["running", "stopped"].contains(&state) {
        let message = format!("Instance '{instance}' is not 'running'.");
        return Err(AwsError::new("IncorrectState", message));
    }
    if text(&volume, "AvailabilityZone") != text(&holder["Placement"], "AvailabilityZone") {
        let message = format!("The volume '{id}' is not in the same availability zone as instance '{instance}'");
        return Err(AwsError::new("InvalidVolume.ZoneMismatch", message));
    }
    if items(&volume, "Attachments").iter().any(|a| text(a, "InstanceId") == instance)
        || (!items(&volume, "Attachments").is_empty() && volume["MultiAttachEnabled"] != true)
    {
        return Err(AwsError::new("VolumeInUse", format!("{id} is already attached to an instance")));
    }
    if text(&volume, "State") == "creating" {
        return Err(AwsError::new("IncorrectState", format!("Volume '{id}' is in the 'creating' state.")));
    }
    if items(&holder, "BlockDeviceMappings").iter().any(|m| text(m, "DeviceName") == device) {
        let message = format!("Invalid value '{device}' for unixDevice. Attachment point {device} is already in use");
        return Err(input.invalid(message));
    }
    let attachment = tie(ctx, id, instance, device, false, "attaching");
    let mapping = super::instance::mapping(device, &attachment);
    INSTANCE.update(ctx, instance, |i| {
        if let Some(list) = items_mut(i, "BlockDeviceMappings") {
            list.push(mapping);
        }
    });
    ctx.after(5, "volume-attached", &format!("{id}/{instance}"));
    Ok(attachment)
}

/// An attachment is made.
pub(crate) fn attached(ctx: &mut Ctx, key: &str) {
    let Some((volume, instance)) = key.split_once('/') else { return };
    let done = |list: Option<&mut Vec<Value>>, of: fn(&mut Value) -> &mut Value, member: &str, id: &str| {
        for item in list.into_iter().flatten().map(of).filter(|a| text(a, member) == id) {
            let name = if item.get("State").is_some() { "State" } else { "Status" };
            if text(item, name) == "attaching" {
                set(item, name, "attached");
            }
        }
    };
    VOLUME.update(ctx, volume, |v| done(items_mut(v, "Attachments"), |a| a, "InstanceId", instance));
    INSTANCE
        .update(ctx, instance, |i| done(items_mut(i, "BlockDeviceMappings"), |m| &mut m["Ebs"], "VolumeId", volume));
}

fn detach(ctx: &mut Ctx, input: &Input) -> Answer {
    let id = input.str("VolumeId")?;
    input.flag("Force")?;
    let device = input.filled("Device")?;
    let volume = VOLUME.get(ctx, id)?.clone();
    let wanted = input.filled("InstanceId")?;
    let found = items(&volume, "Attachments")
        .iter()
        .find(|a| wanted.is_none_or(|i| text(a, "InstanceId") == i) && device.is_none_or(|d| text(a, "Device") == d));
    let Some(attachment) = found.cloned() else {
        return Err(AwsError::new("IncorrectState", format!("Volume '{id}' is in the 'available' state.")));
    };
    let instance = text(&attachment, "InstanceId").to_owned();
    let holder = INSTANCE.find(ctx, &instance).cloned().unwrap_or_default();
    if text(&holder, "RootDeviceName") == text(&attachment, "Device") && holder["State"]["Name"] == "running" {
        let message = format!("Unable to detach root volume '{id}' from instance '{instance}'");
        return Err(AwsError::new("OperationNotPermitted", message));
    }
    VOLUME.update(ctx, id, |v| {
        for a in items_mut(v, "Attachments").into_iter().flatten().filter(|a| text(a, "InstanceId") == instance) {
            set(a, "State", "detaching");
        }
    });
    ctx.after(5, "volume-detached", &format!("{id}/{instance}"));
    let mut answer = attachment;
    set(&mut answer, "State", "detaching");
    Ok(answer)
}

/// A volume is loose.
pub(crate) fn detached(ctx: &mut Ctx, key: &str) {
    let Some((volume, instance)) = key.split_once('/') else { return };
    untie(ctx, volume, instance);
    INSTANCE.update(ctx, instance, |i| {
        if let Some(list) = items_mut(i, "BlockDeviceMappings") {
            list.retain(|m| text(&m["Ebs"], "VolumeId") != volume);
        }
    });
}

fn create_snapshot(ctx: &mut Ctx, input: &Input) -> Answer {
    input.refuse(&["OutpostArn", "Location"])?;
    let volume = VOLUME.get(ctx, input.str("VolumeId")?)?.clone();
    let tags = tags::on_create(input, SNAPSHOT.table)?;
    let id = ctx.new_id("snap");
    let mut doc = json!({
        "SnapshotId": id,
        "VolumeId": volume["VolumeId"],
        "VolumeSize": volume["Size"],
        "Encrypted": volume["Encrypted"],
        "OwnerId": ctx.account,
        "Description": input.opt_str("Description")?.unwrap_or(""),
        "Progress": "0%",
        "StartTime": ctx.timestamp(),
        "State": "pending",
        "StorageTier": "standard",
        "Tags": tags,
    });
    set_some(&mut doc, "KmsKeyId", volume.get("KmsKeyId").cloned());
    SNAPSHOT.put(ctx, doc.clone());
    ctx.after(60, "snapshot-completed", &id);
    crate::document::unset(&mut doc, "StorageTier");
    Ok(doc)
}

/// A snapshot is through.
pub(crate) fn snapshot_completed(ctx: &mut Ctx, id: &str) {
    SNAPSHOT.update(ctx, id, |s| {
        set(s, "State", "completed");
        set(s, "Progress", "100%");
    });
}

fn describe_snapshots(ctx: &mut Ctx, input: &Input) -> Answer {
    // Only snapshots of this account are there.
    let owners = input.strings("OwnerIds")?;
    let ours = owners.is_empty() || owners.iter().any(|o| *o == "self" || *o == ctx.account);
    input.accept(&["RestorableByUserIds"]);
    let shape = Describe {
        ids: "SnapshotIds",
        filter_member: "Filters",
        list: "Snapshots",
        filters: &[
            ("description", "Description"),
            ("encrypted", "Encrypted"),
            ("owner-id", "OwnerId"),
            ("snapshot-id", "SnapshotId"),
            ("status", "State"),
            ("volume-id", "VolumeId"),
            ("volume-size", "VolumeSize"),
        ],
    };
    let mut answer = SNAPSHOT.describe(ctx, input, &shape, |_, s| s.clone())?;
    if !ours {
        set(&mut answer, "Snapshots", json!([]));
    }
    Ok(answer)
}

fn delete_snapshot(ctx: &mut Ctx, input: &Input) -> Answer {
    let id = input.str("SnapshotId")?;
    SNAPSHOT.get(ctx, id)?;
    SNAPSHOT.forget(ctx, id);
    Ok(json!({}))
}
