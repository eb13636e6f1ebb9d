//! `catalog`: what there is to start a unit from.

use std::path::Path;

use craton_fetch::Source;
use craton_model::{Diagnostic, Diagnostics, Value};
use craton_terragrunt::{IamRole, fetch_source, parse_source};
use serde_json::json;

use crate::app::{App, Ended, Outcome};
use crate::args::CatalogArgs;
use crate::args::units::CatalogFormat;
use crate::units::choose;

/// Folders in which nothing is looked for.
const PASSED: [&str; 4] = ["examples", "test", "tests", "testdata"];

/// Something to start from.
struct Entry {
    kind: &'static str,
    /// Its folder within the source.
    dir: String,
    title: String,
    description: String,
    /// How a unit names it.
    source: String,
}

/// Lists modules, units, stacks and templates of the sources that are named, or that the `catalog` block of the
/// configuration here or further up lists.
pub fn run(app: &App, args: &CatalogArgs) -> Ended {
    tokio::task::block_in_place(|| {
        let root = choose::root(app);
        let sources = if args.sources.is_empty() { configured(app, &root)? } else { args.sources.clone() };
        let mut entries = Vec::new();
        for source in &sources {
            entries.extend(entries_of(app, &root, source)?);
        }
        match args.format {
            CatalogFormat::Jsonl => {
                for e in &entries {
                    let line = json!({
                        "kind": e.kind, "dir": e.dir, "title": e.title, "description": e.description,
                        "source": e.source,
                    });
                    println!("{line}");
                }
            }
            CatalogFormat::Md => markdown(&entries, sources.len()),
            CatalogFormat::Text => text(app, &entries),
        }
        Ok(Outcome::Done)
    })
}

/// The sources of the nearest `catalog` block.
fn configured(app: &App, root: &Path) -> Result<Vec<String>, Diagnostics> {
    let session = app.share(app.terragrunt_options("catalog"));
    for dir in root.ancestors() {
        for name in ["terragrunt.hcl", "root.hcl"] {
            let file = dir.join(name);
            if !file.is_file() {
                continue;
            }
            let Some(catalog) = session.catalog(&file)? else { continue };
            let urls = catalog.get("urls").and_then(Value::as_seq).into_iter().flatten();
            return Ok(urls.filter_map(|u| u.as_str().map(ToOwned::to_owned)).collect());
        }
    }
    let detail = "No configuration here or further up has a catalog block. Name a source:\n  craton catalog git::https://github.com/ORGANISATION/REPOSITORY.git\nor write one:\n  catalog { urls = [\"...\"] }";
    Err(Diagnostic::error("No catalog", detail).into())
}

fn entries_of(app: &App, root: &Path, text: &str) -> Result<Vec<Entry>, Diagnostics> {
    let invalid = |why: String| Diagnostic::error("Invalid source", format!("{text:?} cannot be used: {why}."));
    let mut source = parse_source(&app.terragrunt_options("catalog"), text).map_err(invalid)?;
    if let Source::Local(path) = &source {
        source = Source::Path { path: craton_config::clean(&root.join(path)), subdir: None };
    }
    let (folder, _kept) = match &source {
        Source::Path { path, subdir } => (subdir.as_ref().map_or_else(|| path.clone(), |s| path.join(s)), None),
        remote => {
            let (kept, folder) = fetch_source(&app.fetcher(&IamRole::default()), remote)?;
            (folder, Some(kept))
        }
    };
    if !folder.is_dir() {
        return Err(invalid(format!("there is no folder {}", folder.display())).into());
    }
    let mut entries = Vec::new();
    let mut open = vec![folder.clone()];
    while let Some(dir) = open.pop() {
        if let Some(kind) = kind(&dir).filter(|_| dir != folder) {
            let inner = craton_terragrunt::relative(&folder, &dir).to_string_lossy().into_owned();
            let (title, description) = about(&dir);
            let (address, query) = text.split_once('?').map_or((text, String::new()), |(a, q)| (a, format!("?{q}")));
            let source = format!("{}//{inner}{query}", address.trim_end_matches('/'));
            entries.push(Entry { kind, dir: inner, title, description, source });
            continue;
        }
        for entry in std::fs::read_dir(&dir).into_iter().flatten().flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            let inside = entry.file_type().is_ok_and(|t| t.is_dir());
            if inside && !name.starts_with('.') && !PASSED.contains(&name.as_str()) {
                open.push(entry.path());
            }
        }
    }
    entries.sort_by(|a, b| a.dir.cmp(&b.dir));
    Ok(entries)
}

/// What a folder holds, if it is something to start from.
fn kind(dir: &Path) -> Option<&'static str> {
    if dir.join(".boilerplate").is_dir() {
        Some("template")
    } else if dir.join("terragrunt.stack.hcl").is_file() {
        Some("stack")
    } else if dir.join("terragrunt.hcl").is_file() {
        Some("unit")
    } else {
        craton_config::config_files(dir).is_ok_and(|files| !files.is_empty()).then_some("module")
    }
}

/// Title and description: of the head of the folder's README (`name:`, `description:`), or its first heading and the
/// first paragraph below; else the folder's name.
fn about(dir: &Path) -> (String, String) {
    let name = dir.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    let text = std::fs::read_to_string(dir.join("README.md")).unwrap_or_default();
    if let Some(head) = text.strip_prefix("---\n").and_then(|t| t.split_once("\n---").map(|(head, _)| head)) {
        let field = |key: &str| {
            let line = head.lines().find_map(|l| l.strip_prefix(key)?.strip_prefix(':'))?;
            Some(line.trim().trim_matches(['"', '\'']).to_owned())
        };
        return (field("name").unwrap_or(name), field("description").unwrap_or_default());
    }
    let heading = text.lines().find_map(|l| l.strip_prefix("# ")).map(|h| h.trim().to_owned());
    let below = text.lines().skip_while(|l| l.starts_with('#') || l.trim().is_empty());
    let paragraph: Vec<&str> = below.take_while(|l| !l.trim().is_empty()).map(str::trim).collect();
    (heading.unwrap_or(name), paragraph.join(" "))
}

fn text(app: &App, entries: &[Entry]) {
    for e in entries {
        println!("{}  {}", app.out.bold(&e.title), app.out.dim(e.kind));
        if !e.description.is_empty() {
            println!("  {}", e.description);
        }
        println!("  craton scaffold '{}'", e.source);
    }
}

fn markdown(entries: &[Entry], sources: usize) {
    println!("# Terragrunt Catalog");
    for e in entries {
        println!("\n## {}\n", e.title);
        if !e.description.is_empty() {
            println!("{}\n", e.description);
        }
        println!("| Field | Value |\n| --- | --- |\n| Kind | `{}` |\n| Component source | `{}` |", e.kind, e.source);
    }
    let plural = |n: usize, word: &str| if n == 1 { format!("{n} {word}") } else { format!("{n} {word}s") };
    println!("\nDiscovered {} from {}.", plural(entries.len(), "component"), plural(sources, "source"));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_come_from_the_readme() {
        let dir = std::env::temp_dir().join("no-such-folder-of-this-test");
        assert_eq!(about(&dir), ("no-such-folder-of-this-test".into(), String::new()));
        let dir = tempfile::tempdir().map(|d| (d.path().to_owned(), d));
        let Ok((path, _kept)) = dir else { return };
        for (text, want) in [
            ("---\nname: \"VPC\"\ndescription: Makes one.\n---\n# Other\n", ("VPC", "Makes one.")),
            ("# A title\n\nFirst\nparagraph.\n\nSecond.\n", ("A title", "First paragraph.")),
        ] {
            assert!(std::fs::write(path.join("README.md"), text).is_ok());
            assert_eq!(about(&path), (want.0.to_owned(), want.1.to_owned()));
        }
    }
}
