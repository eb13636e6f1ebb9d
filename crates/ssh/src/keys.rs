//! Keys and certificates from the text that the arguments hold.

use std::sync::Arc;

use russh::keys::{Certificate, PrivateKey, PublicKey};

use crate::secret::Secret;

/// Reads a private key: OpenSSH's own format, PKCS #1, PKCS #8 or SEC 1, each in PEM. The error never holds a part of
/// the text.
pub(crate) fn private(text: &Secret) -> Result<Arc<PrivateKey>, String> {
    let text = text.reveal().trim();
    if !text.contains("-----BEGIN ") {
        let path =
            if text.len() < 256 && !text.contains('\n') { " A path is not read: use file(\"...\")." } else { "" };
        return Err(format!("The text holds no key: it has no line \"-----BEGIN ... PRIVATE KEY-----\".{path}"));
    }
    let locked = "The key is protected by a passphrase, which there is no argument for. Remove the passphrase from a copy \
                  of the key, or load the key into an SSH agent and set agent = true.";
    if text.contains("-----BEGIN ENCRYPTED ") || text.contains("Proc-Type: 4,ENCRYPTED") {
        return Err(locked.into());
    }
    match russh::keys::decode_secret_key(text, None) {
        Ok(key) if key.is_encrypted() => Err(locked.into()),
        Ok(key) => Ok(Arc::new(key)),
        Err(russh::keys::Error::KeyIsEncrypted) => Err(locked.into()),
        Err(_) => {
            Err("The key cannot be read: it is damaged, or of a type that is not supported (RSA, ECDSA and Ed25519 \
                       are)."
                .into())
        }
    }
}

/// Reads a certificate for a private key: a line as in `id_ed25519-cert.pub`.
pub(crate) fn certificate(text: &str) -> Result<Certificate, String> {
    Certificate::from_openssh(text.trim()).map_err(|_| {
        "The text is no OpenSSH certificate: a line such as \"ssh-ed25519-cert-v01@openssh.com AAAA...\" is expected.".into()
    })
}

/// Reads a host's public key, or that of the authority that signs host keys: a line as in `ssh_host_ed25519_key.pub`.
pub(crate) fn host(text: &str) -> Result<PublicKey, String> {
    let key = PublicKey::from_openssh(text.trim());
    key.map_err(|_| "The text is no public key: a line such as \"ssh-ed25519 AAAA...\" is expected.".into())
}

/// The fingerprint that `ssh-keygen -l` shows.
pub(crate) fn fingerprint(key: &PublicKey) -> String {
    key.fingerprint(russh::keys::HashAlg::Sha256).to_string()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may stop anywhere")]
    use super::*;

    #[test]
    fn keys_of_several_forms_are_read_and_locked_ones_are_named() {
        let rsa = private(&Secret::new(include_str!("../tests/keys/rsa.pem"))).unwrap();
        assert!(rsa.algorithm().is_rsa());
        let locked = private(&Secret::new(include_str!("../tests/keys/locked"))).unwrap_err();
        assert!(locked.starts_with("The key is protected by a passphrase"), "{locked}");
        assert!(private(&Secret::new("~/.ssh/id_rsa")).unwrap_err().contains("use file("));
        assert!(certificate("ssh-ed25519 AAAA").is_err() && host("nonsense").is_err());
    }
}
