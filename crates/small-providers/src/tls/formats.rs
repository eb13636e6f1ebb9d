//! How keys are written: PKCS #1 (RFC 8017), SEC 1 (RFC 5915), PKCS #8 (RFC 5208), public keys (RFC 5280).

use craton_model::Diagnostics;
use sha1::{Digest as _, Sha1};

use super::der::{self, Reader, field, int, oid, seq, value};
use super::key::{Curve, Key, RsaNumbers};
use super::{openssh, pem};
use crate::decl::fail;

const RSA: &str = "1.2.840.113549.1.1.1";
const EC: &str = "1.2.840.10045.2.1";
const ED25519: &str = "1.3.101.112";

impl Key {
    fn pkcs1(&self) -> Vec<u8> {
        let Key::Rsa(k) = self else { return Vec::new() };
        let numbers = [&[][..], &k.n, &k.e, &k.d, &k.p, &k.q, &k.dp, &k.dq, &k.qinv];
        seq(&numbers.map(int))
    }

    fn sec1(curve: Option<Curve>, secret: &[u8], point: &[u8]) -> Vec<u8> {
        let mut parts = vec![int(&[1]), value(der::OCTETS, secret)];
        parts.extend(curve.map(|c| value(field(0), &oid(c.oid()))));
        parts.push(value(field(1), &der::bits(point)));
        seq(&parts)
    }

    fn algorithm_id(&self) -> Vec<u8> {
        match self {
            Key::Rsa(_) => seq(&[oid(RSA), value(der::NULL, &[])]),
            Key::Ec { curve, .. } => seq(&[oid(EC), oid(curve.oid())]),
            Key::Ed { .. } => seq(&[oid(ED25519)]),
        }
    }

    fn pkcs8(&self) -> Vec<u8> {
        let inner = match self {
            Key::Rsa(_) => self.pkcs1(),
            // The curve is said outside.
            Key::Ec { secret, point, .. } => Self::sec1(None, secret, point),
            Key::Ed { seed, .. } => value(der::OCTETS, seed),
        };
        seq(&[int(&[]), self.algorithm_id(), value(der::OCTETS, &inner)])
    }

    /// In the form that is usual for its algorithm.
    pub fn pem(&self) -> String {
        match self {
            Key::Rsa(_) => pem::encode("RSA PRIVATE KEY", &self.pkcs1()),
            Key::Ec { curve, secret, point } => pem::encode("EC PRIVATE KEY", &Self::sec1(Some(*curve), secret, point)),
            Key::Ed { .. } => self.pkcs8_pem(),
        }
    }

    /// As PKCS #8.
    pub fn pkcs8_pem(&self) -> String {
        pem::encode("PRIVATE KEY", &self.pkcs8())
    }

    /// The bytes of the public key alone.
    fn public_bits(&self) -> Vec<u8> {
        match self {
            Key::Rsa(k) => seq(&[int(&k.n), int(&k.e)]),
            Key::Ec { point, .. } => point.clone(),
            Key::Ed { public, .. } => public.to_vec(),
        }
    }

    /// The public key with its algorithm.
    pub fn public(&self) -> Vec<u8> {
        seq(&[self.algorithm_id(), der::bits(&self.public_bits())])
    }

    /// Reads PEM of any of the forms that it is written in.
    ///
    /// # Errors
    /// It is none, or of an algorithm that is not served. No part of it is repeated.
    pub fn parse(text: &str) -> Result<Self, Diagnostics> {
        let Some((kind, bytes)) = pem::decode(text) else {
            return fail("Private key cannot be read", "The private key is no PEM, which starts with -----BEGIN.");
        };
        let key = match kind {
            "RSA PRIVATE KEY" => rsa(&bytes),
            "EC PRIVATE KEY" => ec(&bytes, None),
            "PRIVATE KEY" => pkcs8(&bytes),
            "OPENSSH PRIVATE KEY" => openssh::parse(&bytes),
            other => {
                let detail =
                    format!("A PEM of the kind {other:?} is no private key that can be used; it may be encrypted.");
                return fail("Private key cannot be read", detail);
            }
        };
        match key {
            Some(key) => Ok(key),
            None => fail(
                "Private key cannot be read",
                format!("The {kind} is broken, encrypted, or of an algorithm other than RSA, ECDSA and ED25519."),
            ),
        }
    }
}

fn rsa(bytes: &[u8]) -> Option<Key> {
    let mut r = Reader(bytes).inside(der::SEQ)?;
    if !r.int()?.is_empty() {
        return None;
    }
    let (n, e, d, p, q) = (r.int()?, r.int()?, r.int()?, r.int()?, r.int()?);
    let numbers = RsaNumbers::of(e, d, p, q).filter(|k| k.n == n)?;
    Some(Key::Rsa(Box::new(numbers)))
}

fn curve(dotted: &str) -> Option<Curve> {
    Curve::ALL.into_iter().find(|c| c.oid() == dotted)
}

fn ec(bytes: &[u8], outside: Option<Curve>) -> Option<Key> {
    let mut r = Reader(bytes).inside(der::SEQ)?;
    if r.int()? != [1] {
        return None;
    }
    let secret = r.expect(der::OCTETS)?;
    let inside = r.optional(field(0)).and_then(|c| curve(&Reader(c).oid()?));
    Key::ec(outside.or(inside)?, secret)
}

fn pkcs8(bytes: &[u8]) -> Option<Key> {
    let mut r = Reader(bytes).inside(der::SEQ)?;
    r.int()?;
    let mut algorithm = r.inside(der::SEQ)?;
    let inner = r.expect(der::OCTETS)?;
    match algorithm.oid()?.as_str() {
        RSA => rsa(inner),
        EC => ec(inner, Some(curve(&algorithm.oid()?)?)),
        ED25519 => Some(Key::ed(Reader(inner).expect(der::OCTETS)?.try_into().ok()?)),
        _ => None,
    }
}

/// The name of a public key's algorithm, as certificates are described.
pub fn public_algorithm(public: &[u8]) -> &'static str {
    let oid = Reader(public).inside(der::SEQ).and_then(|mut r| r.inside(der::SEQ)).and_then(|mut r| r.oid());
    match oid.as_deref() {
        Some(RSA) => "RSA",
        Some(EC) => "ECDSA",
        Some(ED25519) => "Ed25519",
        Some("1.2.840.10040.4.1") => "DSA",
        _ => "0",
    }
}

/// A key's identifier in certificates: the SHA-1 hash of its bits. Those of Ed25519 are hashed with tag and length, which
/// is what the published provider does.
pub fn key_id(public: &[u8]) -> Option<Vec<u8>> {
    let mut r = Reader(public).inside(der::SEQ)?;
    r.expect(der::SEQ)?;
    let bits = r.bits()?;
    let hashed = if public_algorithm(public) == "Ed25519" { value(der::OCTETS, bits) } else { bits.to_vec() };
    Some(Sha1::digest(hashed).to_vec())
}
