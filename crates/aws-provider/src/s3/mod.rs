//! S3: buckets, their settings, objects.

mod accelerate;
mod acl;
mod bucket;
mod bucket_legacy;
mod bucket_shown;
mod cors;
mod encryption;
mod intelligent_tiering;
mod lifecycle;
mod logging;
mod notification;
mod object;
mod object_lock;
mod ownership_controls;
mod policy;
mod public_access_block;
mod replication;
mod request_payment;
mod versioning;
mod website;
mod zones;

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Map, Value as Json, json};

use crate::cx::Cx;
use crate::decl::{Fut, Resource, Service};
use crate::fail::Fail;
use crate::obj::Obj;
use crate::work::Work;
pub use zones::{hosted_zone, website_domain};

/// Every resource type here.
pub static ALL: &[&Resource] = &[
    &accelerate::ACCELERATE,
    &acl::ACL,
    &bucket::BUCKET,
    &cors::CORS,
    &encryption::ENCRYPTION,
    &intelligent_tiering::INTELLIGENT_TIERING,
    &lifecycle::LIFECYCLE,
    &logging::LOGGING,
    &notification::NOTIFICATION,
    &object::OBJECT,
    &object_lock::OBJECT_LOCK,
    &ownership_controls::OWNERSHIP_CONTROLS,
    &policy::POLICY,
    &public_access_block::PUBLIC_ACCESS_BLOCK,
    &replication::REPLICATION,
    &request_payment::REQUEST_PAYMENT,
    &versioning::VERSIONING,
    &website::WEBSITE,
];

/// The service.
pub static S3: Service = Service { id: "s3", faults: &[("MalformedPolicy", "policy"), ("NoSuchBucket", "bucket")] };

/// How long S3 takes at most until a new bucket or setting is known everywhere.
pub const PROPAGATION: Duration = Duration::from_secs(120);

/// What says that a bucket is gone.
pub const NO_BUCKET: &[&str] = &["NoSuchBucket", "NotFound", "404"];

/// The input that names the bucket of a setting, whose id is the bucket's name or `name,owner`.
pub fn place(obj: &Obj) -> Map<String, Json> {
    let (bucket, owner) = match obj.id() {
        "" => (obj.text("bucket"), obj.str("expected_bucket_owner")),
        id => id.split_once(',').map_or((id, None), |(bucket, owner)| (bucket, Some(owner))),
    };
    let mut input = Map::new();
    input.insert("Bucket".into(), json!(bucket));
    if let Some(owner) = owner {
        input.insert("ExpectedBucketOwner".into(), json!(owner));
    }
    input
}

/// What a setting that was read says of its place: the bucket, and who is expected to own it, empty for nobody.
fn placed(obj: &mut Obj, bucket: &str) {
    let owner = obj.id().split_once(',').map(|(_, owner)| owner.to_owned());
    obj.set("bucket", bucket);
    obj.set("expected_bucket_owner", owner.unwrap_or_default());
}

/// Names a setting by its bucket.
pub fn name(obj: &mut Obj) {
    let id = match obj.str("expected_bucket_owner") {
        Some(owner) => format!("{},{owner}", obj.text("bucket")),
        None => obj.text("bucket").to_owned(),
    };
    obj.set("id", id);
}

/// The arguments that the id of an imported setting holds.
pub fn import<'a>(_: &'a Cx, id: &'a str, obj: &'a mut Obj) -> Fut<'a, ()> {
    Box::pin(async move {
        let (bucket, owner) = id.split_once(',').map_or((id, None), |(bucket, owner)| (bucket, Some(owner)));
        obj.set("bucket", bucket);
        if let Some(owner) = owner {
            obj.set("expected_bucket_owner", owner);
        }
        Ok(())
    })
}

/// Puts a setting. A bucket that was just made may not be known everywhere.
///
/// # Errors
/// AWS refused.
pub async fn put(cx: &Cx, op: &str, input: Map<String, Json>) -> Result<Json, Fail> {
    cx.retry("s3", op, Json::Object(input), PROPAGATION, &["NoSuchBucket", "OperationAborted"]).await
}

/// Names a setting by its bucket and puts its document, which is this member of the request.
///
/// # Errors
/// AWS refused.
pub async fn put_setting(cx: &Cx, work: &mut Work, op: &str, member: &str, document: Json) -> Result<(), Fail> {
    name(&mut work.state);
    let mut input = place(&work.state);
    input.insert(member.into(), document);
    put(cx, op, input).await?;
    Ok(())
}

/// Asks for a setting; `obj` then says where it is.
///
/// # Errors
/// AWS refused, also because there is none.
async fn setting(cx: &Cx, op: &str, obj: &mut Obj) -> Result<Arc<Json>, Fail> {
    let input = place(obj);
    let bucket = input["Bucket"].as_str().unwrap_or_default().to_owned();
    let found = cx.once("s3", op, Json::Object(input)).await?;
    placed(obj, &bucket);
    Ok(found)
}

/// Puts a setting while AWS's refusal looks like one that passes.
///
/// # Errors
/// AWS refused otherwise, or still does when the time is over.
pub async fn persist(
    cx: &Cx,
    op: &str,
    input: Map<String, Json>,
    passes: impl Fn(&Fail) -> bool,
) -> Result<Json, Fail> {
    let clock = &cx.settings.clock;
    let (start, mut pause) = (clock.now(), Duration::from_millis(200));
    loop {
        match put(cx, op, input.clone()).await {
            Err(e) if passes(&e) && clock.now().duration_since(start).unwrap_or_default() < PROPAGATION => {
                clock.sleep(pause).await;
                pause = (pause * 3 / 2).min(Duration::from_secs(10));
            }
            other => return other,
        }
    }
}

/// The id of an account.
fn check_account(id: &str) -> Result<(), String> {
    match id.is_empty() || (id.len() == 12 && id.bytes().all(|b| b.is_ascii_digit())) {
        true => Ok(()),
        false => Err(format!("{id:?} is not the id of an account, which has 12 digits")),
    }
}

/// Removes a setting; one that is not there is no error.
///
/// # Errors
/// AWS refused.
pub async fn remove(cx: &Cx, op: &str, obj: &Obj, none: &[&str]) -> Result<(), Fail> {
    match cx.call("s3", op, Json::Object(place(obj))).await {
        Err(e) if !e.is(none) && !e.is(NO_BUCKET) => Err(e),
        _ => Ok(()),
    }
}

/// The name under which a bucket of this region is reached.
pub fn regional_domain(cx: &Cx, bucket: &str, region: &str) -> String {
    format!("{bucket}.s3.{region}.{}", cx.settings.dns_suffix)
}
