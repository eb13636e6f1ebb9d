//! `aws_s3_bucket_public_access_block`
//! (<https://registry.terraform.io/providers/hashicorp/aws/5.100.0/docs/resources/s3_bucket_public_access_block>).

use serde_json::json;

use crate::cx::Cx;
use crate::decl::*;
use crate::work::Work;

/// `aws_s3_bucket_public_access_block`.
pub static PUBLIC_ACCESS_BLOCK: Resource = resource("aws_s3_bucket_public_access_block", &super::S3)
    .attrs(&[
        boolean("block_public_acls").default_bool(false).zero(),
        boolean("block_public_policy").default_bool(false).zero(),
        string("bucket").required().replaces().unread(),
        boolean("ignore_public_acls").default_bool(false).zero(),
        boolean("restrict_public_buckets").default_bool(false).zero(),
    ])
    .create_with(put)
    .key(&[("Bucket", "id")])
    .read(Read::One { op: "GetPublicAccessBlock", item: "PublicAccessBlockConfiguration" })
    .updates(&[update_with(put, FLAGS)])
    .delete("DeletePublicAccessBlock")
    .gone(&["NoSuchBucket", "NoSuchPublicAccessBlockConfiguration"])
    .imports(super::import);

const FLAGS: &[&str] = &["block_public_acls", "block_public_policy", "ignore_public_acls", "restrict_public_buckets"];

fn put<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        super::name(&mut work.state);
        let s = &work.state;
        let mut input = super::place(s);
        let flags: serde_json::Map<_, _> = FLAGS.iter().map(|f| (pascal(f), json!(s.bool(f)))).collect();
        input.insert("PublicAccessBlockConfiguration".into(), json!(flags));
        super::put(cx, "PutPublicAccessBlock", input).await?;
        Ok(())
    })
}
