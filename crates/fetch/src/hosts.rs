//! What is known of registry hosts beforehand: where their services are, and with what to call them.

use std::collections::BTreeMap;
use std::fmt;

/// Services and credentials of hosts: what `host` and `credentials` blocks of Terraform's CLI configuration and the
/// environment say (<https://developer.hashicorp.com/terraform/cli/config/config-file>).
#[derive(Clone, Default)]
pub struct Hosts {
    services: BTreeMap<String, BTreeMap<String, String>>,
    tokens: BTreeMap<String, String>,
}

impl Hosts {
    /// Takes down that a host's services are these, by id (`modules.v1`) and URL; the host is not asked then.
    pub fn add_services(&mut self, host: &str, services: impl IntoIterator<Item = (String, String)>) {
        self.services.entry(host.to_ascii_lowercase()).or_default().extend(services);
    }

    /// Takes down a host's token. It replaces an earlier one.
    pub fn add_token(&mut self, host: &str, token: String) {
        self.tokens.insert(host.to_ascii_lowercase(), token);
    }

    /// Takes down the tokens that variables `TF_TOKEN_...` hold: in their names a dot of the host is an underscore, and
    /// a dash two.
    pub fn add_environment(&mut self, variables: impl IntoIterator<Item = (String, String)>) {
        for (name, value) in variables {
            let Some(host) = name.strip_prefix("TF_TOKEN_").filter(|_| !value.is_empty()) else { continue };
            self.add_token(&host.replace("__", "-").replace('_', "."), value);
        }
    }

    /// The services of a host, if they were taken down.
    pub(crate) fn services(&self, host: &str) -> Option<&BTreeMap<String, String>> {
        self.services.get(host)
    }

    /// The token for a host.
    pub(crate) fn token(&self, host: &str) -> Option<&str> {
        let bare = host.rsplit_once(':').map_or(host, |(bare, _)| bare);
        self.tokens.get(host).or_else(|| self.tokens.get(bare)).map(String::as_str)
    }
}

impl fmt::Debug for Hosts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let known: Vec<&String> = self.tokens.keys().collect();
        f.debug_struct("Hosts").field("services", &self.services).field("tokens", &known).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_of_the_environment() {
        let mut hosts = Hosts::default();
        hosts.add_token("app.terraform.io", "old".into());
        let vars = [("TF_TOKEN_app_terraform_io", "a"), ("TF_TOKEN_my__host_example_com", "b"), ("TF_TOKEN_x", "")];
        hosts.add_environment(vars.map(|(k, v)| (k.to_owned(), v.to_owned())));
        assert_eq!(hosts.token("app.terraform.io"), Some("a"));
        assert_eq!(hosts.token("my-host.example.com:8443"), Some("b"));
        assert_eq!(hosts.token("x"), None);
        assert!(!format!("{hosts:?}").contains("\"a\""));
    }
}
