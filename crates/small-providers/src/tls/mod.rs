//! `tls`: keys, certificates and requests for them (version 4.0).

mod certificate;
mod der;
mod formats;
mod key;
mod key_types;
mod name;
mod openssh;
mod pem;
mod renewal;
mod request;
mod signing;
mod x509;

use crate::decl::Declaration;

pub(crate) const PROVIDER: Declaration = Declaration {
    resources: &[&key_types::PrivateKey, &request::CertRequest, &signing::SelfSigned, &signing::LocallySigned],
    data: &[&certificate::CertificateData, &key_types::PublicKey],
    config: certificate::CONFIG,
    validate: certificate::validate_config,
    ..Declaration::new("tls", "4.0.6", "< 4.3")
};

/// The hash that is an object's id: SHA-1 of what is left without white space around it.
fn id_of(bytes: &[u8]) -> String {
    use sha1::Digest as _;
    let white = |b: &u8| matches!(b, b'\t'..=b'\r' | b' ');
    let start = bytes.iter().take_while(|b| white(b)).count();
    let end = bytes.len() - bytes.iter().skip(start).rev().take_while(|b| white(b)).count();
    crate::encode::hex(&sha1::Sha1::digest(bytes.get(start..end).unwrap_or_default()))
}
