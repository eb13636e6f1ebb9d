//! `aws_kms_replica_external_key` (<https://registry.terraform.io/providers/hashicorp/aws/5.100.0/docs/resources/kms_replica_external_key>).

use super::material;
use crate::cx::Cx;
use crate::decl::*;
use crate::work::Work;

/// `aws_kms_replica_external_key`.
pub static REPLICA_EXTERNAL_KEY: Resource = resource("aws_kms_replica_external_key", &super::KMS)
    .attrs(&[
        string("arn").computed(),
        material::BYPASS,
        material::WINDOW,
        material::DESCRIPTION,
        material::ENABLED,
        material::EXPIRATION_MODEL,
        material::MATERIAL,
        string("key_id").computed(),
        material::STATE,
        material::USAGE,
        material::POLICY,
        string("primary_key_arn")
            .required()
            .replaces()
            .from("MultiRegionConfiguration.PrimaryKey.Arn")
            .unsent()
            .check(&[Check::Arn]),
        material::VALID_TO,
    ])
    .tagged(super::TAGS)
    .create_with(create)
    .key(&[("KeyId", "id")])
    .read(Read::One { op: "DescribeKey", item: "KeyMetadata" })
    .dead("KeyState", super::DEAD)
    .updates(&[
        update_with(material::change, &["enabled", "description", "policy", "valid_to"]),
        update_state(&["bypass_policy_lockout_safety_check", "deletion_window_in_days"]),
    ])
    .delete_with(super::delete)
    .gone(&["NotFoundException"])
    .faults(&[("NotFoundException", "primary_key_arn")])
    .after_read(material::read)
    .imports(super::imported);

fn create<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        super::replica_key::replicate(cx, work).await?;
        material::begin(cx, work).await
    })
}
