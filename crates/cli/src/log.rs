//! `TF_LOG`: what craton does, for whoever looks for a fault.
//!
//! A line has Terraform's form, `TIME [LEVEL] text`. Levels are `TRACE`, `DEBUG`, `INFO`, `WARN` and `ERROR`; craton writes
//! `INFO` and `DEBUG`. Lines go to standard error, or to the end of the file that `TF_LOG_PATH` names. Values of
//! variables and backend arguments are left out, whether they are secret or not.

use std::fs::File;
use std::io::Write as _;
use std::sync::{Mutex, OnceLock, PoisonError};

/// How much a line matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// How things are done.
    Debug,
    /// What is done.
    Info,
    /// Not written by craton; the highest level that can be asked for.
    Error,
}

struct Log {
    level: Level,
    file: Option<Mutex<File>>,
}

static LOG: OnceLock<Option<Log>> = OnceLock::new();

/// Reads the environment; begins with what is run.
pub fn start(args: &[String]) {
    let log = wanted();
    if LOG.set(log).is_err() {
        return;
    }
    info(|| format!("craton {}, for Terraform {}", env!("CARGO_PKG_VERSION"), crate::app::TERRAFORM_VERSION));
    info(|| format!("arguments: {}", shown(args).join(" ")));
    debug(|| {
        let names = std::env::vars_os().filter_map(|(k, _)| k.into_string().ok());
        let mut names: Vec<String> =
            names.filter(|n| ["TF_", "TG_", "AWS_"].iter().any(|p| n.starts_with(p))).collect();
        names.sort();
        format!("set in the environment: {}", names.join(" "))
    });
}

fn wanted() -> Option<Log> {
    let level = std::env::var("TF_LOG").ok().filter(|l| !l.is_empty())?;
    let level = match level.to_uppercase().as_str() {
        "OFF" => return None,
        "INFO" => Level::Info,
        "WARN" | "ERROR" => Level::Error,
        // Terraform takes what it does not know for the most talkative level, too.
        _ => Level::Debug,
    };
    let file = std::env::var_os("TF_LOG_PATH").filter(|p| !p.is_empty()).and_then(|path| {
        let opened = File::options().create(true).append(true).open(&path);
        opened.map_err(|e| eprintln!("TF_LOG_PATH: cannot write {}: {e}", path.to_string_lossy())).ok()
    });
    Some(Log { level, file: file.map(Mutex::new) })
}

/// The arguments without the values that people give for variables and backends.
fn shown(args: &[String]) -> Vec<String> {
    let hide = |a: &String| match a.split_once('=') {
        Some((flag @ ("--var" | "--backend-config"), value)) => {
            format!("{flag}={}=...", value.split('=').next().unwrap_or_default())
        }
        _ => a.clone(),
    };
    args.iter().skip(1).map(hide).collect()
}

/// Says what is done.
pub fn info(text: impl FnOnce() -> String) {
    line(Level::Info, "INFO", text);
}

/// Says how something is done.
pub fn debug(text: impl FnOnce() -> String) {
    line(Level::Debug, "DEBUG", text);
}

fn line(level: Level, name: &str, text: impl FnOnce() -> String) {
    let Some(Some(log)) = LOG.get() else { return };
    if level < log.level {
        return;
    }
    let text = format!("{} [{name}] {}\n", craton_state::lock::now(), text());
    match &log.file {
        Some(file) => {
            let _ = file.lock().unwrap_or_else(PoisonError::into_inner).write_all(text.as_bytes());
        }
        None => eprint!("{text}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_not_written() {
        let args = ["craton", "plan", "--var=password=hunter2=x", "--backend-config=secret_key=abc", "--out=p"];
        let args: Vec<String> = args.map(Into::into).to_vec();
        assert_eq!(shown(&args).join(" "), "plan --var=password=... --backend-config=secret_key=... --out=p");
    }
}
