//! Public keys of people, in the two encodings that IAM takes and gives: a line of OpenSSH, and PEM.
//! Sources: `UploadSSHPublicKey` (RSA of 2048 bits and more), RFC 4253 section 6.6 (`ssh-rsa`), RFC 7468 section 13.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use md5::{Digest as _, Md5};
use rsa::pkcs8::{DecodePublicKey as _, EncodePublicKey as _};
use rsa::traits::PublicKeyParts as _;
use rsa::{BigUint, RsaPublicKey};

use crate::error::AwsError;

const ALGORITHM: &str = "ssh-rsa";
const BEGIN: &str = "-----BEGIN PUBLIC KEY-----";
const END: &str = "-----END PUBLIC KEY-----";
const SMALLEST: usize = 2048;

/// A key as it is kept.
pub(super) struct PublicKey {
    /// The line of OpenSSH, with the comment that it came with.
    pub body: String,
    /// MD5 of the key, in pairs of hexadecimal digits with colons between them.
    pub fingerprint: String,
}

fn invalid() -> AwsError {
    let message =
        format!("The public key is invalid: an RSA key of {SMALLEST} bits or more is needed, as ssh-rsa or PEM.");
    AwsError::new("InvalidPublicKey", message)
}

/// Reads a key in either encoding.
///
/// # Errors
/// `InvalidPublicKey` for what is no RSA key, or one that is too short.
pub(super) fn read(given: &str) -> Result<PublicKey, AwsError> {
    let given = given.trim();
    let (body, key, blob) = match of_pem(given) {
        Some(key) => {
            let blob = to_blob(&key);
            (format!("{ALGORITHM} {}", STANDARD.encode(&blob)), key, blob)
        }
        None => {
            let (key, blob) = of_line(given).ok_or_else(invalid)?;
            (given.to_owned(), key, blob)
        }
    };
    if key.n().bits() < SMALLEST {
        return Err(invalid());
    }
    let pairs: Vec<String> = Md5::digest(&blob).iter().map(|b| format!("{b:02x}")).collect();
    Ok(PublicKey { body, fingerprint: pairs.join(":") })
}

/// The PEM of a key that is kept.
///
/// # Errors
/// An internal one when it is no key.
pub(super) fn pem(body: &str) -> Result<String, AwsError> {
    let broken = |why: &str| AwsError::internal(format!("An SSH public key cannot be written as PEM: {why}"));
    let (key, _) = of_line(body).ok_or_else(|| broken("it is none"))?;
    let der = key.to_public_key_der().map_err(|e| broken(&e.to_string()))?;
    let text = STANDARD.encode(der.as_bytes());
    let mut out = format!("{BEGIN}\n");
    for line in text.as_bytes().chunks(64) {
        out.push_str(&String::from_utf8_lossy(line));
        out.push('\n');
    }
    out.push_str(END);
    out.push('\n');
    Ok(out)
}

fn of_pem(text: &str) -> Option<RsaPublicKey> {
    let body: String = text.strip_prefix(BEGIN)?.strip_suffix(END)?.split_whitespace().collect();
    RsaPublicKey::from_public_key_der(&STANDARD.decode(body).ok()?).ok()
}

/// The key of a line of OpenSSH, and its bytes there.
fn of_line(line: &str) -> Option<(RsaPublicKey, Vec<u8>)> {
    let mut words = line.split_whitespace();
    let (algorithm, text) = (words.next()?, words.next()?);
    let blob = STANDARD.decode(text).ok()?;
    let mut rest = blob.as_slice();
    let parts = [string(&mut rest)?, string(&mut rest)?, string(&mut rest)?];
    if algorithm != ALGORITHM || parts[0] != ALGORITHM.as_bytes() || !rest.is_empty() {
        return None;
    }
    let (e, n) = (BigUint::from_bytes_be(parts[1]), BigUint::from_bytes_be(parts[2]));
    Some((RsaPublicKey::new_with_max_size(n, e, 16_384).ok()?, blob))
}

/// Takes a string, which has its length in four bytes before it, off the front.
fn string<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let (length, after) = rest.split_first_chunk::<4>()?;
    let (found, after) = after.split_at_checked(usize::try_from(u32::from_be_bytes(*length)).ok()?)?;
    *rest = after;
    Some(found)
}

fn to_blob(key: &RsaPublicKey) -> Vec<u8> {
    // A number whose first bit is set has a zero before it: it would be negative.
    let number = |n: &BigUint| {
        let bytes = n.to_bytes_be();
        if bytes.first().is_some_and(|b| b & 0x80 != 0) { [&[0], bytes.as_slice()].concat() } else { bytes }
    };
    let parts = [ALGORITHM.as_bytes().to_vec(), number(key.e()), number(key.n())];
    let length = |p: &Vec<u8>| u32::try_from(p.len()).unwrap_or(u32::MAX).to_be_bytes();
    parts.iter().flat_map(|p| [length(p).as_slice(), p].concat()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINE: &str = "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQCyMrJ3AHGD8MVgk56j8xBColquahpCGfE8iqot1bVo6xeVHJZcoDn+fnn8\
        JZsY/OFDaSgQwfOlszMEOC3aHR0qnmxkxNOdMzH1uUsNbAnMVKJDAPtfOl5b2iSaQPSuUbpMmXIdZJJoveZ127YeYm7KwqiR\
        olw1lHGExNGIhmyigFD0fX68r/oUlcekiM3kYYKMIyeVdJ78RlRH9jC+XMo1qGnyeWU71DwhajTRq9BoATb6YI5LPqRF0vhO\
        ORkU41CINT9TINxDo2dOP9zGRiJ08SfJ4r+syLVJoJSlmyMJyRhV14XK1eWyR96tHLRPYRLBIUASwXbl4yXFOBBxlkG7";
    // Both by OpenSSL and OpenSSH of the same key.
    const PEM: &str = "-----BEGIN PUBLIC KEY-----\n\
        MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAsjKydwBxg/DFYJOeo/MQ\n\
        QqJarmoaQhnxPIqqLdW1aOsXlRyWXKA5/n55/CWbGPzhQ2koEMHzpbMzBDgt2h0d\n\
        Kp5sZMTTnTMx9blLDWwJzFSiQwD7XzpeW9okmkD0rlG6TJlyHWSSaL3mddu2HmJu\n\
        ysKokaJcNZRxhMTRiIZsooBQ9H1+vK/6FJXHpIjN5GGCjCMnlXSe/EZUR/YwvlzK\n\
        Nahp8nllO9Q8IWo00avQaAE2+mCOSz6kRdL4TjkZFONQiDU/UyDcQ6NnTj/cxkYi\n\
        dPEnyeK/rMi1SaCUpZsjCckYVdeFytXlskferRy0T2ESwSFAEsF25eMlxTgQcZZB\n\
        uwIDAQAB\n\
        -----END PUBLIC KEY-----\n";
    const MD5: &str = "97:a5:fd:95:bd:fe:29:fa:b6:fb:bc:8f:97:22:08:32";

    #[test]
    fn a_key_is_the_same_in_both_encodings() {
        let line = read(&format!("{LINE} somebody@example.com\n")).unwrap();
        assert_eq!((line.body.strip_prefix(LINE), line.fingerprint.as_str()), (Some(" somebody@example.com"), MD5));
        assert_eq!(pem(&line.body).unwrap(), PEM);
        let given = read(PEM).unwrap();
        assert_eq!((given.body.as_str(), given.fingerprint.as_str()), (LINE, MD5));
    }

    #[test]
    fn what_is_no_rsa_key_of_2048_bits_is_refused() {
        let short = "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAgQC0Q+2GXmfuz+pqnJjlhn4gvW71FeRTbjqFaN7/eFChWWVh8+/HReylh7u+\
        WxYvbJBuCAddPOapZrvZPBmI9TDYMoi3rP5vtXTfzTJUbbMpV9rwEkixPA8i28/2mmt5Prim8ynM4i674X8yx66/0+em+OhI\
        Xax2dnQlZREBYQXqxQ==";
        let curve = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAICJCN4zhO3jPvEZV/ZK3ktGHVgGw6tjWSzwImWi2Rpuk";
        let cut = &LINE[..LINE.len() - 8];
        for wrong in [short, curve, cut, "ssh-rsa", "", &PEM.replace("Bx", "Xx")[..300]] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
