//! KMS: keys, aliases, policies, rotation and tags. Nothing is encrypted: those operations are refused.

mod alias;
mod key;
mod settings;

use serde_json::{Value, json};

use crate::context::Ctx;
use crate::document::{set, set_some, text};
use crate::error::{Answer, AwsError};
use crate::input::Input;
use crate::page;
use crate::sandbox::Operations;

pub(crate) use key::deleted;

/// Everything KMS answers.
pub(crate) const OPERATIONS: &[Operations] = &[alias::OPERATIONS, key::OPERATIONS, settings::OPERATIONS];

fn not_found(message: String) -> AwsError {
    AwsError::new("NotFoundException", message)
}

/// `{<list>: page, Truncated, NextMarker}`.
fn paged(input: &Input, list: &str, all: Vec<Value>) -> Answer {
    let limit = input.opt_int("Limit")?.and_then(|n| usize::try_from(n).ok()).unwrap_or(100).clamp(1, 1000);
    let (page, next) = page::cut(all, Some(limit), input.filled("Marker")?, "InvalidMarkerException")?;
    let mut out = json!({"Truncated": next.is_some()});
    set(&mut out, list, page);
    set_some(&mut out, "NextMarker", next);
    Ok(out)
}

/// The key that an id, ARN, alias or alias ARN means.
fn find(ctx: &Ctx, given: &str) -> Result<Value, AwsError> {
    let resource = given.rsplit_once(':').filter(|_| given.starts_with("arn:")).map_or(given, |(_, r)| r);
    let id = if resource.starts_with("alias/") {
        let alias = ctx
            .store
            .get(&ctx.regional(alias::TABLE), resource)
            .ok_or_else(|| not_found(format!("Alias {} is not found.", ctx.arn("kms", resource))))?;
        text(alias, "TargetKeyId").to_owned()
    } else {
        resource.strip_prefix("key/").unwrap_or(resource).to_owned()
    };
    ctx.store
        .get(&ctx.regional(key::TABLE), &id)
        .cloned()
        .ok_or_else(|| not_found(format!("Key '{}' does not exist", ctx.arn("kms", &format!("key/{id}")))))
}

/// The key of a request, which must not be about to be deleted.
fn usable(ctx: &Ctx, given: &str) -> Result<Value, AwsError> {
    let key = find(ctx, given)?;
    if text(&key, "KeyState") == "PendingDeletion" {
        return Err(AwsError::new("KMSInvalidStateException", format!("{} is pending deletion.", text(&key, "Arn"))));
    }
    Ok(key)
}

fn save(ctx: &mut Ctx, key: Value) {
    let (table, id) = (ctx.regional(key::TABLE), text(&key, "KeyId").to_owned());
    ctx.store.put(&table, &id, key);
}
