//! Data sources and ephemeral resources: read as soon as their configuration is known and nothing
//! they wait for is about to change.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Instant;

use craton_model::addr::{ConfigResource, ResourceInstance, ResourceMode};
use craton_model::plan::{Action, ActionReason, PlanMode, ResourceChange};
use craton_model::schema::{AttributeType, Block};
use craton_model::state::{ObjectState, ObjectStatus};
use craton_model::{Data, Diagnostic, Diagnostics, Event, Marks, Severity, Value};
use craton_provider::check;

use crate::checks::Subject;
use crate::evaluate::{ModuleScope, placed};
use crate::expand;
use crate::graph::{Node, NodeId};
use crate::object::{self, Object};
use crate::order::Visit;
use crate::plan::Planner;
use crate::plan_managed::{Desired, provider_broke, subjects_of};
use crate::resolve;
use crate::table::Outcome;
use crate::walk::{Phase, Walk, guarded};

/// Reads one data source (or opens one ephemeral resource) with a known configuration. Gives its
/// value with the marks of the configuration.
pub async fn read(
    walk: &Walk,
    desired: &Desired<'_>,
    addr: &ResourceInstance,
    config: &Value,
) -> Result<(Value, Diagnostics), Diagnostics> {
    let block = &desired.schema.block;
    let (plain, _) = config.clone().unmark_deep();
    let begun = Instant::now();
    walk.events.event(Event::ReadStart { addr: addr.clone() });
    let _permit = walk.permits.clone().acquire_owned().await;
    let (p, t, c) = (desired.provider(addr), addr.resource.r#type.clone(), plain.clone());
    let ephemeral = addr.resource.mode == ResourceMode::Ephemeral;
    let answer =
        guarded(async move { if ephemeral { p.open_ephemeral(&t, c).await } else { p.read_data(&t, c).await } });
    let (value, found) = answer.await.map_err(|d| d.for_address(addr))?;
    let found = placed(found, Some((&desired.block.body, desired.block.span)), block, addr);
    if found.has_errors() {
        return Err(found);
    }
    let mut breaches = check::conforms(block, &value);
    if breaches.is_empty() && !value.is_wholly_known() {
        breaches.push(check::Breach {
            path: craton_model::Path::default(),
            message: "the result is not wholly known".into(),
        });
    }
    if breaches.is_empty() && !desired.configured.provider.legacy_type_system() {
        // What a data source finds may differ from what is configured where both can say it: Terraform, too, takes an
        // "outputs" of terraform_remote_state, which what is read then replaces.
        let set = block
            .attributes
            .iter()
            .filter(|(name, a)| !ephemeral && a.computed && plain.get(name).is_some_and(|v| !v.is_null()));
        let expected = set.fold(plain.clone(), |v, (name, a)| v.with_attribute(name, Value::null(a.value_type())));
        breaches = check::follows_plan(block, &planned(block, &expected), &value);
    }
    if !breaches.is_empty() {
        let did = "returned an invalid object for";
        return Err(provider_broke("Provider produced invalid object", desired, addr, did, &breaches).into());
    }
    walk.events.event(Event::ReadDone { addr: addr.clone(), elapsed: begun.elapsed(), id: object::id_of(&value) });
    let value = object::copy_marks(config, &value);
    let value = if ephemeral { value.mark(Marks::EPHEMERAL) } else { value };
    Ok((value, found))
}

/// What can be said of a data source before it is read: what is configured, and unknown for what
/// the provider sets.
pub fn planned(block: &Block, config: &Value) -> Value {
    let Some(entries) = config.as_map() else { return config.clone() };
    let entries: Vec<(Arc<str>, Value)> = entries
        .iter()
        .map(|(k, v)| {
            let value = match (block.attributes.get(k), block.blocks.get(k)) {
                (Some(a), _) if a.computed && v.is_null() => Value::unknown(a.value_type()),
                (Some(a), _) => match &a.ty {
                    AttributeType::Nested(_, inner) if !v.is_null() => {
                        let object = Block::new(inner.as_ref().clone(), BTreeMap::new());
                        planned_each(&object, v)
                    }
                    _ => v.clone(),
                },
                (_, Some(nested)) => planned_each(&nested.block, v),
                _ => v.clone(),
            };
            (k.clone(), value)
        })
        .collect();
    let same = entries.iter().all(|(k, v)| config.ty().attribute(k) == Some(v.ty()));
    let object = if same {
        Value::with_type(config.ty().clone(), Data::Map(entries.into_iter().collect()))
    } else {
        Value::object(entries)
    };
    object.mark(config.marks())
}

fn planned_each(block: &Block, value: &Value) -> Value {
    use craton_model::Type;
    let rebuilt = match (value.data(), value.ty()) {
        (Data::Seq(items), Type::Set(t)) => Value::set(t.as_ref().clone(), items.iter().map(|v| planned(block, v))),
        (Data::Seq(items), Type::List(t)) => Value::list(t.as_ref().clone(), items.iter().map(|v| planned(block, v))),
        (Data::Seq(items), _) => Value::tuple(items.iter().map(|v| planned(block, v))),
        (Data::Map(entries), Type::Map(t)) => {
            Value::map(t.as_ref().clone(), entries.iter().map(|(k, v)| (k.clone(), planned(block, v))))
        }
        (Data::Map(_), _) => return planned(block, value),
        _ => return value.clone(),
    };
    rebuilt.mark(value.marks())
}

/// A data source's object for the state.
pub fn stored(value: &Value, desired: &Desired<'_>, addr: &ResourceInstance) -> Result<ObjectState, Diagnostic> {
    let object = Object {
        value: object::mark_schema(value, &desired.schema.block),
        status: ObjectStatus::Ready,
        private: Arc::default(),
        dependencies: Arc::default(),
        create_before_destroy: false,
    };
    object::encode(&object, desired.schema, addr)
}

impl Planner<'_> {
    /// Reads or plans all instances of a data source or ephemeral resource.
    pub async fn visit_data(&self, n: NodeId, addr: &ConfigResource) -> Visit {
        let Some(desired) = Desired::find(&self.walk, addr) else { return self.without_provider(addr) };
        let pending = self.pending(n);
        let mut values = HashMap::new();
        let (mut changes, mut failed) = (Vec::new(), false);
        let (mut subjects, mut expanded_all) = (Vec::new(), true);
        for module in self.walk.module_instances(&addr.module) {
            let Some(scope) = self.walk.scope(&module) else { continue };
            let expanded =
                expand::repetition(&scope, desired.block.count.as_ref(), desired.block.for_each.as_ref(), false);
            let repetition = match expanded {
                Ok((repetition, found)) => {
                    self.walk.report(found);
                    repetition
                }
                Err(found) => {
                    self.walk.report(found.into_iter().map(|d| d.for_address(addr)));
                    (failed, expanded_all) = (true, false);
                    continue;
                }
            };
            let mut all = Vec::new();
            let instances = repetition.instances();
            subjects.extend(subjects_of(&module, addr, &instances));
            let mut read = Vec::with_capacity(instances.len());
            for instance in &instances {
                let at = module.resource(addr.resource.clone()).instance(instance.key.clone());
                read.push(self.data_instance(&desired, scope.with_instance(instance), at, pending));
            }
            for result in futures_util::future::join_all(read).await {
                match result {
                    Ok((value, change)) => {
                        all.push(value);
                        changes.extend(change);
                    }
                    Err(found) => {
                        self.walk.report(found);
                        failed = true;
                    }
                }
            }
            if !failed {
                values.insert(module, repetition.collect(all));
            }
        }
        if expanded_all {
            self.checkable(addr, desired.block, subjects);
        }
        self.keep_changes(n, changes);
        if failed {
            return Visit::Failed;
        }
        self.walk.table.set(n, Outcome::Values(values));
        Visit::Done
    }

    /// Whether something is about to change that `depends_on` names or that the block itself refers to, even where the
    /// value is known (<https://developer.hashicorp.com/terraform/language/data-sources#data-resource-behavior>).
    fn pending(&self, n: NodeId) -> bool {
        let named = resolve::explicit_resources(&self.walk.graph, n);
        let referred = self.walk.graph.deps[n].iter().copied();
        named.into_iter().chain(referred).any(|d| {
            let managed =
                matches!(&self.walk.graph.nodes[d], Node::Resource(r) if r.resource.mode == ResourceMode::Managed);
            managed && self.changes[d].get().is_some_and(|c| c.iter().any(|c| c.action != Action::NoOp))
        })
    }

    async fn data_instance(
        &self,
        desired: &Desired<'_>,
        scope: ModuleScope<'_>,
        addr: ResourceInstance,
        pending: bool,
    ) -> Result<(Value, Option<ResourceChange>), Diagnostics> {
        let block = &desired.schema.block;
        let lifecycle = &desired.block.lifecycle;
        let mut found = Diagnostics::new();
        if !lifecycle.preconditions.is_empty() {
            let subject = Subject::resource(&addr);
            let failed = "Resource precondition failed";
            found.extend(self.walk.checks.evaluate(&scope, &subject, &lifecycle.preconditions, failed));
            if found.has_errors() {
                return Err(found);
            }
        }
        let (config, more) = desired.config(&scope, &addr).await?;
        found.extend(more);
        let in_check = desired.block.check.is_some();
        let known = config.is_wholly_known() && desired.configured.known;
        let ephemeral = addr.resource.mode == ResourceMode::Ephemeral;
        let waits = pending && self.options.mode == PlanMode::Normal;
        if known && !waits {
            let answer = read(&self.walk, desired, &addr, &config).await;
            let (value, more) = match answer {
                Ok(answer) => answer,
                // Whatever goes wrong for a check must not stop the rest.
                Err(failed) if in_check => {
                    found.extend(unread(&self.walk, desired, &addr, failed));
                    self.walk.report(found);
                    let provider = desired.configured.addr.clone();
                    let record = stored(&config, desired, &addr)?;
                    self.objects.edit(|state| state.set_current(&addr, &provider, Some(record)));
                    let after = object::mark_schema(&planned(block, &config), block);
                    let change = self.read_again(desired, addr, &after);
                    return Ok((after, change));
                }
                Err(failed) => return Err(failed),
            };
            found.extend(more);
            let value = object::mark_schema(&value, block);
            if !lifecycle.postconditions.is_empty() {
                let subject = Subject::resource(&addr);
                let scope = scope.with_this(&value);
                let failed = "Resource postcondition failed";
                found.extend(self.walk.checks.evaluate(&scope, &subject, &lifecycle.postconditions, failed));
                if found.has_errors() {
                    return Err(found);
                }
            }
            if !ephemeral {
                let stored = stored(&value, desired, &addr)?;
                let provider = desired.configured.addr.clone();
                self.objects.edit(|state| state.set_current(&addr, &provider, Some(stored)));
            }
            self.walk.report(found);
            let change = if in_check { self.read_again(desired, addr, &value) } else { None };
            return Ok((value, change));
        }
        self.walk.report(found);
        let after = object::mark_schema(&planned(block, &config), block);
        if ephemeral || self.walk.phase == Phase::Eval || self.options.mode == PlanMode::RefreshOnly {
            let value = if ephemeral { after.mark(Marks::EPHEMERAL) } else { after };
            return Ok((value, None));
        }
        let reason =
            if known { ActionReason::ReadBecauseDependencyPending } else { ActionReason::ReadBecauseConfigUnknown };
        // What was read before is out of date: it is read anew by the apply.
        let provider = desired.configured.addr.clone();
        self.objects.edit(|state| state.set_current(&addr, &provider, None));
        let change = reading(desired, addr, reason, &after);
        Ok((after, Some(change)))
    }

    /// The data source of a check is read once more by the apply, so that the check is made of what is there then.
    fn read_again(&self, desired: &Desired<'_>, addr: ResourceInstance, after: &Value) -> Option<ResourceChange> {
        let applies = self.walk.phase == Phase::Plan && self.options.mode == PlanMode::Normal;
        applies.then(|| reading(desired, addr, ActionReason::ReadBecauseCheckNested, after))
    }
}

/// A data source that the apply reads.
fn reading(desired: &Desired<'_>, addr: ResourceInstance, reason: ActionReason, after: &Value) -> ResourceChange {
    ResourceChange {
        addr,
        deposed: None,
        previous_addr: None,
        provider: desired.configured.addr.clone(),
        action: Action::Read,
        reason,
        before: Value::null(desired.schema.block.implied_type().clone()),
        after: after.clone(),
        replace_paths: Vec::new(),
        private: Arc::default(),
        importing: None,
        generated_config: None,
    }
}

/// What is said of the data source of a check that could not be read: the check fails, and nothing else does.
pub fn unread(walk: &Walk, desired: &Desired<'_>, addr: &ResourceInstance, failed: Diagnostics) -> Diagnostics {
    if let Some(check) = &desired.block.check {
        walk.checks.unread(&addr.module, check, &failed);
    }
    failed.into_iter().map(|d| Diagnostic { severity: Severity::Warning, ..d }).collect()
}
