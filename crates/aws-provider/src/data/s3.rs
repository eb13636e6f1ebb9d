//! `aws_s3_bucket`.

use serde_json::json;

use super::{DataSource, data, exactly_one};
use crate::cx::Cx;
use crate::decl::*;
use crate::doc;
use crate::obj::Obj;

/// `aws_s3_bucket` (<https://registry.terraform.io/providers/hashicorp/aws/5.100.0/docs/data-sources/s3_bucket>).
pub static BUCKET: DataSource = data(
    "aws_s3_bucket",
    &[
        string("arn").computed(),
        string("bucket").required(),
        string("bucket_domain_name").computed(),
        string("bucket_regional_domain_name").computed(),
        string("hosted_zone_id").computed(),
        string("region").computed(),
        string("website_domain").computed(),
        string("website_endpoint").computed(),
    ],
    bucket,
);

fn bucket<'a>(cx: &'a Cx, obj: &'a mut Obj) -> Fut<'a, ()> {
    Box::pin(async move {
        let name = obj.text("bucket").to_owned();
        let head = match cx.call("s3", "HeadBucket", json!({"Bucket": name})).await {
            Err(e) if e.is(crate::s3::NO_BUCKET) => exactly_one("S3 bucket", Vec::new())?,
            other => other?,
        };
        let region = match doc::text(&head, "BucketRegion") {
            none if none.is_empty() => cx.region().to_owned(),
            region => region,
        };
        let suffix = cx.settings.dns_suffix;
        obj.set("arn", format!("arn:{}:s3:::{name}", cx.settings.partition));
        obj.set("bucket_domain_name", format!("{name}.s3.{suffix}"));
        obj.set("bucket_regional_domain_name", crate::s3::regional_domain(cx, &name, &region));
        obj.set("hosted_zone_id", crate::s3::hosted_zone(&region).unwrap_or_default());
        match cx.call("s3", "GetBucketWebsite", json!({"Bucket": name})).await {
            Ok(_) => {
                let domain = crate::s3::website_domain(&region, suffix);
                obj.set("website_endpoint", format!("{name}.{domain}"));
                obj.set("website_domain", domain);
            }
            Err(e) if e.is(&["NoSuchWebsiteConfiguration"]) => {}
            Err(e) => return Err(e),
        }
        obj.set("region", region);
        obj.set("id", name);
        Ok(())
    })
}
