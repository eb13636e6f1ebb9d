//! Access control lists of buckets.

use serde_json::{Value, json};

use super::{BUCKETS, bucket, canonical_id, error};
use crate::context::Ctx;
use crate::document::{items, set, text};
use crate::error::{Answer, AwsError};
use crate::input::Input;
use crate::sandbox::Operations;

pub(crate) const OPERATIONS: Operations = &[("PutBucketAcl", put), ("GetBucketAcl", get)];

/// The groups that grants are made to, by what ends their URI. Source: "Access control list (ACL) overview".
const GROUPS: &str = "http://acs.amazonaws.com/groups/";
const LOG_DELIVERY: &str = "s3/LogDelivery";
const ALL_USERS: &str = "global/AllUsers";
const AUTHENTICATED: &str = "global/AuthenticatedUsers";

/// The canonical user of EC2, which reads image bundles. Source: "Canned ACL".
const EC2: &str = "6aa5a366c34c1cbe25dc49211496e913e0351eb0e8c37aa3477e40942ec6b97c";

fn group(name: &str, permission: &str) -> Value {
    json!({"Grantee": {"URI": format!("{GROUPS}{name}"), "Type": "Group"}, "Permission": permission})
}

/// Everything, for the owner.
pub(crate) fn owned(account: &str) -> Value {
    json!({"Grantee": {"ID": canonical_id(account), "Type": "CanonicalUser"}, "Permission": "FULL_CONTROL"})
}

/// The grants of a canned list; the owner has every permission beside them.
pub(crate) fn canned(name: &str) -> Result<Vec<Value>, AwsError> {
    Ok(match name {
        "private" => Vec::new(),
        "public-read" => vec![group(ALL_USERS, "READ")],
        "public-read-write" => vec![group(ALL_USERS, "READ"), group(ALL_USERS, "WRITE")],
        "authenticated-read" => vec![group(AUTHENTICATED, "READ")],
        "aws-exec-read" => {
            vec![json!({"Grantee": {"ID": EC2, "Type": "CanonicalUser"}, "Permission": "READ"})]
        }
        "log-delivery-write" => vec![group(LOG_DELIVERY, "WRITE"), group(LOG_DELIVERY, "READ_ACP")],
        other => return Err(AwsError::not_implemented(format!("the bucket ACL {other}"))),
    })
}

/// The grants that a header names: `uri="…", id="…"`.
fn grants(header: &str, permission: &str) -> Result<Vec<Value>, AwsError> {
    let mut all = Vec::new();
    for grantee in header.split(',').map(str::trim).filter(|g| !g.is_empty()) {
        let (kind, value) = grantee.split_once('=').unwrap_or((grantee, ""));
        let value = value.trim_matches('"');
        all.push(match kind.to_ascii_lowercase().as_str() {
            "uri" => json!({"Grantee": {"URI": value, "Type": "Group"}, "Permission": permission}),
            "id" => json!({"Grantee": {"ID": value, "Type": "CanonicalUser"}, "Permission": permission}),
            _ => return Err(AwsError::not_implemented(format!("grants to {kind}"))),
        });
    }
    Ok(all)
}

/// Whether a grant is for everybody.
pub(crate) fn is_public(grant: &Value) -> bool {
    let uri = text(&grant["Grantee"], "URI");
    uri.strip_prefix(GROUPS).is_some_and(|name| name == ALL_USERS || name == AUTHENTICATED)
}

fn put(ctx: &mut Ctx, input: &Input) -> Answer {
    input.accept(&["ContentMD5", "ChecksumAlgorithm"]);
    let mut doc = bucket(ctx, input)?;
    let ownership = text(&doc["_settings"]["OwnershipControls"]["Rules"][0], "ObjectOwnership");
    if ownership == "BucketOwnerEnforced" {
        return Err(error(400, "AccessControlListNotSupported", "The bucket does not allow ACLs"));
    }
    let mut all = Vec::new();
    for (header, permission) in [
        ("GrantFullControl", "FULL_CONTROL"),
        ("GrantRead", "READ"),
        ("GrantReadACP", "READ_ACP"),
        ("GrantWrite", "WRITE"),
        ("GrantWriteACP", "WRITE_ACP"),
    ] {
        if let Some(text) = input.filled(header)? {
            all.extend(grants(text, permission)?);
        }
    }
    let policy = input.raw("AccessControlPolicy");
    match (input.filled("ACL")?, policy) {
        (Some(name), None) if all.is_empty() => {
            all.push(owned(&ctx.account));
            all.extend(canned(name)?);
        }
        (None, Some(policy)) if all.is_empty() => {
            if text(&policy["Owner"], "ID") != canonical_id(&ctx.account) {
                return Err(error(403, "AccessDenied", "Access Denied"));
            }
            for grant in items(policy, "Grants") {
                let who = &grant["Grantee"];
                if text(who, "Type") == "AmazonCustomerByEmail" {
                    return Err(AwsError::not_implemented("grants by e-mail address"));
                }
                let mut grant = grant.clone();
                crate::document::unset(&mut grant["Grantee"], "DisplayName");
                all.push(grant);
            }
        }
        (None, None) if !all.is_empty() => {}
        (None, None) => return Err(error(400, "MissingSecurityHeader", "Your request was missing a required header")),
        _ => return Err(error(400, "InvalidRequest", "Specifying both Canned ACLs and Header Grants is not allowed")),
    }
    if all.iter().any(is_public) && doc["_settings"]["PublicAccessBlock"]["BlockPublicAcls"] == true {
        return Err(error(403, "AccessDenied", "Access Denied"));
    }
    set(&mut doc["_settings"], "Acl", json!(all));
    let key = text(&doc, "Name").to_owned();
    ctx.store.put(BUCKETS, &key, doc);
    Ok(json!({}))
}

fn get(ctx: &mut Ctx, input: &Input) -> Answer {
    let doc = bucket(ctx, input)?;
    let grants = doc["_settings"].get("Acl").cloned().unwrap_or_else(|| json!([owned(&ctx.account)]));
    Ok(json!({"Owner": {"ID": canonical_id(&ctx.account)}, "Grants": grants}))
}

/// Whether S3's log delivery may write to a bucket: by its list, by its policy, or because lists are off there (then
/// nothing is looked at when logging is set).
pub(crate) fn takes_logs(bucket: &Value) -> bool {
    let settings = &bucket["_settings"];
    let enforced = text(&settings["OwnershipControls"]["Rules"][0], "ObjectOwnership") == "BucketOwnerEnforced";
    let by_policy = text(settings, "Policy").contains("logging.s3.amazonaws.com");
    let has = |permission: &str| items(settings, "Acl").contains(&group(LOG_DELIVERY, permission));
    enforced || by_policy || has("WRITE") && has("READ_ACP")
}
