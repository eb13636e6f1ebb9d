//! `state` and `workspace`.

use std::path::PathBuf;

use clap::Subcommand;

use super::{LockArgs, StateFileArgs};

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
        #[command(flatten)]
        files: StateFileArgs,
        /// File to back the state of -state-out up to before it changes
        #[arg(long, value_name = "FILE", allow_hyphen_values = true)]
        backup_out: Option<PathBuf>,
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
        #[command(flatten)]
        files: StateFileArgs,
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
        #[command(flatten)]
        files: StateFileArgs,
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
