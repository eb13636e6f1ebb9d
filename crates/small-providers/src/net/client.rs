//! One request and its answer, with redirects followed.

use std::io::Read as _;

use bytes::Bytes;
use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use http::{Method, Request, StatusCode};
use http_body_util::{BodyExt as _, Full};
use hyper_util::rt::TokioIo;
use url::Url;

use super::connect::{Link, Proxies, connect};
use super::trust::Trust;

/// As many as Go's client follows.
const REDIRECTS: usize = 10;

/// A request.
#[derive(Clone)]
pub struct Ask<'a> {
    pub url: Url,
    pub method: Method,
    pub headers: HeaderMap,
    pub body: Bytes,
    pub proxies: &'a Proxies,
    pub trust: Trust<'a>,
}

/// An answer.
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Bytes,
    /// The certificates of the server that answered, its own first.
    pub certificates: Vec<Vec<u8>>,
}

/// Why there is no answer.
pub struct NoAnswer {
    /// Lower case, no full stop.
    pub text: String,
    /// Whether the same request could be answered another time.
    pub may_pass: bool,
}

impl From<String> for NoAnswer {
    fn from(text: String) -> Self {
        Self { text, may_pass: true }
    }
}

fn never<T>(text: String) -> Result<T, NoAnswer> {
    Err(NoAnswer { text, may_pass: false })
}

/// Sends a request.
///
/// # Errors
/// There is no answer.
pub async fn ask(mut ask: Ask<'_>) -> Result<Answer, NoAnswer> {
    let first = ask.url.clone();
    for _ in 0..=REDIRECTS {
        let answer = once(&ask).await?;
        let Some(next) = target(&ask, &answer)? else { return Ok(answer) };
        if !matches!(answer.status, StatusCode::TEMPORARY_REDIRECT | StatusCode::PERMANENT_REDIRECT) {
            // Only these two keep the method and the body.
            ask.body = Bytes::new();
            ask.headers.remove(header::CONTENT_TYPE);
            if ask.method != Method::HEAD {
                ask.method = Method::GET;
            }
        }
        ask.headers.remove(header::HOST);
        if !same_site(&first, &next) {
            // What is meant for one server is no other's to see.
            for secret in [header::AUTHORIZATION, header::COOKIE, header::WWW_AUTHENTICATE] {
                ask.headers.remove(secret);
            }
        }
        ask.url = next;
    }
    never(format!("{first} leads on more than {REDIRECTS} times"))
}

fn same_site(first: &Url, next: &Url) -> bool {
    match (first.host_str(), next.host_str()) {
        (Some(a), Some(b)) => a == b || b.strip_suffix(a).is_some_and(|sub| sub.ends_with('.')),
        _ => false,
    }
}

/// Where an answer leads on to.
fn target(ask: &Ask<'_>, answer: &Answer) -> Result<Option<Url>, NoAnswer> {
    if !matches!(answer.status.as_u16(), 301 | 302 | 303 | 307 | 308) {
        return Ok(None);
    }
    let Some(location) = answer.headers.get(header::LOCATION) else {
        return match answer.status.as_u16() {
            // These may come without.
            307 | 308 => Ok(None),
            status => never(format!("{} answers {status} without saying where to go", ask.url)),
        };
    };
    let location = String::from_utf8_lossy(location.as_bytes());
    match ask.url.join(&location) {
        Ok(next) => Ok(Some(next)),
        Err(e) => never(format!("{} leads on to {location:?}, which is no URL: {e}", ask.url)),
    }
}

async fn once(ask: &Ask<'_>) -> Result<Answer, NoAnswer> {
    let config = match ask.url.scheme() {
        "https" => match ask.trust.config() {
            Ok(config) => Some(config),
            Err(text) => return never(text),
        },
        "http" => None,
        other => return never(format!("URLs of the kind {other:?} are not supported, only http and https")),
    };
    let link = match connect(&ask.url, ask.proxies, config).await {
        Ok(link) => link,
        // Who is not trusted now is not trusted later.
        Err(text) if text.contains("invalid peer certificate") => return never(text),
        Err(text) => return Err(text.into()),
    };
    let (request, unpacks) = request(ask, &link)?;
    let broken = |e: hyper::Error| NoAnswer { text: format!("{} broke off: {e}", ask.url), may_pass: true };
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake(TokioIo::new(link.stream)).await.map_err(broken)?;
    let exchange = async {
        let (head, body) = sender.send_request(request).await.map_err(broken)?.into_parts();
        Ok::<_, NoAnswer>((head, body.collect().await.map_err(broken)?.to_bytes()))
    };
    // The connection works for the exchange, and ends with it.
    let (head, body) = {
        tokio::pin!(connection);
        tokio::pin!(exchange);
        let mut open = true;
        loop {
            tokio::select! {
                done = &mut exchange => break done?,
                _ = &mut connection, if open => open = false,
            }
        }
    };
    let mut answer = Answer { status: head.status, headers: head.headers, body, certificates: link.certificates };
    if unpacks && answer.headers.get(header::CONTENT_ENCODING).is_some_and(|e| e == "gzip") {
        let mut plain = Vec::new();
        flate2::read::MultiGzDecoder::new(&*answer.body)
            .read_to_end(&mut plain)
            .map_err(|e| NoAnswer { text: format!("what {} sent cannot be unpacked: {e}", ask.url), may_pass: true })?;
        answer.body = plain.into();
        answer.headers.remove(header::CONTENT_ENCODING);
        answer.headers.remove(header::CONTENT_LENGTH);
    }
    Ok(answer)
}

/// The request as it is sent, and whether its answer is unpacked here.
fn request(ask: &Ask<'_>, link: &Link) -> Result<(Request<Full<Bytes>>, bool), NoAnswer> {
    let mut url = ask.url.clone();
    url.set_fragment(None);
    let host = url.host_str().unwrap_or_default();
    let host = url.port().map_or(host.to_owned(), |port| format!("{host}:{port}"));
    let path = url.query().map_or(url.path().to_owned(), |q| format!("{}?{q}", url.path()));
    let whole = format!("{}://{host}{path}", url.scheme());
    let mut builder = Request::builder().method(ask.method.clone()).uri(if link.told.is_some() { whole } else { path });
    let mut add = |name: HeaderName, text: &str| {
        let given = ask.headers.contains_key(&name);
        if let (Some(headers), Ok(value), false) = (builder.headers_mut(), HeaderValue::from_str(text), given) {
            headers.insert(name, value);
        }
    };
    add(header::HOST, &host);
    add(header::USER_AGENT, concat!("craton/", env!("CARGO_PKG_VERSION")));
    let unpacks = ask.method != Method::HEAD
        && !ask.headers.contains_key(header::ACCEPT_ENCODING)
        && !ask.headers.contains_key(header::RANGE);
    if unpacks {
        add(header::ACCEPT_ENCODING, "gzip");
    }
    if let Some(Some(authorization)) = &link.told {
        add(header::PROXY_AUTHORIZATION, authorization);
    }
    if let (false, Some(password)) = (url.username().is_empty(), Some(url.password().unwrap_or_default())) {
        use base64::Engine as _;
        let pair = format!("{}:{password}", url.username());
        let text = format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(pair));
        add(header::AUTHORIZATION, &text);
    }
    if let Some(headers) = builder.headers_mut() {
        headers.extend(ask.headers.clone());
    }
    match builder.body(Full::new(ask.body.clone())) {
        Ok(request) => Ok((request, unpacks)),
        Err(e) => never(format!("{} cannot be asked: {e}", ask.url)),
    }
}
