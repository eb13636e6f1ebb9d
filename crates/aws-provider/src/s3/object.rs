//! `aws_s3_object` (<https://registry.terraform.io/providers/hashicorp/aws/5.100.0/docs/resources/s3_object>).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value as Json, json};

use crate::cx::Cx;
use crate::decl::*;
use crate::doc;
use crate::fail::Fail;
use crate::obj::Obj;
use crate::plan::Plan;
use crate::tags::Tags;
use crate::work::Work;

/// Only none can be given instead of the provider's.
const DEFAULT_TAGS: Kind = Kind::Object(&[map("tags", &Kind::String)]);
const OVERRIDE: Kind = Kind::Object(&[block("default_tags", &DEFAULT_TAGS)]);

const CLASSES: &[&str] = &[
    "STANDARD",
    "REDUCED_REDUNDANCY",
    "STANDARD_IA",
    "ONEZONE_IA",
    "INTELLIGENT_TIERING",
    "GLACIER",
    "DEEP_ARCHIVE",
    "OUTPOSTS",
    "GLACIER_IR",
    "SNOW",
    "EXPRESS_ONEZONE",
];

/// Whatever of these changes, the object is put anew.
const CONTENT: &[&str] = &[
    "bucket_key_enabled",
    "cache_control",
    "checksum_algorithm",
    "content",
    "content_base64",
    "content_disposition",
    "content_encoding",
    "content_language",
    "content_type",
    "etag",
    "kms_key_id",
    "metadata",
    "server_side_encryption",
    "source",
    "source_hash",
    "storage_class",
    "website_redirect",
];

/// What is changed on the object as it is, unless it is put anew with it.
const BESIDE: &[&str] = &["acl", "object_lock_legal_hold_status", "object_lock_mode", "object_lock_retain_until_date"];

/// `aws_s3_object`.
pub static OBJECT: Resource = resource("aws_s3_object", &super::S3)
    .attrs(&[
        string("acl").optional_computed().unread().to("ACL"),
        string("arn").computed().unread(),
        string("bucket").required().replaces().unread(),
        boolean("bucket_key_enabled").optional_computed().zero(),
        string("cache_control").zero(),
        string("checksum_algorithm").unread().check(&[Check::OneOf(&["CRC32"])]).unsent(),
        string("checksum_crc32").computed().from("ChecksumCRC32").zero(),
        string("checksum_crc32c").computed().from("ChecksumCRC32C").zero(),
        string("checksum_crc64nvme").computed().from("ChecksumCRC64NVME").zero().since(89),
        string("checksum_sha1").computed().from("ChecksumSHA1").zero(),
        string("checksum_sha256").computed().from("ChecksumSHA256").zero(),
        string("content").local().conflicts_with(&["source", "content_base64"]),
        string("content_base64").local().conflicts_with(&["source", "content"]),
        string("content_disposition").zero(),
        string("content_encoding").zero(),
        string("content_language").zero(),
        string("content_type").optional_computed(),
        string("etag").optional_computed().local(),
        boolean("force_destroy").default_bool(false).local(),
        string("key").required().replaces().unread(),
        string("kms_key_id").optional_computed().unread().to("SSEKMSKeyId").check(&[Check::Arn]),
        map("metadata", &Kind::String).unread(),
        string("object_lock_legal_hold_status").zero().check(&[Check::OneOf(&["ON", "OFF"])]),
        string("object_lock_mode").zero().check(&[Check::OneOf(&["GOVERNANCE", "COMPLIANCE"])]),
        string("object_lock_retain_until_date").zero(),
        block("override_provider", &OVERRIDE).local(),
        string("server_side_encryption").optional_computed().check(&[Check::OneOf(&[
            "AES256",
            "aws:kms",
            "aws:kms:dsse",
        ])]),
        string("source").local().conflicts_with(&["content", "content_base64"]),
        string("source_hash").local(),
        string("storage_class").optional_computed().check(&[Check::OneOf(CLASSES)]),
        string("version_id").computed().zero(),
        string("website_redirect").api("WebsiteRedirectLocation").zero(),
    ])
    .tagged(Tagging {
        create: CreateTags::Afterwards,
        add: "PutObjectTagging",
        remove: "DeleteObjectTagging",
        by: ("Key", "key"),
        read: ReadTags::Hook,
        hook: Some(change_tags),
        ..TAGGING
    })
    .create_with(put)
    .read(Read::Hook)
    .updates(&[
        update_with(put, CONTENT),
        update_with(change_beside, BESIDE),
        update_state(&["force_destroy", "override_provider"]),
    ])
    .delete_with(delete)
    .gone(&["NoSuchBucket", "NoSuchKey", "NotFound", "404"])
    .validates(validate)
    .plans(plan)
    .after_read(read)
    .imports(import);

fn validate(config: &Obj, found: &mut craton_model::Diagnostics) {
    let given =
        |o: &Obj| o.objects("default_tags").iter().any(|d| d.get("tags").as_map().is_some_and(|m| !m.is_empty()));
    if config.objects("override_provider").iter().any(given) {
        found.push(
            craton_model::Diagnostic::error(
                "Invalid argument value",
                "\"override_provider\" can only take the provider's default tags away: its \"tags\" have to be empty. \
                 Tags of this object belong into its \"tags\".",
            )
            .on_attribute(craton_model::Path::attr("override_provider")),
        );
    }
}

fn plan(_: &Cx, plan: &mut Plan) -> Result<(), Fail> {
    if !plan.creating() && CONTENT.iter().any(|name| plan.changes(name)) {
        plan.unknown("version_id");
    }
    Ok(())
}

/// What the object is to hold.
fn body(obj: &Obj) -> Result<Vec<u8>, Fail> {
    if let Some(path) = obj.str("source") {
        let path = crate::configure::expand_home(path);
        return std::fs::read(&path).map_err(|e| {
            Fail::new("Source of an object cannot be read", format!("\"source\" is {}: {e}.", path.display()))
        });
    }
    if let Some(text) = obj.str("content_base64") {
        return STANDARD
            .decode(text)
            .map_err(|e| Fail::new("Invalid argument value", format!("\"content_base64\" is not base64: {e}.")));
    }
    Ok(obj.text("content").as_bytes().to_vec())
}

fn put<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let s = &work.state;
        let mut input = Map::new();
        // What only followed from the content before is not asked for again.
        let mut wanted = s.clone();
        for name in ["bucket_key_enabled", "storage_class", "server_side_encryption", "kms_key_id", "content_type"] {
            if work.config.get(name).is_null() {
                wanted.clear(name);
            }
        }
        doc::input(work.resource.attrs, &wanted, &mut input);
        let body = body(s)?;
        if !input.contains_key("ContentType") {
            input.insert("ContentType".into(), json!("application/octet-stream"));
        }
        if wanted.str("kms_key_id").is_some() && wanted.str("server_side_encryption").is_none() {
            input.insert("ServerSideEncryption".into(), json!("aws:kms"));
        }
        if s.str("checksum_algorithm").is_some() {
            let sum = crc32fast::hash(&body).to_be_bytes();
            input.insert("ChecksumAlgorithm".into(), json!("CRC32"));
            input.insert("ChecksumCRC32".into(), json!(STANDARD.encode(sum)));
        }
        input.insert("Body".into(), json!(STANDARD.encode(body)));
        let key = s.text("key").trim_start_matches('/').to_owned();
        input.insert("Key".into(), json!(key));
        let tags = cx.settings.tags.of(&work.config).unwrap_or_default();
        if !work.creating && !tags.is_empty() {
            input.insert("Tagging".into(), json!(query(&tags)));
        }
        cx.retry("s3", "PutObject", Json::Object(input), super::PROPAGATION, &["NoSuchBucket"]).await?;
        if work.state.id().is_empty() {
            work.state.set("id", key);
        }
        Ok(())
    })
}

/// The list of grants, the hold and the time that an object is kept for.
fn change_beside<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        if work.changes_any(CONTENT) {
            return Ok(());
        }
        let s = &work.state;
        if work.changes("acl") && !s.is_zero("acl") {
            let mut input = place(s);
            input["ACL"] = json!(s.text("acl"));
            cx.call("s3", "PutObjectAcl", input).await?;
        }
        if work.changes("object_lock_legal_hold_status") {
            let status = s.str("object_lock_legal_hold_status").unwrap_or("OFF");
            hold(cx, s, status).await?;
        }
        if work.changes_any(&["object_lock_mode", "object_lock_retain_until_date"]) {
            let mut input = place(s);
            let (before, after) =
                (work.prior.text("object_lock_retain_until_date"), s.text("object_lock_retain_until_date"));
            input["Retention"] = match after {
                "" => json!({}),
                date => json!({"Mode": s.text("object_lock_mode"), "RetainUntilDate": date}),
            };
            // A shorter time, or none, is for those alone who may set governance aside.
            if after < before {
                input["BypassGovernanceRetention"] = json!(true);
            }
            cx.call("s3", "PutObjectRetention", input).await?;
        }
        Ok(())
    })
}

async fn hold(cx: &Cx, obj: &Obj, status: &str) -> Result<(), Fail> {
    let mut input = place(obj);
    input["LegalHold"] = json!({"Status": status});
    cx.call("s3", "PutObjectLegalHold", input).await?;
    Ok(())
}

/// Tags as the header of a put has them: `a=b&c=d`.
fn query(tags: &Tags) -> String {
    let enc = |s: &str| percent_encoding::utf8_percent_encode(s, percent_encoding::NON_ALPHANUMERIC).to_string();
    tags.iter().map(|(k, v)| format!("{}={}", enc(k), enc(v))).collect::<Vec<_>>().join("&")
}

/// Bucket and key, as requests name them.
fn place(obj: &Obj) -> Json {
    json!({"Bucket": obj.text("bucket"), "Key": obj.text("key").trim_start_matches('/')})
}

fn read<'a>(cx: &'a Cx, obj: &'a mut Obj, _: &'a Json) -> Fut<'a, bool> {
    Box::pin(async move {
        let mut head = place(obj);
        if obj.str("checksum_algorithm").is_some() {
            head["ChecksumMode"] = json!("ENABLED");
        }
        let (item, tags) =
            futures_util::join!(cx.once("s3", "HeadObject", head), cx.once("s3", "GetObjectTagging", place(obj)),);
        let item = item?;
        doc::fill(OBJECT.attrs, &item, obj);
        obj.set("etag", doc::text(&item, "ETag").trim_matches('"').to_owned());
        if obj.is_zero("storage_class") {
            obj.set("storage_class", "STANDARD");
        }
        if doc::text(&item, "ServerSideEncryption").starts_with("aws:kms") && !obj.is_zero("kms_key_id") {
            obj.set("kms_key_id", doc::text(&item, "SSEKMSKeyId"));
        }
        if let Some(Json::Object(found)) = item.get("Metadata") {
            let lower: Map<String, Json> = found.iter().map(|(k, v)| (k.to_lowercase(), v.clone())).collect();
            obj.set_json("metadata", &Json::Object(lower))?;
        }
        let key = obj.text("key").trim_start_matches('/').to_owned();
        obj.set("arn", format!("arn:{}:s3:::{}/{key}", cx.settings.partition, obj.text("bucket")));
        let tags = doc::at(&*tags?, "TagSet").map(|t| crate::tags::of_document(&t)).unwrap_or_default();
        cx.settings.tags.read(tags, obj);
        Ok(true)
    })
}

/// S3 knows only all tags of an object at once.
fn change_tags<'a>(cx: &'a Cx, obj: &'a Obj, _: &'a Tags, new: &'a Tags) -> Fut<'a, ()> {
    Box::pin(async move {
        let mut input = place(obj);
        if new.is_empty() {
            cx.call("s3", "DeleteObjectTagging", input).await?;
        } else {
            input["Tagging"] = json!({"TagSet": crate::tags::list(new)});
            cx.call("s3", "PutObjectTagging", input).await?;
        }
        Ok(())
    })
}

/// An object with versions is gone when all of them are.
fn delete<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let named = place(&work.prior);
        if work.prior.is_zero("version_id") {
            cx.call("s3", "DeleteObject", named).await?;
            return Ok(());
        }
        let (bucket, key) = (doc::text(&named, "Bucket"), doc::text(&named, "Key"));
        loop {
            let answer = cx.call("s3", "ListObjectVersions", json!({"Bucket": bucket, "Prefix": key})).await?;
            let all = ["Versions", "DeleteMarkers"].iter().flat_map(|list| doc::items(&answer, list));
            let ids: Vec<String> =
                all.filter(|v| doc::text(v, "Key") == key).map(|v| doc::text(&v, "VersionId")).collect();
            if ids.is_empty() {
                return Ok(());
            }
            for id in ids {
                let mut input = named.clone();
                input["VersionId"] = json!(id);
                if work.prior.bool("force_destroy") {
                    input["BypassGovernanceRetention"] = json!(true);
                }
                match cx.call("s3", "DeleteObject", input.clone()).await {
                    // A hold is nothing that could be bypassed: it has to go first.
                    Err(e) if e.is(&["AccessDenied"]) && work.prior.bool("force_destroy") => {
                        let mut hold = named.clone();
                        hold["VersionId"] = input["VersionId"].clone();
                        hold["LegalHold"] = json!({"Status": "OFF"});
                        cx.call("s3", "PutObjectLegalHold", hold).await?;
                        cx.call("s3", "DeleteObject", input).await?;
                    }
                    other => drop(other?),
                }
            }
        }
    })
}

fn import<'a>(_: &'a Cx, id: &'a str, obj: &'a mut Obj) -> Fut<'a, ()> {
    Box::pin(async move {
        let Some((bucket, key)) =
            id.trim_start_matches("s3://").split_once('/').filter(|(b, k)| !b.is_empty() && !k.is_empty())
        else {
            return Err(Fail::new(
                "Invalid import id",
                format!("{id:?} is not a bucket and a key, as in \"bucket/some/key\"."),
            ));
        };
        obj.set("id", key);
        obj.set("bucket", bucket);
        obj.set("key", key);
        // AWS knows nothing of it; the provider starts from its default.
        obj.set("force_destroy", false);
        Ok(())
    })
}
