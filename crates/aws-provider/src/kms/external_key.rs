//! `aws_kms_external_key` (<https://registry.terraform.io/providers/hashicorp/aws/5.100.0/docs/resources/kms_external_key>).

use serde_json::{Map, Value as Json, json};

use super::material;
use crate::cx::Cx;
use crate::decl::*;
use crate::doc;
use crate::work::Work;

/// `aws_kms_external_key`.
pub static EXTERNAL_KEY: Resource = resource("aws_kms_external_key", &super::KMS)
    .id("KeyMetadata.KeyId")
    .attrs(&[
        string("arn").computed(),
        material::BYPASS,
        material::WINDOW,
        material::DESCRIPTION,
        material::ENABLED,
        material::EXPIRATION_MODEL,
        material::MATERIAL,
        material::STATE,
        material::USAGE,
        boolean("multi_region").optional_computed().replaces(),
        material::POLICY,
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
    .after_read(material::read)
    .imports(super::imported);

fn create<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let mut input = Map::new();
        doc::input(work.resource.attrs, &work.state, &mut input);
        input.insert("Origin".into(), json!("EXTERNAL"));
        input.insert("KeyUsage".into(), json!("ENCRYPT_DECRYPT"));
        material::tags_into(cx, work, &mut input);
        let answer = super::persist(cx, cx.region(), "CreateKey", Json::Object(input)).await?;
        work.state.set("id", doc::text(&answer, "KeyMetadata.KeyId"));
        material::begin(cx, work).await
    })
}
