//! `aws_s3_bucket_policy`
//! (<https://registry.terraform.io/providers/hashicorp/aws/5.100.0/docs/resources/s3_bucket_policy>).

use serde_json::{Value as Json, json};

use crate::cx::Cx;
use crate::decl::*;
use crate::work::Work;

/// `aws_s3_bucket_policy`.
pub static POLICY: Resource = resource("aws_s3_bucket_policy", &super::S3)
    .attrs(&[string("bucket").required().replaces().unread(), policy("policy").required()])
    .create_with(put)
    .key(&[("Bucket", "id")])
    .read(Read::One { op: "GetBucketPolicy", item: "" })
    .updates(&[update_with(put, &["policy"])])
    .delete("DeleteBucketPolicy")
    .gone(&["NoSuchBucket", "NoSuchBucketPolicy"])
    .imports(super::import);

fn put<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        super::name(&mut work.state);
        let mut input = super::place(&work.state);
        input.insert("Policy".into(), json!(crate::json::compact(work.state.text("policy"))));
        // A principal that was just made may not be known to S3 yet.
        let codes = &["NoSuchBucket", "OperationAborted", "MalformedPolicy"];
        cx.retry("s3", "PutBucketPolicy", Json::Object(input), super::PROPAGATION, codes).await?;
        Ok(())
    })
}
