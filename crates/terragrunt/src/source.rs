//! Working copies: where a unit's module is, and how it gets there.

use crate::config::{Config, TerraformBlock};
use crate::session::{Options, absolute};
use crate::settle::settle;
use base64::Engine;
use craton_config::version::{Constraint, Version};
use craton_fetch::{DEFAULT_REGISTRY, Fetcher, Query, RegistrySource, Source, copy_tree};
use craton_model::{Diagnostic, Diagnostics, Span};
use regex::Regex;
use sha1::{Digest, Sha1};
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// Said of a source that cannot be used.
pub(crate) const INVALID: &str = "Invalid terraform.source";
const VERSION_FILE: &str = ".terragrunt-source-version";
const SOURCE_MANIFEST: &str = ".terragrunt-source-manifest";
const UNIT_MANIFEST: &str = ".terragrunt-module-manifest";
/// There as long as what was fetched was not initialised.
const INIT_REQUIRED: &str = ".terragrunt-init-required";

/// Where a unit runs.
#[derive(Clone, Debug)]
pub(crate) struct Location {
    pub(crate) source: Source,
    /// What the `version` of the `terraform` block demands of a registry's module.
    constraint: Option<String>,
    /// What selects a version in the address, in one spelling.
    query: String,
    /// The folder of all working copies of the unit.
    cache: PathBuf,
    /// The folder that the source as a whole is copied to.
    pub(crate) download: PathBuf,
    /// The folder that the module runs in.
    pub(crate) working: PathBuf,
    pub(crate) span: Option<Span>,
}

/// What a unit's configuration says of its module.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Wanted<'a> {
    pub(crate) source: Option<(&'a str, Span)>,
    pub(crate) version: Option<&'a str>,
    pub(crate) download_dir: Option<&'a str>,
}

impl<'a> Wanted<'a> {
    pub(crate) fn of(config: &'a Config) -> Self {
        let terraform = config.terraform.as_ref();
        Self {
            source: terraform.and_then(|t| Some((t.source.as_deref()?, t.source_span?))),
            version: terraform.and_then(|t| t.version.as_deref()).filter(|v| !v.trim().is_empty()),
            download_dir: config.download_dir.as_deref(),
        }
    }
}

/// Unpadded URL-safe base64 of the SHA-1 of a text: how Terragrunt names the folders of its cache.
fn hash(text: &str) -> String {
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(Sha1::digest(text.as_bytes()))
}

/// Decides where a unit runs. Every unit runs in a working copy; without a source it is a copy of the unit itself.
pub(crate) fn locate(options: &Options, dir: &Path, wanted: Wanted<'_>) -> Result<Location, Diagnostic> {
    let span = wanted.source.map(|(_, span)| span);
    let invalid = |why: String| {
        let detail = format!("The module's source cannot be used: {why}.");
        Diagnostic::error(INVALID, detail).at_default(span)
    };
    let text = chosen(options, wanted.source.map(|(text, _)| text).filter(|t| !t.is_empty()));
    let mut parsed = parse(options, &text).map_err(&invalid)?;
    if let Source::Local(path) = &parsed {
        let full = format!("{}/{path}", dir.display());
        parsed = parse(options, &full).map_err(&invalid)?;
    }
    if let Source::Path { path, subdir } = parsed {
        let path = craton_config::clean(&path);
        let folder = subdir.as_ref().map_or_else(|| path.clone(), |sub| path.join(sub));
        if !folder.is_dir() {
            return Err(invalid(format!("there is no folder {}", folder.display())));
        }
        parsed = Source::Path { path, subdir };
    }
    let mut constraint = None;
    if let Source::Registry(module) = &parsed {
        if let Some(version) = module.version.as_deref().filter(|v| Version::parse(v).is_none()) {
            return Err(invalid(format!(
                "version={version} in it is no version such as 1.2.3; a constraint goes into the attribute  version  of the terraform block"
            )));
        }
        constraint = wanted.version.filter(|_| options.source.is_none()).map(str::to_owned);
    }
    let cache = match (&options.download_dir, wanted.download_dir) {
        (Some(from_outside), _) => absolute(from_outside),
        (None, Some(configured)) => craton_config::clean(&dir.join(configured)),
        (None, None) => dir.join(".terragrunt-cache"),
    };
    let download = cache.join(hash(&dir.to_string_lossy())).join(hash(&address(&parsed, &text)));
    let working = parsed.subdir().map_or_else(|| download.clone(), |sub| download.join(sub));
    let canonical = if matches!(parsed, Source::Git(_)) { parsed.to_string() } else { text };
    let query = Query::split(&canonical).1.canonical();
    Ok(Location { source: parsed, constraint, query, cache, download, working, span })
}

/// Reads an address of a source, in which a registry without a host is the one that the options name.
///
/// # Errors
/// Why it is no address.
pub fn parse(options: &Options, text: &str) -> Result<Source, String> {
    let default_registry = options.env.get("TG_TF_DEFAULT_REGISTRY_HOST").filter(|h| !h.is_empty());
    Source::parse_getter(text, default_registry.map_or(DEFAULT_REGISTRY, String::as_str))
}

/// Brings a source to a temporary folder; of a registry's module without a version the newest one. Gives that, which goes
/// when it is dropped, and the folder in it that the address leads to.
pub fn fetch(fetcher: &Fetcher, source: &Source) -> Result<(TempDir, PathBuf), Diagnostic> {
    let scratch = tempfile::tempdir()
        .map_err(|e| Diagnostic::error("No temporary folder", format!("Could not make a temporary folder: {e}.")))?;
    let version = match source {
        Source::Registry(module @ RegistrySource { version: None, .. }) => {
            Some(fetcher.choose_version(module, &Constraint::default())?)
        }
        _ => None,
    };
    let folder = fetcher.fetch(source, version.as_deref(), &scratch.path().join("source"))?.dir;
    Ok((scratch, folder))
}

/// The source that counts: the unit's own, unless it is exchanged from outside.
fn chosen(options: &Options, own: Option<&str>) -> String {
    // The null device stands for no module at all.
    let here = |text: &str| if text == "/dev/null" { ".".to_owned() } else { text.to_owned() };
    match (&options.source, own) {
        // In place of all modules of many units stands what is before `//` in each.
        (Some(instead), Some(own)) if options.many => {
            let (address, sub) = split(own);
            join(instead, sub.unwrap_or_else(|| module_name(&address)))
        }
        (Some(_), None) if options.many => ".".to_owned(),
        (Some(instead), _) => here(instead),
        (None, None) => ".".to_owned(),
        (None, Some(own)) => {
            let (address, sub) = split(own);
            let bare = Query::split(&address).0;
            match options.source_map.iter().find(|(from, _)| from == bare) {
                Some((_, to)) => join(to, sub.unwrap_or_else(|| module_name(&address))),
                None => here(own),
            }
        }
    }
}

/// The address with its query but without the folder behind `//` (not the one of `://`), and that folder.
pub(crate) fn split(text: &str) -> (String, Option<&str>) {
    let (main, query) = text.split_at(text.find('?').unwrap_or(text.len()));
    let from = main.find("://").map_or(0, |i| i + 3);
    match main[from..].find("//").map(|i| i + from) {
        Some(at) => (format!("{}{query}", &main[..at]), Some(main[at..].trim_start_matches('/'))),
        None => (text.to_owned(), None),
    }
}

/// The last part of an address up to its first dot: `vpc` of `git::https://host/vpc.git`.
fn module_name(address: &str) -> &str {
    let bare = Query::split(address).0.trim_end_matches('/');
    let last = bare.rsplit('/').next().unwrap_or_default();
    match last.split_once('.') {
        Some((name, _)) if !name.is_empty() => name,
        _ => last,
    }
}

/// An address with a folder behind `//`, before its query.
fn join(address: &str, sub: &str) -> String {
    let (main, query) = address.split_at(address.find('?').unwrap_or(address.len()));
    format!("{}//{}{query}", main.trim_end_matches(['/', '\\']), sub.trim_start_matches(['/', '\\']))
}

/// The source without the folder in it and without what selects a version; `text` is how it was written.
fn address(source: &Source, text: &str) -> String {
    match source {
        Source::Path { path, .. } => path.to_string_lossy().into_owned(),
        Source::Git(g) => format!("git::{}", Query::split(&g.url).0),
        _ => Query::split(&split(text).0).0.to_owned(),
    }
}

/// What came of preparing a working copy.
#[derive(Debug, Default)]
pub(crate) struct Copied {
    /// Whether it was made or fetched anew, or was not initialised since.
    pub(crate) fresh: bool,
    pub(crate) warnings: Diagnostics,
}

/// Brings the working copy up to date: the source, then the unit's own files on top. `fetcher` is told whether something
/// is about to be fetched.
pub(crate) fn prepare(
    location: &Location,
    dir: &Path,
    config: &Config,
    update: bool,
    fetcher: &dyn Fn(bool) -> Fetcher,
) -> Result<Copied, Diagnostic> {
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
    let mut copied = Copied { fresh: !location.download.exists(), ..Copied::default() };
    if let Source::Path { path, .. } = &location.source {
        copy(path, &location.download, SOURCE_MANIFEST, &filter, &location.cache).map_err(at)?;
    } else {
        copied.fresh |= bring(location, fetcher, &mut copied.warnings).map_err(at)?;
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
    let marker = location.working.join(INIT_REQUIRED);
    if copied.fresh {
        std::fs::write(&marker, "").map_err(io)?;
    }
    copied.fresh |= marker.exists();
    Ok(copied)
}

/// Takes down that a working copy is initialised.
pub(crate) fn initialised(location: &Location) {
    // If it stays, the next run initialises once more.
    let _ = std::fs::remove_file(location.working.join(INIT_REQUIRED));
}

/// Fetches what is not there or is another version; gives whether something was fetched.
fn bring(
    location: &Location,
    fetcher: &dyn Fn(bool) -> Fetcher,
    warnings: &mut Diagnostics,
) -> Result<bool, Diagnostic> {
    let io = |e: std::io::Error| {
        let detail = format!("The working copy {} could not be made: {e}.", location.download.display());
        Diagnostic::error("Failed to prepare working copy", detail)
    };
    let (mut query, mut version) = (location.query.clone(), None);
    if let (Source::Registry(module), Some(constraint)) = (&location.source, &location.constraint) {
        let chosen = choose(&fetcher(false), module, constraint)?;
        query = format!("version={chosen}");
        version = Some(chosen);
    }
    let wanted = hash(&query);
    let version_file = location.download.join(VERSION_FILE);
    if std::fs::read_to_string(&version_file).is_ok_and(|have| have == wanted) {
        return Ok(false);
    }
    let fetcher = fetcher(true);
    if let (Source::Registry(module @ RegistrySource { version: None, .. }), None) = (&location.source, &version) {
        version = Some(fetcher.choose_version(module, &Constraint::default())?);
    }
    let arriving = location.download.with_extension("new");
    if arriving.exists() {
        std::fs::remove_dir_all(&arriving).map_err(io)?;
    }
    let fetched = fetcher.fetch_rooted(&location.source, version.as_deref(), &arriving)?;
    warnings.extend(fetched.warnings.into_iter().map(|d| d.at_default(location.span)));
    // From here on what is there is of no version, until all of it is there.
    if version_file.exists() {
        std::fs::remove_file(&version_file).map_err(io)?;
    }
    settle(&arriving, &location.download, SOURCE_MANIFEST).map_err(io)?;
    std::fs::remove_dir_all(&arriving).map_err(io)?;
    std::fs::write(&version_file, wanted).map_err(io)?;
    Ok(true)
}

/// The version of a registry's module that the `version` of the `terraform` block leads to.
fn choose(fetcher: &Fetcher, module: &RegistrySource, constraint: &str) -> Result<String, Diagnostic> {
    let invalid = |why: String| Diagnostic::error("Invalid version constraint", why);
    if let Some(version) = &module.version {
        return Err(invalid(format!(
            "The source says version={version} and the attribute  version  says {constraint:?}. Keep one of them."
        )));
    }
    let wanted = Constraint::parse(constraint)
        .map_err(|why| invalid(format!("version = {constraint:?} is no constraint: {why}.")))?;
    fetcher.choose_version(module, &wanted)
}

/// Copies what the filter lets through, and removes what an earlier copy brought and this one does not.
fn copy(from: &Path, to: &Path, manifest: &str, filter: &Filter, cache: &Path) -> Result<(), Diagnostic> {
    let list = to.join(manifest);
    let before = std::fs::read_to_string(&list).unwrap_or_default();
    let copied = copy_tree(from, to, &|path| filter.wants(path) && !from.join(path).starts_with(cache))?;
    let names: Vec<String> = copied.iter().map(|p| p.to_string_lossy().into_owned()).collect();
    crate::settle::remove_gone(to, &before, &names);
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
    /// Folders that something to be included may lie in.
    leading: Vec<Regex>,
    exclude: Vec<Regex>,
}

impl Filter {
    fn new(terraform: Option<&TerraformBlock>) -> Result<Self, String> {
        let all = |patterns: &[String]| patterns.iter().map(|p| glob(p)).collect::<Result<Vec<_>, _>>();
        Ok(Self {
            include: all(terraform.map_or(&[][..], |t| &t.include_in_copy))?,
            leading: all(&terraform
                .map_or(&[][..], |t| &t.include_in_copy)
                .iter()
                .flat_map(|p| above(p))
                .collect::<Vec<_>>())?,
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
        !hidden || known && !hidden_folder(&text) || self.include.iter().chain(&self.leading).any(|r| r.is_match(&text))
    }
}

fn hidden_folder(text: &str) -> bool {
    text.rsplit_once('/').is_some_and(|(folder, _)| folder.split('/').any(|part| part.starts_with('.')))
}

/// The folders that a pattern names on the way, as patterns.
fn above(pattern: &str) -> Vec<String> {
    let parts: Vec<&str> = pattern.trim_start_matches("./").trim_end_matches('/').split('/').collect();
    // Behind `**` there may be any folder, and all of them would have to be searched for hidden ones: that goes as far as
    // the pattern names them.
    let named = parts.iter().position(|p| *p == "**").unwrap_or(parts.len());
    (1..parts.len().min(named + 1)).map(|n| format!("={}", parts[..n].join("/"))).collect()
}

/// A pattern with `*`, `**` and `?` as an expression that also matches what lies in a matched folder, unless an equals
/// sign stands before it.
fn glob(pattern: &str) -> Result<Regex, String> {
    let (pattern, below) = match pattern.strip_prefix('=') {
        Some(exact) => (exact, ""),
        None => (pattern, "(/.*)?"),
    };
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
    let whole = format!("^{}{below}$", parts.join("/").replace(".*/", "(.*/)?"));
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
            include_in_copy: vec![".github/*.yml".into(), "**/.keep".into(), "./.tools".into()],
            exclude_from_copy: vec!["docs".into(), "*.md".into()],
            ..TerraformBlock::default()
        }))
        .unwrap();
        for (path, want) in [
            ("main.tf", true),
            (".github", true),
            (".github/a.yml", true),
            (".github/a.txt", false),
            (".github/workflows", false),
            (".tools/deep/x", true),
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
        assert_eq!(split("git::https://h/x.git//m?ref=1"), ("git::https://h/x.git?ref=1".into(), Some("m")));
        assert_eq!(split("../a//b"), ("../a".into(), Some("b")));
        assert_eq!(split("../a"), ("../a".into(), None));
        assert_eq!(module_name("git::ssh://git@h/org/module-name.git?ref=v1.0.0"), "module-name");
        assert_eq!(module_name("../modules/vpc"), "vpc");
    }

    fn with(own: Option<&str>, options: Options) -> String {
        chosen(&options, own)
    }

    #[test]
    fn sources_from_outside() {
        let git = "git::ssh://git@github.com/org/repo.git";
        let own = format!("{git}//path/to/module?ref=master");
        let map = |to: &str| Options { source_map: vec![(git.into(), to.into())], ..Options::default() };
        assert_eq!(with(Some(&own), map("/local/path/")), "/local/path//path/to/module");
        assert_eq!(with(Some(&format!("{git}?ref=v1")), map("/local")), "/local//repo");
        assert_eq!(with(Some("git::ssh://other//m?ref=1"), map("/local")), "git::ssh://other//m?ref=1");
        assert_eq!(with(Some(&own), map("git::https://h/x?ref=v2")), "git::https://h/x//path/to/module?ref=v2");
        let source = |many: bool| Options { source: Some("/src/m".into()), many, ..Options::default() };
        assert_eq!(with(Some(&own), source(false)), "/src/m");
        assert_eq!(with(Some(&own), source(true)), "/src/m//path/to/module");
        assert_eq!(with(Some("git::ssh://git@h/vpc.git?ref=1"), source(true)), "/src/m//vpc");
        assert_eq!(with(None, source(true)), ".");
        assert_eq!(with(None, Options::default()), ".");
    }

    #[test]
    fn versions_and_folders_of_sources() {
        let at = |text: &str, version: Option<&str>| {
            let span = craton_model::FileId::add("terragrunt.hcl", text).span(0, text.len());
            let wanted = Wanted { source: Some((text, span)), version, download_dir: None };
            locate(&Options::default(), Path::new("/unit"), wanted)
        };
        let one = at("git::https://h/x.git//m?ref=v1", None).unwrap();
        let two = at("git::https://h/x.git//n?ref=v2", None).unwrap();
        assert_eq!(one.download, two.download);
        assert_eq!((one.query.as_str(), two.query.as_str()), ("ref=v1", "ref=v2"));
        assert!(one.working.ends_with("m"));
        let tfr = at("tfr:///a/b/aws//m?version=1.2.3", None).unwrap();
        assert_eq!(tfr.query, "version=1.2.3");
        assert_eq!(tfr.download.file_name().unwrap().to_str().unwrap(), hash("tfr:///a/b/aws"));
        assert_eq!(at("tfr:///a/b/aws", Some("~> 1.0")).unwrap().constraint.as_deref(), Some("~> 1.0"));
        let bad = at("tfr:///a/b/aws?version=~>1.0", None).unwrap_err();
        assert!(bad.detail.contains("no version such as 1.2.3"), "{}", bad.detail);
    }
}
