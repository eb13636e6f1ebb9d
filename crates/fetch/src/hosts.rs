//! What is known of registry hosts beforehand: where their services are, and with what to call them.

use serde::Deserialize;
use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};

/// Services and credentials of hosts: what `host` and `credentials` blocks of Terraform's CLI configuration and the
/// environment say (<https://developer.hashicorp.com/terraform/cli/config/config-file>).
#[derive(Clone, Default)]
pub struct Hosts {
    services: BTreeMap<String, BTreeMap<String, String>>,
    tokens: BTreeMap<String, String>,
    helper: Option<(PathBuf, Vec<String>)>,
    /// What the helper said of hosts it was asked about.
    helped: Arc<Mutex<BTreeMap<String, Option<String>>>>,
}

/// How a helper answers.
#[derive(Deserialize)]
struct Helped {
    token: Option<String>,
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

    /// The variable that holds a host's token.
    pub fn variable(host: &str) -> String {
        let bare = host.rsplit_once(':').map_or(host, |(bare, _)| bare);
        format!("TF_TOKEN_{}", bare.replace('-', "__").replace('.', "_"))
    }

    /// The services of a host, if they were taken down.
    pub(crate) fn services(&self, host: &str) -> Option<&BTreeMap<String, String>> {
        self.services.get(host)
    }

    /// Takes down the program that is asked for tokens that are not known, and its arguments
    /// (<https://developer.hashicorp.com/terraform/internals/credentials-helpers>).
    pub fn set_helper(&mut self, program: PathBuf, arguments: Vec<String>) {
        self.helper = Some((program, arguments));
    }

    /// The token for a host; what goes wrong with the program that was to tell it is an error.
    pub(crate) fn token(&self, host: &str) -> Result<Option<String>, String> {
        let bare = host.rsplit_once(':').map_or(host, |(bare, _)| bare);
        if let Some(known) = self.tokens.get(host).or_else(|| self.tokens.get(bare)) {
            return Ok(Some(known.clone()));
        }
        let Some((program, arguments)) = &self.helper else { return Ok(None) };
        let mut helped = self.helped.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = helped.get(host) {
            return Ok(known.clone());
        }
        let failed = |why: String| format!("the credentials helper {} cannot be used: {why}", program.display());
        let output = Command::new(program).args(arguments).args(["get", host]).stdin(Stdio::null()).output();
        let output = output.map_err(|e| failed(e.to_string()))?;
        if !output.status.success() {
            return Err(failed(String::from_utf8_lossy(&output.stderr).trim().to_owned()));
        }
        let answer: Helped = serde_json::from_slice(&output.stdout).map_err(|_| failed("it answers no JSON".into()))?;
        helped.insert(host.to_owned(), answer.token.clone());
        Ok(answer.token)
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
        let token = |host: &str| hosts.token(host).unwrap();
        assert_eq!(token("app.terraform.io").as_deref(), Some("a"));
        assert_eq!(token("my-host.example.com:8443").as_deref(), Some("b"));
        assert_eq!(token("x"), None);
        assert_eq!(Hosts::variable("my-host.example.com:8443"), "TF_TOKEN_my__host_example_com");
        assert!(!format!("{hosts:?}").contains("\"a\""));
    }

    #[cfg(unix)]
    #[test]
    fn a_program_is_asked_for_what_is_not_known() {
        let helper = |text: &str| {
            let mut hosts = Hosts::default();
            hosts.add_token("known.example", "own".into());
            hosts.set_helper("sh".into(), vec!["-c".into(), text.into()]);
            hosts
        };
        let hosts = helper("echo \"{\\\"token\\\": \\\"$0 $1\\\"}\"");
        assert_eq!(hosts.token("known.example").unwrap().as_deref(), Some("own"));
        assert_eq!(hosts.token("other.example").unwrap().as_deref(), Some("get other.example"));
        assert_eq!(helper("echo '{}'").token("a.example").unwrap(), None);
        assert!(helper("echo no keyring >&2; exit 1").token("a.example").unwrap_err().contains("no keyring"));
    }
}
