//! Connections: direct or through a proxy, with TLS where the URL says so.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hyper_util::client::proxy::matcher::Matcher;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use url::Url;

const CONNECT: Duration = Duration::from_secs(30);
/// The longest answer of a proxy to a request for a tunnel.
const HEAD: usize = 16 * 1024;

/// Where the proxy is.
#[derive(Clone)]
pub enum Proxies {
    /// Where `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY` say.
    Environment,
    /// Here, with a name and a password.
    At { url: Url, user: Option<String>, password: Option<String> },
    /// There is none.
    None,
}

/// A connection.
pub trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Stream for T {}

/// A connection, and what is known of it.
pub struct Link {
    pub stream: Box<dyn Stream>,
    /// The server's certificates, its own first; none without TLS.
    pub certificates: Vec<Vec<u8>>,
    /// Whether requests go to a proxy that has to be told the whole URL; and what it wants to see of who asks.
    pub told: Option<Option<String>>,
}

struct Proxy {
    host: String,
    port: u16,
    authorization: Option<String>,
}

impl Proxies {
    fn of(&self, url: &Url) -> Result<Option<Proxy>, String> {
        let (proxy, authorization) = match self {
            Proxies::None => return Ok(None),
            // This machine is not reached through others, as with Go's client.
            Proxies::Environment if is_here(url) => return Ok(None),
            Proxies::Environment => {
                let uri: http::Uri = url.as_str().parse().map_err(|e| format!("{url} cannot be used: {e}"))?;
                let Some(found) = Matcher::from_env().intercept(&uri) else { return Ok(None) };
                let authorization = found.basic_auth().and_then(|a| a.to_str().ok()).map(str::to_owned);
                let text = found.uri().to_string();
                (Url::parse(&text).map_err(|e| format!("the proxy's address cannot be used: {e}"))?, authorization)
            }
            Proxies::At { url, user, password } => {
                let authorization = user.as_ref().map(|user| {
                    let pair = format!("{user}:{}", password.as_deref().unwrap_or_default());
                    format!("Basic {}", STANDARD.encode(pair))
                });
                (url.clone(), authorization)
            }
        };
        if proxy.scheme() != "http" {
            return Err(format!("proxies of the kind {:?} are not supported, only http", proxy.scheme()));
        }
        let host = proxy.host_str().ok_or("the proxy's address has no host")?.to_owned();
        Ok(Some(Proxy { host, port: proxy.port_or_known_default().unwrap_or(80), authorization }))
    }
}

fn is_here(url: &Url) -> bool {
    match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost",
        Some(url::Host::Ipv4(ip)) => ip.is_loopback(),
        Some(url::Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    }
}

async fn tcp(host: &str, port: u16) -> Result<TcpStream, String> {
    let host = host.trim_start_matches('[').trim_end_matches(']');
    match tokio::time::timeout(CONNECT, TcpStream::connect((host, port))).await {
        Ok(Ok(stream)) => Ok(stream),
        Ok(Err(e)) => Err(format!("cannot connect to {host}:{port}: {e}")),
        Err(_) => Err(format!("no connection to {host}:{port} within {} seconds", CONNECT.as_secs())),
    }
}

/// Asks a proxy for a connection to somewhere else.
async fn tunnel(proxy: &Proxy, host: &str, port: u16) -> Result<TcpStream, String> {
    let mut stream = tcp(&proxy.host, proxy.port).await?;
    let authorization = proxy.authorization.as_ref().map_or(String::new(), |a| format!("Proxy-Authorization: {a}\r\n"));
    let request = format!("CONNECT {host}:{port} HTTP/1.1\r\nHost: {host}:{port}\r\n{authorization}\r\n");
    let broken = |e: std::io::Error| format!("the proxy {}:{} broke off: {e}", proxy.host, proxy.port);
    stream.write_all(request.as_bytes()).await.map_err(broken)?;
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        if head.len() > HEAD {
            return Err(format!("the proxy {}:{} does not answer as one", proxy.host, proxy.port));
        }
        head.push(stream.read_u8().await.map_err(broken)?);
    }
    let text = String::from_utf8_lossy(&head);
    let status = text.split(' ').nth(1).unwrap_or_default();
    if status != "200" {
        return Err(format!(
            "the proxy {}:{} refuses a connection to {host}:{port} ({status})",
            proxy.host, proxy.port
        ));
    }
    Ok(stream)
}

/// Connects to where a URL is.
///
/// # Errors
/// It cannot be reached, or is not trusted.
pub async fn connect(url: &Url, proxies: &Proxies, config: Option<Arc<ClientConfig>>) -> Result<Link, String> {
    let host = url.host_str().ok_or_else(|| format!("{url} names no host"))?;
    let port = url.port_or_known_default().ok_or_else(|| format!("{url} names no port"))?;
    let proxy = proxies.of(url)?;
    let Some(config) = config else {
        return Ok(match proxy {
            Some(p) => {
                let stream = Box::new(tcp(&p.host, p.port).await?);
                Link { stream, certificates: Vec::new(), told: Some(p.authorization) }
            }
            None => Link { stream: Box::new(tcp(host, port).await?), certificates: Vec::new(), told: None },
        });
    };
    let stream = match &proxy {
        Some(p) => tunnel(p, host, port).await?,
        None => tcp(host, port).await?,
    };
    let plain = host.trim_start_matches('[').trim_end_matches(']').to_owned();
    let name = ServerName::try_from(plain).map_err(|e| format!("{host} is no name of a server: {e}"))?;
    let stream = match tokio::time::timeout(CONNECT, TlsConnector::from(config).connect(name, stream)).await {
        Ok(Ok(stream)) => stream,
        Ok(Err(e)) => return Err(format!("no secure connection to {host}:{port}: {e}")),
        Err(_) => return Err(format!("no secure connection to {host}:{port} within {} seconds", CONNECT.as_secs())),
    };
    let (_, session) = stream.get_ref();
    let certificates = session.peer_certificates().unwrap_or_default().iter().map(|c| c.to_vec()).collect();
    Ok(Link { stream: Box::new(stream), certificates, told: None })
}
