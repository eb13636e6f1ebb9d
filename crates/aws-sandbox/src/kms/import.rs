//! Material that people bring for their keys.
//! Source: KMS Developer Guide, "Importing key material", and the API reference of the three operations.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rsa::pkcs8::EncodePublicKey;
use rsa::sha2::{Digest, Sha256};
use rsa::{BigUint, Oaep, RsaPrivateKey};
use serde_json::{Value, json};

use super::{save, usable};
use crate::clock;
use crate::context::Ctx;
use crate::document::{set, text, unset};
use crate::error::{Answer, AwsError};
use crate::input::Input;
use crate::sandbox::Operations;

pub(crate) const OPERATIONS: Operations =
    &[("GetParametersForImport", parameters), ("ImportKeyMaterial", import), ("DeleteImportedKeyMaterial", delete)];

/// The factors of the one key that every sandbox hands out for sealing. It protects nothing: a sandbox holds no secrets.
const FACTORS: [&[u8]; 2] = [
    b"f95f12cc102be69cb8ac0d56b696ccedf53385954bbf25a311c3e17911ae7c1cf3a338899be083a49e11e34b6ec04bad\
7580463b18621309afd953b5e056061c33f5dfafd8aad7ade81106ee7f75287b9157f264b9354b62d4a8abc260340f08\
f9450daad4142c7058058d9f5232894ba7840cb443bc753ad93ea317fd71d375",
    b"b9369f12937e1a467197c5129322c1b1c3a9e4293ddc7ad4cccec485a7f7d9817b30b98efc6dbdc1a6fe5eba0f7c268f\
f5e9ccdaa765a74ce604a34ac336f630dbe82abf680e3794746cad815c70f61743f96e09d793a863c70858011601c5d0\
a271537e0845b6e14631f3063e7086c922e6558319b0aa5494c4a9995ecf27c3",
];

/// How long parameters can be used, in milliseconds.
const DAY: i64 = 24 * 3600 * 1000;

fn wrapping() -> Result<RsaPrivateKey, AwsError> {
    let factor = |hex: &[u8]| BigUint::parse_bytes(hex, 16).unwrap_or_default();
    RsaPrivateKey::from_p_q(factor(FACTORS[0]), factor(FACTORS[1]), BigUint::from(65_537u32))
        .map_err(|e| AwsError::internal(format!("The key that seals material cannot be made: {e}")))
}

/// The key of a request, which must be one whose material people bring.
fn external(ctx: &Ctx, input: &Input) -> Result<Value, AwsError> {
    let key = usable(ctx, input.str("KeyId")?)?;
    if text(&key, "Origin") != "EXTERNAL" {
        let message =
            format!("{} origin is {} which is not valid for this operation.", text(&key, "Arn"), text(&key, "Origin"));
        return Err(AwsError::new("UnsupportedOperationException", message));
    }
    if text(&key, "KeyState") == "Creating" {
        return Err(AwsError::new("KMSInvalidStateException", format!("{} is creating.", text(&key, "Arn"))));
    }
    Ok(key)
}

fn parameters(ctx: &mut Ctx, input: &Input) -> Answer {
    let key = external(ctx, input)?;
    match (input.str("WrappingAlgorithm")?, input.str("WrappingKeySpec")?) {
        ("RSAES_OAEP_SHA_256", "RSA_2048") => {}
        (how, with) => return Err(AwsError::not_implemented(format!("material sealed by {how} with keys of {with}"))),
    }
    let public = wrapping()?.to_public_key().to_public_key_der();
    let public = public.map_err(|e| AwsError::internal(format!("The public key cannot be written: {e}")))?;
    let until = clock::rfc3339(ctx.now + DAY);
    Ok(json!({
        "KeyId": key["Arn"], "PublicKey": STANDARD.encode(public.as_bytes()), "ParametersValidTo": until,
        "ImportToken": STANDARD.encode(format!("{} {}", text(&key, "Arn"), until)),
    }))
}

fn bytes(input: &Input, member: &str) -> Result<Vec<u8>, AwsError> {
    STANDARD.decode(input.str(member)?).map_err(|_| input.invalid(format!("{member} is not base64 in the document.")))
}

fn import(ctx: &mut Ctx, input: &Input) -> Answer {
    input.refuse(&["ImportType", "KeyMaterialDescription", "KeyMaterialId"])?;
    let mut key = external(ctx, input)?;
    let token = String::from_utf8(bytes(input, "ImportToken")?).unwrap_or_default();
    match token.split_once(' ') {
        Some((arn, until)) if arn == text(&key, "Arn") => {
            if until <= ctx.timestamp().as_str() {
                return Err(AwsError::new("ExpiredImportTokenException", ""));
            }
        }
        _ => return Err(AwsError::new("InvalidImportTokenException", "")),
    }
    let sealed = bytes(input, "EncryptedKeyMaterial")?;
    let material = wrapping()?
        .decrypt(Oaep::new::<Sha256>(), &sealed)
        .map_err(|_| AwsError::new("InvalidCiphertextException", ""))?;
    let print = STANDARD.encode(Sha256::digest(&material));
    // A key has one material for its life, and so have its replicas.
    let other = !text(&key, "_material_print").is_empty() && text(&key, "_material_print") != print;
    if material.len() != 32 || other {
        return Err(AwsError::new("IncorrectKeyMaterialException", ""));
    }
    let model = input.filled("ExpirationModel")?.unwrap_or("KEY_MATERIAL_EXPIRES");
    match (model, input.filled("ValidTo")?) {
        ("KEY_MATERIAL_EXPIRES", Some(until)) => {
            if over(until, &ctx.timestamp()) {
                return Err(input.invalid("ValidTo must be in the future."));
            }
            set(&mut key, "ValidTo", until);
        }
        ("KEY_MATERIAL_EXPIRES", None) => return Err(input.missing("ValidTo")),
        ("KEY_MATERIAL_DOES_NOT_EXPIRE", None) => {
            unset(&mut key, "ValidTo");
        }
        _ => return Err(input.invalid("ValidTo must not be given for material that does not expire.")),
    }
    set(&mut key, "ExpirationModel", model);
    set(&mut key, "_material", STANDARD.encode(&material));
    set(&mut key, "_material_print", print);
    if text(&key, "KeyState") == "PendingImport" {
        set(&mut key, "Enabled", true);
        set(&mut key, "KeyState", "Enabled");
    }
    let answer = json!({"KeyId": key["Arn"]});
    save(ctx, key);
    Ok(answer)
}

fn delete(ctx: &mut Ctx, input: &Input) -> Answer {
    input.refuse(&["KeyMaterialId"])?;
    let mut key = external(ctx, input)?;
    forget(&mut key);
    let answer = json!({"KeyId": key["Arn"]});
    save(ctx, key);
    Ok(answer)
}

/// Whether a moment is past; to the second, since that is what requests carry.
fn over(until: &str, now: &str) -> bool {
    until.get(..19) <= now.get(..19)
}

fn forget(key: &mut Value) {
    for member in ["_material", "ExpirationModel", "ValidTo"] {
        unset(key, member);
    }
    set(key, "Enabled", false);
    set(key, "KeyState", "PendingImport");
}

/// A key as it is now: material whose time is over is gone.
pub(super) fn as_of(mut key: Value, now: &str) -> Value {
    let ended = key.get("ValidTo").and_then(Value::as_str).is_some_and(|until| over(until, now));
    if ended && matches!(text(&key, "KeyState"), "Enabled" | "Disabled") {
        forget(&mut key);
    }
    key
}
