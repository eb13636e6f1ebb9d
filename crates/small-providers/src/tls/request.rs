//! `tls_cert_request`, and what it has in common with certificates.

use std::net::IpAddr;

use async_trait::async_trait;
use craton_model::Diagnostics;

use super::key::Key;
use super::x509::{self, Names};
use super::{id_of, name, pem};
use crate::cx::Cx;
use crate::decl::{Attr, Check, Kind, Nested, Outcome, Replace, Resource, fail_at};
use crate::obj::Obj;

pub const PRIVATE_KEY: Attr = Attr::required("private_key_pem", Kind::Text).secret().replaces_when(Replace::PemChanged);
pub const DNS_NAMES: Attr = Attr::optional("dns_names", Kind::Texts).replaces();
pub const IP_ADDRESSES: Attr = Attr::optional("ip_addresses", Kind::Texts).replaces().checked(Check::NotEmpty);
pub const URIS: Attr = Attr::optional("uris", Kind::Texts).replaces().checked(Check::NotEmpty);

const SUBJECT: &[Attr] = &[
    Attr::optional("common_name", Kind::Text),
    Attr::optional("country", Kind::Text),
    Attr::optional("locality", Kind::Text),
    Attr::optional("organization", Kind::Text),
    Attr::optional("organizational_unit", Kind::Text),
    Attr::optional("postal_code", Kind::Text),
    Attr::optional("province", Kind::Text),
    Attr::optional("serial_number", Kind::Text),
    Attr::optional("street_address", Kind::Texts),
];
pub const BLOCKS: &[Nested] =
    &[Nested { name: "subject", single: false, min: 0, max: 1, attrs: SUBJECT, replaces: true }];

/// The subject that an object's block says, encoded.
pub fn subject(object: &Obj) -> Vec<u8> {
    name::of(object.objects("subject").first())
}

/// The names that an object's lists say.
///
/// # Errors
/// One is none.
pub fn names(object: &Obj) -> Result<Names, Diagnostics> {
    let mut names = Names::default();
    for text in object.texts("dns_names") {
        names.dns.push(ascii("dns_names", text)?);
    }
    for text in object.texts("ip_addresses") {
        match text.parse::<IpAddr>() {
            Ok(ip) => names.ips.push(ip),
            Err(_) => return fail_at("ip_addresses", "Invalid IP address", format!("{text:?} is no IP address.")),
        }
    }
    for text in object.texts("uris") {
        names.uris.push(ascii("uris", text)?);
    }
    Ok(names)
}

/// Certificates hold these names as ASCII alone.
fn ascii(attribute: &'static str, text: &str) -> Result<String, Diagnostics> {
    if text.is_ascii() {
        return Ok(text.to_owned());
    }
    let detail = format!("{text:?} holds characters other than ASCII; write it in its encoded form.");
    fail_at(attribute, "Invalid name", detail)
}

pub struct CertRequest;

#[async_trait]
impl Resource for CertRequest {
    fn name(&self) -> &'static str {
        "tls_cert_request"
    }

    fn attrs(&self) -> &'static [Attr] {
        const ATTRS: &[Attr] = &[
            Attr::computed("cert_request_pem", Kind::Text).kept(),
            DNS_NAMES,
            Attr::computed("id", Kind::Text).kept(),
            IP_ADDRESSES,
            Attr::computed("key_algorithm", Kind::Text).kept(),
            PRIVATE_KEY,
            URIS,
        ];
        ATTRS
    }

    fn blocks(&self) -> &'static [Nested] {
        BLOCKS
    }

    async fn create(&self, _: &Cx, object: &mut Obj) -> Outcome {
        let key = Key::parse(object.text("private_key_pem").unwrap_or_default())?;
        let request = x509::request(&subject(object), &names(object)?, &key)?;
        object.set("key_algorithm", key.algorithm());
        object.set("cert_request_pem", pem::encode("CERTIFICATE REQUEST", &request));
        object.set("id", id_of(&request));
        Ok(())
    }
}
