//! What a unit's configuration says once it is evaluated and its includes are merged in.

use craton_model::{Span, Value};
use indexmap::IndexMap;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

/// A unit's configuration (<https://terragrunt.gruntwork.io/docs/reference/hcl/blocks/>).
#[derive(Clone, Debug, Default)]
pub struct Config {
    /// The `terraform` block.
    pub terraform: Option<TerraformBlock>,
    /// Where the state is.
    pub remote_state: Option<RemoteState>,
    /// Values for the module's variables.
    pub inputs: IndexMap<Arc<str>, Value>,
    /// Local values of the file itself; never merged.
    pub locals: IndexMap<Arc<str>, Value>,
    /// Files to write before running, by label.
    pub generate: IndexMap<Arc<str>, Generate>,
    /// `dependency` blocks by label.
    pub dependencies: IndexMap<Arc<str>, Dependency>,
    /// `dependencies.paths`, as written and absolute.
    pub dependency_paths: Vec<(String, PathBuf)>,
    /// Values of feature flags.
    pub features: IndexMap<Arc<str>, Value>,
    /// When the unit is left out.
    pub exclude: Option<Exclude>,
    /// What to retry and what to overlook.
    pub errors: Option<ErrorRules>,
    /// Whether destroying is refused.
    pub prevent_destroy: Option<bool>,
    /// The role to take on.
    pub iam: IamRole,
    /// Another program to run in Terraform's place; craton runs the configuration itself.
    pub terraform_binary: Option<String>,
    /// Where the working copies are, instead of `.terragrunt-cache` in the unit.
    pub download_dir: Option<String>,
    /// Which Terraform versions will do.
    pub terraform_version_constraint: Option<String>,
    /// Which Terragrunt versions will do.
    pub terragrunt_version_constraint: Option<String>,
    /// Where modules to start from are listed (the `catalog` block); never merged.
    pub catalog: Option<IndexMap<Arc<str>, Value>>,
    /// The file that each part comes from: by its name, and by the key within it where it is a map.
    pub origins: BTreeMap<(&'static str, Arc<str>), PathBuf>,
}

/// The `terraform` block.
#[derive(Clone, Debug, Default)]
pub struct TerraformBlock {
    /// Where the module comes from.
    pub source: Option<Arc<str>>,
    /// Place of the source.
    pub source_span: Option<Span>,
    /// Version of a registry module.
    pub version: Option<String>,
    /// Arguments to add to certain commands, in order.
    pub extra_arguments: IndexMap<Arc<str>, ExtraArguments>,
    /// Programs to run before certain commands, in order. Several may have one label.
    pub before_hooks: Vec<Hook>,
    /// Programs to run after certain commands, in order.
    pub after_hooks: Vec<Hook>,
    /// Programs to run after certain failures, in order.
    pub error_hooks: Vec<Hook>,
    /// Patterns of hidden files to copy all the same.
    pub include_in_copy: Vec<String>,
    /// Patterns of files not to copy.
    pub exclude_from_copy: Vec<String>,
    /// Whether the lock file goes back to the unit's folder.
    pub copy_terraform_lock_file: Option<bool>,
}

/// An `extra_arguments` block.
#[derive(Clone, Debug, Default)]
pub struct ExtraArguments {
    /// The commands it is for.
    pub commands: Vec<String>,
    /// Arguments.
    pub arguments: Vec<String>,
    /// Variable files that must be there.
    pub required_var_files: Vec<String>,
    /// Variable files that may be there.
    pub optional_var_files: Vec<String>,
    /// Environment.
    pub env_vars: BTreeMap<String, String>,
}

/// A `before_hook`, `after_hook` or `error_hook` block.
#[derive(Clone, Debug, Default)]
pub struct Hook {
    /// Its label.
    pub name: Arc<str>,
    /// The commands it is for.
    pub commands: Vec<String>,
    /// Program and arguments.
    pub execute: Vec<String>,
    /// Where it runs; relative to the working folder.
    pub working_dir: Option<String>,
    /// Whether it runs also after a failure.
    pub run_on_error: Option<bool>,
    /// Whether it runs at all (`if`).
    pub condition: Option<bool>,
    /// Whether its output is dropped.
    pub suppress_stdout: Option<bool>,
    /// Patterns of the failures it is for (error hooks).
    pub on_errors: Vec<String>,
}

/// The `remote_state` block.
#[derive(Clone, Debug)]
pub struct RemoteState {
    /// `s3`, `local`, ...
    pub backend: Arc<str>,
    /// The backend's settings, those that only Terragrunt knows among them.
    pub config: IndexMap<Arc<str>, Value>,
    /// The file to write the backend block to; without one, the settings go to `init`.
    pub generate: Option<(String, IfExists)>,
    /// Whether the bucket is left to others to make.
    pub disable_init: bool,
    /// Whether dependents must not read the state directly.
    pub disable_dependency_optimization: bool,
    /// State encryption, which only OpenTofu has.
    pub encryption: Option<Value>,
    /// The block.
    pub span: Option<Span>,
}

/// A `generate` block.
#[derive(Clone, Debug)]
pub struct Generate {
    /// The file, relative to the working folder.
    pub path: String,
    /// Its text.
    pub contents: String,
    /// What to do if it is there.
    pub if_exists: IfExists,
    /// What to do with it if the block is disabled.
    pub if_disabled: IfDisabled,
    /// What begins the comment that marks it as generated.
    pub comment_prefix: String,
    /// Whether that comment is left out.
    pub disable_signature: bool,
    /// Whether nothing is written.
    pub disable: bool,
    /// Whether the text is formatted; `None`: by the file's extension.
    pub hcl_fmt: Option<bool>,
    /// The block.
    pub span: Span,
}

/// What to do when a file to be generated is there already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IfExists {
    /// Replace it.
    Overwrite,
    /// Replace it if it was generated, else fail.
    OverwriteTerragrunt,
    /// Leave it.
    Skip,
    /// Fail.
    Error,
}

/// What to do with the file of a disabled `generate` block.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum IfDisabled {
    /// Leave it.
    #[default]
    Skip,
    /// Remove it.
    Remove,
    /// Remove it if it was generated, else fail.
    RemoveTerragrunt,
}

/// A `dependency` block.
#[derive(Clone, Debug)]
pub struct Dependency {
    /// Its label.
    pub name: Arc<str>,
    /// The unit it leads to, as written.
    pub config_path: String,
    /// That unit's folder (or the configuration file in it), absolute.
    pub target: PathBuf,
    /// `false`: as if the block were not there, but for its mock outputs.
    pub enabled: bool,
    /// Only the order counts.
    pub skip_outputs: bool,
    /// Stand-ins for outputs.
    pub mock_outputs: Option<Value>,
    /// The commands for which they may stand in; empty: all.
    pub mock_outputs_allowed_terraform_commands: Vec<String>,
    /// How they mix with outputs that are there.
    pub merge: DependencyMerge,
    /// Which of the optional arguments were written.
    pub given: DependencyGiven,
    /// The outputs that expressions see, once they are decided on.
    pub outputs: Option<Value>,
    /// The block.
    pub span: Span,
    /// Place of `config_path`.
    pub config_path_span: Span,
}

/// Optional arguments of a `dependency` block as they were written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DependencyGiven {
    /// `enabled`
    pub enabled: Option<bool>,
    /// `skip_outputs`
    pub skip_outputs: Option<bool>,
    /// `mock_outputs_merge_with_state`
    pub merge_with_state: Option<bool>,
    /// `mock_outputs_merge_strategy_with_state`
    pub merge_strategy: Option<String>,
}

/// How mock outputs mix with outputs that are there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DependencyMerge {
    /// Not at all.
    #[default]
    NoMerge,
    /// By name.
    Shallow,
    /// Maps within maps; lists of the state replace.
    DeepMapOnly,
}

/// The `exclude` block.
#[derive(Clone, Debug, Default)]
pub struct Exclude {
    /// Whether it is in force.
    pub condition: bool,
    /// The commands it is for; `all` and `all_except_output` are words of their own.
    pub actions: Vec<String>,
    /// Whether the unit's dependencies are left out with it.
    pub exclude_dependencies: bool,
    /// Whether a run of the unit alone ends at once, too.
    pub no_run: bool,
}

/// The `errors` block.
#[derive(Clone, Debug, Default)]
pub struct ErrorRules {
    /// `retry` blocks by label.
    pub retry: IndexMap<Arc<str>, RetryRule>,
    /// `ignore` blocks by label.
    pub ignore: IndexMap<Arc<str>, IgnoreRule>,
}

/// A `retry` block.
#[derive(Clone, Debug)]
pub struct RetryRule {
    /// Patterns of the failures to retry.
    pub retryable_errors: Vec<String>,
    /// How often at most.
    pub max_attempts: u32,
    /// Seconds between attempts.
    pub sleep_interval_sec: u64,
}

/// An `ignore` block.
#[derive(Clone, Debug, Default)]
pub struct IgnoreRule {
    /// Patterns of the failures to overlook; those with `!` in front are not.
    pub ignorable_errors: Vec<String>,
    /// What to say.
    pub message: String,
    /// What to leave in `error-signals.json`.
    pub signals: IndexMap<Arc<str>, Value>,
}

/// The role to take on before anything is asked of AWS.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct IamRole {
    /// Its ARN.
    pub role: Option<String>,
    /// Seconds.
    pub duration: Option<u64>,
    /// Session name.
    pub session_name: Option<String>,
    /// Token, or path of a file with one.
    pub web_identity_token: Option<String>,
    /// Credentials to begin from instead of those of the environment.
    pub keys: Option<AwsKeys>,
}

/// AWS credentials. The secrets are never shown.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct AwsKeys {
    /// `AKIA...`
    pub access_key_id: String,
    /// The secret that goes with it.
    pub secret_access_key: String,
    /// With temporary credentials.
    pub session_token: Option<String>,
}

impl std::fmt::Debug for AwsKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "AwsKeys({})", self.access_key_id)
    }
}
