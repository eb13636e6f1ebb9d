//! `test`

mod execute;
mod expected;
mod names;
mod prepare;
mod report;
mod teardown;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use craton_config::{ModuleTree, TestFile, TestRun, VariableInputs, clean};
use craton_engine::CancelToken;
use craton_model::{Diagnostic, Diagnostics, State};

use crate::app::{App, Ended, Outcome};
use crate::args::TestArgs;
use crate::operation;
use crate::render::junit;
use crate::unit::Work;
pub use execute::Shown;
use names::FileNames;
use prepare::Prepared;
pub use prepare::modules;
use report::Report;

/// How a run, a file or all of it came out; the worst counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Status {
    /// Not looked at yet.
    #[default]
    Pending,
    /// Left out because of an error before it.
    Skip,
    /// All as it should be.
    Pass,
    /// An assertion does not hold.
    Fail,
    /// It could not be carried out.
    Error,
}

/// How a run came out.
pub struct RunResult {
    /// Its name.
    pub name: Arc<str>,
    /// How it came out.
    pub status: Status,
    /// What was found.
    pub found: Diagnostics,
    /// How many assertions it has.
    pub asserts: usize,
    /// When it began (RFC 3339, UTC) and how long it took; `None` for one that was left out.
    pub took: Option<(String, Duration)>,
}

/// How a test file came out.
pub struct FileResult {
    /// Its name.
    pub name: String,
    /// How it came out.
    pub status: Status,
    /// Its runs.
    pub runs: Vec<RunResult>,
}

/// The state that runs share, and how what is in it is destroyed.
struct Kept {
    state: State,
    /// The last run that changed it.
    run: Arc<str>,
    /// Its place in the file.
    at: usize,
    prepared: Prepared,
}

/// All that runs need.
struct Suite<'a> {
    work: &'a Work,
    parallelism: usize,
    cancel: CancelToken,
    report: Report<'a>,
    /// Modules that runs name in place of the root module, by file and run.
    modules: BTreeMap<(String, Arc<str>), Arc<ModuleTree>>,
}

/// Runs the tests of a module.
pub async fn run(app: &App, args: &TestArgs) -> Ended {
    let work = if app.is_unit(&app.dir()) { Work::load(app, "test").await? } else { Work::for_tests(app)? };
    let report = Report::new(app, args.json, args.verbose);
    report.version();
    let (mut files, mut found) =
        craton_config::load_tests(&work.root.dir, &args.tests.test_directory, &work.root.cache);
    // Test files may be all there is: each run can name the module that it is about.
    if files.is_empty() && !found.has_errors() {
        work.root.require_files()?;
    }
    found.extend(filter(&mut files, &args.filter));
    let (modules, more) = modules(&work, &files);
    found.extend(more);
    found.extend(work.root.warnings.clone());
    if found.has_errors() {
        return Err(found);
    }
    let cancel = CancelToken::new();
    operation::listen(cancel.clone(), app, None);
    report.found(&found);
    report.overview(&files);
    let suite = Suite { work: &work, parallelism: args.parallelism, cancel, report, modules };
    let mut results = Vec::new();
    for file in &files {
        let inputs = inputs_of(&work, file, &args.tests.test_directory)?;
        results.push(suite.file(file, &inputs).await);
        if suite.cancel.is_cancelled() {
            break;
        }
    }
    let status = results.iter().map(|f| f.status).max().unwrap_or(Status::Pending).max(Status::Pass);
    suite.report.conclusion(status, &results);
    if let Some(path) = &args.junit_xml {
        let path = app.path(path);
        std::fs::write(&path, junit::render(&results)).map_err(|e| {
            Diagnostic::error("Report cannot be written", format!("Cannot write {}: {e}.", path.display()))
        })?;
    }
    let well = status == Status::Pass && !suite.cancel.is_cancelled();
    Ok(if well { Outcome::Done } else { Outcome::Failed })
}

/// Checks test files without running them.
pub fn validate(work: &Work, tests: &Path) -> Diagnostics {
    let (files, mut found) = craton_config::load_tests(&work.root.dir, tests, &work.root.cache);
    found.extend(modules(work, &files).1);
    found
}

/// Leaves out the files that are not asked for.
fn filter(files: &mut Vec<TestFile>, wanted: &[String]) -> Diagnostics {
    if wanted.is_empty() {
        return Diagnostics::new();
    }
    let wanted: Vec<String> = wanted.iter().map(|w| clean(Path::new(w)).display().to_string()).collect();
    let unknown = wanted.iter().filter(|w| !files.iter().any(|f| f.name == **w)).map(|w| {
        let like = craton_model::similar(w, files.iter().map(|f| f.name.as_str()));
        let hint = like.map_or(String::new(), |l| format!(" Did you mean {l}?"));
        let detail = format!("-filter asks for the test file {w}, which does not exist.{hint}");
        Diagnostic::warning("Unknown test file", detail)
    });
    let found = unknown.collect();
    files.retain(|f| wanted.contains(&f.name));
    found
}

/// Values given from outside of test files. Variable files in the folder of the tests go before all others.
fn inputs_of(work: &Work, file: &TestFile, tests: &Path) -> Result<VariableInputs, Diagnostics> {
    let mut inputs = work.inputs()?;
    let (tests, folder) = (clean(tests), clean(Path::new(&file.name).parent().unwrap_or(Path::new("."))));
    if tests != Path::new(".") && tests == folder {
        let found = inputs.add_folder(&work.root.dir.join(tests), &work.root.cache);
        return found.ok(inputs);
    }
    Ok(inputs)
}

impl Suite<'_> {
    async fn file(&self, file: &TestFile, inputs: &VariableInputs) -> FileResult {
        self.report.file(file, report::Progress::Starting, Status::Pending);
        let mut names = FileNames::new(self.work, inputs, file);
        let mut states: BTreeMap<String, Kept> = BTreeMap::new();
        let mut result = FileResult { name: file.name.clone(), status: Status::Pending, runs: Vec::new() };
        for (at, run) in file.runs.iter().enumerate() {
            let skipped = result.status == Status::Error || self.cancel.is_cancelled();
            let done = if skipped { skipped_run(run) } else { self.one(file, run, at, &mut names, &mut states).await };
            if skipped {
                self.report.run(file, run, &done);
            }
            result.status = result.status.max(done.status);
            result.runs.push(done);
        }
        self.report.file(file, report::Progress::Teardown, result.status);
        if !teardown::all(self, file, states).await {
            result.status = Status::Error;
        }
        result.status = result.status.max(Status::Pass);
        self.report.file(file, report::Progress::Complete, result.status);
        result
    }

    async fn one(
        &self,
        file: &TestFile,
        run: &TestRun,
        at: usize,
        names: &mut FileNames<'_>,
        states: &mut BTreeMap<String, Kept>,
    ) -> RunResult {
        let (begun, clock) = (craton_state::lock::now(), Instant::now());
        let key = state_key(run);
        let before = states.get(&key).map(|kept| kept.state.clone()).unwrap_or_default();
        let ticking = self.report.begin(file, run);
        let mut done = execute::run(self, file, run, names, before).await;
        drop(ticking);
        if let Some((state, prepared)) = done.state.take() {
            states.insert(key, Kept { state, run: run.name.clone(), at, prepared });
        }
        names.finished(&run.name, done.outputs.take());
        let result = RunResult {
            name: run.name.clone(),
            status: done.status,
            found: std::mem::take(&mut done.found),
            asserts: run.asserts.len(),
            took: Some((begun, clock.elapsed())),
        };
        self.report.run(file, run, &result);
        if let Some(shown) = &done.shown {
            self.report.shown(file, run, shown);
        }
        self.report.run_found(file, run, &result.found);
        result
    }
}

fn skipped_run(run: &TestRun) -> RunResult {
    RunResult {
        name: run.name.clone(),
        status: Status::Skip,
        found: Diagnostics::new(),
        asserts: run.asserts.len(),
        took: None,
    }
}

/// Which state a run works on.
fn state_key(run: &TestRun) -> String {
    match (&run.state_key, &run.module) {
        (Some(key), _) => format!("key {key}"),
        (None, Some(module)) => format!("module {} {}", module.source, module.version.as_deref().unwrap_or_default()),
        (None, None) => "root".to_owned(),
    }
}
