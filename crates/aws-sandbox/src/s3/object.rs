//! Objects: put, get, head, with conditions and versions.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use md5::{Digest, Md5};
use serde_json::{Value, json};

use super::{bucket, bucket_settings, error, object_acl, object_lock, objects};
use crate::context::Ctx;
use crate::document::{items, items_mut, public, set, set_some, text};
use crate::error::{Answer, AwsError};
use crate::input::Input;
use crate::sandbox::Operations;

pub(crate) const OPERATIONS: Operations = &[
    ("PutObject", put),
    ("GetObject", |ctx, input| get(ctx, input, true)),
    ("HeadObject", |ctx, input| get(ctx, input, false)),
];

/// What is stored with an object and given back as it came.
const KEPT: &[&str] = &[
    "ContentType",
    "CacheControl",
    "ContentDisposition",
    "ContentEncoding",
    "ContentLanguage",
    "Expires",
    "WebsiteRedirectLocation",
];

const CHECKSUMS: &[&str] = &["ChecksumCRC32", "ChecksumCRC32C", "ChecksumCRC64NVME", "ChecksumSHA1", "ChecksumSHA256"];

pub(crate) fn precondition_failed() -> AwsError {
    error(412, "PreconditionFailed", "At least one of the pre-conditions you specified did not hold")
}

/// The newest version of a key, unless that is a delete marker.
pub(crate) fn current(row: Option<&Value>) -> Option<&Value> {
    items(row?, "versions").first().filter(|v| v["_marker"] != true)
}

/// Whether an `If-Match` or `If-None-Match` value names an ETag.
pub(crate) fn names(condition: &str, etag: &str) -> bool {
    condition.split(',').map(str::trim).any(|c| c == "*" || c.trim_matches('"') == etag.trim_matches('"'))
}

/// Puts a new version (or delete marker) on top. Gives its version id when versioning was ever on.
pub(crate) fn push(ctx: &mut Ctx, bucket: &Value, key: &str, mut version: Value) -> Option<String> {
    let table = objects(text(bucket, "Name"));
    let versioning = text(&bucket["_settings"]["Versioning"], "Status").to_owned();
    let mut row = ctx.store.get(&table, key).cloned().unwrap_or_else(|| json!({"versions": []}));
    let id = match versioning.as_str() {
        "Enabled" => STANDARD.encode(ctx.new_bytes("version")).replace(['+', '/', '='], "").chars().take(32).collect(),
        _ => "null".to_owned(),
    };
    set(&mut version, "VersionId", id.as_str());
    if let Some(list) = items_mut(&mut row, "versions") {
        if id == "null" {
            list.retain(|v| text(v, "VersionId") != "null");
        }
        list.insert(0, version);
    }
    ctx.store.put(&table, key, row);
    (!versioning.is_empty()).then_some(id)
}

fn put(ctx: &mut Ctx, input: &Input) -> Answer {
    input.refuse(&[
        "GrantFullControl",
        "GrantRead",
        "GrantReadACP",
        "GrantWriteACP",
        "WriteOffsetBytes",
        "SSECustomerAlgorithm",
        "SSECustomerKey",
        "SSECustomerKeyMD5",
        "SSEKMSEncryptionContext",
    ])?;
    input.accept(&["ContentLength", "ChecksumAlgorithm", "RequestPayer"]);
    let doc = bucket(ctx, input)?;
    let grants = input.filled("ACL")?.map(|acl| object_acl::named(ctx, &doc, acl)).transpose()?;
    let key = input.str("Key")?;
    if key.is_empty() || key.len() > 1024 {
        return Err(error(400, "KeyTooLongError", "Your key is too long"));
    }
    let body = match input.raw("Body") {
        None => Vec::new(),
        Some(b) => b
            .as_str()
            .and_then(|b| STANDARD.decode(b).ok())
            .ok_or_else(|| input.invalid("The body is not base64 in the document."))?,
    };
    let digest = Md5::digest(&body);
    if let Some(given) = input.filled("ContentMD5")?
        && given != STANDARD.encode(digest)
    {
        return Err(error(400, "BadDigest", "The Content-MD5 you specified did not match what we received."));
    }
    let table = objects(text(&doc, "Name"));
    let now_there = current(ctx.store.get(&table, key)).map(|v| text(v, "ETag").to_owned());
    match input.filled("IfNoneMatch")? {
        None => {}
        Some("*") if now_there.is_some() => return Err(precondition_failed()),
        Some("*") => {}
        Some(_) => return Err(AwsError::not_implemented("If-None-Match with anything but *")),
    }
    if let Some(wanted) = input.filled("IfMatch")? {
        match &now_there {
            None => return Err(error(404, "NoSuchKey", "The specified key does not exist.")),
            Some(etag) if names(wanted, etag) => {}
            Some(_) => return Err(precondition_failed()),
        }
    }
    let etag: String = digest.iter().map(|b| format!("{b:02x}")).collect();
    let mut version = json!({
        "ETag": format!("\"{etag}\""),
        "LastModified": ctx.timestamp(),
        "ContentLength": body.len(),
    });
    for member in KEPT {
        set_some(&mut version, member, input.filled(member)?);
    }
    if version.get("ContentType").is_none() {
        set(&mut version, "ContentType", "binary/octet-stream");
    }
    if let Some(class) = input.filled("StorageClass")?
        && class != "STANDARD"
    {
        set(&mut version, "StorageClass", class);
    }
    set_some(&mut version, "Metadata", input.raw("Metadata").cloned());
    let mut out = json!({"ETag": version["ETag"]});
    for member in CHECKSUMS {
        if let Some(sum) = input.filled(member)? {
            set(&mut version, member, sum);
            set(&mut version, "ChecksumType", "FULL_OBJECT");
            set(&mut out, member, sum);
            set(&mut out, "ChecksumType", "FULL_OBJECT");
        }
    }
    let default = bucket_settings::encryption(&doc)["Rules"][0].clone();
    let by_default = &default["ApplyServerSideEncryptionByDefault"];
    let algorithm = input.filled("ServerSideEncryption")?.unwrap_or_else(|| text(by_default, "SSEAlgorithm"));
    let kms_key = input.filled("SSEKMSKeyId")?.or(by_default["KMSMasterKeyID"].as_str());
    let bucket_key = input.opt_bool("BucketKeyEnabled")?.or(default["BucketKeyEnabled"].as_bool());
    for d in [&mut version, &mut out] {
        set(d, "ServerSideEncryption", algorithm);
        if algorithm.starts_with("aws:kms") {
            set_some(d, "SSEKMSKeyId", kms_key);
            set_some(d, "BucketKeyEnabled", bucket_key.filter(|on| *on));
        }
    }
    if let Some(tagging) = input.filled("Tagging")? {
        let tags: Vec<Value> = tagging
            .split('&')
            .filter(|t| !t.is_empty())
            .map(|t| {
                let (k, v) = t.split_once('=').unwrap_or((t, ""));
                json!({"Key": super::percent_decode(k), "Value": super::percent_decode(v)})
            })
            .collect();
        bucket_settings::check_tags(&tags, 10)?;
        set(&mut version, "_tags", tags);
    }
    set_some(&mut version, "_acl", grants);
    super::bucket_lock::retain(ctx, &doc, &mut version);
    object_lock::begin(ctx, input, &doc, &mut version)?;
    let blob = ctx.put_blob(&body)?;
    set(&mut version, "_blob", blob);
    let id = push(ctx, &doc, key, version);
    set_some(&mut out, "VersionId", id);
    Ok(out)
}

/// The version that a request means, with the errors S3 has for what is not there.
pub(crate) fn find(ctx: &Ctx, bucket: &Value, key: &str, id: Option<&str>) -> Result<Value, AwsError> {
    let row = ctx.store.get(&objects(text(bucket, "Name")), key);
    let no_key = || error(404, "NoSuchKey", "The specified key does not exist.");
    match id {
        None => current(row).cloned().ok_or_else(no_key),
        Some(id) => {
            let row = row.ok_or_else(|| error(404, "NoSuchVersion", "The specified version does not exist."))?;
            let version = items(row, "versions")
                .iter()
                .find(|v| text(v, "VersionId") == id)
                .ok_or_else(|| error(404, "NoSuchVersion", "The specified version does not exist."))?;
            if version["_marker"] == true {
                return Err(error(
                    405,
                    "MethodNotAllowed",
                    "The specified method is not allowed against this resource.",
                ));
            }
            Ok(version.clone())
        }
    }
}

/// `bytes=first-last` of a body of `length`, as S3 cuts it.
fn range(given: &str, length: usize) -> Result<(usize, usize), AwsError> {
    let bad = || error(416, "InvalidRange", "The requested range is not satisfiable");
    let (first, last) = given.strip_prefix("bytes=").and_then(|r| r.split_once('-')).ok_or_else(bad)?;
    let end = length.checked_sub(1).ok_or_else(bad)?;
    let (first, last) = match (first.parse::<usize>(), last.parse::<usize>()) {
        (Ok(f), Ok(l)) => (f, l.min(end)),
        (Ok(f), Err(_)) if last.is_empty() => (f, end),
        (Err(_), Ok(n)) if first.is_empty() && n > 0 => (length.saturating_sub(n), end),
        _ => return Err(bad()),
    };
    if first > last { Err(bad()) } else { Ok((first, last)) }
}

fn get(ctx: &mut Ctx, input: &Input, with_body: bool) -> Answer {
    input.refuse(&[
        "IfModifiedSince",
        "IfUnmodifiedSince",
        "ResponseCacheControl",
        "ResponseContentDisposition",
        "ResponseContentEncoding",
        "ResponseContentLanguage",
        "ResponseContentType",
        "ResponseExpires",
        "SSECustomerAlgorithm",
        "SSECustomerKey",
        "SSECustomerKeyMD5",
        "PartNumber",
    ])?;
    input.accept(&["RequestPayer"]);
    let doc = bucket(ctx, input)?;
    let version = find(ctx, &doc, input.str("Key")?, input.filled("VersionId")?)?;
    let etag = text(&version, "ETag");
    if input.filled("IfMatch")?.is_some_and(|c| !names(c, etag)) {
        return Err(precondition_failed());
    }
    if input.filled("IfNoneMatch")?.is_some_and(|c| names(c, etag)) {
        return Err(error(304, "NotModified", "Not Modified"));
    }
    let mut out = public(&version);
    set(&mut out, "AcceptRanges", "bytes");
    let ranged = input.filled("Range")?;
    if input.filled("ChecksumMode")?.is_none() || ranged.is_some() {
        for member in CHECKSUMS.iter().chain(&["ChecksumType"]) {
            crate::document::unset(&mut out, member);
        }
    }
    if text(&doc["_settings"]["Versioning"], "Status").is_empty() {
        crate::document::unset(&mut out, "VersionId");
    }
    let tags = items(&version, "_tags").len();
    if tags > 0 {
        set(&mut out, "TagCount", tags);
    }
    let length = version["ContentLength"].as_u64().and_then(|n| usize::try_from(n).ok()).unwrap_or(0);
    let part = ranged.map(|r| range(r, length)).transpose()?;
    if let Some((first, last)) = part {
        set(&mut out, "ContentRange", format!("bytes {first}-{last}/{length}"));
        set(&mut out, "ContentLength", last - first + 1);
    }
    if with_body {
        let body = ctx.blob(text(&version, "_blob"))?;
        let body = match part {
            Some((first, last)) => body.get(first..=last).unwrap_or_default(),
            None => &body,
        };
        set(&mut out, "Body", STANDARD.encode(body));
    }
    Ok(out)
}
