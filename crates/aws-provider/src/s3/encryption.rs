//! `aws_s3_bucket_server_side_encryption_configuration`
//! (<https://registry.terraform.io/providers/hashicorp/aws/5.100.0/docs/resources/s3_bucket_server_side_encryption_configuration>).

use serde_json::{Value as Json, json};

use crate::cx::Cx;
use crate::decl::*;
use crate::doc;
use crate::obj::Obj;
use crate::work::Work;

const BY_DEFAULT: Kind = Kind::Object(&[
    string("kms_master_key_id").api("KMSMasterKeyID").zero(),
    string("sse_algorithm").required().api("SSEAlgorithm").check(&[Check::OneOf(&[
        "AES256",
        "aws:kms",
        "aws:kms:dsse",
    ])]),
]);

/// How what has no encryption of its own is encrypted.
pub const RULE: Kind =
    Kind::Object(&[block("apply_server_side_encryption_by_default", &BY_DEFAULT), boolean("bucket_key_enabled")]);

/// `aws_s3_bucket_server_side_encryption_configuration`.
pub static ENCRYPTION: Resource = resource("aws_s3_bucket_server_side_encryption_configuration", &super::S3)
    .attrs(&[
        string("bucket").required().replaces().check(&[Check::Length(1, 63)]),
        string("expected_bucket_owner").replaces(),
        block_set("rule", &RULE).times(1, 0),
    ])
    .create_with(put)
    .read(Read::Hook)
    .updates(&[update_with(put, &["rule"])])
    .delete_with(delete)
    .gone(&["NoSuchBucket", "ServerSideEncryptionConfigurationNotFoundError"])
    .after_read(read)
    .imports(super::import);

/// The rules as S3's requests have them.
pub fn rules(obj: &Obj, attribute: &str) -> Json {
    doc::document(&Kind::Set(&RULE), &obj.get(attribute)).unwrap_or_default()
}

fn put<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let rules = json!({"Rules": rules(&work.state, "rule")});
        super::put_setting(cx, work, "PutBucketEncryption", "ServerSideEncryptionConfiguration", rules).await
    })
}

fn read<'a>(cx: &'a Cx, obj: &'a mut Obj, _: &'a Json) -> Fut<'a, bool> {
    Box::pin(async move {
        let found = super::setting(cx, "GetBucketEncryption", obj).await?;
        let rules = doc::at(&found, "ServerSideEncryptionConfiguration.Rules").unwrap_or_default();
        obj.set("rule", doc::value(&Kind::Set(&RULE), &rules));
        Ok(true)
    })
}

fn delete<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move { super::remove(cx, "DeleteBucketEncryption", &work.prior, work.resource.gone).await })
}
