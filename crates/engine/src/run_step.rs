//! One step of an apply: asks the provider, holds it to the plan, and keeps what exists.

use std::sync::{Arc, PoisonError};
use std::time::Instant;

use craton_config::When;
use craton_model::addr::ResourceInstance;
use craton_model::plan::{Action, ResourceChange};
use craton_model::state::{ObjectState, ObjectStatus};
use craton_model::{Diagnostic, Diagnostics, Event, Value};
use craton_provider::{ApplyRequest, ApplyResponse, check};

use crate::apply::Applier;
use crate::checks::Subject;
use crate::evaluate::{ModuleScope, placed};
use crate::object::{self, Object};
use crate::order::Visit;
use crate::orphans;
use crate::plan_data;
use crate::plan_managed::{Decision, Desired, Question, decide, provider_broke};
use crate::provision;
use crate::steps::{Step, Which, Work};
use crate::table::Instance;
use crate::walk::guarded;

impl Applier<'_> {
    /// Does a step, unless nothing new may begin.
    pub async fn step(&self, step: &Step) -> Visit {
        let underway = self.keeper.begin();
        let Ok(permit) = self.walk.permits.clone().acquire_owned().await else { return Visit::Failed };
        if self.session.options.cancel.is_cancelled() || self.keeper.has_failed() {
            return Visit::Failed;
        }
        let change = &self.plan.changes[step.change];
        let result = match step.work {
            Work::Create | Work::Update => self.make(step, change).await,
            Work::Delete => self.delete(step, change).await,
            Work::Forget => {
                self.keeper.change(|state| state.set_current(&step.addr, &change.provider, None));
                Ok(Diagnostics::new())
            }
            Work::Read => {
                // Reading takes a permit of its own.
                drop(permit);
                let result = self.read(step, change).await;
                drop(underway);
                return self.done(result).await;
            }
        };
        // While the state is written, others may go on: the next write covers them.
        drop(permit);
        drop(underway);
        self.done(result).await
    }

    async fn done(&self, result: Result<Diagnostics, Diagnostics>) -> Visit {
        let (found, failed) = match result {
            Ok(found) => (found, false),
            Err(found) => (found, true),
        };
        let failed = failed || found.has_errors();
        self.walk.report(found);
        if self.keeper.save().await && !failed { Visit::Done } else { Visit::Failed }
    }

    fn instance(&self, addr: &ResourceInstance) -> Result<Instance, Diagnostics> {
        self.repetition(&addr.resource())?.instance(&addr.key).ok_or_else(|| {
            Diagnostic::error(
                "Instances differ from the plan",
                format!(
                    "{addr} was planned, but its count or for_each, evaluated again with the values that are known now, does not give \
                     this instance. Make a new plan."
                ),
            )
            .for_address(addr)
            .into()
        })
    }

    /// Creates or updates an object.
    async fn make(&self, step: &Step, change: &ResourceChange) -> Result<Diagnostics, Diagnostics> {
        let addr = &step.addr;
        let config_addr = addr.config();
        let Some(desired) = Desired::find(&self.walk, &config_addr) else { return Err(unplaced(addr)) };
        let Some(scope) = self.walk.scope(&addr.module) else { return Err(unplaced(addr)) };
        let instance = self.instance(addr)?;
        let scope = scope.with_instance(&instance);
        let creating = step.work == Work::Create;
        let lifecycle = &desired.block.lifecycle;
        let mut found = Diagnostics::new();
        if !lifecycle.preconditions.is_empty() {
            let (subject, failed) = (Subject::resource(addr), "Resource precondition failed");
            found.extend(self.walk.checks.evaluate(&scope, &subject, &lifecycle.preconditions, failed));
            if found.has_errors() {
                return Err(found);
            }
        }
        let (config, more) = desired.config(&scope, addr).await?;
        found.extend(more);
        let prior = if creating { None } else { self.current(&desired, addr).await };
        let node = self.walk.graph.resource(&config_addr);
        let cbd = node.is_some_and(|n| self.create_before_destroy[n]);
        let question =
            Question { addr, config: &config, prior: prior.as_ref(), create_before_destroy: cbd, force: None };
        let (decision, more) = decide(&desired, question).await?;
        found.extend(more);
        self.as_planned(&desired, change, &decision, creating)?;
        // The provider gets the plan of now: it says more than the one that was shown.
        let set_aside = (change.action == Action::CreateThenDelete).then(|| self.set_aside(addr, change)).flatten();

        let none = Value::null(desired.schema.block.implied_type().clone());
        let plain = |v: &Value| v.clone().unmark_deep().0;
        let request = ApplyRequest {
            addr: addr.clone(),
            r#type: addr.resource.r#type.clone(),
            prior: prior.as_ref().map_or(none, |o| plain(&o.value)),
            planned: plain(&decision.planned),
            config: plain(&config),
            private: decision.private.clone(),
        };
        let action = if creating { Action::Create } else { Action::Update };
        let begun = self.begin(addr, None, action, prior.as_ref());
        let provider = desired.provider(addr);
        let answer = match guarded(async move { provider.apply(request).await }).await {
            Ok(answer) => answer,
            Err(crashed) => {
                self.put_back(addr, change, set_aside);
                self.errored(addr, None, action, begun);
                found.push(crashed.for_address(addr));
                return Err(found);
            }
        };
        let body = Some((&desired.block.body, desired.block.span));
        let more = placed(answer.diagnostics.clone(), body, &desired.schema.block, addr);
        let mut failed = more.has_errors();
        found.extend(more);
        let object = self.result(&desired, addr, &decision, &answer, prior, node, failed, &mut found);
        failed |= found.has_errors();
        let Some(mut object) = object else {
            self.put_back(addr, change, set_aside);
            self.errored(addr, None, action, begun);
            return Err(found);
        };
        if creating && failed {
            object.status = ObjectStatus::Tainted;
        }
        self.keep(addr, change, &desired, &object)?;
        if creating && !failed {
            let more = self.provision(&desired, &scope, addr, &object).await;
            if more.has_errors() {
                object.status = ObjectStatus::Tainted;
                self.keep(addr, change, &desired, &object)?;
                failed = true;
            }
            found.extend(more);
        }
        match failed {
            true => self.errored(addr, None, action, begun),
            false => self.ended(addr, None, action, begun, object::id_of(&object.value)),
        }
        // They hold of what is there now, also if it is not all that was to be made.
        if !lifecycle.postconditions.is_empty() {
            let this = object::mark_schema(&object.value, &desired.schema.block);
            let (subject, summary) = (Subject::resource(addr), "Resource postcondition failed");
            let scope = scope.with_this(&this);
            found.extend(self.walk.checks.evaluate(&scope, &subject, &lifecycle.postconditions, summary));
        }
        if failed {
            return Err(found);
        }
        Ok(found)
    }

    /// Refuses to do anything but what was planned.
    fn as_planned(
        &self,
        desired: &Desired<'_>,
        change: &ResourceChange,
        decision: &Decision,
        creating: bool,
    ) -> Result<(), Diagnostics> {
        let summary = "Provider produced inconsistent final plan";
        let fits = match decision.action {
            Action::Create => creating,
            Action::Update | Action::NoOp => !creating,
            _ => false,
        };
        if !fits {
            let breach = check::Breach {
                path: craton_model::Path::default(),
                message: format!("changed the planned action from {:?} to {:?}", change.action, decision.action),
            };
            let did = "planned something else than before for";
            return Err(provider_broke(summary, desired, &change.addr, did, &[breach]).into());
        }
        if desired.configured.provider.legacy_type_system() {
            return Ok(());
        }
        let plain = |v: &Value| v.clone().unmark_deep().0;
        let breaches = check::follows_plan(&desired.schema.block, &plain(&change.after), &plain(&decision.planned));
        if breaches.is_empty() {
            return Ok(());
        }
        let did = "produced new values, now that all is known, that the plan did not allow for";
        Err(provider_broke(summary, desired, &change.addr, did, &breaches).into())
    }

    /// What the provider's answer says exists; `None` when nothing does.
    #[allow(clippy::too_many_arguments, reason = "the answer and all it is held against")]
    fn result(
        &self,
        desired: &Desired<'_>,
        addr: &ResourceInstance,
        decision: &Decision,
        answer: &ApplyResponse,
        prior: Option<Object>,
        node: Option<usize>,
        failed: bool,
        found: &mut Diagnostics,
    ) -> Option<Object> {
        let block = &desired.schema.block;
        let value = &answer.state;
        if value.is_null() {
            if !failed {
                let breach = check::Breach { path: craton_model::Path::default(), message: "nothing exists".into() };
                let did = "said that all went well, but gave no object for";
                found.push(provider_broke(
                    "Provider produced inconsistent result after apply",
                    desired,
                    addr,
                    did,
                    &[breach],
                ));
            }
            return None;
        }
        let shape = check::conforms(block, value);
        if !shape.is_empty() {
            let did = "gave an invalid object for";
            found.push(provider_broke("Provider produced invalid object", desired, addr, did, &shape));
            return prior;
        }
        let mut value = value.clone();
        if !value.is_wholly_known() {
            if !failed {
                let mut open = Vec::new();
                value.walk(&mut |path, v| {
                    if !v.is_known() {
                        open.push(check::Breach { path: path.clone(), message: "still known after apply".into() });
                    }
                    true
                });
                let did = "left values open after applying";
                found.push(provider_broke(
                    "Provider returned invalid result object after apply",
                    desired,
                    addr,
                    did,
                    &open,
                ));
            }
            value = value.transform(&mut |_, v| if v.is_known() { v } else { Value::null(v.ty().clone()) });
        } else if !failed && !desired.configured.provider.legacy_type_system() {
            let planned = decision.planned.clone().unmark_deep().0;
            let breaches = check::follows_plan(block, &planned, &value);
            if !breaches.is_empty() {
                let did = "made something else than planned of";
                let summary = "Provider produced inconsistent result after apply";
                found.push(provider_broke(summary, desired, addr, did, &breaches));
            }
        }
        Some(Object {
            value: object::mark_schema(&object::copy_marks(&decision.planned, &value), block),
            status: prior.map_or(ObjectStatus::Ready, |o| o.status),
            private: answer.private.clone(),
            dependencies: node.and_then(|n| self.dependencies.get(&n).cloned()).unwrap_or_default(),
            create_before_destroy: node.is_some_and(|n| self.create_before_destroy[n]),
        })
    }

    /// Puts an object into the state.
    fn keep(
        &self,
        addr: &ResourceInstance,
        change: &ResourceChange,
        desired: &Desired<'_>,
        object: &Object,
    ) -> Result<(), Diagnostics> {
        let stored = object::encode(object, desired.schema, addr)?;
        self.keeper.change(|state| state.set_current(addr, &change.provider, Some(stored)));
        self.objects.lock().unwrap_or_else(PoisonError::into_inner).insert(addr.clone(), object.clone());
        Ok(())
    }

    /// Makes the current object a deposed one, to be destroyed when its replacement is there.
    fn set_aside(&self, addr: &ResourceInstance, change: &ResourceChange) -> Option<Arc<str>> {
        let key = self.keeper.change(|state| {
            let instance = state.instance(addr)?;
            let current = instance.current.clone()?;
            let key = new_key(|k| instance.deposed.contains_key(k));
            state.set_deposed(addr, &key, &change.provider, Some(current));
            state.set_current(addr, &change.provider, None);
            Some(key)
        })?;
        self.deposed.lock().unwrap_or_else(PoisonError::into_inner).insert(addr.clone(), key.clone());
        Some(key)
    }

    /// Undoes [`Applier::set_aside`] where no replacement came to be.
    fn put_back(&self, addr: &ResourceInstance, change: &ResourceChange, key: Option<Arc<str>>) {
        let Some(key) = key else { return };
        self.keeper.change(|state| {
            let old = state.instance(addr).and_then(|i| i.deposed.get(&key).cloned());
            if let Some(old) = old {
                state.set_current(addr, &change.provider, Some(old));
                state.set_deposed(addr, &key, &change.provider, None);
            }
        });
    }

    /// Destroys an object.
    async fn delete(&self, step: &Step, change: &ResourceChange) -> Result<Diagnostics, Diagnostics> {
        let addr = &step.addr;
        let deposed = match &step.which {
            Which::Current => None,
            Which::Deposed(key) => Some(key.clone()),
            Which::Replaced => {
                let keys = self.deposed.lock().unwrap_or_else(PoisonError::into_inner);
                // Nothing was set aside where nothing was there any more.
                let Some(key) = keys.get(addr).cloned() else { return Ok(Diagnostics::new()) };
                Some(key)
            }
        };
        let configured = self.walk.graph.providers.get(&change.provider).and_then(|n| self.walk.table.provider(*n));
        let schema = self.walk.schemas.resource(&change.provider.provider, &addr.resource);
        let (Some(configured), Some(schema)) = (configured, schema) else { return Err(unplaced(addr)) };
        let stored: Option<ObjectState> = self.keeper.read(|state| {
            let instance = state.instance(addr)?;
            match &deposed {
                Some(key) => instance.deposed.get(key).cloned(),
                None => instance.current.clone(),
            }
        });
        let Some(stored) = stored else { return Ok(Diagnostics::new()) };
        let object = object::decode(&stored, schema, &configured.provider, addr).await?;
        let mut found = Diagnostics::new();
        let begun = self.begin(addr, deposed.as_ref(), Action::Delete, Some(&object));
        if deposed.is_none() && object.status != ObjectStatus::Tainted {
            found.extend(self.unprovision(addr, &object, schema).await);
            if found.has_errors() {
                self.errored(addr, deposed.as_ref(), Action::Delete, begun);
                return Err(found);
            }
        }
        let none = Value::null(schema.block.implied_type().clone());
        let request = ApplyRequest {
            addr: addr.clone(),
            r#type: addr.resource.r#type.clone(),
            prior: object.value.clone().unmark_deep().0,
            planned: none.clone(),
            config: none,
            private: if deposed.is_none() && change.action == Action::Delete {
                change.private.clone()
            } else {
                object.private.clone()
            },
        };
        let provider = self.walk.overrides.provider(configured, addr);
        let answer = match guarded(async move { provider.apply(request).await }).await {
            Ok(answer) => answer,
            Err(crashed) => {
                self.errored(addr, deposed.as_ref(), Action::Delete, begun);
                found.push(crashed.for_address(addr));
                return Err(found);
            }
        };
        let block = self.walk.tree.get(&addr.module.path()).and_then(|m| m.module.resources.get(&addr.resource));
        let body = block.map(|b| (&b.body, b.span));
        found.extend(placed(answer.diagnostics, body, &schema.block, addr));
        let failed = found.has_errors();
        if !failed && !answer.state.is_null() {
            found.push(
                Diagnostic::error(
                    "Provider returned invalid result object after apply",
                    format!(
                        "After the apply operation the provider still gave an object for {addr}, which it was to destroy. This is a bug \
                         in the provider."
                    ),
                )
                .for_address(addr),
            );
        }
        let left = if answer.state.is_null() && !failed {
            None
        } else if answer.state.is_null() || !check::conforms(&schema.block, &answer.state).is_empty() {
            // It failed and says nothing of what is left: the object may still be there.
            Some(stored)
        } else {
            let left = Object {
                value: object::copy_marks(&object.value, &answer.state),
                private: answer.private,
                ..object.clone()
            };
            Some(object::encode(&left, schema, addr)?)
        };
        let gone = left.is_none();
        self.keeper.change(|state| match &deposed {
            Some(key) => state.set_deposed(addr, key, &change.provider, left),
            None => state.set_current(addr, &change.provider, left),
        });
        if deposed.is_none() {
            self.objects.lock().unwrap_or_else(PoisonError::into_inner).remove(addr);
        }
        if gone && !found.has_errors() {
            self.ended(addr, deposed.as_ref(), Action::Delete, begun, object::id_of(&object.value));
            return Ok(found);
        }
        self.errored(addr, deposed.as_ref(), Action::Delete, begun);
        Err(found)
    }

    /// Reads a data source that had to wait for the apply.
    async fn read(&self, step: &Step, change: &ResourceChange) -> Result<Diagnostics, Diagnostics> {
        let addr = &step.addr;
        let Some(desired) = Desired::find(&self.walk, &addr.config()) else { return Err(unplaced(addr)) };
        let Some(scope) = self.walk.scope(&addr.module) else { return Err(unplaced(addr)) };
        let instance = self.instance(addr)?;
        let scope = scope.with_instance(&instance);
        let lifecycle = &desired.block.lifecycle;
        let mut found = Diagnostics::new();
        let subject = Subject::resource(addr);
        if !lifecycle.preconditions.is_empty() {
            let failed = "Resource precondition failed";
            found.extend(self.walk.checks.evaluate(&scope, &subject, &lifecycle.preconditions, failed));
            if found.has_errors() {
                return Err(found);
            }
        }
        let (config, more) = desired.config(&scope, addr).await?;
        found.extend(more);
        let answer = plan_data::read(&self.walk, &desired, addr, &config).await;
        let (value, more) = match answer {
            Ok(answer) => answer,
            Err(failed) if desired.block.check.is_some() => {
                found.extend(plan_data::unread(&self.walk, &desired, addr, failed));
                let stored = plan_data::stored(&config, &desired, addr)?;
                self.keeper.change(|state| state.set_current(addr, &change.provider, Some(stored)));
                return Ok(found);
            }
            Err(failed) => return Err(failed),
        };
        found.extend(more);
        let stored = plan_data::stored(&value, &desired, addr)?;
        self.keeper.change(|state| state.set_current(addr, &change.provider, Some(stored)));
        if !lifecycle.postconditions.is_empty() {
            let this = object::mark_schema(&value, &desired.schema.block);
            let (scope, failed) = (scope.with_this(&this), "Resource postcondition failed");
            found.extend(self.walk.checks.evaluate(&scope, &subject, &lifecycle.postconditions, failed));
        }
        Ok(found)
    }

    /// Runs the provisioners of a new object.
    async fn provision(
        &self,
        desired: &Desired<'_>,
        scope: &ModuleScope<'_>,
        addr: &ResourceInstance,
        object: &Object,
    ) -> Diagnostics {
        let this = object::mark_schema(&object.value, &desired.schema.block);
        let (all, connection) = (&desired.block.provisioners, desired.block.connection.as_ref());
        let mut others = Vec::new();
        let node = self.walk.graph.resource(&addr.config());
        for key in node.and_then(|n| self.walk.graph.siblings.get(&n)).into_iter().flatten().flatten() {
            let other = ResourceInstance { key: key.clone(), ..addr.clone() };
            if let Some(object) = self.current(desired, &other).await {
                others.push((other, object::mark_schema(&object.value, &desired.schema.block)));
            }
        }
        let scope = ModuleScope { others: &others, ..scope.with_own(addr, &this) };
        provision::run(all, connection, When::Create, &scope, addr).await
    }

    /// Runs the provisioners that come before an object is destroyed.
    async fn unprovision(
        &self,
        addr: &ResourceInstance,
        object: &Object,
        schema: &craton_model::schema::Schema,
    ) -> Diagnostics {
        let config = addr.config();
        let block = self.walk.tree.get(&config.module).and_then(|m| m.module.resources.get(&config.resource));
        let connection = block.and_then(|b| b.connection.as_ref());
        let provisioners = match block {
            Some(block) => &block.provisioners,
            None => match orphans::removed_block(&self.walk.tree, &config) {
                Some(removed) => &removed.provisioners,
                None => return Diagnostics::new(),
            },
        };
        if provisioners.iter().all(|p| p.when != When::Destroy) {
            return Diagnostics::new();
        }
        // Only the object and its key may be referred to, so any module will do for the rest.
        let root = craton_model::addr::ModuleInstance::root();
        let Some(scope) = self.walk.scope(&addr.module).or_else(|| self.walk.scope(&root)) else {
            return Diagnostics::new();
        };
        let each = addr.key.to_value().filter(|v| v.as_str().is_some());
        let instance = Instance { key: addr.key.clone(), each, unknown: None };
        let this = object::mark_schema(&object.value, &schema.block);
        let scope = scope.with_instance(&instance).with_this(&this);
        provision::run(provisioners, connection, When::Destroy, &scope, addr).await
    }

    fn begin(
        &self,
        addr: &ResourceInstance,
        deposed: Option<&Arc<str>>,
        action: Action,
        object: Option<&Object>,
    ) -> Instant {
        let id = object.and_then(|o| object::id_of(&o.value));
        self.walk.events.event(Event::ApplyStart { addr: addr.clone(), deposed: deposed.cloned(), action, id });
        Instant::now()
    }

    fn ended(
        &self,
        addr: &ResourceInstance,
        deposed: Option<&Arc<str>>,
        action: Action,
        begun: Instant,
        id: Option<String>,
    ) {
        let (addr, deposed, elapsed) = (addr.clone(), deposed.cloned(), begun.elapsed());
        self.walk.events.event(Event::ApplyDone { addr, deposed, action, id, elapsed });
    }

    fn errored(&self, addr: &ResourceInstance, deposed: Option<&Arc<str>>, action: Action, begun: Instant) {
        let (addr, deposed, elapsed) = (addr.clone(), deposed.cloned(), begun.elapsed());
        self.walk.events.event(Event::ApplyErrored { addr, deposed, action, elapsed });
    }
}

/// The error for a step whose resource or provider is not where the plan had it.
fn unplaced(addr: &ResourceInstance) -> Diagnostics {
    Diagnostic::error(
        "Configuration differs from the plan",
        format!(
            "The plan changes {addr}, but its block or its provider is not in the configuration that the plan is applied with. \
             Make a new plan."
        ),
    )
    .for_address(addr)
    .into()
}

/// Eight hexadecimal digits that are not in use.
fn new_key(taken: impl Fn(&str) -> bool) -> Arc<str> {
    use std::hash::{BuildHasher, Hasher, RandomState};
    loop {
        let random = RandomState::new().build_hasher().finish();
        let key = format!("{:08x}", random as u32);
        if !taken(&key) {
            return key.into();
        }
    }
}
