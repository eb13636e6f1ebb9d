//! The seam between whoever keeps state and the places it is kept in.

use async_trait::async_trait;
use craton_model::{Diagnostics, State};

use crate::lock::{LockError, LockInfo};

/// A backend: a place for the states of one configuration, one per workspace.
#[async_trait]
pub trait Backend: Send + Sync {
    /// The workspaces that exist, `default` first, the others sorted.
    async fn workspaces(&self) -> Result<Vec<String>, Diagnostics>;

    /// The state of a workspace, whether it exists yet or not.
    async fn open(&self, workspace: &str) -> Result<Box<dyn Store>, Diagnostics>;

    /// Deletes a workspace with its state.
    async fn delete_workspace(&self, workspace: &str) -> Result<(), Diagnostics>;
}

/// The state of one workspace.
#[async_trait]
pub trait Store: Send + Sync {
    /// What to call it in messages: a path, `s3://bucket/key`.
    fn place(&self) -> String;

    /// The state as it is now; `None` where there is none yet.
    async fn read(&self) -> Result<Option<State>, Diagnostics>;

    /// Puts the state in place of the one there, whole or not at all: a reader sees either the old
    /// or the new one, also if this process dies. Fails, leaving the old one, when somebody else
    /// has written since the last [`Store::read`] or write through this store.
    async fn write(&self, state: &State) -> Result<(), Diagnostics>;

    /// Takes the lock. It is held until [`Store::unlock`].
    async fn lock(&self, info: LockInfo) -> Result<(), LockError>;

    /// Gives the lock with this id back; an error if another one is held.
    async fn unlock(&self, id: &str) -> Result<(), LockError>;

    /// Who holds the lock, if anybody does.
    async fn holder(&self) -> Result<Option<LockInfo>, Diagnostics>;
}

/// The name of the workspace that always exists.
pub const DEFAULT_WORKSPACE: &str = "default";
