//! How requests leave: over HTTP, or into a sandbox in the same process.

use std::collections::HashMap;
use std::error::Error;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http::{Request, Response, Uri};
use http_body_util::{BodyExt as _, Full};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::proxy::Tunnel;
use hyper_util::client::proxy::matcher::Matcher;
use hyper_util::rt::{TokioExecutor, TokioTimer};

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

/// HTTP/1.1 with connections kept open, TLS where the URL says so, and the proxies of HTTPS_PROXY and NO_PROXY.
///
/// Certificates are read when the first `https` URL is called, since that takes longer than everything else here.
pub struct HttpTransport {
    plain: Pool<HttpConnector>,
    tls: Mutex<Option<Tls>>,
    proxies: Matcher,
}

#[derive(Clone)]
struct Tls {
    config: rustls::ClientConfig,
    direct: Pool<HttpsConnector<HttpConnector>>,
    tunnels: HashMap<Uri, Pool<HttpsConnector<Tunnel<HttpConnector>>>>,
}

impl Default for HttpTransport {
    fn default() -> Self {
        Self { plain: pool(connector()), tls: Mutex::new(None), proxies: Matcher::from_env() }
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

fn tls_config() -> Result<rustls::ClientConfig, TransportError> {
    let fail = |text: String| TransportError { text, never_connected: true };
    let mut roots = rustls::RootCertStore::empty();
    let found = rustls_native_certs::load_native_certs();
    roots.add_parsable_certificates(found.certs);
    if roots.is_empty() {
        let why = found.errors.first().map(|e| format!(": {e}")).unwrap_or_default();
        return Err(fail(format!(
            "this machine has no root certificates to check AWS's with (install ca-certificates, or set SSL_CERT_FILE){why}"
        )));
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|e| fail(e.to_string()))?;
    Ok(config.with_root_certificates(roots).with_no_client_auth())
}

impl HttpTransport {
    fn tls(&self, proxy: Option<(&Uri, Option<&http::HeaderValue>)>) -> Result<Sender, TransportError> {
        let mut held = self.tls.lock().unwrap_or_else(PoisonError::into_inner);
        if held.is_none() {
            let config = tls_config()?;
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

#[async_trait]
impl Transport for HttpTransport {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        let request = request.map(Full::new);
        let exchange = async {
            let response = if request.uri().scheme_str() == Some("http") {
                self.plain.request(request).await
            } else {
                let proxy = self.proxies.intercept(request.uri());
                match self.tls(proxy.as_ref().map(|p| (p.uri(), p.basic_auth())))? {
                    Sender::Direct(pool) => pool.request(request).await,
                    Sender::Tunnel(pool) => pool.request(request).await,
                }
            };
            let response =
                response.map_err(|e| TransportError { text: causes(&e), never_connected: e.is_connect() })?;
            let (parts, body) = response.into_parts();
            let body = body
                .collect()
                .await
                .map_err(|e| TransportError { text: causes(&e), never_connected: false })?
                .to_bytes();
            Ok(Response::from_parts(parts, body))
        };
        match tokio::time::timeout(ANSWER, exchange).await {
            Ok(outcome) => outcome,
            Err(_) => Err(TransportError {
                text: format!("no answer within {} seconds", ANSWER.as_secs()),
                never_connected: false,
            }),
        }
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
