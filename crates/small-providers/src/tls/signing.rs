//! `tls_self_signed_cert`, `tls_locally_signed_cert`.

use async_trait::async_trait;
use craton_model::Diagnostics;
use num_bigint::BigUint;

use super::formats::key_id;
use super::key::Key;
use super::request::{BLOCKS, DNS_NAMES, IP_ADDRESSES, PRIVATE_KEY, URIS, names, subject};
use super::x509::{self, Certificate, Names, Request, Wanted};
use super::{name, pem, renewal};
use crate::cx::Cx;
use crate::decl::{Attr, Check, Fixed, Kind, Nested, Outcome, Replace, Resource, fail, fail_at};
use crate::obj::Obj;
use crate::plan::Change;
use crate::random::entropy;
use crate::time::Moment;

/// All names of uses.
const USES: Check = Check::OneOf(&[
    "any_extended",
    "cert_signing",
    "client_auth",
    "code_signing",
    "content_commitment",
    "crl_signing",
    "data_encipherment",
    "decipher_only",
    "digital_signature",
    "email_protection",
    "encipher_only",
    "ipsec_end_system",
    "ipsec_tunnel",
    "ipsec_user",
    "key_agreement",
    "key_encipherment",
    "microsoft_commercial_code_signing",
    "microsoft_kernel_code_signing",
    "microsoft_server_gated_crypto",
    "netscape_server_gated_crypto",
    "ocsp_signing",
    "server_auth",
    "timestamping",
]);

const fn flag(name: &'static str) -> Attr {
    Attr::defaulted(name, Kind::Flag, Fixed::Flag(false)).replaces()
}

const ALLOWED_USES: Attr = Attr::required("allowed_uses", Kind::Texts).replaces().checked(USES);
const CERT_PEM: Attr = Attr::computed("cert_pem", Kind::Text).kept();
const EARLY: Attr = Attr::defaulted("early_renewal_hours", Kind::Whole, Fixed::Whole(0)).checked(Check::AtLeast(0));
const ID: Attr = Attr::computed("id", Kind::Text).kept();
const READY: Attr = Attr { optional: false, ..Attr::defaulted("ready_for_renewal", Kind::Flag, Fixed::Flag(false)) };
const END: Attr = Attr::computed("validity_end_time", Kind::Text).kept();
const HOURS: Attr = Attr::required("validity_period_hours", Kind::Whole).replaces().checked(Check::AtLeast(0));
const START: Attr = Attr::computed("validity_start_time", Kind::Text).kept();

/// Who signs.
struct Issuer {
    key: Key,
    /// Encoded; the subject itself where it signs for itself.
    name: Option<Vec<u8>>,
    key_id: Option<Vec<u8>>,
}

/// Makes the certificate, and sets what is known of it.
fn sign(cx: &Cx, object: &mut Obj, subject: &[u8], names: &Names, public: &[u8], issuer: &Issuer) -> Outcome {
    let is_ca = object.flag("is_ca_certificate") == Some(true);
    if is_ca && name::is_empty(subject) {
        let detail = "A certificate authority needs a subject with one name at least (RFC 5280, section 4.1.2.6).";
        return fail("Invalid certificate subject", detail);
    }
    let identified = is_ca || object.flag("set_subject_key_id") == Some(true);
    let subject_key_id = identified.then(|| key_id(public)).flatten();
    let authority_key_id = match &issuer.name {
        Some(name) if name != subject => issuer.key_id.clone(),
        Some(_) => None,
        None if object.flag("set_authority_key_id") == Some(true) => match &subject_key_id {
            Some(id) => Some(id.clone()),
            None => {
                let detail =
                    "The authority that signs is the certificate itself, so set_subject_key_id must be true as well.";
                return fail_at("set_authority_key_id", "Invalid certificate authority", detail);
            }
        },
        None => None,
    };
    let from = Moment::utc(cx.now());
    let hours = object.whole("validity_period_hours").unwrap_or(0);
    let Some(to) = hours.checked_mul(3600).and_then(|s| from.plus_seconds(s)) else {
        return fail_at("validity_period_hours", "Time out of range", "The certificate would end after the year 9999.");
    };
    let serial = entropy::bytes(16)?;
    let wanted = Wanted {
        serial: &serial,
        subject,
        issuer: issuer.name.as_deref().unwrap_or(subject),
        public,
        from,
        to,
        names,
        uses: &object.texts("allowed_uses"),
        is_ca,
        subject_key_id,
        authority_key_id,
    };
    let certificate = x509::certificate(&wanted, &issuer.key)?;
    object.set("cert_pem", pem::encode("CERTIFICATE", &certificate));
    object.set("id", BigUint::from_bytes_be(&serial).to_string());
    object.set("validity_start_time", from.to_string());
    object.set("validity_end_time", to.to_string());
    Ok(())
}

pub struct SelfSigned;

#[async_trait]
impl Resource for SelfSigned {
    fn name(&self) -> &'static str {
        "tls_self_signed_cert"
    }

    fn attrs(&self) -> &'static [Attr] {
        const ATTRS: &[Attr] = &[
            ALLOWED_USES,
            CERT_PEM,
            DNS_NAMES,
            EARLY,
            ID,
            IP_ADDRESSES,
            flag("is_ca_certificate"),
            Attr::computed("key_algorithm", Kind::Text).kept(),
            PRIVATE_KEY,
            READY,
            flag("set_authority_key_id"),
            flag("set_subject_key_id"),
            URIS,
            END,
            HOURS,
            START,
        ];
        ATTRS
    }

    fn blocks(&self) -> &'static [Nested] {
        BLOCKS
    }

    fn plan(&self, cx: &Cx, change: &mut Change) -> Outcome {
        renewal::plan(change, cx);
        Ok(())
    }

    async fn create(&self, cx: &Cx, object: &mut Obj) -> Outcome {
        let key = Key::parse(object.text("private_key_pem").unwrap_or_default())?;
        object.set("key_algorithm", key.algorithm());
        let (public, names, subject) = (key.public(), names(object)?, subject(object));
        sign(cx, object, &subject, &names, &public, &Issuer { key, name: None, key_id: None })
    }

    async fn read(&self, cx: &Cx, object: &mut Obj) -> Result<bool, Diagnostics> {
        renewal::read(object, cx);
        Ok(true)
    }
}

pub struct LocallySigned;

#[async_trait]
impl Resource for LocallySigned {
    fn name(&self) -> &'static str {
        "tls_locally_signed_cert"
    }

    fn attrs(&self) -> &'static [Attr] {
        const ATTRS: &[Attr] = &[
            ALLOWED_USES,
            Attr::required("ca_cert_pem", Kind::Text).replaces_when(Replace::PemChanged),
            Attr::computed("ca_key_algorithm", Kind::Text).kept(),
            Attr::required("ca_private_key_pem", Kind::Text).secret().replaces_when(Replace::PemChanged),
            CERT_PEM,
            Attr::required("cert_request_pem", Kind::Text).replaces_when(Replace::PemChanged),
            EARLY,
            ID,
            flag("is_ca_certificate"),
            READY,
            flag("set_subject_key_id"),
            END,
            HOURS,
            START,
        ];
        ATTRS
    }

    fn plan(&self, cx: &Cx, change: &mut Change) -> Outcome {
        renewal::plan(change, cx);
        Ok(())
    }

    async fn create(&self, cx: &Cx, object: &mut Obj) -> Outcome {
        let request = Request::parse(object.text("cert_request_pem").unwrap_or_default())?;
        let key = Key::parse(object.text("ca_private_key_pem").unwrap_or_default())?;
        let authority = Certificate::parse(object.text("ca_cert_pem").unwrap_or_default())?;
        object.set("ca_key_algorithm", key.algorithm());
        if !authority.is_ca {
            let detail = "The certificate that signs is not marked as one of an authority, so that programs may not trust what it \
                          signs. Make it with is_ca_certificate = true.";
            cx.warn("Certificate is of no authority", detail);
        }
        if authority.public != key.public() {
            let detail = "The ca_private_key_pem is not the key of the ca_cert_pem. Give the key that belongs to the certificate.";
            return fail_at("ca_private_key_pem", "Key and certificate do not fit", detail);
        }
        let issuer = Issuer { key, name: Some(authority.subject), key_id: authority.subject_key_id };
        sign(cx, object, &request.subject, &request.names, &request.public, &issuer)
    }

    async fn read(&self, cx: &Cx, object: &mut Obj) -> Result<bool, Diagnostics> {
        renewal::read(object, cx);
        Ok(true)
    }
}
