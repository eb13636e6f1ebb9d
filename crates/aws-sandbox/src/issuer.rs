//! The servers of OpenID Connect issuers of clusters: which there are, and the certificates that they show.
//!
//! On AWS `oidc.eks.REGION.amazonaws.com` is a server whatever clusters there are, and people put the fingerprint of its
//! authority into `aws_iam_openid_connect_provider`. Here an authority of the sandbox signs for it. What it says is always the
//! same, so that a fingerprint stays what it was: all numbers follow from names, and signatures of Ed25519 from what is signed
//! (RFC 8032). The form of certificates is RFC 5280's, that of the keys RFC 8410's.

use ring::digest::{SHA1_FOR_LEGACY_USE_ONLY, SHA256, digest};
use ring::signature::{Ed25519KeyPair, KeyPair as _};

use crate::ec2;

const AUTHORITY: &str = "craton sandbox authority";
/// The object identifier of Ed25519, 1.3.101.112, in DER.
const ED25519: &[u8] = &[0x06, 0x03, 0x2b, 0x65, 0x70];

/// The certificates that a server shows, in DER, its own first; `None` for servers that are none of the sandbox's.
pub fn certificates(host: &str) -> Option<Vec<Vec<u8>>> {
    let region = host.strip_prefix("oidc.eks.")?.strip_suffix(".amazonaws.com")?;
    if !ec2::is_region(region) {
        return None;
    }
    Some(vec![certificate(host)?, authority()?])
}

/// The fingerprint that IAM takes down for the issuer at a URL: SHA-1 of the authority's certificate, in hexadecimal.
pub(crate) fn thumbprint(url: &str) -> Option<String> {
    let host = url.strip_prefix("https://")?.split('/').next()?;
    let authority = certificates(host)?.pop()?;
    Some(digest(&SHA1_FOR_LEGACY_USE_ONLY, &authority).as_ref().iter().map(|b| format!("{b:02x}")).collect())
}

fn authority() -> Option<Vec<u8>> {
    certificate(AUTHORITY)
}

fn key(name: &str) -> Option<Ed25519KeyPair> {
    Ed25519KeyPair::from_seed_unchecked(digest(&SHA256, name.as_bytes()).as_ref()).ok()
}

/// The certificate of a name, signed by the authority.
fn certificate(name: &str) -> Option<Vec<u8>> {
    let is_authority = name == AUTHORITY;
    let public = key(name)?;
    let extensions = match is_authority {
        // basicConstraints: an authority; keyUsage: certificates and lists of revoked ones.
        true => [
            extension(&[0x55, 0x1d, 0x13], true, &sequence(&[&tagged(0x01, &[0xff])])),
            extension(&[0x55, 0x1d, 0x0f], true, &tagged(0x03, &[0x01, 0x06])),
        ],
        // subjectAltName; keyUsage: signatures.
        false => [
            extension(&[0x55, 0x1d, 0x11], false, &sequence(&[&tagged(0x82, name.as_bytes())])),
            extension(&[0x55, 0x1d, 0x0f], true, &tagged(0x03, &[0x07, 0x80])),
        ],
    };
    // A positive number of 16 bytes.
    let mut serial = digest(&SHA256, name.as_bytes()).as_ref().get(..16)?.to_vec();
    serial[0] = serial[0] & 0x7f | 0x40;
    let algorithm = sequence(&[ED25519]);
    let body = sequence(&[
        &tagged(0xa0, &tagged(0x02, &[2])),
        &tagged(0x02, &serial),
        &algorithm,
        &common_name(AUTHORITY),
        &sequence(&[&tagged(0x17, b"200101000000Z"), &tagged(0x17, b"491231235959Z")]),
        &common_name(name),
        &sequence(&[&algorithm, &bits(public.public_key().as_ref())]),
        &tagged(0xa3, &sequence(&[&extensions[0], &extensions[1]])),
    ]);
    let signature = key(AUTHORITY)?.sign(&body);
    Some(sequence(&[&body, &algorithm, &bits(signature.as_ref())]))
}

/// A value in DER: tag, length, content. Lengths up to 65,535.
fn tagged(tag: u8, content: &[u8]) -> Vec<u8> {
    let mut out = vec![tag];
    match u16::try_from(content.len()).unwrap_or(u16::MAX).to_be_bytes() {
        [0, n] if n < 0x80 => out.push(n),
        [0, n] => out.extend([0x81, n]),
        [m, n] => out.extend([0x82, m, n]),
    }
    out.extend(content);
    out
}

fn sequence(parts: &[&[u8]]) -> Vec<u8> {
    tagged(0x30, &parts.concat())
}

fn bits(bytes: &[u8]) -> Vec<u8> {
    tagged(0x03, &[&[0], bytes].concat())
}

fn common_name(name: &str) -> Vec<u8> {
    let attribute = sequence(&[&[0x06, 0x03, 0x55, 0x04, 0x03], &tagged(0x0c, name.as_bytes())]);
    sequence(&[&tagged(0x31, &attribute)])
}

fn extension(id: &[u8], critical: bool, value: &[u8]) -> Vec<u8> {
    let critical = if critical { tagged(0x01, &[0xff]) } else { Vec::new() };
    sequence(&[&tagged(0x06, id), &critical, &tagged(0x04, value)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_of_issuers_show_the_same_each_time() {
        let host = "oidc.eks.eu-west-1.amazonaws.com";
        let chain = certificates(host).unwrap();
        assert_eq!(chain.len(), 2);
        assert_eq!(certificates(host).unwrap(), chain);
        let other = certificates("oidc.eks.us-east-1.amazonaws.com").unwrap();
        assert!(other[0] != chain[0] && other[1] == chain[1]);
        for unknown in
            ["oidc.eks.nowhere-1.amazonaws.com", "example.com", "oidc.eks.eu-west-1.amazonaws.com.example.com"]
        {
            assert_eq!(certificates(unknown), None, "{unknown}");
        }
        assert_eq!(thumbprint(&format!("https://{host}/id/ABC")).unwrap().len(), 40);
        assert_eq!(thumbprint("https://token.actions.githubusercontent.com"), None);
    }

    #[test]
    fn the_authority_signed_for_them() {
        use ring::signature::{ED25519 as ALGORITHM, UnparsedPublicKey};
        let public = key(AUTHORITY).unwrap();
        for certificate in certificates("oidc.eks.eu-west-1.amazonaws.com").unwrap() {
            // Head of the whole (4 bytes), the body with its own head, then algorithm and signature: 7 + 67 bytes.
            let body = &certificate[4..certificate.len() - 74];
            let signature = &certificate[certificate.len() - 64..];
            UnparsedPublicKey::new(&ALGORITHM, public.public_key().as_ref()).verify(body, signature).unwrap();
        }
    }
}
