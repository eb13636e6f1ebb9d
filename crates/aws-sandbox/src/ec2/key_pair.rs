//! Key pairs: public keys that somebody brings along. Pairs of AWS's own making are not simulated.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use md5::{Digest, Md5};
use serde_json::{Value, json};
use sha2::Sha256;

use super::kind::{Describe, KEY_PAIR};
use super::tags;
use crate::context::Ctx;
use crate::document::{set, text, unset};
use crate::error::{Answer, AwsError};
use crate::input::Input;
use crate::sandbox::Operations;

pub(crate) const OPERATIONS: Operations =
    &[("ImportKeyPair", import), ("DescribeKeyPairs", describe), ("DeleteKeyPair", delete)];

fn invalid_format() -> AwsError {
    AwsError::new("InvalidKey.Format", "Key is not in valid OpenSSH public key format")
}

/// One field of an SSH key: its length in four bytes, then its bytes.
fn field(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_first_chunk::<4>()?;
    let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
    (rest.len() >= length).then(|| rest.split_at(length))
}

/// A DER element: tag, length, content.
fn der(tag: u8, content: &[u8]) -> Vec<u8> {
    let mut out = vec![tag];
    let length = content.len();
    if length < 128 {
        out.push(u8::try_from(length).unwrap_or(0));
    } else {
        let bytes: Vec<u8> = length.to_be_bytes().into_iter().skip_while(|b| *b == 0).collect();
        out.push(0x80 | u8::try_from(bytes.len()).unwrap_or(0));
        out.extend(bytes);
    }
    out.extend_from_slice(content);
    out
}

/// Type and fingerprint of a public key: for RSA the MD5 of the key as a DER `SubjectPublicKeyInfo`, for ED25519
/// SHA-256 in Base64. Source: "Verify the fingerprint of your key pair" in the EC2 user guide.
fn inspect(material: &str) -> Result<(&'static str, String), AwsError> {
    let mut words = material.split_whitespace();
    let (algorithm, key) = (words.next().unwrap_or(""), words.next().unwrap_or(""));
    let blob = STANDARD.decode(key).map_err(|_| invalid_format())?;
    let (name, rest) = field(&blob).ok_or_else(invalid_format)?;
    if name != algorithm.as_bytes() {
        return Err(invalid_format());
    }
    match algorithm {
        "ssh-rsa" => {
            let (exponent, rest) = field(rest).ok_or_else(invalid_format)?;
            let (modulus, _) = field(rest).ok_or_else(invalid_format)?;
            let numbers = der(0x30, &[der(0x02, modulus), der(0x02, exponent)].concat());
            // rsaEncryption (1.2.840.113549.1.1.1) without parameters.
            let algorithm = [0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00];
            let bits = der(0x03, &[&[0][..], &numbers].concat());
            let digest = Md5::digest(der(0x30, &[&algorithm[..], &bits].concat()));
            Ok(("rsa", digest.iter().map(|b| format!("{b:02x}")).collect::<Vec<_>>().join(":")))
        }
        "ssh-ed25519" => Ok(("ed25519", STANDARD.encode(Sha256::digest(&blob)))),
        _ => Err(invalid_format()),
    }
}

/// The key pair with a name.
///
/// # Errors
/// AWS's code when there is none.
pub(crate) fn by_name<'a>(ctx: &'a Ctx, name: &str) -> Result<&'a Value, AwsError> {
    KEY_PAIR
        .all(ctx)
        .find(|k| text(k, "KeyName") == name)
        .ok_or_else(|| AwsError::new(KEY_PAIR.not_found, format!("The key pair '{name}' does not exist")))
}

fn import(ctx: &mut Ctx, input: &Input) -> Answer {
    let name = input.str("KeyName")?;
    // The material travels as bytes, which documents have in Base64.
    let bytes = STANDARD.decode(input.str("PublicKeyMaterial")?).map_err(|_| invalid_format())?;
    let material = String::from_utf8(bytes).map_err(|_| invalid_format())?;
    let (kind, fingerprint) = inspect(&material)?;
    let tags = tags::on_create(input, KEY_PAIR.table)?;
    if by_name(ctx, name).is_ok() {
        let message = format!("The keypair '{name}' already exists.");
        return Err(AwsError::new("InvalidKeyPair.Duplicate", message));
    }
    let doc = json!({
        "KeyPairId": ctx.new_id("key"),
        "KeyName": name,
        "KeyFingerprint": fingerprint,
        "KeyType": kind,
        "CreateTime": ctx.timestamp(),
        "PublicKey": material,
        "Tags": tags,
    });
    KEY_PAIR.put(ctx, doc.clone());
    Ok(json!({
        "KeyFingerprint": doc["KeyFingerprint"], "KeyName": name, "KeyPairId": doc["KeyPairId"], "Tags": doc["Tags"],
    }))
}

fn describe(ctx: &mut Ctx, input: &Input) -> Answer {
    let whole = input.flag("IncludePublicKey")?;
    let names = input.strings("KeyNames")?;
    for name in &names {
        by_name(ctx, name)?;
    }
    let shape = Describe {
        ids: "KeyPairIds",
        filter_member: "Filters",
        list: "KeyPairs",
        filters: &[("fingerprint", "KeyFingerprint"), ("key-name", "KeyName"), ("key-pair-id", "KeyPairId")],
    };
    let mut answer = KEY_PAIR.describe(ctx, input, &shape, |_, k| {
        let mut k = k.clone();
        if !whole {
            unset(&mut k, "PublicKey");
        }
        k
    })?;
    if !names.is_empty() {
        let kept: Vec<Value> = crate::document::items(&answer, "KeyPairs")
            .iter()
            .filter(|k| names.contains(&text(k, "KeyName")))
            .cloned()
            .collect();
        set(&mut answer, "KeyPairs", kept);
    }
    Ok(answer)
}

fn delete(ctx: &mut Ctx, input: &Input) -> Answer {
    let id = match (input.filled("KeyPairId")?, input.filled("KeyName")?) {
        (Some(id), _) => Some(id.to_owned()),
        (None, Some(name)) => by_name(ctx, name).ok().map(|k| text(k, "KeyPairId").to_owned()),
        (None, None) => return Err(input.missing("KeyName")),
    };
    // AWS says that it worked also where there was none.
    let mut out = json!({"Return": true});
    if let Some(id) = id {
        KEY_PAIR.forget(ctx, &id);
        set(&mut out, "KeyPairId", id);
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fingerprints() {
        // `openssl pkey -pubin -outform DER | openssl md5 -c` and `ssh-keygen -l` say the same of these keys.
        let ed = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f me";
        assert_eq!(inspect(ed).unwrap().0, "ed25519");
        assert!(inspect("ssh-rsa AAAA").is_err());
        assert!(inspect("hello").is_err());
    }
}
