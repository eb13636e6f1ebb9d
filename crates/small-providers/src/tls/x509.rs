//! Certificates and requests for them (RFC 5280, RFC 2986): written and read.

use std::net::IpAddr;

use craton_model::Diagnostics;

use super::der::{self, Reader, field, int, oid, seq, value};
use super::key::{Key, Signature};
use super::{formats, name, pem};
use crate::decl::fail;
use crate::time::Moment;

const SUBJECT_KEY_ID: &str = "2.5.29.14";
const KEY_USAGE: &str = "2.5.29.15";
const ALTERNATIVE_NAMES: &str = "2.5.29.17";
const BASIC_CONSTRAINTS: &str = "2.5.29.19";
const AUTHORITY_KEY_ID: &str = "2.5.29.35";
const EXTENDED_USAGE: &str = "2.5.29.37";
const EXTENSION_REQUEST: &str = "1.2.840.113549.1.9.14";

/// Uses by name, with their bit.
const USES: [(&str, usize); 9] = [
    ("digital_signature", 0),
    ("content_commitment", 1),
    ("key_encipherment", 2),
    ("data_encipherment", 3),
    ("key_agreement", 4),
    ("cert_signing", 5),
    ("crl_signing", 6),
    ("encipher_only", 7),
    ("decipher_only", 8),
];

/// Extended uses by name, with their object identifier.
const EXTENDED_USES: [(&str, &str); 14] = [
    ("any_extended", "2.5.29.37.0"),
    ("server_auth", "1.3.6.1.5.5.7.3.1"),
    ("client_auth", "1.3.6.1.5.5.7.3.2"),
    ("code_signing", "1.3.6.1.5.5.7.3.3"),
    ("email_protection", "1.3.6.1.5.5.7.3.4"),
    ("ipsec_end_system", "1.3.6.1.5.5.7.3.5"),
    ("ipsec_tunnel", "1.3.6.1.5.5.7.3.6"),
    ("ipsec_user", "1.3.6.1.5.5.7.3.7"),
    ("timestamping", "1.3.6.1.5.5.7.3.8"),
    ("ocsp_signing", "1.3.6.1.5.5.7.3.9"),
    ("microsoft_server_gated_crypto", "1.3.6.1.4.1.311.10.3.3"),
    ("netscape_server_gated_crypto", "2.16.840.1.113730.4.1"),
    ("microsoft_commercial_code_signing", "1.3.6.1.4.1.311.2.1.22"),
    ("microsoft_kernel_code_signing", "1.3.6.1.4.1.311.61.1.1"),
];

/// Names beside the subject's, each encoded.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Names {
    pub dns: Vec<String>,
    pub ips: Vec<IpAddr>,
    pub uris: Vec<String>,
}

impl Names {
    fn extension(&self, no_subject: bool) -> Option<Vec<u8>> {
        let dns = self.dns.iter().map(|n| value(0x82, n.as_bytes()));
        let ips = self.ips.iter().map(|ip| match ip {
            IpAddr::V4(ip) => value(0x87, &ip.octets()),
            IpAddr::V6(ip) => value(0x87, &ip.octets()),
        });
        let uris = self.uris.iter().map(|u| value(0x86, u.as_bytes()));
        let all: Vec<Vec<u8>> = dns.chain(ips).chain(uris).collect();
        (!all.is_empty()).then(|| extension(ALTERNATIVE_NAMES, no_subject, &seq(&all)))
    }

    fn read(content: &[u8]) -> Self {
        let mut names = Self::default();
        for item in Reader(content).inside(der::SEQ).into_iter().flat_map(Reader::all) {
            let text = || String::from_utf8_lossy(item.content).into_owned();
            match (item.tag, item.content.len()) {
                (0x82, _) => names.dns.push(text()),
                (0x86, _) => names.uris.push(text()),
                (0x87, 4) => names.ips.extend(<[u8; 4]>::try_from(item.content).map(IpAddr::from)),
                (0x87, 16) => names.ips.extend(<[u8; 16]>::try_from(item.content).map(IpAddr::from)),
                _ => {}
            }
        }
        names
    }
}

/// What a certificate is to say.
pub struct Wanted<'a> {
    pub serial: &'a [u8],
    /// Encoded.
    pub subject: &'a [u8],
    /// Encoded.
    pub issuer: &'a [u8],
    /// The public key, encoded.
    pub public: &'a [u8],
    pub from: Moment,
    pub to: Moment,
    pub names: &'a Names,
    pub uses: &'a [&'a str],
    pub is_ca: bool,
    pub subject_key_id: Option<Vec<u8>>,
    pub authority_key_id: Option<Vec<u8>>,
}

fn extension(id: &str, critical: bool, content: &[u8]) -> Vec<u8> {
    let mut parts = vec![oid(id)];
    if critical {
        parts.push(value(der::BOOL, &[0xff]));
    }
    parts.push(value(der::OCTETS, content));
    seq(&parts)
}

/// The bits of the uses, without zeros at the end.
fn usage(uses: &[&str]) -> Option<Vec<u8>> {
    let bits: Vec<usize> = USES.iter().filter(|(n, _)| uses.contains(n)).map(|(_, bit)| *bit).collect();
    let last = bits.iter().max()?;
    let mut bytes = vec![0u8; last / 8 + 1];
    for bit in &bits {
        if let Some(byte) = bytes.get_mut(bit / 8) {
            *byte |= 0x80 >> (bit % 8);
        }
    }
    bytes.insert(0, u8::try_from(7 - last % 8).unwrap_or(0));
    Some(value(der::BITS, &bytes))
}

fn time(moment: Moment) -> Vec<u8> {
    let p = moment.parts();
    let rest = format!("{:02}{:02}{:02}{:02}{:02}Z", p.month, p.day, p.hour, p.minute, p.second);
    match p.year {
        1950..2050 => value(der::UTC_TIME, format!("{:02}{rest}", p.year % 100).as_bytes()),
        year => value(der::TIME, format!("{year:04}{rest}").as_bytes()),
    }
}

fn signature_id(oid_of: &str, null: bool) -> Vec<u8> {
    let mut parts = vec![oid(oid_of)];
    if null {
        parts.push(value(der::NULL, &[]));
    }
    seq(&parts)
}

fn signed(body: Vec<u8>, signature: &Signature) -> Vec<u8> {
    seq(&[body, signature_id(signature.oid, signature.null), der::bits(&signature.bytes)])
}

/// Makes a certificate, signed by `issuer`.
///
/// # Errors
/// The key cannot sign.
pub fn certificate(wanted: &Wanted<'_>, issuer: &Key) -> Result<Vec<u8>, Diagnostics> {
    let mut extensions = Vec::new();
    extensions.extend(usage(wanted.uses).map(|bits| extension(KEY_USAGE, true, &bits)));
    let extended: Vec<Vec<u8>> =
        wanted.uses.iter().filter_map(|u| EXTENDED_USES.iter().find(|(n, _)| n == u).map(|(_, id)| oid(id))).collect();
    if !extended.is_empty() {
        extensions.push(extension(EXTENDED_USAGE, false, &seq(&extended)));
    }
    let ca: &[Vec<u8>] = if wanted.is_ca { &[value(der::BOOL, &[0xff])] } else { &[] };
    extensions.push(extension(BASIC_CONSTRAINTS, true, &seq(ca)));
    if let Some(id) = &wanted.subject_key_id {
        extensions.push(extension(SUBJECT_KEY_ID, false, &value(der::OCTETS, id)));
    }
    if let Some(id) = &wanted.authority_key_id {
        extensions.push(extension(AUTHORITY_KEY_ID, false, &seq(&[value(0x80, id)])));
    }
    extensions.extend(wanted.names.extension(name::is_empty(wanted.subject)));
    // How it will be signed is part of what is signed.
    let how = issuer.sign(&[])?;
    let body = seq(&[
        value(field(0), &int(&[2])),
        int(wanted.serial),
        signature_id(how.oid, how.null),
        wanted.issuer.to_vec(),
        seq(&[time(wanted.from), time(wanted.to)]),
        wanted.subject.to_vec(),
        wanted.public.to_vec(),
        value(field(3), &seq(&extensions)),
    ]);
    let signature = issuer.sign(&body)?;
    Ok(signed(body, &signature))
}

/// Makes a request for a certificate.
///
/// # Errors
/// The key cannot sign.
pub fn request(subject: &[u8], names: &Names, key: &Key) -> Result<Vec<u8>, Diagnostics> {
    let attributes = match names.extension(name::is_empty(subject)) {
        Some(extension) => seq(&[oid(EXTENSION_REQUEST), value(der::SET, &seq(&[extension]))]),
        None => Vec::new(),
    };
    let body = seq(&[int(&[]), subject.to_vec(), key.public(), value(field(0), &attributes)]);
    let signature = key.sign(&body)?;
    Ok(signed(body, &signature))
}

/// What a request says.
pub struct Request {
    /// Encoded.
    pub subject: Vec<u8>,
    /// Encoded.
    pub public: Vec<u8>,
    pub names: Names,
}

fn block(text: &str, kind: &str, what: &str) -> Result<Vec<u8>, Diagnostics> {
    match pem::decode(text) {
        Some((found, bytes)) if found == kind => Ok(bytes),
        Some((found, _)) => fail(
            format!("{what} cannot be read").as_str(),
            format!("A PEM of the kind {kind:?} is needed, and this is {found:?}."),
        ),
        None => fail(
            format!("{what} cannot be read").as_str(),
            format!("It is no PEM, which starts with -----BEGIN {kind}-----."),
        ),
    }
}

impl Request {
    /// Reads PEM.
    ///
    /// # Errors
    /// It is none.
    pub fn parse(text: &str) -> Result<Self, Diagnostics> {
        let bytes = block(text, "CERTIFICATE REQUEST", "Certificate request")?;
        let read = || {
            let mut info = Reader(&bytes).inside(der::SEQ)?.inside(der::SEQ)?;
            info.int()?;
            let (subject, public) = (info.next()?.whole.to_vec(), info.next()?.whole.to_vec());
            let mut names = Names::default();
            for attribute in Reader(info.optional(field(0)).unwrap_or_default()).all() {
                let mut a = Reader(attribute.content);
                if a.oid().as_deref() == Some(EXTENSION_REQUEST) {
                    let extensions = a.inside(der::SET)?.inside(der::SEQ)?;
                    names = find(extensions, ALTERNATIVE_NAMES).map(Names::read).unwrap_or_default();
                }
            }
            Some(Self { subject, public, names })
        };
        match read() {
            Some(request) => Ok(request),
            None => fail("Certificate request cannot be read", "What the PEM holds is no certificate request."),
        }
    }
}

fn find<'a>(extensions: Reader<'a>, id: &str) -> Option<&'a [u8]> {
    extensions.all().find_map(|e| {
        let mut r = Reader(e.content);
        let found = r.oid()? == id;
        r.optional(der::BOOL);
        r.expect(der::OCTETS).filter(|_| found)
    })
}

/// What a certificate says.
pub struct Certificate {
    /// All of it.
    pub bytes: Vec<u8>,
    pub version: i64,
    /// Big-endian, with a sign.
    pub serial: Vec<u8>,
    /// Encoded.
    pub subject: Vec<u8>,
    /// Encoded.
    pub issuer: Vec<u8>,
    /// Encoded.
    pub public: Vec<u8>,
    pub from: Moment,
    pub to: Moment,
    pub is_ca: bool,
    pub subject_key_id: Option<Vec<u8>>,
    /// As the published provider names it.
    pub signed_with: &'static str,
}

impl Certificate {
    /// Reads PEM.
    ///
    /// # Errors
    /// It is none.
    pub fn parse(text: &str) -> Result<Self, Diagnostics> {
        let bytes = block(text, "CERTIFICATE", "Certificate")?;
        match Self::read(&bytes) {
            Some(certificate) => Ok(certificate),
            None => fail("Certificate cannot be read", "What the PEM holds is no certificate."),
        }
    }

    /// Reads its bytes.
    pub fn read(bytes: &[u8]) -> Option<Self> {
        let mut body = Reader(bytes).inside(der::SEQ)?.inside(der::SEQ)?;
        let version = match body.optional(field(0)) {
            Some(v) => i64::from(Reader(v).int()?.first().copied().unwrap_or(0)) + 1,
            None => 1,
        };
        let serial = body.expect(der::INT)?.to_vec();
        let algorithm = body.expect(der::SEQ)?;
        let issuer = body.next()?.whole.to_vec();
        let mut validity = body.inside(der::SEQ)?;
        let (from, to) = (moment(validity.next()?)?, moment(validity.next()?)?);
        let (subject, public) = (body.next()?.whole.to_vec(), body.next()?.whole.to_vec());
        let mut extensions = Reader(&[]);
        for part in body.all().filter(|p| p.tag == field(3)) {
            extensions = Reader(part.content).inside(der::SEQ)?;
        }
        let constraints = find(extensions, BASIC_CONSTRAINTS).and_then(|c| Reader(c).inside(der::SEQ));
        Some(Self {
            bytes: Reader(bytes).next()?.whole.to_vec(),
            version,
            serial,
            subject,
            issuer,
            public,
            from,
            to,
            is_ca: constraints.and_then(|mut c| c.optional(der::BOOL)).is_some_and(|b| b == [0xff]),
            subject_key_id: find(extensions, SUBJECT_KEY_ID)
                .and_then(|e| Reader(e).expect(der::OCTETS))
                .map(<[u8]>::to_vec),
            signed_with: signature_name(Reader(algorithm)),
        })
    }

    /// As PEM.
    pub fn pem(&self) -> String {
        pem::encode("CERTIFICATE", &self.bytes)
    }

    /// The name of its key's algorithm.
    pub fn public_algorithm(&self) -> &'static str {
        formats::public_algorithm(&self.public)
    }
}

fn moment(v: der::Read<'_>) -> Option<Moment> {
    let text = std::str::from_utf8(v.content).ok()?;
    let (century, rest) = match v.tag {
        der::UTC_TIME => (if text.get(..2)?.parse::<u8>().ok()? < 50 { "20" } else { "19" }, text),
        der::TIME => (text.get(..2)?, text.get(2..)?),
        _ => return None,
    };
    let part = |from: usize| rest.get(from..from + 2);
    let (y, mo, d, h, mi, s) = (part(0)?, part(2)?, part(4)?, part(6)?, part(8)?, part(10)?);
    Moment::parse(&format!("{century}{y}-{mo}-{d}T{h}:{mi}:{s}Z")).filter(|_| rest.get(12..) == Some("Z"))
}

fn signature_name(mut algorithm: Reader<'_>) -> &'static str {
    match algorithm.oid().unwrap_or_default().as_str() {
        "1.2.840.113549.1.1.2" => "MD2-RSA",
        "1.2.840.113549.1.1.4" => "MD5-RSA",
        "1.2.840.113549.1.1.5" | "1.3.14.3.2.29" => "SHA1-RSA",
        "1.2.840.113549.1.1.11" => "SHA256-RSA",
        "1.2.840.113549.1.1.12" => "SHA384-RSA",
        "1.2.840.113549.1.1.13" => "SHA512-RSA",
        "1.2.840.113549.1.1.10" => {
            let hash = algorithm
                .inside(der::SEQ)
                .and_then(|mut p| p.inside(field(0)))
                .and_then(|mut p| p.inside(der::SEQ))
                .and_then(|mut h| h.oid());
            match hash.as_deref() {
                Some("2.16.840.1.101.3.4.2.1") => "SHA256-RSAPSS",
                Some("2.16.840.1.101.3.4.2.2") => "SHA384-RSAPSS",
                Some("2.16.840.1.101.3.4.2.3") => "SHA512-RSAPSS",
                _ => "0",
            }
        }
        "1.2.840.10040.4.3" => "DSA-SHA1",
        "2.16.840.1.101.3.4.3.2" => "DSA-SHA256",
        "1.2.840.10045.4.1" => "ECDSA-SHA1",
        "1.2.840.10045.4.3.2" => "ECDSA-SHA256",
        "1.2.840.10045.4.3.3" => "ECDSA-SHA384",
        "1.2.840.10045.4.3.4" => "ECDSA-SHA512",
        "1.3.101.112" => "Ed25519",
        _ => "0",
    }
}
