//! The arguments of a connection, checked before anything is connected to.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use craton_model::{Diagnostic, Marks, Path, Value};
use russh::keys::{Certificate, PrivateKey, PublicKey};

use crate::secret::Secret;
use crate::{duration, keys};

/// What kind of system is connected to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Platform {
    /// Scripts are made executable and run by their first line.
    Unix,
    /// Scripts are command files.
    Windows,
}

/// How another machine is reached.
pub struct Connection {
    pub(crate) target: Login,
    pub(crate) bastion: Option<Login>,
    pub(crate) proxy: Option<Proxy>,
    pub(crate) agent: AgentUse,
    /// The identity of the agent to try first: a path to a public key, or a comment.
    pub(crate) agent_identity: Option<String>,
    /// How long it is tried to connect.
    pub(crate) timeout: Duration,
    pub(crate) script_path: String,
    pub(crate) platform: Platform,
}

/// Where to log in, and as whom.
pub(crate) struct Login {
    pub host: Shown,
    pub port: u16,
    pub user: Shown,
    pub password: Option<Secret>,
    pub key: Option<Arc<PrivateKey>>,
    pub certificate: Option<Certificate>,
    pub host_key: Option<PublicKey>,
}

/// A server that carries the first connection.
pub(crate) struct Proxy {
    pub scheme: ProxyScheme,
    pub host: Shown,
    pub port: u16,
    pub user: Option<String>,
    pub password: Option<Secret>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ProxyScheme {
    Http,
    Https,
    Socks5,
}

/// Whether keys of an SSH agent are tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AgentUse {
    Off,
    /// When there is one.
    IfThere,
    Required,
}

/// A text that messages show, unless the configuration marks it as sensitive.
#[derive(Clone)]
pub(crate) struct Shown {
    pub value: String,
    hidden: bool,
}

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.hidden { "(sensitive value)" } else { &self.value })
    }
}

/// An error about one argument.
fn invalid(name: &str, detail: impl Into<String>) -> Diagnostic {
    Diagnostic::error("Invalid connection argument", detail).on_attribute(Path::attr(name.to_owned()))
}

/// The arguments as an object; what is not known yet counts as left out.
struct Arguments<'a>(&'a Value);

impl Arguments<'_> {
    fn value(&self, name: &str) -> Option<(Value, Marks)> {
        let (value, marks) = self.0.get(name)?.clone().unmark();
        value.is_not_null().then_some((value, marks))
    }

    /// A text that is not empty.
    fn text(&self, name: &str) -> Option<String> {
        self.shown(name).map(|s| s.value)
    }

    fn shown(&self, name: &str) -> Option<Shown> {
        let (value, marks) = self.value(name)?;
        let text = value.as_str().filter(|t| !t.is_empty())?;
        Some(Shown { value: text.to_owned(), hidden: marks.contains(Marks::SENSITIVE) })
    }

    fn secret(&self, name: &str) -> Option<Secret> {
        self.text(name).map(Secret::new)
    }

    fn port(&self, name: &str) -> Result<Option<u16>, Diagnostic> {
        let Some((value, _)) = self.value(name) else { return Ok(None) };
        let Some(number) = value.as_number() else { return Ok(None) };
        let port = number.to_i64().and_then(|n| u16::try_from(n).ok()).filter(|n| *n > 0);
        port.map(Some)
            .ok_or_else(|| invalid(name, format!("The argument {name:?} is a port: a whole number from 1 to 65535.")))
    }

    fn read<T>(&self, name: &str, read: impl Fn(&str) -> Result<T, String>) -> Result<Option<T>, Diagnostic> {
        self.text(name).map(|t| read(&t).map_err(|e| invalid(name, e))).transpose()
    }

    fn key(&self, name: &str) -> Result<Option<Arc<PrivateKey>>, Diagnostic> {
        self.read(name, |t| keys::private(&Secret::new(t)))
    }
}

impl Connection {
    /// Reads the arguments of a `connection` block: an object with an attribute for each. What is not known yet is taken
    /// as left out, so that what is known can be checked early. Errors name the attribute.
    pub fn new(arguments: &Value) -> Result<Self, Diagnostic> {
        let a = Arguments(arguments);
        match a.text("type").as_deref() {
            None | Some("ssh") => {}
            Some("winrm") => {
                return Err(invalid(
                    "type",
                    "Connections of type \"winrm\" are not supported by craton. Windows can be reached with type = \"ssh\" and \
                     target_platform = \"windows\" where OpenSSH is installed on it.",
                ));
            }
            Some(_) => return Err(invalid("type", "The argument \"type\" is \"ssh\".")),
        }
        let host_is_open = arguments.get("host").is_some_and(|v| !v.is_known());
        let host = match a.shown("host") {
            Some(host) => host,
            None if host_is_open => Shown { value: String::new(), hidden: false },
            None => {
                return Err(invalid(
                    "host",
                    "The argument \"host\" is required: the address of the machine to connect to, for example \
                     self.public_ip. It is not set, or empty.",
                ));
            }
        };
        let platform = match a.text("target_platform").as_deref() {
            None | Some("unix") => Platform::Unix,
            Some("windows") => Platform::Windows,
            Some(_) => {
                return Err(invalid("target_platform", "The argument \"target_platform\" is \"unix\" or \"windows\"."));
            }
        };
        let timeout = a.read("timeout", |t| {
            duration::parse(t).ok_or_else(|| {
                format!("{t:?} is no duration. It is a number with a unit, such as \"30s\" or \"5m\"; several add up.")
            })
        })?;
        let agent = match a.value("agent").and_then(|(v, _)| v.as_bool()) {
            Some(true) => AgentUse::Required,
            Some(false) => AgentUse::Off,
            None => AgentUse::IfThere,
        };
        let target = Login {
            host,
            port: a.port("port")?.unwrap_or(22),
            user: a.shown("user").unwrap_or(Shown { value: "root".into(), hidden: false }),
            password: a.secret("password"),
            key: a.key("private_key")?,
            certificate: a.read("certificate", keys::certificate)?,
            host_key: a.read("host_key", keys::host)?,
        };
        let key_is_open = arguments.get("private_key").is_some_and(|v| !v.is_known());
        if target.certificate.is_some() && target.key.is_none() && !key_is_open {
            return Err(invalid("certificate", "A certificate is of use only with its key: set \"private_key\" too."));
        }
        let script_path = a.text("script_path").unwrap_or_else(|| default_script_path(platform).into());
        Ok(Self {
            bastion: bastion(&a, &target)?,
            proxy: proxy(&a)?,
            target,
            agent,
            agent_identity: a.text("agent_identity"),
            timeout: timeout.unwrap_or(Duration::from_secs(5 * 60)),
            script_path,
            platform,
        })
    }

    /// A path for one script, `%RAND%` in it replaced.
    pub(crate) fn new_script_path(&self) -> String {
        self.script_path.replace("%RAND%", &fastrand::u32(..).to_string())
    }
}

fn default_script_path(platform: Platform) -> &'static str {
    match platform {
        Platform::Unix => "/tmp/terraform_%RAND%.sh",
        Platform::Windows => "C:/windows/temp/terraform_%RAND%.cmd",
    }
}

/// The host on the way; what is not said of it is as for the machine itself.
fn bastion(a: &Arguments<'_>, target: &Login) -> Result<Option<Login>, Diagnostic> {
    let (key, certificate) = (a.key("bastion_private_key")?, a.read("bastion_certificate", keys::certificate)?);
    let (port, host_key) = (a.port("bastion_port")?, a.read("bastion_host_key", keys::host)?);
    let Some(host) = a.shown("bastion_host") else { return Ok(None) };
    Ok(Some(Login {
        host,
        port: port.unwrap_or(target.port),
        user: a.shown("bastion_user").unwrap_or_else(|| target.user.clone()),
        password: a.secret("bastion_password").or_else(|| target.password.clone()),
        // A certificate is good for its own key only.
        certificate: certificate.or_else(|| target.certificate.clone().filter(|_| key.is_none())),
        key: key.or_else(|| target.key.clone()),
        host_key,
    }))
}

fn proxy(a: &Arguments<'_>) -> Result<Option<Proxy>, Diagnostic> {
    let scheme = match a.text("proxy_scheme").as_deref() {
        None | Some("http") => ProxyScheme::Http,
        Some("https") => ProxyScheme::Https,
        Some("socks5") => ProxyScheme::Socks5,
        Some(_) => {
            return Err(invalid("proxy_scheme", "The argument \"proxy_scheme\" is \"http\", \"https\" or \"socks5\"."));
        }
    };
    let port = a.port("proxy_port")?;
    let Some(host) = a.shown("proxy_host") else { return Ok(None) };
    let port_is_open = a.0.get("proxy_port").is_some_and(|v| !v.is_known());
    let Some(port) = port.or(port_is_open.then_some(0)) else {
        return Err(invalid("proxy_port", "A proxy is reached by its host and its port: set \"proxy_port\" too."));
    };
    let user = a.text("proxy_user_name");
    Ok(Some(Proxy { scheme, host, port, user, password: a.secret("proxy_user_password") }))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may stop anywhere")]
    use super::*;
    use craton_model::Type;

    fn with(arguments: &[(&'static str, Value)]) -> Result<Connection, Diagnostic> {
        Connection::new(&Value::object(arguments.iter().cloned()))
    }

    fn refused(arguments: &[(&'static str, Value)]) -> String {
        let found = with(arguments).err().unwrap();
        format!("{}: {}", found.attribute.unwrap(), found.detail)
    }

    #[test]
    fn what_is_left_out_is_as_terraform_has_it() {
        let c = with(&[("host", "h".into()), ("port", Value::number(2222_i64)), ("bastion_host", "b".into())]).unwrap();
        assert_eq!((c.target.user.value.as_str(), c.timeout.as_secs(), c.platform), ("root", 300, Platform::Unix));
        let bastion = c.bastion.as_ref().unwrap();
        assert_eq!((bastion.user.value.as_str(), bastion.port), ("root", 2222));
        let (before, after) = ("/tmp/terraform_", ".sh");
        let path = c.new_script_path();
        let number = path.strip_prefix(before).unwrap().strip_suffix(after).unwrap();
        assert!(number.parse::<u32>().is_ok(), "{path}");
        assert_eq!((c.agent, c.proxy.is_none()), (AgentUse::IfThere, true));
    }

    #[test]
    fn bad_arguments_are_named_and_secrets_are_not_shown() {
        let host = ("host", Value::from("h"));
        assert!(refused(&[]).starts_with("host: The argument \"host\" is required"));
        assert!(refused(&[("host", "".into())]).starts_with("host: "));
        assert!(refused(&[host.clone(), ("type", "winrm".into())]).starts_with("type: Connections of type \"winrm\""));
        assert!(refused(&[host.clone(), ("port", Value::number(70_000_i64))]).starts_with("port: "));
        assert!(refused(&[host.clone(), ("timeout", "5".into())]).starts_with("timeout: \"5\" is no duration"));
        assert!(refused(&[host.clone(), ("proxy_host", "p".into())]).starts_with("proxy_port: "));
        assert!(refused(&[host.clone(), ("target_platform", "mac".into())]).starts_with("target_platform: "));
        let key = refused(&[host.clone(), ("private_key", "hunter2".into())]);
        assert!(key.starts_with("private_key: The text holds no key") && !key.contains("hunter2"), "{key}");
        let key =
            refused(&[host, ("private_key", "-----BEGIN PRIVATE KEY-----\nhunter2\n-----END PRIVATE KEY-----".into())]);
        assert!(key.starts_with("private_key: The key cannot be read") && !key.contains("hunter2"), "{key}");
    }

    #[test]
    fn what_is_not_known_yet_is_not_missing() {
        let open = Value::unknown(Type::String);
        assert!(with(&[("host", open.clone()), ("private_key", open)]).is_ok());
    }

    #[test]
    fn a_sensitive_host_is_not_shown() {
        let c = with(&[("host", Value::from("10.1.2.3").sensitive())]).unwrap();
        assert_eq!(c.target.host.to_string(), "(sensitive value)");
    }
}
