//! Working copies: where a unit's module is, and how it gets there.

use crate::config::{Config, TerraformBlock};
use crate::session::{Options, absolute};
use base64::Engine;
use craton_fetch::{Source, copy_tree, fetch};
use craton_model::{Diagnostic, Span};
use regex::Regex;
use sha1::{Digest, Sha1};
use std::path::{Path, PathBuf};

/// Said of a source that cannot be used.
pub(crate) const INVALID: &str = "Invalid terraform.source";
const VERSION_FILE: &str = ".terragrunt-source-version";
const SOURCE_MANIFEST: &str = ".terragrunt-source-manifest";
const UNIT_MANIFEST: &str = ".terragrunt-module-manifest";

/// Where a unit runs.
#[derive(Clone, Debug)]
pub(crate) struct Location {
    pub(crate) source: Source,
    /// The folder of all working copies of the unit.
    cache: PathBuf,
    /// The folder that the source as a whole is copied to.
    pub(crate) download: PathBuf,
    /// The folder that the module runs in.
    pub(crate) working: PathBuf,
    pub(crate) span: Option<Span>,
}

/// Unpadded URL-safe base64 of the SHA-1 of a text: how Terragrunt names the folders of its cache.
fn hash(text: &str) -> String {
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(Sha1::digest(text.as_bytes()))
}

/// Decides where a unit runs. Every unit runs in a working copy; without a source it is a copy of the unit itself.
pub(crate) fn locate(
    options: &Options,
    dir: &Path,
    source: Option<(&str, Span)>,
    download_dir: Option<&str>,
) -> Result<Location, Diagnostic> {
    let span = source.map(|(_, span)| span);
    let invalid = |why: String| {
        let detail = format!("The module's source cannot be used: {why}.");
        Diagnostic::error(INVALID, detail).at_default(span)
    };
    // The null device stands for no module at all.
    let mut text = source.map_or(".", |(text, _)| text).to_owned();
    if text == "/dev/null" {
        text = ".".to_owned();
    }
    for (from, to) in &options.source_map {
        let (main, rest) = split(&text);
        if main == from {
            text = format!("{to}{rest}");
            break;
        }
    }
    if let Some(instead) = &options.source {
        text.clone_from(instead);
    }
    let mut parsed = Source::parse_getter(&text).map_err(&invalid)?;
    if let Source::Local(path) = &parsed {
        let full = format!("{}/{path}", dir.display());
        parsed = Source::parse_getter(&full).map_err(&invalid)?;
    }
    if let Source::Path { path, subdir } = parsed {
        let path = craton_config::clean(&path);
        let folder = subdir.as_ref().map_or_else(|| path.clone(), |sub| path.join(sub));
        if !folder.is_dir() {
            return Err(invalid(format!("there is no folder {}", folder.display())));
        }
        parsed = Source::Path { path, subdir };
    }
    let cache = match (&options.download_dir, download_dir) {
        (Some(from_outside), _) => absolute(from_outside),
        (None, Some(configured)) => craton_config::clean(&dir.join(configured)),
        (None, None) => dir.join(".terragrunt-cache"),
    };
    let download = cache.join(hash(&dir.to_string_lossy())).join(hash(&address(&parsed)));
    let working = parsed.subdir().map_or_else(|| download.clone(), |sub| download.join(sub));
    Ok(Location { source: parsed, cache, download, working, span })
}

/// The part before `//` (not the one of `://`) or `?`, and the rest.
fn split(text: &str) -> (&str, &str) {
    let from = text.find("://").map_or(0, |i| i + 3);
    let at = text[from..].find("//").map(|i| i + from).or_else(|| text.find('?')).unwrap_or(text.len());
    text.split_at(at)
}

/// The source without the folder in it and without what selects a version.
fn address(source: &Source) -> String {
    match source {
        Source::Path { path, .. } => path.to_string_lossy().into_owned(),
        Source::Git(g) => format!("git::{}", g.url),
        other => split(&other.to_string()).0.to_owned(),
    }
}

/// Brings the working copy up to date: the source, then the unit's own files on top.
/// Gives whether it was made or fetched anew.
pub(crate) fn prepare(location: &Location, dir: &Path, config: &Config, update: bool) -> Result<bool, Diagnostic> {
    let terraform = config.terraform.as_ref();
    let at = |d: Diagnostic| d.at_default(location.span);
    let filter = Filter::new(terraform).map_err(|why| at(Diagnostic::error("Invalid pattern", why)))?;
    let io = |e: std::io::Error| {
        let detail = format!("The working copy {} could not be made: {e}.", location.download.display());
        at(Diagnostic::error("Failed to prepare working copy", detail))
    };
    if update && location.download.exists() {
        std::fs::remove_dir_all(&location.download).map_err(io)?;
    }
    let mut fresh = !location.download.exists();
    if let Source::Path { path, .. } = &location.source {
        copy(path, &location.download, SOURCE_MANIFEST, &filter, &location.cache).map_err(at)?;
    } else {
        let version = hash(&location.source.to_string());
        let version_file = location.download.join(VERSION_FILE);
        let current = std::fs::read_to_string(&version_file).is_ok_and(|v| v == version);
        if !current {
            fresh = true;
            let arriving = location.download.with_extension("new");
            for old in [&arriving, &location.download] {
                if old.exists() {
                    std::fs::remove_dir_all(old).map_err(io)?;
                }
            }
            fetch(&location.source, &arriving).map_err(at)?;
            std::fs::write(arriving.join(VERSION_FILE), version).map_err(io)?;
            std::fs::rename(&arriving, &location.download).map_err(io)?;
        }
    }
    if !location.working.is_dir() {
        let detail = format!(
            "Working dir {} from source {} does not exist. Correct the folder behind // in the source.",
            location.working.display(),
            location.source.redacted()
        );
        return Err(at(Diagnostic::error("Working directory not found", detail)));
    }
    let is_unit = matches!(&location.source, Source::Path { path, subdir: None } if path == dir);
    if !is_unit {
        copy(dir, &location.working, UNIT_MANIFEST, &filter, &location.cache).map_err(at)?;
    }
    Ok(fresh)
}

/// Copies what the filter lets through, and removes what an earlier copy brought and this one does not.
fn copy(from: &Path, to: &Path, manifest: &str, filter: &Filter, cache: &Path) -> Result<(), Diagnostic> {
    let list = to.join(manifest);
    let before = std::fs::read_to_string(&list).unwrap_or_default();
    let copied = copy_tree(from, to, &|path| filter.wants(path) && !from.join(path).starts_with(cache))?;
    let names: Vec<String> = copied.iter().map(|p| p.to_string_lossy().into_owned()).collect();
    let kept: std::collections::HashSet<&str> = names.iter().map(String::as_str).collect();
    for gone in before.lines().filter(|l| !kept.contains(l)) {
        let leaves = Path::new(gone).components().any(|c| !matches!(c, std::path::Component::Normal(_)));
        if !leaves {
            // It may be gone already.
            let _ = std::fs::remove_file(to.join(gone));
        }
    }
    let text = names.join("\n");
    if text != before {
        std::fs::write(&list, text).map_err(|e| {
            let detail = format!("{} could not be written: {e}.", list.display());
            Diagnostic::error("Failed to prepare working copy", detail)
        })?;
    }
    Ok(())
}

/// Which files belong in a working copy: none whose name begins with a dot, but for two, and what the block says.
struct Filter {
    include: Vec<Regex>,
    exclude: Vec<Regex>,
}

impl Filter {
    fn new(terraform: Option<&TerraformBlock>) -> Result<Self, String> {
        let all = |patterns: &[String]| patterns.iter().map(|p| glob(p)).collect::<Result<Vec<_>, _>>();
        Ok(Self {
            include: all(terraform.map_or(&[][..], |t| &t.include_in_copy))?,
            exclude: all(terraform.map_or(&[][..], |t| &t.exclude_from_copy))?,
        })
    }

    fn wants(&self, path: &Path) -> bool {
        let text = path.to_string_lossy().replace('\\', "/");
        let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        if name == ".terragrunt-cache" || name.starts_with(".terragrunt-") && name.ends_with("-manifest") {
            return false;
        }
        if self.exclude.iter().any(|r| r.is_match(&text)) {
            return false;
        }
        let hidden = text.split('/').any(|part| part.starts_with('.'));
        let known = matches!(name.as_str(), ".terraform.lock.hcl" | ".tflint.hcl");
        !hidden || known && !hidden_folder(&text) || self.include.iter().any(|r| r.is_match(&text))
    }
}

fn hidden_folder(text: &str) -> bool {
    text.rsplit_once('/').is_some_and(|(folder, _)| folder.split('/').any(|part| part.starts_with('.')))
}

/// A pattern with `*`, `**` and `?` as an expression that also matches what lies in a matched folder and, so that it is
/// entered, the beginning of a pattern.
fn glob(pattern: &str) -> Result<Regex, String> {
    let pattern = pattern.trim_start_matches("./").trim_end_matches('/');
    let parts: Vec<String> = pattern
        .split('/')
        .map(|part| match part {
            "**" => ".*".to_owned(),
            part => part
                .chars()
                .map(|c| match c {
                    '*' => "[^/]*".to_owned(),
                    '?' => "[^/]".to_owned(),
                    c => regex::escape(&c.to_string()),
                })
                .collect(),
        })
        .collect();
    let whole = format!("^{}(/.*)?$", parts.join("/").replace(".*/", "(.*/)?"));
    Regex::new(&whole).map_err(|e| format!("The pattern {pattern:?} cannot be read: {e}."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_cache_folders() {
        assert_eq!(hash("/a"), "IlbGrIDT6yaTiXpTxhXEhAmB5ao");
    }

    #[test]
    fn what_is_copied() {
        let filter = Filter::new(Some(&TerraformBlock {
            include_in_copy: vec![".github/*".into(), "**/.keep".into()],
            exclude_from_copy: vec!["docs".into(), "*.md".into()],
            ..TerraformBlock::default()
        }))
        .unwrap();
        for (path, want) in [
            ("main.tf", true),
            (".git", false),
            (".terraform.lock.hcl", true),
            (".terragrunt-cache", false),
            ("a/.keep", true),
            (".keep", true),
            ("a/.other", false),
            ("docs", false),
            ("docs/x", false),
            ("README.md", false),
            ("a/README.md", true),
        ] {
            assert_eq!(filter.wants(Path::new(path)), want, "{path}");
        }
    }

    #[test]
    fn sources_split() {
        assert_eq!(split("git::https://h/x.git//m?ref=1"), ("git::https://h/x.git", "//m?ref=1"));
        assert_eq!(split("../a//b"), ("../a", "//b"));
        assert_eq!(split("../a"), ("../a", ""));
    }
}
