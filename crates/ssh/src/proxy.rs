//! Connections through a proxy.
//!
//! The client library for HTTP has connectors for these, but reads the proxy's answer in blocks: an SSH server speaks first, and
//! what it says can come in the same block. So the few bytes are read here, one by one.

use std::io;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::{ClientConfig, RootCertStore, crypto};

use crate::arguments::{Proxy, ProxyScheme, Shown};

/// Bytes in both directions.
pub(crate) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

/// An HTTP answer's head is no longer than this.
const HEAD: usize = 16 * 1024;

/// Connects to a host through a proxy.
pub(crate) async fn connect(proxy: &Proxy, host: &Shown, port: u16) -> Result<Box<dyn Stream>, String> {
    let at = format!("the proxy {}:{}", proxy.host, proxy.port);
    let tcp = TcpStream::connect((proxy.host.value.as_str(), proxy.port)).await;
    let tcp = tcp.map_err(|e| format!("{at} cannot be reached: {e}"))?;
    let mut stream: Box<dyn Stream> = match proxy.scheme {
        ProxyScheme::Https => Box::new(tls(tcp, &proxy.host.value).await.map_err(|e| format!("TLS with {at}: {e}"))?),
        ProxyScheme::Http | ProxyScheme::Socks5 => Box::new(tcp),
    };
    let done = match proxy.scheme {
        ProxyScheme::Socks5 => socks5(&mut stream, proxy, host, port).await,
        ProxyScheme::Http | ProxyScheme::Https => http_connect(&mut stream, proxy, host, port).await,
    };
    done.map(|()| stream).map_err(|e| format!("{at}: {e}"))
}

async fn tls(tcp: TcpStream, host: &str) -> io::Result<impl Stream + 'static> {
    let mut roots = RootCertStore::empty();
    let found = rustls_native_certs::load_native_certs();
    roots.add_parsable_certificates(found.certs);
    let config = ClientConfig::builder_with_provider(Arc::new(crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(io::Error::other)?
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from(host.to_owned()).map_err(io::Error::other)?;
    TlsConnector::from(Arc::new(config)).connect(name, tcp).await
}

/// `CONNECT` (RFC 9110, section 9.3.6).
async fn http_connect(stream: &mut Box<dyn Stream>, proxy: &Proxy, host: &Shown, port: u16) -> io::Result<()> {
    let name = host.value.as_str();
    let target = if name.contains(':') { format!("[{name}]:{port}") } else { format!("{name}:{port}") };
    let mut request = format!("CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n");
    if let Some(user) = &proxy.user {
        let password = proxy.password.as_ref().map_or("", |p| p.reveal());
        request += &format!("Proxy-Authorization: Basic {}\r\n", STANDARD.encode(format!("{user}:{password}")));
    }
    request += "\r\n";
    stream.write_all(request.as_bytes()).await?;
    stream.flush().await?;
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        if head.len() == HEAD {
            return Err(io::Error::other("its answer is no HTTP"));
        }
        head.push(stream.read_u8().await?);
    }
    let head = String::from_utf8_lossy(&head);
    let status = head.lines().next().unwrap_or_default();
    let code = status.strip_prefix("HTTP/1.").and_then(|rest| rest.split(' ').nth(1)).unwrap_or_default();
    match code {
        "407" => Err(io::Error::other(
            "it wants a login: \"proxy_user_name\" and \"proxy_user_password\" are missing or wrong",
        )),
        _ if code.len() == 3 && code.starts_with('2') => Ok(()),
        _ => Err(io::Error::other(format!("it answers {status:?} to a request for {host}:{port}"))),
    }
}

/// SOCKS 5 (RFC 1928) with or without a password (RFC 1929). Names are resolved by the proxy.
async fn socks5(stream: &mut Box<dyn Stream>, proxy: &Proxy, host: &Shown, port: u16) -> io::Result<()> {
    let other = |text: &str| io::Error::other(text.to_owned());
    let methods: &[u8] = if proxy.user.is_some() { &[5, 2, 0, 2] } else { &[5, 1, 0] };
    stream.write_all(methods).await?;
    let mut choice = [0; 2];
    stream.read_exact(&mut choice).await?;
    match choice {
        [5, 0] => {}
        [5, 2] => {
            let (user, password) =
                (proxy.user.as_deref().unwrap_or(""), proxy.password.as_ref().map_or("", |p| p.reveal()));
            let mut message = vec![1];
            for text in [user, password] {
                message.push(u8::try_from(text.len()).map_err(|_| other("a name or password is over 255 bytes long"))?);
                message.extend(text.as_bytes());
            }
            stream.write_all(&message).await?;
            let mut answer = [0; 2];
            stream.read_exact(&mut answer).await?;
            if answer[1] != 0 {
                return Err(other("it refuses the login"));
            }
        }
        [5, _] => return Err(other("it wants a login of another kind, or one that is not given")),
        _ => return Err(other("it does not speak SOCKS 5")),
    }
    let mut request = vec![5, 1, 0];
    let name = host.value.as_str();
    match name.parse() {
        Ok(std::net::IpAddr::V4(ip)) => {
            request.push(1);
            request.extend(ip.octets());
        }
        Ok(std::net::IpAddr::V6(ip)) => {
            request.push(4);
            request.extend(ip.octets());
        }
        Err(_) => {
            request.extend([3, u8::try_from(name.len()).map_err(|_| other("the host's name is over 255 bytes long"))?]);
            request.extend(name.as_bytes());
        }
    }
    request.extend(port.to_be_bytes());
    stream.write_all(&request).await?;
    let mut answer = [0; 4];
    stream.read_exact(&mut answer).await?;
    if answer[1] != 0 {
        let why = ["", "a failure", "not allowed", "network unreachable", "host unreachable", "connection refused"];
        let why = why.get(usize::from(answer[1])).copied().unwrap_or("another reason");
        return Err(io::Error::other(format!("it does not connect to {host}:{port}: {why}")));
    }
    let rest = match answer[3] {
        1 => 4,
        4 => 16,
        3 => usize::from(stream.read_u8().await?),
        _ => return Err(other("it answers with an address of an unknown kind")),
    };
    stream.read_exact(&mut vec![0; rest + 2]).await?;
    Ok(())
}
