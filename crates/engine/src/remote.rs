//! The provisioners `remote-exec` and `file`: what they ask of another machine, and through whom.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use craton_config::{Connection, Provisioner};
use craton_hcl::{Body, decode_body};
use craton_model::addr::ResourceInstance;
use craton_model::{Diagnostic, Diagnostics, Event, Span, Value};

use crate::evaluate::{ModuleScope, place};
use crate::provision::{connection_schema, texts};

/// What a provisioner asks of another machine. Paths are of this one.
#[derive(Clone, Debug)]
pub enum RemoteWork {
    /// Run these commands as one script.
    Commands(Vec<String>),
    /// Run these scripts, one after another until one fails.
    Scripts(Vec<PathBuf>),
    /// Copy a file or a folder; of a folder whose path ends with a slash what is in it.
    CopyPath {
        /// What.
        source: PathBuf,
        /// The path there.
        destination: String,
    },
    /// Make a file with this text.
    CopyText {
        /// The text.
        content: String,
        /// The path there.
        destination: String,
    },
}

/// A line to tell while work goes on.
#[derive(Clone, Debug)]
pub enum RemoteLine {
    /// What is being done.
    Progress(String),
    /// What a script printed.
    Output(String),
}

/// Works on other machines.
#[async_trait]
pub trait Communicator: Send + Sync {
    /// Checks the arguments of a connection: an object with an attribute for each argument of a `connection` block, which may be
    /// marked as sensitive and, before an apply, not known yet. An error names its attribute.
    fn check(&self, connection: &Value) -> Result<(), Diagnostic>;

    /// Connects and works. Each line is told as it comes. The error says what failed and how; it shows no secret.
    /// Dropping the future ends the connection.
    async fn work(
        &self,
        connection: &Value,
        work: RemoteWork,
        tell: &(dyn Fn(RemoteLine) + Send + Sync),
    ) -> Result<(), Diagnostic>;
}

/// The connection of a provisioner: the resource's, with the provisioner's own arguments on top.
fn connection(shared: Option<&Connection>, own: Option<&Connection>) -> Option<(Body, Span)> {
    match (shared, own) {
        (Some(shared), Some(own)) => Some((shared.body.overridden_by(&own.body), own.span)),
        (Some(one), None) | (None, Some(one)) => Some((one.body.clone(), one.span)),
        (None, None) => None,
    }
}

fn no_connection(p: &Provisioner) -> Diagnostic {
    Diagnostic::error(
        "Missing connection configuration for provisioner",
        format!(
            "The provisioner {:?} works on another machine, and nothing says which. Add a block to it, or to the resource:\n  \
             connection {{\n    host = self.public_ip\n  }}",
            &*p.kind
        ),
    )
    .at(p.span)
}

/// Evaluates and checks a connection. What is known of it is checked before an apply too.
fn connected(
    p: &Provisioner,
    shared: Option<&Connection>,
    scope: &ModuleScope<'_>,
) -> Result<(Value, Body, Span), Diagnostics> {
    let Some((body, span)) = connection(shared, p.connection.as_ref()) else { return Err(no_connection(p).into()) };
    let (value, found) = decode_body(&body, connection_schema(), scope);
    if found.has_errors() {
        return Err(found);
    }
    let communicator = &scope.walk.communicator;
    communicator.check(&value).map_err(|d| place(d, Some((&body, span)), connection_schema()))?;
    Ok((value, body, span))
}

/// Checks the names and types of a connection's arguments and nothing else; none at all is no mistake.
pub fn connection_types(p: &Provisioner, shared: Option<&Connection>, scope: &ModuleScope<'_>) -> Diagnostics {
    let body = connection(shared, p.connection.as_ref());
    body.map(|(body, _)| decode_body(&body, connection_schema(), scope).1).unwrap_or_default()
}

/// Checks the connection and the arguments of a `remote-exec` or `file` as far as they are known.
pub fn validate(p: &Provisioner, shared: Option<&Connection>, config: &Value, scope: &ModuleScope<'_>) -> Diagnostics {
    let mut found = Diagnostics::new();
    found.keep(one_of(p, config));
    found.keep(names_a_file(p, config, &scope.walk.environment.base_dir));
    found.keep(connected(p, shared, scope));
    found
}

/// Refuses none and several of the arguments that stand for each other.
fn one_of(p: &Provisioner, config: &Value) -> Result<(), Diagnostic> {
    let names: &[&str] = if &*p.kind == "file" { &["source", "content"] } else { &["inline", "script", "scripts"] };
    let set = names.iter().filter(|n| config.get(n).is_some_and(|v| !v.is_null())).count();
    if set == 1 {
        return Ok(());
    }
    let names = names.iter().map(|n| format!("{n:?}")).collect::<Vec<_>>().join(", ");
    let what = if set == 0 { "none is set" } else { "several are set" };
    Err(Diagnostic::error(
        "Invalid combination of arguments",
        format!("The provisioner {:?} takes one of the arguments {names}, and {what}.", &*p.kind),
    )
    .at(p.span))
}

/// Refuses a destination that ends with a slash for one file: Terraform makes `/etc/etc` of a file for `/etc/`.
fn names_a_file(p: &Provisioner, config: &Value, base: &Path) -> Result<(), Diagnostic> {
    let text = |name: &str| config.get(name).and_then(Value::as_str);
    let one = text("content").is_some() || text("source").is_some_and(|s| base.join(at_home(s)).is_file());
    if &*p.kind != "file" || !one || !text("destination").is_some_and(|d| d.ends_with('/')) {
        return Ok(());
    }
    Err(Diagnostic::error(
        "Destination is a folder",
        "The argument \"destination\" ends with a slash, but one file is copied. Give the path of the file there, its name included.",
    )
    .at(p.span))
}

/// Runs a `remote-exec` or `file` whose arguments are known. With a `secret`, which says how its
/// arguments are marked, what the other machine says is kept back.
pub async fn run(
    p: &Provisioner,
    shared: Option<&Connection>,
    config: &Value,
    secret: Option<&str>,
    scope: &ModuleScope<'_>,
    addr: &ResourceInstance,
) -> Result<(), Diagnostics> {
    one_of(p, config)?;
    names_a_file(p, config, &scope.walk.environment.base_dir)?;
    let (connection, body, span) = connected(p, shared, scope)?;
    let work = work(p, config, &scope.walk.environment.base_dir)?;
    let said = Mutex::new(VecDeque::new());
    let event = |line: String| {
        let provisioner = p.kind.to_string();
        scope.walk.events.event(Event::ProvisionOutput { addr: addr.clone(), provisioner, line });
    };
    let tell = |line: RemoteLine| {
        if secret.is_some() {
            return;
        }
        let line = match line {
            RemoteLine::Progress(line) => return event(line),
            RemoteLine::Output(line) => line,
        };
        let mut said = said.lock().unwrap_or_else(PoisonError::into_inner);
        if said.len() == 20 {
            said.pop_front();
        }
        said.push_back(line.clone());
        drop(said);
        event(line);
    };
    if let Some(marks) = secret {
        event(format!("(output suppressed due to {marks} value in config)"));
    }
    let result = scope.walk.communicator.work(&connection, work, &tell).await;
    result.map_err(|mut d| {
        if d.attribute.is_none() {
            d.summary = format!("{} provisioner error", p.kind);
            if secret.is_some() {
                d.detail = hidden(d.detail, config);
            }
            let said = said.into_inner().unwrap_or_else(PoisonError::into_inner);
            if let Some(marks) = secret.filter(|_| &*p.kind == "remote-exec") {
                d.detail += &format!(" Output: (suppressed due to {marks} value in config)");
            } else if !said.is_empty() {
                d.detail += &format!(" Output: {}", Vec::from(said).join("\n"));
            }
            return d.into();
        }
        place(d, Some((&body, span)), connection_schema()).into()
    })
}

/// A text in which the arguments of the provisioner are not shown: a path may be what is sensitive.
fn hidden(mut text: String, config: &Value) -> String {
    config.walk(&mut |_, value| {
        if let Some(argument) = value.as_str().filter(|a| a.len() > 3) {
            text = text.replace(argument, "(sensitive value)");
        }
        true
    });
    text
}

fn work(p: &Provisioner, config: &Value, base: &Path) -> Result<RemoteWork, Diagnostic> {
    let text = |name: &str| config.get(name).and_then(Value::as_str).map(String::from);
    let failed = |detail: String| Diagnostic::error(format!("{} provisioner error", p.kind), detail);
    let list = |name: &str| -> Result<Option<Vec<String>>, Diagnostic> {
        let Some(value) = config.get(name).filter(|v| !v.is_null()) else { return Ok(None) };
        let items = value.as_seq().unwrap_or(&[]);
        match items.iter().position(|v| v.as_str().is_none_or(str::is_empty)) {
            Some(at) => Err(failed(format!("Element {at} of the argument {name:?} is empty or null."))),
            None => Ok(Some(texts(Some(value)))),
        }
    };
    if &*p.kind == "file" {
        let destination = text("destination").filter(|t| !t.is_empty());
        let destination = destination
            .ok_or_else(|| failed("The argument \"destination\" is empty. Give a path on the machine.".into()))?;
        return match (text("source"), text("content")) {
            (Some(source), _) => Ok(RemoteWork::CopyPath { source: base.join(at_home(&source)), destination }),
            (None, content) => Ok(RemoteWork::CopyText { content: content.unwrap_or_default(), destination }),
        };
    }
    if let Some(commands) = list("inline")? {
        return Ok(RemoteWork::Commands(commands));
    }
    let scripts = match text("script") {
        Some(script) => vec![script],
        None => list("scripts")?.unwrap_or_default(),
    };
    Ok(RemoteWork::Scripts(scripts.iter().map(|s| base.join(s)).collect()))
}

/// A path with `~` in front of it, as a shell reads it.
fn at_home(path: &str) -> PathBuf {
    match (path.strip_prefix("~/"), std::env::var_os("HOME")) {
        (Some(rest), Some(home)) => Path::new(&home).join(rest),
        _ => path.into(),
    }
}
