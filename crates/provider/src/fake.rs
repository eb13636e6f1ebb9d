//! A provider in memory, for tests of whatever stands on the other side of the seam.
//!
//! Objects live in a [`World`] that tests share, change behind the provider's back and break at will.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use craton_model::addr::ResourceMode;
use craton_model::schema::{Attribute, AttributeType, Block, NestedBlock, Nesting, ProviderSchema, Schema};
use craton_model::{Diagnostic, Diagnostics, Path, Refinement, Type, Value, json};
use serde_json::Value as Json;

use crate::{
    ApplyRequest, ApplyResponse, Factory, ImportedObject, PlanRequest, PlanResponse, Provider, ReadRequest,
    ReadResponse,
};

/// What exists, what was asked, and what shall fail.
#[derive(Default)]
pub struct World {
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    objects: BTreeMap<String, Value>,
    log: Vec<String>,
    faults: BTreeMap<String, Fault>,
    next: u64,
    config: Option<Value>,
    stopped: bool,
}

/// How an operation goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Fails before anything happened.
    Fail,
    /// Does its work, then fails.
    FailAfter,
    /// Panics.
    Panic,
    /// Gives a result that differs from what was planned.
    Lie,
}

impl World {
    /// An empty one.
    pub fn new() -> Arc<Self> {
        Arc::default()
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes the next `operation` on `name` fail, as in `("create", "b")`: the name is the value
    /// of the object's attribute `name`.
    pub fn break_once(&self, operation: &str, name: &str, fault: Fault) {
        self.lock().faults.insert(format!("{operation} {name}"), fault);
    }

    /// Takes what was asked of the provider since the last call, one line each: `create b`,
    /// `read 3` (a batch of three).
    pub fn take_log(&self) -> Vec<String> {
        std::mem::take(&mut self.lock().log)
    }

    /// Ids of the objects there are.
    pub fn ids(&self) -> Vec<String> {
        self.lock().objects.keys().cloned().collect()
    }

    /// An attribute of an object.
    pub fn get(&self, id: &str, attribute: &str) -> Option<Value> {
        self.lock().objects.get(id)?.get(attribute).cloned()
    }

    /// Changes an object behind the provider's back.
    pub fn set(&self, id: &str, attribute: &str, value: Value) {
        let mut inner = self.lock();
        if let Some(object) = inner.objects.get(id) {
            let object = object.with_attribute(attribute, value);
            inner.objects.insert(id.into(), object);
        }
    }

    /// Adds an object (of `fake_thing`) behind the provider's back.
    pub fn add(&self, id: &str, name: &str) {
        let object = schema().resources["fake_thing"].block.empty_value();
        let object = object.with_attribute("id", Value::from(id)).with_attribute("name", Value::from(name));
        self.lock().objects.insert(id.into(), object);
    }

    /// Removes an object behind the provider's back.
    pub fn remove(&self, id: &str) {
        self.lock().objects.remove(id);
    }

    /// The configuration the provider was given last.
    pub fn config(&self) -> Option<Value> {
        self.lock().config.clone()
    }

    /// Whether somebody asked to stop.
    pub fn stopped(&self) -> bool {
        self.lock().stopped
    }
}

impl Inner {
    fn asked(&mut self, operation: &str, name: &str) -> Option<Fault> {
        let key = format!("{operation} {name}");
        self.log.push(key.clone());
        self.faults.remove(&key)
    }
}

/// The fake provider and its factory in one. Resource type `fake_thing` and data source
/// `fake_lookup` (finds an object by name); provider argument `region`.
///
/// `fake_thing` has `id` (computed), `name` (required), `size` (optional), `kind` (optional,
/// replaces), `zone` (optional and computed), `stamp` (computed, new with each update), `secret`
/// (optional, sensitive), `refs` (optional list), blocks `rule { port, rule_id (computed) }`.
#[derive(Clone)]
pub struct Fake {
    world: Arc<World>,
}

impl Fake {
    /// One over this world.
    pub fn new(world: Arc<World>) -> Self {
        Self { world }
    }
}

fn schema() -> Arc<ProviderSchema> {
    let a = |ty, required, optional, computed| Attribute {
        ty: AttributeType::Plain(ty),
        required,
        optional,
        computed,
        ..Attribute::default()
    };
    let block = |attributes: Vec<(&str, Attribute)>, blocks: Vec<(&str, NestedBlock)>| {
        Arc::new(Block::new(
            attributes.into_iter().map(|(k, v)| (k.into(), v)).collect(),
            blocks.into_iter().map(|(k, v)| (k.into(), v)).collect(),
        ))
    };
    let rule = block(
        vec![("port", a(Type::Number, true, false, false)), ("rule_id", a(Type::String, false, false, true))],
        vec![],
    );
    let thing = block(
        vec![
            ("id", a(Type::String, false, false, true)),
            ("kind", a(Type::String, false, true, false)),
            ("name", a(Type::String, true, false, false)),
            ("refs", a(Type::list(Type::String), false, true, false)),
            ("secret", Attribute { sensitive: true, ..a(Type::String, false, true, false) }),
            ("size", a(Type::Number, false, true, false)),
            ("stamp", a(Type::String, false, false, true)),
            ("zone", a(Type::String, false, true, true)),
        ],
        vec![("rule", NestedBlock { nesting: Nesting::List, block: rule, min_items: 0, max_items: 0 })],
    );
    let lookup = block(
        vec![
            ("id", a(Type::String, false, false, true)),
            ("name", a(Type::String, true, false, false)),
            ("size", a(Type::Number, false, false, true)),
        ],
        vec![],
    );
    Arc::new(ProviderSchema {
        provider: Schema { version: 0, block: block(vec![("region", a(Type::String, false, true, false))], vec![]) },
        resources: [("fake_thing".into(), Schema { version: 1, block: thing })].into(),
        data_sources: [("fake_lookup".into(), Schema { version: 0, block: lookup })].into(),
        ephemeral: BTreeMap::new(),
        functions: BTreeMap::new(),
    })
}

fn text(object: &Value, name: &str) -> String {
    object.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn failed(operation: &str, name: &str) -> Diagnostics {
    Diagnostic::error("Fake failure", format!("The test asked for {operation} of {name:?} to fail.")).into()
}

struct Running(Arc<World>, Arc<ProviderSchema>);

#[async_trait]
impl Factory for Fake {
    fn version(&self) -> String {
        "1.0.0".into()
    }

    async fn schema(&self) -> Result<Arc<ProviderSchema>, Diagnostics> {
        Ok(schema())
    }

    async fn start(&self) -> Result<Arc<dyn Provider>, Diagnostics> {
        Ok(Arc::new(Running(self.world.clone(), schema())))
    }
}

#[async_trait]
impl Provider for Running {
    fn schema(&self) -> &Arc<ProviderSchema> {
        &self.1
    }

    async fn validate_provider(&self, _: &Value) -> Diagnostics {
        Diagnostics::new()
    }

    async fn validate_resource(&self, _: ResourceMode, r#type: &str, config: &Value) -> Diagnostics {
        if !self.1.resources.contains_key(r#type) && !self.1.data_sources.contains_key(r#type) {
            return Diagnostic::error("No such type", format!("There is no {:?}.", r#type)).into();
        }
        if config.get("name").and_then(Value::as_str) == Some("") {
            return Diagnostic::error("Empty name", "The name must not be empty.")
                .on_attribute(Path::attr("name"))
                .into();
        }
        Diagnostics::new()
    }

    async fn configure(&self, config: &Value) -> Diagnostics {
        let mut inner = self.0.lock();
        inner.log.push("configure".into());
        inner.config = Some(config.clone());
        Diagnostics::new()
    }

    async fn upgrade(&self, r#type: &str, version: u64, attributes: &Json) -> Result<Value, Diagnostics> {
        let Some(schema) = self.1.resources.get(r#type) else {
            return Err(Diagnostic::error("No such type", format!("There is no {:?}.", r#type)).into());
        };
        let mut attributes = attributes.clone();
        // Version 0 called the attribute "size" "bytes".
        if let Some(object) = attributes.as_object_mut().filter(|_| version == 0)
            && let Some(bytes) = object.remove("bytes")
        {
            object.insert("size".into(), bytes);
        }
        json::from_json(&attributes, schema.block.implied_type())
            .map_err(|e| Diagnostic::error("Unreadable object", format!("The stored object does not fit: {e}.")).into())
    }

    async fn read(&self, requests: Vec<ReadRequest>) -> Vec<ReadResponse> {
        let mut inner = self.0.lock();
        inner.log.push(format!("read {}", requests.len()));
        requests
            .into_iter()
            .map(|r| {
                let fault = inner.faults.remove(&format!("read {}", text(&r.current, "name")));
                let mut response = ReadResponse {
                    state: r.current.clone(),
                    private: r.private.clone(),
                    diagnostics: Diagnostics::new(),
                };
                match fault {
                    Some(Fault::Panic) => std::panic::resume_unwind(Box::new("the test asked for a panic")),
                    Some(_) => response.diagnostics = failed("read", &text(&r.current, "name")),
                    None => {
                        let found = inner.objects.get(&text(&r.current, "id")).cloned();
                        response.state = found.unwrap_or_else(|| Value::null(r.current.ty().clone()));
                    }
                }
                response
            })
            .collect()
    }

    async fn plan(&self, request: PlanRequest) -> PlanResponse {
        let mut response = PlanResponse {
            planned: request.proposed.clone(),
            requires_replace: Vec::new(),
            private: request.private,
            diagnostics: Diagnostics::new(),
        };
        if request.proposed.is_null() {
            return response;
        }
        let unknown = || Value::refined(Type::String, Refinement { not_null: true, ..Refinement::default() });
        let fault = self.0.lock().faults.remove(&format!("plan {}", text(&request.proposed, "name")));
        match fault {
            Some(Fault::Lie) => response.planned = response.planned.with_attribute("name", Value::from("lie")),
            Some(Fault::Panic) => std::panic::resume_unwind(Box::new("the test asked for a panic")),
            Some(_) => response.diagnostics = failed("plan", &text(&request.proposed, "name")),
            None => {}
        }
        let creating = request.prior.is_null();
        if !creating && request.prior.get("kind") != request.proposed.get("kind") {
            response.requires_replace.push(Path::attr("kind"));
        }
        if creating || !response.requires_replace.is_empty() {
            response.planned = response.planned.with_attribute("id", unknown());
            if request.config.get("zone").is_some_and(Value::is_null) {
                response.planned = response.planned.with_attribute("zone", unknown());
            }
        }
        if creating || response.planned != request.prior {
            response.planned = response.planned.with_attribute("stamp", unknown());
            response.planned = response.planned.transform(&mut |path, v| {
                let is_rule_id = matches!(path.0.last(), Some(craton_model::Step::Attr(n)) if n.as_ref() == "rule_id");
                if is_rule_id && v.is_null() { unknown() } else { v }
            });
        }
        response
    }

    async fn apply(&self, request: ApplyRequest) -> ApplyResponse {
        let deleting = request.planned.is_null();
        let operation = match (request.prior.is_null(), deleting) {
            (true, _) => "create",
            (_, true) => "delete",
            _ => "update",
        };
        let name = text(if deleting { &request.prior } else { &request.planned }, "name");
        let mut inner = self.0.lock();
        let fault = inner.asked(operation, &name);
        let mut response =
            ApplyResponse { state: request.prior.clone(), private: request.private, diagnostics: Diagnostics::new() };
        match fault {
            Some(Fault::Fail) => {
                response.diagnostics = failed(operation, &name);
                return response;
            }
            Some(Fault::Panic) => {
                drop(inner);
                std::panic::resume_unwind(Box::new("the test asked for a panic"))
            }
            Some(Fault::FailAfter) => response.diagnostics = failed(operation, &name),
            Some(Fault::Lie) | None => {}
        }
        if deleting {
            inner.objects.remove(&text(&request.prior, "id"));
            response.state = Value::null(request.planned.ty().clone());
            return response;
        }
        inner.next += 1;
        let number = inner.next;
        let made = request.planned.transform(&mut |path, v| match (v.is_known(), path.to_string().as_str()) {
            (true, _) => v,
            (_, "zone") => Value::from("zone-a"),
            (_, "id") => Value::string(format!("thing-{number}")),
            (_, path) => Value::string(format!("{path}-{number}")),
        });
        let made = if fault == Some(Fault::Lie) { made.with_attribute("name", Value::from("lie")) } else { made };
        inner.objects.insert(text(&made, "id"), made.clone());
        response.state = made;
        response
    }

    async fn import(&self, r#type: &str, id: &str) -> Result<Vec<ImportedObject>, Diagnostics> {
        let Some(schema) = self.1.resources.get(r#type) else {
            return Err(Diagnostic::error("No such type", format!("There is no {:?}.", r#type)).into());
        };
        self.0.lock().log.push(format!("import {id}"));
        let state = schema.block.empty_value().with_attribute("id", Value::from(id));
        Ok(vec![ImportedObject { r#type: r#type.into(), state, private: Arc::default() }])
    }

    async fn read_data(&self, _: &str, config: Value) -> (Value, Diagnostics) {
        let name = text(&config, "name");
        let mut inner = self.0.lock();
        if inner.asked("lookup", &name).is_some() {
            return (config, failed("lookup", &name));
        }
        let found: BTreeSet<&String> =
            inner.objects.iter().filter(|(_, o)| text(o, "name") == name).map(|(id, _)| id).collect();
        match found.first().and_then(|id| inner.objects.get(*id)) {
            Some(o) => {
                let pick = |k: &str| o.get(k).cloned().unwrap_or_else(|| Value::null(Type::Dynamic));
                (config.with_attribute("id", pick("id")).with_attribute("size", pick("size")), Diagnostics::new())
            }
            None => (config, Diagnostic::error("Nothing found", format!("There is no thing named {name:?}.")).into()),
        }
    }

    async fn stop(&self) {
        self.0.lock().stopped = true;
    }
}
