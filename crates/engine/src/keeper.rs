//! Keeps the state while an apply changes it, and has it written after each change.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::Notify;

use craton_model::{Diagnostics, Event, EventSink, State};

use crate::session::StateWriter;

/// The state under change. Writes are grouped: while one runs, further changes wait and are all
/// covered by the next.
pub struct Keeper<'a> {
    state: Mutex<State>,
    /// Counts the changes made.
    version: AtomicU64,
    /// Steps that have begun and not come to their save yet: while there are any, more changes may come.
    underway: AtomicUsize,
    /// Told when the last of them has.
    idle: Notify,
    /// What is written; the lock is held by whoever writes.
    written: tokio::sync::Mutex<Written>,
    failed: Mutex<Option<Diagnostics>>,
    writer: &'a dyn StateWriter,
    events: &'a dyn EventSink,
}

/// The last write.
#[derive(Default)]
struct Written {
    version: u64,
    /// How long it took.
    took: Duration,
}

/// A step on its way; ends when it is dropped.
pub struct Underway<'k>(&'k AtomicUsize, &'k Notify);

impl Drop for Underway<'_> {
    fn drop(&mut self) {
        if self.0.fetch_sub(1, Ordering::SeqCst) == 1 {
            self.1.notify_waiters();
        }
    }
}

impl<'a> Keeper<'a> {
    pub fn new(state: State, writer: &'a dyn StateWriter, events: &'a dyn EventSink) -> Self {
        Self {
            state: Mutex::new(state),
            version: AtomicU64::new(0),
            underway: AtomicUsize::new(0),
            idle: Notify::new(),
            written: tokio::sync::Mutex::default(),
            failed: Mutex::new(None),
            writer,
            events,
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Looks something up.
    pub fn read<T>(&self, look: impl FnOnce(&State) -> T) -> T {
        look(&self.lock())
    }

    /// Says that a step has begun. To be dropped before its [`Keeper::save`].
    pub fn begin(&self) -> Underway<'_> {
        self.underway.fetch_add(1, Ordering::SeqCst);
        Underway(&self.underway, &self.idle)
    }

    /// Changes the state in memory; [`Keeper::save`] makes it last.
    pub fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let mut state = self.lock();
        self.version.fetch_add(1, Ordering::SeqCst);
        change(&mut state)
    }

    /// Whether a write failed, after which nothing new may begin.
    pub fn has_failed(&self) -> bool {
        self.failed.lock().unwrap_or_else(PoisonError::into_inner).is_some()
    }

    /// What the failed write said.
    pub fn failure(&self) -> Option<Diagnostics> {
        self.failed.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Ends when everything changed so far is written: `false` when that failed.
    pub async fn save(&self) -> bool {
        let wanted = self.version.load(Ordering::SeqCst);
        let mut written = self.written.lock().await;
        if self.has_failed() {
            return false;
        }
        if written.version >= wanted {
            return true;
        }
        self.gather(written.took).await;
        let begun = Instant::now();
        let (snapshot, version) = {
            let state = self.lock();
            (state.clone(), self.version.load(Ordering::SeqCst))
        };
        match self.writer.write(&snapshot).await {
            Ok(()) => {
                *written = Written { version, took: begun.elapsed() };
                self.events.event(Event::StateSaved { serial: snapshot.serial });
                true
            }
            Err(found) => {
                *self.failed.lock().unwrap_or_else(PoisonError::into_inner) = Some(found);
                false
            }
        }
    }

    /// Lets other steps end, to be covered by the same write: while any is on its way, but no longer than the last write
    /// took. So at most half of the time goes into writing, and what is written in all grows with the number of changes,
    /// not with its square; a change that nothing else runs beside is written at once.
    async fn gather(&self, patience: Duration) {
        let idle = self.idle.notified();
        if patience.is_zero() || self.underway.load(Ordering::SeqCst) == 0 {
            return;
        }
        // Either end is fine.
        let _ = tokio::time::timeout(patience, idle).await;
    }

    /// The state as it is now.
    pub fn into_state(self) -> State {
        self.state.into_inner().unwrap_or_else(PoisonError::into_inner)
    }
}
