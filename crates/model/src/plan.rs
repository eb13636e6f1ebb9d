//! What is about to be done.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value as Json;

use crate::addr::{ModuleInstance, ProviderConfigAddr, Resource, ResourceInstance};
use crate::diag::Diagnostic;
use crate::path::Path;
use crate::state::State;
use crate::value::Value;

/// What a plan is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PlanMode {
    /// Make the world as the configuration says.
    #[default]
    Normal,
    /// Delete everything in the state.
    Destroy,
    /// Bring the state up to date, change nothing.
    RefreshOnly,
}

/// What is done to one object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Action {
    /// Nothing.
    NoOp,
    /// Create.
    Create,
    /// Read a data source during apply.
    Read,
    /// Update in place.
    Update,
    /// Delete.
    Delete,
    /// Replace: delete first.
    DeleteThenCreate,
    /// Replace: create first.
    CreateThenDelete,
    /// Drop from the state without deleting.
    Forget,
}

impl Action {
    /// Either kind of replacement.
    pub fn is_replace(self) -> bool {
        matches!(self, Action::DeleteThenCreate | Action::CreateThenDelete)
    }
}

/// Why an action was chosen, in the words of the plan format
/// (<https://developer.hashicorp.com/terraform/internals/json-format>).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs, reason = "each is a term of the plan format, which defines it")]
pub enum ActionReason {
    #[default]
    None,
    ReplaceBecauseTainted,
    ReplaceByRequest,
    ReplaceByTriggers,
    ReplaceBecauseCannotUpdate,
    DeleteBecauseNoResourceConfig,
    DeleteBecauseWrongRepetition,
    DeleteBecauseCountIndex,
    DeleteBecauseEachKey,
    DeleteBecauseNoModule,
    DeleteBecauseNoMoveTarget,
    ReadBecauseConfigUnknown,
    ReadBecauseDependencyPending,
    ReadBecauseCheckNested,
}

impl ActionReason {
    /// The `action_reason` of the plan format; `None` where the format has none.
    pub fn as_str(self) -> Option<&'static str> {
        use ActionReason as R;
        Some(match self {
            R::None => return None,
            R::ReplaceBecauseTainted => "replace_because_tainted",
            R::ReplaceByRequest => "replace_by_request",
            R::ReplaceByTriggers => "replace_by_triggers",
            R::ReplaceBecauseCannotUpdate => "replace_because_cannot_update",
            R::DeleteBecauseNoResourceConfig => "delete_because_no_resource_config",
            R::DeleteBecauseWrongRepetition => "delete_because_wrong_repetition",
            R::DeleteBecauseCountIndex => "delete_because_count_index",
            R::DeleteBecauseEachKey => "delete_because_each_key",
            R::DeleteBecauseNoModule => "delete_because_no_module",
            R::DeleteBecauseNoMoveTarget => "delete_because_no_move_target",
            R::ReadBecauseConfigUnknown => "read_because_config_unknown",
            R::ReadBecauseDependencyPending => "read_because_dependency_pending",
            R::ReadBecauseCheckNested => "read_because_check_nested",
        })
    }
}

/// The change planned for one resource instance object.
#[derive(Clone, Debug, PartialEq)]
pub struct ResourceChange {
    /// Which instance.
    pub addr: ResourceInstance,
    /// The deposed object it is about, if it is not the current one.
    pub deposed: Option<Arc<str>>,
    /// Where the instance stood before a `moved` block (or an implied move) applied.
    pub previous_addr: Option<ResourceInstance>,
    /// Who carries it out.
    pub provider: ProviderConfigAddr,
    /// What is done.
    pub action: Action,
    /// Why.
    pub reason: ActionReason,
    /// The object before, with marks; null where there is none.
    pub before: Value,
    /// The object after, with unknowns and marks; null where there is none.
    pub after: Value,
    /// The attributes because of which it must be replaced.
    pub replace_paths: Vec<Path>,
    /// What the provider wants to see again when the change is applied.
    pub private: Arc<[u8]>,
    /// The id it is imported by.
    pub importing: Option<String>,
    /// Configuration that was generated for an import.
    pub generated_config: Option<String>,
}

/// A change of a root output.
#[derive(Clone, Debug, PartialEq)]
pub struct OutputChange {
    /// NoOp, Create, Update or Delete.
    pub action: Action,
    /// Value before; null where there is none.
    pub before: Value,
    /// Value after, with unknowns; null where there is none.
    pub after: Value,
    /// Whether it is declared sensitive (before or after).
    pub sensitive: bool,
}

/// An attribute whose value decided something in this plan.
#[derive(Clone, Debug, PartialEq)]
pub struct RelevantAttribute {
    /// The resource, as the configuration refers to it.
    pub resource: String,
    /// The attribute.
    pub attribute: Path,
}

/// A whole plan.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// What it is for.
    pub mode: PlanMode,
    /// Changes in address order, those that do nothing included.
    pub changes: Vec<ResourceChange>,
    /// What had changed outside of Terraform.
    pub drift: Vec<ResourceChange>,
    /// Changes of root outputs.
    pub outputs: BTreeMap<Arc<str>, OutputChange>,
    /// Root variables as they were given, after conversion; ephemeral ones are left out.
    pub variables: BTreeMap<Arc<str>, Value>,
    /// Ephemeral root variables that were given a value: they must be given one again to apply the plan.
    pub apply_variables: Vec<Arc<str>>,
    /// The state as it was read, before refreshing.
    pub previous_state: Arc<State>,
    /// The state after refreshing, which the plan started from.
    pub prior_state: Arc<State>,
    /// `-target` addresses, as typed.
    pub targets: Vec<String>,
    /// `-replace` addresses, as typed.
    pub replace: Vec<String>,
    /// When the plan was made, RFC 3339, UTC: what `plantimestamp()` gives.
    pub timestamp: String,
    /// Results of checks, in the form of the plan format.
    pub checks: Vec<Json>,
    /// Attributes that decided something.
    pub relevant: Vec<RelevantAttribute>,
    /// Whether it can be applied (nothing failed while it was made).
    pub errored: bool,
    /// Findings that did not stop it.
    pub warnings: Vec<Diagnostic>,
}

/// How many objects a plan touches.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs, reason = "each names its count")]
pub struct ChangeCounts {
    pub import: usize,
    pub add: usize,
    pub change: usize,
    pub destroy: usize,
    pub forget: usize,
}

impl ChangeCounts {
    /// Counts one change more, as [`Plan::counts`] does.
    pub fn count(&mut self, change: &ResourceChange) {
        self.import += usize::from(change.importing.is_some());
        match change.action {
            Action::NoOp | Action::Read => {}
            Action::Create => self.add += 1,
            Action::Update => self.change += 1,
            Action::Delete => self.destroy += 1,
            Action::Forget => self.forget += 1,
            Action::DeleteThenCreate | Action::CreateThenDelete => {
                self.add += 1;
                self.destroy += 1;
            }
        }
    }
}

impl Plan {
    /// Whether planning came far enough to decide anything. A plan that failed before that (a target that is no address, say) is not
    /// worth replacing another one's file.
    pub fn decided_something(&self) -> bool {
        !(self.changes.is_empty() && self.drift.is_empty() && self.outputs.is_empty())
    }

    /// Counts as "N to add, N to change, N to destroy" counts: a replacement is one to add and
    /// one to destroy, reads do not count.
    pub fn counts(&self) -> ChangeCounts {
        let mut c = ChangeCounts::default();
        for change in &self.changes {
            c.count(change);
        }
        c
    }

    /// Whether applying it does anything: to an object, to an output, or to the state (a move or
    /// an import).
    pub fn has_changes(&self) -> bool {
        self.changes.iter().any(|c| c.action != Action::NoOp || c.importing.is_some() || c.previous_addr.is_some())
            || self.outputs.values().any(|o| o.action != Action::NoOp)
            || (self.mode == PlanMode::RefreshOnly && !self.drift.is_empty())
    }
}

/// A change as the lists of `show -json` group it: by module, then resource.
pub fn sort_key(c: &ResourceChange) -> (&ModuleInstance, &Resource, &crate::addr::InstanceKey, &Option<Arc<str>>) {
    (&c.addr.module, &c.addr.resource, &c.addr.key, &c.deposed)
}
