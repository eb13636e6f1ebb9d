//! Private keys: made, read, and used to sign.

use craton_model::Diagnostics;
use num_bigint::BigUint;
use rsa::traits::{PrivateKeyParts as _, PublicKeyParts as _};
use sha2::{Digest as _, Sha256, Sha384, Sha512};

use crate::decl::fail;
use crate::random::entropy;

/// Elliptic curves by the names of the published provider.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Curve {
    P224,
    P256,
    P384,
    P521,
}

impl Curve {
    pub const ALL: [Curve; 4] = [Curve::P224, Curve::P256, Curve::P384, Curve::P521];

    /// `P256` and so on.
    pub fn name(self) -> &'static str {
        match self {
            Curve::P224 => "P224",
            Curve::P256 => "P256",
            Curve::P384 => "P384",
            Curve::P521 => "P521",
        }
    }

    /// Its object identifier (RFC 5480).
    pub fn oid(self) -> &'static str {
        match self {
            Curve::P224 => "1.3.132.0.33",
            Curve::P256 => "1.2.840.10045.3.1.7",
            Curve::P384 => "1.3.132.0.34",
            Curve::P521 => "1.3.132.0.35",
        }
    }

    /// Bytes of a number.
    pub fn size(self) -> usize {
        match self {
            Curve::P224 => 28,
            Curve::P256 => 32,
            Curve::P384 => 48,
            Curve::P521 => 66,
        }
    }
}

/// A private key, as the numbers that it is made of, each big-endian.
#[derive(Clone)]
pub enum Key {
    /// RSA; all numbers without leading zeros.
    Rsa(Box<RsaNumbers>),
    /// On a curve: the secret number in the curve's size, and the public point, not compressed.
    Ec { curve: Curve, secret: Vec<u8>, point: Vec<u8> },
    /// Ed25519.
    Ed { seed: [u8; 32], public: [u8; 32] },
}

/// The numbers of an RSA key (RFC 8017, appendix A.1.2).
#[derive(Clone)]
pub struct RsaNumbers {
    pub n: Vec<u8>,
    pub e: Vec<u8>,
    pub d: Vec<u8>,
    pub p: Vec<u8>,
    pub q: Vec<u8>,
    pub dp: Vec<u8>,
    pub dq: Vec<u8>,
    pub qinv: Vec<u8>,
}

/// What a signature is made of.
pub struct Signature {
    /// The object identifier of how it was made.
    pub oid: &'static str,
    /// Whether that has parameters (which are null).
    pub null: bool,
    pub bytes: Vec<u8>,
}

impl RsaNumbers {
    /// The numbers that follow from the primes.
    pub fn of(e: &[u8], d: &[u8], p: &[u8], q: &[u8]) -> Option<Self> {
        let big = BigUint::from_bytes_be;
        let one = BigUint::from(1u8);
        let (bp, bq, bd) = (big(p), big(q), big(d));
        if bp <= one || bq <= one {
            return None;
        }
        let qinv = bq.modinv(&bp)?;
        Some(Self {
            n: (&bp * &bq).to_bytes_be(),
            e: e.to_vec(),
            d: d.to_vec(),
            p: p.to_vec(),
            q: q.to_vec(),
            dp: (&bd % (&bp - &one)).to_bytes_be(),
            dq: (&bd % (&bq - &one)).to_bytes_be(),
            qinv: qinv.to_bytes_be(),
        })
    }

    fn key(&self) -> rsa::errors::Result<rsa::RsaPrivateKey> {
        let big = rsa::BigUint::from_bytes_be;
        let primes = vec![big(&self.p), big(&self.q)];
        rsa::RsaPrivateKey::from_components(big(&self.n), big(&self.e), big(&self.d), primes)
    }
}

/// Does the same on each curve.
macro_rules! on_curve {
    ($curve:expr, $p:ident => $what:expr) => {
        match $curve {
            Curve::P224 => {
                use p224 as $p;
                $what
            }
            Curve::P256 => {
                use p256 as $p;
                $what
            }
            Curve::P384 => {
                use p384 as $p;
                $what
            }
            Curve::P521 => {
                use p521 as $p;
                $what
            }
        }
    };
}

impl Key {
    /// A new RSA key.
    ///
    /// # Errors
    /// There is none of this size.
    pub fn new_rsa(bits: usize) -> Result<Self, Diagnostics> {
        let refused =
            |why: String| fail("RSA key cannot be made", format!("A key of {bits} bits cannot be made: {why}."));
        if !(512..=16_384).contains(&bits) {
            return refused("it takes 512 to 16384".into());
        }
        let key = match rsa::RsaPrivateKey::new(&mut rsa::rand_core::OsRng, bits) {
            Ok(key) => key,
            Err(e) => return refused(e.to_string()),
        };
        let numbers = match key.primes() {
            [p, q] => {
                RsaNumbers::of(&key.e().to_bytes_be(), &key.d().to_bytes_be(), &p.to_bytes_be(), &q.to_bytes_be())
            }
            _ => None,
        };
        match numbers {
            Some(numbers) => Ok(Key::Rsa(Box::new(numbers))),
            None => refused("its primes do not fit".into()),
        }
    }

    /// A new key on a curve.
    ///
    /// # Errors
    /// The machine has no randomness.
    pub fn new_ec(curve: Curve) -> Result<Self, Diagnostics> {
        loop {
            let mut secret = entropy::bytes(curve.size())?;
            if let (Curve::P521, Some(first)) = (curve, secret.first_mut()) {
                // 521 bits are 65 bytes and one bit.
                *first &= 1;
            }
            // Most numbers are below the curve's order; the others are drawn again.
            if let Some(key) = Self::ec(curve, &secret) {
                return Ok(key);
            }
        }
    }

    /// The key of a secret number; `None` where the curve has none.
    pub fn ec(curve: Curve, secret: &[u8]) -> Option<Self> {
        let mut padded = vec![0; curve.size().checked_sub(secret.len())?];
        padded.extend_from_slice(secret);
        let point = on_curve!(curve, c => {
            use c::elliptic_curve::sec1::ToSec1Point as _;
            c::SecretKey::from_slice(&padded).ok()?.public_key().to_sec1_point(false).as_bytes().to_vec()
        });
        Some(Key::Ec { curve, secret: padded, point })
    }

    /// A new Ed25519 key.
    ///
    /// # Errors
    /// The machine has no randomness.
    pub fn new_ed() -> Result<Self, Diagnostics> {
        let mut seed = [0; 32];
        entropy::fill(&mut seed)?;
        Ok(Self::ed(seed))
    }

    /// The key of a seed.
    pub fn ed(seed: [u8; 32]) -> Self {
        let public = ed25519_dalek::SigningKey::from_bytes(&seed).verifying_key().to_bytes();
        Key::Ed { seed, public }
    }

    /// `RSA`, `ECDSA` or `ED25519`.
    pub fn algorithm(&self) -> &'static str {
        match self {
            Key::Rsa(_) => "RSA",
            Key::Ec { .. } => "ECDSA",
            Key::Ed { .. } => "ED25519",
        }
    }

    /// Signs with the hash that fits the key.
    ///
    /// # Errors
    /// The key is broken, or too small for the hash.
    pub fn sign(&self, message: &[u8]) -> Result<Signature, Diagnostics> {
        let failed = |why: String| fail("Signature cannot be made", format!("The private key cannot sign: {why}."));
        match self {
            Key::Rsa(numbers) => {
                let padding = rsa::Pkcs1v15Sign { hash_len: Some(32), prefix: SHA256_PREFIX.into() };
                let hash = Sha256::digest(message);
                let signed = numbers.key().and_then(|k| k.sign_with_rng(&mut rsa::rand_core::OsRng, padding, &hash));
                match signed {
                    Ok(bytes) => Ok(Signature { oid: "1.2.840.113549.1.1.11", null: true, bytes }),
                    Err(e) => failed(e.to_string()),
                }
            }
            Key::Ec { curve, secret, .. } => {
                let (oid, hash) = match curve {
                    Curve::P224 | Curve::P256 => ("1.2.840.10045.4.3.2", Sha256::digest(message).to_vec()),
                    Curve::P384 => ("1.2.840.10045.4.3.3", Sha384::digest(message).to_vec()),
                    Curve::P521 => ("1.2.840.10045.4.3.4", Sha512::digest(message).to_vec()),
                };
                let signed: Result<Vec<u8>, String> = on_curve!(curve, c => {
                    use c::ecdsa::signature::hazmat::PrehashSigner as _;
                    c::ecdsa::SigningKey::from_slice(secret)
                        .and_then(|k| k.sign_prehash(&hash))
                        .map(|s: c::ecdsa::Signature| s.to_der().as_bytes().to_vec())
                        .map_err(|e| e.to_string())
                });
                match signed {
                    Ok(bytes) => Ok(Signature { oid, null: false, bytes }),
                    Err(e) => failed(e),
                }
            }
            Key::Ed { seed, .. } => {
                use ed25519_dalek::Signer as _;
                let bytes = ed25519_dalek::SigningKey::from_bytes(seed).sign(message).to_bytes().to_vec();
                Ok(Signature { oid: "1.3.101.112", null: false, bytes })
            }
        }
    }
}

/// The start of a signed SHA-256 hash (RFC 8017, section 9.2, note 1).
const SHA256_PREFIX: [u8; 19] =
    [0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20];
