//! Tests for people.

use craton_model::Diagnostics;

use super::style::Style;
use super::{diag, plan, state};
use crate::commands::test::{FileResult, Shown, Status};

/// A status in a word.
pub fn word(status: Status, style: &Style) -> String {
    match status {
        Status::Pending => style.dim("pending").to_string(),
        Status::Skip => style.dim("skip").to_string(),
        Status::Pass => style.green("pass").to_string(),
        Status::Fail | Status::Error => style.red("fail").to_string(),
    }
}

/// A file and what it is at.
pub fn file(name: &str, what: &str) -> String {
    format!("{name}... {what}")
}

/// A run and how it came out.
pub fn run(name: &str, status: Status, style: &Style) -> String {
    format!("  run {name:?}... {}", word(status, style))
}

/// The plan or the state that a run led to.
pub fn shown(shown: &Shown, style: &Style) -> String {
    match shown {
        Shown::Plan(made, schemas, tree) => format!("\n{}\n", plan::render(made, schemas, tree, style).trim_end()),
        Shown::State(made, schemas) => format!("\n{}\n", state::render(made, schemas, style).trim_end()),
    }
}

/// What could not be destroyed, and why.
pub fn cleanup(place: &str, found: &Diagnostics, left: &[String], style: &Style) -> String {
    let mut out = String::new();
    if found.has_errors() {
        out.push_str(&format!("craton could not destroy all that {place} made.\n"));
    }
    out.push_str(&diag::render_all(found, style));
    if !left.is_empty() {
        out.push_str(&format!(
            "\n{} These objects of {place} still exist, and no state holds them any more. Remove them by hand:\n",
            style.bold_red("Left behind:")
        ));
        left.iter().for_each(|addr| out.push_str(&format!("  - {addr}\n")));
    }
    out
}

/// How many runs came out how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    pub passed: usize,
    pub failed: usize,
    pub errored: usize,
    pub skipped: usize,
}

impl Counts {
    /// Of all runs of these files.
    pub fn of(files: &[FileResult]) -> Self {
        let mut counts = Self::default();
        for run in files.iter().flat_map(|f| &f.runs) {
            match run.status {
                Status::Pass => counts.passed += 1,
                Status::Fail => counts.failed += 1,
                Status::Error => counts.errored += 1,
                Status::Skip | Status::Pending => counts.skipped += 1,
            }
        }
        counts
    }

    /// "2 passed, 0 failed."
    pub fn text(self) -> String {
        let skipped = if self.skipped > 0 { format!(", {} skipped", self.skipped) } else { String::new() };
        format!("{} passed, {} failed{skipped}.", self.passed, self.failed + self.errored)
    }
}

/// The last line.
pub fn conclusion(status: Status, counts: Counts, style: &Style) -> String {
    let head = if status <= Status::Pass { style.bold_green("Success!") } else { style.bold_red("Failure!") };
    format!("{head} {}", counts.text())
}
