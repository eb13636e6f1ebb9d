//! Keys of the same id and material in several regions.

use serde_json::{Value, json};

use super::{key, save, settings, usable};
use crate::context::Ctx;
use crate::document::{items, items_mut, public, set, text};
use crate::error::{Answer, AwsError};
use crate::input::Input;
use crate::sandbox::Operations;

pub(crate) const OPERATIONS: Operations = &[("ReplicateKey", replicate)];

/// Runs something in another region.
fn within<T>(ctx: &mut Ctx, region: &str, f: impl FnOnce(&mut Ctx) -> T) -> T {
    let home = std::mem::replace(&mut ctx.region, region.to_owned());
    let out = f(ctx);
    ctx.region = home;
    out
}

/// Tells every key of a family about all of it.
fn share(ctx: &mut Ctx, id: &str, configuration: &Value) {
    let primary = text(&configuration["PrimaryKey"], "Region").to_owned();
    let replicas = items(configuration, "ReplicaKeys").iter().map(|r| text(r, "Region").to_owned());
    let all: Vec<String> = std::iter::once(primary.clone()).chain(replicas).collect();
    for region in all {
        within(ctx, &region, |ctx| {
            if let Some(mut key) = ctx.store.get(&ctx.regional(key::TABLE), id).cloned() {
                let mut own = configuration.clone();
                set(&mut own, "MultiRegionKeyType", if region == primary { "PRIMARY" } else { "REPLICA" });
                set(&mut key, "MultiRegionConfiguration", own);
                save(ctx, key);
            }
        });
    }
}

fn replicate(ctx: &mut Ctx, input: &Input) -> Answer {
    input.flag("BypassPolicyLockoutSafetyCheck")?;
    let primary = usable(ctx, input.str("KeyId")?)?;
    let (id, region) = (text(&primary, "KeyId").to_owned(), input.str("ReplicaRegion")?.to_owned());
    let mut configuration = primary["MultiRegionConfiguration"].clone();
    if text(&configuration, "MultiRegionKeyType") != "PRIMARY" {
        let message = format!("{} is not a multi-Region primary key.", text(&primary, "Arn"));
        return Err(AwsError::new("UnsupportedOperationException", message));
    }
    let taken = items(&configuration, "ReplicaKeys").iter().any(|r| text(r, "Region") == region);
    if taken || region == ctx.region {
        let message = format!("A key with the id {id} is in {region} already.");
        return Err(AwsError::new("AlreadyExistsException", message));
    }
    let (policy, tags) = (key::policy_of(ctx, input)?, settings::read_tags(input)?);
    let mut replica = primary.clone();
    let arn = within(ctx, &region, |ctx| ctx.arn("kms", &format!("key/{id}")));
    let waits = text(&primary, "Origin") == "EXTERNAL";
    for (member, value) in [
        ("Arn", json!(arn)),
        ("CreationDate", json!(ctx.timestamp())),
        ("Description", json!(input.opt_str("Description")?.unwrap_or(""))),
        ("Enabled", json!(false)),
        ("KeyState", json!("Creating")),
        ("_policy", json!(policy)),
        ("_tags", json!(tags)),
        ("_replica_of", json!(ctx.region)),
    ] {
        set(&mut replica, member, value);
    }
    if waits {
        for member in ["_material", "ExpirationModel", "ValidTo"] {
            crate::document::unset(&mut replica, member);
        }
    }
    if let Some(list) = items_mut(&mut configuration, "ReplicaKeys") {
        list.push(json!({"Arn": arn, "Region": region}));
    }
    within(ctx, &region, |ctx| {
        save(ctx, replica.clone());
        ctx.after(10, "kms-replica-created", &id);
    });
    share(ctx, &id, &configuration);
    let made = within(ctx, &region, |ctx| ctx.store.get(&ctx.regional(key::TABLE), &id).cloned());
    let made = made.unwrap_or(replica);
    Ok(json!({
        "ReplicaKeyMetadata": public(&made), "ReplicaPolicy": made["_policy"], "ReplicaTags": made["_tags"],
    }))
}

/// A replica can be used.
pub(crate) fn created(ctx: &mut Ctx, id: &str) {
    if let Some(mut key) = ctx.store.get(&ctx.regional(key::TABLE), id).cloned()
        && text(&key, "KeyState") == "Creating"
    {
        let waits = text(&key, "Origin") == "EXTERNAL";
        set(&mut key, "Enabled", !waits);
        set(&mut key, "KeyState", if waits { "PendingImport" } else { "Enabled" });
        save(ctx, key);
    }
}

/// Takes a key that is gone out of its family. Gives the region of the primary key when it was a replica.
pub(crate) fn forget(ctx: &mut Ctx, gone: &Value) -> Option<String> {
    let home = gone.get("_replica_of").and_then(Value::as_str)?.to_owned();
    let id = text(gone, "KeyId");
    let mut configuration =
        within(ctx, &home, |ctx| ctx.store.get(&ctx.regional(key::TABLE), id).cloned())?["MultiRegionConfiguration"]
            .clone();
    if let Some(list) = items_mut(&mut configuration, "ReplicaKeys") {
        list.retain(|r| r["Arn"] != gone["Arn"]);
    }
    share(ctx, id, &configuration);
    Some(home)
}
