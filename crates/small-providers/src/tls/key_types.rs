//! `tls_private_key`, and the data source `tls_public_key`.

use async_trait::async_trait;
use craton_model::Diagnostics;
use serde_json::{Map, Value as Json};

use super::key::{Curve, Key};
use super::openssh::{self, Public};
use super::{id_of, pem};
use crate::cx::Cx;
use crate::decl::{Attr, Check, DataSource, Fixed, Kind, Outcome, Resource, fail};
use crate::obj::Obj;
use crate::validate;

const ALGORITHMS: Check = Check::OneOf(&["RSA", "ECDSA", "ED25519"]);
const CURVES: Check = Check::OneOf(&["P224", "P256", "P384", "P521"]);

/// What is said of a public key, by attribute.
fn public(key: &Key) -> [(&'static str, String); 5] {
    let (bytes, shown) = (key.public(), Public::of(key));
    [
        ("id", id_of(&bytes)),
        ("public_key_pem", pem::encode("PUBLIC KEY", &bytes)),
        ("public_key_openssh", shown.line),
        ("public_key_fingerprint_md5", shown.md5),
        ("public_key_fingerprint_sha256", shown.sha256),
    ]
}

pub struct PrivateKey;

/// A new key, made where it may take its time.
async fn make(cx: &Cx, algorithm: &str, bits: i64, curve: Option<Curve>) -> Result<Key, Diagnostics> {
    match (algorithm, curve) {
        ("RSA", _) => {
            let bits = usize::try_from(bits).unwrap_or(0);
            let work = tokio::task::spawn_blocking(move || Key::new_rsa(bits));
            match cx.unless_stopped(work).await {
                Some(Ok(key)) => key,
                Some(Err(e)) => fail("RSA key cannot be made", format!("Making it failed: {e}.")),
                None => fail("RSA key was not made", "craton was asked to end before it was."),
            }
        }
        ("ECDSA", Some(curve)) => Key::new_ec(curve),
        ("ED25519", _) => Key::new_ed(),
        _ => fail("Invalid key algorithm", "Keys are made with RSA, ECDSA or ED25519, those of ECDSA on a curve."),
    }
}

#[async_trait]
impl Resource for PrivateKey {
    fn name(&self) -> &'static str {
        "tls_private_key"
    }

    fn version(&self) -> u64 {
        1
    }

    fn attrs(&self) -> &'static [Attr] {
        const ATTRS: &[Attr] = &[
            Attr::required("algorithm", Kind::Text).replaces().checked(ALGORITHMS),
            Attr::defaulted("ecdsa_curve", Kind::Text, Fixed::Text("P224")).replaces().checked(CURVES),
            Attr::computed("id", Kind::Text),
            Attr::computed("private_key_openssh", Kind::Text).secret(),
            Attr::computed("private_key_pem", Kind::Text).secret(),
            Attr::computed("private_key_pem_pkcs8", Kind::Text).secret(),
            Attr::computed("public_key_fingerprint_md5", Kind::Text),
            Attr::computed("public_key_fingerprint_sha256", Kind::Text),
            Attr::computed("public_key_openssh", Kind::Text),
            Attr::computed("public_key_pem", Kind::Text),
            Attr::defaulted("rsa_bits", Kind::Whole, Fixed::Whole(2048)).replaces(),
        ];
        ATTRS
    }

    async fn create(&self, cx: &Cx, object: &mut Obj) -> Outcome {
        let algorithm = object.text("algorithm").unwrap_or_default().to_owned();
        let curve = object.text("ecdsa_curve").and_then(|c| Curve::ALL.into_iter().find(|k| k.name() == c));
        let key = make(cx, &algorithm, object.whole("rsa_bits").unwrap_or(2048), curve).await?;
        object.set("private_key_pem", key.pem());
        object.set("private_key_pem_pkcs8", key.pkcs8_pem());
        object.set("private_key_openssh", openssh::private(&key)?);
        for (name, text) in public(&key) {
            object.set(name, text);
        }
        Ok(())
    }

    /// The first version had fewer forms of the key.
    fn upgrade(&self, _: u64, stored: &mut Map<String, Json>) -> Outcome {
        let key = Key::parse(stored.get("private_key_pem").and_then(Json::as_str).unwrap_or_default())?;
        if stored.get("private_key_openssh").and_then(Json::as_str).is_none_or(str::is_empty) {
            stored.insert("private_key_openssh".into(), openssh::private(&key)?.into());
        }
        stored.insert("private_key_pem_pkcs8".into(), key.pkcs8_pem().into());
        for (name, text) in public(&key) {
            stored.insert(name.into(), text.into());
        }
        Ok(())
    }
}

pub struct PublicKey;

const GIVEN: [&str; 2] = ["private_key_openssh", "private_key_pem"];

#[async_trait]
impl DataSource for PublicKey {
    fn name(&self) -> &'static str {
        "tls_public_key"
    }

    fn attrs(&self) -> &'static [Attr] {
        const ATTRS: &[Attr] = &[
            Attr::computed("algorithm", Kind::Text),
            Attr::computed("id", Kind::Text),
            Attr::optional("private_key_openssh", Kind::Text).secret(),
            Attr::optional("private_key_pem", Kind::Text).secret(),
            Attr::computed("public_key_fingerprint_md5", Kind::Text),
            Attr::computed("public_key_fingerprint_sha256", Kind::Text),
            Attr::computed("public_key_openssh", Kind::Text),
            Attr::computed("public_key_pem", Kind::Text),
        ];
        ATTRS
    }

    fn validate(&self, config: &Obj, found: &mut Diagnostics) {
        validate::exactly_one(config, &GIVEN, found);
    }

    async fn read(&self, _: &Cx, object: &mut Obj) -> Outcome {
        let given = GIVEN.iter().find_map(|n| object.text(n)).unwrap_or_default();
        let key = Key::parse(given)?;
        object.set("algorithm", key.algorithm());
        for (name, text) in public(&key) {
            object.set(name, text);
        }
        Ok(())
    }
}
