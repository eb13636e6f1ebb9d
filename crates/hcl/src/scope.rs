//! What an evaluation can see.

use crate::ast::Traversal;
use crate::function::FunctionRef;
use craton_model::{Diagnostics, Value};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

/// Answers names and functions during an evaluation. Pure: asking twice gives the same, and nothing is computed that was
/// not decided before.
pub trait Scope {
    /// The value that a reference starts from, and how many of its steps (after the root name) are part of what it names:
    /// for `var.tags["x"]` the value of the variable and 1. The evaluator takes the remaining steps. An undeclared name is
    /// an error that says so, with the place.
    fn lookup(&self, reference: &Traversal) -> Result<(Value, usize), Diagnostics>;

    /// The function of this name; namespaced names have `::` in them.
    fn function(&self, name: &str) -> Option<FunctionRef>;

    /// Names to suggest when a function is not found.
    fn function_names(&self) -> Vec<String> {
        Vec::new()
    }

    /// Where and when the evaluation takes place.
    fn environment(&self) -> &Environment;

    /// How many steps (nodes visited; an element made counts for [`crate::eval::ELEMENT_STEPS`]) one evaluation may take
    /// before it is given up with an error, so that loops in loops end. Far more than people wait for.
    fn max_steps(&self) -> u64 {
        1_000_000_000
    }

    /// How many templates (`templatefile`) are being evaluated around this one.
    fn template_depth(&self) -> u32 {
        0
    }
}

/// Where and when an evaluation takes place: all that functions see besides their arguments.
#[derive(Clone)]
pub struct Environment {
    /// Relative paths given to functions start here.
    pub base_dir: PathBuf,
    /// The folder that the program was started in, for `path.cwd`, where that is not the base folder.
    pub started_in: Option<PathBuf>,
    /// The file system.
    pub files: Arc<dyn Files>,
    /// When this run began, for `plantimestamp()`. `None`: unknown (validation).
    pub plan_time: Option<SystemTime>,
    /// When this apply began, for `timestamp()`. `None` while planning: the value is known after apply, as is that of
    /// every function marked [`crate::function::Function::impure`].
    pub apply_time: Option<SystemTime>,
}

impl Environment {
    /// Planning in a folder of the real file system.
    pub fn new(base_dir: impl Into<PathBuf>) -> Self {
        Self {
            base_dir: base_dir.into(),
            started_in: None,
            files: Arc::new(Disk),
            plan_time: Some(SystemTime::now()),
            apply_time: None,
        }
    }

    /// The path as a function argument names it: `~` expanded, relative ones from the base folder.
    pub fn path(&self, path: &str) -> PathBuf {
        if let Some(rest) = path.strip_prefix('~')
            && (rest.is_empty() || rest.starts_with('/'))
            && let Some(home) = std::env::var_os("HOME")
        {
            return PathBuf::from(home).join(rest.trim_start_matches('/'));
        }
        self.base_dir.join(path)
    }
}

/// The parts of a file system that functions read.
pub trait Files: Send + Sync {
    /// The bytes of a file.
    fn read(&self, path: &Path) -> std::io::Result<Vec<u8>>;
    /// What a path leads to, links followed.
    fn metadata(&self, path: &Path) -> std::io::Result<std::fs::Metadata>;
    /// The names in a folder, in no order.
    fn list(&self, path: &Path) -> std::io::Result<Vec<std::ffi::OsString>>;
}

/// The real file system.
pub struct Disk;

impl Files for Disk {
    fn read(&self, path: &Path) -> std::io::Result<Vec<u8>> {
        std::fs::read(path)
    }

    fn metadata(&self, path: &Path) -> std::io::Result<std::fs::Metadata> {
        std::fs::metadata(path)
    }

    fn list(&self, path: &Path) -> std::io::Result<Vec<std::ffi::OsString>> {
        std::fs::read_dir(path)?.map(|entry| Ok(entry?.file_name())).collect()
    }
}
