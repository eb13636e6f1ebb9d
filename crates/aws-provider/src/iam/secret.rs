//! What is made up for people who log in: passwords, and those that follow from keys.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rsa::sha2::{Digest as _, Sha256};

use crate::fail::Fail;

/// Checks a `pgp_key`: secrets are not encrypted here.
///
/// # Errors
/// There is one.
pub fn pgp_key(key: &str) -> Result<(), String> {
    match key {
        "" => Ok(()),
        _ => Err("secrets are not encrypted with PGP by this version of craton. Without pgp_key the secret is in the state, \
                  marked as sensitive: leave the argument out, and keep the state where it is encrypted"
            .into()),
    }
}

/// The kinds of characters that a policy for passwords can demand
/// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_passwords_account-policy.html>).
const KINDS: [&[u8]; 4] =
    [b"abcdefghijklmnopqrstuvwxyz", b"ABCDEFGHIJKLMNOPQRSTUVWXYZ", b"0123456789", b"!@#$%^&*()_+-=[]{}|'"];

/// A password of so many characters with some of each kind. At least 4.
///
/// # Errors
/// The machine has no random numbers.
pub fn password(length: usize) -> Result<String, Fail> {
    let all = KINDS.concat();
    loop {
        let mut password = String::with_capacity(length);
        while password.len() < length {
            let mut bytes = [0; 64];
            getrandom::fill(&mut bytes).map_err(|e| {
                Fail::new("Password cannot be made", format!("The machine gives no random numbers: {e}."))
            })?;
            // Bytes above a multiple of the number of characters would make some of them likelier than others.
            let even = 256 - 256 % all.len();
            let fits = bytes.iter().map(|b| usize::from(*b)).filter(|b| *b < even);
            let missing = length - password.len();
            password.extend(fits.take(missing).map(|b| char::from(all[b % all.len()])));
        }
        if length < KINDS.len() || KINDS.iter().all(|kind| password.bytes().any(|b| kind.contains(&b))) {
            return Ok(password);
        }
    }
}

/// HMAC with SHA-256 (RFC 2104).
fn hmac(key: &[u8], message: &[u8]) -> [u8; 32] {
    let mut block = [0; 64];
    match key.len() > block.len() {
        true => block[..32].copy_from_slice(&Sha256::digest(key)),
        false => block[..key.len()].copy_from_slice(key),
    }
    let inner = Sha256::new().chain_update(block.map(|b| b ^ 0x36)).chain_update(message).finalize();
    Sha256::new().chain_update(block.map(|b| b ^ 0x5c)).chain_update(inner).finalize().into()
}

/// The password of SES's SMTP endpoint in a region that follows from a secret key
/// (<https://docs.aws.amazon.com/ses/latest/dg/smtp-credentials.html>, "Obtaining SES SMTP credentials by converting").
pub fn smtp_password(secret: &str, region: &str) -> String {
    let steps = ["11111111", region, "ses", "aws4_request", "SendRawEmail"];
    let start = format!("AWS4{secret}").into_bytes();
    let signature = steps.iter().fold(start, |key, step| hmac(&key, step.as_bytes()).to_vec());
    STANDARD.encode([&[4], &signature[..]].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_have_some_of_each_kind() {
        for length in [5, 20, 128] {
            let made = password(length).unwrap();
            assert_eq!(made.len(), length);
            assert!(KINDS.iter().all(|k| made.bytes().any(|b| k.contains(&b))), "{made}");
            assert_ne!(made, password(length).unwrap());
        }
    }

    #[test]
    fn codes_and_passwords_that_follow_from_keys() {
        // RFC 4231, test cases 2 and 6.
        let hex = |b: [u8; 32]| b.iter().map(|b| format!("{b:02x}")).collect::<String>();
        assert_eq!(
            hex(hmac(b"Jefe", b"what do ya want for nothing?")),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        );
        assert_eq!(
            hex(hmac(&[0xaa; 131], b"Test Using Larger Than Block-Size Key - Hash Key First")),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
        );
        assert_eq!(
            smtp_password("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "eu-west-1"),
            "BMW5RDrXmmVs0lV7GpI4oLkHXpZ4stDsk6q91z1g38Pk"
        );
    }
}
