//! Units that are there in an earlier commit only: what they manage is destroyed from a copy of that commit.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::SystemTime;

use craton_model::{Diagnostic, Diagnostics};
use craton_terragrunt::{Terragrunt, check_out, give_back};

use super::attempt::attempt;
use super::choose::Chosen;
use super::run::{End, Row, Run, execute};
use crate::app::App;
use crate::lane::Record;
use crate::unit_log::Level;

/// Plans (or carries out) the destruction of a run's removed units, dependents first, after what it does with those that
/// are there. Nothing is destroyed if one of them failed.
pub async fn destroy(app: &App, run: &Run, session: &Arc<Terragrunt>, before: &[Row]) -> Result<Vec<Row>, Diagnostics> {
    let failed = before.iter().find(|r| r.end == End::Failed).map(|r| r.name.clone());
    if let Some(cause) = failed.filter(|_| !app.units.has("queue-ignore-errors")) {
        let now = SystemTime::now();
        let early = |dir: &PathBuf| Row {
            dir: dir.clone(),
            name: run.chosen.name(dir),
            times: (now, now),
            end: End::EarlyExit(cause.clone()),
            record: Record::default(),
        };
        return Ok(run.chosen.removed.iter().map(|(dir, _)| early(dir)).collect());
    }
    let mut rows = Vec::new();
    let commits: BTreeSet<&String> = run.chosen.removed.iter().map(|(_, commit)| commit).collect();
    for commit in commits {
        let kept = tempfile::tempdir()
            .map_err(|e| Diagnostic::error("No temporary folder", format!("Cannot make a temporary folder: {e}.")))?;
        let to = kept.path().canonicalize().unwrap_or_else(|_| kept.path().to_owned()).join("commit");
        let root = check_out(&run.chosen.root, commit, &to)?;
        let of_commit = run.chosen.removed.iter().filter(|(_, c)| c == commit);
        let dirs: Vec<PathBuf> = of_commit.map(|(dir, _)| root.join(run.chosen.name(dir))).collect();
        let done = in_copy(app, run, session, root, dirs).await;
        let given_back = give_back(&run.chosen.root, &to);
        for mut row in done? {
            row.dir = run.chosen.root.join(&row.name);
            rows.push(row);
        }
        given_back?;
    }
    Ok(rows)
}

async fn in_copy(
    app: &App,
    run: &Run,
    session: &Arc<Terragrunt>,
    root: PathBuf,
    dirs: Vec<PathBuf>,
) -> Result<Vec<Row>, Diagnostics> {
    let order = tokio::task::block_in_place(|| craton_terragrunt::order(session, &dirs))?;
    for dir in &dirs {
        let remote = session.load_unresolved(dir).ok().and_then(|u| u.config.remote_state);
        if remote.is_none_or(|r| &*r.backend == "local") {
            let text = format!(
                "The removed unit {} kept its state in its folder, which the earlier commit does not hold. What it manages is not known, and stays.",
                crate::unit_log::shown(&root, dir)
            );
            app.log.say(Level::Warn, None, &text);
        }
    }
    let (app, command) = app.with_line(&["--destroy"])?;
    let chosen = Chosen { root, order, left: BTreeMap::new(), removed: Vec::new() };
    let names: Vec<String> = chosen.order.units.iter().rev().map(|dir| chosen.name(dir)).collect();
    app.log.say(Level::Info, None, &format!("Removed units, to be destroyed: {}", names.join(", ")));
    let down = Run {
        chosen,
        command: run.command,
        args: run.args.clone(),
        planned: run.planned,
        down: true,
        raw: run.raw,
        parallelism: run.parallelism,
    };
    let command = Arc::new(command);
    let work = {
        let app = app.clone();
        move |dir: PathBuf| {
            let (command, app) = (command.clone(), app.for_unit(&dir));
            async move { attempt(&app, &command).await }
        }
    };
    Ok(execute(&app, &down, false, work).await)
}
