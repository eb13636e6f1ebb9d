//! `aws_s3_bucket_logging`
//! (<https://registry.terraform.io/providers/hashicorp/aws/5.100.0/docs/resources/s3_bucket_logging>).

use serde_json::{Map, Value as Json, json};

use crate::cx::Cx;
use crate::decl::*;
use crate::doc;
use crate::obj::Obj;
use crate::work::Work;

const GRANT: Kind = Kind::Object(&[
    block("grantee", &super::acl::GRANTEE).required(),
    string("permission").required().check(&[Check::OneOf(&["FULL_CONTROL", "READ", "WRITE"])]),
]);

const PARTITIONED: Kind =
    Kind::Object(&[string("partition_date_source").required().check(&[Check::OneOf(&["EventTime", "DeliveryTime"])])]);

const SIMPLE: Kind = Kind::Object(&[]);

const KEY_FORMAT: Kind =
    Kind::Object(&[block("partitioned_prefix", &PARTITIONED).zero(), block("simple_prefix", &SIMPLE).zero()]);

/// `aws_s3_bucket_logging`.
pub static LOGGING: Resource = resource("aws_s3_bucket_logging", &super::S3)
    .attrs(&[
        string("bucket").required().replaces().unread().unsent().check(&[Check::Length(1, 63)]),
        string("expected_bucket_owner").replaces().local(),
        string("target_bucket").required().check(&[Check::Length(1, 63)]),
        block_set("target_grant", &GRANT).api("TargetGrants").zero(),
        block("target_object_key_format", &KEY_FORMAT).zero(),
        string("target_prefix").required().zero(),
    ])
    .create_with(put)
    .read(Read::Hook)
    .updates(&[update_with(put, &["target_bucket", "target_grant", "target_object_key_format", "target_prefix"])])
    .delete_with(delete)
    .gone(super::NO_BUCKET)
    .faults(&[("InvalidTargetBucketForLogging", "target_bucket")])
    .after_read(read)
    .imports(super::import);

fn put<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let mut on = Map::new();
        doc::input(work.resource.attrs, &work.state, &mut on);
        super::put_setting(cx, work, "PutBucketLogging", "BucketLoggingStatus", json!({"LoggingEnabled": on})).await
    })
}

fn read<'a>(cx: &'a Cx, obj: &'a mut Obj, _: &'a Json) -> Fut<'a, bool> {
    Box::pin(async move {
        let found = super::setting(cx, "GetBucketLogging", obj).await?;
        let Some(on) = found.get("LoggingEnabled").filter(|on| !on.is_null()) else { return Ok(false) };
        doc::fill(LOGGING.attrs, on, obj);
        Ok(true)
    })
}

fn delete<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let mut input = super::place(&work.prior);
        input.insert("BucketLoggingStatus".into(), json!({}));
        cx.call("s3", "PutBucketLogging", Json::Object(input)).await?;
        Ok(())
    })
}
