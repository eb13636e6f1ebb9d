//! Plans that destroy everything, or targets with what depends on them.

use std::collections::{HashMap, HashSet};

use craton_model::addr::{ConfigResource, ModuleInstance, ResourceInstance, ResourceMode};
use craton_model::plan::{ActionReason, ResourceChange};

use crate::orphans;
use crate::plan::Planner;

/// One deletion for each object of the state that is meant.
pub async fn changes(planner: &Planner<'_>) -> Vec<ResourceChange> {
    // What the targets name, by resource: the modules that it is in.
    let meant: Option<HashMap<ConfigResource, HashSet<ModuleInstance>>> = (!planner.targets.is_empty()).then(|| {
        let mut meant: HashMap<ConfigResource, HashSet<ModuleInstance>> = HashMap::new();
        for (addr, ..) in planner.state.instances() {
            if planner.targets.iter().any(|t| t.includes(&addr)) {
                meant.entry(addr.config()).or_default().insert(addr.module);
            }
        }
        meant
    });
    let is_meant = |addr: &ResourceInstance, dependencies: &[ConfigResource]| match &meant {
        None => true,
        Some(meant) => {
            let depends =
                |d: &ConfigResource| meant.get(d).is_some_and(|all| all.iter().any(|m| related(m, &addr.module)));
            planner.targets.iter().any(|t| t.includes(addr)) || dependencies.iter().any(depends)
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

/// Whether something in module instance `b` is taken to depend on something in module instance `a`, given that its block
/// depends on the other's. Within one module instances keep to themselves; across modules a dependency goes through
/// outputs, of which Terraform's targets know no instances.
fn related(a: &ModuleInstance, b: &ModuleInstance) -> bool {
    a.path() != b.path() || a == b
}
