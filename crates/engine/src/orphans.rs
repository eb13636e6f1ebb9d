//! Objects of the state that the configuration no longer has, and deposed objects.

use std::sync::{Arc, PoisonError};

use craton_config::{ModuleTree, Removed, RemovedTarget};
use craton_model::addr::{AbsResource, ConfigResource, InstanceKey, ModulePath, ResourceInstance, ResourceMode};
use craton_model::plan::{Action, ActionReason, ResourceChange};
use craton_model::state::ResourceState;
use craton_model::{Diagnostic, Diagnostics, Value};
use craton_provider::PlanRequest;
use futures_util::{StreamExt, stream};

use crate::object;
use crate::plan::Planner;
use crate::plan_managed::prevented;
use crate::providers;
use crate::table::Repetition;
use crate::walk::guarded;

/// Plans the end of all orphans and deposed objects.
pub async fn changes(planner: &Planner<'_>) -> Vec<ResourceChange> {
    let mut wanted: Vec<Unwanted<'_>> = Vec::new();
    for (addr, resource, instance) in planner.state.instances() {
        if addr.resource.mode != ResourceMode::Managed || !planner.is_target(&addr) {
            continue;
        }
        for deposed in instance.deposed.keys() {
            wanted.push((addr.clone(), Some(deposed.clone()), resource, ActionReason::None));
        }
        if instance.current.is_some()
            && let Some(reason) = orphaned(planner, &addr)
        {
            wanted.push((addr, None, resource, reason));
        }
    }
    removals(planner, wanted).await
}

/// An object to be removed: the instance, its deposed key, the resource, and why.
pub type Unwanted<'a> = (ResourceInstance, Option<Arc<str>>, &'a ResourceState, ActionReason);

/// Plans the removal of several objects.
pub async fn removals(planner: &Planner<'_>, unwanted: Vec<Unwanted<'_>>) -> Vec<ResourceChange> {
    let mut work = Vec::with_capacity(unwanted.len());
    for (addr, deposed, resource, reason) in unwanted {
        work.push(removal(planner, addr, deposed, resource, reason));
    }
    let planned: Vec<_> = stream::iter(work).buffered(planner.parallelism()).collect().await;
    let mut changes = Vec::new();
    for result in planned {
        match result {
            Ok(change) => changes.extend(change),
            Err(found) => planner.walk.report(found),
        }
    }
    changes
}

/// Drops data sources that are no longer in the configuration: there is nothing to destroy.
pub fn forget_data(planner: &Planner<'_>) {
    for (addr, resource, _) in planner.state.instances() {
        let data = addr.resource.mode == ResourceMode::Data;
        if data && planner.is_target(&addr) && orphaned(planner, &addr).is_some() {
            planner.objects.edit(|state| state.set_current(&addr, &resource.provider, None));
        }
    }
}

/// Why an instance is not desired; `None` when it is, or when that could not be decided.
fn orphaned(planner: &Planner<'_>, addr: &ResourceInstance) -> Option<ActionReason> {
    let walk = &planner.walk;
    let config = addr.config();
    let Some(node) = walk.graph.resource(&config) else {
        return Some(if planner.moves.previous(addr).is_some() {
            ActionReason::DeleteBecauseNoMoveTarget
        } else {
            ActionReason::DeleteBecauseNoResourceConfig
        });
    };
    let instances = walk.module_instances(&config.module);
    if !module_visited(planner, &config.module) {
        return None;
    }
    if !instances.contains(&addr.module) {
        return Some(ActionReason::DeleteBecauseNoModule);
    }
    if config.resource.mode == ResourceMode::Data {
        let block = walk.tree.get(&config.module)?.module.resources.get(&config.resource)?;
        let value = walk.table.value(node, &addr.module)?;
        let there = match &addr.key {
            InstanceKey::None => block.count.is_none() && block.for_each.is_none(),
            InstanceKey::Int(i) => block.count.is_some() && value.len().is_none_or(|n| (*i as usize) < n),
            InstanceKey::Str(k) => block.for_each.is_some() && (value.get(k).is_some() || !value.is_known()),
        };
        return (!there).then_some(ActionReason::DeleteBecauseWrongRepetition);
    }
    let repetitions = planner.repetitions.lock().unwrap_or_else(PoisonError::into_inner);
    let repetition = repetitions.get(&AbsResource { module: addr.module.clone(), resource: addr.resource.clone() })?;
    if repetition.instance(&addr.key).is_some() {
        return None;
    }
    Some(match (repetition, &addr.key) {
        (Repetition::Count(_), InstanceKey::Int(_)) => ActionReason::DeleteBecauseCountIndex,
        (Repetition::ForEach(_), InstanceKey::Str(_)) => ActionReason::DeleteBecauseEachKey,
        _ => ActionReason::DeleteBecauseWrongRepetition,
    })
}

fn module_visited(planner: &Planner<'_>, path: &ModulePath) -> bool {
    let (Some(name), Some(parent)) = (path.0.last(), path.parent()) else { return true };
    let graph = &planner.walk.graph;
    let call = graph.modules.get(&parent).and_then(|m| m.calls.get(name));
    call.is_some_and(|c| planner.walk.table.modules(c.expand).is_some()) && module_visited(planner, &parent)
}

/// The `removed` block about a resource, if there is one.
pub fn removed_block<'t>(tree: &'t ModuleTree, addr: &ConfigResource) -> Option<&'t Removed> {
    let absolute = |base: &ModulePath, path: &ModulePath| -> Vec<Arc<str>> {
        base.0.iter().chain(path.0.iter()).cloned().collect()
    };
    tree.modules().find_map(|m| {
        m.module.removed.iter().find(|r| match &r.from {
            RemovedTarget::Resource(target) => {
                target.resource == addr.resource && absolute(&m.path, &target.module)[..] == addr.module.0[..]
            }
            RemovedTarget::Module(path) => addr.module.0.starts_with(&absolute(&m.path, path)),
        })
    })
}

/// Plans the end of one object.
async fn removal(
    planner: &Planner<'_>,
    addr: ResourceInstance,
    deposed: Option<Arc<str>>,
    resource: &ResourceState,
    reason: ActionReason,
) -> Result<Option<ResourceChange>, Diagnostics> {
    let addr = &addr;
    if planner.objects.is_failed(addr) {
        return Ok(None);
    }
    let provider = &resource.provider;
    if !providers::is_present(&planner.walk.tree, provider) {
        return Err(providers::not_present(provider, addr).into());
    }
    let walk = &planner.walk;
    let Some(configured) = walk.graph.providers.get(provider).and_then(|n| walk.table.provider(*n)) else {
        return Ok(None);
    };
    let Some(schema) = walk.schemas.resource(&provider.provider, &addr.resource) else { return Ok(None) };
    let Some(object) = planner.objects.get(addr, deposed.as_ref()) else { return Ok(None) };
    let none = Value::null(schema.block.implied_type().clone());
    let forget = reason != ActionReason::None
        && planner.options.mode != craton_model::plan::PlanMode::Destroy
        && removed_block(&walk.tree, &addr.config()).is_some_and(|r| !r.destroy);
    let block = walk.tree.get(&addr.module.path()).and_then(|m| m.module.resources.get(&addr.resource));
    let mut found = Diagnostics::new();
    let mut private = object.private.clone();
    if !forget {
        if let Some(block) = block.filter(|b| b.lifecycle.prevent_destroy && deposed.is_none()) {
            found.push(prevented(addr, block));
        }
        let request = PlanRequest {
            addr: addr.clone(),
            r#type: addr.resource.r#type.clone(),
            prior: object.value.clone().unmark_deep().0,
            proposed: none.clone(),
            config: none.clone(),
            private: object.private.clone(),
        };
        let p = walk.overrides.provider(configured, addr);
        let answer = guarded(async move { p.plan(request).await }).await.map_err(|d| d.for_address(addr))?;
        found.extend(answer.diagnostics.into_iter().map(|d| d.for_address(addr)));
        if !answer.planned.is_null() {
            found.push(
                Diagnostic::error(
                    "Provider produced invalid plan",
                    format!(
                        "The provider {} planned a non-null destroy value for {addr}. This is a bug in the provider.",
                        provider.provider.short()
                    ),
                )
                .for_address(addr),
            );
        }
        private = answer.private;
    }
    let change = ResourceChange {
        addr: addr.clone(),
        previous_addr: if deposed.is_none() { planner.previous(addr) } else { None },
        deposed,
        provider: provider.clone(),
        action: if forget { Action::Forget } else { Action::Delete },
        reason,
        before: object::mark_schema(&object.value, &schema.block),
        after: none,
        replace_paths: Vec::new(),
        private,
        importing: None,
        generated_config: None,
    };
    if found.has_errors() {
        planner.keep_failed(change);
        return Err(found);
    }
    walk.report(found);
    Ok(Some(change))
}
