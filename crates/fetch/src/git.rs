//! Git repositories, through the git program.

use crate::source::GitSource;
use std::path::Path;
use std::process::{Command, Stdio};

/// Brings a repository's files to `dest`. The error says what git said.
pub(crate) fn fetch(source: &GitSource, dest: &Path) -> Result<(), String> {
    let dest_text = dest.to_str().ok_or("the target folder's name is not UTF-8")?;
    match &source.reference {
        None => {
            let depth = source.depth.unwrap_or(1).to_string();
            run(None, &["clone", "--quiet", "--depth", &depth, "--", &source.url, dest_text])?;
        }
        Some(reference) => {
            std::fs::create_dir_all(dest).map_err(|e| e.to_string())?;
            run(Some(dest), &["init", "--quiet"])?;
            run(Some(dest), &["remote", "add", "--", "origin", &source.url])?;
            let depth = source.depth.unwrap_or(1).to_string();
            let shallow = run(Some(dest), &["fetch", "--quiet", "--depth", &depth, "--", "origin", reference]);
            match shallow {
                Ok(()) => run(Some(dest), &["checkout", "--quiet", "--detach", "FETCH_HEAD"])?,
                // Servers give a commit by its (shortened) id only to those who have the history.
                Err(first) => {
                    run(Some(dest), &["fetch", "--quiet", "--tags", "--", "origin"]).map_err(|_| first)?;
                    let named = run(Some(dest), &["checkout", "--quiet", "--detach", &format!("origin/{reference}")]);
                    named.or_else(|_| run(Some(dest), &["checkout", "--quiet", "--detach", reference]))?;
                }
            }
        }
    }
    if dest.join(".gitmodules").is_file() {
        run(Some(dest), &["submodule", "update", "--quiet", "--init", "--recursive"])?;
    }
    Ok(())
}

fn run(dir: Option<&Path>, args: &[&str]) -> Result<(), String> {
    let mut command = Command::new("git");
    command.args(args).stdin(Stdio::null());
    // No question that nobody can answer, and no repository but the one meant.
    command.env("GIT_TERMINAL_PROMPT", "0");
    for name in ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"] {
        command.env_remove(name);
    }
    if let Some(dir) = dir {
        command.current_dir(dir);
    }
    let output = command.output().map_err(|e| match e.kind() {
        std::io::ErrorKind::NotFound => "the git program is not installed, which git sources need".to_owned(),
        _ => format!("git did not start: {e}"),
    })?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let said = said.trim().trim_end_matches('.').replace('\n', "; ");
    Err(format!("git {} failed: {said}", args.first().copied().unwrap_or_default()))
}
