//! `http`: a data source that asks a URL (version 3.4).

use std::time::Duration;

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use craton_model::{Diagnostic, Diagnostics, Path, Type, Value};
use http::header::{HeaderMap, HeaderName, HeaderValue, RETRY_AFTER, TRAILER, TRANSFER_ENCODING};
use http::{Method, StatusCode};
use url::Url;

use crate::cx::Cx;
use crate::decl::{Attr, Check, DataSource, Declaration, Kind, Nested, Outcome, fail, fail_at};
use crate::net::{Answer, Ask, Proxies, Trust, ask};
use crate::obj::Obj;

pub(crate) const PROVIDER: Declaration = Declaration { data: &[&Http], ..Declaration::new("http", "3.4.5", "< 3.7") };

/// The waits between attempts where nothing is said (go-retryablehttp).
const MIN_DELAY: i64 = 1000;
const MAX_DELAY: i64 = 30_000;

struct Http;

/// What is asked, of an object.
fn request<'a>(object: &'a Obj, proxies: &'a Proxies) -> Result<Ask<'a>, Diagnostics> {
    let text = object.text("url").unwrap_or_default();
    let url = match Url::parse(text) {
        Ok(url) => url,
        Err(e) => return fail_at("url", "Invalid URL", format!("{text:?} is no URL: {e}.")),
    };
    let method = match object.text("method").unwrap_or("GET") {
        "POST" => Method::POST,
        "HEAD" => Method::HEAD,
        _ => Method::GET,
    };
    let mut headers = HeaderMap::new();
    for (name, value) in object.get("request_headers").as_map().into_iter().flatten() {
        let parts = (name.parse::<HeaderName>(), HeaderValue::from_str(value.as_str().unwrap_or_default()));
        let (Ok(key), Ok(value)) = parts else {
            return fail_at("request_headers", "Invalid header", format!("The header {name:?} cannot be sent."));
        };
        headers.insert(key, value);
    }
    let trust = match object.text("ca_cert_pem") {
        Some(pem) => Trust::Roots(pem),
        None if object.flag("insecure") == Some(true) => Trust::Anybody,
        None => Trust::Machine,
    };
    let body = object.text("request_body").unwrap_or_default().to_owned().into();
    Ok(Ask { url, method, headers, body, proxies, trust })
}

/// An answer, or why there is none and whether another attempt may have one, after how many milliseconds.
type Attempt = Result<Answer, (String, bool, Option<i64>)>;

async fn attempt(request: Ask<'_>, limit: Option<i64>) -> Attempt {
    let asked = ask(request);
    let result = match limit.and_then(|ms| u64::try_from(ms).ok()) {
        Some(ms) => match tokio::time::timeout(Duration::from_millis(ms), asked).await {
            Ok(result) => result,
            Err(_) => return Err((format!("there was no answer within request_timeout_ms ({ms})"), true, None)),
        },
        None => asked.await,
    };
    let answer = result.map_err(|e| (e.text, e.may_pass, None))?;
    let failed = answer.status.is_server_error() && answer.status != StatusCode::NOT_IMPLEMENTED;
    if failed || answer.status == StatusCode::TOO_MANY_REQUESTS {
        let asked = matches!(answer.status.as_u16(), 429 | 503)
            .then(|| answer.headers.get(RETRY_AFTER)?.to_str().ok()?.parse::<i64>().ok())
            .flatten();
        return Err((format!("the server answers {}", answer.status), true, asked.map(|s| s.saturating_mul(1000))));
    }
    Ok(answer)
}

/// The name of a header as Go shows it: `Content-Type`.
fn shown(name: &HeaderName) -> String {
    let word = |w: &str| {
        let mut letters = w.chars();
        let first = letters.next().map(|c| c.to_ascii_uppercase());
        first.into_iter().chain(letters).collect::<String>()
    };
    name.as_str().split('-').map(word).collect::<Vec<_>>().join("-")
}

fn set(cx: &Cx, object: &mut Obj, answer: &Answer) {
    if std::str::from_utf8(&answer.body).is_err() {
        let detail = "Characters that are none were replaced in response_body; response_body_base64 has all bytes.";
        cx.warn("Response body is not recognized as UTF-8", detail);
    }
    let mut headers: Vec<(String, Value)> = Vec::new();
    for name in answer.headers.keys().filter(|n| **n != TRANSFER_ENCODING && **n != TRAILER) {
        let all = answer.headers.get_all(name).iter().map(|v| String::from_utf8_lossy(v.as_bytes()).into_owned());
        headers.push((shown(name), Value::from(all.collect::<Vec<_>>().join(", "))));
    }
    let body = String::from_utf8_lossy(&answer.body).into_owned();
    object.set_text("id", object.text("url").map(str::to_owned).as_deref());
    object.set("response_headers", Value::map(Type::String, headers));
    object.set("response_body_base64", STANDARD.encode(&answer.body));
    object.set("body", body.as_str());
    object.set("response_body", body);
    object.set("status_code", i64::from(answer.status.as_u16()));
}

#[async_trait]
impl DataSource for Http {
    fn name(&self) -> &'static str {
        "http"
    }

    fn attrs(&self) -> &'static [Attr] {
        const ATTRS: &[Attr] = &[
            Attr::computed("body", Kind::Text).deprecated("Use response_body instead."),
            Attr::optional("ca_cert_pem", Kind::Text),
            Attr::computed("id", Kind::Text),
            Attr::optional("insecure", Kind::Flag),
            Attr::optional("method", Kind::Text).checked(Check::OneOf(&["GET", "POST", "HEAD"])),
            Attr::optional("request_body", Kind::Text),
            Attr::optional("request_headers", Kind::TextMap),
            Attr::optional("request_timeout_ms", Kind::Whole).checked(Check::AtLeast(1)),
            Attr::computed("response_body", Kind::Text),
            Attr::computed("response_body_base64", Kind::Text),
            Attr::computed("response_headers", Kind::TextMap),
            Attr::computed("status_code", Kind::Whole),
            Attr::required("url", Kind::Text),
        ];
        ATTRS
    }

    fn blocks(&self) -> &'static [Nested] {
        const RETRY: &[Attr] = &[
            Attr::optional("attempts", Kind::Whole).checked(Check::AtLeast(0)),
            Attr::optional("max_delay_ms", Kind::Whole).checked(Check::AtLeast(0)),
            Attr::optional("min_delay_ms", Kind::Whole).checked(Check::AtLeast(0)),
        ];
        const BLOCKS: &[Nested] =
            &[Nested { name: "retry", single: true, min: 0, max: 0, attrs: RETRY, replaces: false }];
        BLOCKS
    }

    fn validate(&self, config: &Obj, found: &mut Diagnostics) {
        if !config.is_null("ca_cert_pem") && !config.is_null("insecure") {
            let detail = "ca_cert_pem says whom to trust, and insecure is about trusting anybody. Give one of them.";
            found.push(
                Diagnostic::error("Invalid Attribute Combination", detail).on_attribute(Path::attr("ca_cert_pem")),
            );
        }
        for retry in config.objects("retry") {
            if let (Some(min), Some(max)) = (retry.whole("min_delay_ms"), retry.whole("max_delay_ms"))
                && max < min
            {
                let detail = format!("The max_delay_ms of {max} is less than the min_delay_ms of {min}.");
                found.push(Diagnostic::error("Invalid Attribute Value", detail).on_attribute(Path::attr("retry")));
            }
        }
    }

    async fn read(&self, cx: &Cx, object: &mut Obj) -> Outcome {
        let retry = object.objects("retry");
        let setting = |name: &str| retry.first().and_then(|r| r.whole(name));
        let attempts = setting("attempts").unwrap_or(0).saturating_add(1);
        let min = setting("min_delay_ms").unwrap_or(MIN_DELAY);
        let max = setting("max_delay_ms").unwrap_or(MAX_DELAY);
        let mut delay = min.min(max);
        let mut number = 1;
        let answer = loop {
            let request = request(object, &Proxies::Environment)?;
            let Some(result) = cx.unless_stopped(attempt(request, object.whole("request_timeout_ms"))).await else {
                return fail("Request was interrupted", "There was no answer when craton was asked to end.");
            };
            let (why, may_pass, asked) = match result {
                Ok(answer) => break answer,
                Err(failed) => failed,
            };
            let url = object.text("url").unwrap_or_default();
            if !may_pass || number >= attempts {
                let tried = if number > 1 { format!(" after {number} attempts") } else { String::new() };
                return fail("Error making request", format!("{url} gave no answer{tried}: {why}."));
            }
            let wait = u64::try_from(asked.unwrap_or(delay)).unwrap_or(0);
            if !cx.wait(Duration::from_millis(wait)).await {
                return fail("Request was interrupted", format!("{url} gave no answer so far: {why}."));
            }
            delay = delay.saturating_mul(2).min(max);
            number += 1;
        };
        set(cx, object, &answer);
        Ok(())
    }
}
