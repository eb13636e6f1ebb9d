//! Carries a plan out: evaluates the configuration again as values become known, does the steps,
//! and keeps the state true to what exists after each.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

use craton_model::addr::{AbsResource, ConfigResource, InstanceKey, ModuleInstance, ResourceInstance, ResourceMode};
use craton_model::plan::{Action, PlanMode};
use craton_model::state::OutputValue;
use craton_model::{Diagnostic, Diagnostics, Event, Plan, State, Value};

use crate::checks::Subject;
use crate::graph::{Node, NodeId};
use crate::keeper::Keeper;
use crate::object::{self, Object};
use crate::order::{self, Visit};
use crate::plan::create_before_destroy;
use crate::plan_managed::Desired;
use crate::refresh::collected;
use crate::session::{Session, StateWriter};
use crate::steps::{self, Item, Steps};
use crate::table::{Instance, Outcome, Repetition};
use crate::walk::{Phase, Walk};
use crate::{checks, expand, plan_data, providers};

/// An apply under way.
pub struct Applier<'s> {
    pub session: &'s Session,
    pub plan: &'s Plan,
    pub walk: Walk,
    pub steps: Steps,
    pub keeper: Keeper<'s>,
    /// Objects as values, as they are now.
    pub objects: Mutex<HashMap<ResourceInstance, Object>>,
    /// Keys under which replaced objects were set aside.
    pub deposed: Mutex<HashMap<ResourceInstance, Arc<str>>>,
    pub repetitions: Mutex<HashMap<AbsResource, Arc<Repetition>>>,
    /// What each resource depends on, for the state.
    pub dependencies: HashMap<NodeId, Arc<[ConfigResource]>>,
    pub create_before_destroy: Vec<bool>,
    /// Instances that the plan leaves as they are.
    unchanged: HashSet<ResourceInstance>,
}

/// Carries a plan out; gives the state as it is afterwards. The walk is there if it began.
pub async fn apply(session: &Session, plan: &Plan, writer: &dyn StateWriter) -> (State, Diagnostics, Option<Walk>) {
    let state = plan.prior_state.as_ref().clone();
    let before = || plan.previous_state.as_ref().clone();
    if plan.errored {
        let d = Diagnostic::error(
            "Cannot apply incomplete plan",
            "Errors were found when this plan was made, so it does not say all that would have to be done. Correct them and make a \
             new plan.",
        );
        return (before(), d.into(), None);
    }
    let (graph, schemas, found) = session.resolve(&state).await;
    if found.has_errors() {
        return (before(), found, None);
    }
    let steps = steps::compile(plan, &graph, &session.options.tree);
    if let Some(d) = steps.cycle() {
        return (before(), d.into(), None);
    }
    session.options.events.event(Event::ApplyPlanned { items: steps.announced() });
    let mut walk = session.walk(Phase::Apply, graph.clone(), schemas);
    walk.checks = checks::Checks::planned(&session.options.tree, &plan.checks);
    let root = session.options.tree.root();
    let ephemeral = |name: &Arc<str>| root.and_then(|r| r.module.variables.get(name)).is_some_and(|v| v.ephemeral);
    let kept = plan.variables.iter().filter(|(name, _)| !ephemeral(name));
    walk.variables.extend(kept.map(|(k, v)| (k.clone(), v.clone())));
    let missing = plan.apply_variables.iter().filter(|name| !session.options.variables.contains_key(*name));
    let missing: Diagnostics = missing.map(|name| not_given_again(name)).collect();
    if missing.has_errors() {
        return (before(), missing, None);
    }
    let applier = Applier {
        session,
        plan,
        create_before_destroy: create_before_destroy(&walk, &steps.included),
        steps,
        keeper: Keeper::new(state, writer, session.options.events.as_ref()),
        objects: Mutex::default(),
        deposed: Mutex::default(),
        repetitions: Mutex::default(),
        dependencies: graph.resource_dependencies(),
        unchanged: plan.changes.iter().filter(|c| c.action == Action::NoOp).map(|c| c.addr.clone()).collect(),
        walk,
    };
    let skipped = {
        let work = order::walk(&applier.steps.deps, |i| applier.visit(i));
        tokio::pin!(work);
        tokio::select! {
            skipped = &mut work => skipped,
            () = session.options.cancel.urgent() => {
                applier.stop().await;
                work.await
            }
        }
    };
    applier.finish(&skipped).await
}

fn not_given_again(name: &str) -> Diagnostic {
    Diagnostic::error(
        "No value for required variable",
        format!(
            "The ephemeral variable {name:?} was given a value when the plan was made. Plans do not keep ephemeral values, so it \
             must be given one again to apply the plan, with -var or in the environment as TF_VAR_{name}."
        ),
    )
}

impl Applier<'_> {
    async fn visit(&self, i: usize) -> Visit {
        match self.steps.items[i] {
            Item::Gate => Visit::Done,
            Item::Node(n) if !self.steps.included[n] => Visit::Done,
            Item::Node(n) => self.visit_node(n).await,
            Item::Step(s) => self.step(&self.steps.steps[s]).await,
        }
    }

    async fn visit_node(&self, n: NodeId) -> Visit {
        match &self.walk.graph.nodes[n] {
            Node::Provider(addr) => {
                if !providers::is_present(&self.walk.tree, addr) {
                    return Visit::Done;
                }
                match providers::configure(&self.walk, &self.session.options.registry, addr, true).await {
                    Ok(configured) => {
                        if let Some(configured) = configured {
                            self.walk.table.set(n, Outcome::Provider(Arc::new(configured)));
                        }
                        Visit::Done
                    }
                    Err(found) => {
                        self.walk.report(found);
                        Visit::Failed
                    }
                }
            }
            Node::Resource(addr) => self.collect(n, addr).await,
            Node::Output(path, name) if path.is_root() => {
                let visit = self.walk.visit_value(n);
                if visit == Visit::Done {
                    self.output(n, name);
                }
                visit
            }
            _ => self.walk.visit_value(n),
        }
    }

    /// Puts a root output's value into the state.
    fn output(&self, n: NodeId, name: &Arc<str>) {
        let Some(root) = self.walk.tree.root() else { return };
        let Some(output) = root.module.outputs.get(name).filter(|o| !o.ephemeral) else { return };
        let Some(value) = self.walk.table.value(n, &ModuleInstance::root()) else { return };
        let (value, _) = value.clone().unmark_deep();
        // A function of an untyped null has no known result even now; Terraform keeps that as null.
        let value = if value.is_wholly_known() {
            value
        } else {
            value.transform(&mut |_, v| if v.is_known() { v } else { Value::null(v.ty().clone()) })
        };
        if object::infinite(&value).is_some() {
            let detail =
                format!("The value of output {name:?} is or contains an infinite number, which a state cannot hold.");
            self.walk.report([Diagnostic::error("Failed to save state", detail).at(output.value.span())]);
            return;
        }
        let sensitive = output.sensitive;
        self.keeper.change(|state| {
            if value.is_null() {
                state.outputs.remove(name);
            } else {
                state.outputs.insert(name.clone(), OutputValue { value, sensitive });
            }
        });
    }

    /// The value of a resource, once all steps on its instances are done.
    async fn collect(&self, n: NodeId, addr: &ConfigResource) -> Visit {
        let mut values = HashMap::new();
        for module in self.walk.module_instances(&addr.module) {
            let resource = module.resource(addr.resource.clone());
            let value = match self.plan.mode {
                PlanMode::Normal => self.collect_desired(&resource, addr).await,
                PlanMode::RefreshOnly => self.collect_existing(&resource, addr).await,
                PlanMode::Destroy => Ok(self.collect_held(&resource, addr).await),
            };
            let value = match value {
                Ok(value) => value,
                Err(found) => {
                    self.walk.report(found);
                    return Visit::Failed;
                }
            };
            values.insert(module, value);
        }
        self.walk.table.set(n, Outcome::Values(values));
        Visit::Done
    }

    /// The instances that the configuration has and that are there, as the plan collected them.
    async fn collect_existing(&self, resource: &AbsResource, addr: &ConfigResource) -> Result<Value, Diagnostics> {
        let repetition = self.repetition(resource)?;
        let mut all = Vec::new();
        for instance in repetition.instances() {
            all.push(self.value_of(&resource.instance(instance.key), addr).await);
        }
        Ok(repetition.collect_existing(all))
    }

    /// The instances that the state has.
    async fn collect_held(&self, resource: &AbsResource, addr: &ConfigResource) -> Value {
        let held = self.plan.prior_state.resources.get(resource);
        let keys: Vec<InstanceKey> = held.into_iter().flat_map(|r| r.instances.keys().cloned()).collect();
        let mut all = Vec::new();
        for key in keys {
            if let Some(value) = self.value_of(&resource.instance(key.clone()), addr).await {
                all.push((key, value));
            }
        }
        collected(all)
    }

    async fn collect_desired(&self, resource: &AbsResource, addr: &ConfigResource) -> Result<Value, Diagnostics> {
        let repetition = self.repetition(resource)?;
        let mut all = Vec::new();
        let limited = !self.plan.targets.is_empty();
        let block = self.walk.tree.get(&addr.module).and_then(|m| m.module.resources.get(&addr.resource));
        let check = block.and_then(|b| b.check.as_ref());
        if check.is_some_and(|check| self.walk.checks.is_unread(&resource.module, check)) {
            return Ok(Value::dynamic());
        }
        for instance in repetition.instances() {
            let at = resource.instance(instance.key.clone());
            let value = if addr.resource.mode == ResourceMode::Ephemeral {
                let Some(desired) = Desired::find(&self.walk, addr) else { return Err(Diagnostics::new()) };
                let Some(scope) = self.walk.scope(&resource.module) else { return Err(Diagnostics::new()) };
                let (config, _) = desired.config(&scope.with_instance(&instance), &at).await?;
                Some(plan_data::read(&self.walk, &desired, &at, &config).await?.0)
            } else {
                let value = self.value_of(&at, addr).await;
                if let Some(value) = value.as_ref().filter(|_| self.unchanged.contains(&at)) {
                    self.check_unchanged(&at, &instance, value)?;
                }
                value
            };
            all.push(value);
        }
        if limited {
            return Ok(repetition.collect_existing(all));
        }
        Ok(repetition.collect(all.into_iter().map(|v| v.unwrap_or_else(Value::dynamic)).collect()))
    }

    /// Evaluates the conditions of an instance that no step is about: what they refer to may have changed.
    fn check_unchanged(&self, addr: &ResourceInstance, instance: &Instance, this: &Value) -> Result<(), Diagnostics> {
        let Some(scope) = self.walk.scope(&addr.module) else { return Ok(()) };
        let Some(block) = scope.node.module.resources.get(&addr.resource) else { return Ok(()) };
        let lifecycle = &block.lifecycle;
        let (scope, subject) = (scope.with_instance(instance), Subject::resource(addr));
        let before = &lifecycle.preconditions;
        self.walk.checks.evaluate(&scope, &subject, before, "Resource precondition failed").ok(())?;
        let (scope, after) = (scope.with_this(this), &lifecycle.postconditions);
        self.walk.checks.evaluate(&scope, &subject, after, "Resource postcondition failed").ok(())
    }

    /// How a resource repeats in a module instance; evaluated once.
    pub fn repetition(&self, resource: &AbsResource) -> Result<Arc<Repetition>, Diagnostics> {
        let lock = || self.repetitions.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = lock().get(resource) {
            return Ok(known.clone());
        }
        let missing = || {
            Diagnostics::from(Diagnostic::error("Block not found", format!("{resource} is not in the configuration.")))
        };
        let scope = self.walk.scope(&resource.module).ok_or_else(missing)?;
        let block = scope.node.module.resources.get(&resource.resource).ok_or_else(missing)?;
        let (repetition, found) = expand::repetition(&scope, block.count.as_ref(), block.for_each.as_ref(), false)
            .map_err(|found| found.into_iter().map(|d| d.for_address(resource)).collect::<Diagnostics>())?;
        self.walk.report(found);
        let repetition = Arc::new(repetition);
        lock().insert(resource.clone(), repetition.clone());
        Ok(repetition)
    }

    /// The current object of an instance as a value for expressions.
    async fn value_of(&self, addr: &ResourceInstance, config: &ConfigResource) -> Option<Value> {
        let desired = Desired::find(&self.walk, config)?;
        let object = self.current(&desired, addr).await?;
        Some(object::mark_schema(&object.value, &desired.schema.block))
    }

    /// The current object of an instance.
    pub async fn current(&self, desired: &Desired<'_>, addr: &ResourceInstance) -> Option<Object> {
        let lock = || self.objects.lock().unwrap_or_else(PoisonError::into_inner);
        let known = lock().get(addr).cloned();
        if known.is_some() {
            return known;
        }
        let stored = self.keeper.read(|state| state.current(addr).cloned())?;
        let decoded = if addr.resource.mode == ResourceMode::Managed {
            object::decode(&stored, desired.schema, &desired.configured.provider, addr).await
        } else {
            let ty = desired.schema.block.implied_type();
            let read = craton_model::json::from_json(&stored.typed(ty), ty);
            read.map_err(|e| {
                Diagnostics::from(Diagnostic::error("Unreadable object in the state", e.to_string()).for_address(addr))
            })
            .map(|value| Object {
                value: object::mark_paths(&value, &stored.sensitive_paths),
                status: stored.status,
                private: stored.private.clone(),
                dependencies: stored.dependencies.clone(),
                create_before_destroy: false,
            })
        };
        match decoded {
            Ok(object) => {
                lock().insert(addr.clone(), object.clone());
                Some(object)
            }
            Err(found) => {
                self.walk.report(found);
                None
            }
        }
    }

    /// Asks all running providers to end soon.
    async fn stop(&self) {
        for n in self.walk.graph.providers.values() {
            if let Some(configured) = self.walk.table.provider(*n) {
                configured.provider.stop().await;
            }
        }
    }

    async fn finish(self, skipped: &[usize]) -> (State, Diagnostics, Option<Walk>) {
        let whole = skipped.is_empty();
        let destroying = self.plan.mode == PlanMode::Destroy;
        let outputs: BTreeMap<Arc<str>, Action> =
            self.plan.outputs.iter().map(|(k, o)| (k.clone(), o.action)).collect();
        // Nothing is done for a plan that only looked, so nothing is checked again.
        let checks = match self.plan.mode {
            PlanMode::RefreshOnly => {
                checks::Checks::recorded(&self.session.options.tree, &self.plan.checks).for_state()
            }
            PlanMode::Normal | PlanMode::Destroy => self.walk.checks.for_state(),
        };
        self.keeper.change(|state| {
            let all_gone = !state.resources.keys().any(|r| r.resource.mode == ResourceMode::Managed);
            if destroying && all_gone {
                // Data sources have nothing to destroy: they go when the rest has gone.
                state.resources.clear();
            }
            for (name, _) in outputs.iter().filter(|(_, a)| **a == Action::Delete) {
                state.outputs.remove(name);
            }
            state.check_results = checks;
        });
        self.keeper.save().await;
        let mut found = self.walk.take_found();
        if let Some(failure) = self.keeper.failure() {
            found.push(Diagnostic::error(
                "Failed to save state",
                "The state could not be written, so nothing new was begun. What exists now is in the state given back here: it must be \
                 kept, or craton will lose track of real objects.",
            ));
            found.extend(failure);
        }
        if !whole && !found.has_errors() && !self.session.options.cancel.is_cancelled() {
            found.push(Diagnostic::error(
                "Incomplete apply",
                "Some of the plan was not carried out, and no reason was given. This is a bug in craton; the state holds what was done.",
            ));
        }
        if self.session.options.cancel.is_cancelled() {
            found.push(Diagnostic::error(
                "Execution halted",
                "The operation was interrupted before all of the plan was carried out. The state holds what was done; make a new plan to \
                 do the rest.",
            ));
        }
        (self.keeper.into_state(), found, Some(self.walk))
    }
}
