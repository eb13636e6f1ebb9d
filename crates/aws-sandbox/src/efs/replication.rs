//! Replication of a file system into another one, here or in another region.

use serde_json::{Value, json};

use super::{bad, bare, error, file_system};
use crate::context::Ctx;
use crate::document::{items, public, set, text};
use crate::error::Answer;
use crate::input::Input;
use crate::sandbox::Operations;

pub(crate) const OPERATIONS: Operations = &[
    ("CreateReplicationConfiguration", create),
    ("DescribeReplicationConfigurations", describe),
    ("DeleteReplicationConfiguration", delete),
];

/// By the id of the source; both regions see it.
const TABLE: &str = "efs-replication";

/// The replication that a file system is part of.
pub(crate) fn of(ctx: &Ctx, file_system: &str) -> Option<Value> {
    let rows = ctx.store.rows(&ctx.global(TABLE)).map(|(_, d)| d);
    let mut rows = rows.filter(|d| {
        let to = items(d, "Destinations").iter().any(|d| text(d, "FileSystemId") == file_system);
        text(d, "SourceFileSystemId") == file_system || to
    });
    rows.next().cloned()
}

fn within<T>(ctx: &mut Ctx, region: &str, f: impl FnOnce(&mut Ctx) -> T) -> T {
    let home = std::mem::replace(&mut ctx.region, region.to_owned());
    let out = f(ctx);
    ctx.region = home;
    out
}

fn protection(ctx: &mut Ctx, region: &str, id: &str, state: &str) {
    within(ctx, region, |ctx| {
        if let Ok(mut doc) = file_system::get(ctx, id) {
            set(&mut doc["FileSystemProtection"], "ReplicationOverwriteProtection", state);
            file_system::save(ctx, doc);
        }
    });
}

fn create(ctx: &mut Ctx, input: &Input) -> Answer {
    let id = bare(input.str("SourceFileSystemId")?).to_owned();
    let source = file_system::available(ctx, &id)?;
    if of(ctx, &id).is_some() {
        return Err(error(409, "ReplicationAlreadyExists", format!("File system '{id}' is replicated already.")));
    }
    let given = input.structures("Destinations")?;
    let [to] = given.as_slice() else { return Err(bad("A replication has one destination.")) };
    to.refuse(&["RoleArn"])?;
    let zone = to.filled("AvailabilityZoneName")?;
    let region = match (to.filled("Region")?, zone) {
        (Some(region), _) => region.to_owned(),
        (None, Some(zone)) => zone.trim_end_matches(|c: char| c.is_ascii_lowercase()).to_owned(),
        (None, None) => return Err(bad("A destination has a region or an availability zone.")),
    };
    let key = to.filled("KmsKeyId")?;
    let target = match to.filled("FileSystemId")? {
        Some(existing) => {
            let existing = bare(existing).to_owned();
            let doc = within(ctx, &region, |ctx| file_system::available(ctx, &existing))?;
            if text(&doc["FileSystemProtection"], "ReplicationOverwriteProtection") != "DISABLED" {
                let message = "The destination file system is protected against being overwritten.";
                return Err(error(409, "ConflictException", message));
            }
            existing
        }
        None => within(ctx, &region, |ctx| {
            let token = ctx.new_uuid("efs-replica");
            let mut doc = file_system::new(ctx, &token, Vec::new());
            set(&mut doc, "PerformanceMode", source["PerformanceMode"].clone());
            set(&mut doc, "LifeCycleState", "available");
            // Source: CreateReplicationConfiguration: what it makes is encrypted.
            let arn = match key {
                Some(k) => crate::kms::usable_arn(ctx, k).map_err(|e| bad(e.message))?,
                None => crate::kms::managed_arn(ctx, "elasticfilesystem"),
            };
            set(&mut doc, "Encrypted", true);
            set(&mut doc, "KmsKeyId", arn);
            if let Some(zone) = zone {
                set(&mut doc, "AvailabilityZoneName", zone);
            }
            let id = text(&doc, "FileSystemId").to_owned();
            file_system::save(ctx, doc);
            Ok(id)
        })?,
    };
    protection(ctx, &region, &target, "REPLICATING");
    let doc = json!({
        "SourceFileSystemId": id,
        "SourceFileSystemRegion": ctx.region,
        "SourceFileSystemArn": source["FileSystemArn"],
        "OriginalSourceFileSystemArn": source["FileSystemArn"],
        "CreationTime": ctx.timestamp(),
        "Destinations": [{"Status": "ENABLING", "FileSystemId": target, "Region": region}],
        "SourceFileSystemOwnerId": ctx.account,
    });
    let table = ctx.global(TABLE);
    ctx.store.put(&table, &id, doc.clone());
    ctx.after(60, "efs-replication-settled", &id);
    Ok(public(&doc))
}

/// What was under way is done: the replication runs, or is gone.
pub(crate) fn settled(ctx: &mut Ctx, id: &str) {
    let table = ctx.global(TABLE);
    let Some(mut doc) = ctx.store.get(&table, id).cloned() else { return };
    if text(&doc["Destinations"][0], "Status") == "DELETING" {
        ctx.store.remove(&table, id);
        let (region, target) = (
            text(&doc["Destinations"][0], "Region").to_owned(),
            text(&doc["Destinations"][0], "FileSystemId").to_owned(),
        );
        protection(ctx, &region, &target, "DISABLED");
    } else {
        set(&mut doc["Destinations"][0], "Status", "ENABLED");
        ctx.store.put(&table, id, doc);
    }
}

fn describe(ctx: &mut Ctx, input: &Input) -> Answer {
    let all: Vec<Value> = match input.filled("FileSystemId")? {
        Some(given) => {
            let id = bare(given);
            let found = of(ctx, id);
            if found.is_none() {
                file_system::get(ctx, id)?;
                let message = format!("File system '{id}' is not part of a replication configuration.");
                return Err(error(404, "ReplicationNotFound", message));
            }
            found.into_iter().collect()
        }
        None => {
            let here = |d: &&Value| {
                text(d, "SourceFileSystemRegion") == ctx.region
                    || items(d, "Destinations").iter().any(|t| text(t, "Region") == ctx.region)
            };
            ctx.store.rows(&ctx.global(TABLE)).map(|(_, d)| d).filter(here).cloned().collect()
        }
    };
    if all.iter().any(|d| text(&d["Destinations"][0], "Status") != "ENABLED") {
        ctx.pending = true;
    }
    super::paged(input, "Replications", all, ("MaxResults", "NextToken", "NextToken"))
}

fn delete(ctx: &mut Ctx, input: &Input) -> Answer {
    input.filled("DeletionMode")?;
    let id = bare(input.str("SourceFileSystemId")?).to_owned();
    let table = ctx.global(TABLE);
    let Some(mut doc) = ctx.store.get(&table, &id).cloned() else {
        let message = format!("File system '{id}' is not the source of a replication configuration.");
        return Err(error(404, "ReplicationNotFound", message));
    };
    set(&mut doc["Destinations"][0], "Status", "DELETING");
    ctx.store.put(&table, &id, doc);
    ctx.after(30, "efs-replication-settled", &id);
    Ok(json!({}))
}
