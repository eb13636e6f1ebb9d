//! Installing the modules that a configuration calls: what `init` does.

use crate::load::{FileCache, Installed, Manifest, TEST_DIRECTORY, clean, load_folder, load_tests, parse_source};
use crate::nouns::ModuleCall;
use crate::version::Constraint;
use craton_fetch::{Fetcher, Source};
use craton_model::addr::ModulePath;
use craton_model::{Diagnostic, Diagnostics};
use std::path::{Path, PathBuf};

/// A step of the installation, for whoever shows it.
#[derive(Clone, Debug, PartialEq)]
pub enum InstallEvent<'a> {
    /// A source is about to be fetched.
    Fetching {
        /// Full address.
        source: &'a str,
        /// The version that was chosen, for modules of a registry.
        version: Option<&'a str>,
        /// The module, as `a.b`.
        key: &'a str,
    },
    /// A module is where it has to be.
    Installed {
        /// The module, as `a.b`.
        key: &'a str,
        /// Its folder, relative to the root module.
        dir: &'a Path,
    },
}

/// As [`install_with_tests`], with a fetcher and test files in the usual folder.
pub fn install(
    folder: &Path,
    data_dir: &Path,
    upgrade: bool,
    cache: &FileCache,
    on_event: &mut dyn FnMut(InstallEvent<'_>),
) -> Diagnostics {
    install_with_tests(folder, data_dir, Path::new(TEST_DIRECTORY), upgrade, cache, &Fetcher::default(), on_event)
}

/// Installs every module called from the configuration in `folder` or from its test files in `tests`, directly or not,
/// under `data_dir`, and writes the manifest. What is installed already and fits is kept unless `upgrade`. Nothing
/// half-fetched stays behind.
pub fn install_with_tests(
    folder: &Path,
    data_dir: &Path,
    tests: &Path,
    upgrade: bool,
    cache: &FileCache,
    fetcher: &Fetcher,
    on_event: &mut dyn FnMut(InstallEvent<'_>),
) -> Diagnostics {
    let mut diags = Diagnostics::new();
    // A damaged manifest is as good as none: it is about to be written anew.
    let before = Manifest::read(data_dir).unwrap_or_default();
    let relative = data_dir.strip_prefix(folder).map_or_else(|_| data_dir.to_owned(), Path::to_owned);
    let mut installer = Installer {
        root: folder,
        data_dir: relative,
        before: if upgrade { Manifest::default() } else { before },
        cache,
        fetcher,
        on_event,
        installed: Vec::new(),
    };
    installer.installed.push(Installed { key: String::new(), source: String::new(), version: None, dir: ".".into() });
    installer.visit(&ModulePath::root(), Path::new("."), &mut Vec::new(), &mut diags);
    installer.visit_tests(tests, &mut diags);
    let only_root = installer.installed.len() == 1;
    let manifest: Manifest = installer.installed.into_iter().collect();
    if !only_root || data_dir.join("modules").is_dir() {
        diags.keep(manifest.write(data_dir));
    }
    diags
}

struct Installer<'a> {
    root: &'a Path,
    /// Relative to the root module where it can be.
    data_dir: PathBuf,
    before: Manifest,
    cache: &'a FileCache,
    fetcher: &'a Fetcher,
    on_event: &'a mut dyn FnMut(InstallEvent<'_>),
    installed: Vec<Installed>,
}

impl Installer<'_> {
    fn visit(&mut self, path: &ModulePath, dir: &Path, above: &mut Vec<PathBuf>, diags: &mut Diagnostics) {
        let folder = clean(&self.root.join(dir));
        // A cycle is reported when the configuration is loaded.
        if above.contains(&folder) {
            return;
        }
        let (module, found) = load_folder(&folder, self.cache);
        // Warnings come again when the configuration is loaded.
        diags.extend(found.into_iter().filter(craton_model::Diagnostic::is_error));
        above.push(folder);
        for call in module.module_calls.values() {
            self.install(call, &path.child(call.name.clone()), dir, above, diags);
        }
        above.pop();
    }

    /// The modules that runs of test files are about.
    fn visit_tests(&mut self, tests: &Path, diags: &mut Diagnostics) {
        let (files, found) = load_tests(self.root, tests, self.cache);
        diags.extend(found.into_iter().filter(craton_model::Diagnostic::is_error));
        for file in &files {
            let prefix = file.module_prefix();
            for call in file.runs.iter().filter_map(|run| run.module.as_ref()) {
                let path = ModulePath(prefix.iter().cloned().chain([call.name.clone()]).collect());
                self.install(call, &path, Path::new("."), &mut Vec::new(), diags);
            }
        }
    }

    /// Installs one module and what it calls.
    fn install(
        &mut self,
        call: &ModuleCall,
        path: &ModulePath,
        caller: &Path,
        above: &mut Vec<PathBuf>,
        diags: &mut Diagnostics,
    ) {
        let Some(source) = diags.keep(parse_source(call)) else { return };
        let key = crate::load::key(path);
        let brought = self.bring(call, &source, &key, caller, diags);
        let Some((dir, version)) = diags.keep(brought) else { return };
        (self.on_event)(InstallEvent::Installed { key: &key, dir: &dir });
        self.installed.push(Installed { key, source: source.to_string(), version, dir: dir.clone() });
        self.visit(path, &dir, above, diags);
    }

    fn bring(
        &mut self,
        call: &ModuleCall,
        source: &Source,
        key: &str,
        caller: &Path,
        found: &mut Diagnostics,
    ) -> Result<(PathBuf, Option<String>), Diagnostic> {
        if let Source::Local(local) = source {
            let dir = clean(&caller.join(local));
            if !self.root.join(&dir).is_dir() {
                let missing = clean(&self.root.join(&dir));
                let detail = format!("There is no folder {}. Correct the path {local:?}.", missing.display());
                return Err(Diagnostic::error("Unreadable module directory", detail).at(call.source_span));
            }
            return Ok((dir, None));
        }
        if let Some(have) = self.before.get(key).filter(|have| self.still_fits(have, call, source)) {
            return Ok((have.dir.clone(), have.version.clone()));
        }
        let at = |d: Diagnostic| d.at_default(Some(call.source_span));
        let version = match source {
            Source::Registry(module) => {
                let wanted = call.version.as_deref().map(Constraint::parse).transpose();
                let wanted = wanted.map_err(|why| {
                    at(Diagnostic::error("Invalid version constraint", format!("The version is no constraint: {why}.")))
                })?;
                Some(self.fetcher.choose_version(module, &wanted.unwrap_or_default()).map_err(at)?)
            }
            _ => None,
        };
        let dest_dir = self.data_dir.join("modules").join(key);
        let dest = self.root.join(&dest_dir);
        if std::fs::symlink_metadata(&dest).is_ok() {
            std::fs::remove_dir_all(&dest).map_err(|e| {
                let detail = format!("The folder {} could not be removed: {e}.", dest.display());
                Diagnostic::error("Failed to install module", detail).at(call.source_span)
            })?;
        }
        (self.on_event)(InstallEvent::Fetching { source: &source.redacted(), version: version.as_deref(), key });
        let fetched = self.fetcher.fetch(source, version.as_deref(), &dest).map_err(at)?;
        found.extend(fetched.warnings.into_iter().map(at));
        let inside = fetched.dir.strip_prefix(&dest).map_or_else(|_| PathBuf::new(), Path::to_owned);
        let dir = if inside.as_os_str().is_empty() { dest_dir } else { dest_dir.join(inside) };
        Ok((dir, version))
    }

    fn still_fits(&self, have: &Installed, call: &ModuleCall, source: &Source) -> bool {
        let version = match call.version.as_deref().map(Constraint::parse) {
            None => true,
            Some(Ok(wanted)) => {
                have.version.as_deref().and_then(crate::version::Version::parse).is_some_and(|v| wanted.allows(&v))
            }
            Some(Err(_)) => false,
        };
        have.source == source.to_string() && version && self.root.join(&have.dir).is_dir()
    }
}
