//! One file per command.

pub mod apply;
pub mod backend;
pub mod catalog;
pub mod console;
pub mod dag;
pub mod exec;
pub mod find;
pub mod fmt;
pub mod force_unlock;
pub mod get;
pub mod graph;
pub mod hcl;
pub mod import;
pub mod info;
pub mod init;
pub mod list;
pub mod login;
pub mod metadata;
pub mod modules;
pub mod output;
pub mod plan;
pub mod providers;
pub mod render;
pub mod sandbox;
pub mod scaffold;
pub mod show;
pub mod stack;
pub mod state;
pub mod taint;
pub mod test;
pub mod validate;
pub mod version;
pub mod workspace;

use std::time::Duration;

use craton_model::Diagnostics;
use craton_state::{DEFAULT_WORKSPACE, Store};

use crate::app::{App, Ended, Outcome};
use crate::args::LockArgs;
use crate::backend::{Choice, LocalFlags, at_block, heeded, in_use, open as open_backend};
use crate::store::OpenState;
use crate::unit::Work;

/// Opens the state of the workspace in use, for commands that work on nothing else.
pub async fn open_state(
    app: &App,
    work: &Work,
    flags: &LocalFlags,
    operation: &str,
    locking: Option<&LockArgs>,
) -> Result<OpenState, Diagnostics> {
    let open = async {
        let (choice, _) = in_use(work)?;
        let flags = &heeded(app, &choice, flags, false);
        let backend = open_backend(&choice, &work.root.dir, flags, &work.aws).await?;
        let store = backend.open(&work.root.workspace).await?;
        opened(app, store, operation, locking).await
    };
    at_block(work, open.await)
}

/// Reads a state, locked where locking is asked for.
async fn opened(
    app: &App,
    store: Box<dyn Store>,
    operation: &str,
    locking: Option<&LockArgs>,
) -> Result<OpenState, Diagnostics> {
    let (lock, timeout) = locking.map_or((false, Duration::ZERO), |l| (l.lock, l.lock_timeout));
    OpenState::open(app, store, operation, lock, timeout).await
}

/// As [`open_state`] for the `state` commands, where a file that is named is what is meant, whichever backend is used.
pub async fn open_file(
    app: &App,
    work: &Work,
    flags: &LocalFlags,
    operation: &str,
    locking: Option<&LockArgs>,
) -> Result<OpenState, Diagnostics> {
    if flags.state.is_none() {
        return open_state(app, work, flags, operation, locking).await;
    }
    let store = open_backend(&Choice::local(), &work.root.dir, flags, &work.aws).await?.open(DEFAULT_WORKSPACE).await?;
    opened(app, store, operation, locking).await
}

/// Ends a command that holds a lock: gives it back whatever happened, and tells of both.
pub async fn closing<T>(mut open: OpenState, result: Result<T, Diagnostics>) -> Result<T, Diagnostics> {
    match (open.close().await, result) {
        (Ok(()), result) => result,
        (Err(unlock), Ok(_)) => Err(unlock),
        (Err(unlock), Err(first)) => Err(first.into_iter().chain(unlock).collect()),
    }
}

/// `run --help`
pub fn run_help() -> Ended {
    println!(
        "Runs a command in a unit, or with --all in every unit below the folder.\n\n  craton run [FLAGS] [--] COMMAND [ARGUMENTS]\n\n{}",
        crate::args::terragrunt::help()
    );
    Ok(Outcome::Done)
}
