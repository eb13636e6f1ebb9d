//! Whether a server is the one that was meant, and what it may ask of this side.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use russh::client::{ChannelOpenHandle, Handler, Msg, Session};
use russh::keys::ssh_key::certificate::CertType;
use russh::keys::{Certificate, HashAlg, PublicKey, PublicKeyOrCertificate};
use russh::{Channel, ChannelOpenFailure};

use crate::{agent, keys};

/// Why a server was refused, for the message: the library says only that it was.
pub(crate) type Refusal = Arc<Mutex<Option<String>>>;

/// Checks a server's key when one is given, and else takes any, as Terraform does.
pub(crate) struct Server {
    pub expected: Option<PublicKey>,
    pub host: String,
    pub refusal: Refusal,
    /// Whether the other side may ask the agent for signatures.
    pub forward_agent: bool,
}

impl Server {
    fn check(&self, shown: &PublicKeyOrCertificate) -> Result<(), String> {
        let Some(expected) = &self.expected else { return Ok(()) };
        if let Some(certificate) = shown.certificate() {
            return vouched(certificate, expected, &self.host);
        }
        let shown = shown.public_key();
        if shown.key_data() == expected.key_data() {
            return Ok(());
        }
        Err(format!(
            "its key is not the expected one: it has {} {}, and expected is {} {}. The machine was replaced, or somebody \
             stands between",
            shown.algorithm(),
            keys::fingerprint(&shown),
            expected.algorithm(),
            keys::fingerprint(expected)
        ))
    }
}

/// Whether an authority says that a host's key belongs to the host, now.
fn vouched(certificate: &Certificate, authority: &PublicKey, host: &str) -> Result<(), String> {
    if certificate.public_key() == authority.key_data() {
        return Ok(());
    }
    if certificate.cert_type() != CertType::Host {
        return Err("it shows a certificate that is not one of a host".into());
    }
    let names = certificate.valid_principals();
    if !names.is_empty() && !names.iter().any(|n| n == host) {
        return Err(format!("its certificate is for {}", names.join(", ")));
    }
    if let Some(option) = certificate.critical_options().iter().next() {
        return Err(format!("its certificate has the critical option {:?}, which is not known", option.0));
    }
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_secs());
    let valid = certificate.validate_at(now, [&authority.fingerprint(HashAlg::Sha256)]);
    valid.map_err(|_| "its certificate is not signed by the expected authority, or not valid now".to_owned())
}

impl Handler for Server {
    type Error = russh::Error;

    async fn check_server_key(&mut self, shown: &PublicKeyOrCertificate) -> Result<bool, Self::Error> {
        let checked = self.check(shown);
        let fits = checked.is_ok();
        *self.refusal.lock().unwrap_or_else(PoisonError::into_inner) = checked.err();
        Ok(fits)
    }

    async fn server_channel_open_agent_forward(
        &mut self,
        channel: Channel<Msg>,
        reply: ChannelOpenHandle,
        _: &mut Session,
    ) -> Result<(), Self::Error> {
        if !self.forward_agent {
            reply.reject(ChannelOpenFailure::AdministrativelyProhibited).await;
            return Ok(());
        }
        tokio::spawn(async move {
            match agent::stream().await {
                Ok(mut agent) => {
                    reply.accept().await;
                    // How it ends, the other side sees.
                    let _ = tokio::io::copy_bidirectional(&mut channel.into_stream(), &mut agent).await;
                }
                Err(_) => reply.reject(ChannelOpenFailure::ConnectFailed).await,
            }
        });
        Ok(())
    }
}
