//! `aws_s3_bucket_ownership_controls`
//! (<https://registry.terraform.io/providers/hashicorp/aws/5.100.0/docs/resources/s3_bucket_ownership_controls>).

use serde_json::json;

use crate::cx::Cx;
use crate::decl::*;
use crate::work::Work;

const RULE: Kind = Kind::Object(&[string("object_ownership").required().check(&[Check::OneOf(&[
    "BucketOwnerPreferred",
    "ObjectWriter",
    "BucketOwnerEnforced",
])])]);

/// `aws_s3_bucket_ownership_controls`.
pub static OWNERSHIP_CONTROLS: Resource = resource("aws_s3_bucket_ownership_controls", &super::S3)
    .attrs(&[string("bucket").required().replaces().unread(), block("rule", &RULE).required().from("Rules")])
    .create_with(put)
    .key(&[("Bucket", "id")])
    .read(Read::One { op: "GetBucketOwnershipControls", item: "OwnershipControls" })
    .updates(&[update_with(put, &["rule"])])
    .delete("DeleteBucketOwnershipControls")
    .gone(&["NoSuchBucket", "OwnershipControlsNotFoundError"])
    .imports(super::import);

fn put<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        super::name(&mut work.state);
        let mut input = super::place(&work.state);
        let rules = crate::doc::document(&Kind::List(&RULE), &work.state.get("rule"));
        input.insert("OwnershipControls".into(), json!({"Rules": rules}));
        super::put(cx, "PutBucketOwnershipControls", input).await?;
        Ok(())
    })
}
