//! Brings remote sources to local folders.
//!
//! **Takes** a source address and a cache folder.
//! **Gives** a local folder with the source's files.
//! **Never** interprets what it fetched.

mod copy;
mod git;
mod source;

pub use copy::copy_tree;
pub use source::{GitSource, RegistrySource, Source};

use craton_model::Diagnostic;
use std::path::{Path, PathBuf};

/// Brings a source to `dest`, which must not exist yet, and returns the folder that the address leads to (`dest` or,
/// for an address with `//`, a folder in it). Nothing is at `dest` after a failure: files arrive in a folder beside it
/// that is renamed when all are there.
pub fn fetch(source: &Source, dest: &Path) -> Result<PathBuf, Diagnostic> {
    let parent = dest.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(parent).map_err(|e| io_error("make the folder", parent, &e))?;
    let work = tempfile::Builder::new()
        .prefix(".fetch-")
        .tempdir_in(parent)
        .map_err(|e| io_error("make a folder in", parent, &e))?;
    let arrived = work.path().join("tree");
    match source {
        Source::Local(path) => {
            return Err(failed(source, &format!("{path} is a relative path, which leads nowhere by itself")));
        }
        Source::Path { path, .. } => {
            if !path.is_dir() {
                return Err(failed(source, &format!("there is no folder {}", path.display())));
            }
            copy_tree(path, &arrived, &|_| true)?;
        }
        Source::Git(git) => git::fetch(git, &arrived).map_err(|why| failed(source, &why))?,
        Source::Registry(_) => {
            return Err(unsupported(source, "module registries"));
        }
        Source::Other { scheme, .. } => return Err(unsupported(source, &format!("{scheme:?} sources"))),
    }
    let inside = match source.subdir() {
        None => PathBuf::new(),
        Some(sub) => {
            if !arrived.join(sub).is_dir() {
                return Err(failed(source, &format!("what was fetched has no folder {sub}")));
            }
            PathBuf::from(sub)
        }
    };
    std::fs::rename(&arrived, dest).map_err(|e| io_error("move the fetched files to", dest, &e))?;
    Ok(if inside.as_os_str().is_empty() { dest.to_owned() } else { dest.join(inside) })
}

fn failed(source: &Source, why: &str) -> Diagnostic {
    Diagnostic::error("Failed to fetch source", format!("Could not fetch {}: {why}.", source.redacted()))
}

fn unsupported(source: &Source, what: &str) -> Diagnostic {
    let detail = format!(
        "craton cannot fetch {} yet: {what} are not supported. Use a local path or a git address (git::https://..., github.com/...) instead.",
        source.redacted()
    );
    Diagnostic::error("Unsupported source", detail)
}

pub(crate) fn io_error(doing: &str, path: &Path, e: &std::io::Error) -> Diagnostic {
    Diagnostic::error("Failed to write files", format!("Could not {doing} {}: {e}.", path.display()))
}
