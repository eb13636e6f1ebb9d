//! Plans that destroy everything, or targets with what depends on them.

use std::collections::HashSet;

use craton_model::addr::{ConfigResource, ResourceInstance, ResourceMode};
use craton_model::plan::{ActionReason, ResourceChange};

use crate::orphans;
use crate::plan::Planner;

/// One deletion for each object of the state that is meant.
pub async fn changes(planner: &Planner<'_>) -> Vec<ResourceChange> {
    let meant: Option<HashSet<ConfigResource>> = (!planner.targets.is_empty()).then(|| {
        let named =
            planner.state.instances().map(|(addr, ..)| addr).filter(|a| planner.targets.iter().any(|t| t.includes(a)));
        named.map(|a| a.config()).collect()
    });
    let is_meant = |addr: &ResourceInstance, dependencies: &[ConfigResource]| match &meant {
        None => true,
        Some(meant) => {
            planner.targets.iter().any(|t| t.includes(addr)) || dependencies.iter().any(|d| meant.contains(d))
        }
    };
    let mut wanted: Vec<orphans::Unwanted<'_>> = Vec::new();
    for (addr, resource, instance) in planner.state.instances() {
        if addr.resource.mode != ResourceMode::Managed {
            continue;
        }
        let current = instance.current.iter().map(|o| (None, o));
        for (deposed, object) in current.chain(instance.deposed.iter().map(|(k, o)| (Some(k.clone()), o))) {
            if is_meant(&addr, &object.dependencies) {
                wanted.push((addr.clone(), deposed, resource, ActionReason::None));
            }
        }
    }
    orphans::removals(planner, wanted).await
}
