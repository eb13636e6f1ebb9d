//! The data source `tls_certificate`, and the provider's own configuration, which is about reaching servers.

use async_trait::async_trait;
use craton_model::{Data, Diagnostic, Diagnostics, Path, Value};
use http::{HeaderMap, Method};
use sha1::{Digest as _, Sha1};
use url::Url;

use super::x509::Certificate;
use super::{id_of, name};
use crate::cx::Cx;
use crate::decl::{Attr, Check, DataSource, Kind, Nested, Outcome, fail, fail_at};
use crate::encode::hex;
use crate::net::{Ask, Proxies, Trust, ask, connect};
use crate::obj::Obj;
use crate::validate;

const PROXY: &[Attr] = &[
    Attr::optional("from_env", Kind::Flag),
    Attr::optional("password", Kind::Text).secret(),
    Attr::optional("url", Kind::Text).checked(Check::Text(|text| scheme(text, &["http", "https", "socks5"]))),
    Attr::optional("username", Kind::Text),
];
pub const CONFIG: &[Nested] = &[Nested { name: "proxy", single: false, min: 0, max: 1, attrs: PROXY, replaces: false }];

fn scheme(text: &str, allowed: &[&str]) -> Result<(), String> {
    match Url::parse(text) {
        Ok(url) if allowed.contains(&url.scheme()) => Ok(()),
        _ => Err(format!("takes a URL that begins with one of {}, and not {text:?}", allowed.join(", "))),
    }
}

/// Checks the provider's own configuration.
pub fn validate_config(config: &Obj, found: &mut Diagnostics) {
    for proxy in config.objects("proxy") {
        let mut refuse = |name: &'static str, detail: &str| {
            let d = Diagnostic::error("Invalid Attribute Combination", detail);
            found.push(d.on_attribute(Path::attr("proxy").then_index(Value::from(0)).then_attr(name)));
        };
        if !proxy.is_null("from_env") && ["url", "username", "password"].iter().any(|n| !proxy.is_null(n)) {
            refuse("from_env", "from_env takes the proxy from the environment; url, username and password name one.");
        }
        for (name, needs) in [("username", "url"), ("password", "username")] {
            if !proxy.is_null(name) && proxy.is_null(needs) {
                refuse(name, &format!("{name} is of no use without {needs}."));
            }
        }
    }
}

fn proxies(cx: &Cx) -> Result<Proxies, Diagnostics> {
    let configured = cx.config().and_then(|c| c.objects("proxy").into_iter().next());
    let Some(proxy) = configured else { return Ok(Proxies::Environment) };
    let owned = |name: &str| proxy.text(name).map(str::to_owned);
    match proxy.text("url").map(Url::parse) {
        Some(Ok(url)) => Ok(Proxies::At { url, user: owned("username"), password: owned("password") }),
        Some(Err(e)) => fail("Invalid proxy", format!("The proxy's url is no URL: {e}.")),
        None if proxy.flag("from_env") == Some(false) => Ok(Proxies::None),
        None => Ok(Proxies::Environment),
    }
}

const FIELDS: &[(&str, Kind)] = &[
    ("cert_pem", Kind::Text),
    ("is_ca", Kind::Flag),
    ("issuer", Kind::Text),
    ("not_after", Kind::Text),
    ("not_before", Kind::Text),
    ("public_key_algorithm", Kind::Text),
    ("serial_number", Kind::Text),
    ("sha1_fingerprint", Kind::Text),
    ("signature_algorithm", Kind::Text),
    ("subject", Kind::Text),
    ("version", Kind::Whole),
];

/// What is said of a certificate, in the published provider's order.
fn fields(c: &Certificate) -> [(&'static str, Value); 11] {
    let serial = num_bigint::BigInt::from_signed_bytes_be(&c.serial);
    [
        ("signature_algorithm", c.signed_with.into()),
        ("public_key_algorithm", c.public_algorithm().into()),
        ("serial_number", serial.to_string().into()),
        ("is_ca", c.is_ca.into()),
        ("version", c.version.into()),
        ("issuer", name::shown(&c.issuer).into()),
        ("subject", name::shown(&c.subject).into()),
        ("not_before", c.from.to_string().into()),
        ("not_after", c.to.to_string().into()),
        ("sha1_fingerprint", hex(&Sha1::digest(&c.bytes)).into()),
        ("cert_pem", c.pem().into()),
    ]
}

/// The values as Go prints them, of which the id is a hash.
fn printed(certificates: &[[(&'static str, Value); 11]]) -> String {
    let one = |v: &Value| match v.data() {
        Data::String(s) => format!("\"{}\"", s.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")),
        Data::Bool(b) => b.to_string(),
        _ => v.as_number().and_then(craton_model::Number::to_i64).unwrap_or(0).to_string(),
    };
    let all =
        certificates.iter().map(|c| format!("{{{}}}", c.iter().map(|(_, v)| one(v)).collect::<Vec<_>>().join(" ")));
    format!("[{}]", all.collect::<Vec<_>>().join(" "))
}

/// The certificates that a server shows, its own first.
async fn shown(cx: &Cx, url: &Url, trust: Trust<'_>) -> Result<Vec<Vec<u8>>, String> {
    if let Some(known) = url.host_str().and_then(|host| cx.surroundings.servers.certificates(host)) {
        return Ok(known);
    }
    if url.scheme() == "tls" {
        return Ok(connect(url, &Proxies::None, Some(trust.config()?)).await?.certificates);
    }
    let proxies = proxies(cx).map_err(|d| d.0.first().map(|d| d.detail.clone()).unwrap_or_default())?;
    let request = |method| Ask {
        url: url.clone(),
        method,
        headers: HeaderMap::new(),
        body: Default::default(),
        proxies: &proxies,
        trust,
    };
    // Not every server answers the first.
    if let Ok(answer) = ask(request(Method::HEAD)).await
        && !answer.certificates.is_empty()
    {
        return Ok(answer.certificates);
    }
    match ask(request(Method::GET)).await {
        Ok(answer) if answer.certificates.is_empty() => Err(format!("{url} leads on to a server without TLS")),
        Ok(answer) => Ok(answer.certificates),
        Err(e) => Err(e.text),
    }
}

pub struct CertificateData;

#[async_trait]
impl DataSource for CertificateData {
    fn name(&self) -> &'static str {
        "tls_certificate"
    }

    fn attrs(&self) -> &'static [Attr] {
        const ATTRS: &[Attr] = &[
            Attr::computed("certificates", Kind::Objects(FIELDS)),
            Attr::optional("content", Kind::Text),
            Attr::computed("id", Kind::Text),
            Attr::optional("url", Kind::Text).checked(Check::Text(|text| scheme(text, &["https", "tls"]))),
            Attr::optional("verify_chain", Kind::Flag),
        ];
        ATTRS
    }

    fn validate(&self, config: &Obj, found: &mut Diagnostics) {
        validate::exactly_one(config, &["content", "url"], found);
        let given = |name: &str| !config.is_null(name) && config.get(name).is_known();
        if given("verify_chain") && given("content") {
            let detail = "verify_chain is about the server at a url; a certificate's content is only read.";
            found.push(
                Diagnostic::error("Invalid Attribute Combination", detail).on_attribute(Path::attr("verify_chain")),
            );
        }
    }

    async fn read(&self, cx: &Cx, object: &mut Obj) -> Outcome {
        let certificates = match (object.text("content"), object.text("url")) {
            (Some(content), _) => vec![Certificate::parse(content)?],
            (None, text) => {
                let text = text.unwrap_or_default();
                let Ok(url) = Url::parse(text) else {
                    return fail_at("url", "Invalid URL", format!("{text:?} is no URL."));
                };
                if url.scheme() == "tls" && url.port().is_none() {
                    return fail_at("url", "Invalid URL", format!("{text:?} names no port, which tls needs."));
                }
                let trust = if object.flag("verify_chain") == Some(false) { Trust::Anybody } else { Trust::Machine };
                let chain = match cx.unless_stopped(shown(cx, &url, trust)).await {
                    Some(Ok(chain)) => chain,
                    Some(Err(why)) => return fail_at("url", "Certificates cannot be fetched", format!("{why}.")),
                    None => {
                        return fail("Request was interrupted", "craton was asked to end before there was an answer.");
                    }
                };
                // The root comes first.
                let read: Option<Vec<_>> = chain.iter().rev().map(|c| Certificate::read(c)).collect();
                match read {
                    Some(read) => read,
                    None => {
                        return fail_at("url", "Certificate cannot be read", format!("{text:?} shows a broken one."));
                    }
                }
            }
        };
        let all: Vec<_> = certificates.iter().map(fields).collect();
        object.set("id", id_of(printed(&all).as_bytes()));
        if let Some(ty) = object.type_of("certificates").element() {
            let values = all.into_iter().map(Value::object);
            object.set("certificates", Value::list(ty.clone(), values));
        }
        Ok(())
    }
}
