//! `aws_s3_bucket_request_payment_configuration`
//! (<https://registry.terraform.io/providers/hashicorp/aws/5.100.0/docs/resources/s3_bucket_request_payment_configuration>).

use serde_json::{Value as Json, json};

use crate::cx::Cx;
use crate::decl::*;
use crate::doc;
use crate::fail::Fail;
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

async fn send(cx: &Cx, obj: &Obj, payer: &str) -> Result<(), Fail> {
    let mut input = super::place(obj);
    input.insert("RequestPaymentConfiguration".into(), json!({"Payer": payer}));
    super::put(cx, "PutBucketRequestPayment", input).await?;
    Ok(())
}

fn put<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        super::name(&mut work.state);
        send(cx, &work.state, work.state.text("payer")).await
    })
}

fn read<'a>(cx: &'a Cx, obj: &'a mut Obj, _: &'a Json) -> Fut<'a, bool> {
    Box::pin(async move {
        let input = super::place(obj);
        let bucket = input["Bucket"].as_str().unwrap_or_default().to_owned();
        let found = cx.once("s3", "GetBucketRequestPayment", Json::Object(input)).await?;
        obj.set("payer", doc::text(&found, "Payer"));
        super::placed(obj, &bucket);
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
