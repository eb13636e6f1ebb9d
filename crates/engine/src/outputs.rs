//! Changes of root outputs.

use std::collections::BTreeMap;
use std::sync::Arc;

use craton_model::addr::{ModuleInstance, ModulePath};
use craton_model::plan::{Action, OutputChange, PlanMode};
use craton_model::state::OutputValue;
use craton_model::{State, Type, Value};

use crate::walk::Walk;

/// What becomes of each root output. `everything` says that the plan is not limited to targets.
pub fn changes(walk: &Walk, state: &State, mode: PlanMode, everything: bool) -> BTreeMap<Arc<str>, OutputChange> {
    let mut all = BTreeMap::new();
    let root = ModulePath::root();
    let (Some(node), Some(index)) = (walk.tree.get(&root), walk.graph.modules.get(&root)) else { return all };
    for (name, before) in &state.outputs {
        let gone = mode == PlanMode::Destroy || !node.module.outputs.contains_key(name);
        if gone && everything {
            all.insert(name.clone(), deleted(before));
        }
    }
    if mode == PlanMode::Destroy {
        return all;
    }
    for output in node.module.outputs.values().filter(|o| !o.ephemeral) {
        let Some(n) = index.outputs.get(&output.name) else { continue };
        let Some(after) = walk.table.value(*n, &ModuleInstance::root()) else { continue };
        let (after, _) = after.clone().unmark_deep();
        let before = state.outputs.get(&output.name);
        let before_value = before.map_or_else(|| Value::null(Type::Dynamic), |b| b.value.clone());
        let same_marks = before.is_none_or(|b| b.sensitive == output.sensitive);
        let action = match (before_value.is_null(), after.is_null()) {
            (true, true) => Action::NoOp,
            (true, false) => Action::Create,
            _ if after.is_wholly_known() && after == before_value && same_marks => Action::NoOp,
            _ => Action::Update,
        };
        let sensitive = output.sensitive || before.is_some_and(|b| b.sensitive);
        all.insert(output.name.clone(), OutputChange { action, before: before_value, after, sensitive });
    }
    all
}

fn deleted(before: &OutputValue) -> OutputChange {
    OutputChange {
        action: Action::Delete,
        before: before.value.clone(),
        after: Value::null(Type::Dynamic),
        sensitive: before.sensitive,
    }
}

/// Brings the outputs of a state up to date as far as they are known while planning: that is the
/// state the plan starts from.
pub fn known_now(walk: &Walk, changes: &BTreeMap<Arc<str>, OutputChange>, state: &mut State) {
    let Some(root) = walk.tree.root() else { return };
    for (name, change) in changes.iter().filter(|(_, c)| c.after.is_wholly_known()) {
        let Some(output) = root.module.outputs.get(name) else { continue };
        if change.after.is_null() {
            state.outputs.remove(name);
        } else {
            let value = OutputValue { value: change.after.clone(), sensitive: output.sensitive };
            state.outputs.insert(name.clone(), value);
        }
    }
}
