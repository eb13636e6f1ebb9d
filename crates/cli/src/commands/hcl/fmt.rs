//! `hcl fmt`

use std::io::Read as _;
use std::path::{Path, PathBuf};

use craton_model::{Diagnostic, Diagnostics};

use crate::app::{App, Ended, Outcome};
use crate::args::units::HclFmtArgs;
use crate::commands::fmt::{difference, failed, formatted, write};
use crate::units::choose;

/// Folders with what was copied or generated, whose files are not anybody's to format.
const PASSED: &[&str] = &[".terragrunt-cache", ".terragrunt-stack", ".boilerplate", ".terraform", ".git"];

/// Formats the `.hcl` files below the folder, or those that are named.
pub fn run(app: &App, args: &HclFmtArgs) -> Ended {
    let mut found = Diagnostics::new();
    if args.stdin {
        return stdin(args);
    }
    let root = choose::root(app);
    let files = match &args.file {
        Some(file) => vec![root.join(file)],
        None => {
            let mut files = Vec::new();
            collect(&root, &args.exclude_dir, &mut files)?;
            choose::filters(app, &root)?.files(files)?
        }
    };
    let mut differing = 0;
    for file in files {
        let shown = crate::unit_log::shown(&root, &file);
        let text = std::fs::read_to_string(&file).map_err(|e| failed("read", &file, &e))?;
        let Some(new) = formatted(&file.display().to_string(), &text, &mut found) else { continue };
        if new == text {
            continue;
        }
        if args.diff {
            print!("{}", difference(Path::new(&shown), &text, &new));
        }
        if args.check {
            differing += 1;
            eprintln!("{shown} is not formatted.");
        } else {
            write(&file, &new).map_err(|e| failed("write", &file, &e))?;
            if !args.diff {
                println!("{shown}");
            }
        }
    }
    if differing > 0 {
        let files = if differing == 1 { "One file is".to_owned() } else { format!("{differing} files are") };
        let detail = format!("{files} not formatted; they are named above. Format them:\n  craton hcl fmt");
        found.push(Diagnostic::error("Files are not formatted", detail));
    }
    found.ok(Outcome::Done)
}

fn stdin(args: &HclFmtArgs) -> Ended {
    if args.file.is_some() {
        let detail = "--stdin formats what comes in on standard input, --file a file. Give one of them.";
        return Err(Diagnostic::error("Incompatible flags", detail).into());
    }
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text).map_err(|e| failed("read", Path::new("standard input"), &e))?;
    let mut found = Diagnostics::new();
    let Some(new) = formatted("<stdin>", &text, &mut found) else { return Err(found) };
    if args.diff {
        print!("{}", difference(Path::new("<stdin>"), &text, &new));
    } else if !args.check {
        print!("{new}");
    }
    Ok(if args.check && new != text { Outcome::Failed } else { Outcome::Done })
}

/// The `.hcl` files below a folder, sorted. Folders without a name of ours are looked into, hidden ones too.
fn collect(root: &Path, excluded: &[String], files: &mut Vec<PathBuf>) -> Result<(), Diagnostic> {
    let mut open = vec![root.to_owned()];
    while let Some(dir) = open.pop() {
        for entry in std::fs::read_dir(&dir).map_err(|e| failed("read", &dir, &e))? {
            let entry = entry.map_err(|e| failed("read", &dir, &e))?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let kind = entry.file_type().map_err(|e| failed("read", &entry.path(), &e))?;
            if kind.is_dir() {
                if !PASSED.contains(&name.as_str()) && !excluded.contains(&name) {
                    open.push(entry.path());
                }
            } else if name.ends_with(".hcl") && name != ".terraform.lock.hcl" {
                files.push(entry.path());
            }
        }
    }
    files.sort();
    Ok(())
}
