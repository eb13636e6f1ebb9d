//! What happens while the engine works, for whoever shows or records it.

use std::sync::Arc;
use std::time::Duration;

use crate::addr::ResourceInstance;
use crate::diag::Diagnostic;
use crate::plan::Action;

/// One event. Durations are wall-clock time of the operation they end.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Event {
    /// Objects are about to be read; sent once per batch.
    RefreshStart {
        /// Which instances, with the id each is known by.
        instances: Vec<(ResourceInstance, Option<String>)>,
    },
    /// A batch was read.
    RefreshDone {
        /// How many objects.
        count: usize,
        /// How long it took.
        elapsed: Duration,
    },
    /// One object of a batch was read.
    Refreshed {
        /// Which.
        addr: ResourceInstance,
        /// The id it is known by.
        id: Option<String>,
    },
    /// A data source is being read.
    ReadStart {
        /// Which.
        addr: ResourceInstance,
    },
    /// A data source was read.
    ReadDone {
        /// Which.
        addr: ResourceInstance,
        /// How long it took.
        elapsed: Duration,
        /// Its id, if it has one.
        id: Option<String>,
    },
    /// The changes of an apply are known, and none has begun.
    ApplyPlanned {
        /// Each change, and what only orders them.
        items: Vec<ApplyItem>,
    },
    /// A change begins.
    ApplyStart {
        /// Which instance.
        addr: ResourceInstance,
        /// The deposed object, if it is about one.
        deposed: Option<Arc<str>>,
        /// Create, Update or Delete (a replacement is two changes).
        action: Action,
        /// The id before the change.
        id: Option<String>,
    },
    /// A change ended well.
    ApplyDone {
        /// Which instance.
        addr: ResourceInstance,
        /// The deposed object, if it is about one.
        deposed: Option<Arc<str>>,
        /// As in `ApplyStart`.
        action: Action,
        /// The id after the change (before it, for a deletion).
        id: Option<String>,
        /// How long it took.
        elapsed: Duration,
    },
    /// A change failed; its diagnostics come with the result of the apply.
    ApplyErrored {
        /// Which instance.
        addr: ResourceInstance,
        /// The deposed object, if it is about one.
        deposed: Option<Arc<str>>,
        /// As in `ApplyStart`.
        action: Action,
        /// How long it took.
        elapsed: Duration,
    },
    /// A provisioner begins.
    ProvisionStart {
        /// Which instance.
        addr: ResourceInstance,
        /// Provisioner type.
        provisioner: String,
    },
    /// A line that a provisioner printed.
    ProvisionOutput {
        /// Which instance.
        addr: ResourceInstance,
        /// Provisioner type.
        provisioner: String,
        /// The line.
        line: String,
    },
    /// A provisioner ended.
    ProvisionDone {
        /// Which instance.
        addr: ResourceInstance,
        /// Provisioner type.
        provisioner: String,
        /// Whether it succeeded.
        success: bool,
    },
    /// The state was written.
    StateSaved {
        /// Serial of what was written.
        serial: u64,
    },
    /// Something to tell while work goes on.
    Note(Diagnostic),
}

/// A part of an apply: a change, or a point that others meet at.
#[derive(Clone, Debug, Default)]
pub struct ApplyItem {
    /// The change, as `ApplyStart` (or `ReadStart`) will name it; `None` for a point.
    pub change: Option<(ResourceInstance, Action)>,
    /// Positions of the items that it waits for.
    pub after: Vec<usize>,
}

/// Where events go. Called from many tasks at once; must not block for long.
pub trait EventSink: Send + Sync {
    /// Takes one event.
    fn event(&self, event: Event);
}

/// Drops all events.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoEvents;

impl EventSink for NoEvents {
    fn event(&self, _: Event) {}
}
