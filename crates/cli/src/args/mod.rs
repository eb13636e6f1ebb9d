//! What was typed.
//!
//! Terraform's flags have one dash and Terragrunt's two; both spellings are taken for every flag.

mod backend;
pub mod env;
pub mod hints;
pub mod listing;
pub mod normal;
mod stack;
mod state;
pub mod terragrunt;
pub mod units;

use std::path::PathBuf;

pub use backend::{BackendCommand, BackendDeleteArgs, BackendMigrateArgs};
use clap::{Args, Parser, Subcommand};
pub use hints::is_global;
pub use listing::{DagCommand, FindArgs, ListArgs};

pub use stack::{StackCommand, StackFormat, StackOutputArgs};
pub use state::{StateCommand, WorkspaceCommand};
pub use units::{CatalogArgs, ExecArgs, HclCommand, InfoCommand, RenderArgs, ScaffoldArgs};

/// Runs Terraform and Terragrunt configurations, with AWS built in.
#[derive(Parser, Debug)]
#[command(
    name = "craton",
    disable_version_flag = true,
    args_override_self = true,
    max_term_width = 100,
    subcommand_required = true,
    arg_required_else_help = true
)]
pub struct Cli {
    #[command(flatten)]
    pub global: Global,
    #[command(subcommand)]
    pub command: Command,
}

/// Flags that every command takes, before or after its name.
#[derive(Args, Debug, Clone, Default)]
pub struct Global {
    /// Folder to work in instead of the current one
    #[arg(
        long,
        global = true,
        value_name = "DIR",
        env = "TG_WORKING_DIR",
        hide_env = true,
        alias = "terragrunt-working-dir"
    )]
    pub working_dir: Option<PathBuf>,
    /// Switch to this folder first (-chdir=DIR, before the command)
    #[arg(long, global = true, value_name = "DIR", require_equals = true)]
    pub chdir: Option<PathBuf>,
    /// Answer from the built-in AWS sandbox; contact nothing outside this machine
    #[arg(long, global = true)]
    pub sandbox: bool,
    /// Where the sandbox keeps its state; means --sandbox as well [default: .craton/sandbox in the repository]
    #[arg(long, global = true, value_name = "DIR", env = "CRATON_SANDBOX_FOLDER", hide_env = true)]
    pub sandbox_folder: Option<PathBuf>,
    /// Never ask; fail where an answer is needed
    #[arg(long, global = true, alias = "terragrunt-non-interactive", env = "TG_NON_INTERACTIVE", hide_env = true)]
    pub non_interactive: bool,
    /// Write no colour codes
    #[arg(long, global = true)]
    pub no_color: bool,
}

#[derive(Subcommand, Debug)]
pub enum Command {
    /// Prepare a folder: modules, backend
    Init(InitArgs),
    /// Check a configuration without contacting anything
    Validate(ValidateArgs),
    /// Run the tests of a module
    Test(TestArgs),
    /// Show what would change
    Plan(PlanArgs),
    /// Make the changes
    Apply(ApplyArgs),
    /// Destroy everything the configuration manages
    Destroy(ApplyArgs),
    /// Bring the state up to date with what exists
    Refresh(ApplyArgs),
    /// Bring an existing object under management
    Import(ImportArgs),
    /// Fetch the modules that are called
    Get(GetArgs),
    /// Show a state or a saved plan
    Show(ShowArgs),
    /// Show output values
    Output(OutputArgs),
    /// Look at and edit the state
    #[command(subcommand)]
    State(StateCommand),
    /// List, choose, make and delete workspaces
    #[command(subcommand)]
    Workspace(WorkspaceCommand),
    /// Format configuration files
    Fmt(FmtArgs),
    /// Give back a lock whose holder is gone
    ForceUnlock(ForceUnlockArgs),
    /// Mark an object to be replaced by the next apply
    Taint(AddressArgs),
    /// Take such a mark back
    Untaint(AddressArgs),
    /// Show the graph of a configuration in DOT
    Graph(GraphArgs),
    /// Evaluate expressions
    Console(ConsoleArgs),
    /// List the providers a configuration needs
    #[command(subcommand_negates_reqs = true, args_conflicts_with_subcommands = true)]
    Providers(ProvidersArgs),
    /// List the modules a configuration calls
    Modules(ModulesArgs),
    /// Describe what the language offers: its functions
    #[command(subcommand)]
    Metadata(MetadataCommand),
    /// Say how access to a registry is set up
    Login(HostArgs),
    /// Say how access to a registry is taken back
    Logout(HostArgs),
    /// The built-in AWS
    #[command(subcommand)]
    Sandbox(SandboxCommand),
    /// List units and stacks
    Find(FindArgs),
    /// List units and stacks for people
    List(ListArgs),
    /// The graph of units
    #[command(subcommand)]
    Dag(DagCommand),
    /// Units and stacks that are generated from terragrunt.stack.hcl
    #[command(subcommand)]
    Stack(StackCommand),
    /// Make, move and delete the places that units keep their states in
    #[command(subcommand)]
    Backend(BackendCommand),
    /// Format and check the configuration files of units
    #[command(subcommand)]
    Hcl(HclCommand),
    /// Show a unit's configuration as it is in force
    Render(RenderArgs),
    /// Show how a unit is understood
    #[command(subcommand)]
    Info(InfoCommand),
    /// Run a program with a unit's inputs in its environment
    Exec(ExecArgs),
    /// List modules, units and stacks to start from
    Catalog(CatalogArgs),
    /// Write a unit for a module
    Scaffold(ScaffoldArgs),
    /// Run a command in a unit, or with --all in every unit below the folder
    Run,
    /// Show the version
    Version(VersionArgs),
}

/// Input variables. Their order on the command line counts, so they are also kept in
/// [`normal::Normal::variables`].
#[derive(Args, Debug, Clone, Default)]
pub struct VariableArgs {
    /// Set an input variable
    #[arg(long, value_name = "NAME=VALUE", allow_hyphen_values = true)]
    pub var: Vec<String>,
    /// Set input variables from a file
    #[arg(long, value_name = "FILE")]
    pub var_file: Vec<PathBuf>,
}

#[derive(Args, Debug, Clone)]
pub struct LockArgs {
    /// Lock the state
    #[arg(long, num_args = 0..=1, require_equals = true, default_value_t = true, default_missing_value = "true", action = clap::ArgAction::Set)]
    pub lock: bool,
    /// How long to wait for a lock: 30s, 5m
    #[arg(long, value_name = "DURATION", default_value = "0s", value_parser = normal::duration)]
    pub lock_timeout: std::time::Duration,
    /// For state in HCP Terraform, where craton keeps none: accepted, without effect
    #[arg(long, hide = true)]
    pub ignore_remote_version: bool,
}

/// Which files of the local backend to use in place of its own.
#[derive(Args, Debug, Clone, Default)]
pub struct StateFileArgs {
    /// State file to read, and to write unless -state-out is given (local backend)
    #[arg(long, value_name = "FILE")]
    pub state: Option<PathBuf>,
    /// State file to write (local backend)
    #[arg(long, value_name = "FILE")]
    pub state_out: Option<PathBuf>,
    /// File to back the state up to before it changes, `-` for none (local backend)
    #[arg(long, value_name = "FILE", allow_hyphen_values = true)]
    pub backup: Option<PathBuf>,
}

/// Where test files are.
#[derive(Args, Debug, Clone)]
pub struct TestDirectoryArgs {
    /// Folder of test files within that of the root module
    #[arg(long, value_name = "DIR", default_value = craton_config::TEST_DIRECTORY)]
    pub test_directory: PathBuf,
}

#[derive(Args, Debug, Clone)]
pub struct InitArgs {
    /// Ask for what is missing
    #[arg(long, num_args = 0..=1, require_equals = true, default_value_t = true, default_missing_value = "true", action = clap::ArgAction::Set)]
    pub input: bool,
    /// Set up the backend
    #[arg(long, alias = "cloud", num_args = 0..=1, require_equals = true, default_value_t = true, default_missing_value = "true", action = clap::ArgAction::Set)]
    pub backend: bool,
    /// A backend argument (NAME=VALUE), or a file of them
    #[arg(long, value_name = "NAME=VALUE|FILE")]
    pub backend_config: Vec<String>,
    /// Take the new backend configuration, leaving state where it is
    #[arg(long)]
    pub reconfigure: bool,
    /// Copy the state to the new backend
    #[arg(long)]
    pub migrate_state: bool,
    /// Copy without asking
    #[arg(long)]
    pub force_copy: bool,
    /// Fetch newer modules than those that are there
    #[arg(long)]
    pub upgrade: bool,
    /// Fetch modules
    #[arg(long, num_args = 0..=1, require_equals = true, default_value_t = true, default_missing_value = "true", action = clap::ArgAction::Set)]
    pub get: bool,
    /// Copy this module's files into the folder first, which must be empty
    #[arg(long, value_name = "SOURCE")]
    pub from_module: Option<String>,
    /// "readonly": fail where the dependency lock file would have to change
    #[arg(long, value_name = "MODE", value_parser = ["readonly"])]
    pub lockfile: Option<String>,
    /// Accepted for Terraform's sake: providers are built in
    #[arg(long, value_name = "DIR")]
    pub plugin_dir: Vec<PathBuf>,
    /// Write JSON
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    pub tests: TestDirectoryArgs,
    #[command(flatten)]
    pub locking: LockArgs,
    #[command(flatten)]
    pub variables: VariableArgs,
}

#[derive(Args, Debug, Clone)]
pub struct ValidateArgs {
    /// Write JSON
    #[arg(long)]
    pub json: bool,
    /// Leave test files out
    #[arg(long)]
    pub no_tests: bool,
    #[command(flatten)]
    pub tests: TestDirectoryArgs,
    #[command(flatten)]
    pub variables: VariableArgs,
}

#[derive(Args, Debug, Clone)]
pub struct TestArgs {
    /// Run this test file only, named from the root module's folder
    #[arg(long, value_name = "FILE")]
    pub filter: Vec<String>,
    #[command(flatten)]
    pub tests: TestDirectoryArgs,
    /// Show the plan or the state of each run
    #[arg(long)]
    pub verbose: bool,
    /// Write one JSON object a line
    #[arg(long)]
    pub json: bool,
    /// Write a report in JUnit's XML format, too
    #[arg(long, value_name = "FILE")]
    pub junit_xml: Option<PathBuf>,
    /// How many operations of a run go on at once
    #[arg(long, value_name = "N", default_value_t = 10)]
    pub parallelism: usize,
    #[command(flatten)]
    pub variables: VariableArgs,
}

#[derive(Args, Debug, Clone)]
pub struct GraphArgs {
    /// Graph of an operation: plan, plan-refresh-only, plan-destroy or apply [default: the resources only]
    #[arg(long, value_name = "TYPE")]
    pub r#type: Option<String>,
    /// Graph of what applying this saved plan does
    #[arg(long, value_name = "FILE")]
    pub plan: Option<PathBuf>,
    /// Draw cycles in colour instead of failing
    #[arg(long)]
    pub draw_cycles: bool,
    /// Withdrawn by Terraform: accepted, without effect
    #[arg(long, hide = true, value_name = "N", allow_hyphen_values = true)]
    pub module_depth: Option<i64>,
    #[command(flatten)]
    pub variables: VariableArgs,
}

/// What plan and apply share.
#[derive(Args, Debug, Clone)]
pub struct PlanOptions {
    /// Plan to destroy everything
    #[arg(long)]
    pub destroy: bool,
    /// Plan to bring the state up to date only
    #[arg(long)]
    pub refresh_only: bool,
    /// Read what exists before planning
    #[arg(long, num_args = 0..=1, require_equals = true, default_value_t = true, default_missing_value = "true", action = clap::ArgAction::Set)]
    pub refresh: bool,
    /// Replace this instance
    #[arg(long, value_name = "ADDRESS")]
    pub replace: Vec<String>,
    /// Look at this resource or module, and what it needs, only
    #[arg(long, value_name = "ADDRESS")]
    pub target: Vec<String>,
    /// Ask for what is missing
    #[arg(long, num_args = 0..=1, require_equals = true, default_value_t = true, default_missing_value = "true", action = clap::ArgAction::Set)]
    pub input: bool,
    /// How many operations run at once
    #[arg(long, value_name = "N", default_value_t = 10)]
    pub parallelism: usize,
    /// Write one JSON object a line
    #[arg(long)]
    pub json: bool,
    /// Warnings in one line each
    #[arg(long)]
    pub compact_warnings: bool,
    #[command(flatten)]
    pub files: StateFileArgs,
    #[command(flatten)]
    pub locking: LockArgs,
    #[command(flatten)]
    pub variables: VariableArgs,
}

#[derive(Args, Debug, Clone)]
pub struct PlanArgs {
    #[command(flatten)]
    pub options: PlanOptions,
    /// Save the plan for apply
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Exit with 0 for no changes, 1 for an error, 2 for changes
    #[arg(long)]
    pub detailed_exitcode: bool,
    /// Write configuration for what import blocks bring in and no resource block describes
    #[arg(long, value_name = "FILE")]
    pub generate_config_out: Option<PathBuf>,
}

#[derive(Args, Debug, Clone)]
pub struct ApplyArgs {
    #[command(flatten)]
    pub options: PlanOptions,
    /// Do not ask
    #[arg(long)]
    pub auto_approve: bool,
    /// A saved plan
    pub plan: Option<PathBuf>,
}

#[derive(Args, Debug, Clone)]
pub struct ImportArgs {
    #[command(flatten)]
    pub options: PlanOptions,
    /// Folder of the configuration that the address is in
    #[arg(long, value_name = "DIR")]
    pub config: Option<PathBuf>,
    /// Where it goes: the address of a resource instance in the configuration
    pub address: String,
    /// What AWS (or another provider) knows it by
    pub id: String,
}

#[derive(Args, Debug, Clone)]
pub struct GetArgs {
    /// Newer ones than those that are there
    #[arg(long)]
    pub update: bool,
    #[command(flatten)]
    pub tests: TestDirectoryArgs,
}

#[derive(Args, Debug, Clone)]
pub struct ShowArgs {
    /// Write JSON
    #[arg(long)]
    pub json: bool,
    /// A saved plan or a state file; the current state when none is given
    pub file: Option<PathBuf>,
}

#[derive(Args, Debug, Clone)]
pub struct OutputArgs {
    /// Write JSON
    #[arg(long, conflicts_with = "raw")]
    pub json: bool,
    /// Write a string, number or bool as it is
    #[arg(long)]
    pub raw: bool,
    /// Path of the state file (local backend)
    #[arg(long, value_name = "FILE")]
    pub state: Option<PathBuf>,
    /// The output to show
    pub name: Option<String>,
}

#[derive(Args, Debug, Clone)]
pub struct FmtArgs {
    /// Name the files that differ
    #[arg(long, num_args = 0..=1, require_equals = true, default_value_t = true, default_missing_value = "true", action = clap::ArgAction::Set)]
    pub list: bool,
    /// Write the files
    #[arg(long, num_args = 0..=1, require_equals = true, default_value_t = true, default_missing_value = "true", action = clap::ArgAction::Set)]
    pub write: bool,
    /// Show the differences
    #[arg(long)]
    pub diff: bool,
    /// Change nothing; exit with 3 where files differ
    #[arg(long)]
    pub check: bool,
    /// Folders below, too
    #[arg(long)]
    pub recursive: bool,
    /// Files and folders; `-`: standard input
    pub targets: Vec<PathBuf>,
}

#[derive(Args, Debug, Clone)]
pub struct ForceUnlockArgs {
    /// Do not ask
    #[arg(long)]
    pub force: bool,
    /// The lock's id, as the refusal names it
    pub id: String,
}

#[derive(Args, Debug, Clone)]
pub struct AddressArgs {
    /// Succeed even if there is no such instance
    #[arg(long)]
    pub allow_missing: bool,
    #[command(flatten)]
    pub files: StateFileArgs,
    #[command(flatten)]
    pub locking: LockArgs,
    /// The instance's address
    pub address: String,
}

#[derive(Args, Debug, Clone)]
pub struct ConsoleArgs {
    /// Plan first, and evaluate against the plan
    #[arg(long)]
    pub plan: bool,
    /// Path of the state file
    #[arg(long, value_name = "FILE")]
    pub state: Option<PathBuf>,
    #[command(flatten)]
    pub locking: LockArgs,
    #[command(flatten)]
    pub variables: VariableArgs,
}

#[derive(Args, Debug, Clone)]
pub struct ProvidersArgs {
    #[command(flatten)]
    pub tests: TestDirectoryArgs,
    #[command(subcommand)]
    pub command: Option<ProvidersCommand>,
}

#[derive(Subcommand, Debug, Clone)]
pub enum ProvidersCommand {
    /// Write the schemas of the providers in use
    Schema {
        /// JSON, the only format there is
        #[arg(long, required = true)]
        json: bool,
    },
    /// See to it that the dependency lock file fits the configuration
    Lock {
        /// Folder to take packages from
        #[arg(long, value_name = "DIR", conflicts_with = "net_mirror")]
        fs_mirror: Option<PathBuf>,
        /// Address to take packages from
        #[arg(long, value_name = "URL")]
        net_mirror: Option<String>,
        /// Platforms to lock packages for, such as linux_amd64
        #[arg(long, value_name = "OS_ARCH")]
        platform: Vec<String>,
        /// Take packages from the plugin cache
        #[arg(long)]
        enable_plugin_cache: bool,
        /// Providers to lock; all that the configuration needs when none is given
        providers: Vec<String>,
    },
    /// Copy the packages of providers to a folder
    Mirror {
        /// Platforms to copy packages for, such as linux_amd64
        #[arg(long, value_name = "OS_ARCH")]
        platform: Vec<String>,
        /// Take the versions that the dependency lock file names
        #[arg(long, num_args = 0..=1, require_equals = true, default_value_t = true, default_missing_value = "true", action = clap::ArgAction::Set)]
        lock_file: bool,
        /// The folder
        target: PathBuf,
    },
}

#[derive(Args, Debug, Clone)]
pub struct ModulesArgs {
    /// Write JSON
    #[arg(long)]
    pub json: bool,
}

#[derive(Subcommand, Debug)]
pub enum MetadataCommand {
    /// Describe functions: all of them in a line each, or those named in full
    Functions {
        /// Write JSON
        #[arg(long)]
        json: bool,
        /// Functions to describe
        names: Vec<String>,
    },
}

#[derive(Args, Debug, Clone)]
pub struct HostArgs {
    /// The registry's host
    #[arg(default_value = "app.terraform.io")]
    pub host: String,
}

#[derive(Subcommand, Debug)]
pub enum SandboxCommand {
    /// Serve the sandbox on a loopback port until interrupted
    Start {
        /// Port; 0 picks a free one
        #[arg(long, default_value_t = 4566)]
        port: u16,
        /// Where it keeps its state, as --sandbox-folder
        #[arg(long, value_name = "DIR")]
        folder: Option<PathBuf>,
        /// Account it plays
        #[arg(long, value_name = "ID")]
        account_id: Option<String>,
    },
    /// Forget everything in it
    Reset {
        /// Where it keeps its state, as --sandbox-folder
        #[arg(long, value_name = "DIR")]
        folder: Option<PathBuf>,
    },
    /// Say what is in it
    Status {
        /// Where it keeps its state, as --sandbox-folder
        #[arg(long, value_name = "DIR")]
        folder: Option<PathBuf>,
    },
}

#[derive(Args, Debug, Clone)]
pub struct VersionArgs {
    /// Write JSON
    #[arg(long)]
    pub json: bool,
}
