//! The deprecated arguments of a bucket: all are read; versioning, encryption and the policy can still be given, for the
//! others the configuration is referred to the type that took their place.

use serde_json::{Value as Json, json};

use super::bucket_shown as shown;
use crate::cx::Cx;
use crate::decl::*;
use crate::doc;
use crate::fail::Fail;
use crate::obj::Obj;
use crate::tags::of_document;
use crate::work::Work;

/// What can only be read.
pub const REFUSED: &[&str] = &[
    "acceleration_status",
    "cors_rule",
    "grant",
    "lifecycle_rule",
    "logging",
    "object_lock_configuration",
    "replication_configuration",
    "request_payer",
    "website",
];

/// The types that took the place of arguments.
const INSTEAD: &[(&str, &str)] = &[
    ("acceleration_status", "aws_s3_bucket_accelerate_configuration"),
    ("cors_rule", "aws_s3_bucket_cors_configuration"),
    ("grant", "aws_s3_bucket_acl"),
    ("lifecycle_rule", "aws_s3_bucket_lifecycle_configuration"),
    ("logging", "aws_s3_bucket_logging"),
    ("object_lock_configuration", "aws_s3_bucket_object_lock_configuration"),
    ("replication_configuration", "aws_s3_bucket_replication_configuration"),
    ("request_payer", "aws_s3_bucket_request_payment_configuration"),
    ("website", "aws_s3_bucket_website_configuration"),
];

pub const CORS_RULE: Kind = Kind::Object(&[
    list("allowed_headers", &Kind::String),
    list("allowed_methods", &Kind::String).required(),
    list("allowed_origins", &Kind::String).required(),
    list("expose_headers", &Kind::String),
    int("max_age_seconds"),
]);

pub const GRANT: Kind =
    Kind::Object(&[string("id"), strings("permissions").required(), string("type").required(), string("uri")]);

const EXPIRATION: Kind = Kind::Object(&[string("date"), int("days"), boolean("expired_object_delete_marker")]);
const OLD_EXPIRATION: Kind = Kind::Object(&[int("days")]);
const OLD_TRANSITION: Kind = Kind::Object(&[int("days"), string("storage_class").required()]);
const TRANSITION: Kind = Kind::Object(&[string("date"), int("days"), string("storage_class").required()]);

pub const LIFECYCLE_RULE: Kind = Kind::Object(&[
    int("abort_incomplete_multipart_upload_days"),
    boolean("enabled").required(),
    block("expiration", &EXPIRATION),
    string("id").optional_computed(),
    block("noncurrent_version_expiration", &OLD_EXPIRATION),
    block_set("noncurrent_version_transition", &OLD_TRANSITION),
    string("prefix"),
    map("tags", &Kind::String),
    block_set("transition", &TRANSITION),
]);

pub const LOGGING: Kind = Kind::Object(&[string("target_bucket").required(), string("target_prefix")]);

const RETENTION: Kind = Kind::Object(&[int("days"), string("mode").required(), int("years")]);
const LOCK_RULE: Kind = Kind::Object(&[block("default_retention", &RETENTION).required()]);

pub const OBJECT_LOCK: Kind =
    Kind::Object(&[string("object_lock_enabled").deprecated(), block("rule", &LOCK_RULE).deprecated()]);

const TRANSLATION: Kind = Kind::Object(&[string("owner").required()]);
const MINUTES: Kind = Kind::Object(&[int("minutes"), string("status")]);
const DESTINATION: Kind = Kind::Object(&[
    block("access_control_translation", &TRANSLATION),
    string("account_id"),
    string("bucket").required(),
    block("metrics", &MINUTES),
    string("replica_kms_key_id"),
    block("replication_time", &MINUTES),
    string("storage_class"),
]);
const REPLICATION_FILTER: Kind = Kind::Object(&[string("prefix"), map("tags", &Kind::String)]);
const SSE_OBJECTS: Kind = Kind::Object(&[boolean("enabled").required()]);
const SELECTION: Kind = Kind::Object(&[block("sse_kms_encrypted_objects", &SSE_OBJECTS)]);
const REPLICATION_RULE: Kind = Kind::Object(&[
    string("delete_marker_replication_status"),
    block("destination", &DESTINATION).required(),
    block("filter", &REPLICATION_FILTER),
    string("id"),
    string("prefix"),
    int("priority"),
    block("source_selection_criteria", &SELECTION),
    string("status").required(),
]);

pub const REPLICATION: Kind =
    Kind::Object(&[string("role").required(), block_set("rules", &REPLICATION_RULE).times(1, 0)]);

const BY_DEFAULT: Kind = Kind::Object(&[
    string("kms_master_key_id").api("KMSMasterKeyID").zero(),
    string("sse_algorithm").required().api("SSEAlgorithm"),
]);
const ENCRYPTION_RULE: Kind = Kind::Object(&[
    block("apply_server_side_encryption_by_default", &BY_DEFAULT).required(),
    boolean("bucket_key_enabled").zero(),
]);

pub const ENCRYPTION: Kind = Kind::Object(&[block("rule", &ENCRYPTION_RULE).required().api("Rules")]);

pub const VERSIONING: Kind =
    Kind::Object(&[boolean("enabled").default_bool(false), boolean("mfa_delete").default_bool(false)]);

pub const WEBSITE: Kind = Kind::Object(&[
    string("error_document"),
    string("index_document"),
    string("redirect_all_requests_to"),
    string("routing_rules"),
]);

/// Refuses what can only be read.
pub fn validate(config: &Obj, found: &mut craton_model::Diagnostics) {
    for (name, instead) in INSTEAD {
        if !crate::validate::set(config, name) {
            continue;
        }
        found.push(
            craton_model::Diagnostic::error(
                "Deprecated argument of a bucket",
                format!(
                    "{name:?} is deprecated since version 4 of the AWS provider, and the built-in provider only reads \
                     it. Move it to a resource of the type {instead}."
                ),
            )
            .on_attribute(craton_model::Path::attr(*name)),
        );
    }
}

/// A setting of a bucket; `None` when it has none.
async fn setting(cx: &Cx, op: &str, bucket: &str, none: &[&str]) -> Result<Option<Json>, Fail> {
    match cx.once("s3", op, json!({"Bucket": bucket})).await {
        Ok(found) => Ok(Some((*found).clone())),
        Err(e) if e.is(none) => Ok(None),
        Err(e) => Err(e),
    }
}

/// Reads them. S3 has no call for several settings or buckets; all are asked for at once.
///
/// # Errors
/// AWS refused.
pub async fn read(cx: &Cx, bucket: &str, obj: &mut Obj) -> Result<(), Fail> {
    let of = |op: &'static str, none: &'static [&'static str]| setting(cx, op, bucket, none);
    let (policy, acl, cors, versioning, speed, payer) = futures_util::join!(
        of("GetBucketPolicy", &["NoSuchBucketPolicy"]),
        of("GetBucketAcl", &[]),
        of("GetBucketCors", &["NoSuchCORSConfiguration"]),
        of("GetBucketVersioning", &[]),
        of("GetBucketAccelerateConfiguration", &["MethodNotAllowed", "UnsupportedArgument"]),
        of("GetBucketRequestPayment", &[]),
    );
    let (logging, lifecycle, encryption, lock, site, replication) = futures_util::join!(
        of("GetBucketLogging", &[]),
        of("GetBucketLifecycleConfiguration", &["NoSuchLifecycleConfiguration"]),
        of("GetBucketEncryption", &["ServerSideEncryptionConfigurationNotFoundError"]),
        of("GetObjectLockConfiguration", &["ObjectLockConfigurationNotFoundError"]),
        of("GetBucketWebsite", &["NoSuchWebsiteConfiguration"]),
        of("GetBucketReplication", &["ReplicationConfigurationNotFoundError"]),
    );
    let text = |v: &Option<Json>, path: &str| v.as_ref().map(|v| doc::text(v, path)).unwrap_or_default();
    obj.set("policy", text(&policy?, "Policy"));
    obj.set_json("grant", &grants(&acl?.unwrap_or_default()))?;
    let rules = cors?.and_then(|c| doc::at(&c, "CORSRules")).unwrap_or_else(|| json!([]));
    obj.set("cors_rule", doc::value(&Kind::List(&CORS_RULE), &rules));
    let versioning = versioning?;
    let (status, mfa) = (text(&versioning, "Status"), text(&versioning, "MFADelete"));
    obj.set_json("versioning", &json!([{"enabled": status == "Enabled", "mfa_delete": mfa == "Enabled"}]))?;
    obj.set("acceleration_status", text(&speed?, "Status"));
    obj.set("request_payer", text(&payer?, "Payer"));
    let logging = logging?.and_then(|l| doc::at(&l, "LoggingEnabled")).unwrap_or_else(|| json!([]));
    obj.set("logging", doc::value(&Kind::List(&LOGGING), &logging));
    let rules = lifecycle?.map(|l| doc::items(&l, "Rules")).unwrap_or_default();
    obj.set_json("lifecycle_rule", &rules.iter().map(lifecycle_rule).collect())?;
    let encryption = encryption?.and_then(|e| doc::at(&e, "ServerSideEncryptionConfiguration"));
    let encryption = encryption.unwrap_or_else(|| json!([]));
    obj.set("server_side_encryption_configuration", doc::value(&Kind::List(&ENCRYPTION), &encryption));
    let lock = lock?.and_then(|l| doc::at(&l, "ObjectLockConfiguration"));
    obj.set("object_lock_enabled", text(&lock, "ObjectLockEnabled") == "Enabled");
    obj.set_json("object_lock_configuration", &shown::object_lock(lock.as_ref()))?;
    obj.set_json("replication_configuration", &shown::replication(replication?.as_ref()))?;
    let site = site?;
    if site.is_some() {
        let region = obj.str("region").unwrap_or(cx.region()).to_owned();
        let domain = super::website_domain(&region, cx.settings.dns_suffix);
        obj.set("website_endpoint", format!("{bucket}.{domain}"));
        obj.set("website_domain", domain);
    }
    obj.set_json("website", &shown::website(site.as_ref()))?;
    Ok(())
}

/// The grants of an ACL, one for each grantee.
fn grants(acl: &Json) -> Json {
    let mut all: Vec<(Json, Vec<String>)> = Vec::new();
    for g in doc::items(acl, "Grants") {
        let who = json!({
            "id": doc::text(&g, "Grantee.ID"), "type": doc::text(&g, "Grantee.Type"), "uri": doc::text(&g, "Grantee.URI"),
        });
        let what = doc::text(&g, "Permission");
        match all.iter_mut().find(|(w, _)| *w == who) {
            Some((_, permissions)) => permissions.push(what),
            None => all.push((who, vec![what])),
        }
    }
    let with = |(mut who, permissions): (Json, Vec<String>)| {
        who["permissions"] = json!(permissions);
        who
    };
    all.into_iter().map(with).collect()
}

/// A rule in the words of the deprecated argument.
fn lifecycle_rule(rule: &Json) -> Json {
    let filter = rule.get("Filter").filter(|f| !f.is_null());
    let and = filter.and_then(|f| f.get("And")).filter(|a| !a.is_null());
    let prefix =
        [and.map(|a| doc::text(a, "Prefix")), filter.map(|f| doc::text(f, "Prefix")), Some(doc::text(rule, "Prefix"))];
    let prefix = prefix.into_iter().flatten().find(|p| !p.is_empty()).unwrap_or_default();
    let tags = match (and.and_then(|a| a.get("Tags")), filter.and_then(|f| f.get("Tag"))) {
        (Some(tags), _) => of_document(tags),
        (None, Some(tag)) if !tag.is_null() => of_document(&json!([tag])),
        _ => crate::tags::Tags::new(),
    };
    let number = |v: &Json, path: &str| doc::at(v, path).filter(|n| n.is_number()).unwrap_or_else(|| json!(0));
    let one = |name: &str, f: &dyn Fn(&Json) -> Json| -> Json {
        rule.get(name).filter(|v| !v.is_null()).map(f).into_iter().collect()
    };
    let many = |name: &str, f: &dyn Fn(&Json) -> Json| -> Json { doc::items(rule, name).iter().map(f).collect() };
    json!({
        "id": doc::text(rule, "ID"),
        "enabled": doc::text(rule, "Status") == "Enabled",
        "prefix": prefix,
        "tags": tags,
        "abort_incomplete_multipart_upload_days": number(rule, "AbortIncompleteMultipartUpload.DaysAfterInitiation"),
        "expiration": one("Expiration", &|e| json!({
            "date": doc::text(e, "Date"), "days": number(e, "Days"),
            "expired_object_delete_marker": doc::flag(e, "ExpiredObjectDeleteMarker"),
        })),
        "noncurrent_version_expiration": one("NoncurrentVersionExpiration", &|e| json!({"days": number(e, "NoncurrentDays")})),
        "noncurrent_version_transition": many("NoncurrentVersionTransitions", &|t| json!({
            "days": number(t, "NoncurrentDays"), "storage_class": doc::text(t, "StorageClass"),
        })),
        "transition": many("Transitions", &|t| json!({
            "date": doc::text(t, "Date"), "days": number(t, "Days"), "storage_class": doc::text(t, "StorageClass"),
        })),
    })
}

/// Puts the list of grants that the bucket itself is given by a name.
pub fn change_acl<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        if let Some(acl) = work.state.str("acl") {
            let input = json!({"Bucket": work.state.id(), "ACL": acl});
            cx.retry("s3", "PutBucketAcl", input, super::PROPAGATION, &["NoSuchBucket"]).await?;
        }
        Ok(())
    })
}

/// Puts the policy that the bucket itself is given.
pub fn change_policy<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        match work.state.str("policy") {
            Some(policy) => {
                let input = json!({"Bucket": work.state.id(), "Policy": crate::json::compact(policy)});
                cx.retry("s3", "PutBucketPolicy", input, super::PROPAGATION, &["NoSuchBucket", "MalformedPolicy"])
                    .await?
            }
            None => cx.call("s3", "DeleteBucketPolicy", json!({"Bucket": work.state.id()})).await?,
        };
        Ok(())
    })
}

/// Puts the versioning that the bucket itself is given.
pub fn change_versioning<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let wanted = work.state.objects("versioning");
        let on = wanted.first().is_some_and(|v| v.bool("enabled"));
        if work.creating && !on {
            return Ok(());
        }
        let status = if on { "Enabled" } else { "Suspended" };
        let input = json!({"Bucket": work.state.id(), "VersioningConfiguration": {"Status": status}});
        cx.retry("s3", "PutBucketVersioning", input, super::PROPAGATION, &["NoSuchBucket"]).await?;
        Ok(())
    })
}

/// Puts the encryption that the bucket itself is given.
pub fn change_encryption<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let wanted = work.state.objects("server_side_encryption_configuration");
        let Some(configuration) = wanted.first() else {
            cx.call("s3", "DeleteBucketEncryption", json!({"Bucket": work.state.id()})).await?;
            return Ok(());
        };
        let rules = doc::document(&Kind::List(&ENCRYPTION_RULE), &configuration.get("rule"));
        let input = json!({"Bucket": work.state.id(), "ServerSideEncryptionConfiguration": {"Rules": rules}});
        cx.retry("s3", "PutBucketEncryption", input, super::PROPAGATION, &["NoSuchBucket"]).await?;
        Ok(())
    })
}
