//! What all units of one run share.

use crate::config::IamRole;
use craton_config::FileCache;
use craton_fetch::Fetcher;
use craton_hcl::Body;
use craton_model::{Diagnostic, Diagnostics, Value};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// How a run was asked for.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The environment that functions, hooks and commands see.
    pub env: BTreeMap<String, String>,
    /// The Terraform command: `plan`, `apply`, ...
    pub command: String,
    /// Its arguments, the command first.
    pub cli_args: Vec<String>,
    /// The name of a unit's configuration file, if it is not `terragrunt.hcl`.
    pub config_name: Option<String>,
    /// Where working copies are, instead of `.terragrunt-cache` in each unit.
    pub download_dir: Option<PathBuf>,
    /// In place of `terraform.source`; with `many`, in place of what is before `//` in it.
    pub source: Option<String>,
    /// Whether many units run.
    pub many: bool,
    /// Sources to exchange, `(from, to)`.
    pub source_map: Vec<(String, String)>,
    /// Whether working copies are made anew.
    pub source_update: bool,
    /// Feature flags set from outside.
    pub features: BTreeMap<String, String>,
    /// The role to take on, before what units say.
    pub iam: IamRole,
    /// A program, with its arguments, that gives each unit its credentials; empty: none.
    pub auth_provider: Vec<String>,
    /// Whether it is left alone while units are only looked for and put in order.
    pub no_discovery_auth: bool,
    /// Deprecated features that are errors: names of strict controls.
    pub strict: BTreeSet<String>,
    /// Whether outputs of other units are left alone: they are not known, or mock outputs.
    pub no_outputs: bool,
    /// Whether hooks are told what kind they are and what they run for (Terragrunt's experiment `hook-context-env`).
    pub hook_context: bool,
    /// Whether what is planned must be what will be applied: then no mock output stands in for a planned one that is
    /// known after apply.
    pub exact: bool,
    /// Whether a generated unit or stack without its configuration is let pass.
    pub no_stack_validate: bool,
}

/// The caller's identity, as AWS STS tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AwsIdentity {
    /// Account id.
    pub account: String,
    /// ARN of the caller.
    pub arn: String,
    /// Unique id of the caller.
    pub user_id: String,
}

/// What units need of the world besides files; the command line supplies it. Calls come from the thread that loads a
/// unit and may block.
pub trait Outside: Send + Sync {
    /// Who the credentials belong to, after taking on `role`.
    fn aws_identity(&self, role: &IamRole) -> Result<AwsIdentity, String>;

    /// The account's alias, after taking on `role`.
    fn aws_account_alias(&self, role: &IamRole) -> Result<String, String>;

    /// The outputs of another unit, as an object; `None` if it was not applied or has none. `session` is the one that
    /// asks: with [`Terragrunt::load_for_outputs`] it tells where that unit's state is.
    fn outputs(&self, session: &Arc<Terragrunt>, unit: &Path) -> Result<Option<Value>, Diagnostics>;

    /// What brings sources, with the credentials that `role` gives.
    fn fetcher(&self, _role: &IamRole) -> Fetcher {
        Fetcher::default()
    }

    /// Hears that a source is about to be fetched to a folder.
    fn fetching(&self, _source: &str, _to: &Path) {}

    /// Shows what a command run by `run_cmd`, or a hook, wrote.
    fn echo(&self, text: &str);

    /// Hears of something that works but should not be done any more; once in a run.
    fn deprecated(&self, _text: &str) {}

    /// Hears of a hook that is about to run: its label, program and arguments.
    fn hook(&self, _name: &str, _command: &[String]) {}

    /// Hears of a call of `run_cmd`: what it gave (`None` where that is to be kept quiet), and whether it was known from
    /// an earlier call.
    fn ran(&self, _output: Option<&str>, _known: bool) {}
}

/// An outside world in which there is nothing, for tests and for commands that need none of it.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoOutside;

impl Outside for NoOutside {
    fn aws_identity(&self, _: &IamRole) -> Result<AwsIdentity, String> {
        Err("AWS cannot be asked here".into())
    }

    fn aws_account_alias(&self, _: &IamRole) -> Result<String, String> {
        Err("AWS cannot be asked here".into())
    }

    fn outputs(&self, _: &Arc<Terragrunt>, _: &Path) -> Result<Option<Value>, Diagnostics> {
        Ok(None)
    }

    fn echo(&self, _: &str) {}
}

type Memo<K, V> = Mutex<HashMap<K, V>>;
/// What is found out once by key; while one finds it out, others that want the same wait.
pub(crate) type Once<K, V> = Mutex<HashMap<K, Arc<Mutex<Option<V>>>>>;

/// The value of a key, found out if nobody has yet. A failure is not kept. Gives also whether it was known.
pub(crate) fn once<K: Eq + std::hash::Hash, V: Clone, E>(
    memo: &Once<K, V>,
    key: K,
    find: impl FnOnce() -> Result<V, E>,
) -> Result<(V, bool), E> {
    let slot = memo.lock().unwrap_or_else(PoisonError::into_inner).entry(key).or_default().clone();
    let mut slot = slot.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = &*slot {
        return Ok((known.clone(), true));
    }
    let found = find()?;
    *slot = Some(found.clone());
    Ok((found, false))
}

/// One run over one or many units: every file is parsed once, every command of `run_cmd` run once, every output read
/// once.
pub struct Terragrunt {
    pub(crate) options: Options,
    pub(crate) outside: Arc<dyn Outside>,
    pub(crate) files: FileCache,
    pub(crate) commands: Once<(PathBuf, Vec<String>), String>,
    pub(crate) credentials: Once<PathBuf, Arc<crate::credentials::Credentials>>,
    pub(crate) secrets: Once<PathBuf, String>,
    pub(crate) identities: Once<IamRole, AwsIdentity>,
    pub(crate) outputs: Once<PathBuf, Option<Value>>,
    /// Outputs as they will be once what was planned in this run is applied, by folder.
    pub(crate) planned: Memo<PathBuf, Value>,
    /// Configuration files, parsed, by path.
    pub(crate) parsed: Memo<PathBuf, (Option<Body>, Diagnostics)>,
    pub(crate) edges: Memo<PathBuf, crate::graph::Edges>,
    /// Stacks, evaluated, by folder.
    pub(crate) stacks: Memo<PathBuf, Arc<crate::stack::StackFile>>,
    /// Units that are known not to wait for themselves.
    pub(crate) acyclic: Mutex<BTreeSet<PathBuf>>,
    /// What was said to be deprecated.
    pub(crate) deprecated: Mutex<BTreeSet<&'static str>>,
    /// By unit folder, the files its configuration was read from.
    pub(crate) reads: Mutex<BTreeMap<PathBuf, BTreeSet<PathBuf>>>,
}

/// The strict controls that craton knows, and what each refuses.
pub const STRICT_CONTROLS: [(&str, &str); 2] = [
    ("bare-include", "include blocks without a label"),
    ("root-terragrunt-hcl", "a file named terragrunt.hcl as the root of configurations"),
];

impl Options {
    /// Makes every deprecated feature an error.
    pub fn make_strict(&mut self) {
        self.strict.extend(STRICT_CONTROLS.map(|(name, _)| name.to_owned()));
    }
}

impl Terragrunt {
    /// A run.
    pub fn new(options: Options, outside: Arc<dyn Outside>) -> Arc<Self> {
        Self::with_files(options, outside, FileCache::new())
    }

    /// A run over the configuration files that a cache holds.
    pub fn with_files(options: Options, outside: Arc<dyn Outside>, files: FileCache) -> Arc<Self> {
        Arc::new(Self {
            options,
            outside,
            files,
            commands: Mutex::default(),
            credentials: Mutex::default(),
            secrets: Mutex::default(),
            identities: Mutex::default(),
            outputs: Mutex::default(),
            planned: Mutex::default(),
            parsed: Mutex::default(),
            edges: Mutex::default(),
            stacks: Mutex::default(),
            acyclic: Mutex::default(),
            reads: Mutex::default(),
            deprecated: Mutex::default(),
        })
    }

    /// How the run was asked for.
    pub fn options(&self) -> &Options {
        &self.options
    }

    /// The files parsed so far, to be shared with the reading of modules.
    pub fn files(&self) -> &FileCache {
        &self.files
    }

    /// The configuration file of a unit's folder, if there is one.
    pub fn config_file(&self, dir: &Path) -> Option<PathBuf> {
        if dir.is_file() {
            return Some(dir.to_owned());
        }
        let names = match &self.options.config_name {
            Some(name) => vec![name.as_str()],
            None => vec!["terragrunt.hcl.json", "terragrunt.hcl"],
        };
        names.into_iter().map(|n| dir.join(n)).find(|p| p.is_file())
    }

    pub(crate) fn note_read(&self, unit: &Path, file: &Path) {
        let mut reads = self.reads.lock().unwrap_or_else(PoisonError::into_inner);
        reads.entry(unit.to_owned()).or_default().insert(file.to_owned());
    }

    /// Says once in a run that something should not be done any more.
    pub(crate) fn deprecate(&self, text: &'static str) {
        if self.deprecated.lock().unwrap_or_else(PoisonError::into_inner).insert(text) {
            self.outside.deprecated(text);
        }
    }

    pub(crate) fn identity(&self, role: &IamRole) -> Result<AwsIdentity, String> {
        once(&self.identities, role.clone(), || self.outside.aws_identity(role)).map(|(identity, _)| identity)
    }

    /// Another unit's outputs, asked for once.
    pub(crate) fn outputs_of(self: &Arc<Self>, unit: &Path) -> Result<Option<Value>, Diagnostics> {
        once(&self.outputs, unit.to_owned(), || self.outside.outputs(self, unit)).map(|(outputs, _)| outputs)
    }

    /// Reads and parses a configuration file, once in a run however many units include it.
    pub(crate) fn parse(&self, path: &Path) -> (Option<Body>, Diagnostics) {
        let mut parsed = self.parsed.lock().unwrap_or_else(PoisonError::into_inner);
        parsed.entry(path.to_owned()).or_insert_with(|| self.files.parse(path)).clone()
    }

    /// Forgets the configuration files below a folder: they were written since they were read.
    pub(crate) fn forget_files(&self, dir: &Path) {
        self.parsed.lock().unwrap_or_else(PoisonError::into_inner).retain(|path, _| !path.starts_with(dir));
        self.stacks.lock().unwrap_or_else(PoisonError::into_inner).retain(|path, _| !path.starts_with(dir));
    }

    /// How many configuration files were read.
    pub fn files_parsed(&self) -> usize {
        self.parsed.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// Takes down what a unit's outputs will be once its plan is applied: an object in which values that are known
    /// after apply are unknown. Units that depend on it see these from now on.
    pub fn set_planned_outputs(&self, unit: &Path, outputs: Value) {
        self.planned.lock().unwrap_or_else(PoisonError::into_inner).insert(absolute(unit), outputs);
    }

    /// What was taken down by [`Terragrunt::set_planned_outputs`].
    pub(crate) fn planned_outputs(&self, unit: &Path) -> Option<Value> {
        self.planned.lock().unwrap_or_else(PoisonError::into_inner).get(unit).cloned()
    }

    /// Forgets another unit's outputs: it was applied or destroyed since they were read.
    pub fn forget_outputs(&self, unit: &Path) {
        self.planned.lock().unwrap_or_else(PoisonError::into_inner).remove(unit);
        self.outputs.lock().unwrap_or_else(PoisonError::into_inner).remove(unit);
    }
}

/// An absolute form of a path without `.` and `..`.
pub(crate) fn absolute(path: &Path) -> PathBuf {
    let full = if path.is_absolute() {
        path.to_owned()
    } else {
        std::env::current_dir().map_or_else(|_| path.to_owned(), |cwd| cwd.join(path))
    };
    craton_config::clean(&full)
}

/// The way from one absolute folder to another, `.` where they are the same.
pub fn relative(from: &Path, to: &Path) -> PathBuf {
    let from: Vec<_> = from.components().collect();
    let to_parts: Vec<_> = to.components().collect();
    let common = from.iter().zip(&to_parts).take_while(|(a, b)| a == b).count();
    let mut out = PathBuf::new();
    out.extend(std::iter::repeat_n("..", from.len() - common));
    out.extend(&to_parts[common..]);
    if out.as_os_str().is_empty() { PathBuf::from(".") } else { out }
}

pub(crate) fn no_unit(dir: &Path) -> Diagnostic {
    let detail = format!(
        "There is no terragrunt.hcl in {}. Run the command in a unit's folder, or name one with --working-dir.",
        dir.display()
    );
    Diagnostic::error("Not a Terragrunt unit", detail)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn relative_paths() {
        for (from, to, want) in
            [("/a/b", "/a/b", "."), ("/a", "/a/b/c", "b/c"), ("/a/b/c", "/a", "../.."), ("/a/b", "/a/c", "../c")]
        {
            assert_eq!(relative(Path::new(from), Path::new(to)), PathBuf::from(want));
        }
    }
}
