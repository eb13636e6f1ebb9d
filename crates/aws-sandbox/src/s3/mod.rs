//! S3: buckets with their settings, and objects with versions.

mod bucket;
mod bucket_acl;
mod bucket_lock;
mod bucket_notification;
mod bucket_replication;
mod bucket_settings;
mod bucket_tiering;
mod bucket_web;
mod listing;
mod object;
mod object_acl;
mod object_delete;
mod object_lock;
mod object_tagging;

use std::collections::HashSet;

use serde_json::Value;

use crate::context::Ctx;
use crate::document::{items, text};
use crate::error::AwsError;
use crate::input::Input;
use crate::sandbox::Operations;
use crate::store::Store;

/// Everything S3 answers.
pub(crate) const OPERATIONS: &[Operations] = &[
    bucket::OPERATIONS,
    bucket_acl::OPERATIONS,
    bucket_lock::OPERATIONS,
    bucket_notification::OPERATIONS,
    bucket_replication::OPERATIONS,
    bucket_settings::OPERATIONS,
    bucket_tiering::OPERATIONS,
    bucket_web::OPERATIONS,
    listing::OPERATIONS,
    object::OPERATIONS,
    object_acl::OPERATIONS,
    object_delete::OPERATIONS,
    object_lock::OPERATIONS,
    object_tagging::OPERATIONS,
];

/// Bucket names are unique among all accounts, so there is one table for all.
const BUCKETS: &str = "bucket";

/// The bodies that objects refer to.
pub(crate) fn blobs(store: &Store) -> HashSet<String> {
    let tables: Vec<&String> = store.counts().map(|(t, _)| t).filter(|t| t.starts_with("object@")).collect();
    tables
        .into_iter()
        .flat_map(|t| store.rows(t))
        .flat_map(|(_, d)| items(d, "versions"))
        .map(|v| text(v, "_blob").to_owned())
        .filter(|b| !b.is_empty())
        .collect()
}

fn error(status: u16, code: &str, message: &str) -> AwsError {
    AwsError::new(code, message).status(status)
}

/// The error for a document that does not fit S3's schema.
fn malformed() -> AwsError {
    let message = "The XML you provided was not well-formed or did not validate against our published schema";
    error(400, "MalformedXML", message)
}

/// The table of a bucket's objects, by key: `{versions: [newest first]}`.
fn objects(bucket: &str) -> String {
    format!("object@{bucket}")
}

/// The bucket of a request.
///
/// # Errors
/// `NoSuchBucket`, and `AccessDenied` when it is another account's.
fn bucket(ctx: &Ctx, input: &Input) -> Result<Value, AwsError> {
    let name = input.str("Bucket")?;
    let doc = ctx
        .store
        .get(BUCKETS, name)
        .ok_or_else(|| error(404, "NoSuchBucket", "The specified bucket does not exist"))?;
    let owner = text(doc, "_owner");
    let expected = input.filled("ExpectedBucketOwner")?.unwrap_or(owner);
    if owner != ctx.account || owner != expected {
        return Err(error(403, "AccessDenied", "Access Denied"));
    }
    Ok(doc.clone())
}

/// The policy of a bucket of this account for another service to look at, empty when it has none; `None` without the bucket.
pub(crate) fn policy_of(ctx: &Ctx, bucket: &str) -> Option<String> {
    let doc = ctx.store.get(BUCKETS, bucket).filter(|d| text(d, "_owner") == ctx.account)?;
    Some(text(&doc["_settings"], "Policy").to_owned())
}

/// The canonical user id of an account: 64 hex digits.
fn canonical_id(account: &str) -> String {
    use sha2::{Digest, Sha256};
    Sha256::digest(account).iter().map(|b| format!("{b:02x}")).collect()
}

/// `a=b&c=d`, percent-encoded, as the `x-amz-tagging` header has it.
fn percent_decode(s: &str) -> String {
    let bytes = s.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut i = 0;
    while i < bytes.len() {
        let hex =
            (bytes[i] == b'%').then(|| s.get(i + 1..i + 3).and_then(|h| u8::from_str_radix(h, 16).ok())).flatten();
        match (bytes[i], hex) {
            (_, Some(b)) => {
                out.push(b);
                i += 3;
            }
            (b'+', None) => {
                out.push(b' ');
                i += 1;
            }
            (b, None) => {
                out.push(b);
                i += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}
