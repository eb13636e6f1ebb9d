//! The flags of `backend`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// `backend`
#[derive(Subcommand, Debug, Clone)]
pub enum BackendCommand {
    /// Make the bucket and the lock table for a unit's state, and update them where they differ from remote_state
    #[command(after_help = crate::args::terragrunt::help())]
    Bootstrap,
    /// Move a unit's state to the place that another unit's remote_state names
    #[command(after_help = crate::args::terragrunt::help())]
    Migrate(BackendMigrateArgs),
    /// Delete a unit's state
    #[command(after_help = crate::args::terragrunt::help())]
    Delete(BackendDeleteArgs),
}

/// `backend migrate`
#[derive(Args, Debug, Clone)]
pub struct BackendMigrateArgs {
    /// Also out of a bucket that keeps no versions, and over a state that is there
    #[arg(long)]
    pub force: bool,
    /// Folder of the unit whose state it is
    pub from: PathBuf,
    /// Folder of the unit that is to have it
    pub to: PathBuf,
}

/// `backend delete`
#[derive(Args, Debug, Clone)]
pub struct BackendDeleteArgs {
    /// Delete the bucket and the lock table with everything in them
    #[arg(long)]
    pub bucket: bool,
    /// Also out of a bucket that keeps no versions
    #[arg(long)]
    pub force: bool,
}
