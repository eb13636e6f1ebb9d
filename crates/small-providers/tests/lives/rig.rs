//! A provider in a folder of its own, with a clock that the test holds.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use craton_model::addr::{InstanceKey, ModuleInstance, Resource, ResourceInstance, ResourceMode};
use craton_model::schema::Block;
use craton_model::{Diagnostics, Type, Value};
use craton_provider::propose::proposed;
use craton_provider::suite::{Case, lifecycle, lifecycle_in_state};
use craton_provider::{ApplyRequest, ApplyResponse, Factory as _, PlanRequest, PlanResponse, Provider, ReadRequest};
use craton_small_providers::{Clock, NetworkOnly, Servers, Surroundings, all};
use tempfile::TempDir;

/// 2024-05-06T07:08:09Z.
pub const START: u64 = 1_714_979_289;

/// Waiting takes no time, and yet the time of day moves on.
#[derive(Default)]
pub struct Held {
    pub passed: AtomicU64,
    pub waits: Mutex<Vec<Duration>>,
    /// Waiting never ends.
    pub stuck: bool,
}

#[async_trait]
impl Clock for Held {
    fn now(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(START + self.passed.load(Ordering::SeqCst))
    }

    async fn sleep(&self, how_long: Duration) {
        self.waits.lock().unwrap().push(how_long);
        self.passed.fetch_add(how_long.as_secs(), Ordering::SeqCst);
        if self.stuck {
            std::future::pending::<()>().await;
        }
    }
}

pub struct Rig {
    pub provider: Arc<dyn Provider>,
    pub clock: Arc<Held>,
    pub folder: TempDir,
}

impl Rig {
    pub async fn new(name: &str) -> Self {
        Self::with(name, Held::default()).await
    }

    pub async fn with(name: &str, clock: Held) -> Self {
        Self::beside(name, clock, Arc::new(NetworkOnly)).await
    }

    /// Where these servers are there without a network.
    pub async fn beside(name: &str, clock: Held, servers: Arc<dyn Servers>) -> Self {
        let (folder, clock) = (tempfile::tempdir().unwrap(), Arc::new(clock));
        let surroundings = Surroundings { dir: folder.path().into(), clock: clock.clone(), servers };
        let (_, factory) = all(surroundings).find(|(a, _)| a.short() == format!("hashicorp/{name}")).unwrap();
        let provider = factory.start().await.unwrap();
        assert!(!provider.configure(&provider.schema().provider.block.empty_value()).await.has_errors());
        Self { provider, clock, folder }
    }

    /// Takes an object through its life; `second` changes it, or replaces it.
    pub async fn life(&self, r#type: &str, first: &[(&str, Value)], second: &[(&str, Value)]) {
        let case = Case { r#type, first: first.to_vec(), second: second.to_vec() };
        lifecycle(&*self.provider, &case).await.unwrap();
    }

    /// The same for a type that keeps nothing but its state.
    pub async fn life_in_state(&self, r#type: &str, first: &[(&str, Value)], second: &[(&str, Value)]) {
        let case = Case { r#type, first: first.to_vec(), second: second.to_vec() };
        lifecycle_in_state(&*self.provider, &case).await.unwrap();
    }

    fn block(&self, r#type: &str) -> Arc<Block> {
        self.provider.schema().resources[r#type].block.clone()
    }

    pub fn none(&self, r#type: &str) -> Value {
        Value::null(self.block(r#type).implied_type().clone())
    }

    fn config(&self, r#type: &str, arguments: &[(&str, Value)]) -> Value {
        arguments.iter().fold(self.block(r#type).empty_value(), |o, (name, v)| o.with_attribute(name, v.clone()))
    }

    pub async fn validate(&self, r#type: &str, arguments: &[(&str, Value)]) -> Diagnostics {
        let config = self.config(r#type, arguments);
        self.provider.validate_resource(ResourceMode::Managed, r#type, &config).await
    }

    pub async fn plan(&self, r#type: &str, prior: &Value, arguments: &[(&str, Value)]) -> PlanResponse {
        let (block, config) = (self.block(r#type), self.config(r#type, arguments));
        let request = PlanRequest {
            addr: address(r#type),
            r#type: r#type.into(),
            prior: prior.clone(),
            proposed: proposed(&block, prior, &config),
            config,
            private: Arc::default(),
        };
        self.provider.plan(request).await
    }

    pub async fn apply(&self, r#type: &str, prior: &Value, planned: &Value) -> ApplyResponse {
        let request = ApplyRequest {
            addr: address(r#type),
            r#type: r#type.into(),
            prior: prior.clone(),
            planned: planned.clone(),
            config: planned.clone(),
            private: Arc::default(),
        };
        self.provider.apply(request).await
    }

    /// Plans and applies.
    pub async fn change(&self, r#type: &str, prior: &Value, arguments: &[(&str, Value)]) -> Value {
        let plan = self.plan(r#type, prior, arguments).await;
        assert!(!plan.diagnostics.has_errors(), "{:?}", plan.diagnostics);
        let done = self.apply(r#type, prior, &plan.planned).await;
        assert!(!done.diagnostics.has_errors(), "{:?}", done.diagnostics);
        done.state
    }

    pub async fn create(&self, r#type: &str, arguments: &[(&str, Value)]) -> Value {
        self.change(r#type, &self.none(r#type), arguments).await
    }

    pub async fn read(&self, r#type: &str, current: &Value) -> Value {
        let request = ReadRequest {
            addr: address(r#type),
            r#type: r#type.into(),
            current: current.clone(),
            private: Arc::default(),
        };
        self.provider.read(vec![request]).await.remove(0).state
    }

    pub async fn import(&self, r#type: &str, id: &str) -> Result<Value, Diagnostics> {
        Ok(self.provider.import(r#type, id).await?.remove(0).state)
    }

    pub async fn data(&self, r#type: &str, arguments: &[(&str, Value)]) -> (Value, Diagnostics) {
        let block = self.provider.schema().data_sources[r#type].block.clone();
        let config = arguments.iter().fold(block.empty_value(), |o, (name, v)| o.with_attribute(name, v.clone()));
        let found = self.provider.validate_resource(ResourceMode::Data, r#type, &config).await;
        if found.has_errors() {
            return (config, found);
        }
        let (value, found) = self.provider.read_data(r#type, config.clone()).await;
        for (name, _) in block.attributes.iter().filter(|(_, a)| !a.computed) {
            assert_eq!(value.get(name), config.get(name), "only what is computed is set: {name}");
        }
        assert!(craton_provider::check::conforms(&block, &value).is_empty());
        (value, found)
    }
}

fn address(r#type: &str) -> ResourceInstance {
    let resource = Resource::managed(r#type, "a");
    ResourceInstance { module: ModuleInstance::root(), resource, key: InstanceKey::None }
}

pub fn text<'a>(object: &'a Value, name: &str) -> &'a str {
    object.get(name).and_then(Value::as_str).unwrap_or_else(|| panic!("{name} of {object:?}"))
}

pub fn map(entries: &[(&str, &str)]) -> Value {
    Value::map(Type::String, entries.iter().map(|(k, v)| (*k, Value::from(*v))))
}

pub fn list(items: &[&str]) -> Value {
    Value::list(Type::String, items.iter().map(|s| Value::from(*s)))
}
