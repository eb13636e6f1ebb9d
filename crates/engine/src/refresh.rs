//! Loads the objects of the state and compares them with what there is: one question to each
//! provider for everything it manages, as soon as its configuration is known.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use craton_model::addr::{ResourceInstance, ResourceMode};
use craton_model::plan::{Action, ActionReason, ResourceChange};
use craton_model::schema::Schema;
use craton_model::state::ObjectState;
use craton_model::{Diagnostic, Diagnostics, Event, State, Value, json};
use craton_provider::ReadRequest;

use crate::object::{self, Object};
use crate::providers::Configured;
use crate::walk::{Walk, guarded};

/// Names an object: the instance, and the deposed key if it is not the current one.
pub type ObjectKey = (ResourceInstance, Option<Arc<str>>);

/// The objects of the state as values, the state as it is after refreshing, and what differed.
#[derive(Default)]
pub struct Objects {
    all: Mutex<HashMap<ObjectKey, Object>>,
    state: Mutex<State>,
    drift: Mutex<Vec<ResourceChange>>,
    /// Resources whose objects could not be read; nothing is decided about them.
    failed: Mutex<BTreeSet<ResourceInstance>>,
}

impl Objects {
    /// Nothing loaded yet.
    pub fn new(state: State) -> Self {
        Self { state: Mutex::new(state), ..Self::default() }
    }

    /// An object that exists, as last read.
    pub fn get(&self, addr: &ResourceInstance, deposed: Option<&Arc<str>>) -> Option<Object> {
        let all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        all.get(&(addr.clone(), deposed.cloned())).cloned()
    }

    /// Whether an instance could not be read.
    pub fn is_failed(&self, addr: &ResourceInstance) -> bool {
        self.failed.lock().unwrap_or_else(PoisonError::into_inner).contains(addr)
    }

    /// Changes the state under the hands of the plan.
    pub fn edit<T>(&self, edit: impl FnOnce(&mut State) -> T) -> T {
        edit(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Adds an object that was read by other means.
    pub fn insert(&self, addr: &ResourceInstance, object: Object) {
        self.all.lock().unwrap_or_else(PoisonError::into_inner).insert((addr.clone(), None), object);
    }

    /// The state and the differences, in address order.
    pub fn take(&self) -> (State, Vec<ResourceChange>) {
        let state = std::mem::take(&mut *self.state.lock().unwrap_or_else(PoisonError::into_inner));
        let mut drift = std::mem::take(&mut *self.drift.lock().unwrap_or_else(PoisonError::into_inner));
        drift.sort_by(|a, b| craton_model::plan::sort_key(a).cmp(&craton_model::plan::sort_key(b)));
        (state, drift)
    }

    /// Loads all objects of a provider configuration, and reads them if `refresh` is set. `wanted`
    /// tells which instances the plan is about.
    pub async fn load(
        &self,
        walk: &Walk,
        configured: &Configured,
        state: &State,
        refresh: bool,
        wanted: &(dyn Fn(&ResourceInstance) -> bool + Sync),
    ) -> Diagnostics {
        let mut found = Diagnostics::new();
        let mut loaded: Vec<(ObjectKey, Object, &Schema, &ObjectState)> = Vec::new();
        for (addr, resource) in state.resources.iter().filter(|(_, r)| r.provider == configured.addr) {
            let Some(schema) = walk.schemas.resource(&configured.addr.provider, &addr.resource) else {
                if addr.resource.mode == ResourceMode::Managed {
                    found.push(no_schema(addr, configured));
                }
                continue;
            };
            for (key, instance) in &resource.instances {
                let at = addr.instance(key.clone());
                if addr.resource.mode != ResourceMode::Managed {
                    self.load_data(&at, instance.current.as_ref(), schema);
                    continue;
                }
                let to_read = refresh && wanted(&at) && !walk.overrides.has(&at, configured);
                let current = instance.current.iter().map(|o| (None, o));
                for (deposed, o) in current.chain(instance.deposed.iter().map(|(k, o)| (Some(k.clone()), o))) {
                    match object::decode(o, schema, &configured.provider, &at).await {
                        Ok(object) if to_read => loaded.push(((at.clone(), deposed), object, schema, o)),
                        // What is not read is as it was.
                        Ok(object) => {
                            self.all
                                .lock()
                                .unwrap_or_else(PoisonError::into_inner)
                                .insert((at.clone(), deposed), object);
                        }
                        Err(more) => {
                            found.extend(more);
                            self.fail(&at);
                        }
                    }
                }
            }
        }
        if loaded.is_empty() {
            return found;
        }
        let begun = Instant::now();
        walk.events.event(Event::RefreshStart {
            instances: loaded.iter().map(|((addr, _), o, ..)| (addr.clone(), object::id_of(&o.value))).collect(),
        });
        let requests = loaded
            .iter()
            .map(|((addr, _), o, ..)| ReadRequest {
                addr: addr.clone(),
                r#type: addr.resource.r#type.clone(),
                current: o.value.clone().unmark_deep().0,
                private: o.private.clone(),
            })
            .collect();
        let provider = configured.provider.clone();
        let answers = match guarded(async move { provider.read(requests).await }).await {
            Ok(answers) if answers.len() == loaded.len() => answers,
            other => {
                found.push(match other {
                    Err(crashed) => crashed,
                    Ok(_) => Diagnostic::error(
                        "Provider answered wrongly",
                        "It was asked about several objects and gave another number of answers. This is a bug in the provider.",
                    ),
                });
                loaded.iter().for_each(|((addr, _), ..)| self.fail(addr));
                return found;
            }
        };
        walk.events.event(Event::RefreshDone { count: loaded.len(), elapsed: begun.elapsed() });
        for ((key, before, schema, raw), answer) in loaded.into_iter().zip(answers) {
            let failed = answer.diagnostics.has_errors();
            found.extend(answer.diagnostics.into_iter().map(|d| d.for_address(&key.0)));
            if failed {
                self.fail(&key.0);
                continue;
            }
            walk.events.event(Event::Refreshed { addr: key.0.clone(), id: object::id_of(&before.value) });
            let after = Object {
                value: object::copy_marks(&before.value, &answer.state),
                private: answer.private,
                ..before.clone()
            };
            self.refreshed(&key, before, after, schema, raw, configured, &mut found);
        }
        found
    }

    /// A data source's last value, for expressions over the state as it is.
    fn load_data(&self, addr: &ResourceInstance, object: Option<&ObjectState>, schema: &Schema) {
        let value = object.and_then(|o| json::from_json(&o.attributes, schema.block.implied_type()).ok());
        if let (Some(value), Some(o)) = (value, object) {
            let object = Object {
                value: object::mark_paths(&value, &o.sensitive_paths),
                status: o.status,
                private: o.private.clone(),
                dependencies: o.dependencies.clone(),
                create_before_destroy: false,
            };
            self.insert(addr, object);
        }
    }

    fn fail(&self, addr: &ResourceInstance) {
        self.failed.lock().unwrap_or_else(PoisonError::into_inner).insert(addr.clone());
    }

    #[allow(clippy::too_many_arguments, reason = "one object before and after, with all that is known of it")]
    fn refreshed(
        &self,
        key: &ObjectKey,
        before: Object,
        after: Object,
        schema: &Schema,
        raw: &ObjectState,
        configured: &Configured,
        found: &mut Diagnostics,
    ) {
        let (addr, deposed) = key;
        let gone = after.value.is_null();
        if before.value != after.value {
            let change = ResourceChange {
                addr: addr.clone(),
                deposed: deposed.clone(),
                previous_addr: None,
                provider: configured.addr.clone(),
                action: if gone { Action::Delete } else { Action::Update },
                reason: ActionReason::None,
                before: object::mark_schema(&before.value, &schema.block),
                after: object::mark_schema(&after.value, &schema.block),
                replace_paths: Vec::new(),
                private: Arc::default(),
                importing: None,
                generated_config: None,
            };
            self.drift.lock().unwrap_or_else(PoisonError::into_inner).push(change);
        }
        let unchanged =
            before.value == after.value && raw.schema_version == schema.version && raw.private == after.private;
        if !unchanged {
            let stored = if gone { None } else { found.keep(object::encode(&after, schema, addr)) };
            if gone || stored.is_some() {
                let provider = &configured.addr;
                self.edit(|state| match deposed {
                    None => state.set_current(addr, provider, stored),
                    Some(k) => state.set_deposed(addr, k, provider, stored),
                });
            }
        }
        if !gone {
            self.all.lock().unwrap_or_else(PoisonError::into_inner).insert(key.clone(), after);
        }
    }
}

fn no_schema(addr: &craton_model::addr::AbsResource, configured: &Configured) -> Diagnostic {
    Diagnostic::error(
        "Resource type not supported",
        format!(
            "The state holds {addr}, and the provider {} does not serve the type {:?}. Use a version of the provider that does, or \
             take the resource out of the state.",
            configured.addr.provider.short(),
            &*addr.resource.r#type
        ),
    )
    .for_address(addr)
}

/// The value of a resource in one module instance made of the objects there are: itself, a tuple
/// or an object, whatever their keys say.
pub fn collected(objects: Vec<(craton_model::addr::InstanceKey, Value)>) -> Value {
    use craton_model::addr::InstanceKey;
    match objects.first() {
        None => Value::dynamic(),
        Some((InstanceKey::None, v)) => v.clone(),
        Some((InstanceKey::Int(_), _)) => Value::tuple(objects.into_iter().map(|(_, v)| v)),
        Some((InstanceKey::Str(_), _)) => Value::object(objects.into_iter().filter_map(|(k, v)| match k {
            InstanceKey::Str(s) => Some((s, v)),
            _ => None,
        })),
    }
}
