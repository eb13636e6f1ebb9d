//! `aws_s3_bucket_accelerate_configuration`
//! (<https://registry.terraform.io/providers/hashicorp/aws/5.100.0/docs/resources/s3_bucket_accelerate_configuration>).

use serde_json::{Value as Json, json};

use crate::cx::Cx;
use crate::decl::*;
use crate::doc;
use crate::obj::Obj;
use crate::work::Work;

/// `aws_s3_bucket_accelerate_configuration`.
pub static ACCELERATE: Resource = resource("aws_s3_bucket_accelerate_configuration", &super::S3)
    .attrs(&[
        string("bucket").required().replaces().check(&[Check::Length(1, 63)]),
        string("expected_bucket_owner").replaces().check(&[Check::By(super::check_account)]),
        string("status").required().check(&[Check::OneOf(&["Enabled", "Suspended"])]),
    ])
    .create_with(put)
    .read(Read::Hook)
    .updates(&[update_with(put, &["status"])])
    .delete_with(delete)
    .gone(super::NO_BUCKET)
    .after_read(read)
    .imports(super::import);

fn put<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let status = json!({"Status": work.state.text("status")});
        super::put_setting(cx, work, "PutBucketAccelerateConfiguration", "AccelerateConfiguration", status).await
    })
}

fn read<'a>(cx: &'a Cx, obj: &'a mut Obj, _: &'a Json) -> Fut<'a, bool> {
    Box::pin(async move {
        let found = super::setting(cx, "GetBucketAccelerateConfiguration", obj).await?;
        // A bucket that was never accelerated says nothing.
        let status = doc::text(&found, "Status");
        if status.is_empty() {
            return Ok(false);
        }
        obj.set("status", status);
        Ok(true)
    })
}

/// There is no way back to nothing.
fn delete<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let mut input = super::place(&work.prior);
        input.insert("AccelerateConfiguration".into(), json!({"Status": "Suspended"}));
        cx.call("s3", "PutBucketAccelerateConfiguration", Json::Object(input)).await?;
        Ok(())
    })
}
