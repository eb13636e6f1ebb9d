//! Reading and parsing the files of a folder.

use crate::decode::File;
use craton_hcl::Body;
use craton_model::{Diagnostic, Diagnostics, FileId};
use std::collections::{BTreeMap, HashMap};
use std::path::{Component, Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// Files that were parsed, so that one that several units or module calls use is parsed once. Cloning shares it.
#[derive(Clone, Debug, Default)]
pub struct FileCache {
    files: Arc<Mutex<HashMap<PathBuf, Parsed>>>,
    /// All the files there are, whatever the disk holds.
    frozen: Option<Arc<BTreeMap<PathBuf, Arc<str>>>>,
    /// Files that are not on disk yet.
    added: Arc<Mutex<BTreeMap<PathBuf, Arc<str>>>>,
    /// How often each file was read from disk.
    reads: Arc<Mutex<BTreeMap<PathBuf, usize>>>,
    /// Folders that are copies, each with what it is a copy of.
    origins: Arc<Mutex<Vec<(PathBuf, PathBuf)>>>,
}

#[derive(Clone, Debug)]
struct Parsed {
    text: Arc<str>,
    body: Body,
    diagnostics: Diagnostics,
}

impl FileCache {
    /// An empty cache.
    pub fn new() -> Self {
        Self::default()
    }

    /// A cache that holds these files and sees no others: the configuration that a saved plan was made of.
    pub fn frozen(files: BTreeMap<PathBuf, Arc<str>>) -> Self {
        Self { frozen: Some(Arc::new(files)), ..Self::default() }
    }

    /// Adds a file that is read as if it were on disk.
    pub fn add_file(&self, path: PathBuf, text: impl Into<Arc<str>>) {
        self.added.lock().unwrap_or_else(PoisonError::into_inner).insert(clean(&path), text.into());
    }

    fn added(&self) -> BTreeMap<PathBuf, Arc<str>> {
        self.added.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Says that a folder is a copy of another: diagnostics about a file in it name the original, if that has the same
    /// text.
    pub fn add_origin(&self, copy: &Path, original: &Path) {
        let mut origins = self.origins.lock().unwrap_or_else(PoisonError::into_inner);
        let pair = (copy.to_owned(), original.to_owned());
        if !origins.contains(&pair) {
            origins.push(pair);
        }
    }

    /// The path to show for a file: its original's if it is a copy; relative to the current folder if it lies in that.
    fn shown(&self, path: &Path, text: &str) -> PathBuf {
        let origins = self.origins.lock().unwrap_or_else(PoisonError::into_inner);
        let originals =
            origins.iter().filter_map(|(copy, original)| Some(original.join(path.strip_prefix(copy).ok()?)));
        let original = originals.into_iter().find(|p| std::fs::read(p).is_ok_and(|t| t == text.as_bytes()));
        let path = original.unwrap_or_else(|| path.to_owned());
        let here = std::env::current_dir().ok();
        here.and_then(|here| path.strip_prefix(here).ok().map(Path::to_owned)).unwrap_or(path)
    }

    /// The text of every file that was parsed, by its path.
    pub fn texts(&self) -> BTreeMap<PathBuf, Arc<str>> {
        let files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        files.iter().map(|(path, parsed)| (path.clone(), parsed.text.clone())).collect()
    }

    /// How often each file was read from disk to be parsed, by its path.
    pub fn reads(&self) -> BTreeMap<PathBuf, usize> {
        self.reads.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Whether a file of the JSON syntax that was parsed holds one object (as a configuration it may be several).
    pub(crate) fn is_object(&self, path: &Path) -> bool {
        let files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        files.get(path).is_none_or(|p| p.text.trim_start_matches('\u{feff}').trim_start().starts_with('{'))
    }

    fn text(&self, path: &Path) -> Result<Arc<str>, Diagnostic> {
        if let Some(text) = self.added().get(&clean(path)) {
            return Ok(text.clone());
        }
        match &self.frozen {
            None => {
                *self.reads.lock().unwrap_or_else(PoisonError::into_inner).entry(path.to_owned()).or_default() += 1;
                read_text(path).map(Into::into)
            }
            Some(files) => files.get(path).cloned().ok_or_else(|| {
                let detail = format!("The file {} is not among those that the plan was made of.", path.display());
                Diagnostic::error("Failed to read file", detail)
            }),
        }
    }

    /// As [`config_files`], among the files that this cache sees.
    pub(super) fn config_files(&self, folder: &Path) -> std::io::Result<Vec<String>> {
        let Some(files) = &self.frozen else {
            let mut names = config_files(folder)?;
            let folder = clean(folder);
            let added = self.added().into_keys().filter(|p| p.parent().is_some_and(|d| clean(d) == folder));
            names.extend(added.filter_map(|p| p.file_name()?.to_str().map(ToOwned::to_owned)));
            names.sort();
            names.dedup();
            return Ok(names);
        };
        let folder = clean(folder);
        let here = files.keys().filter(|p| p.parent().is_some_and(|d| clean(d) == folder));
        let names = here.filter_map(|p| p.file_name()?.to_str().map(ToOwned::to_owned));
        Ok(names.filter(|n| is_config(n)).collect())
    }

    /// The body of a file of the native or (by its name, `*.json`) the JSON syntax, with what is wrong with it. The
    /// file is read each time and parsed only if its text is not the one in the cache. `None` if it cannot be read.
    pub fn parse(&self, path: &Path) -> (Option<Body>, Diagnostics) {
        let text = match self.text(path) {
            Ok(text) => text,
            Err(d) => return (None, d.into()),
        };
        let mut files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = files.get(path).filter(|p| p.text == text) {
            return (Some(known.body.clone()), known.diagnostics.clone());
        }
        let id = FileId::add(self.shown(path, &text), text.clone());
        let json = path.extension().is_some_and(|e| e == "json");
        let (body, diagnostics) = if json { craton_hcl::json::parse_file(id) } else { craton_hcl::parse_file(id) };
        files.insert(path.to_owned(), Parsed { text, body: body.clone(), diagnostics: diagnostics.clone() });
        (Some(body), diagnostics)
    }
}

/// The text of a file, or why it cannot be had.
pub fn read_text(path: &Path) -> Result<String, Diagnostic> {
    let failed = |why: String| {
        let detail = format!("The file {} could not be read: {why}.", path.display());
        Diagnostic::error("Failed to read file", detail)
    };
    let bytes = std::fs::read(path).map_err(|e| failed(e.to_string()))?;
    String::from_utf8(bytes).map_err(|e| {
        let line = 1 + e.as_bytes()[..e.utf8_error().valid_up_to()].iter().filter(|b| **b == b'\n').count();
        failed(format!("line {line} is not valid UTF-8; save the file in that encoding"))
    })
}

/// The names of a folder's configuration files, sorted: `*.tf` and `*.tf.json`, without hidden ones and those that
/// editors leave behind.
pub fn config_files(folder: &Path) -> std::io::Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let Ok(name) = entry.file_name().into_string() else { continue };
        if is_config(&name) && entry.path().is_file() {
            names.push(name);
        }
    }
    names.sort();
    Ok(names)
}

fn is_config(name: &str) -> bool {
    let ours = name.ends_with(".tf") || name.ends_with(".tf.json");
    let left_behind = name.starts_with('.') || name.ends_with('~') || (name.starts_with('#') && name.ends_with('#'));
    ours && !left_behind
}

pub(super) fn is_override(name: &str) -> bool {
    let stem = name.strip_suffix(".json").unwrap_or(name).trim_end_matches(".tf");
    stem == "override" || stem.ends_with("_override")
}

/// All configuration files of a folder.
pub(super) fn read_folder(folder: &Path, cache: &FileCache, diags: &mut Diagnostics) -> std::io::Result<Vec<File>> {
    let mut files = Vec::new();
    for name in cache.config_files(folder)? {
        let (body, found) = cache.parse(&clean(&folder.join(&name)));
        diags.extend(found);
        files.extend(body.map(|body| File { body, is_override: is_override(&name) }));
    }
    Ok(files)
}

/// The path without `.` and, where it can be told from the text alone, without `..`.
pub fn clean(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => match out.components().next_back() {
                Some(Component::Normal(_)) => {
                    out.pop();
                }
                Some(Component::RootDir | Component::Prefix(_)) => {}
                _ => out.push(".."),
            },
            other => out.push(other),
        }
    }
    if out.as_os_str().is_empty() { PathBuf::from(".") } else { out }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clean_paths() {
        for (path, want) in
            [("./a/../b", "b"), ("a/./b", "a/b"), ("..", ".."), ("../../a", "../../a"), ("a/..", "."), ("/../a", "/a")]
        {
            assert_eq!(clean(Path::new(path)), PathBuf::from(want), "{path}");
        }
    }

    #[test]
    fn overrides_by_name() {
        assert!(is_override("override.tf") && is_override("x_override.tf.json"));
        assert!(!is_override("overrides.tf") && !is_override("override_x.tf"));
    }
}
