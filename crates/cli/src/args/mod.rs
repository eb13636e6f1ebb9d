//! What was typed.
//!
//! Terraform's flags have one dash and Terragrunt's two; both spellings are taken for every flag.

pub mod normal;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

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
    /// Switch to this folder first
    #[arg(long, global = true, value_name = "DIR")]
    pub chdir: Option<PathBuf>,
    /// Answer from the built-in AWS sandbox; contact nothing outside this machine
    #[arg(long, global = true)]
    pub sandbox: bool,
    /// Where the sandbox keeps its state [default: .craton/sandbox in the repository]
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
    Graph(ValidateArgs),
    /// Evaluate expressions
    Console(ConsoleArgs),
    /// List the providers a configuration needs
    #[command(subcommand_negates_reqs = true, args_conflicts_with_subcommands = true)]
    Providers(ProvidersArgs),
    /// The built-in AWS
    #[command(subcommand)]
    Sandbox(SandboxCommand),
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
}

#[derive(Args, Debug, Clone)]
pub struct InitArgs {
    /// Ask for what is missing
    #[arg(long, num_args = 0..=1, require_equals = true, default_value_t = true, default_missing_value = "true", action = clap::ArgAction::Set)]
    pub input: bool,
    /// Set up the backend
    #[arg(long, num_args = 0..=1, require_equals = true, default_value_t = true, default_missing_value = "true", action = clap::ArgAction::Set)]
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
    /// Accepted for Terraform's sake: providers are built in
    #[arg(long, value_name = "MODE")]
    pub lockfile: Option<String>,
    /// Accepted for Terraform's sake: providers are built in
    #[arg(long, value_name = "DIR")]
    pub plugin_dir: Vec<PathBuf>,
    /// Write JSON
    #[arg(long)]
    pub json: bool,
    /// Folder of test files within that of the root module [default: tests]
    #[arg(long, value_name = "DIR")]
    pub test_directory: Option<PathBuf>,
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
    /// Folder of test files within that of the root module [default: tests]
    #[arg(long, value_name = "DIR")]
    pub test_directory: Option<PathBuf>,
    #[command(flatten)]
    pub variables: VariableArgs,
}

#[derive(Args, Debug, Clone)]
pub struct TestArgs {
    /// Run this test file only, named from the root module's folder
    #[arg(long, value_name = "FILE")]
    pub filter: Vec<String>,
    /// Folder of test files within that of the root module [default: tests]
    #[arg(long, value_name = "DIR")]
    pub test_directory: Option<PathBuf>,
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
    /// Path of the state file (local backend)
    #[arg(long, value_name = "FILE")]
    pub state: Option<PathBuf>,
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
}

#[derive(Args, Debug, Clone)]
pub struct ApplyArgs {
    #[command(flatten)]
    pub options: PlanOptions,
    /// Do not ask
    #[arg(long)]
    pub auto_approve: bool,
    /// Path to write the state to (local backend)
    #[arg(long, value_name = "FILE")]
    pub state_out: Option<PathBuf>,
    /// Path to back the state up to (local backend)
    #[arg(long, value_name = "FILE")]
    pub backup: Option<PathBuf>,
    /// A saved plan
    pub plan: Option<PathBuf>,
}

#[derive(Args, Debug, Clone)]
pub struct ImportArgs {
    #[command(flatten)]
    pub options: PlanOptions,
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
    /// Folder of test files within that of the root module [default: tests]
    #[arg(long, value_name = "DIR")]
    pub test_directory: Option<PathBuf>,
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

#[derive(Subcommand, Debug)]
pub enum StateCommand {
    /// List instances
    List {
        /// Path of the state file
        #[arg(long, value_name = "FILE")]
        state: Option<PathBuf>,
        /// Only those with this id
        #[arg(long, value_name = "ID")]
        id: Option<String>,
        /// Resources, modules or instances to list
        addresses: Vec<String>,
    },
    /// Show an instance
    Show {
        /// Path of the state file
        #[arg(long, value_name = "FILE")]
        state: Option<PathBuf>,
        /// Its address
        address: String,
    },
    /// Move an instance, resource or module to another address
    Mv {
        /// Say what would be done
        #[arg(long)]
        dry_run: bool,
        /// Path of the state file
        #[arg(long, value_name = "FILE")]
        state: Option<PathBuf>,
        #[command(flatten)]
        locking: LockArgs,
        from: String,
        to: String,
    },
    /// Forget instances without destroying them
    Rm {
        /// Say what would be done
        #[arg(long)]
        dry_run: bool,
        /// Path of the state file
        #[arg(long, value_name = "FILE")]
        state: Option<PathBuf>,
        #[command(flatten)]
        locking: LockArgs,
        #[arg(required = true)]
        addresses: Vec<String>,
    },
    /// Write the state to standard output
    Pull,
    /// Replace the state by a file (`-`: standard input)
    Push {
        /// Even if it is older or of another lineage
        #[arg(long)]
        force: bool,
        #[command(flatten)]
        locking: LockArgs,
        file: PathBuf,
    },
    /// Change which provider manages resources
    ReplaceProvider {
        /// Do not ask
        #[arg(long)]
        auto_approve: bool,
        /// Path of the state file
        #[arg(long, value_name = "FILE")]
        state: Option<PathBuf>,
        #[command(flatten)]
        locking: LockArgs,
        from: String,
        to: String,
    },
}

#[derive(Subcommand, Debug)]
pub enum WorkspaceCommand {
    /// List workspaces
    List,
    /// Show the one in use
    Show,
    /// Use another
    Select {
        /// Make it if it does not exist
        #[arg(long)]
        or_create: bool,
        name: String,
    },
    /// Make one and use it
    New {
        /// A state to begin with
        #[arg(long, value_name = "FILE")]
        state: Option<PathBuf>,
        #[command(flatten)]
        locking: LockArgs,
        name: String,
    },
    /// Delete one
    Delete {
        /// Even if it holds resources, which are then managed by nobody
        #[arg(long)]
        force: bool,
        #[command(flatten)]
        locking: LockArgs,
        name: String,
    },
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
    /// Path of the state file
    #[arg(long, value_name = "FILE")]
    pub state: Option<PathBuf>,
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
