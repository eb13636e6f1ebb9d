//! Hash and crypto functions.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use md5::Md5;
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha512};
use uuid::Uuid;

use super::encoding::decoded;
use super::filesystem::read;
use super::support::*;

/// The functions of this family.
pub(super) fn functions() -> Vec<Function> {
    vec![
        of_text("base64sha256", "The SHA-256 hash of a text, in base64.", |d| STANDARD.encode(Sha256::digest(d))),
        of_text("base64sha512", "The SHA-512 hash of a text, in base64.", |d| STANDARD.encode(Sha512::digest(d))),
        of_text("md5", "The MD5 hash of a text, in hexadecimal digits.", |d| hex(&Md5::digest(d))),
        of_text("sha1", "The SHA-1 hash of a text, in hexadecimal digits.", |d| hex(&Sha1::digest(d))),
        of_text("sha256", "The SHA-256 hash of a text, in hexadecimal digits.", |d| hex(&Sha256::digest(d))),
        of_text("sha512", "The SHA-512 hash of a text, in hexadecimal digits.", |d| hex(&Sha512::digest(d))),
        of_file("filebase64sha256", "The SHA-256 hash of a file, in base64.", |d| STANDARD.encode(Sha256::digest(d))),
        of_file("filebase64sha512", "The SHA-512 hash of a file, in base64.", |d| STANDARD.encode(Sha512::digest(d))),
        of_file("filemd5", "The MD5 hash of a file, in hexadecimal digits.", |d| hex(&Md5::digest(d))),
        of_file("filesha1", "The SHA-1 hash of a file, in hexadecimal digits.", |d| hex(&Sha1::digest(d))),
        of_file("filesha256", "The SHA-256 hash of a file, in hexadecimal digits.", |d| hex(&Sha256::digest(d))),
        of_file("filesha512", "The SHA-512 hash of a file, in hexadecimal digits.", |d| hex(&Sha512::digest(d))),
        function("bcrypt", "The bcrypt hash of a text, with an optional cost.", [param("str", Type::String)], bcrypt)
            .variadic(param("cost", Type::Number))
            .returns(Type::String)
            .impure(),
        function(
            "rsadecrypt",
            "The text that an RSA private key (PEM) decrypts from base64.",
            [param("ciphertext", Type::String), param("privatekey", Type::String)],
            rsadecrypt,
        )
        .returns(Type::String),
        function("uuid", "A new random UUID.", [], |_, _| Ok(Value::from(Uuid::new_v4().to_string())))
            .returns(Type::String)
            .impure(),
        function(
            "uuidv5",
            "The UUID of a name in a namespace: dns, url, oid, x500 or a UUID.",
            [param("namespace", Type::String), param("name", Type::String)],
            uuidv5,
        )
        .returns(Type::String),
    ]
}

fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let pair = |b: &u8| [DIGITS[usize::from(b >> 4)], DIGITS[usize::from(b & 15)]];
    bytes.iter().flat_map(pair).map(char::from).collect()
}

fn of_text(name: &'static str, help: &'static str, hash: fn(&[u8]) -> String) -> Function {
    Function::new(name, help)
        .param(param("str", Type::String))
        .returns(Type::String)
        .run(move |_, args| Ok(Value::from(hash(text(args, 0)?.as_bytes()))))
}

fn of_file(name: &'static str, help: &'static str, hash: fn(&[u8]) -> String) -> Function {
    Function::new(name, help)
        .param(param("path", Type::String))
        .returns(Type::String)
        .run(move |cx, args| Ok(Value::from(hash(&read(cx, args, 0)?))))
}

/// The cost of `bcrypt` where none is given.
const DEFAULT_COST: i64 = 10;

fn bcrypt(_: &CallContext<'_>, args: &[Value]) -> Answer {
    let cost = match args.len() {
        1 => DEFAULT_COST,
        2 => whole(args, 1)?,
        _ => return fail("takes no more than two arguments"),
    };
    if cost > 31 {
        return wrong(1, format!("cost {cost} is outside allowed range (4,31)"));
    }
    // As in Terraform, where a cost that is too low means the default.
    let cost = if cost < 4 { DEFAULT_COST } else { cost };
    let password = text(args, 0)?;
    if password.len() > 72 {
        return wrong(0, "the text is longer than 72 bytes, of which bcrypt uses no more");
    }
    let parts = bcrypt::hash_with_result(password, cost as u32).map_err(|e| FunctionError::new(e.to_string()))?;
    Ok(Value::from(parts.format_for_version(bcrypt::Version::TwoA)))
}

fn uuidv5(_: &CallContext<'_>, args: &[Value]) -> Answer {
    let namespace = match text(args, 0)? {
        "dns" => Uuid::NAMESPACE_DNS,
        "url" => Uuid::NAMESPACE_URL,
        "oid" => Uuid::NAMESPACE_OID,
        "x500" => Uuid::NAMESPACE_X500,
        other => Uuid::parse_str(other)
            .map_err(|e| FunctionError::argument(0, format!("uuidv5() doesn't support namespace {other} ({e})")))?,
    };
    Ok(Value::from(Uuid::new_v5(&namespace, text(args, 1)?.as_bytes()).to_string()))
}

fn rsadecrypt(cx: &CallContext<'_>, args: &[Value]) -> Answer {
    use rsa::pkcs1::DecodeRsaPrivateKey;
    use rsa::pkcs8::DecodePrivateKey;
    let encrypted = decoded(cx, args, 0)?;
    let pem = text(args, 1)?;
    let key = rsa::RsaPrivateKey::from_pkcs1_pem(pem).or_else(|_| rsa::RsaPrivateKey::from_pkcs8_pem(pem));
    let Ok(key) = key else {
        return wrong(1, "invalid private key: it must be an RSA key in PEM (PKCS #1 or PKCS #8) without passphrase");
    };
    match key.decrypt(rsa::Pkcs1v15Encrypt, &encrypted) {
        Ok(plain) => match String::from_utf8(plain) {
            Ok(s) => Ok(Value::from(s)),
            Err(_) => fail("the decrypted data is not valid UTF-8"),
        },
        Err(_) => fail("failed to decrypt: the data was not encrypted for this key"),
    }
}
