//! `fmt`

use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};

use craton_model::{Diagnostic, Diagnostics};

use crate::app::{App, Ended, Outcome};
use crate::args::FmtArgs;

/// Formats configuration files.
pub fn run(app: &App, args: &FmtArgs) -> Ended {
    let mut found = Diagnostics::new();
    if args.targets == [PathBuf::from("-")] {
        let mut text = String::new();
        std::io::stdin().read_to_string(&mut text).map_err(|e| failed("read", Path::new("standard input"), &e))?;
        let formatted = formatted("<stdin>", &text, &mut found);
        let Some(formatted) = formatted else { return Err(found) };
        if !args.check {
            print!("{formatted}");
        }
        return Ok(if args.check && formatted != text { Outcome::Differs } else { Outcome::Done });
    }
    let mut files = Vec::new();
    let targets =
        if args.targets.is_empty() { vec![app.dir()] } else { args.targets.iter().map(|t| app.path(t)).collect() };
    for target in &targets {
        collect(target, args.recursive, &mut files)?;
    }
    let mut differs = false;
    for file in files {
        let text = std::fs::read_to_string(&file).map_err(|e| failed("read", &file, &e))?;
        let Some(new) = formatted(&file.display().to_string(), &text, &mut found) else { continue };
        if new == text {
            continue;
        }
        differs = true;
        let shown = file.strip_prefix("./").unwrap_or(&file);
        if args.list {
            println!("{}", shown.display());
        }
        if args.diff {
            print!("{}", difference(shown, &text, &new));
        }
        if args.write && !args.check {
            write(&file, &new).map_err(|e| failed("write", &file, &e))?;
        }
    }
    if found.has_errors() {
        return Err(found);
    }
    Ok(if args.check && differs { Outcome::Differs } else { Outcome::Done })
}

/// The text as it should be; what cannot be read is told.
pub fn formatted(name: &str, text: &str, found: &mut Diagnostics) -> Option<String> {
    found.keep(craton_hcl::fmt::format(Path::new(name), text))
}

fn collect(path: &Path, recursive: bool, files: &mut Vec<PathBuf>) -> Result<(), Diagnostic> {
    if path.is_file() {
        files.push(path.to_owned());
        return Ok(());
    }
    let entries = std::fs::read_dir(path).map_err(|e| failed("read", path, &e))?;
    let mut names: Vec<PathBuf> = entries.filter_map(|e| Some(e.ok()?.path())).collect();
    names.sort();
    for entry in names {
        let name = entry.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if name.starts_with('.') {
            continue;
        }
        if entry.is_dir() {
            if recursive {
                collect(&entry, true, files)?;
            }
        } else if [".tf", ".tfvars", ".tftest.hcl", ".tfmock.hcl"].iter().any(|e| name.ends_with(e)) {
            files.push(entry);
        }
    }
    Ok(())
}

/// Replaces a file in one step.
pub fn write(path: &Path, text: &str) -> std::io::Result<()> {
    let dir = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut temp = tempfile::NamedTempFile::new_in(dir)?;
    temp.write_all(text.as_bytes())?;
    temp.as_file().set_permissions(std::fs::metadata(path)?.permissions())?;
    temp.persist(path).map_err(|e| e.error)?;
    Ok(())
}

/// A unified diff.
pub fn difference(path: &Path, old: &str, new: &str) -> String {
    let diff = similar::TextDiff::from_lines(old, new);
    diff.unified_diff().header(&format!("old/{}", path.display()), &format!("new/{}", path.display())).to_string()
}

/// A file that cannot be used.
pub fn failed(what: &str, path: &Path, e: &std::io::Error) -> Diagnostic {
    Diagnostic::error("File is not accessible", format!("Cannot {what} {}: {e}.", path.display()))
}
