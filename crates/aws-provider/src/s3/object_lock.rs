//! `aws_s3_bucket_object_lock_configuration`
//! (<https://registry.terraform.io/providers/hashicorp/aws/5.100.0/docs/resources/s3_bucket_object_lock_configuration>).

use serde_json::{Map, Value as Json, json};

use crate::cx::Cx;
use crate::decl::*;
use crate::doc;
use crate::fail::Fail;
use crate::obj::Obj;
use crate::work::Work;

const RETENTION: Kind = Kind::Object(&[
    int("days").zero().conflicts_with(&["years"]),
    string("mode").check(&[Check::OneOf(&["COMPLIANCE", "GOVERNANCE"])]),
    int("years").zero().conflicts_with(&["days"]),
]);

const RULE: Kind = Kind::Object(&[block("default_retention", &RETENTION).required()]);

/// `aws_s3_bucket_object_lock_configuration`.
pub static OBJECT_LOCK: Resource = resource("aws_s3_bucket_object_lock_configuration", &super::S3)
    .attrs(&[
        string("bucket").required().replaces().local().check(&[Check::Length(1, 63)]),
        string("expected_bucket_owner").replaces().local().check(&[Check::By(super::check_account)]),
        string("object_lock_enabled").default_str("Enabled").replaces().check(&[Check::OneOf(&["Enabled"])]),
        block("rule", &RULE),
        string("token").sensitive().local(),
    ])
    .create_with(put)
    .read(Read::Hook)
    .updates(&[update_with(put, &["rule", "token"])])
    .delete_with(delete)
    .gone(&["NoSuchBucket", "ObjectLockConfigurationNotFoundError"])
    .after_read(read)
    .imports(super::import);

async fn send(cx: &Cx, obj: &Obj, configuration: Map<String, Json>) -> Result<(), Fail> {
    let mut input = super::place(obj);
    input.insert("ObjectLockConfiguration".into(), Json::Object(configuration));
    if let Some(token) = obj.str("token") {
        input.insert("Token".into(), json!(token));
    }
    // Versioning that was just turned on may not be known everywhere.
    let passes = |e: &Fail| e.says(&["InvalidBucketState"], "Versioning must be 'Enabled'");
    super::persist(cx, "PutObjectLockConfiguration", input, passes).await?;
    Ok(())
}

fn put<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        super::name(&mut work.state);
        let mut configuration = Map::new();
        doc::input(work.resource.attrs, &work.state, &mut configuration);
        send(cx, &work.state, configuration).await
    })
}

fn read<'a>(cx: &'a Cx, obj: &'a mut Obj, _: &'a Json) -> Fut<'a, bool> {
    Box::pin(async move {
        let input = super::place(obj);
        let bucket = input["Bucket"].as_str().unwrap_or_default().to_owned();
        let found = cx.once("s3", "GetObjectLockConfiguration", Json::Object(input)).await?;
        let found = doc::at(&found, "ObjectLockConfiguration").unwrap_or_default();
        doc::fill(OBJECT_LOCK.attrs, &found, obj);
        super::placed(obj, &bucket);
        Ok(true)
    })
}

/// Object lock stays on once it is; what goes is the retention that objects have by default.
fn delete<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let mut configuration = Map::new();
        configuration.insert("ObjectLockEnabled".into(), json!(work.prior.text("object_lock_enabled")));
        send(cx, &work.prior, configuration).await
    })
}
