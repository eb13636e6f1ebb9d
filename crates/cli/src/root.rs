//! The root module a command works on, and the workspace.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use craton_config::{FileCache, ModuleTree, VariableInputs};
use craton_model::{Diagnostic, Diagnostics};
use craton_state::DEFAULT_WORKSPACE;

use crate::app::App;
use crate::args::normal::VariableArg;

/// A root module.
pub struct Root {
    /// Its folder.
    pub dir: PathBuf,
    /// Where craton (and Terraform) keeps what belongs to the folder but is no configuration.
    pub data_dir: PathBuf,
    /// Its modules.
    pub tree: Arc<ModuleTree>,
    /// The files read for them.
    pub cache: FileCache,
    /// The workspace in use.
    pub workspace: String,
    /// Warnings of loading.
    pub warnings: Diagnostics,
}

/// The data folder of a root module: `.terraform` or what `TF_DATA_DIR` says.
pub fn data_dir(dir: &std::path::Path) -> PathBuf {
    match std::env::var_os("TF_DATA_DIR").filter(|d| !d.is_empty()) {
        Some(set) => dir.join(set),
        None => dir.join(".terraform"),
    }
}

/// The workspace in use: `TF_WORKSPACE`, what `workspace select` chose, or the default one.
///
/// # Errors
/// When `TF_WORKSPACE` cannot be the name of one.
pub fn workspace(data_dir: &std::path::Path) -> Result<String, Diagnostic> {
    if let Ok(name) = std::env::var("TF_WORKSPACE")
        && !name.is_empty()
    {
        check_workspace(&name).map_err(|d| {
            let detail = format!("It comes from the environment variable TF_WORKSPACE. {}", d.detail);
            Diagnostic { detail, ..d }
        })?;
        return Ok(name);
    }
    let chosen = std::fs::read_to_string(data_dir.join("environment")).unwrap_or_default();
    let chosen = chosen.trim();
    Ok(if chosen.is_empty() { DEFAULT_WORKSPACE.into() } else { chosen.into() })
}

/// # Errors
/// When this cannot be the name of a workspace.
pub fn check_workspace(name: &str) -> Result<(), Diagnostic> {
    let good = !name.is_empty()
        && !name.contains(['/', '\\'])
        && name != "."
        && name != ".."
        && !name.contains(char::is_whitespace);
    if good {
        return Ok(());
    }
    let detail = format!(
        "{name:?} cannot be the name of a workspace: it becomes a part of a path. Use letters, digits, - and _."
    );
    Err(Diagnostic::error("Invalid workspace name", detail))
}

impl Root {
    /// Loads the root module in a folder, whose modules must all have been installed.
    pub fn load(dir: PathBuf) -> Result<Self, Diagnostics> {
        Self::load_by(dir, FileCache::new(), craton_config::load_installed)
    }

    /// Loads the root module in a folder without the modules it calls.
    pub fn load_alone(dir: PathBuf) -> Result<Self, Diagnostics> {
        Self::load_by(dir, FileCache::new(), |dir, _, cache| craton_config::load_root(dir, cache))
    }

    /// Loads the root module in a folder through a cache that may hold some files already.
    pub fn load_with(dir: PathBuf, cache: FileCache) -> Result<Self, Diagnostics> {
        Self::load_by(dir, cache, craton_config::load)
    }

    /// Loads the root module that test files are about.
    pub fn load_under_test(dir: PathBuf) -> Result<Self, Diagnostics> {
        Self::load_by(dir, FileCache::new(), craton_config::load_under_test)
    }

    fn load_by(
        dir: PathBuf,
        cache: FileCache,
        load: impl FnOnce(&Path, &Path, &FileCache) -> (ModuleTree, Diagnostics),
    ) -> Result<Self, Diagnostics> {
        if !dir.is_dir() {
            let detail = format!("There is no folder {}. Correct the path of --working-dir or -chdir.", dir.display());
            return Err(Diagnostic::error("Folder not found", detail).into());
        }
        let data_dir = data_dir(&dir);
        let (tree, found) = load(&dir, &data_dir, &cache);
        if found.has_errors() {
            return Err(found);
        }
        let workspace = workspace(&data_dir)?;
        crate::log::info(|| format!("root module {}, workspace {workspace:?}, {} modules", dir.display(), tree.len()));
        Ok(Self { dir, data_dir, tree: Arc::new(tree), cache, workspace, warnings: found })
    }

    /// The same configuration worked on from another folder, with that folder's state and workspace.
    pub fn seen_from(self, dir: PathBuf) -> Result<Self, Diagnostics> {
        let data_dir = data_dir(&dir);
        let workspace = workspace(&data_dir)?;
        Ok(Self { dir, data_dir, workspace, ..self })
    }

    /// Whether it has any configuration at all.
    pub fn is_empty(&self) -> bool {
        craton_config::config_files(&self.dir).map_or(true, |files| files.is_empty())
    }

    /// Refuses to go on without configuration.
    pub fn require_files(&self) -> Result<(), Diagnostics> {
        if !self.is_empty() {
            return Ok(());
        }
        let detail = format!(
            "{} holds no configuration: no .tf, .tf.json or terragrunt.hcl file. Change to a folder that does, or name \
             one with --working-dir.",
            self.dir.display()
        );
        Err(Diagnostic::error("No configuration files", detail).into())
    }

    /// Lays the folder's variable files and the command line's arguments over what is known of the variables already.
    pub fn inputs_over(&self, mut inputs: VariableInputs, args: &[VariableArg]) -> Result<VariableInputs, Diagnostics> {
        let mut found = inputs.add_folder(&self.dir, &self.cache);
        for arg in args {
            match arg {
                VariableArg::Value(v) => {
                    found.keep(inputs.add_argument(v));
                }
                VariableArg::File(path) => found.extend(inputs.add_file(path, &self.cache)),
            }
        }
        found.ok(inputs)
    }

    /// Asks for required variables that have no value.
    pub fn ask_missing(&self, app: &App, inputs: &mut VariableInputs, input: bool) -> Result<(), Diagnostics> {
        use std::io::IsTerminal as _;
        let Some(root) = self.tree.root() else { return Ok(()) };
        if !input || app.never_asks() || !std::io::stdin().is_terminal() {
            return Ok(());
        }
        let names: Vec<_> =
            inputs.missing(&root.module).iter().map(|v| (v.name.clone(), v.description.clone())).collect();
        for (name, description) in names {
            println!("{}", app.out.bold(format!("var.{name}")));
            if let Some(text) = description {
                println!("  {text}");
            }
            let answer = app.ask("\n  Enter a value: ")?;
            println!();
            inputs.add_answer(&name, &answer);
        }
        Ok(())
    }
}

/// The `variable` blocks of a module by name: description, type and default. What else is in the module, and whether that
/// is right, does not matter.
pub fn variable_blocks(dir: &Path, files: &FileCache) -> (Vec<(String, craton_hcl::Content)>, Diagnostics) {
    let mut found = Diagnostics::new();
    let mut all = Vec::new();
    let schema = craton_hcl::BodySchema::new().block("variable", &["name"]);
    let inner = craton_hcl::BodySchema::new().optional(["default", "description", "type"]);
    for name in craton_config::config_files(dir).unwrap_or_default() {
        let (body, more) = files.parse(&dir.join(name));
        found.extend(more);
        for block in body.iter().flat_map(|b| b.partial_content(&schema).0.blocks) {
            let Some(label) = block.labels.first() else { continue };
            all.push((label.name.to_string(), block.body.partial_content(&inner).0));
        }
    }
    all.sort_by(|a, b| a.0.cmp(&b.0));
    (all, found)
}
