//! How requests leave: over HTTP, or into a sandbox in the same process.

use std::collections::HashMap;
use std::error::Error;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http::{Request, Response, Uri};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt as _, Full};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::proxy::Tunnel;
use hyper_util::client::proxy::matcher::Matcher;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;

/// Why no answer came.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{text}")]
pub struct TransportError {
    /// What went wrong, with its causes.
    pub text: String,
    /// Whether no connection came about, so that nothing can have been done by the request.
    pub never_connected: bool,
}

/// Sends one request and waits for its answer.
#[async_trait]
pub trait Transport: Send + Sync + 'static {
    /// Takes a signed request with an absolute URL; gives the whole answer.
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportError>;
}

const CONNECT: Duration = Duration::from_secs(3);
const ANSWER: Duration = Duration::from_secs(60);
const IDLE: Duration = Duration::from_secs(20);

type Pool<C> = hyper_util::client::legacy::Client<C, Full<Bytes>>;

/// HTTP/1.1 with connections kept open, TLS where the URL says so, and the proxies of HTTPS_PROXY and NO_PROXY
/// (for `https` only).
///
/// Certificates are read when the first `https` URL is called, since that takes longer than everything else here.
pub struct HttpTransport {
    plain: Pool<HttpConnector>,
    tls: Mutex<Option<Tls>>,
    proxies: Matcher,
    ca_bundle: Option<PathBuf>,
}

/// What the provider block or the environment says about HTTP.
#[derive(Clone, Debug, Default)]
pub struct HttpSettings {
    /// A PEM file of root certificates in place of the machine's; `AWS_CA_BUNDLE` when missing.
    pub ca_bundle: Option<PathBuf>,
    /// Whether only the machine's root certificates count, whatever `AWS_CA_BUNDLE` says: for servers that are not AWS's.
    pub machine_roots: bool,
    /// The proxy of `https` URLs; `HTTPS_PROXY` when missing.
    pub https_proxy: Option<String>,
    /// Hosts that are reached without it, separated by commas; `NO_PROXY` when missing.
    pub no_proxy: Option<String>,
}

#[derive(Clone)]
struct Tls {
    config: rustls::ClientConfig,
    direct: Pool<HttpsConnector<HttpConnector>>,
    tunnels: HashMap<Uri, Pool<HttpsConnector<Tunnel<HttpConnector>>>>,
}

impl Default for HttpTransport {
    fn default() -> Self {
        Self::new(HttpSettings::default())
    }
}

fn connector() -> HttpConnector {
    let mut connector = HttpConnector::new();
    connector.set_connect_timeout(Some(CONNECT));
    connector.set_nodelay(true);
    connector.enforce_http(false);
    connector
}

fn pool<C>(connector: C) -> Pool<C>
where
    C: hyper_util::client::legacy::connect::Connect + Clone,
{
    hyper_util::client::legacy::Client::builder(TokioExecutor::new())
        .pool_idle_timeout(IDLE)
        .pool_timer(TokioTimer::new())
        .build(connector)
}

fn tls_config(ca_bundle: Option<&Path>) -> Result<rustls::ClientConfig, TransportError> {
    let fail = |text: String| TransportError { text, never_connected: true };
    let mut roots = rustls::RootCertStore::empty();
    if let Some(path) = ca_bundle {
        let refuse = |why: String| fail(format!("the certificates in {} cannot be used: {why}", path.display()));
        for certificate in CertificateDer::pem_file_iter(path).map_err(|e| refuse(e.to_string()))? {
            let certificate = certificate.map_err(|e| refuse(e.to_string()))?;
            roots.add(certificate).map_err(|e| refuse(e.to_string()))?;
        }
        if roots.is_empty() {
            return Err(refuse("there are none".into()));
        }
    }
    let mut errors = Vec::new();
    if roots.is_empty() {
        let found = rustls_native_certs::load_native_certs();
        roots.add_parsable_certificates(found.certs);
        errors = found.errors;
    }
    if roots.is_empty() {
        let why = errors.first().map(|e| format!(": {e}")).unwrap_or_default();
        return Err(fail(format!(
            "this machine has no root certificates to check servers with (install ca-certificates, or set SSL_CERT_FILE){why}"
        )));
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|e| fail(e.to_string()))?;
    Ok(config.with_root_certificates(roots).with_no_client_auth())
}

impl HttpTransport {
    /// A transport with these settings; what they leave open comes from the environment.
    pub fn new(settings: HttpSettings) -> Self {
        let variable = |names: [&str; 2]| names.iter().find_map(|n| std::env::var(n).ok()).unwrap_or_default();
        let proxies = match settings.https_proxy {
            None if settings.no_proxy.is_none() => Matcher::from_env(),
            proxy => Matcher::builder()
                .https(proxy.unwrap_or_else(|| variable(["HTTPS_PROXY", "https_proxy"])))
                .no(settings.no_proxy.unwrap_or_else(|| variable(["NO_PROXY", "no_proxy"])))
                .build(),
        };
        let from_env = || std::env::var_os("AWS_CA_BUNDLE").filter(|_| !settings.machine_roots).map(PathBuf::from);
        let bundle = settings.ca_bundle.or_else(from_env);
        let ca_bundle = bundle.filter(|b| !b.as_os_str().is_empty());
        Self { plain: pool(connector()), tls: Mutex::new(None), proxies, ca_bundle }
    }

    fn tls(&self, proxy: Option<(&Uri, Option<&http::HeaderValue>)>) -> Result<Sender, TransportError> {
        let mut held = self.tls.lock().unwrap_or_else(PoisonError::into_inner);
        if held.is_none() {
            let config = tls_config(self.ca_bundle.as_deref())?;
            let https = HttpsConnectorBuilder::new().with_tls_config(config.clone()).https_only().enable_http1();
            *held = Some(Tls { config, direct: pool(https.wrap_connector(connector())), tunnels: HashMap::new() });
        }
        let Some(tls) = held.as_mut() else {
            return Err(TransportError { text: "no TLS".into(), never_connected: true });
        };
        let Some((uri, auth)) = proxy else { return Ok(Sender::Direct(tls.direct.clone())) };
        let config = &tls.config;
        let tunnel = tls.tunnels.entry(uri.clone()).or_insert_with(|| {
            let mut tunnel = Tunnel::new(uri.clone(), connector());
            if let Some(auth) = auth {
                tunnel = tunnel.with_auth(auth.clone());
            }
            let https = HttpsConnectorBuilder::new().with_tls_config(config.clone()).https_only().enable_http1();
            pool(https.wrap_connector(tunnel))
        });
        Ok(Sender::Tunnel(tunnel.clone()))
    }
}

enum Sender {
    Direct(Pool<HttpsConnector<HttpConnector>>),
    Tunnel(Pool<HttpsConnector<Tunnel<HttpConnector>>>),
}

impl HttpTransport {
    /// Sends a request; gives the answer once its head is there.
    async fn answer(
        &self,
        request: Request<Bytes>,
    ) -> Result<Response<UnsyncBoxBody<Bytes, TransportError>>, TransportError> {
        let request = request.map(Full::new);
        let response = if request.uri().scheme_str() == Some("http") {
            self.plain.request(request).await
        } else {
            let proxy = self.proxies.intercept(request.uri());
            match self.tls(proxy.as_ref().map(|p| (p.uri(), p.basic_auth())))? {
                Sender::Direct(pool) => pool.request(request).await,
                Sender::Tunnel(pool) => pool.request(request).await,
            }
        };
        let response = response.map_err(|e| TransportError { text: causes(&e), never_connected: e.is_connect() })?;
        let cut = |e| TransportError { text: causes(&e), never_connected: false };
        Ok(response.map(|body| body.map_err(cut).boxed_unsync()))
    }

    /// Sends a request and hands over the body of the answer in parts as they come, so that it may be larger than memory
    /// and take longer than an answer may; only a pause may not. An error of `part` ends it.
    pub async fn stream(
        &self,
        request: Request<Bytes>,
        part: &mut (dyn FnMut(&[u8]) -> Result<(), String> + Send),
    ) -> Result<Response<()>, TransportError> {
        let (head, mut body) = in_time(self.answer(request)).await?.into_parts();
        while let Some(frame) = in_time(async { body.frame().await.transpose() }).await? {
            if let Some(bytes) = frame.data_ref() {
                part(bytes).map_err(|text| TransportError { text, never_connected: false })?;
            }
        }
        Ok(Response::from_parts(head, ()))
    }
}

async fn in_time<T>(work: impl Future<Output = Result<T, TransportError>>) -> Result<T, TransportError> {
    tokio::time::timeout(ANSWER, work).await.unwrap_or_else(|_| {
        let text = format!("no answer within {} seconds", ANSWER.as_secs());
        Err(TransportError { text, never_connected: false })
    })
}

#[async_trait]
impl Transport for HttpTransport {
    async fn send(&self, mut request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        let sends = matches!(*request.method(), http::Method::PUT | http::Method::POST);
        if sends && request.body().is_empty() {
            // S3 answers 411 to an upload that does not say how long it is, even one of nothing.
            request.headers_mut().insert(http::header::CONTENT_LENGTH, http::HeaderValue::from_static("0"));
        }
        in_time(async {
            let (parts, body) = self.answer(request).await?.into_parts();
            Ok(Response::from_parts(parts, body.collect().await?.to_bytes()))
        })
        .await
    }
}

/// The error and its causes, without those that repeat what stands before them.
fn causes(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text.push_str(": ");
            text.push_str(&cause_text);
        }
        next = cause.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn failure(settings: HttpSettings, url: String) -> TransportError {
        let request = Request::get(url).body(Bytes::new()).unwrap();
        HttpTransport::new(settings).send(request).await.unwrap_err()
    }

    #[tokio::test]
    async fn a_bundle_without_certificates_is_refused() {
        let file = std::env::temp_dir().join(format!("craton-bundle-{}", uuid::Uuid::new_v4()));
        std::fs::write(&file, "no certificate").unwrap();
        let settings = HttpSettings { ca_bundle: Some(file.clone()), ..HttpSettings::default() };
        let error = failure(settings, "https://127.0.0.1:1/".into()).await;
        std::fs::remove_file(&file).unwrap();
        assert!(error.never_connected && error.text.contains("there are none"), "{error}");
    }

    #[tokio::test]
    async fn https_goes_through_the_proxy() {
        use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let proxy = format!("http://{}", listener.local_addr().unwrap());
        let seen = tokio::spawn(async move {
            let (mut socket, _) = listener.accept().await.unwrap();
            let mut buffer = [0; 1024];
            let n = socket.read(&mut buffer).await.unwrap();
            socket.write_all(b"HTTP/1.1 403 Forbidden\r\n\r\n").await.unwrap();
            String::from_utf8_lossy(&buffer[..n]).into_owned()
        });
        let file = std::env::temp_dir().join(format!("craton-bundle-{}", uuid::Uuid::new_v4()));
        std::fs::write(&file, ROOT).unwrap();
        let settings = HttpSettings {
            ca_bundle: Some(file.clone()),
            https_proxy: Some(proxy),
            no_proxy: Some(String::new()),
            ..HttpSettings::default()
        };
        let error = failure(settings, "https://ec2.eu-west-1.amazonaws.com/".into()).await;
        std::fs::remove_file(&file).unwrap();
        assert!(error.never_connected, "{error}");
        assert!(seen.await.unwrap().starts_with("CONNECT ec2.eu-west-1.amazonaws.com:443 "));
    }

    /// A root of nobody's, made for this test.
    const ROOT: &str = include_str!("../../tests/root.pem");
}
