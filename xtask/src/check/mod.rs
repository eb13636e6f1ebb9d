//! `cargo xtask check`: the rules of the repository that a compiler does not hold.
//!
//! One file per rule. A rule reads the repository and gives findings; each names the place and what to do.

mod arrows;
mod aws;
mod golden;
mod heads;
mod nevers;
mod promises;
mod repo;
mod size;
mod words;

use std::path::Path;

pub(crate) use repo::Repo;

/// Something that breaks a rule.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Finding {
    /// The file, from the root of the repository.
    pub path: String,
    /// Counted from 1.
    pub line: usize,
    /// What is wrong and what to do.
    pub what: String,
}

impl Finding {
    pub(crate) fn new(path: impl Into<String>, line: usize, what: impl Into<String>) -> Self {
        Self { path: path.into(), line, what: what.into() }
    }
}

type Rule = fn(&Repo) -> Vec<Finding>;

/// Every rule, by the name it has in the output.
const RULES: &[(&str, Rule)] = &[
    ("arrows between crates", arrows::check),
    ("heads of lib.rs", heads::check),
    ("what a crate never does", nevers::check),
    ("length of files", size::check),
    ("words that do not belong here", words::check),
    ("golden folders", golden::check),
    ("sandbox operations", aws::sandbox_operations),
    ("lives of resource types", aws::lifecycle_cases),
    ("resource types on moto", aws::types_on_moto),
    ("promises read twice", promises::check),
];

/// Runs every rule on the repository around `root`.
///
/// # Errors
/// With all findings, one to a line, or why the repository cannot be read.
pub(crate) fn run(root: &Path) -> Result<(), String> {
    let repo = Repo::read(root)?;
    let mut findings = Vec::new();
    for (name, rule) in RULES {
        let mut found = rule(&repo);
        found.sort();
        println!("{name}: {}", if found.is_empty() { "ok".into() } else { format!("{} to mend", found.len()) });
        findings.extend(found);
    }
    let all: Vec<String> = findings.iter().map(|f| format!("{}:{}: {}", f.path, f.line, f.what)).collect();
    if all.is_empty() {
        println!("check: {} files, {} rules, nothing to mend", repo.files.len(), RULES.len());
        return Ok(());
    }
    Err(format!("{}\n\ncheck: {} to mend", all.join("\n"), all.len()))
}
