//! Object lock: versions that cannot be deleted, for a time or until a hold is taken off
//! (<https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock.html>).

use serde_json::{Value, json};

use super::object::find;
use super::{bucket, error, objects};
use crate::context::Ctx;
use crate::document::{items_mut, set, set_some, text, unset};
use crate::error::{Answer, AwsError};
use crate::input::Input;
use crate::sandbox::Operations;

pub(crate) const OPERATIONS: Operations = &[
    ("PutObjectLegalHold", put_hold),
    ("GetObjectLegalHold", |ctx, i| {
        let hold = member(ctx, i, "ObjectLockLegalHoldStatus")?;
        Ok(json!({"LegalHold": {"Status": hold}}))
    }),
    ("PutObjectRetention", put_retention),
    ("GetObjectRetention", |ctx, i| {
        let mode = member(ctx, i, "ObjectLockMode")?;
        Ok(json!({"Retention": {"Mode": mode, "RetainUntilDate": member(ctx, i, "ObjectLockRetainUntilDate")?}}))
    }),
];

/// What a version carries, and the headers of a put that set it.
const MEMBERS: &[&str] = &["ObjectLockMode", "ObjectLockRetainUntilDate", "ObjectLockLegalHoldStatus"];

fn denied() -> AwsError {
    error(403, "AccessDenied", "Access Denied because object protected by object lock.")
}

/// Whether locks can be put on what is in a bucket.
fn is_on(bucket: &Value) -> bool {
    bucket["_settings"].get("ObjectLock").is_some()
}

fn check_on(bucket: &Value) -> Result<(), AwsError> {
    match is_on(bucket) {
        true => Ok(()),
        false => Err(error(400, "InvalidRequest", "Bucket is missing Object Lock Configuration")),
    }
}

fn check_mode(mode: &str) -> Result<(), AwsError> {
    match mode {
        "GOVERNANCE" | "COMPLIANCE" => Ok(()),
        _ => Err(error(400, "InvalidArgument", "Unknown wormMode directive.")),
    }
}

/// Dates as texts, which sort as the dates do.
fn second(date: &str) -> &str {
    date.get(..19).unwrap_or(date)
}

fn check_date(ctx: &Ctx, date: &str) -> Result<(), AwsError> {
    match second(date) > second(&ctx.timestamp()) {
        true => Ok(()),
        false => Err(error(400, "InvalidArgument", "The retain until date must be in the future!")),
    }
}

/// Takes over what the headers of a put ask for.
pub(crate) fn begin(ctx: &Ctx, input: &Input, bucket: &Value, version: &mut Value) -> Result<(), AwsError> {
    if MEMBERS.iter().all(|m| !input.has(m)) {
        return Ok(());
    }
    check_on(bucket)?;
    match (input.filled("ObjectLockMode")?, input.filled("ObjectLockRetainUntilDate")?) {
        (None, None) => {}
        (Some(mode), Some(date)) => {
            check_mode(mode)?;
            check_date(ctx, date)?;
        }
        _ => {
            let why = "x-amz-object-lock-retain-until-date and x-amz-object-lock-mode must both be supplied";
            return Err(error(400, "InvalidArgument", why));
        }
    }
    for member in MEMBERS {
        set_some(version, member, input.filled(member)?);
    }
    Ok(())
}

/// Refuses to delete a version that is locked. Whoever may bypasses governance; nobody a hold.
pub(crate) fn check_free(ctx: &Ctx, version: &Value, bypass: bool) -> Result<(), AwsError> {
    let held = text(version, "ObjectLockLegalHoldStatus") == "ON";
    let retained = second(text(version, "ObjectLockRetainUntilDate")) > second(&ctx.timestamp());
    let governed = text(version, "ObjectLockMode") == "GOVERNANCE";
    match held || (retained && !(governed && bypass)) {
        true => Err(denied()),
        false => Ok(()),
    }
}

fn member(ctx: &Ctx, input: &Input, name: &str) -> Answer {
    input.accept(&["RequestPayer"]);
    let doc = bucket(ctx, input)?;
    check_on(&doc)?;
    let version = find(ctx, &doc, input.str("Key")?, input.filled("VersionId")?)?;
    version.get(name).cloned().ok_or_else(|| {
        let why = "The specified object does not have a ObjectLock configuration";
        error(404, "NoSuchObjectLockConfiguration", why)
    })
}

/// Changes one version where it is.
fn change(ctx: &mut Ctx, input: &Input, to: impl Fn(&mut Value)) -> Answer {
    let doc = bucket(ctx, input)?;
    let key = input.str("Key")?;
    let version = find(ctx, &doc, key, input.filled("VersionId")?)?;
    let table = objects(text(&doc, "Name"));
    if let Some(mut row) = ctx.store.get(&table, key).cloned() {
        if let Some(list) = items_mut(&mut row, "versions") {
            list.iter_mut().filter(|v| v["VersionId"] == version["VersionId"]).for_each(to);
        }
        ctx.store.put(&table, key, row);
    }
    Ok(json!({}))
}

fn put_hold(ctx: &mut Ctx, input: &Input) -> Answer {
    input.accept(&["ContentMD5", "ChecksumAlgorithm", "RequestPayer"]);
    check_on(&bucket(ctx, input)?)?;
    let status = input.structure("LegalHold")?.str("Status")?;
    if !matches!(status, "ON" | "OFF") {
        return Err(error(400, "MalformedXML", "The XML you provided was not well-formed"));
    }
    change(ctx, input, |v| set(v, "ObjectLockLegalHoldStatus", status))
}

/// A lock can be made longer; shorter or none only by whoever bypasses governance.
fn put_retention(ctx: &mut Ctx, input: &Input) -> Answer {
    input.accept(&["ContentMD5", "ChecksumAlgorithm", "RequestPayer"]);
    let doc = bucket(ctx, input)?;
    check_on(&doc)?;
    let bypass = input.flag("BypassGovernanceRetention")?;
    let old = find(ctx, &doc, input.str("Key")?, input.filled("VersionId")?)?;
    let (mode, date) = match input.opt_structure("Retention") {
        Some(r) => (r.filled("Mode")?.unwrap_or(""), r.filled("RetainUntilDate")?.unwrap_or("")),
        None => ("", ""),
    };
    if !mode.is_empty() {
        check_mode(mode)?;
        check_date(ctx, date)?;
    }
    let looser = second(date) < second(text(&old, "ObjectLockRetainUntilDate"))
        || (text(&old, "ObjectLockMode") == "COMPLIANCE" && mode != "COMPLIANCE");
    if looser {
        let held = json!({"ObjectLockMode": old["ObjectLockMode"], "ObjectLockRetainUntilDate": old["ObjectLockRetainUntilDate"]});
        check_free(ctx, &held, bypass)?;
    }
    change(ctx, input, |v| {
        for (member, value) in [("ObjectLockMode", mode), ("ObjectLockRetainUntilDate", date)] {
            match value {
                "" => drop(unset(v, member)),
                value => set(v, member, value),
            }
        }
    })
}
