//! What a provider works with: where it is, what time it is, whether it is to end.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use craton_model::{Diagnostic, Diagnostics};
use tokio::sync::watch;

use crate::obj::Obj;

/// Time. Rehearsals and tests put in one that passes at once.
#[async_trait]
pub trait Clock: Send + Sync {
    /// The time of day.
    fn now(&self) -> SystemTime;
    /// Waits.
    async fn sleep(&self, how_long: Duration);
}

/// The machine's time.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

#[async_trait]
impl Clock for SystemClock {
    fn now(&self) -> SystemTime {
        SystemTime::now()
    }

    async fn sleep(&self, how_long: Duration) {
        tokio::time::sleep(how_long).await;
    }
}

/// Servers that are there without a network.
pub trait Servers: Send + Sync {
    /// The certificates that a server shows, in DER, its own first. They are trusted. `None` for servers that are to be asked
    /// for over the network.
    fn certificates(&self, host: &str) -> Option<Vec<Vec<u8>>>;
}

/// All servers are to be asked for over the network.
#[derive(Clone, Copy, Debug, Default)]
pub struct NetworkOnly;

impl Servers for NetworkOnly {
    fn certificates(&self, _: &str) -> Option<Vec<Vec<u8>>> {
        None
    }
}

/// What the providers of one configuration share.
#[derive(Clone)]
pub struct Surroundings {
    /// The folder that relative paths start from.
    pub dir: PathBuf,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Servers. Rehearsals put in one that stands in for some of them.
    pub servers: Arc<dyn Servers>,
}

/// What one operation works with.
pub struct Cx {
    pub(crate) surroundings: Arc<Surroundings>,
    pub(crate) stopped: watch::Receiver<bool>,
    /// The provider's own configuration, once it has one.
    pub(crate) config: Option<Arc<Obj>>,
    pub(crate) warnings: Mutex<Diagnostics>,
}

impl Cx {
    /// A path as the process takes it.
    pub fn path(&self, path: &str) -> PathBuf {
        self.surroundings.dir.join(Path::new(path))
    }

    /// Seconds since 1970.
    pub fn now(&self) -> i64 {
        let since = self.surroundings.clock.now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
    }

    /// Waits; `false` when it was asked to end before that.
    pub async fn wait(&self, how_long: Duration) -> bool {
        self.unless_stopped(self.surroundings.clock.sleep(how_long)).await.is_some()
    }

    /// Does something; `None` when it was asked to end before it was done.
    pub async fn unless_stopped<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        let mut stopped = self.stopped.clone();
        tokio::select! {
            biased;
            result = work => Some(result),
            // Where nobody can ask any more, nothing ends it.
            _ = async { if stopped.wait_for(|s| *s).await.is_err() { std::future::pending::<()>().await } } => None,
        }
    }

    /// Says something that is no failure.
    pub fn warn(&self, summary: &str, detail: impl Into<String>) {
        self.warnings.lock().unwrap_or_else(PoisonError::into_inner).push(Diagnostic::warning(summary, detail));
    }

    /// The provider's own configuration.
    pub fn config(&self) -> Option<&Obj> {
        self.config.as_deref()
    }
}
