//! KMS: keys in one or several regions, aliases, grants, policies, rotation and tags. Symmetric keys encrypt,
//! for those whom the key's policy lets.

mod alias;
mod crypto;
mod grant;
mod import;
mod key;
mod permit;
mod replica;
mod settings;

use serde_json::{Value, json};

use crate::context::Ctx;
use crate::document::{set, set_some, text};
use crate::error::{Answer, AwsError};
use crate::input::Input;
use crate::page;
use crate::sandbox::Operations;

pub(crate) use crypto::{open_for, seal_for};
pub(crate) use key::deleted;
pub(crate) use replica::created;

/// Everything KMS answers.
pub(crate) const OPERATIONS: &[Operations] = &[
    alias::OPERATIONS,
    crypto::OPERATIONS,
    grant::OPERATIONS,
    import::OPERATIONS,
    key::OPERATIONS,
    replica::OPERATIONS,
    settings::OPERATIONS,
];

/// Services with a key of AWS's own. Source: "AWS managed keys" and the aliases that every account lists.
const MANAGED: &[&str] = &[
    "acm",
    "backup",
    "cloudtrail",
    "dynamodb",
    "ebs",
    "elasticfilesystem",
    "es",
    "fsx",
    "glue",
    "kinesis",
    "lambda",
    "lightsail",
    "rds",
    "redshift",
    "s3",
    "secretsmanager",
    "sns",
    "sqs",
    "ssm",
    "xray",
];

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
        .map(|key| import::as_of(key.clone(), &ctx.timestamp()))
        .ok_or_else(|| not_found(format!("Key '{}' does not exist", ctx.arn("kms", &format!("key/{id}")))))
}

/// Makes AWS's own key of a service when an alias such as `alias/aws/ebs` is used for the first time.
fn come_to_be(ctx: &mut Ctx, given: &str) {
    let name = given.rsplit_once(':').filter(|_| given.starts_with("arn:")).map_or(given, |(_, r)| r);
    if let Some(service) = name.strip_prefix("alias/aws/").filter(|s| MANAGED.contains(s)) {
        key::managed(ctx, service);
    }
}

/// The ARN of AWS's own key for a service, for what other services encrypt by default.
pub(crate) fn managed_arn(ctx: &mut Ctx, service: &str) -> String {
    key::managed(ctx, service);
    find(ctx, &format!("alias/aws/{service}")).map(|k| text(&k, "Arn").to_owned()).unwrap_or_default()
}

/// The ARN of the key that another service was told to use, which must be able to encrypt.
pub(crate) fn usable_arn(ctx: &mut Ctx, given: &str) -> Result<String, AwsError> {
    come_to_be(ctx, given);
    let key = find(ctx, given)?;
    match text(&key, "KeyState") {
        "Enabled" => Ok(text(&key, "Arn").to_owned()),
        state => Err(AwsError::new("KMSInvalidStateException", format!("{} is {state}.", text(&key, "Arn")))),
    }
}

/// Refuses what cannot be done to AWS's own keys.
fn own(key: &Value) -> Result<(), AwsError> {
    if text(key, "KeyManager") == "AWS" {
        let message = format!("{} is managed by AWS and cannot be changed.", text(key, "Arn"));
        return Err(AwsError::new("AccessDeniedException", message));
    }
    Ok(())
}

/// Whether a key or an alias is one that somebody made.
pub(crate) fn made_by_somebody(kind: &str, doc: &Value) -> bool {
    match kind {
        "kms-key" => {
            text(doc, "KeyManager") != "AWS"
                && !matches!(text(doc, "KeyState"), "PendingDeletion" | "PendingReplicaDeletion")
        }
        _ => !text(doc, "AliasName").starts_with("alias/aws/"),
    }
}

/// The key of a request, which must not be about to be deleted.
fn usable(ctx: &Ctx, given: &str) -> Result<Value, AwsError> {
    let key = find(ctx, given)?;
    if matches!(text(&key, "KeyState"), "PendingDeletion" | "PendingReplicaDeletion") {
        return Err(AwsError::new("KMSInvalidStateException", format!("{} is pending deletion.", text(&key, "Arn"))));
    }
    Ok(key)
}

fn save(ctx: &mut Ctx, key: Value) {
    let (table, id) = (ctx.regional(key::TABLE), text(&key, "KeyId").to_owned());
    ctx.store.put(&table, &id, key);
}
