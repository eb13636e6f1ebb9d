//! The flags of commands that are Terragrunt's own.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::VariableArgs;

/// `hcl`
#[derive(Subcommand, Debug, Clone)]
pub enum HclCommand {
    /// Format configuration files (.hcl) below the folder
    #[command(alias = "format")]
    Fmt(HclFmtArgs),
    /// Check the configurations of units and stacks below the folder
    Validate(HclValidateArgs),
}

/// `hcl fmt`
#[derive(Args, Debug, Clone)]
pub struct HclFmtArgs {
    /// Change nothing; fail where a file differs
    #[arg(long)]
    pub check: bool,
    /// Show the differences
    #[arg(long)]
    pub diff: bool,
    /// This file only
    #[arg(long, value_name = "FILE")]
    pub file: Option<PathBuf>,
    /// From standard input to standard output
    #[arg(long)]
    pub stdin: bool,
    /// Folders of this name are passed over
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    pub exclude_dir: Vec<String>,
}

/// `hcl validate`
#[derive(Args, Debug, Clone)]
pub struct HclValidateArgs {
    /// Compare inputs with the variables of modules
    #[arg(long)]
    pub inputs: bool,
    /// With --inputs: inputs that no module takes are errors
    #[arg(long, alias = "strict-validate")]
    pub strict: bool,
    /// Write JSON
    #[arg(long)]
    pub json: bool,
    /// Show only which configurations are invalid
    #[arg(long)]
    pub show_config_path: bool,
    #[command(flatten)]
    pub variables: VariableArgs,
}

/// How `render` writes.
#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "each is its own name")]
pub enum RenderFormat {
    Hcl,
    Json,
}

/// `render`
#[derive(Args, Debug, Clone)]
pub struct RenderArgs {
    /// hcl or json
    #[arg(long, value_enum, default_value = "hcl")]
    pub format: RenderFormat,
    /// As --format json
    #[arg(short, long)]
    pub json: bool,
    /// Write to a file beside the configuration: terragrunt.rendered.hcl or terragrunt.rendered.json
    #[arg(short, long, num_args = 0..=1, require_equals = true, default_value_t = false, default_missing_value = "true", action = clap::ArgAction::Set)]
    pub write: bool,
    /// Name of that file, relative to the configuration
    #[arg(long, value_name = "FILE", alias = "json-out")]
    pub out: Option<PathBuf>,
    /// Say of each part which file it comes from (JSON)
    #[arg(long)]
    pub with_metadata: bool,
    /// Accepted: dependents are not looked for
    #[arg(long, hide = true, alias = "json-disable-dependent-modules")]
    pub disable_dependent_modules: bool,
}

/// `info`
#[derive(Subcommand, Debug, Clone)]
pub enum InfoCommand {
    /// Show where a unit's files are
    Print,
    /// Deprecated features that can be made errors
    #[command(subcommand)]
    Strict(StrictCommand),
}

/// `info strict`
#[derive(Subcommand, Debug, Clone)]
pub enum StrictCommand {
    /// List them
    List,
}

/// `exec`
#[derive(Args, Debug, Clone)]
pub struct ExecArgs {
    /// Run it in the folder that the module runs in
    #[arg(long)]
    pub in_download_dir: bool,
    /// Program and arguments
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, required = true, value_name = "PROGRAM")]
    pub command: Vec<String>,
}

/// How `catalog` writes.
#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "each is its own name")]
pub enum CatalogFormat {
    Text,
    Jsonl,
    Md,
}

/// `catalog`
#[derive(Args, Debug, Clone)]
pub struct CatalogArgs {
    /// Sources to look in instead of those of the catalog block
    pub sources: Vec<String>,
    /// text, jsonl or md
    #[arg(long, value_enum, default_value = "text")]
    pub format: CatalogFormat,
    /// Accepted: what is started from a catalog is scaffold's to decide
    #[arg(long, hide = true)]
    pub no_include_root: bool,
    /// Accepted: as above
    #[arg(long, hide = true, value_name = "NAME")]
    pub root_file_name: Option<String>,
}

/// `scaffold`
#[derive(Args, Debug, Clone)]
pub struct ScaffoldArgs {
    /// The module's source
    pub module: String,
    /// Accepted for the sake of scripts; a template is not read
    #[arg(hide = true)]
    pub template: Option<String>,
    #[command(flatten)]
    pub variables: VariableArgs,
    /// Folder to write to instead of the current one
    #[arg(long, value_name = "DIR")]
    pub output_folder: Option<PathBuf>,
    /// Name of the file that the unit includes
    #[arg(long, value_name = "NAME", default_value = "root.hcl")]
    pub root_file_name: String,
    /// Include no root file
    #[arg(long)]
    pub no_include_root: bool,
    /// Accepted: nothing is run
    #[arg(long, hide = true)]
    pub no_shell: bool,
    /// Accepted: nothing is run
    #[arg(long, hide = true)]
    pub no_hooks: bool,
    /// Accepted: nothing is asked
    #[arg(long, hide = true)]
    pub no_dependency_prompt: bool,
}
