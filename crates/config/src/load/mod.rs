//! A folder and everything it calls.

mod files;
mod manifest;
mod passing;
mod tests;

pub use files::{FileCache, clean, config_files, read_text};
pub(crate) use manifest::key;
pub use manifest::{Installed, Manifest};
pub use passing::MISSING as MISSING_PROVIDER;
pub use tests::{TEST_DIRECTORY, load_run_module, load_tests, load_under_test};

use crate::decode;
use crate::nouns::{Module, ModuleCall, ModuleNode, ModuleTree};
use crate::version::{Constraint, Version};
use craton_fetch::Source;
use craton_model::addr::ModulePath;
use craton_model::span::Caller;
use craton_model::{Diagnostic, Diagnostics, FileId, Span};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Reads the configuration of a folder with all modules it calls; what is not a local path must have been installed
/// (see [`crate::install`]) under `data_dir` (`.terraform` in the folder, unless `TF_DATA_DIR` says otherwise).
/// Everything that can be read is in the tree, also beside errors. A folder without configuration files gives an empty
/// root module; one that does not exist gives an empty tree.
pub fn load(folder: &Path, data_dir: &Path, cache: &FileCache) -> (ModuleTree, Diagnostics) {
    load_as(folder, data_dir, cache, false)
}

/// As [`load`], but local modules too must have been installed, as Terraform demands it: a call that was added or
/// changed since then is an error that asks for it.
pub fn load_installed(folder: &Path, data_dir: &Path, cache: &FileCache) -> (ModuleTree, Diagnostics) {
    load_as(folder, data_dir, cache, true)
}

/// The root module alone, for those who look at no more than its backend.
pub fn load_root(folder: &Path, cache: &FileCache) -> (ModuleTree, Diagnostics) {
    let (module, diags) = load_folder(folder, cache);
    let path = ModulePath::root();
    let node = ModuleNode { path: path.clone(), module: Arc::new(module), providers: HashMap::new() };
    (ModuleTree { nodes: [(path, node)].into(), ..ModuleTree::default() }, diags)
}

fn load_as(folder: &Path, data_dir: &Path, cache: &FileCache, installed: bool) -> (ModuleTree, Diagnostics) {
    let (mut tree, mut diags) = load_unresolved(folder, data_dir, cache, installed);
    tree.absent = passing::resolve(&mut tree, &mut diags);
    (tree, diags)
}

/// The same, before it is decided which provider configuration each module gets.
fn load_unresolved(folder: &Path, data_dir: &Path, cache: &FileCache, installed: bool) -> (ModuleTree, Diagnostics) {
    let mut diags = Diagnostics::new();
    let mut loader = Loader::new(folder, data_dir, cache, ModulePath::root(), &mut diags);
    loader.installed = installed;
    let place = Place { folder: clean(folder), dir: PathBuf::from(".") };
    loader.visit(&ModulePath::root(), place, None, &mut Vec::new(), &mut diags);
    (loader.tree, diags)
}

/// Reads the configuration files of one folder, without what it calls.
pub fn load_folder(folder: &Path, cache: &FileCache) -> (Module, Diagnostics) {
    let mut diags = Diagnostics::new();
    let (module, _) = read_module(&Place { folder: clean(folder), dir: PathBuf::from(".") }, cache, &mut diags);
    (module, diags)
}

/// Where a module is.
#[derive(Clone)]
struct Place {
    /// To read from.
    folder: PathBuf,
    /// Relative to the root module.
    dir: PathBuf,
}

struct Loader<'a> {
    root: &'a Path,
    cache: &'a FileCache,
    manifest: Manifest,
    /// Whether local modules must be in the manifest.
    installed: bool,
    /// What stands before a module's path among the installed ones.
    prefix: ModulePath,
    read: HashMap<(PathBuf, PathBuf), (Arc<Module>, Vec<FileId>)>,
    tree: ModuleTree,
}

/// A module and the files it was read from.
fn read_module(place: &Place, cache: &FileCache, diags: &mut Diagnostics) -> (Module, Vec<FileId>) {
    match files::read_folder(&place.folder, cache, diags) {
        Ok(files) => {
            let (module, found) = decode::module(&place.dir, &place.folder, &files);
            diags.extend(found);
            (module, files.iter().map(|f| f.body.span().file).collect())
        }
        Err(e) => {
            let detail = format!("The folder {} could not be read: {e}.", place.folder.display());
            diags.push(Diagnostic::error("Failed to read module directory", detail));
            (Module { dir: place.dir.clone(), folder: place.folder.clone(), ..Module::default() }, Vec::new())
        }
    }
}

impl<'a> Loader<'a> {
    fn new(root: &'a Path, data_dir: &Path, cache: &'a FileCache, prefix: ModulePath, diags: &mut Diagnostics) -> Self {
        let manifest = diags.keep(Manifest::read(data_dir)).unwrap_or_default();
        Self { root, cache, manifest, installed: false, prefix, read: HashMap::new(), tree: ModuleTree::default() }
    }

    /// `above` are the folders of the modules that lead here, `call` the call that does.
    fn visit(
        &mut self,
        path: &ModulePath,
        place: Place,
        call: Option<Span>,
        above: &mut Vec<PathBuf>,
        diags: &mut Diagnostics,
    ) {
        let key = (place.folder.clone(), place.dir.clone());
        let (module, files) = match self.read.get(&key) {
            Some(known) => known.clone(),
            None => {
                let (module, files) = read_module(&place, self.cache, diags);
                let module = Arc::new(module);
                if let Some(import) = module.imports.first().filter(|_| !path.is_root()) {
                    let detail = "Import blocks may stand only in the root module. Move the block there and put the module's address in front of its target.";
                    diags.push(
                        Diagnostic::error("Invalid import configuration", detail).at(import.span).for_address(path),
                    );
                }
                self.read.insert(key, (module.clone(), files.clone()));
                (module, files)
            }
        };
        if let Some(call) = call {
            let caller = Caller { module: path.to_string(), call };
            files.iter().for_each(|f| f.source().called(caller.clone()));
        }
        above.push(place.folder.clone());
        for call in module.module_calls.values() {
            let child = path.child(call.name.clone());
            let Some(next) = diags.keep(self.place_of(call, &child, &place)) else { continue };
            if above.contains(&next.folder) {
                let detail = format!(
                    "The module in {} calls itself, directly or through the modules it calls, without end. Remove one of the calls.",
                    next.folder.display()
                );
                diags.push(Diagnostic::error("Module cycle", detail).at(call.source_span));
                continue;
            }
            self.visit(&child, next, Some(call.span), above, diags);
        }
        above.pop();
        let node = ModuleNode { path: path.clone(), module, providers: HashMap::new() };
        self.tree.nodes.insert(path.clone(), node);
    }

    fn place_of(&self, call: &ModuleCall, path: &ModulePath, caller: &Place) -> Result<Place, Diagnostic> {
        let source = parse_source(call)?;
        let path = ModulePath(self.prefix.0.iter().chain(path.0.iter()).cloned().collect());
        let key = manifest::key(&path);
        if let Source::Local(local) = &source {
            let known = self.manifest.get(&key);
            return match known {
                None if self.installed => {
                    Err(not_installed(call, "The module was added since modules were installed."))
                }
                Some(known) if self.installed && known.source != source.to_string() => Err(source_changed(call)),
                _ => local_place(call, local, caller),
            };
        }
        let Some(installed) = self.manifest.get(&key) else {
            return Err(not_installed(call, "The module is not in the folder of installed modules yet."));
        };
        if installed.source != source.to_string() {
            return Err(source_changed(call));
        }
        if let Some(Ok(wanted)) = call.version.as_deref().map(Constraint::parse) {
            let have = installed.version.as_deref().and_then(Version::parse);
            if !have.is_some_and(|v| wanted.allows(&v)) {
                return Err(not_installed(
                    call,
                    "The version that is installed does not satisfy the constraint any more.",
                ));
            }
        }
        let folder = clean(&self.root.join(&installed.dir));
        if !folder.is_dir() {
            return Err(not_installed(call, "The folder it was installed in is gone."));
        }
        Ok(Place { folder, dir: clean(&installed.dir) })
    }
}

fn source_changed(call: &ModuleCall) -> Diagnostic {
    let detail = "The source was changed since the module was installed. To install all modules of the configuration, run:\n  craton init";
    Diagnostic::error("Module source has changed", detail).at(call.source_span).within(call.span.to(call.source_span))
}

fn not_installed(call: &ModuleCall, why: &str) -> Diagnostic {
    let detail = format!("{why} To install all modules of the configuration, run:\n  craton init");
    Diagnostic::error("Module not installed", detail).at(call.source_span).within(call.span.to(call.source_span))
}

pub(crate) fn parse_source(call: &ModuleCall) -> Result<Source, Diagnostic> {
    let source = Source::parse(&call.source).map_err(|why| {
        let mut detail = format!("The source cannot be read: {why}.");
        let bare = call.source.split('/').all(|p| !p.is_empty() && !p.contains(':'));
        if bare {
            detail.push_str(&format!(" If a folder beside this module is meant, write \"./{}\".", call.source));
        }
        Diagnostic::error("Invalid module source address", detail).at(call.source_span)
    })?;
    if call.version.is_some() && !matches!(source, Source::Registry(_)) {
        let detail = "A version can be chosen only for modules of a registry. Remove the version argument; for a git source, write ?ref=TAG behind the address.";
        return Err(Diagnostic::error("Invalid version constraint", detail).at(call.source_span));
    }
    Ok(source)
}

fn local_place(call: &ModuleCall, local: &str, caller: &Place) -> Result<Place, Diagnostic> {
    let place = Place { folder: clean(&caller.folder.join(local)), dir: clean(&caller.dir.join(local)) };
    if place.folder.is_dir() {
        return Ok(place);
    }
    let detail = format!("There is no folder {}. Correct the path {local:?}.", place.folder.display());
    Err(Diagnostic::error("Unreadable module directory", detail).at(call.source_span))
}
