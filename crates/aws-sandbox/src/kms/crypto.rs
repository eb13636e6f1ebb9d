//! Encryption: what a key encrypts only the same key decrypts, with AES-256-GCM and the encryption context as
//! associated data.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use serde_json::{Value, json};

use super::find;
use super::permit::{self, Pairs, Via};
use crate::context::Ctx;
use crate::document::text;
use crate::error::{Answer, AwsError};
use crate::input::Input;
use crate::sandbox::Operations;

pub(crate) const OPERATIONS: Operations = &[
    ("Encrypt", encrypt),
    ("Decrypt", decrypt),
    ("ReEncrypt", re_encrypt),
    ("GenerateDataKey", |ctx, input| data_key(ctx, input, true)),
    ("GenerateDataKeyWithoutPlaintext", |ctx, input| data_key(ctx, input, false)),
    ("GenerateRandom", random),
];

/// What a ciphertext begins with, so that another format can be told from this one.
const FORMAT: u8 = 1;

/// New material for a key: 32 bytes.
pub(super) fn new_material(ctx: &mut Ctx) -> String {
    STANDARD.encode(ctx.new_bytes("kms-material"))
}

fn bytes(input: &Input, member: &str) -> Result<Vec<u8>, AwsError> {
    let given = input.str(member)?;
    STANDARD.decode(given).map_err(|_| input.invalid(format!("{member} is not base64 in the document.")))
}

fn broken() -> AwsError {
    AwsError::new("InvalidCiphertextException", "")
}

/// The key of a request, which must be able to encrypt now.
fn ready(ctx: &mut Ctx, given: &str) -> Result<Value, AwsError> {
    super::come_to_be(ctx, given);
    let key = find(ctx, given)?;
    let arn = text(&key, "Arn");
    match text(&key, "KeyState") {
        "Enabled" => {}
        "Disabled" => return Err(AwsError::new("DisabledException", format!("{arn} is disabled."))),
        "PendingImport" => {
            return Err(AwsError::new("KMSInvalidStateException", format!("{arn} is pending import.")));
        }
        "Creating" => return Err(AwsError::new("KMSInvalidStateException", format!("{arn} is creating."))),
        _ => return Err(AwsError::new("KMSInvalidStateException", format!("{arn} is pending deletion."))),
    }
    if text(&key, "KeyUsage") != "ENCRYPT_DECRYPT" {
        let message = format!("{arn} key usage is {} which is not valid for this operation.", text(&key, "KeyUsage"));
        return Err(AwsError::new("InvalidKeyUsageException", message));
    }
    if text(&key, "KeySpec") != "SYMMETRIC_DEFAULT" {
        return Err(AwsError::not_implemented("encryption with asymmetric keys"));
    }
    Ok(key)
}

fn cipher(key: &Value) -> Result<LessSafeKey, AwsError> {
    let material = STANDARD.decode(text(key, "_material")).unwrap_or_default();
    let unbound = UnboundKey::new(&AES_256_GCM, &material)
        .map_err(|_| AwsError::internal("The sandbox's state holds no material for this key."))?;
    Ok(LessSafeKey::new(unbound))
}

/// The encryption context in a member of a request.
fn pairs(input: &Input, member: &str) -> Pairs {
    let given = input.raw(member).and_then(Value::as_object).into_iter().flatten();
    given.map(|(name, value)| (name.clone(), value.as_str().unwrap_or_default().to_owned())).collect()
}

/// An encryption context as associated data: its pairs sorted by name.
fn associated(pairs: &Pairs) -> Vec<u8> {
    let sorted: Vec<(&String, &String)> = pairs.iter().collect();
    json!(sorted).to_string().into_bytes()
}

fn seal(ctx: &mut Ctx, key: &Value, plaintext: &[u8], pairs: &Pairs) -> Result<String, AwsError> {
    let id = text(key, "KeyId").as_bytes();
    let mut nonce = [0; NONCE_LEN];
    nonce.copy_from_slice(&ctx.new_bytes("kms-nonce")[..NONCE_LEN]);
    let mut body = plaintext.to_vec();
    cipher(key)?
        .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(associated(pairs)), &mut body)
        .map_err(|_| AwsError::internal("Encryption failed."))?;
    let mut out = vec![FORMAT, u8::try_from(id.len()).unwrap_or(u8::MAX)];
    out.extend_from_slice(id);
    out.extend_from_slice(&nonce);
    out.extend_from_slice(&body);
    Ok(STANDARD.encode(out))
}

/// How a ciphertext is to be opened.
struct Opening<'a> {
    /// The operation that whoever calls must be allowed: `Decrypt` or `ReEncryptFrom`.
    operation: &'a str,
    via: Via<'a>,
    pairs: &'a Pairs,
    /// The key that it must be.
    expected: Option<&'a str>,
}

/// The key and the plaintext of a ciphertext.
fn open(ctx: &mut Ctx, blob: &[u8], opening: &Opening) -> Result<(Value, Vec<u8>), AwsError> {
    let (format, rest) = blob.split_first().ok_or_else(broken)?;
    let (length, rest) = rest.split_first().ok_or_else(broken)?;
    let (id, rest) = rest.split_at_checked(usize::from(*length)).ok_or_else(broken)?;
    let (nonce, body) = rest.split_at_checked(NONCE_LEN).ok_or_else(broken)?;
    if *format != FORMAT {
        return Err(broken());
    }
    let id = std::str::from_utf8(id).map_err(|_| broken())?;
    let key = ready(ctx, id)?;
    permit::check(ctx, &key, opening.operation, opening.pairs, opening.via)?;
    if let Some(expected) = opening.expected {
        let wanted = find(ctx, expected)?;
        if wanted["KeyId"] != key["KeyId"] {
            let message = "The key ID in the request does not identify a CMK that can perform this operation.";
            return Err(AwsError::new("IncorrectKeyException", message));
        }
    }
    let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| broken())?;
    let mut body = body.to_vec();
    let plaintext =
        cipher(&key)?.open_in_place(nonce, Aad::from(associated(opening.pairs)), &mut body).map_err(|_| broken())?;
    let plaintext = plaintext.to_vec();
    Ok((key, plaintext))
}

/// Encrypts for another service (`ssm`), which calls in the name of whoever asked it. Gives the key's ARN and the ciphertext
/// in base64.
pub(crate) fn seal_for(
    ctx: &mut Ctx,
    service: &str,
    key: &str,
    plaintext: &str,
    context: (&str, &str),
) -> Result<(String, String), AwsError> {
    let key = ready(ctx, key)?;
    let pairs = Pairs::from([(context.0.to_owned(), context.1.to_owned())]);
    permit::check(ctx, &key, "Encrypt", &pairs, Some(service))?;
    let blob = seal(ctx, &key, plaintext.as_bytes(), &pairs)?;
    Ok((text(&key, "Arn").to_owned(), blob))
}

/// Decrypts what [`seal_for`] gave, under the same context.
pub(crate) fn open_for(ctx: &mut Ctx, service: &str, blob: &str, context: (&str, &str)) -> Result<String, AwsError> {
    let blob = STANDARD.decode(blob).map_err(|_| broken())?;
    let pairs = Pairs::from([(context.0.to_owned(), context.1.to_owned())]);
    let opening = Opening { operation: "Decrypt", via: Some(service), pairs: &pairs, expected: None };
    let (_, plaintext) = open(ctx, &blob, &opening)?;
    String::from_utf8(plaintext).map_err(|_| broken())
}

fn only_symmetric(input: &Input, member: &str) -> Result<(), AwsError> {
    match input.filled(member)? {
        None | Some("SYMMETRIC_DEFAULT") => Ok(()),
        Some(other) => Err(AwsError::not_implemented(format!("the algorithm {other}"))),
    }
}

fn encrypt(ctx: &mut Ctx, input: &Input) -> Answer {
    input.accept(&["GrantTokens"]);
    only_symmetric(input, "EncryptionAlgorithm")?;
    let key = ready(ctx, input.str("KeyId")?)?;
    let plaintext = bytes(input, "Plaintext")?;
    if !(1..=4096).contains(&plaintext.len()) {
        return Err(input.invalid(
            "1 validation error detected: Value at 'plaintext' failed to satisfy constraint: Member must have length between 1 and 4096",
        ));
    }
    let pairs = pairs(input, "EncryptionContext");
    permit::check(ctx, &key, "Encrypt", &pairs, None)?;
    let blob = seal(ctx, &key, &plaintext, &pairs)?;
    Ok(json!({"CiphertextBlob": blob, "KeyId": key["Arn"], "EncryptionAlgorithm": "SYMMETRIC_DEFAULT"}))
}

fn decrypt(ctx: &mut Ctx, input: &Input) -> Answer {
    input.refuse(&["Recipient"])?;
    input.accept(&["GrantTokens"]);
    only_symmetric(input, "EncryptionAlgorithm")?;
    let (blob, pairs) = (bytes(input, "CiphertextBlob")?, pairs(input, "EncryptionContext"));
    let opening = Opening { operation: "Decrypt", via: None, pairs: &pairs, expected: input.filled("KeyId")? };
    let (key, plaintext) = open(ctx, &blob, &opening)?;
    Ok(json!({
        "Plaintext": STANDARD.encode(plaintext), "KeyId": key["Arn"], "EncryptionAlgorithm": "SYMMETRIC_DEFAULT",
    }))
}

fn re_encrypt(ctx: &mut Ctx, input: &Input) -> Answer {
    input.accept(&["GrantTokens"]);
    only_symmetric(input, "SourceEncryptionAlgorithm")?;
    only_symmetric(input, "DestinationEncryptionAlgorithm")?;
    let (blob, old) = (bytes(input, "CiphertextBlob")?, pairs(input, "SourceEncryptionContext"));
    let expected = input.filled("SourceKeyId")?;
    let opening = Opening { operation: "ReEncryptFrom", via: None, pairs: &old, expected };
    let (source, plaintext) = open(ctx, &blob, &opening)?;
    let target = ready(ctx, input.str("DestinationKeyId")?)?;
    let new = pairs(input, "DestinationEncryptionContext");
    permit::check(ctx, &target, "ReEncryptTo", &new, None)?;
    let blob = seal(ctx, &target, &plaintext, &new)?;
    Ok(json!({
        "CiphertextBlob": blob, "SourceKeyId": source["Arn"], "KeyId": target["Arn"],
        "SourceEncryptionAlgorithm": "SYMMETRIC_DEFAULT", "DestinationEncryptionAlgorithm": "SYMMETRIC_DEFAULT",
    }))
}

fn fresh(ctx: &mut Ctx, length: usize) -> Vec<u8> {
    let mut out = Vec::with_capacity(length + 32);
    while out.len() < length {
        out.extend_from_slice(&ctx.new_bytes("kms-random"));
    }
    out.truncate(length);
    out
}

/// How many bytes a request asks for.
fn length(input: &Input) -> Result<usize, AwsError> {
    match input.opt_int("NumberOfBytes")? {
        Some(n @ 1..=1024) => Ok(usize::try_from(n).unwrap_or(32)),
        Some(_) => Err(input.invalid("NumberOfBytes must be between 1 and 1024.")),
        None => Err(input.missing("NumberOfBytes")),
    }
}

fn data_key(ctx: &mut Ctx, input: &Input, shown: bool) -> Answer {
    input.refuse(&["Recipient"])?;
    input.accept(&["GrantTokens"]);
    let length = match (input.filled("KeySpec")?, input.has("NumberOfBytes")) {
        (Some("AES_256"), false) => 32,
        (Some("AES_128"), false) => 16,
        (None, true) => length(input)?,
        _ => return Err(input.invalid("Please specify either number of bytes or key spec.")),
    };
    let key = ready(ctx, input.str("KeyId")?)?;
    let pairs = pairs(input, "EncryptionContext");
    let operation = if shown { "GenerateDataKey" } else { "GenerateDataKeyWithoutPlaintext" };
    permit::check(ctx, &key, operation, &pairs, None)?;
    let plaintext = fresh(ctx, length);
    let blob = seal(ctx, &key, &plaintext, &pairs)?;
    let mut out = json!({"CiphertextBlob": blob, "KeyId": key["Arn"]});
    if shown {
        crate::document::set(&mut out, "Plaintext", STANDARD.encode(plaintext));
    }
    Ok(out)
}

fn random(ctx: &mut Ctx, input: &Input) -> Answer {
    input.refuse(&["CustomKeyStoreId", "Recipient"])?;
    let length = length(input)?;
    Ok(json!({"Plaintext": STANDARD.encode(fresh(ctx, length))}))
}
