//! The state of the workspace in use: opened, locked, written, given back.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use craton_model::{Diagnostic, Diagnostics, Event, EventSink, State};
use craton_state::{LockError, LockInfo, Store, tfstate};
use tokio::sync::Mutex;

use crate::app::App;

/// An opened state, locked if it is to be changed.
pub struct OpenState {
    store: Box<dyn Store>,
    lock: Option<String>,
    /// Whether there was one.
    pub exists: bool,
    /// The state as read.
    pub state: State,
}

impl OpenState {
    /// Locks (unless told not to), then reads.
    pub async fn open(
        app: &App,
        store: Box<dyn Store>,
        operation: &str,
        lock: bool,
        timeout: Duration,
    ) -> Result<Self, Diagnostics> {
        let lock = if lock { Some(acquire(app, store.as_ref(), operation, timeout).await?) } else { None };
        let mut open = Self { store, lock, exists: false, state: State::default() };
        match open.store.read().await {
            Ok(state) => {
                open.exists = state.is_some();
                open.state = state.unwrap_or_default();
                crate::log::debug(|| {
                    format!("state at serial {}, {} instances", open.state.serial, open.state.instances().count())
                });
            }
            Err(found) => {
                let unlocked = open.close().await;
                return Err(found.into_iter().chain(unlocked.err().into_iter().flatten()).collect());
            }
        }
        Ok(open)
    }

    /// What to call it in messages.
    pub fn place(&self) -> String {
        self.store.place()
    }

    /// Writes the state, with the next serial.
    pub async fn write(&mut self, mut state: State) -> Result<(), Diagnostics> {
        stamp(&mut state, &self.state);
        self.store.write(&state).await?;
        self.state = state;
        Ok(())
    }

    /// Writes the state as it is, serial and all.
    pub async fn push(&mut self, state: State) -> Result<(), Diagnostics> {
        self.store.write(&state).await?;
        self.state = state;
        Ok(())
    }

    /// Hands the store over for writes during an apply.
    pub fn writer(self, rescue: PathBuf, events: Arc<dyn EventSink>) -> Writer {
        Writer { inner: Mutex::new((self, None)), rescue, events }
    }

    /// Gives the lock back.
    pub async fn close(&mut self) -> Result<(), Diagnostics> {
        let Some(id) = self.lock.take() else { return Ok(()) };
        self.store.unlock(&id).await.map_err(|e| {
            let d = e.diagnostic(&self.store.place());
            let detail = format!("The work is done, but the lock {id} could not be given back: {} Give it back with:\n  craton force-unlock {id}", d.detail);
            Diagnostic::error("Lock was not given back", detail).into()
        })
    }
}

/// The next version of a state: a new serial, and a lineage if it had none.
fn stamp(state: &mut State, before: &State) {
    state.lineage = match before.lineage.as_str() {
        "" if state.lineage.is_empty() => uuid::Uuid::new_v4().to_string(),
        "" => state.lineage.clone(),
        lineage => lineage.to_owned(),
    };
    state.serial = before.serial + 1;
    state.terraform_version = tfstate::TERRAFORM_VERSION.into();
}

async fn acquire(app: &App, store: &dyn Store, operation: &str, timeout: Duration) -> Result<String, Diagnostics> {
    let started = Instant::now();
    let mut said = false;
    loop {
        let info = LockInfo::new(operation);
        let id = info.id.clone();
        match store.lock(info).await {
            Ok(()) => return Ok(id),
            Err(LockError::Held(holder)) if started.elapsed() < timeout => {
                if !said {
                    let who =
                        holder.map_or_else(|| "somebody".to_owned(), |h| format!("{} (since {})", h.who, h.created));
                    eprintln!("{}", app.err.dim(format!("{} is locked by {who}; waiting...", store.place())));
                    said = true;
                }
                tokio::time::sleep(Duration::from_millis(500).min(timeout)).await;
            }
            Err(e) => return Err(e.diagnostic(&store.place()).into()),
        }
    }
}

/// Writes each version of the state during an apply. When that fails, the newest version is saved
/// beside the configuration so that nothing is lost.
pub struct Writer {
    inner: Mutex<(OpenState, Option<State>)>,
    rescue: PathBuf,
    events: Arc<dyn EventSink>,
}

impl Writer {
    /// Whether a state says something else than what was written last.
    pub async fn lags(&self, state: &State) -> bool {
        says_more(&self.inner.lock().await.0.state, state)
    }

    /// Ends the writes: gives the state back to be closed.
    pub async fn finish(self) -> (OpenState, Diagnostics) {
        let (open, unsaved) = self.inner.into_inner();
        let mut found = Diagnostics::new();
        if let Some(state) = unsaved {
            found.push(rescue(&state, &self.rescue));
        }
        (open, found)
    }
}

fn says_more(last: &State, state: &State) -> bool {
    last.resources != state.resources || last.outputs != state.outputs || last.check_results != state.check_results
}

fn rescue(state: &State, path: &std::path::Path) -> Diagnostic {
    let saved = tfstate::render(state).and_then(|bytes| {
        std::fs::write(path, bytes)
            .map_err(|e| Diagnostic::error("State cannot be saved", format!("{}: {e}.", path.display())))
    });
    match saved {
        Ok(()) => Diagnostic::error(
            "State was saved beside the configuration",
            format!(
                "The state could not be written to its place, so it was saved to {}. It is the only record of what was \
                 made: once its place can be written again, put it there with:\n  craton state push {}",
                path.display(),
                path.display()
            ),
        ),
        Err(e) => Diagnostic::error(
            "State could not be saved",
            format!(
                "The state could not be written to its place, nor to {}: {} These objects exist and are recorded \
                 nowhere:\n{}",
                path.display(),
                e.detail,
                state.instances().map(|(addr, ..)| format!("  {addr}")).collect::<Vec<_>>().join("\n")
            ),
        ),
    }
}

#[async_trait]
impl craton_engine::StateWriter for Writer {
    async fn write(&self, state: &State) -> Result<(), Diagnostics> {
        let mut inner = self.inner.lock().await;
        // As Terraform has it: an apply that changed nothing leaves the state alone, serial and all.
        if inner.0.exists && inner.1.is_none() && !says_more(&inner.0.state, state) {
            return Ok(());
        }
        match inner.0.write(state.clone()).await {
            Ok(()) => {
                inner.1 = None;
                self.events.event(Event::StateSaved { serial: inner.0.state.serial });
                Ok(())
            }
            Err(found) => {
                inner.1 = Some(state.clone());
                Err(found)
            }
        }
    }
}
