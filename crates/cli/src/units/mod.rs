//! Many units in one process: which, in what order, and what came of each.

mod attempt;
pub mod choose;
pub mod queue_text;
mod removed;
mod report;
mod run;
mod summary;
pub mod tree;

use std::sync::Arc;
use std::time::SystemTime;

use craton_engine::CancelToken;
use craton_model::{Diagnostic, Diagnostics};

use crate::app::{App, Ended, Outcome};
use crate::args::Command;
use crate::lane::{self, Board, Lane, Plans};
use crate::progress::Mode;
use crate::unit_log::Format;

/// Runs a command: in the working folder, or in every unit that it is for.
pub async fn start(app: &App, command: Command) -> Ended {
    let units = &app.units;
    let graph = units.has("graph");
    if units.has("all") && graph {
        let detail = "--all runs a command in every unit below the folder, --graph in those that depend on this one. Give one of them.";
        return Err(Diagnostic::error("Incompatible flags", detail).into());
    }
    let experiments = units.values("experiment");
    for (flag, experiment) in [("no-hooks", "optional-hooks"), ("no-dependency-outputs", "optional-dependency-outputs")]
    {
        let enabled = units.has("experiment-mode") || experiments.iter().any(|e| e == experiment);
        if units.has(flag) && !enabled {
            let detail = format!(
                "--{flag} requires the '{experiment}' experiment, as in Terragrunt. Enable it:\n  --experiment {experiment}"
            );
            return Err(Diagnostic::error("Experiment is not enabled", detail).into());
        }
    }
    if is_for_units(&command) && app.is_for_many() {
        return run::all(app, &command).await;
    }
    let in_unit = is_for_units(&command) && app.is_unit(&app.dir());
    if in_unit && units.has("destroy-dependencies-check") && is_down(&command) && word(&command) != Some("plan") {
        let session = app.terragrunt(word(&command).unwrap_or_default());
        if !tokio::task::block_in_place(|| choose::agreed_with_dependents(app, &session))? {
            println!("\nNothing was changed.");
            return Ok(Outcome::Failed);
        }
    }
    if in_unit { alone(app, &command).await } else { crate::run(app, &command).await }
}

impl App {
    /// Whether flags say that the command is for many units.
    pub fn is_for_many(&self) -> bool {
        let choosing = ["filter", "queue-include-dir", "queue-include-units-reading"];
        choosing.iter().any(|f| !self.units.values(f).is_empty())
            || ["all", "graph", "filter-affected"].iter().any(|f| self.units.has(f))
    }
}

/// One unit, with its rules for failures.
async fn alone(app: &App, command: &Command) -> Ended {
    let began = SystemTime::now();
    if let Some(name) = word(command) {
        crate::unit_log::set_command(app.terraform_args(name));
    }
    let attempt = attempt::attempt(app, command);
    let (ended, record) = if app.log.format == Format::Plain || run::is_raw(app, command) {
        attempt.await
    } else {
        // In a log of this format commands' output stands in lines of the format, too.
        let cancel = CancelToken::new();
        let board = Board::new(app.out, app.err, app.log, false, false);
        crate::operation::listen(cancel.clone(), app, Some(Arc::new(board.progress(Mode::Log, ""))));
        let lane = Lane::new(&board, &choose::root(app), ".", cancel, Plans::default());
        let result = lane::within(lane.clone(), attempt).await;
        lane.end();
        result
    };
    if let Some(name) = word(command).filter(|_| report::is_wanted(app)) {
        let dir = choose::root(app);
        let end = match &ended {
            Err(_) if record.excluded => run::End::Excluded,
            Ok(Outcome::Done) => run::End::Succeeded { changes: false },
            Ok(Outcome::Changes) => run::End::Succeeded { changes: true },
            _ => run::End::Failed,
        };
        let mut record = record.clone();
        record.errors.extend(ended.as_ref().err().into_iter().flatten().filter(|d| d.is_error()).cloned());
        let times = (began, SystemTime::now());
        let unit = dir.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        let row = run::Row { dir, name: unit, times, end, record };
        report::write_of(app, name, &app.terraform_args(name), &[row])?;
    }
    if record.excluded && ended.is_err() {
        let text =
            format!("Early exit in terragrunt unit {} due to exclude block with no_run = true", app.dir().display());
        app.log.say(crate::unit_log::Level::Info, None, &text);
        return Ok(Outcome::Done);
    }
    ended
}

/// Whether a command is about a unit's module or state.
fn is_for_units(command: &Command) -> bool {
    word(command).is_some()
}

/// The name of a command that can run in units.
fn word(command: &Command) -> Option<&'static str> {
    Some(match command {
        Command::Init(_) => "init",
        Command::Validate(_) => "validate",
        Command::Plan(_) => "plan",
        Command::Apply(_) => "apply",
        Command::Destroy(_) => "destroy",
        Command::Refresh(_) => "refresh",
        Command::Import(_) => "import",
        Command::Get(_) => "get",
        Command::Show(_) => "show",
        Command::Output(_) => "output",
        Command::State(_) => "state",
        Command::Workspace(_) => "workspace",
        Command::ForceUnlock(_) => "force-unlock",
        Command::Taint(_) => "taint",
        Command::Untaint(_) => "untaint",
        Command::Graph(_) => "graph",
        Command::Console(_) => "console",
        Command::Providers(_) => "providers",
        _ => return None,
    })
}

/// Refuses commands that make no sense in many units at once.
fn check_many(name: &str) -> Result<(), Diagnostics> {
    if ["import", "taint", "untaint", "console", "force-unlock"].contains(&name) {
        let detail = format!("{name} is about one unit. Run it in the unit's folder, or name that with --working-dir.");
        return Err(Diagnostic::error("Command is not for many units", detail).into());
    }
    Ok(())
}

/// Whether a command destroys, so that dependents come first.
fn is_down(command: &Command) -> bool {
    match command {
        Command::Destroy(_) => true,
        Command::Apply(a) | Command::Refresh(a) => a.options.destroy,
        Command::Plan(a) => a.options.destroy,
        _ => false,
    }
}
