//! `aws_s3_bucket` (<https://registry.terraform.io/providers/hashicorp/aws/5.100.0/docs/resources/s3_bucket>).
//!
//! Since version 4 of the AWS provider the settings of a bucket are types of their own; the arguments that once held
//! them are deprecated. They are read, and [`super::bucket_legacy`] says which of them can still be given.

use serde_json::{Map, Value as Json, json};

use super::bucket_legacy as legacy;
use crate::cx::Cx;
use crate::decl::*;
use crate::doc;
use crate::fail::Fail;
use crate::names;
use crate::obj::Obj;
use crate::tags::{Tags, list, of_document};
use crate::work::Work;

/// `aws_s3_bucket`.
pub static BUCKET: Resource = resource("aws_s3_bucket", &super::S3)
    .attrs(&[
        string("acceleration_status").optional_computed().deprecated().local(),
        string("acl").optional_computed().deprecated().local(),
        string("arn").computed().unread(),
        string("bucket")
            .optional_computed()
            .replaces()
            .local()
            .conflicts_with(&["bucket_prefix"])
            .check(&[Check::Length(0, 63)]),
        string("bucket_domain_name").computed().unread(),
        string("bucket_prefix")
            .optional_computed()
            .replaces()
            .local()
            .conflicts_with(&["bucket"])
            .check(&[Check::Length(0, 37)]),
        string("bucket_regional_domain_name").computed().unread(),
        blocks("cors_rule", &legacy::CORS_RULE).optional_computed().local().deprecated(),
        boolean("force_destroy").default_bool(false).local(),
        block_set("grant", &legacy::GRANT).optional_computed().local().deprecated(),
        string("hosted_zone_id").computed().unread(),
        blocks("lifecycle_rule", &legacy::LIFECYCLE_RULE).optional_computed().local().deprecated(),
        block("logging", &legacy::LOGGING).optional_computed().local().deprecated(),
        block("object_lock_configuration", &legacy::OBJECT_LOCK).optional_computed().local().deprecated(),
        boolean("object_lock_enabled").optional_computed().replaces().local(),
        string("policy").optional_computed().deprecated().local().same(Same::Policy).check(&[Check::Json]),
        string("region").computed().from("BucketRegion"),
        block("replication_configuration", &legacy::REPLICATION).optional_computed().local().deprecated(),
        string("request_payer").optional_computed().deprecated().local(),
        block("server_side_encryption_configuration", &legacy::ENCRYPTION).optional_computed().local().deprecated(),
        block("versioning", &legacy::VERSIONING).optional_computed().local().deprecated(),
        block("website", &legacy::WEBSITE).optional_computed().local().deprecated(),
        string("website_domain").computed().deprecated().unread(),
        string("website_endpoint").computed().deprecated().unread(),
    ])
    .tagged(Tagging {
        create: CreateTags::Afterwards,
        add: "PutBucketTagging",
        remove: "DeleteBucketTagging",
        by: ("Bucket", "id"),
        read: ReadTags::Op("GetBucketTagging", "TagSet"),
        hook: Some(change_tags),
        ..TAGGING
    })
    .timeouts(&[("create", 1200), ("read", 1200), ("update", 1200), ("delete", 3600)])
    .create_with(create)
    .key(&[("Bucket", "id")])
    .read(Read::One { op: "HeadBucket", item: "" })
    .updates(&[
        update_with(legacy::change_policy, &["policy"]).also_after_create(),
        update_with(legacy::change_versioning, &["versioning"]).also_after_create(),
        update_with(legacy::change_encryption, &["server_side_encryption_configuration"]).also_after_create(),
        // What can only be read; a configuration that gives it is refused.
        update_state(legacy::REFUSED),
        update_state(&["acl", "force_destroy"]),
    ])
    .delete_with(delete)
    .gone(super::NO_BUCKET)
    .faults(&[
        ("BucketAlreadyExists", "bucket"),
        ("BucketAlreadyOwnedByYou", "bucket"),
        ("InvalidBucketName", "bucket"),
    ])
    .validates(legacy::validate)
    .after_read(read)
    .imports(import);

fn create<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let now = cx.settings.clock.now();
        let name = match (work.state.str("bucket"), work.state.str("bucket_prefix")) {
            (Some(name), _) => name.to_owned(),
            (None, prefix) => format!("{}{}", prefix.unwrap_or("terraform-"), names::unique(now)),
        };
        let mut input = Map::new();
        input.insert("Bucket".into(), json!(name));
        // The oldest region is the one that is not named.
        if cx.region() != "us-east-1" {
            input.insert("CreateBucketConfiguration".into(), json!({"LocationConstraint": cx.region()}));
        }
        if let Some(acl) = work.state.str("acl") {
            input.insert("ACL".into(), json!(acl));
        }
        if work.state.bool("object_lock_enabled") {
            input.insert("ObjectLockEnabledForBucket".into(), json!(true));
        }
        cx.retry("s3", "CreateBucket", Json::Object(input), super::PROPAGATION, &["OperationAborted"]).await?;
        work.state.set("id", name.as_str());
        work.state.set("bucket", name);
        Ok(())
    })
}

fn read<'a>(cx: &'a Cx, obj: &'a mut Obj, _: &'a Json) -> Fut<'a, bool> {
    Box::pin(async move {
        let name = obj.id().to_owned();
        let region = obj.str("region").unwrap_or(cx.region()).to_owned();
        obj.set("region", region.as_str());
        obj.set("arn", format!("arn:{}:s3:::{name}", cx.settings.partition));
        obj.set("bucket_domain_name", format!("{name}.s3.{}", cx.settings.dns_suffix));
        obj.set("bucket_regional_domain_name", super::regional_domain(cx, &name, &region));
        obj.set("hosted_zone_id", super::hosted_zone(&region).unwrap_or_default());
        obj.set("bucket_prefix", names::prefix_of(&name));
        obj.set("bucket", name.as_str());
        legacy::read(cx, &name, obj).await?;
        Ok(true)
    })
}

/// S3 knows only all tags of a bucket at once: those that are none of ours stay.
fn change_tags<'a>(cx: &'a Cx, obj: &'a Obj, _: &'a Tags, new: &'a Tags) -> Fut<'a, ()> {
    Box::pin(async move {
        let named = json!({"Bucket": obj.id()});
        let codes = &["NoSuchBucket", "OperationAborted"];
        let found = match cx.retry("s3", "GetBucketTagging", named.clone(), super::PROPAGATION, codes).await {
            Ok(answer) => doc::at(&answer, "TagSet").map(|t| of_document(&t)).unwrap_or_default(),
            Err(e) if e.is(&["NoSuchTagSet"]) => Tags::new(),
            Err(e) => return Err(e),
        };
        let mut all: Tags = found.into_iter().filter(|(k, _)| cx.settings.tags.ignores(k)).collect();
        all.extend(new.clone());
        if all.is_empty() {
            cx.call("s3", "DeleteBucketTagging", named).await?;
        } else {
            let input = json!({"Bucket": obj.id(), "Tagging": {"TagSet": list(&all)}});
            cx.retry("s3", "PutBucketTagging", input, super::PROPAGATION, codes).await?;
        }
        Ok(())
    })
}

/// Removes everything in a bucket, a thousand versions at a time.
async fn empty(cx: &Cx, bucket: &str, locked: bool) -> Result<(), Fail> {
    loop {
        let answer = cx.call("s3", "ListObjectVersions", json!({"Bucket": bucket, "MaxKeys": 1000})).await?;
        let all = ["Versions", "DeleteMarkers"].iter().flat_map(|list| doc::items(&answer, list));
        let objects: Vec<Json> =
            all.map(|v| json!({"Key": doc::text(&v, "Key"), "VersionId": doc::text(&v, "VersionId")})).collect();
        if objects.is_empty() {
            return Ok(());
        }
        let mut input = json!({"Bucket": bucket, "Delete": {"Objects": objects, "Quiet": true}});
        if locked {
            input["BypassGovernanceRetention"] = json!(true);
        }
        let answer = cx.call("s3", "DeleteObjects", input).await?;
        if let Some(e) = doc::items(&answer, "Errors").first() {
            return Err(Fail::new(
                "Bucket cannot be emptied",
                format!(
                    "The object {:?} of the bucket {bucket:?} could not be deleted: {} ({}).",
                    doc::text(e, "Key"),
                    doc::text(e, "Message"),
                    doc::text(e, "Code")
                ),
            ));
        }
    }
}

fn delete<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let bucket = work.prior.id().to_owned();
        let named = json!({"Bucket": bucket});
        match cx.call("s3", "DeleteBucket", named.clone()).await {
            Err(e) if e.is(&["BucketNotEmpty"]) && work.prior.bool("force_destroy") => {
                empty(cx, &bucket, work.prior.bool("object_lock_enabled")).await?;
                cx.retry("s3", "DeleteBucket", named, work.limit, &["BucketNotEmpty"]).await?;
                Ok(())
            }
            Err(e) if e.is(&["BucketNotEmpty"]) => Err(Fail::new(
                "Bucket is not empty",
                format!(
                    "The bucket {bucket:?} holds objects, or old versions of them, and AWS deletes empty buckets only. \
                     Remove them, or set force_destroy = true and apply that first: then everything in it is deleted."
                ),
            )),
            Err(e) => Err(e),
            Ok(_) => Ok(()),
        }
    })
}

fn import<'a>(_: &'a Cx, _: &'a str, obj: &'a mut Obj) -> Fut<'a, ()> {
    Box::pin(async move {
        // AWS knows nothing of it; the provider starts from its default.
        obj.set("force_destroy", false);
        Ok(())
    })
}
