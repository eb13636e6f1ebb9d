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
