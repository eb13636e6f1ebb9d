//! What is in a tree: units, and stacks that are yet to be generated.

use crate::session::{Terragrunt, absolute};
use craton_model::Diagnostic;
use std::path::{Path, PathBuf};

/// The file that makes a folder a stack.
pub const STACK_FILE: &str = "terragrunt.stack.hcl";

/// What a folder is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ComponentKind {
    /// It holds a `terragrunt.hcl`.
    Unit,
    /// It holds a `terragrunt.stack.hcl`.
    Stack,
}

impl ComponentKind {
    /// `unit` or `stack`.
    pub fn word(self) -> &'static str {
        match self {
            ComponentKind::Unit => "unit",
            ComponentKind::Stack => "stack",
        }
    }
}

/// A unit or a stack.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Component {
    /// Its folder, absolute.
    pub dir: PathBuf,
    /// What it is.
    pub kind: ComponentKind,
}

/// The units and stacks in and below a folder, sorted by folder. Working copies, Terraform's own folders and (unless
/// `hidden`) folders whose names begin with a dot are passed over; `.terragrunt-stack` holds units like any other.
pub fn components(session: &Terragrunt, root: &Path, hidden: bool) -> Result<Vec<Component>, Diagnostic> {
    let data_dir = session.options().env.get("TF_DATA_DIR").filter(|d| !d.is_empty()).map(PathBuf::from);
    let mut found = Vec::new();
    let mut open = vec![absolute(root)];
    while let Some(dir) = open.pop() {
        let failed = |e: std::io::Error| {
            let detail = format!("The folder {} could not be read: {e}.", dir.display());
            Diagnostic::error("Failed to find units", detail)
        };
        for entry in std::fs::read_dir(&dir).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            if !entry.file_type().map_err(failed)?.is_dir() {
                continue;
            }
            let name = entry.file_name();
            let passed = [".terragrunt-cache", ".terraform", ".git"].iter().any(|s| name == *s)
                || data_dir.as_deref().is_some_and(|d| entry.path().ends_with(d))
                || (!hidden && name.to_string_lossy().starts_with('.') && name != ".terragrunt-stack");
            if !passed {
                open.push(entry.path());
            }
        }
        if let Some(file) = session.config_file(&dir)
            && dir.join(STACK_FILE).is_file()
        {
            let detail = format!(
                "{} contains both configuration files {} and {STACK_FILE}. A folder is either a unit or a stack, not both: move one of them to a folder of its own.",
                dir.display(),
                file.file_name().unwrap_or_default().to_string_lossy()
            );
            return Err(Diagnostic::error("Unit and stack in one folder", detail));
        }
        if session.config_file(&dir).is_some() {
            found.push(Component { dir, kind: ComponentKind::Unit });
        } else if dir.join(STACK_FILE).is_file() {
            found.push(Component { dir, kind: ComponentKind::Stack });
        }
    }
    found.sort();
    Ok(found)
}

/// The units in and below a folder, sorted.
pub fn discover(session: &Terragrunt, root: &Path) -> Result<Vec<PathBuf>, Diagnostic> {
    let all = components(session, root, true)?;
    Ok(all.into_iter().filter(|c| c.kind == ComponentKind::Unit).map(|c| c.dir).collect())
}
