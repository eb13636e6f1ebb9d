//! Module registries (<https://developer.hashicorp.com/terraform/internals/module-registry-protocol>).

use crate::hosts::Hosts;
use crate::source::RegistrySource;
use crate::web::{Answer, Sink, WebClient, WebError, shown};
use http::StatusCode;
use http::header::{AUTHORIZATION, HeaderName};
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use url::Url;

const SERVICE: &str = "modules.v1";
const MOST: u64 = 16 << 20;

/// What registries are asked. Each host is asked for its services once.
pub(crate) struct Registries {
    pub(crate) web: WebClient,
    pub(crate) hosts: Hosts,
    /// A token for `tfr` addresses of hosts that have none of their own.
    pub(crate) tfr_token: Option<String>,
    found: Mutex<BTreeMap<String, Url>>,
}

impl Registries {
    pub(crate) fn new(web: WebClient, hosts: Hosts, tfr_token: Option<String>) -> Self {
        Self { web, hosts, tfr_token, found: Mutex::default() }
    }

    /// The URL that the modules of a module's host are below.
    async fn modules(&self, module: &RegistrySource) -> Result<Url, WebError> {
        let host = module.host.as_str();
        if let Some(known) = self.found.lock().unwrap_or_else(PoisonError::into_inner).get(host) {
            return Ok(known.clone());
        }
        let asked = format!("https://{host}/.well-known/terraform.json");
        let refuse = |why: String| WebError::Refused(format!("{host} is no module registry: {why}"));
        let home = Url::parse(&asked).map_err(|e| refuse(e.to_string()))?;
        let (base, service) = match self.hosts.services(host) {
            Some(services) => (home, services.get(SERVICE).cloned()),
            None => {
                let mut body = Vec::new();
                let answer = self.get(module, &home, &mut body).await?;
                let document: serde_json::Value = serde_json::from_slice(&body)
                    .map_err(|e| refuse(format!("what {} answers is no JSON: {e}", shown(&home))))?;
                (answer.url, document[SERVICE].as_str().map(str::to_owned))
            }
        };
        let service = service.ok_or_else(|| refuse(format!("it offers no service {SERVICE}")))?;
        // Names are put behind it, also where it does not end in a slash.
        let slashed = if service.ends_with('/') { service } else { format!("{service}/") };
        let url = base.join(&slashed).map_err(|e| refuse(format!("{slashed:?} is no URL: {e}")))?;
        self.found.lock().unwrap_or_else(PoisonError::into_inner).insert(host.to_owned(), url.clone());
        Ok(url)
    }

    async fn get(&self, module: &RegistrySource, url: &Url, body: &mut Vec<u8>) -> Result<Answer, WebError> {
        let host = module.host.as_str();
        let mut headers: Vec<(HeaderName, String)> = Vec::new();
        let own = self.hosts.token(host).map_err(WebError::Refused)?;
        let token = own.or_else(|| self.tfr_token.clone().filter(|_| module.tfr));
        headers.extend(token.as_ref().map(|t| (AUTHORIZATION, format!("Bearer {t}"))));
        let got = self.web.get(url, &headers, &mut Sink::Memory(body), MOST).await;
        got.map_err(|e| match e {
            WebError::Status(status, text) if matches!(status.as_u16(), 401 | 403) => {
                let variable = Hosts::variable(host);
                let how = match token {
                    Some(_) => format!("the token for {host} is not accepted"),
                    None => format!("there is no token for {host}; set {variable}, or write a credentials block into the CLI configuration file"),
                };
                WebError::Refused(format!("{text} ({how})"))
            }
            other => other,
        })
    }

    /// The versions that there are of a module, as the registry spells them.
    pub(crate) async fn versions(&self, module: &RegistrySource) -> Result<Vec<String>, WebError> {
        let base = self.modules(module).await?;
        let url = join(&base, &[&module.namespace, &module.name, &module.system, "versions"])?;
        let mut body = Vec::new();
        self.get(module, &url, &mut body).await.map_err(|e| match e {
            WebError::Status(StatusCode::NOT_FOUND, text) => {
                WebError::Refused(format!("the registry {} has no such module ({text})", module.host))
            }
            other => other,
        })?;
        let document: serde_json::Value = serde_json::from_slice(&body)
            .map_err(|e| WebError::Refused(format!("what {} answers is no JSON: {e}", shown(&url))))?;
        let versions = document["modules"][0]["versions"].as_array();
        let versions = versions.ok_or_else(|| WebError::Refused(format!("{} lists no versions", shown(&url))))?;
        Ok(versions.iter().filter_map(|v| v["version"].as_str().map(str::to_owned)).collect())
    }

    /// Where the files of a version are: a source address.
    pub(crate) async fn location(&self, module: &RegistrySource, version: &str) -> Result<String, WebError> {
        let base = self.modules(module).await?;
        let url = join(&base, &[&module.namespace, &module.name, &module.system, version, "download"])?;
        let mut body = Vec::new();
        let answer = self.get(module, &url, &mut body).await.map_err(|e| match e {
            WebError::Status(StatusCode::NOT_FOUND, text) => {
                WebError::Refused(format!("the registry {} has no version {version} of it ({text})", module.host))
            }
            other => other,
        })?;
        let in_body = || {
            let document: serde_json::Value = serde_json::from_slice(&body).ok()?;
            document["location"].as_str().map(str::to_owned)
        };
        let place = answer.header("x-terraform-get").or_else(in_body);
        let place =
            place.ok_or_else(|| WebError::Refused(format!("{} does not say where the module is", shown(&url))))?;
        Ok(absolute(&answer.url, &place))
    }
}

fn join(base: &Url, parts: &[&str]) -> Result<Url, WebError> {
    base.join(&parts.join("/")).map_err(|e| WebError::Refused(format!("{} has no such page: {e}", shown(base))))
}

/// An address that may be relative to the page that named it.
pub(crate) fn absolute(page: &Url, place: &str) -> String {
    let relative = ["/", "./", "../"].iter().any(|start| place.starts_with(start));
    match relative.then(|| page.join(place)) {
        Some(Ok(full)) => full.to_string(),
        _ => place.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::tests::FakeWeb;
    use std::sync::Arc;

    fn module(host: &str) -> RegistrySource {
        RegistrySource {
            host: host.into(),
            namespace: "a".into(),
            name: "vpc".into(),
            system: "aws".into(),
            version: None,
            tfr: false,
            subdir: None,
        }
    }

    fn registries(web: FakeWeb, hosts: Hosts) -> (Registries, Arc<FakeWeb>) {
        let web = Arc::new(web);
        let client = WebClient { web: web.clone(), netrc: None };
        (Registries::new(client, hosts, None), web)
    }

    const VERSIONS: &[u8] = br#"{"modules":[{"versions":[{"version":"1.0.0"},{"version":"1.1.0"}]}]}"#;

    #[tokio::test]
    async fn a_host_tells_where_its_modules_are() {
        let web = FakeWeb::default()
            .page("https://reg.example/.well-known/terraform.json", 200, &[], br#"{"modules.v1":"/api/m"}"#)
            .page("https://reg.example/api/m/a/vpc/aws/versions", 200, &[], VERSIONS)
            .page("https://reg.example/api/m/a/vpc/aws/1.1.0/download", 204, &[("x-terraform-get", "./x.zip")], b"")
            .page(
                "https://reg.example/api/m/a/vpc/aws/1.0.0/download",
                200,
                &[],
                br#"{"location":"git::https://h/x"}"#,
            );
        let mut hosts = Hosts::default();
        hosts.add_token("reg.example", "secret".into());
        let (registries, web) = registries(web, hosts);
        let module = module("reg.example");
        assert_eq!(registries.versions(&module).await.unwrap(), ["1.0.0", "1.1.0"]);
        assert_eq!(
            registries.location(&module, "1.1.0").await.unwrap(),
            "https://reg.example/api/m/a/vpc/aws/1.1.0/x.zip"
        );
        assert_eq!(registries.location(&module, "1.0.0").await.unwrap(), "git::https://h/x");
        let asked = web.asked.lock().unwrap().clone();
        assert_eq!(asked.iter().filter(|(url, _)| url.ends_with("terraform.json")).count(), 1);
        assert!(asked.iter().all(|(_, auth)| auth.as_deref() == Some("Bearer secret")), "{asked:?}");
    }

    #[tokio::test]
    async fn services_that_are_configured_are_not_asked_for() {
        let web = FakeWeb::default().page("http://mirror/v1/a/vpc/aws/versions", 200, &[], VERSIONS);
        let mut hosts = Hosts::default();
        hosts.add_services("reg.example", [(SERVICE.to_owned(), "http://mirror/v1/".to_owned())]);
        let (registries, web) = registries(web, hosts);
        assert_eq!(registries.versions(&module("reg.example")).await.unwrap().len(), 2);
        assert_eq!(web.asked.lock().unwrap().len(), 1);
    }

    #[tokio::test]
    async fn what_goes_wrong_is_said() {
        let web = FakeWeb::default()
            .page("https://none.example/.well-known/terraform.json", 200, &[], b"{}")
            .page("https://html.example/.well-known/terraform.json", 200, &[], b"<html>")
            .page("https://closed-a.example/.well-known/terraform.json", 200, &[], br#"{"modules.v1":"/"}"#)
            .page("https://closed-a.example/a/vpc/aws/versions", 401, &[], b"")
            .page("https://closed-a.example/a/vpc/aws/1.0.0/download", 404, &[], b"");
        let (registries, _) = registries(web, Hosts::default());
        for (host, why) in [
            ("none.example", "offers no service modules.v1"),
            ("html.example", "is no JSON"),
            ("closed-a.example", "TF_TOKEN_closed__a_example"),
            ("gone.example", "no such host"),
        ] {
            let text = registries.versions(&module(host)).await.unwrap_err().text();
            assert!(text.contains(why), "{text}");
        }
        let text = registries.location(&module("closed-a.example"), "1.0.0").await.unwrap_err().text();
        assert!(text.contains("no version 1.0.0"), "{text}");
    }
}
