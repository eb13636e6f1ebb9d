//! Says what tests are at: in lines for people, or in messages.

use std::time::{Duration, Instant};

use craton_config::{TestFile, TestRun};
use craton_model::Diagnostics;

use super::execute::Shown;
use super::{FileResult, RunResult, Status};
use crate::app::{App, TERRAFORM_VERSION};
use crate::json::{plan, schemas, state, stream, test_stream};
use crate::render;
use crate::render::test::Counts;

/// What a file is at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// Its first run is about to begin.
    Starting,
    /// What its runs made is about to be destroyed.
    Teardown,
    /// It is done.
    Complete,
}

/// How often a run that takes long is told of.
const STILL: Duration = Duration::from_secs(2);

/// Where results go.
pub struct Report<'a> {
    app: &'a App,
    json: bool,
    verbose: bool,
}

/// Tells of a run until dropped.
pub struct Ticking(Option<tokio::task::JoinHandle<()>>);

impl Drop for Ticking {
    fn drop(&mut self) {
        if let Some(task) = self.0.take() {
            task.abort();
        }
    }
}

impl<'a> Report<'a> {
    /// To standard output.
    pub fn new(app: &'a App, json: bool, verbose: bool) -> Self {
        Self { app, json, verbose }
    }

    /// Whether plans and states are to be shown.
    pub fn wants_shown(&self) -> bool {
        self.verbose
    }

    /// The first message of a stream.
    pub fn version(&self) {
        if self.json {
            println!("{}", stream::version(TERRAFORM_VERSION));
        }
    }

    /// Findings about the files.
    pub fn found(&self, found: &Diagnostics) {
        self.app.report(found, self.json);
    }

    /// Which files and runs there are.
    pub fn overview(&self, files: &[TestFile]) {
        if self.json {
            println!("{}", test_stream::overview(files));
        }
    }

    /// What a file is at.
    pub fn file(&self, file: &TestFile, progress: Progress, status: Status) {
        let style = &self.app.out;
        let (key, what) = match progress {
            Progress::Starting => ("starting", "in progress"),
            Progress::Teardown => ("teardown", "tearing down"),
            Progress::Complete => ("complete", ""),
        };
        if self.json {
            let status = (progress == Progress::Complete).then_some(status);
            println!("{}", test_stream::file(&file.name, key, what, status));
            return;
        }
        let what = match progress {
            Progress::Complete => render::test::word(status, style),
            _ => style.dim(what).to_string(),
        };
        println!("{}", render::test::file(&file.name, &what));
    }

    /// A run begins.
    pub fn begin(&self, file: &TestFile, run: &TestRun) -> Ticking {
        if !self.json {
            return Ticking(None);
        }
        println!("{}", test_stream::run_progress(&file.name, &run.name, "starting", 0));
        let (file, run, begun) = (file.name.clone(), run.name.clone(), Instant::now());
        Ticking(Some(tokio::spawn(async move {
            loop {
                tokio::time::sleep(STILL).await;
                println!("{}", test_stream::run_progress(&file, &run, "running", begun.elapsed().as_millis()));
            }
        })))
    }

    /// A run is done.
    pub fn run(&self, file: &TestFile, run: &TestRun, result: &RunResult) {
        if self.json {
            println!("{}", test_stream::run_done(&file.name, &run.name, result.status));
        } else {
            println!("{}", render::test::run(&run.name, result.status, &self.app.out));
        }
    }

    /// What was found in a run.
    pub fn run_found(&self, file: &TestFile, run: &TestRun, found: &Diagnostics) {
        if self.json {
            for d in found {
                println!("{}", test_stream::run_diagnostic(&file.name, &run.name, d));
            }
        } else {
            self.app.report(found, false);
        }
    }

    /// The plan or the state that a run led to.
    pub fn shown(&self, file: &TestFile, run: &TestRun, shown: &Shown) {
        if !self.json {
            println!("{}", render::test::shown(shown, &self.app.out));
            return;
        }
        let none = serde_json::Value::Null;
        let (what, document, schemas) = match shown {
            Shown::Plan(made, schemas, _) => ("plan", plan::render(made, schemas, TERRAFORM_VERSION, none), schemas),
            Shown::State(made, schemas) => ("state", state::render(Some(made), schemas, TERRAFORM_VERSION), schemas),
        };
        let document = test_stream::document(what, &document, &schemas::render(schemas));
        println!("{}", test_stream::shown(&file.name, &run.name, what, document));
    }

    /// What a run made is about to be destroyed.
    pub fn teardown(&self, file: &TestFile, run: &str) {
        if self.json {
            println!("{}", test_stream::run_progress(&file.name, run, "teardown", 0));
        }
    }

    /// What became of it.
    pub fn cleanup(&self, file: &TestFile, run: &str, found: &Diagnostics, left: &[String]) {
        if !self.json {
            eprint!("{}", render::test::cleanup(&format!("{}/{run}", file.name), found, left, &self.app.err));
            return;
        }
        if !left.is_empty() {
            println!("{}", test_stream::cleanup(&file.name, run, left));
        }
        for d in found {
            println!("{}", test_stream::run_diagnostic(&file.name, run, d));
        }
    }

    /// The end.
    pub fn conclusion(&self, status: Status, files: &[FileResult]) {
        let counts = Counts::of(files);
        if self.json {
            println!("{}", test_stream::summary(status, counts));
        } else {
            println!("\n{}", render::test::conclusion(status, counts, &self.app.out));
        }
    }
}
