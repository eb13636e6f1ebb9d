//! Programs that run around a command.

use crate::config::{Config, Hook};
use crate::session::Outside;
use regex::Regex;
use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;

/// When a hook runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HookKind {
    /// Before the command.
    Before,
    /// After it.
    After,
    /// After a failure that its patterns match.
    Error,
}

/// A hook that did not end well.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HookFailure {
    /// Its label.
    pub name: Arc<str>,
    /// What went wrong, with what the program wrote to its standard error.
    pub message: String,
}

/// Runs the hooks of a kind that are for `command`, in order. `failures` are the messages of what has failed so far: a
/// hook then runs only if it says so (`run_on_error`) or, for error hooks, if a pattern matches. Standard output goes
/// where `outside` sends it.
pub(crate) fn run(
    config: &Config,
    kind: HookKind,
    command: &str,
    env: &BTreeMap<String, String>,
    working_dir: &Path,
    failures: &[String],
    outside: &dyn Outside,
) -> Vec<HookFailure> {
    let mut failed = Vec::new();
    let Some(terraform) = &config.terraform else { return failed };
    let hooks: &[Hook] = match kind {
        HookKind::Before => &terraform.before_hooks,
        HookKind::After => &terraform.after_hooks,
        HookKind::Error => &terraform.error_hooks,
    };
    let said = failures.join("\n");
    for hook in hooks {
        let name = &hook.name;
        let wanted = hook.condition.unwrap_or(true) && hook.commands.iter().any(|c| c == command);
        let after_failure = !failures.is_empty() || !failed.is_empty();
        let now = match kind {
            HookKind::Before | HookKind::After => !after_failure || hook.run_on_error.unwrap_or(false),
            HookKind::Error => hook.on_errors.iter().any(|p| Regex::new(p).is_ok_and(|r| r.is_match(&said))),
        };
        if !wanted || !now {
            continue;
        }
        outside.hook(name, &hook.execute);
        if let Err(message) = run_one(name, hook, command, env, working_dir, outside) {
            failed.push(HookFailure { name: name.clone(), message });
        }
    }
    failed
}

fn run_one(
    name: &str,
    hook: &Hook,
    command: &str,
    env: &BTreeMap<String, String>,
    working_dir: &Path,
    outside: &dyn Outside,
) -> Result<(), String> {
    let Some((program, args)) = hook.execute.split_first() else { return Err("it has nothing to execute".into()) };
    let dir = hook.working_dir.as_ref().map_or_else(|| working_dir.to_owned(), |d| working_dir.join(d));
    let mut process = Command::new(program);
    process.args(args).current_dir(&dir).env_clear().envs(env).stdin(Stdio::null());
    process.env("TG_CTX_TF_PATH", "craton").env("TG_CTX_COMMAND", command).env("TG_CTX_HOOK_NAME", name);
    let output = process.output().map_err(|e| match e.kind() {
        std::io::ErrorKind::NotFound if !dir.is_dir() => format!("its folder {} does not exist", dir.display()),
        std::io::ErrorKind::NotFound => {
            format!("there is no program {program:?} on this machine (executable file not found)")
        }
        _ => format!("{program:?} did not start: {e}"),
    })?;
    if !hook.suppress_stdout.unwrap_or(false) {
        outside.echo(&String::from_utf8_lossy(&output.stdout));
    }
    if output.status.success() {
        return Ok(());
    }
    // Some say on standard output what is wrong.
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
    let said = match text(&output.stderr) {
        said if said.is_empty() => text(&output.stdout),
        said => said,
    };
    let how = match output.status.code() {
        Some(code) => format!("exited with non-zero exit code {code}"),
        None => format!("ended with {}", output.status),
    };
    Err(format!("{program:?} {how}: {said}"))
}
