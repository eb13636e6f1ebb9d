//! Runs a command in many units.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Instant, SystemTime};

use craton_engine::CancelToken;
use craton_model::plan::PlanMode;
use craton_model::{Diagnostic, Diagnostics};
use craton_state::planfile;
use craton_terragrunt::{Order, Policy, Queue, Status};
use tokio::task::JoinSet;

use super::attempt::{attempt, warm_up};
use super::choose::{Chosen, Left, choose};
use super::{check_many, is_down, queue_text, removed, report, summary, tree, word};
use crate::app::{App, Ended, Outcome};
use crate::args::Command;
use crate::lane::{self, Board, Lane, Plans, Record};
use crate::operation::listen;
use crate::progress::Mode;
use crate::render::style::is_live;
use crate::unit_log::Level;

/// How many units are worked on at a time where nothing is said. Each may have many requests under way.
const PARALLELISM: usize = 16;

/// What came of one unit.
pub struct Row {
    /// Its folder.
    pub dir: PathBuf,
    /// Its name.
    pub name: String,
    /// When it began and ended; the same where it did not begin.
    pub times: (SystemTime, SystemTime),
    /// How it ended.
    pub end: End,
    /// What its command left behind.
    pub record: Record,
}

/// How a unit ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// Well.
    Succeeded {
        /// `-detailed-exitcode` says that there are changes.
        changes: bool,
    },
    /// Badly.
    Failed,
    /// It did not begin because of the unit of this name.
    EarlyExit(String),
    /// It was left out.
    Excluded,
}

/// What a run is about.
pub struct Run {
    /// The units.
    pub chosen: Chosen,
    /// The command's name.
    pub command: &'static str,
    /// Its arguments, the command first, as they were typed.
    pub args: Vec<String>,
    /// Whether it follows a plan of the tree.
    pub planned: bool,
    /// Whether units come before those they depend on.
    pub down: bool,
    /// Whether output is passed on as it is.
    pub raw: bool,
    /// How many units at a time.
    pub parallelism: usize,
}

/// Runs a command in every unit that was asked for.
pub async fn all(app: &App, command: &Command) -> Ended {
    let name = word(command).unwrap_or_default();
    check_many(name)?;
    if let Command::Apply(args) | Command::Destroy(args) = command
        && let Some(file) = &args.plan
    {
        return tree::apply_file(app, args, file).await;
    }
    if let Command::Show(args) = command
        && let Some(bytes) = args.file.as_ref().and_then(|file| tree::named(app, file))
    {
        return tree::show_each(app, &bytes, args.json).await;
    }
    let down = is_down(command);
    let args = app.terraform_args(name);
    let exact = matches!(command, Command::Plan(a) if a.out.is_some());
    let approved = app.global.non_interactive || app.has_argument("--auto-approve");
    let (app, command) = automatic(app, command)?;
    crate::unit_log::set_command(app.terraform_args(name));
    let version = format!("Terragrunt Version: {}, as craton reads it", craton_terragrunt::TERRAGRUNT_VERSION);
    app.log.say(Level::Debug, None, &version);
    let mut options = app.terragrunt_options(name);
    options.exact = exact;
    let session = app.share(options);
    if !app.units.has("graph") {
        crate::commands::stack::generate(&app, name)?;
    }
    let mut chosen = tokio::task::block_in_place(|| choose(&app, &session, name, down))?;
    let saved_down = !down && destroys_by_plan(&app, &chosen, name);
    let down = down || saved_down;
    if saved_down {
        // What the plans of the units say counts: dependents are destroyed before what they depend on.
        chosen = tokio::task::block_in_place(|| choose(&app, &session, name, down))?;
    }
    let parallelism = if app.units.has("no-auto-approve") { 1 } else { app.units.parallelism.unwrap_or(PARALLELISM) };
    let run = Run { chosen, command: name, args, planned: false, down, raw: is_raw(&app, &command), parallelism };
    let nothing = run.chosen.order.units.is_empty() && run.chosen.left.is_empty();
    if nothing && run.chosen.removed.is_empty() {
        app.log.say(Level::Warn, None, "No unit was found that this command is for.");
    } else {
        announce(&app, &run);
    }
    if ["apply", "destroy", "state"].contains(&name) && !run.chosen.order.units.is_empty() {
        let agreed =
            approved || app.confirm(&question(name, down, run.chosen.order.units.len()), true, "--non-interactive")?;
        if !agreed {
            println!("\nNothing was changed.");
            return Ok(Outcome::Failed);
        }
    }
    let started = Instant::now();
    let planning = name == "plan" && !down;
    let out = match &command {
        Command::Plan(a) => a.out.clone(),
        _ => None,
    };
    let changes_state = ["apply", "destroy", "refresh", "state"].contains(&name);
    let command = Arc::new(command);
    let work = {
        let (session, command, app) = (session.clone(), command.clone(), app.clone());
        move |dir: PathBuf| {
            let (session, command, app) = (session.clone(), command.clone(), app.for_unit(&dir));
            async move {
                let (ended, record) = attempt(&app, &command).await;
                if changes_state {
                    session.forget_outputs(&dir);
                }
                let failed = matches!(ended, Err(_) | Ok(Outcome::Failed));
                if planning
                    && !failed
                    && let Some(outputs) = record.outputs.clone()
                {
                    session.set_planned_outputs(&dir, outputs);
                }
                (ended, record)
            }
        }
    };
    let mut rows = execute(&app, &run, out.is_some(), work).await;
    if ["plan", "apply"].contains(&name) && !run.chosen.removed.is_empty() {
        rows.extend(removed::destroy(&app, &run, &session, &rows).await?);
    }
    if let Some(out) = &out {
        tree::save(&app, &run, &session, &rows, out)?;
    }
    for row in &mut rows {
        row.record.saved = None;
    }
    finish(&app, &run, &rows, started)
}

/// Whether the plans that units are applied from (`--out-dir`) destroy.
fn destroys_by_plan(app: &App, chosen: &Chosen, command: &str) -> bool {
    let Some(dir) = app.units.path("out-dir").filter(|_| command == "apply") else { return false };
    let base = super::choose::root(app).join(dir);
    chosen.order.units.iter().any(|unit| {
        let file = craton_config::clean(&base.join(chosen.name(unit)).join("tfplan.tfplan"));
        let saved = std::fs::read(file).ok().and_then(|bytes| planfile::read(&bytes).ok());
        saved.is_some_and(|s| s.plan.mode == PlanMode::Destroy)
    })
}

/// The command with the arguments that a run over many units adds.
fn automatic(app: &App, command: &Command) -> Result<(App, Command), Diagnostics> {
    let approve = !app.units.has("no-auto-approve");
    let more: &[&str] = match command {
        Command::Init(_) | Command::Plan(_) | Command::Refresh(_) => &["--input=false"],
        Command::Apply(_) | Command::Destroy(_) if approve => &["--input=false", "--auto-approve"],
        _ => &[],
    };
    app.with_line(more)
}

/// Whether output is passed on as it is: programs may read it.
pub fn is_raw(app: &App, command: &Command) -> bool {
    let json = match command {
        Command::Plan(a) => a.options.json,
        Command::Apply(a) | Command::Destroy(a) | Command::Refresh(a) => a.options.json,
        Command::Show(a) => a.json,
        Command::Validate(a) => a.json,
        Command::Output(_) | Command::State(_) | Command::Graph(_) => true,
        _ => false,
    };
    json || app.units.has("tf-forward-stdout")
}

fn question(name: &str, down: bool, units: usize) -> String {
    let units = if units == 1 { "1 unit".to_owned() } else { format!("{units} units") };
    if down {
        format!("Destroy everything in {units}? It cannot be undone.")
    } else {
        format!("Run {name} in {units}?")
    }
}

/// Shows the queue.
fn announce(app: &App, run: &Run) {
    let title = if run.down {
        "The following units will be run, starting with dependents and then their dependencies:"
    } else {
        "The following units will be run, starting with dependencies and then their dependents:"
    };
    let name = |dir: &Path| if app.log.absolute { dir.display().to_string() } else { run.chosen.name(dir) };
    let tree = queue_text::tree(&run.chosen.order, run.down, &name);
    app.log.say(Level::Info, None, &format!("{title}\n{tree}"));
    for (dir, why) in &run.chosen.left {
        let why = match why {
            Left::Excluded => "an exclude block",
            Left::Protected => "prevent_destroy",
        };
        app.log.say(Level::Info, None, &format!("Unit {} is left out because of {why}.", name(dir)));
    }
    for dir in &run.chosen.order.units {
        app.log.say(Level::Debug, None, &format!("Unit {}", name(dir)));
    }
}

/// Works on the units of a run, as many at a time as there may be. `work` is called with each unit's folder.
pub async fn execute<F>(app: &App, run: &Run, tree: bool, work: impl Fn(PathBuf) -> F) -> Vec<Row>
where
    F: Future<Output = (Ended, Record)> + Send + 'static,
{
    let flags = &app.units;
    let policy = Policy {
        ignore_errors: flags.has("queue-ignore-errors"),
        ignore_order: flags.has("queue-ignore-dag-order"),
        fail_fast: flags.has("fail-fast"),
    };
    let live = is_live() && !app.global.no_color && !run.raw;
    let cancel = CancelToken::new();
    let board = Board::new(app.out, app.err, app.log, run.raw, live);
    listen(cancel.clone(), app, Some(Arc::new(board.progress(Mode::Log, ""))));
    tokio::task::spawn_blocking(warm_up);
    let mut queue = Queue::new(&run.chosen.order, run.down, policy);
    let mut tasks: JoinSet<(PathBuf, SystemTime, Ended, Record)> = JoinSet::new();
    let mut places: BTreeMap<tokio::task::Id, PathBuf> = BTreeMap::new();
    let mut done: BTreeMap<PathBuf, Row> = BTreeMap::new();
    let mut failed = 0;
    loop {
        while queue.running() < run.parallelism && !cancel.is_cancelled() {
            let Some(dir) = queue.begin() else { break };
            let plans = plans(app, run, &dir, tree);
            let lane = Lane::new(&board, &dir, &run.chosen.name(&dir), cancel.clone(), plans);
            let job = work(dir.clone());
            let place = dir.clone();
            let task = tasks.spawn(async move {
                let began = SystemTime::now();
                lane.begin();
                lane.announce();
                let (ended, record) = lane::within(lane.clone(), job).await;
                lane.end();
                (dir, began, ended, record)
            });
            places.insert(task.id(), place);
        }
        board.count(done.len(), queue.running(), queue.waiting(), failed);
        let Some(joined) = tasks.join_next_with_id().await else { break };
        let (dir, began, ended, record) = match joined {
            Ok((_, result)) => result,
            Err(e) => {
                let dir = places.get(&e.id()).cloned().unwrap_or_default();
                let detail = format!("{e}. This is a bug in craton; the state holds what was done before.");
                let found: Diagnostics = Diagnostic::error("Unit ended unexpectedly", detail).into();
                (dir, SystemTime::now(), Err(found), Record::default())
            }
        };
        let row = row(app, run, &board, dir.clone(), (began, SystemTime::now()), ended, record).await;
        let succeeded = row.end != End::Failed;
        failed += usize::from(!succeeded);
        done.insert(dir.clone(), row);
        queue.end(&dir, succeeded);
        if cancel.is_cancelled() {
            queue.stop(&dir);
        }
    }
    board.end();
    rows(run, &queue, done)
}

async fn row(
    app: &App,
    run: &Run,
    board: &Arc<Board>,
    dir: PathBuf,
    times: (SystemTime, SystemTime),
    ended: Ended,
    mut record: Record,
) -> Row {
    let name = run.chosen.name(&dir);
    let end = match ended {
        Ok(Outcome::Failed | Outcome::Differs | Outcome::Code(_)) => End::Failed,
        Ok(Outcome::Changes) => End::Succeeded { changes: true },
        Ok(Outcome::Done) => End::Succeeded { changes: false },
        Err(_) if record.excluded => End::Excluded,
        Err(found) => {
            let lane = Lane::new(board, &dir, &name, CancelToken::new(), Plans::default());
            let app = app.clone();
            let json = run.raw && app.has_argument("--json") && run.command != "output";
            record.errors.extend(found.clone().into_iter().filter(Diagnostic::is_error));
            lane::within(lane.clone(), async move { app.report(&found, json) }).await;
            lane.end();
            End::Failed
        }
    };
    Row { dir, name, times, end, record }
}

/// One row for each unit: those that ran in the order in which they ended up, then the others.
fn rows(run: &Run, queue: &Queue, mut done: BTreeMap<PathBuf, Row>) -> Vec<Row> {
    let now = SystemTime::now();
    let mut rows = Vec::new();
    for dir in &run.chosen.order.units {
        if let Some(row) = done.remove(dir) {
            rows.push(row);
            continue;
        }
        let cause = match queue.statuses().get(dir) {
            Some(Status::EarlyExit { cause }) => run.chosen.name(cause),
            _ => "the run was interrupted".into(),
        };
        let name = run.chosen.name(dir);
        rows.push(Row {
            dir: dir.clone(),
            name,
            times: (now, now),
            end: End::EarlyExit(cause),
            record: Record::default(),
        });
    }
    for dir in run.chosen.left.keys() {
        let name = run.chosen.name(dir);
        rows.push(Row { dir: dir.clone(), name, times: (now, now), end: End::Excluded, record: Record::default() });
    }
    rows.sort_by_key(|row| row.times.0);
    rows
}

/// Where a unit's plan goes and comes from.
fn plans(app: &App, run: &Run, dir: &Path, tree: bool) -> Plans {
    let name = run.chosen.name(dir);
    let base = super::choose::root(app);
    let below = |flag: &str, file: &str| {
        app.units.path(flag).map(|d| craton_config::clean(&base.join(d).join(&name).join(file)))
    };
    let file = ["plan", "apply", "destroy", "show"].contains(&run.command).then(|| below("out-dir", "tfplan.tfplan"));
    Plans {
        tree,
        file: file.flatten(),
        json: (run.command == "plan").then(|| below("json-out-dir", "tfplan.json")).flatten(),
    }
}

/// Writes the report and the summary; decides on the exit code.
pub fn finish(app: &App, run: &Run, rows: &[Row], started: Instant) -> Ended {
    report::write(app, run, rows)?;
    let quiet = run.raw || app.units.has("summary-disable");
    if !quiet {
        print!("{}", summary::text(app, run, rows, started.elapsed()));
    }
    let failed: Vec<&str> = rows.iter().filter(|r| r.end == End::Failed).map(|r| r.name.as_str()).collect();
    if !failed.is_empty() {
        app.log.say(Level::Error, None, &format!("Run failed: {}", failed.join(", ")));
        return Ok(Outcome::Failed);
    }
    if rows.iter().any(|r| matches!(r.end, End::EarlyExit(_))) {
        return Ok(Outcome::Failed);
    }
    let changes = rows.iter().any(|r| r.end == End::Succeeded { changes: true });
    Ok(if changes { Outcome::Changes } else { Outcome::Done })
}

/// An order over folders that is known already.
pub fn order_of(units: impl IntoIterator<Item = (PathBuf, Vec<PathBuf>)>) -> Order {
    let dependencies: BTreeMap<PathBuf, _> = units.into_iter().map(|(u, d)| (u, d.into_iter().collect())).collect();
    Order { units: craton_terragrunt::levels(&dependencies).into_iter().flatten().collect(), dependencies }
}
