//! Being told to stop.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use tokio::sync::Notify;

/// Tells an operation to stop: after the first [`CancelToken::cancel`] nothing new begins, after
/// the second the providers are asked to end what is running. Clones are the same token.
#[derive(Clone, Debug, Default)]
pub struct CancelToken {
    inner: Arc<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    level: AtomicU8,
    changed: Notify,
}

impl CancelToken {
    /// One that nobody has used yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Asks to stop; more urgently each time. Gives how often it was asked.
    pub fn cancel(&self) -> u8 {
        let level = self.inner.level.fetch_add(1, Ordering::SeqCst).saturating_add(1);
        self.inner.changed.notify_waiters();
        level
    }

    /// Whether nothing new should begin.
    pub fn is_cancelled(&self) -> bool {
        self.inner.level.load(Ordering::SeqCst) > 0
    }

    /// Ends when it was asked for the second time.
    pub(crate) async fn urgent(&self) {
        loop {
            let changed = self.inner.changed.notified();
            if self.inner.level.load(Ordering::SeqCst) > 1 {
                return;
            }
            changed.await;
        }
    }
}
