//! `aws_s3_bucket_request_payment_configuration`
//! (<https://registry.terraform.io/providers/hashicorp/aws/5.100.0/docs/resources/s3_bucket_request_payment_configuration>).

use serde_json::{Value as Json, json};

use crate::cx::Cx;
use crate::decl::*;
use crate::doc;
use crate::obj::Obj;
use crate::work::Work;

/// `aws_s3_bucket_request_payment_configuration`.
pub static REQUEST_PAYMENT: Resource = resource("aws_s3_bucket_request_payment_configuration", &super::S3)
    .attrs(&[
        string("bucket").required().replaces().check(&[Check::Length(1, 63)]),
        string("expected_bucket_owner").replaces().check(&[Check::By(super::check_account)]),
        string("payer").required().check(&[Check::OneOf(&["Requester", "BucketOwner"])]),
    ])
    .create_with(put)
    .read(Read::Hook)
    .updates(&[update_with(put, &["payer"])])
    .delete_with(delete)
    .gone(super::NO_BUCKET)
    .after_read(read)
    .imports(super::import);

fn put<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let payer = json!({"Payer": work.state.text("payer")});
        super::put_setting(cx, work, "PutBucketRequestPayment", "RequestPaymentConfiguration", payer).await
    })
}

fn read<'a>(cx: &'a Cx, obj: &'a mut Obj, _: &'a Json) -> Fut<'a, bool> {
    Box::pin(async move {
        let found = super::setting(cx, "GetBucketRequestPayment", obj).await?;
        obj.set("payer", doc::text(&found, "Payer"));
        Ok(true)
    })
}

/// Somebody always pays: the owner, as for a new bucket.
fn delete<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let mut input = super::place(&work.prior);
        input.insert("RequestPaymentConfiguration".into(), json!({"Payer": "BucketOwner"}));
        cx.call("s3", "PutBucketRequestPayment", Json::Object(input)).await?;
        Ok(())
    })
}
