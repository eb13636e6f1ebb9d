//! Material that people bring for their keys: sealed for KMS and handed over
//! (<https://docs.aws.amazon.com/kms/latest/developerguide/importing-keys-conceptual.html>).

use std::time::Duration;

use rsa::pkcs8::DecodePublicKey;
use rsa::sha2::Sha256;
use rsa::{Oaep, RsaPublicKey};
use serde_json::{Value as Json, json};

use crate::cx::{Cx, Seen};
use crate::decl::{Attr, Check, Fut, boolean, int, policy, string};
use crate::doc;
use crate::fail::Fail;
use crate::obj::Obj;
use crate::work::Work;

/// How long KMS takes at most until it knows a key everywhere, and until material is there.
const LIMIT: Duration = Duration::from_secs(600);

/// Whether a policy may lock its author out.
pub const BYPASS: Attr = boolean("bypass_policy_lockout_safety_check").default_bool(false).unread();
/// Days from the deletion to the end.
pub const WINDOW: Attr = int("deletion_window_in_days").default_int(30).local().check(&[Check::Range(7, 30)]);
/// What the key is for.
pub const DESCRIPTION: Attr = string("description").zero().check(&[Check::Length(0, 8192)]);
/// Whether it can be used.
pub const ENABLED: Attr = boolean("enabled").optional_computed().unsent();
/// Whether its material ends.
pub const EXPIRATION_MODEL: Attr = string("expiration_model").computed().zero();
/// The material itself; AWS never tells it.
pub const MATERIAL: Attr = string("key_material_base64").sensitive().replaces().local();
/// `PendingImport` until there is material.
pub const STATE: Attr = string("key_state").computed();
/// `ENCRYPT_DECRYPT`.
pub const USAGE: Attr = string("key_usage").computed();
/// Who may do what.
pub const POLICY: Attr = policy("policy").optional_computed().unread();
/// When the material ends (RFC 3339).
pub const VALID_TO: Attr = string("valid_to").zero().unsent();

/// Seals material for KMS and imports it, until `valid_to` or for ever.
///
/// # Errors
/// The material is not base64, or AWS refused. No message holds any of it.
async fn import(cx: &Cx, key: &str, material: &str, valid_to: &str) -> Result<(), Fail> {
    let invalid = |detail: String| Fail::new("Invalid key material", detail);
    let plain = doc::from_base64(material).ok_or_else(|| {
        invalid(
            "key_material_base64 is not base64. Encode the bytes of the key with base64encode or filebase64.".into(),
        )
    })?;
    let ask = json!({"KeyId": key, "WrappingAlgorithm": "RSAES_OAEP_SHA_256", "WrappingKeySpec": "RSA_2048"});
    let ticket = cx.retry("kms", "GetParametersForImport", ask, LIMIT, &["NotFoundException"]).await?;
    let unreadable = || invalid("AWS answered with a public key that cannot be used. Run it again.".into());
    let public = doc::from_base64(&doc::text(&ticket, "PublicKey")).ok_or_else(unreadable)?;
    let public = RsaPublicKey::from_public_key_der(&public).map_err(|_| unreadable())?;
    let sealed = public.encrypt(&mut rsa::rand_core::OsRng, Oaep::new::<Sha256>(), &plain).map_err(|_| {
        invalid(format!("The material has {} bytes, which is more than can be sealed. Keys have 32.", plain.len()))
    })?;
    let mut input = json!({
        "KeyId": key, "ImportToken": doc::text(&ticket, "ImportToken"), "EncryptedKeyMaterial": doc::base64(&sealed),
        "ExpirationModel": "KEY_MATERIAL_DOES_NOT_EXPIRE",
    });
    if !valid_to.is_empty() {
        input["ExpirationModel"] = json!("KEY_MATERIAL_EXPIRES");
        input["ValidTo"] = json!(valid_to);
    }
    cx.retry("kms", "ImportKeyMaterial", input, LIMIT, &["NotFoundException"]).await?;
    settle(cx, key, &["PendingImport"], &["Enabled", "Disabled"]).await
}

/// Waits until a key is in one of the wanted states.
async fn settle(cx: &Cx, key: &str, pending: &[&str], wanted: &[&str]) -> Result<(), Fail> {
    cx.wait(key, LIMIT, pending, wanted, || {
        Box::pin(async {
            let answer = cx.call("kms", "DescribeKey", json!({"KeyId": key})).await?;
            Ok(Some(Seen::of(doc::text(&answer, "KeyMetadata.KeyState"))))
        })
    })
    .await
    .map(|_| ())
}

/// What follows the making of a key that waits for material: the material, where there is some, and the switch.
///
/// # Errors
/// See [`import`].
pub async fn begin(cx: &Cx, work: &Work) -> Result<(), Fail> {
    let (id, s) = (work.state.id(), &work.state);
    settle(cx, id, &["Creating"], &["PendingImport"]).await?;
    if s.is_zero("key_material_base64") {
        return Ok(());
    }
    import(cx, id, s.text("key_material_base64"), s.text("valid_to")).await?;
    if work.config.get("enabled").as_bool() == Some(false) {
        super::enable(cx, id, false).await?;
    }
    Ok(())
}

/// Changes a key: it is turned on before all other changes, and off after them.
///
/// # Errors
/// See [`import`].
pub fn change<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(changed(cx, work))
}

async fn changed(cx: &Cx, work: &Work) -> Result<(), Fail> {
    let (id, s) = (work.state.id(), &work.state);
    let switched = work.changes("enabled") && ready(s);
    if switched && s.bool("enabled") {
        super::enable(cx, id, true).await?;
    }
    super::describe_and_permit(cx, work).await?;
    if work.changes("valid_to") && !s.is_zero("key_material_base64") {
        import(cx, id, s.text("key_material_base64"), s.text("valid_to")).await?;
    }
    if switched && !s.bool("enabled") {
        super::enable(cx, id, false).await?;
    }
    Ok(())
}

/// A key that waits for material can be turned neither on nor off.
fn ready(s: &Obj) -> bool {
    s.text("key_state") != "PendingImport"
}

/// The policy, which `DescribeKey` leaves out.
///
/// # Errors
/// AWS refused.
pub fn read<'a>(cx: &'a Cx, obj: &'a mut Obj, _: &'a Json) -> Fut<'a, bool> {
    Box::pin(async move {
        let policy = super::policy(cx, obj.id()).await?;
        obj.set("policy", policy);
        Ok(true)
    })
}

/// The input that the creation of both kinds has in common.
pub fn tags_into(cx: &Cx, work: &Work, input: &mut serde_json::Map<String, Json>) {
    super::TAGS.at_creation(&cx.settings.tags.all(&work.config.get("tags")).unwrap_or_default(), input);
}
