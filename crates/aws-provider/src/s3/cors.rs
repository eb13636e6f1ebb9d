//! `aws_s3_bucket_cors_configuration`
//! (<https://registry.terraform.io/providers/hashicorp/aws/5.100.0/docs/resources/s3_bucket_cors_configuration>).

use serde_json::{Value as Json, json};

use crate::cx::Cx;
use crate::decl::*;
use crate::doc;
use crate::obj::Obj;
use crate::work::Work;

const RULE: Kind = Kind::Object(&[
    strings("allowed_headers").zero(),
    strings("allowed_methods").required(),
    strings("allowed_origins").required(),
    strings("expose_headers").zero(),
    string("id").api("ID").zero().check(&[Check::Length(0, 255)]),
    int("max_age_seconds").always().zero(),
]);

/// `aws_s3_bucket_cors_configuration`.
pub static CORS: Resource = resource("aws_s3_bucket_cors_configuration", &super::S3)
    .attrs(&[
        string("bucket").required().replaces().check(&[Check::Length(1, 63)]),
        block_set("cors_rule", &RULE).times(1, 100),
        string("expected_bucket_owner").replaces().check(&[Check::By(super::check_account)]),
    ])
    .create_with(put)
    .read(Read::Hook)
    .updates(&[update_with(put, &["cors_rule"])])
    .delete_with(delete)
    .gone(&["NoSuchBucket", "NoSuchCORSConfiguration"])
    .after_read(read)
    .imports(super::import);

fn put<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let rules = doc::document(&Kind::Set(&RULE), &work.state.get("cors_rule"));
        super::put_setting(cx, work, "PutBucketCors", "CORSConfiguration", json!({"CORSRules": rules})).await
    })
}

fn read<'a>(cx: &'a Cx, obj: &'a mut Obj, _: &'a Json) -> Fut<'a, bool> {
    Box::pin(async move {
        let found = super::setting(cx, "GetBucketCors", obj).await?;
        let rules = doc::at(&found, "CORSRules").unwrap_or_default();
        obj.set("cors_rule", doc::value(&Kind::Set(&RULE), &rules));
        Ok(true)
    })
}

fn delete<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move { super::remove(cx, "DeleteBucketCors", &work.prior, work.resource.gone).await })
}
