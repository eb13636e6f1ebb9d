//! What changed between two commits.

use craton_model::Diagnostic;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Files that differ between two commits, and those of them that are gone.
#[derive(Clone, Debug, Default)]
pub(crate) struct Changed {
    pub(crate) files: BTreeSet<PathBuf>,
    pub(crate) removed: BTreeSet<PathBuf>,
}

fn git(dir: &Path, args: &[&str]) -> Result<String, Diagnostic> {
    let failed = |why: String| {
        let detail = format!("git {} in {} failed: {why}", args.join(" "), dir.display());
        Diagnostic::error("Failed to ask git", detail)
    };
    let out = Command::new("git").args(args).current_dir(dir).stdin(Stdio::null()).output();
    let out = out.map_err(|e| failed(format!("{e}. Filters with [commits] need the git program.")))?;
    if !out.status.success() {
        return Err(failed(String::from_utf8_lossy(&out.stderr).trim().to_owned()));
    }
    String::from_utf8(out.stdout).map_err(|_| failed("its output is not UTF-8".into()))
}

/// The root of the repository that holds a folder.
pub(crate) fn root(dir: &Path) -> Result<PathBuf, Diagnostic> {
    git(dir, &["rev-parse", "--show-toplevel"]).map(|text| PathBuf::from(text.trim_end_matches('\n')))
}

/// Asks git what differs.
pub(crate) fn changed(dir: &Path, from: &str, to: Option<&str>) -> Result<Changed, Diagnostic> {
    let root = root(dir)?;
    let to = to.unwrap_or("HEAD");
    let text = git(&root, &["diff", "--name-status", "--no-renames", "-z", from, to, "--"])?;
    let mut changed = Changed::default();
    let mut parts = text.split('\0');
    while let (Some(status), Some(path)) = (parts.next().filter(|s| !s.is_empty()), parts.next()) {
        let path = root.join(path);
        if status.starts_with('D') {
            changed.removed.insert(path.clone());
        }
        changed.files.insert(path);
    }
    Ok(changed)
}

/// The branch that work begins from: what the remote calls its own, else `main` or `master`.
pub fn default_branch(dir: &Path) -> Result<String, Diagnostic> {
    if let Ok(text) = git(dir, &["symbolic-ref", "--short", "refs/remotes/origin/HEAD"]) {
        return Ok(text.trim().to_owned());
    }
    let configured = git(dir, &["config", "init.defaultBranch"]).unwrap_or_default();
    let mut names = vec![configured.trim().to_owned(), "main".into(), "master".into()];
    names.retain(|n| !n.is_empty() && git(dir, &["rev-parse", "--verify", "--quiet", n]).is_ok());
    names.into_iter().next().ok_or_else(|| {
        let detail = "The repository has no branch main or master, and its remote does not name its own. Say which commits to compare: --filter '[BRANCH...HEAD]'.";
        Diagnostic::error("No default branch", detail)
    })
}

/// Checks a commit out beside the repository that holds `dir`, in the folder `to`, which must not exist yet; gives the
/// folder there that is the counterpart of `dir`. [`give_back`] ends it.
pub fn check_out(dir: &Path, commit: &str, to: &Path) -> Result<PathBuf, Diagnostic> {
    let root = root(dir)?;
    let real = dir.canonicalize().unwrap_or_else(|_| dir.to_owned());
    git(&root, &["worktree", "add", "--detach", "--quiet", &to.to_string_lossy(), commit])?;
    Ok(to.join(real.strip_prefix(&root).unwrap_or(Path::new(""))))
}

/// Ends what [`check_out`] began. Whatever happened there, the folder goes.
pub fn give_back(dir: &Path, to: &Path) -> Result<(), Diagnostic> {
    git(&root(dir)?, &["worktree", "remove", "--force", &to.to_string_lossy()]).map(drop)
}
