//! The settings of a bucket, each with its own Put, Get and Delete.

use serde_json::{Value, json};

use super::bucket_acl::takes_logs;
use super::{BUCKETS, bucket, error};
use crate::context::Ctx;
use crate::document::{items, set, text, unset};
use crate::error::{Answer, AwsError};
use crate::input::Input;
use crate::policy;
use crate::sandbox::Operations;

pub(crate) const OPERATIONS: Operations = &[
    ("PutBucketVersioning", put_versioning),
    ("GetBucketVersioning", |ctx, i| Ok(setting(ctx, i, "Versioning")?.unwrap_or_else(|| json!({})))),
    ("PutBucketEncryption", put_encryption),
    ("GetBucketEncryption", get_encryption),
    ("DeleteBucketEncryption", |ctx, i| remove(ctx, i, "Encryption")),
    ("PutPublicAccessBlock", |ctx, i| put(ctx, i, "PublicAccessBlock", "PublicAccessBlockConfiguration")),
    ("GetPublicAccessBlock", |ctx, i| {
        let found = setting(ctx, i, "PublicAccessBlock")?.ok_or_else(|| {
            error(404, "NoSuchPublicAccessBlockConfiguration", "The public access block configuration was not found")
        })?;
        Ok(json!({"PublicAccessBlockConfiguration": found}))
    }),
    ("DeletePublicAccessBlock", |ctx, i| remove(ctx, i, "PublicAccessBlock")),
    ("PutBucketPolicy", put_policy),
    ("GetBucketPolicy", |ctx, i| {
        let found = setting(ctx, i, "Policy")?
            .ok_or_else(|| error(404, "NoSuchBucketPolicy", "The bucket policy does not exist"))?;
        Ok(json!({"Policy": found}))
    }),
    ("GetBucketPolicyStatus", policy_status),
    ("DeleteBucketPolicy", |ctx, i| remove(ctx, i, "Policy")),
    ("PutBucketTagging", put_tagging),
    ("GetBucketTagging", |ctx, i| {
        setting(ctx, i, "Tagging")?.ok_or_else(|| error(404, "NoSuchTagSet", "The TagSet does not exist"))
    }),
    ("DeleteBucketTagging", |ctx, i| remove(ctx, i, "Tagging")),
    ("PutBucketLogging", put_logging),
    ("GetBucketLogging", |ctx, i| Ok(setting(ctx, i, "Logging")?.unwrap_or_else(|| json!({})))),
    ("PutBucketOwnershipControls", |ctx, i| put(ctx, i, "OwnershipControls", "OwnershipControls")),
    ("GetBucketOwnershipControls", |ctx, i| {
        let found = setting(ctx, i, "OwnershipControls")?.ok_or_else(|| {
            error(404, "OwnershipControlsNotFoundError", "The bucket ownership controls were not found")
        })?;
        Ok(json!({"OwnershipControls": found}))
    }),
    ("DeleteBucketOwnershipControls", |ctx, i| remove(ctx, i, "OwnershipControls")),
    ("PutBucketLifecycleConfiguration", put_lifecycle),
    ("GetBucketLifecycleConfiguration", |ctx, i| {
        setting(ctx, i, "Lifecycle")?
            .ok_or_else(|| error(404, "NoSuchLifecycleConfiguration", "The lifecycle configuration does not exist"))
    }),
    ("DeleteBucketLifecycle", |ctx, i| remove(ctx, i, "Lifecycle")),
    ("PutBucketAccelerateConfiguration", put_speed),
    ("GetBucketAccelerateConfiguration", |ctx, i| {
        i.accept(&["RequestPayer"]);
        Ok(setting(ctx, i, "Accelerate")?.unwrap_or_else(|| json!({})))
    }),
    ("PutBucketRequestPayment", |ctx, i| {
        let value = i.raw("RequestPaymentConfiguration").ok_or_else(|| i.missing("RequestPaymentConfiguration"))?;
        match text(value, "Payer") {
            "BucketOwner" | "Requester" => store(ctx, i, "RequestPayment", value.clone()),
            _ => Err(super::malformed()),
        }
    }),
    ("GetBucketRequestPayment", |ctx, i| {
        Ok(setting(ctx, i, "RequestPayment")?.unwrap_or_else(|| json!({"Payer": "BucketOwner"})))
    }),
];

/// A setting of the bucket that a request names.
pub(super) fn setting(ctx: &Ctx, input: &Input, name: &str) -> Result<Option<Value>, AwsError> {
    Ok(bucket(ctx, input)?["_settings"].get(name).cloned())
}

/// Puts a setting.
pub(super) fn store(ctx: &mut Ctx, input: &Input, name: &str, value: Value) -> Answer {
    // Integrity checks of the body, which the transport has done.
    input.accept(&["ContentMD5", "ChecksumAlgorithm"]);
    let mut doc = bucket(ctx, input)?;
    set(&mut doc["_settings"], name, value);
    let key = text(&doc, "Name").to_owned();
    ctx.store.put(BUCKETS, &key, doc);
    Ok(json!({}))
}

fn put(ctx: &mut Ctx, input: &Input, name: &str, member: &str) -> Answer {
    let value = input.raw(member).ok_or_else(|| input.missing(member))?.clone();
    store(ctx, input, name, value)
}

/// Takes a setting away.
pub(super) fn remove(ctx: &mut Ctx, input: &Input, name: &str) -> Answer {
    let mut doc = bucket(ctx, input)?;
    if unset(&mut doc["_settings"], name).is_some() {
        let key = text(&doc, "Name").to_owned();
        ctx.store.put(BUCKETS, &key, doc);
    }
    Ok(json!({}))
}

fn put_versioning(ctx: &mut Ctx, input: &Input) -> Answer {
    input.refuse(&["MFA"])?;
    let configuration = input.structure("VersioningConfiguration")?;
    if configuration.filled("MFADelete")?.is_some_and(|m| m != "Disabled") {
        return Err(AwsError::not_implemented("MFA delete"));
    }
    let status = configuration.str("Status")?;
    if !matches!(status, "Enabled" | "Suspended") {
        return Err(super::malformed());
    }
    let settings = bucket(ctx, input)?["_settings"].clone();
    if status == "Suspended" && settings.get("ObjectLock").is_some() {
        let message =
            "An Object Lock configuration is present on this bucket, so the versioning state cannot be changed.";
        return Err(error(409, "InvalidBucketState", message));
    }
    if status == "Suspended" && settings.get("Replication").is_some() {
        let message = "A replication configuration is present on this bucket, so you cannot change the versioning state. To change the versioning state, first delete the replication configuration.";
        return Err(error(409, "InvalidBucketState", message));
    }
    // Told from then on, once it was set.
    let mfa = configuration.filled("MFADelete")?.or(settings["Versioning"]["MFADelete"].as_str());
    let mut versioning = json!({"Status": status});
    crate::document::set_some(&mut versioning, "MFADelete", mfa);
    store(ctx, input, "Versioning", versioning)
}

/// Source: "Requirements for using S3 Transfer Acceleration": no periods in the name.
fn put_speed(ctx: &mut Ctx, input: &Input) -> Answer {
    let doc = bucket(ctx, input)?;
    let value = input.raw("AccelerateConfiguration").ok_or_else(|| input.missing("AccelerateConfiguration"))?;
    if text(&doc, "Name").contains('.') {
        let message = "S3 Transfer Acceleration is not supported for buckets with periods (.) in their names";
        return Err(error(400, "InvalidRequest", message));
    }
    match text(value, "Status") {
        "Enabled" | "Suspended" => store(ctx, input, "Accelerate", value.clone()),
        _ => Err(super::malformed()),
    }
}

fn put_encryption(ctx: &mut Ctx, input: &Input) -> Answer {
    let value = input
        .raw("ServerSideEncryptionConfiguration")
        .ok_or_else(|| input.missing("ServerSideEncryptionConfiguration"))?;
    let mut value = value.clone();
    if let Some(rules) = crate::document::items_mut(&mut value, "Rules") {
        for rule in rules {
            let algorithm = text(&rule["ApplyServerSideEncryptionByDefault"], "SSEAlgorithm");
            if !matches!(algorithm, "AES256" | "aws:kms" | "aws:kms:dsse") {
                return Err(super::malformed());
            }
            if rule.get("BucketKeyEnabled").is_none() {
                set(rule, "BucketKeyEnabled", false);
            }
        }
    }
    store(ctx, input, "Encryption", value)
}

/// The encryption of a bucket; without a setting it is S3's own, as for every bucket since 2023.
pub(crate) fn encryption(bucket: &Value) -> Value {
    bucket["_settings"].get("Encryption").cloned().unwrap_or_else(|| {
        json!({"Rules": [{
            "ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}, "BucketKeyEnabled": false,
        }]})
    })
}

fn get_encryption(ctx: &mut Ctx, input: &Input) -> Answer {
    let doc = bucket(ctx, input)?;
    Ok(json!({"ServerSideEncryptionConfiguration": encryption(&doc)}))
}

fn is_public(policy: &Value) -> bool {
    let statements = match &policy["Statement"] {
        Value::Array(list) => list.clone(),
        one => vec![one.clone()],
    };
    statements.iter().any(|s| {
        text(s, "Effect") == "Allow"
            && (s["Principal"] == "*" || s["Principal"]["AWS"] == "*")
            && s.get("Condition").is_none()
    })
}

fn put_policy(ctx: &mut Ctx, input: &Input) -> Answer {
    input.flag("ConfirmRemoveSelfBucketAccess")?;
    let document = input.str("Policy")?;
    let parsed = policy::check(document, policy::Kind::Resource).map_err(|why| error(400, "MalformedPolicy", &why))?;
    let doc = bucket(ctx, input)?;
    if is_public(&parsed) && doc["_settings"]["PublicAccessBlock"]["BlockPublicPolicy"] == true {
        return Err(error(
            403,
            "AccessDenied",
            "User is not authorized to perform: s3:PutBucketPolicy because public policies are prevented by the BlockPublicPolicy setting in S3 Block Public Access.",
        ));
    }
    store(ctx, input, "Policy", document.into())
}

fn policy_status(ctx: &mut Ctx, input: &Input) -> Answer {
    let found = setting(ctx, input, "Policy")?
        .ok_or_else(|| error(404, "NoSuchBucketPolicy", "The bucket policy does not exist"))?;
    let parsed = found.as_str().and_then(|p| serde_json::from_str(p).ok()).unwrap_or(Value::Null);
    Ok(json!({"PolicyStatus": {"IsPublic": is_public(&parsed)}}))
}

fn put_tagging(ctx: &mut Ctx, input: &Input) -> Answer {
    let tagging = input.raw("Tagging").ok_or_else(|| input.missing("Tagging"))?;
    check_tags(items(tagging, "TagSet"), 50)?;
    store(ctx, input, "Tagging", tagging.clone())
}

/// Checks tags of a bucket or an object.
pub(crate) fn check_tags(tags: &[Value], max: usize) -> Result<(), AwsError> {
    let mut seen = std::collections::HashSet::new();
    for t in tags {
        let key = text(t, "Key");
        if key.is_empty() || key.chars().count() > 128 || text(t, "Value").chars().count() > 256 {
            return Err(error(400, "InvalidTag", "The TagKey you have provided is invalid"));
        }
        if key.starts_with("aws:") {
            return Err(error(400, "InvalidTag", "System tags cannot be added/updated by requester"));
        }
        if !seen.insert(key) {
            return Err(error(400, "InvalidTag", "Cannot provide multiple Tags with the same key"));
        }
    }
    if tags.len() > max {
        return Err(error(400, "BadRequest", &format!("Object tags cannot be greater than {max}")));
    }
    Ok(())
}

fn put_logging(ctx: &mut Ctx, input: &Input) -> Answer {
    let status = input.raw("BucketLoggingStatus").ok_or_else(|| input.missing("BucketLoggingStatus"))?;
    if let Some(on) = status.get("LoggingEnabled") {
        let target = ctx.store.get(BUCKETS, text(on, "TargetBucket"));
        let refuse = |why: &str| Err(error(400, "InvalidTargetBucketForLogging", why));
        match target.filter(|b| text(b, "_owner") == ctx.account) {
            None => return refuse("The target bucket for logging does not exist"),
            Some(target) if text(target, "_region") != ctx.region => {
                let why = "Cross-Region logging is not allowed. Buckets in one Region cannot log information to a bucket in another Region.";
                return Err(error(403, "CrossLocationLoggingProhibited", why));
            }
            Some(target) if !takes_logs(target) => {
                return refuse(
                    "You must give the log-delivery group WRITE and READ_ACP permissions to the target bucket",
                );
            }
            Some(_) => {}
        }
    }
    store(ctx, input, "Logging", status.clone())
}

fn put_lifecycle(ctx: &mut Ctx, input: &Input) -> Answer {
    let size = input.filled("TransitionDefaultMinimumObjectSize")?.unwrap_or("all_storage_classes_128K");
    let mut value = input.raw("LifecycleConfiguration").ok_or_else(|| input.missing("LifecycleConfiguration"))?.clone();
    set(&mut value, "TransitionDefaultMinimumObjectSize", size);
    let mut ids = std::collections::HashSet::new();
    for n in 0..items(&value, "Rules").len() {
        if value["Rules"][n].get("ID").is_none() {
            let id = ctx.new_uuid("lifecycle");
            set(&mut value["Rules"][n], "ID", id);
        }
        if !ids.insert(text(&value["Rules"][n], "ID").to_owned()) {
            return Err(error(400, "InvalidArgument", "Rule ID must be unique. Found same ID for more than one rule"));
        }
    }
    store(ctx, input, "Lifecycle", value)?;
    Ok(json!({"TransitionDefaultMinimumObjectSize": size}))
}
