//! Test files, and the modules that their runs are about.

use super::{FileCache, Loader, Place, clean, load_unresolved, passing};
use crate::decode::{self, File};
use crate::nouns::{ModuleCall, ModuleTree, ProviderBlock, TestFile};
use craton_model::addr::ModulePath;
use craton_model::{Diagnostic, Diagnostics, Span};
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

/// The folder in a root module's folder that test files stand in beside those in the folder itself.
pub const TEST_DIRECTORY: &str = "tests";

/// Reads the test files of a root module: those in its folder and those in `tests`, a folder in it. Sorted by name.
pub fn load_tests(folder: &Path, tests: &Path, cache: &FileCache) -> (Vec<TestFile>, Diagnostics) {
    let mut diags = Diagnostics::new();
    let tests = clean(tests);
    if tests.is_absolute() || tests.components().any(|c| c == Component::ParentDir) {
        let detail = format!(
            "The test directory {} is not within the folder of the root module. Give a path relative to it, without \"..\".",
            tests.display()
        );
        diags.push(Diagnostic::error("Invalid testing directory", detail));
        return (Vec::new(), diags);
    }
    let mut names = named(folder, Path::new(""), is_test, &mut diags);
    if folder.join(&tests).is_dir() {
        if tests != Path::new(".") {
            names.extend(named(folder, &tests, is_test, &mut diags));
        }
    } else if tests != Path::new(TEST_DIRECTORY) {
        let detail = format!("There is no folder {}, which -test-directory names.", folder.join(&tests).display());
        diags.push(Diagnostic::warning("Test directory does not exist", detail));
    }
    names.sort();
    let mut files = Vec::with_capacity(names.len());
    for path in names {
        let name = path.to_string_lossy().replace('\\', "/");
        let Some(file) = read(&folder.join(&path), cache, &mut diags) else { continue };
        let mut mocks =
            |source: &str, span: Span, diags: &mut Diagnostics| mock_files(folder, source, span, cache, diags);
        let (test, found) = decode::test_file(&name, &file, &mut mocks);
        diags.extend(found);
        files.push(test);
    }
    (files, diags)
}

fn read(path: &Path, cache: &FileCache, diags: &mut Diagnostics) -> Option<File> {
    let (body, found) = cache.parse(&clean(path));
    diags.extend(found);
    body.map(|body| File { body, is_override: false })
}

fn is_test(name: &str) -> bool {
    name.ends_with(".tftest.hcl") || name.ends_with(".tftest.json")
}

fn is_mock(name: &str) -> bool {
    name.ends_with(".tfmock.hcl") || name.ends_with(".tfmock.json")
}

/// Paths of files in a folder, as the folder is named.
fn named(root: &Path, folder: &Path, wanted: fn(&str) -> bool, diags: &mut Diagnostics) -> Vec<PathBuf> {
    let at = root.join(folder);
    let entries = match std::fs::read_dir(&at) {
        Ok(entries) => entries,
        Err(e) => {
            let detail = format!("The folder {} could not be read: {e}.", at.display());
            diags.push(Diagnostic::error("Failed to read directory", detail));
            return Vec::new();
        }
    };
    let names = entries.filter_map(|e| e.ok()?.file_name().into_string().ok());
    let files = names.filter(|n| wanted(n) && !n.starts_with('.') && at.join(n).is_file());
    let mut paths: Vec<PathBuf> = files.map(|n| folder.join(n)).collect();
    paths.sort();
    paths
}

/// The files of mock data in a folder, which is named from the root module's.
fn mock_files(root: &Path, source: &str, span: Span, cache: &FileCache, diags: &mut Diagnostics) -> Vec<File> {
    let folder = PathBuf::from(source);
    if !root.join(&folder).is_dir() {
        let detail = format!(
            "There is no folder {}. The source of mock data is a path from the folder of the root module.",
            clean(&root.join(&folder)).display()
        );
        diags.push(Diagnostic::error("Failed to read mock data", detail).at(span));
        return Vec::new();
    }
    let paths = named(root, &folder, is_mock, diags);
    paths.iter().filter_map(|p| read(&root.join(p), cache, diags)).collect()
}

/// As [`super::load`] for a module that test files give provider configurations to: which each module gets is decided by
/// [`ModuleTree::with_provider_configs`].
pub fn load_under_test(folder: &Path, data_dir: &Path, cache: &FileCache) -> (ModuleTree, Diagnostics) {
    load_unresolved(folder, data_dir, cache, false)
}

/// The module that a run names in place of the root module, with all that it calls; the provider configurations as in
/// [`load_under_test`].
pub fn load_run_module(
    folder: &Path,
    data_dir: &Path,
    file: &TestFile,
    call: &ModuleCall,
    cache: &FileCache,
) -> (ModuleTree, Diagnostics) {
    let mut diags = Diagnostics::new();
    let test = ModulePath(file.module_prefix().into());
    let mut loader = Loader::new(folder, data_dir, cache, test.clone(), &mut diags);
    let root = Place { folder: clean(folder), dir: PathBuf::from(".") };
    let place = diags.keep(loader.place_of(call, &ModulePath::root().child(call.name.clone()), &root));
    let Some(place) = place else { return (ModuleTree::default(), diags) };
    loader.prefix = test.child(call.name.clone());
    loader.visit(&ModulePath::root(), place, None, &mut Vec::new(), &mut diags);
    (loader.tree, diags)
}

impl ModuleTree {
    /// The same modules, the root module having these provider configurations in place of its own of the same name and
    /// alias; and which configuration each module gets, with what is wrong about that.
    pub fn with_provider_configs(&self, blocks: impl IntoIterator<Item = ProviderBlock>) -> (Self, Diagnostics) {
        let mut tree = self.clone();
        let mut diags = Diagnostics::new();
        if let Some(root) = tree.nodes.get_mut(&ModulePath::root()) {
            let module = Arc::make_mut(&mut root.module);
            for block in blocks {
                module.provider_configs.insert((block.name.clone(), block.alias.clone()), block);
            }
        }
        let absent = passing::resolve(&mut tree, &mut diags);
        diags.extend(absent);
        (tree, diags)
    }
}
