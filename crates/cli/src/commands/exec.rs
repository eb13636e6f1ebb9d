//! `exec`

use std::process::Stdio;

use craton_model::{Diagnostic, Diagnostics, Value};
use craton_terragrunt::{HookKind, Unit};

use crate::app::{App, Ended, Outcome};
use crate::args::ExecArgs;
use crate::terragrunt::Active;

/// Runs a program with the unit's inputs in its environment, between the unit's hooks for it.
pub async fn run(app: &App, args: &ExecArgs) -> Ended {
    let Some((program, rest)) = args.command.split_first() else {
        return Err(Diagnostic::error("No program", "Name the program to run:\n  craton exec -- PROGRAM").into());
    };
    let active = Active::load_for_program(app, &app.dir(), program)?;
    let before = active.hooks(HookKind::Before, &Diagnostics::new());
    let ended = if before.has_errors() { Err(before) } else { execute(app, args, &active, program, rest) };
    let failures = match &ended {
        Ok(Outcome::Done) => Diagnostics::new(),
        Ok(_) => Diagnostic::error("Program failed", format!("{program} did not end well.")).into(),
        Err(found) => found.clone(),
    };
    let mut found = active.hooks(HookKind::After, &failures);
    if failures.has_errors() || found.has_errors() {
        let all = failures.into_iter().chain(found.clone()).collect();
        found.extend(active.hooks(HookKind::Error, &all));
    }
    match ended {
        Ok(outcome) if !found.has_errors() => Ok(outcome),
        Ok(_) => Err(found),
        Err(first) => Err(first.into_iter().chain(found).collect()),
    }
}

fn execute(app: &App, args: &ExecArgs, active: &Active, program: &str, rest: &[String]) -> Ended {
    let dir = if args.in_download_dir { active.working_dir() } else { active.unit.dir.clone() };
    let mut command = std::process::Command::new(program);
    command.args(rest).current_dir(&dir).stdin(Stdio::inherit()).stdout(Stdio::inherit()).stderr(Stdio::inherit());
    command.envs(&active.unit.env).envs(&active.prepared.extra.env);
    for (name, value) in variables(&active.unit)? {
        // What is set already counts more, as with Terraform.
        if std::env::var_os(&name).is_none() {
            command.env(name, value);
        }
    }
    command.env("TG_CTX_TF_PATH", "craton").env("TG_CTX_COMMAND", program);
    let status = tokio::task::block_in_place(|| command.status()).map_err(|e| {
        let detail = match e.kind() {
            std::io::ErrorKind::NotFound => format!(
                "There is no program {program:?}. Relative paths begin at {}; correct the name, or install it.",
                dir.display()
            ),
            _ => format!("{program:?} did not start: {e}."),
        };
        Diagnostic::error("Program did not start", detail)
    })?;
    if status.success() {
        return Ok(Outcome::Done);
    }
    app.log.say(crate::unit_log::Level::Error, None, &format!("{program} ended with {status}."));
    let code = status.code().and_then(|c| u8::try_from(c).ok()).unwrap_or(1);
    Ok(Outcome::Code(code))
}

/// The unit's inputs as Terraform reads them from the environment: text as it is, everything else as JSON.
fn variables(unit: &Unit) -> Result<Vec<(String, String)>, Diagnostics> {
    let mut all = Vec::new();
    let mut found = Diagnostics::new();
    for (name, value) in &unit.inputs {
        let (value, _): (Value, _) = value.clone().unmark_deep();
        if !value.is_wholly_known() {
            let detail =
                format!("The input {name} depends on outputs of a unit that is not applied yet. Apply that first.");
            found.push(Diagnostic::error("Input is not known yet", detail));
            continue;
        }
        if value.is_null() {
            continue;
        }
        let text = match value.as_str() {
            Some(text) => text.to_owned(),
            None => craton_model::json::to_json(&value).to_string(),
        };
        all.push((format!("TF_VAR_{name}"), text));
    }
    found.ok(all)
}
