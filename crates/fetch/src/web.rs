//! Web servers: a GET with redirects followed, credentials where they belong, and a bound on what comes back.

use async_trait::async_trait;
use base64::Engine as _;
use bytes::Bytes;
use craton_aws_api::TransportError;
use craton_aws_api::client::HttpTransport;
use http::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue, LOCATION, USER_AGENT};
use http::{Request, Response, StatusCode};
use std::fs::File;
use std::io::{Seek as _, SeekFrom, Write as _};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use url::Url;

const MOST_REDIRECTS: usize = 10;
const PAUSE: Duration = Duration::from_millis(500);

/// Takes a body piece by piece. An error ends the transfer.
pub type Part<'a> = dyn FnMut(&[u8]) -> Result<(), String> + Send + 'a;

/// Sends requests; follows nothing.
#[async_trait]
pub trait Web: Send + Sync {
    /// Gives the head of the answer, and its body to `part` piece by piece.
    async fn stream(&self, request: Request<Bytes>, part: &mut Part<'_>) -> Result<Response<()>, TransportError>;
}

#[async_trait]
impl Web for HttpTransport {
    async fn stream(&self, request: Request<Bytes>, part: &mut Part<'_>) -> Result<Response<()>, TransportError> {
        Self::stream(self, request, part).await
    }
}

/// Why nothing was got.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum WebError {
    /// The server cannot be reached or is unwell: what is known of old may do.
    Unreachable(String),
    /// The server said no, with this status.
    Status(StatusCode, String),
    /// It is not allowed, or makes no sense.
    Refused(String),
}

impl WebError {
    pub(crate) fn text(self) -> String {
        match self {
            Self::Unreachable(text) | Self::Status(_, text) | Self::Refused(text) => text,
        }
    }
}

/// The head of an answer that is not an error.
#[derive(Debug)]
pub(crate) struct Answer {
    /// Where the answer came from in the end.
    pub(crate) url: Url,
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<String> {
        self.headers.get(name)?.to_str().ok().map(str::to_owned).filter(|v| !v.is_empty())
    }
}

/// Where a body goes.
pub(crate) enum Sink<'a> {
    Memory(&'a mut Vec<u8>),
    File(&'a mut File),
}

impl Sink<'_> {
    fn write(&mut self, bytes: &[u8]) -> Result<(), String> {
        match self {
            Self::Memory(buffer) => buffer.extend_from_slice(bytes),
            Self::File(file) => file.write_all(bytes).map_err(|e| format!("it cannot be written to disk: {e}"))?,
        }
        Ok(())
    }

    fn clear(&mut self) -> Result<(), String> {
        match self {
            Self::Memory(buffer) => buffer.clear(),
            Self::File(file) => file
                .set_len(0)
                .and_then(|()| file.seek(SeekFrom::Start(0)).map(drop))
                .map_err(|e| format!("it cannot be written to disk: {e}"))?,
        }
        Ok(())
    }
}

#[derive(Clone)]
pub(crate) struct WebClient {
    pub(crate) web: Arc<dyn Web>,
    /// A file with passwords of hosts.
    pub(crate) netrc: Option<PathBuf>,
}

impl WebClient {
    /// Gets a URL, `headers` with it, of which `Authorization` goes to no other host. Answers other than 2xx and 304 are
    /// errors. `most`: of the body, in bytes.
    pub(crate) async fn get(
        &self,
        url: &Url,
        headers: &[(HeaderName, String)],
        sink: &mut Sink<'_>,
        most: u64,
    ) -> Result<Answer, WebError> {
        let mut at = url.clone();
        for _ in 0..MOST_REDIRECTS {
            let same_host = at.origin() == url.origin();
            let answer = self.tried(&at, headers, same_host, sink, most).await?;
            if !answer.status.is_redirection() || answer.status == StatusCode::NOT_MODIFIED {
                return checked(answer);
            }
            let place = answer.headers.get(LOCATION).and_then(|l| l.to_str().ok());
            let Some(next) = place.and_then(|l| at.join(l).ok()) else {
                return Err(WebError::Refused(format!("{} leads to another place without saying where", shown(&at))));
            };
            if at.scheme() == "https" && next.scheme() != "https" {
                return Err(WebError::Refused(format!(
                    "{} leads to {}, which is not encrypted",
                    shown(&at),
                    shown(&next)
                )));
            }
            if !matches!(next.scheme(), "http" | "https") {
                return Err(WebError::Refused(format!(
                    "{} leads to {}, which is no web server",
                    shown(&at),
                    shown(&next)
                )));
            }
            at = next;
        }
        Err(WebError::Refused(format!("{} leads from place to place more than {MOST_REDIRECTS} times", shown(url))))
    }

    /// One request, sent a second time where the server asks to come again.
    async fn tried(
        &self,
        url: &Url,
        headers: &[(HeaderName, String)],
        same_host: bool,
        sink: &mut Sink<'_>,
        most: u64,
    ) -> Result<Answer, WebError> {
        let answer = self.once(url, headers, same_host, sink, most).await?;
        let busy = [429, 502, 503, 504].contains(&answer.status.as_u16());
        if !busy {
            return Ok(answer);
        }
        tokio::time::sleep(PAUSE).await;
        self.once(url, headers, same_host, sink, most).await
    }

    async fn once(
        &self,
        url: &Url,
        headers: &[(HeaderName, String)],
        same_host: bool,
        sink: &mut Sink<'_>,
        most: u64,
    ) -> Result<Answer, WebError> {
        let refuse = |e: String| WebError::Refused(format!("{}: {e}", shown(url)));
        let mut bare = url.clone();
        // What stands before the host goes into a header.
        let _ = bare.set_username("");
        let _ = bare.set_password(None);
        bare.set_fragment(None);
        let mut request = Request::get(bare.as_str()).body(Bytes::new()).map_err(|e| refuse(e.to_string()))?;
        let out = request.headers_mut();
        out.insert(USER_AGENT, HeaderValue::from_static(concat!("craton/", env!("CARGO_PKG_VERSION"))));
        for (name, value) in headers.iter().filter(|(name, _)| same_host || *name != AUTHORIZATION) {
            let mut value = HeaderValue::from_str(value).map_err(|e| refuse(e.to_string()))?;
            value.set_sensitive(*name == AUTHORIZATION);
            out.insert(name.clone(), value);
        }
        if !out.contains_key(AUTHORIZATION)
            && let Some(basic) = self.basic(url)
            && let Ok(mut value) = HeaderValue::from_str(&basic)
        {
            value.set_sensitive(true);
            out.insert(AUTHORIZATION, value);
        }
        sink.clear().map_err(refuse)?;
        let mut left = most;
        let mut part = |bytes: &[u8]| {
            left = left
                .checked_sub(bytes.len() as u64)
                .ok_or_else(|| format!("the answer has more than {} MiB", most.div_ceil(1 << 20)))?;
            sink.write(bytes)
        };
        let answer = self.web.stream(request, &mut part).await;
        let answer = answer.map_err(|e| WebError::Unreachable(format!("{}: {}", shown(url), e.text)))?;
        let (head, ()) = answer.into_parts();
        Ok(Answer { url: url.clone(), status: head.status, headers: head.headers })
    }

    /// What a name and password before the host, or those in the file of passwords, make of the header.
    fn basic(&self, url: &Url) -> Option<String> {
        let (name, password) = match (url.username(), url.password()) {
            ("", None) => {
                let text = std::fs::read_to_string(self.netrc.as_ref()?).ok()?;
                netrc(&text, url.host_str()?)?
            }
            (name, password) => {
                (crate::source::decode_percent(name), crate::source::decode_percent(password.unwrap_or_default()))
            }
        };
        Some(format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(format!("{name}:{password}"))))
    }
}

fn checked(answer: Answer) -> Result<Answer, WebError> {
    let status = answer.status;
    if status.is_success() || status == StatusCode::NOT_MODIFIED {
        return Ok(answer);
    }
    let text = format!("{} answered {status}", shown(&answer.url));
    Err(if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS {
        WebError::Unreachable(text)
    } else {
        WebError::Status(status, text)
    })
}

/// A URL for people.
pub(crate) fn shown(url: &Url) -> String {
    crate::source::redact(url.as_str())
}

/// Name and password of a host in the file that curl and git read too.
fn netrc(text: &str, host: &str) -> Option<(String, String)> {
    let mut words = text.lines().filter(|l| !l.trim_start().starts_with('#')).flat_map(str::split_whitespace);
    let (mut applies, mut name, mut password) = (false, None, None);
    while let Some(word) = words.next() {
        match word {
            "machine" | "default" => {
                if applies && name.is_some() {
                    break;
                }
                applies = word == "default" || words.next() == Some(host);
                (name, password) = (None, None);
            }
            "login" => name = words.next().filter(|_| applies).map(str::to_owned),
            "password" => password = words.next().filter(|_| applies).map(str::to_owned),
            "account" => {
                words.next();
            }
            // Macros reach to the end of what can be read this way.
            "macdef" => break,
            _ => {}
        }
    }
    Some((name?, password.unwrap_or_default()))
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use std::collections::HashMap;
    use std::sync::Mutex;

    /// Status, headers, body.
    type Page = (u16, Vec<(&'static str, String)>, Vec<u8>);

    /// A web of which every page is known; remembers what it was asked, with the header `Authorization`.
    #[derive(Default)]
    pub(crate) struct FakeWeb {
        pages: HashMap<String, Page>,
        pub(crate) asked: Mutex<Vec<(String, Option<String>)>>,
    }

    impl FakeWeb {
        pub(crate) fn page(mut self, url: &str, status: u16, headers: &[(&'static str, &str)], body: &[u8]) -> Self {
            let headers = headers.iter().map(|(k, v)| (*k, (*v).to_owned())).collect();
            self.pages.insert(url.into(), (status, headers, body.to_vec()));
            self
        }
    }

    #[async_trait]
    impl Web for FakeWeb {
        async fn stream(&self, request: Request<Bytes>, part: &mut Part<'_>) -> Result<Response<()>, TransportError> {
            let url = request.uri().to_string();
            let auth = request.headers().get(AUTHORIZATION).map(|v| v.to_str().unwrap().to_owned());
            self.asked.lock().unwrap().push((url.clone(), auth));
            let Some((status, headers, body)) = self.pages.get(&url) else {
                return Err(TransportError { text: "no such host".into(), never_connected: true });
            };
            let failed = |text| TransportError { text, never_connected: false };
            part(body).map_err(failed)?;
            let mut answer = Response::builder().status(*status);
            for (name, value) in headers {
                answer = answer.header(*name, value);
            }
            Ok(answer.body(()).unwrap())
        }
    }

    async fn get(web: &Arc<FakeWeb>, url: &str, most: u64) -> (Result<Answer, WebError>, Vec<u8>) {
        let client = WebClient { web: web.clone(), netrc: None };
        let mut body = Vec::new();
        let headers = [(AUTHORIZATION, "Bearer t".to_owned())];
        let got = client.get(&Url::parse(url).unwrap(), &headers, &mut Sink::Memory(&mut body), most).await;
        (got, body)
    }

    #[tokio::test]
    async fn redirects_keep_credentials_at_home() {
        let web = FakeWeb::default()
            .page("https://a/x", 302, &[("location", "/y")], b"moved")
            .page("https://a/y", 302, &[("location", "https://b/z")], b"moved")
            .page("https://b/z", 200, &[], b"here");
        let web = Arc::new(web);
        let (got, body) = get(&web, "https://a/x", 100).await;
        assert_eq!((got.unwrap().url.as_str(), body.as_slice()), ("https://b/z", &b"here"[..]));
        let asked = web.asked.lock().unwrap().clone();
        let with: Vec<bool> = asked.iter().map(|(_, auth)| auth.is_some()).collect();
        assert_eq!(with, [true, true, false]);
    }

    #[tokio::test]
    async fn what_is_refused() {
        let web = FakeWeb::default()
            .page("https://a/plain", 302, &[("location", "http://a/y")], b"")
            .page("https://a/round", 302, &[("location", "/round")], b"")
            .page("https://a/none", 404, &[], b"")
            .page("https://a/large", 200, &[], &[0; 200]);
        let web = Arc::new(web);
        for (url, why) in [
            ("https://a/plain", "not encrypted"),
            ("https://a/round", "more than 10 times"),
            ("https://a/none", "answered 404 Not Found"),
            ("https://a/large", "has more than 1 MiB"),
            ("https://nowhere/", "no such host"),
        ] {
            let text = get(&web, url, 100).await.0.unwrap_err().text();
            assert!(text.contains(why), "{text}");
        }
        assert!(matches!(get(&web, "https://nowhere/", 1).await.0, Err(WebError::Unreachable(_))));
    }

    #[test]
    fn passwords_of_hosts() {
        let text = "machine a login x password y\nmachine b\n  login me\n  password s\ndefault login d password e\n";
        assert_eq!(netrc(text, "b"), Some(("me".into(), "s".into())));
        assert_eq!(netrc(text, "c"), Some(("d".into(), "e".into())));
        assert_eq!(netrc("machine a login x password y", "b"), None);
    }
}
