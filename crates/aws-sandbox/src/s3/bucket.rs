//! Buckets.

use serde_json::json;

use super::{BUCKETS, bucket, canonical_id, error, objects};
use crate::context::Ctx;
use crate::document::{set, text};
use crate::error::{Answer, AwsError};
use crate::input::Input;
use crate::page;
use crate::sandbox::Operations;

pub(crate) const OPERATIONS: Operations = &[
    ("CreateBucket", create),
    ("HeadBucket", head),
    ("GetBucketLocation", location),
    ("ListBuckets", list),
    ("DeleteBucket", delete),
];

/// Source: "General purpose bucket naming rules".
fn valid_name(name: &str) -> bool {
    let edge = |c: Option<char>| c.is_some_and(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
    (3..=63).contains(&name.len())
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '.')
        && edge(name.chars().next())
        && edge(name.chars().last())
        && !name.contains("..")
        && name.parse::<std::net::Ipv4Addr>().is_err()
        && !["xn--", "sthree-", "amzn-s3-demo-"].iter().any(|p| name.starts_with(p))
        && !["-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3"].iter().any(|s| name.ends_with(s))
}

fn create(ctx: &mut Ctx, input: &Input) -> Answer {
    input.refuse(&["GrantFullControl", "GrantRead", "GrantReadACP", "GrantWrite", "GrantWriteACP"])?;
    if !matches!(input.filled("BucketNamespace")?, None | Some("global")) {
        return Err(AwsError::not_implemented("bucket namespaces other than global"));
    }
    if !matches!(input.filled("ACL")?, None | Some("private")) {
        return Err(AwsError::not_implemented("bucket ACLs other than private"));
    }
    let locked = input.flag("ObjectLockEnabledForBucket")?;
    let name = input.str("Bucket")?;
    if !valid_name(name) {
        return Err(error(400, "InvalidBucketName", "The specified bucket is not valid."));
    }
    let mut tags = json!([]);
    let mut constraint = None;
    if let Some(c) = input.opt_structure("CreateBucketConfiguration") {
        c.refuse(&["Location", "Bucket"])?;
        constraint = c.filled("LocationConstraint")?;
        if let Some(t) = c.raw("Tags") {
            tags = t.clone();
        }
    }
    match (constraint, ctx.region.as_str()) {
        (None, "us-east-1") => {}
        (Some(c), region) if c == region && c != "us-east-1" => {}
        (Some("EU"), "eu-west-1") => {}
        (None, _) => {
            return Err(error(
                400,
                "IllegalLocationConstraintException",
                "The unspecified location constraint is incompatible for the region specific endpoint this request was sent to.",
            ));
        }
        (Some("us-east-1"), "us-east-1") => {
            return Err(error(400, "InvalidLocationConstraint", "The specified location-constraint is not valid"));
        }
        (Some(c), _) => {
            return Err(error(
                400,
                "IllegalLocationConstraintException",
                &format!(
                    "The {c} location constraint is incompatible for the region specific endpoint this request was sent to."
                ),
            ));
        }
    }
    if let Some(old) = ctx.store.get(BUCKETS, name) {
        if text(old, "_owner") != ctx.account {
            return Err(error(
                409,
                "BucketAlreadyExists",
                "The requested bucket name is not available. The bucket namespace is shared by all users of the system. Please select a different name and try again.",
            ));
        }
        // Source: CreateBucket: in us-east-1 a second creation by the owner succeeds.
        if ctx.region != "us-east-1" || text(old, "_region") != "us-east-1" {
            return Err(error(
                409,
                "BucketAlreadyOwnedByYou",
                "Your previous request to create the named bucket succeeded and you already own it.",
            ));
        }
        return Ok(json!({"Location": format!("/{name}")}));
    }
    if ctx.store.rows(BUCKETS).filter(|(_, d)| text(d, "_owner") == ctx.account).count() >= ctx.quotas.buckets {
        return Err(error(400, "TooManyBuckets", "You have attempted to create more buckets than allowed"));
    }
    let ownership = input.filled("ObjectOwnership")?.unwrap_or("BucketOwnerEnforced");
    // Source: "Default settings for new S3 buckets": encrypted, public access blocked, ACLs disabled.
    let mut doc = json!({
        "Name": name,
        "CreationDate": ctx.timestamp(),
        "_owner": ctx.account,
        "_region": ctx.region,
        "_settings": {
            "PublicAccessBlock": {
                "BlockPublicAcls": true, "IgnorePublicAcls": true, "BlockPublicPolicy": true,
                "RestrictPublicBuckets": true,
            },
            "OwnershipControls": {"Rules": [{"ObjectOwnership": ownership}]},
        },
    });
    if locked {
        super::bucket_lock::enabled(&mut doc["_settings"]);
    }
    if tags != json!([]) {
        set(&mut doc["_settings"], "Tagging", json!({"TagSet": tags}));
    }
    ctx.store.put(BUCKETS, name, doc);
    let location = match constraint {
        None => format!("/{name}"),
        Some(_) => format!("http://{name}.s3.amazonaws.com/"),
    };
    Ok(json!({"Location": location}))
}

fn head(ctx: &mut Ctx, input: &Input) -> Answer {
    let doc = bucket(ctx, input)?;
    Ok(json!({"BucketRegion": doc["_region"], "AccessPointAlias": false}))
}

fn location(ctx: &mut Ctx, input: &Input) -> Answer {
    let doc = bucket(ctx, input)?;
    Ok(match text(&doc, "_region") {
        "us-east-1" => json!({}),
        region => json!({"LocationConstraint": region}),
    })
}

fn list(ctx: &mut Ctx, input: &Input) -> Answer {
    let prefix = input.filled("Prefix")?.unwrap_or("");
    let region = input.filled("BucketRegion")?;
    let paged = input.has("MaxBuckets") || input.has("ContinuationToken");
    let all = ctx
        .store
        .rows(BUCKETS)
        .filter(|(name, d)| text(d, "_owner") == ctx.account && name.starts_with(prefix))
        .filter(|(_, d)| region.is_none_or(|r| text(d, "_region") == r))
        .map(|(name, d)| {
            let mut doc = json!({"Name": name, "CreationDate": d["CreationDate"]});
            if paged || region.is_some() {
                set(&mut doc, "BucketRegion", d["_region"].clone());
            }
            doc
        })
        .collect();
    let max = input.opt_int("MaxBuckets")?.and_then(|n| usize::try_from(n).ok());
    let page = page::cut(all, max, input.filled("ContinuationToken")?, "InvalidArgument")?;
    let mut out = page::document("Buckets", page, "ContinuationToken");
    set(&mut out, "Owner", json!({"ID": canonical_id(&ctx.account)}));
    Ok(out)
}

fn delete(ctx: &mut Ctx, input: &Input) -> Answer {
    let doc = bucket(ctx, input)?;
    let name = text(&doc, "Name");
    if ctx.store.count(&objects(name)) > 0 {
        let versioned = doc["_settings"].get("Versioning").is_some();
        let message = if versioned {
            "The bucket you tried to delete is not empty. You must delete all versions in the bucket."
        } else {
            "The bucket you tried to delete is not empty"
        };
        return Err(error(409, "BucketNotEmpty", message));
    }
    ctx.store.remove(BUCKETS, name);
    Ok(json!({}))
}
