//! Access control lists of objects, where their bucket allows them.

use serde_json::{Value, json};

use super::bucket_acl::{canned, is_public, owned};
use super::object::find;
use super::{bucket, canonical_id, error, objects};
use crate::context::Ctx;
use crate::document::{items_mut, set, text};
use crate::error::{Answer, AwsError};
use crate::input::Input;
use crate::sandbox::Operations;

pub(crate) const OPERATIONS: Operations = &[("GetObjectAcl", get), ("PutObjectAcl", put)];

/// The grants of a canned list on an object of this bucket.
///
/// # Errors
/// The bucket knows no lists, or blocks those for everybody.
pub(crate) fn named(ctx: &Ctx, bucket: &Value, acl: &str) -> Result<Vec<Value>, AwsError> {
    let settings = &bucket["_settings"];
    let enforced = text(&settings["OwnershipControls"]["Rules"][0], "ObjectOwnership") == "BucketOwnerEnforced";
    let own = matches!(acl, "private" | "bucket-owner-full-control" | "bucket-owner-read");
    if enforced && !own {
        return Err(error(400, "AccessControlListNotSupported", "The bucket does not allow ACLs"));
    }
    let mut all = vec![owned(&ctx.account)];
    // Whoever puts objects here owns the bucket as well.
    all.extend(if own { Vec::new() } else { canned(acl)? });
    if all.iter().any(is_public) && settings["PublicAccessBlock"]["BlockPublicAcls"] == true {
        return Err(error(403, "AccessDenied", "Access Denied"));
    }
    Ok(all)
}

fn put(ctx: &mut Ctx, input: &Input) -> Answer {
    input.refuse(&[
        "AccessControlPolicy",
        "GrantFullControl",
        "GrantRead",
        "GrantReadACP",
        "GrantWrite",
        "GrantWriteACP",
    ])?;
    input.accept(&["ContentMD5", "ChecksumAlgorithm", "RequestPayer"]);
    let doc = bucket(ctx, input)?;
    let key = input.str("Key")?;
    let version = find(ctx, &doc, key, input.filled("VersionId")?)?;
    if text(&doc["_settings"]["OwnershipControls"]["Rules"][0], "ObjectOwnership") == "BucketOwnerEnforced" {
        return Err(error(400, "AccessControlListNotSupported", "The bucket does not allow ACLs"));
    }
    let grants = named(ctx, &doc, input.str("ACL")?)?;
    let table = objects(text(&doc, "Name"));
    if let Some(mut row) = ctx.store.get(&table, key).cloned() {
        if let Some(list) = items_mut(&mut row, "versions") {
            for v in list.iter_mut().filter(|v| v["VersionId"] == version["VersionId"]) {
                set(v, "_acl", grants.clone());
            }
        }
        ctx.store.put(&table, key, row);
    }
    Ok(json!({}))
}

fn get(ctx: &mut Ctx, input: &Input) -> Answer {
    input.accept(&["RequestPayer"]);
    let doc = bucket(ctx, input)?;
    let version = find(ctx, &doc, input.str("Key")?, input.filled("VersionId")?)?;
    let grants = version.get("_acl").cloned().unwrap_or_else(|| json!([owned(&ctx.account)]));
    Ok(json!({"Owner": {"ID": canonical_id(&ctx.account)}, "Grants": grants}))
}
