//! Keys as OpenSSH writes them (PROTOCOL.key of OpenSSH, RFC 4253, RFC 5656).

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use craton_model::Diagnostics;
use md5::{Digest as _, Md5};
use sha2::Sha256;

use super::key::{Curve, Key, RsaNumbers};
use super::pem;
use crate::encode::hex;
use crate::random::entropy;

const MAGIC: &[u8] = b"openssh-key-v1\0";

fn text(bytes: &[u8]) -> Vec<u8> {
    let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
    [&length.to_be_bytes(), bytes].concat()
}

/// A number that is not negative: with a zero before it where it would look negative.
fn number(bytes: &[u8]) -> Vec<u8> {
    match bytes.first() {
        Some(b) if *b >= 0x80 => text(&[&[0], bytes].concat()),
        _ => text(bytes),
    }
}

fn stripped(bytes: &[u8]) -> &[u8] {
    bytes.get(bytes.iter().take_while(|b| **b == 0).count()..).unwrap_or_default()
}

/// OpenSSH's name of a curve; it does not know P224.
fn curve_name(curve: Curve) -> Option<&'static str> {
    match curve {
        Curve::P224 => None,
        Curve::P256 => Some("nistp256"),
        Curve::P384 => Some("nistp384"),
        Curve::P521 => Some("nistp521"),
    }
}

/// The kind of a key, and its public part.
fn public(key: &Key) -> Option<(String, Vec<u8>)> {
    let (kind, rest) = match key {
        Key::Rsa(k) => ("ssh-rsa".to_owned(), [number(&k.e), number(&k.n)].concat()),
        Key::Ec { curve, point, .. } => {
            let name = curve_name(*curve)?;
            (format!("ecdsa-sha2-{name}"), [text(name.as_bytes()), text(point)].concat())
        }
        Key::Ed { public, .. } => ("ssh-ed25519".to_owned(), text(public)),
    };
    let blob = [text(kind.as_bytes()), rest].concat();
    Some((kind, blob))
}

/// What is known of a public key.
#[derive(Default)]
pub struct Public {
    /// The line of an `authorized_keys` file, with a line break.
    pub line: String,
    /// Its fingerprint: pairs of digits with colons.
    pub md5: String,
    /// Its fingerprint: `SHA256:` and base64.
    pub sha256: String,
}

impl Public {
    /// Of a key; empty where OpenSSH has no such keys.
    pub fn of(key: &Key) -> Self {
        let Some((kind, blob)) = public(key) else { return Self::default() };
        let md5 = Md5::digest(&blob);
        Self {
            line: format!("{kind} {}\n", STANDARD.encode(&blob)),
            md5: md5.chunks(1).map(hex).collect::<Vec<_>>().join(":"),
            sha256: format!("SHA256:{}", STANDARD_NO_PAD.encode(Sha256::digest(&blob))),
        }
    }
}

/// The private key, not encrypted; empty where OpenSSH has no such keys.
///
/// # Errors
/// The machine has no randomness.
pub fn private(key: &Key) -> Result<String, Diagnostics> {
    let Some((kind, blob)) = public(key) else { return Ok(String::new()) };
    let check = entropy::bytes(4)?;
    let fields = match key {
        Key::Rsa(k) => [&k.n, &k.e, &k.d, &k.qinv, &k.p, &k.q].map(|n| number(n)).concat(),
        Key::Ec { curve, secret, point } => {
            let name = curve_name(*curve).unwrap_or_default();
            [text(name.as_bytes()), text(point), number(stripped(secret))].concat()
        }
        Key::Ed { seed, public } => [text(public), text(&[&seed[..], public].concat())].concat(),
    };
    let comment = text(b"");
    let mut inner = [check.clone(), check, text(kind.as_bytes()), fields, comment].concat();
    for padding in 1.. {
        if inner.len() % 8 == 0 {
            break;
        }
        inner.push(padding);
    }
    let head = [MAGIC.to_vec(), text(b"none"), text(b"none"), text(b""), vec![0, 0, 0, 1], text(&blob)].concat();
    Ok(pem::encode("OPENSSH PRIVATE KEY", &[head, text(&inner)].concat()))
}

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    fn text(&mut self) -> Option<&'a [u8]> {
        let length = u32::from_be_bytes(self.take(4)?.try_into().ok()?);
        self.take(usize::try_from(length).ok()?)
    }

    fn number(&mut self) -> Option<&'a [u8]> {
        self.text().map(stripped)
    }
}

/// Reads a private key that is not encrypted.
pub fn parse(bytes: &[u8]) -> Option<Key> {
    let mut r = Reader(bytes.strip_prefix(MAGIC)?);
    if r.text()? != b"none" || r.text()? != b"none" {
        return None;
    }
    r.text()?;
    if r.take(4)? != [0, 0, 0, 1] {
        return None;
    }
    r.text()?;
    let mut r = Reader(r.text()?);
    if r.take(4)? != r.take(4)? {
        return None;
    }
    match r.text()? {
        b"ssh-rsa" => {
            let (n, e, d, _, p, q) = (r.number()?, r.number()?, r.number()?, r.number()?, r.number()?, r.number()?);
            let numbers = RsaNumbers::of(e, d, p, q).filter(|k| k.n == n)?;
            Some(Key::Rsa(Box::new(numbers)))
        }
        b"ssh-ed25519" => {
            r.text()?;
            let seed = r.text()?.get(..32)?.try_into().ok()?;
            Some(Key::ed(seed))
        }
        kind => {
            let name = kind.strip_prefix(b"ecdsa-sha2-")?;
            let curve = Curve::ALL.into_iter().find(|c| curve_name(*c).is_some_and(|n| n.as_bytes() == name))?;
            r.text()?;
            r.text()?;
            Key::ec(curve, r.number()?)
        }
    }
}
