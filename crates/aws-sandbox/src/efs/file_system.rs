//! File systems.

use serde_json::{Value, json};

use super::{access_point, bad, bare, error, mount_target, paged, replication, tags};
use crate::context::Ctx;
use crate::document::{items, public, set, set_some, text, unset};
use crate::ec2::zone;
use crate::error::{Answer, AwsError};
use crate::input::Input;
use crate::sandbox::Operations;

pub(crate) const OPERATIONS: Operations = &[
    ("CreateFileSystem", create),
    ("DescribeFileSystems", describe),
    ("UpdateFileSystem", update),
    ("UpdateFileSystemProtection", protect),
    ("DeleteFileSystem", delete),
    ("PutLifecycleConfiguration", put_lifecycle),
    ("DescribeLifecycleConfiguration", |ctx, input| {
        let doc = get(ctx, bare(input.str("FileSystemId")?))?;
        Ok(json!({"LifecyclePolicies": items(&doc, "_lifecycle")}))
    }),
];

pub(crate) const TABLE: &str = "file-system";

/// The file system with an id.
pub(crate) fn get(ctx: &Ctx, id: &str) -> Result<Value, AwsError> {
    ctx.store
        .get(&ctx.regional(TABLE), id)
        .cloned()
        .ok_or_else(|| error(404, "FileSystemNotFound", format!("File system '{id}' does not exist.")))
}

/// The file system with an id, which must be ready for changes.
pub(crate) fn available(ctx: &Ctx, id: &str) -> Result<Value, AwsError> {
    let doc = get(ctx, id)?;
    match text(&doc, "LifeCycleState") {
        "available" => Ok(doc),
        state => {
            Err(error(409, "IncorrectFileSystemLifeCycleState", format!("File system '{id}' is in the state {state}.")))
        }
    }
}

pub(crate) fn save(ctx: &mut Ctx, doc: Value) {
    let (table, id) = (ctx.regional(TABLE), text(&doc, "FileSystemId").to_owned());
    ctx.store.put(&table, &id, doc);
}

/// The file system as EFS shows it.
pub(crate) fn render(ctx: &Ctx, doc: &Value) -> Value {
    let mut out = public(doc);
    let name = items(doc, "Tags").iter().find(|t| text(t, "Key") == "Name").map(|t| t["Value"].clone());
    set_some(&mut out, "Name", name);
    set(&mut out, "NumberOfMountTargets", mount_target::of(ctx, text(doc, "FileSystemId")).len());
    out
}

/// What every new file system has.
pub(crate) fn new(ctx: &mut Ctx, token: &str, tags: Vec<Value>) -> Value {
    let id = ctx.new_id("fs");
    let size = json!({"Value": 6144, "ValueInIA": 0, "ValueInStandard": 6144, "ValueInArchive": 0});
    json!({
        "OwnerId": ctx.account,
        "CreationToken": token,
        "FileSystemId": id,
        "FileSystemArn": ctx.arn("elasticfilesystem", &format!("file-system/{id}")),
        "CreationTime": ctx.timestamp(),
        "LifeCycleState": "creating",
        "SizeInBytes": size,
        "PerformanceMode": "generalPurpose",
        "Encrypted": false,
        "ThroughputMode": "bursting",
        "Tags": tags,
        "FileSystemProtection": {"ReplicationOverwriteProtection": "ENABLED"},
        "_lifecycle": [],
    })
}

/// Sets how much can go through, checked.
fn throughput(input: &Input, doc: &mut Value) -> Result<(), AwsError> {
    let mode = input.filled("ThroughputMode")?.unwrap_or(text(doc, "ThroughputMode")).to_owned();
    let provisioned = input.raw("ProvisionedThroughputInMibps").cloned();
    match (mode.as_str(), &provisioned) {
        ("provisioned", None) if doc.get("ProvisionedThroughputInMibps").is_none() => {
            return Err(bad("ProvisionedThroughputInMibps is required when ThroughputMode is provisioned."));
        }
        ("provisioned", _) | ("bursting" | "elastic", None) => {}
        ("bursting" | "elastic", Some(_)) => {
            return Err(bad("ProvisionedThroughputInMibps is only for the throughput mode provisioned."));
        }
        _ => return Err(bad(format!("{mode} is not a throughput mode."))),
    }
    if mode == "elastic" && text(doc, "PerformanceMode") == "maxIO" {
        return Err(bad("Elastic throughput is not for file systems of the performance mode maxIO."));
    }
    if mode != "provisioned" {
        unset(doc, "ProvisionedThroughputInMibps");
    }
    set_some(doc, "ProvisionedThroughputInMibps", provisioned);
    set(doc, "ThroughputMode", mode);
    Ok(())
}

fn create(ctx: &mut Ctx, input: &Input) -> Answer {
    let token = input.str("CreationToken")?.to_owned();
    let tags = tags::read(input)?;
    let table = ctx.regional(TABLE);
    if let Some((id, _)) = ctx.store.rows(&table).find(|(_, d)| text(d, "CreationToken") == token) {
        let message = format!("File system '{id}' already exists with creation token '{token}'");
        return Err(error(409, "FileSystemAlreadyExists", message));
    }
    let mut doc = new(ctx, &token, tags);
    match input.filled("PerformanceMode")? {
        None => {}
        Some(mode @ ("generalPurpose" | "maxIO")) => set(&mut doc, "PerformanceMode", mode),
        Some(other) => return Err(bad(format!("{other} is not a performance mode."))),
    }
    throughput(input, &mut doc)?;
    let (encrypted, key) = (input.opt_bool("Encrypted")?, input.filled("KmsKeyId")?);
    match (encrypted, key) {
        (Some(true), given) => {
            let arn = match given {
                Some(k) => crate::kms::usable_arn(ctx, k).map_err(|e| bad(e.message))?,
                None => crate::kms::managed_arn(ctx, "elasticfilesystem"),
            };
            set(&mut doc, "KmsKeyId", arn);
            set(&mut doc, "Encrypted", true);
        }
        (_, Some(_)) => return Err(bad("KmsKeyId is for encrypted file systems.")),
        (_, None) => {}
    }
    if let Some(name) = input.filled("AvailabilityZoneName")? {
        let found = zone(&ctx.region, Some(name), None).ok().flatten();
        let (name, id) = found.ok_or_else(|| {
            error(400, "UnsupportedAvailabilityZone", format!("{name} is not an availability zone of this region."))
        })?;
        set(&mut doc, "AvailabilityZoneName", name);
        set(&mut doc, "AvailabilityZoneId", id);
    }
    if input.flag("Backup")? {
        set(&mut doc, "_backup", "ENABLED");
    }
    save(ctx, doc.clone());
    ctx.after(5, "efs-file-system-settled", text(&doc, "FileSystemId"));
    Ok(render(ctx, &doc))
}

/// What was under way is done: the file system can be used, or is gone.
pub(crate) fn settled(ctx: &mut Ctx, id: &str) {
    let Ok(mut doc) = get(ctx, id) else { return };
    match text(&doc, "LifeCycleState") {
        "deleting" => {
            let table = ctx.regional(TABLE);
            ctx.store.remove(&table, id);
        }
        _ => {
            set(&mut doc, "LifeCycleState", "available");
            save(ctx, doc);
        }
    }
}

fn describe(ctx: &mut Ctx, input: &Input) -> Answer {
    let id = input.filled("FileSystemId")?.map(bare);
    let token = input.filled("CreationToken")?;
    if let Some(id) = id {
        get(ctx, id)?;
    }
    let all: Vec<Value> = ctx
        .store
        .rows(&ctx.regional(TABLE))
        .map(|(_, d)| d)
        .filter(|d| id.is_none_or(|i| text(d, "FileSystemId") == i))
        .filter(|d| token.is_none_or(|t| text(d, "CreationToken") == t))
        .map(|d| render(ctx, d))
        .collect();
    if all.iter().any(|d| text(d, "LifeCycleState") != "available") {
        ctx.pending = true;
    }
    paged(input, "FileSystems", all, ("MaxItems", "Marker", "NextMarker"))
}

fn update(ctx: &mut Ctx, input: &Input) -> Answer {
    let mut doc = available(ctx, bare(input.str("FileSystemId")?))?;
    throughput(input, &mut doc)?;
    set(&mut doc, "LifeCycleState", "updating");
    save(ctx, doc.clone());
    ctx.after(5, "efs-file-system-settled", text(&doc, "FileSystemId"));
    Ok(render(ctx, &doc))
}

fn protect(ctx: &mut Ctx, input: &Input) -> Answer {
    let mut doc = available(ctx, bare(input.str("FileSystemId")?))?;
    if let Some(p) = input.filled("ReplicationOverwriteProtection")? {
        if !matches!(p, "ENABLED" | "DISABLED") {
            return Err(bad(format!("ReplicationOverwriteProtection cannot be {p}.")));
        }
        if text(&doc["FileSystemProtection"], "ReplicationOverwriteProtection") == "REPLICATING" {
            return Err(error(409, "ReplicationAlreadyExists", "The file system is the destination of a replication."));
        }
        set(&mut doc["FileSystemProtection"], "ReplicationOverwriteProtection", p);
    }
    save(ctx, doc.clone());
    Ok(doc["FileSystemProtection"].clone())
}

fn delete(ctx: &mut Ctx, input: &Input) -> Answer {
    let id = bare(input.str("FileSystemId")?).to_owned();
    let mut doc = available(ctx, &id)?;
    if !mount_target::of(ctx, &id).is_empty() {
        let message = format!("The file system '{id}' has mount targets created in at least one availability zone.");
        return Err(error(409, "FileSystemInUse", message));
    }
    if replication::of(ctx, &id).is_some() {
        let message = format!("The file system '{id}' is part of a replication configuration.");
        return Err(error(409, "FileSystemInUse", message));
    }
    access_point::forget(ctx, &id);
    set(&mut doc, "LifeCycleState", "deleting");
    save(ctx, doc);
    ctx.after(5, "efs-file-system-settled", &id);
    Ok(json!({}))
}

/// Source: PutLifecycleConfiguration: at most one policy of each kind.
fn put_lifecycle(ctx: &mut Ctx, input: &Input) -> Answer {
    const KINDS: &[&str] = &["TransitionToIA", "TransitionToPrimaryStorageClass", "TransitionToArchive"];
    let mut doc = available(ctx, bare(input.str("FileSystemId")?))?;
    if !input.has("LifecyclePolicies") {
        return Err(bad("LifecyclePolicies is required."));
    }
    let mut policies = Vec::new();
    let mut seen = std::collections::BTreeSet::new();
    for p in input.structures("LifecyclePolicies")? {
        let mut policy = json!({});
        for kind in KINDS {
            if let Some(rule) = p.filled(kind)? {
                if !seen.insert(*kind) {
                    return Err(bad(format!("There can be one {kind} only.")));
                }
                set(&mut policy, kind, rule);
            }
        }
        if policy.as_object().map(serde_json::Map::len) != Some(1) {
            return Err(bad("Each lifecycle policy has one transition."));
        }
        policies.push(policy);
    }
    set(&mut doc, "_lifecycle", policies.clone());
    save(ctx, doc);
    Ok(json!({"LifecyclePolicies": policies}))
}
