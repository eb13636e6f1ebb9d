//! Which servers are trusted.

use std::sync::{Arc, OnceLock};

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};

/// Whose certificates are taken.
#[derive(Clone, Copy, Debug)]
pub enum Trust<'a> {
    /// Those that lead to one of the machine's roots.
    Machine,
    /// Those that lead to one of these, which are written as PEM.
    Roots(&'a str),
    /// Anybody's.
    Anybody,
}

impl Trust<'_> {
    /// The settings of connections.
    ///
    /// # Errors
    /// There is no root.
    pub fn config(self) -> Result<Arc<ClientConfig>, String> {
        // Reading the machine's roots takes longer than many a request.
        static MACHINE: OnceLock<Arc<ClientConfig>> = OnceLock::new();
        if let (Trust::Machine, Some(config)) = (self, MACHINE.get()) {
            return Ok(config.clone());
        }
        let config = self.made()?;
        Ok(match self {
            Trust::Machine => MACHINE.get_or_init(|| config).clone(),
            _ => config,
        })
    }

    fn made(self) -> Result<Arc<ClientConfig>, String> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = ClientConfig::builder_with_provider(provider.clone())
            .with_safe_default_protocol_versions()
            .map_err(|e| e.to_string())?;
        let mut roots = RootCertStore::empty();
        match self {
            Trust::Anybody => {
                let verifier = Arc::new(TakesAnybody(provider));
                let config = builder.dangerous().with_custom_certificate_verifier(verifier);
                return Ok(Arc::new(config.with_no_client_auth()));
            }
            Trust::Roots(text) => {
                for root in CertificateDer::pem_slice_iter(text.as_bytes()) {
                    let root = root.map_err(|e| format!("the CA certificate cannot be read: {e}"))?;
                    roots.add(root).map_err(|e| format!("the CA certificate cannot be used: {e}"))?;
                }
                if roots.is_empty() {
                    return Err("the CA certificate holds no certificate in PEM".into());
                }
            }
            Trust::Machine => {
                roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
                if roots.is_empty() {
                    let how = "install ca-certificates, or set SSL_CERT_FILE";
                    return Err(format!("this machine has no root certificates to check servers with ({how})"));
                }
            }
        }
        Ok(Arc::new(builder.with_root_certificates(roots).with_no_client_auth()))
    }
}

/// Asked for by configurations that say so: the server's name and chain are not looked at. What it signs still must be signed
/// with the key of its certificate.
#[derive(Debug)]
struct TakesAnybody(Arc<CryptoProvider>);

impl ServerCertVerifier for TakesAnybody {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        rustls::crypto::verify_tls12_signature(message, cert, dss, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        rustls::crypto::verify_tls13_signature(message, cert, dss, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
