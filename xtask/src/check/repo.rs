//! What the rules look at: the files git knows and the packages cargo knows.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

/// The repository as text.
#[derive(Debug, Default)]
pub(crate) struct Repo {
    /// Every text file that is not ignored, by path from the root.
    pub files: Vec<File>,
    /// The packages of the workspace.
    pub packages: Vec<Package>,
}

/// One text file.
#[derive(Debug)]
pub(crate) struct File {
    /// From the root, with `/`.
    pub path: String,
    /// All of it.
    pub text: String,
}

/// One package of the workspace.
#[derive(Debug)]
pub(crate) struct Package {
    /// `craton-model`.
    pub name: String,
    /// `crates/model`, from the root.
    pub folder: String,
    /// The packages of this workspace it depends on, and whether only its tests do.
    pub uses: Vec<(String, bool)>,
}

impl File {
    /// The lines, counted from 1.
    pub(crate) fn lines(&self) -> impl Iterator<Item = (usize, &str)> {
        self.text.lines().enumerate().map(|(i, line)| (i + 1, line))
    }

    /// The number of the first line that holds `needle`, or 1.
    pub(crate) fn line_of(&self, needle: &str) -> usize {
        self.lines().find(|(_, line)| line.contains(needle)).map_or(1, |(n, _)| n)
    }

    pub(crate) fn is_rust(&self) -> bool {
        self.path.ends_with(".rs")
    }
}

impl Repo {
    /// Reads what git and cargo know.
    ///
    /// # Errors
    /// When either program cannot be run, or a file cannot be read.
    pub(crate) fn read(root: &Path) -> Result<Self, String> {
        let listed = output(root, "git", &["ls-files", "-z", "--cached", "--others", "--exclude-standard"])?;
        let mut files = Vec::new();
        for path in listed.split('\0').filter(|p| !p.is_empty()) {
            // Listed but gone: removed in the work tree and not yet in the index.
            let Ok(bytes) = std::fs::read(root.join(path)) else { continue };
            // What is not UTF-8 is no text of ours.
            if let Ok(text) = String::from_utf8(bytes) {
                files.push(File { path: path.into(), text });
            }
        }
        files.sort_by(|a, b| a.path.cmp(&b.path));
        files.dedup_by(|a, b| a.path == b.path);
        let metadata = output(root, &cargo(), &["metadata", "--no-deps", "--format-version", "1", "--offline"])?;
        let metadata: Value = serde_json::from_str(&metadata).map_err(|e| format!("cargo metadata: {e}"))?;
        let root = metadata["workspace_root"].as_str().unwrap_or_default();
        let packages = metadata["packages"].as_array().into_iter().flatten().map(|p| package(p, root)).collect();
        Ok(Self { files, packages })
    }

    /// The file at a path from the root.
    pub(crate) fn file(&self, path: &str) -> Option<&File> {
        self.files.binary_search_by(|f| f.path.as_str().cmp(path)).ok().map(|i| &self.files[i])
    }

    /// Files below a folder, which ends in `/`.
    pub(crate) fn below<'a>(&'a self, folder: &'a str) -> impl Iterator<Item = &'a File> {
        self.files.iter().filter(move |f| f.path.starts_with(folder))
    }

    #[cfg(test)]
    pub(crate) fn of(files: &[(&str, &str)]) -> Self {
        let mut files: Vec<File> =
            files.iter().map(|(path, text)| File { path: (*path).into(), text: (*text).into() }).collect();
        files.sort_by(|a, b| a.path.cmp(&b.path));
        Self { files, packages: Vec::new() }
    }
}

fn package(p: &Value, root: &str) -> Package {
    let manifest = p["manifest_path"].as_str().unwrap_or_default();
    let folder = manifest.strip_prefix(root).unwrap_or(manifest).trim_end_matches("Cargo.toml").trim_matches('/');
    let uses = p["dependencies"].as_array().into_iter().flatten().filter(|d| d["path"].is_string());
    Package {
        name: p["name"].as_str().unwrap_or_default().into(),
        folder: folder.into(),
        uses: uses.map(|d| (d["name"].as_str().unwrap_or_default().into(), d["kind"] == "dev")).collect(),
    }
}

fn cargo() -> String {
    std::env::var("CARGO").unwrap_or_else(|_| "cargo".into())
}

fn output(root: &Path, program: &str, args: &[&str]) -> Result<String, String> {
    let out = Command::new(program).args(args).current_dir(root).output().map_err(|e| {
        format!("{program} cannot be run: {e}. The check asks git for the files and cargo for the crates.")
    })?;
    if !out.status.success() {
        return Err(format!("{program} {}: {}", args.join(" "), String::from_utf8_lossy(&out.stderr).trim()));
    }
    String::from_utf8(out.stdout).map_err(|e| format!("{program}: {e}"))
}
