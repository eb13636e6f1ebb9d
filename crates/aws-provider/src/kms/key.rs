//! `aws_kms_key` (<https://registry.terraform.io/providers/hashicorp/aws/5.100.0/docs/resources/kms_key>).

use serde_json::{Map, Value as Json, json};

use crate::cx::Cx;
use crate::decl::*;
use crate::doc;
use crate::fail::Fail;
use crate::obj::Obj;
use crate::work::Work;

/// What a key can be (<https://docs.aws.amazon.com/kms/latest/APIReference/API_CreateKey.html>).
const SPECS: &[&str] = &[
    "RSA_2048",
    "RSA_3072",
    "RSA_4096",
    "ECC_NIST_P256",
    "ECC_NIST_P384",
    "ECC_NIST_P521",
    "ECC_SECG_P256K1",
    "SYMMETRIC_DEFAULT",
    "HMAC_224",
    "HMAC_256",
    "HMAC_384",
    "HMAC_512",
    "SM2",
];

/// What a key can be for.
const USAGES: &[&str] = &["SIGN_VERIFY", "ENCRYPT_DECRYPT", "GENERATE_VERIFY_MAC", "KEY_AGREEMENT"];

/// `aws_kms_key`.
pub static KEY: Resource = resource("aws_kms_key", &super::KMS)
    .id("KeyMetadata.KeyId")
    .attrs(&[
        string("arn").computed(),
        boolean("bypass_policy_lockout_safety_check").default_bool(false).unread(),
        string("custom_key_store_id").replaces().zero().check(&[Check::Length(1, 22)]),
        string("customer_master_key_spec")
            .default_str("SYMMETRIC_DEFAULT")
            .replaces()
            .to("KeySpec")
            .check(&[Check::OneOf(SPECS)]),
        int("deletion_window_in_days").local().check(&[Check::Range(7, 30)]),
        string("description").optional_computed().zero().check(&[Check::Length(0, 8192)]),
        boolean("enable_key_rotation").default_bool(false).local(),
        boolean("is_enabled").default_bool(true).from("Enabled").unsent(),
        string("key_id").computed(),
        string("key_usage").default_str("ENCRYPT_DECRYPT").replaces().check(&[Check::OneOf(USAGES)]),
        boolean("multi_region").optional_computed().replaces(),
        policy("policy").optional_computed().unread(),
        int("rotation_period_in_days")
            .optional_computed()
            .local()
            .required_with(&["enable_key_rotation"])
            .check(&[Check::Range(90, 2560)]),
        string("xks_key_id")
            .replaces()
            .from("XksKeyConfiguration.Id")
            .zero()
            .required_with(&["custom_key_store_id"])
            .check(&[Check::Length(1, 128)]),
    ])
    .tagged(super::TAGS)
    .timeouts(&[("create", 120)])
    .create_with(create)
    .key(&[("KeyId", "id")])
    .read(Read::One { op: "DescribeKey", item: "KeyMetadata" })
    .dead("KeyState", super::DEAD)
    .updates(&[
        update_with(change, &["is_enabled", "enable_key_rotation", "rotation_period_in_days", "description", "policy"]),
        update_state(&["bypass_policy_lockout_safety_check", "deletion_window_in_days"]),
    ])
    .delete_with(super::delete)
    .gone(&["NotFoundException"])
    .after_read(read)
    .imports(import);

fn create<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let mut input = Map::new();
        doc::input(work.resource.attrs, &work.state, &mut input);
        if !work.state.is_zero("xks_key_id") {
            input.insert("Origin".into(), json!("EXTERNAL_KEY_STORE"));
        } else if !work.state.is_zero("custom_key_store_id") {
            input.insert("Origin".into(), json!("AWS_CLOUDHSM"));
        }
        super::TAGS.at_creation(&cx.settings.tags.all(&work.config.get("tags")).unwrap_or_default(), &mut input);
        let answer = super::persist(cx, cx.region(), "CreateKey", Json::Object(input)).await?;
        work.state.set("id", doc::text(&answer, "KeyMetadata.KeyId"));
        if work.state.bool("enable_key_rotation") {
            rotate(cx, work).await?;
        }
        if work.state.get("is_enabled").as_bool() == Some(false) {
            super::enable(cx, work.state.id(), false).await?;
        }
        Ok(())
    })
}

async fn rotate(cx: &Cx, work: &Work) -> Result<(), Fail> {
    let mut input = json!({"KeyId": work.state.id()});
    let op = match work.state.bool("enable_key_rotation") {
        true => {
            if let Some(days) = work.state.int("rotation_period_in_days").filter(|d| *d > 0) {
                input["RotationPeriodInDays"] = json!(days);
            }
            "EnableKeyRotation"
        }
        false => "DisableKeyRotation",
    };
    let codes = &["NotFoundException", "DisabledException"];
    cx.retry("kms", op, input, std::time::Duration::from_secs(120), codes).await?;
    Ok(())
}

fn read<'a>(cx: &'a Cx, obj: &'a mut Obj, item: &'a Json) -> Fut<'a, bool> {
    Box::pin(async move {
        let id = obj.id().to_owned();
        let rotation = async {
            // KMS says nothing about the rotation of material that is not its own.
            match doc::text(item, "Origin").as_str() {
                "AWS_KMS" => cx.once("kms", "GetKeyRotationStatus", json!({"KeyId": id})).await.map(Some),
                _ => Ok(None),
            }
        };
        let (policy, rotation) = futures_util::join!(super::policy(cx, &id), rotation);
        obj.set("policy", policy?);
        let rotation = rotation?;
        let days = rotation.as_ref().and_then(|r| doc::at(r, "RotationPeriodInDays")).and_then(|d| d.as_i64());
        obj.set("enable_key_rotation", rotation.is_some_and(|r| doc::flag(&r, "KeyRotationEnabled")));
        obj.set("rotation_period_in_days", days.unwrap_or(0));
        Ok(true)
    })
}

/// A key must be on for all other changes: it is turned on before, and off after them.
fn change<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let on = work.state.bool("is_enabled");
        if work.changes("is_enabled") && on {
            super::enable(cx, work.state.id(), true).await?;
        }
        let period = work.changes("rotation_period_in_days") && work.state.bool("enable_key_rotation");
        if work.changes("enable_key_rotation") || period {
            rotate(cx, work).await?;
        }
        super::describe_and_permit(cx, work).await?;
        if work.changes("is_enabled") && !on {
            super::enable(cx, work.state.id(), false).await?;
        }
        Ok(())
    })
}

fn import<'a>(_: &'a Cx, _: &'a str, obj: &'a mut Obj) -> Fut<'a, ()> {
    Box::pin(async move {
        // AWS knows nothing of it; the provider starts from its default.
        obj.set("bypass_policy_lockout_safety_check", false);
        Ok(())
    })
}
