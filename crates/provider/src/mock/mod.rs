//! Providers that make their values up, for tests of configurations
//! (<https://developer.hashicorp.com/terraform/language/tests/mocking>).
//!
//! A mock has the schema of a real provider and asks it to check configurations and to call functions, which it can do
//! without being configured. It never configures it and never asks it about real objects.

mod fill;

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use craton_model::addr::ResourceMode;
use craton_model::schema::{Block, ProviderSchema};
use craton_model::{Diagnostic, Diagnostics, Span, Value};
use serde_json::Value as Json;

use crate::{
    ApplyRequest, ApplyResponse, Factory, ImportedObject, PlanRequest, PlanResponse, Provider, ReadRequest,
    ReadResponse,
};
use fill::{Open, With, fill};

/// Values for attributes that nobody configures.
#[derive(Clone, Debug)]
pub struct Given {
    /// By attribute name: an object. What it leaves out is made up.
    pub values: Value,
    /// They are there when planning; otherwise a plan says that they are known after apply.
    pub during_plan: bool,
    /// Where they are written.
    pub place: Option<Span>,
}

/// Which values a mock gives.
#[derive(Clone, Debug)]
pub struct MockData {
    types: BTreeMap<(ResourceMode, Arc<str>), Given>,
    otherwise: Given,
    seed: u64,
    /// It stands in for certain objects, whatever their type.
    of_objects: bool,
}

impl MockData {
    /// Values by resource type, and for types without an entry.
    pub fn new(types: BTreeMap<(ResourceMode, Arc<str>), Given>, otherwise: Given) -> Self {
        // Two mocks must not make up the same strings.
        Self { types, otherwise, seed: uuid::Uuid::new_v4().as_u64_pair().0, of_objects: false }
    }

    /// Values for certain objects, whatever their type. Such an object counts as one that is there, so it can be imported.
    pub fn uniform(given: Given) -> Self {
        Self { of_objects: true, ..Self::new(BTreeMap::new(), given) }
    }

    fn given(&self, mode: ResourceMode, r#type: &str) -> &Given {
        self.types.get(&(mode, Arc::from(r#type))).unwrap_or(&self.otherwise)
    }

    fn with<'a>(&'a self, mode: ResourceMode, r#type: &str, object: &'a str) -> With<'a> {
        let given = self.given(mode, r#type);
        With::Values { given: &given.values, place: given.place, seed: self.seed, object }
    }
}

/// Makes mocks of a real provider.
pub struct MockFactory {
    real: Arc<dyn Factory>,
    data: Arc<MockData>,
}

impl MockFactory {
    /// Mocks of this provider. All of them make up the same values for the same object.
    pub fn new(real: Arc<dyn Factory>, data: MockData) -> Self {
        Self { real, data: Arc::new(data) }
    }
}

#[async_trait]
impl Factory for MockFactory {
    fn version(&self) -> String {
        self.real.version()
    }

    async fn schema(&self) -> Result<Arc<ProviderSchema>, Diagnostics> {
        self.real.schema().await
    }

    async fn start(&self) -> Result<Arc<dyn Provider>, Diagnostics> {
        Ok(Arc::new(Mock::new(self.real.start().await?, self.data.clone())))
    }
}

/// A provider that makes its values up.
pub struct Mock {
    real: Arc<dyn Provider>,
    data: Arc<MockData>,
}

impl Mock {
    /// In place of this provider.
    pub fn new(real: Arc<dyn Provider>, data: Arc<MockData>) -> Self {
        Self { real, data }
    }

    fn block(&self, mode: ResourceMode, r#type: &str) -> Result<Arc<Block>, Diagnostics> {
        let schema = self.real.schema();
        let found = match mode {
            ResourceMode::Managed => schema.resources.get(r#type),
            ResourceMode::Data => schema.data_sources.get(r#type),
            ResourceMode::Ephemeral => schema.ephemeral.get(r#type),
        };
        found.map(|s| s.block.clone()).ok_or_else(|| {
            Diagnostic::error("Unsupported resource type", format!("The provider has no type {:?}.", r#type)).into()
        })
    }

    /// A data source or ephemeral resource: what is not configured is filled in.
    fn answered(&self, mode: ResourceMode, r#type: &str, config: Value) -> (Value, Diagnostics) {
        let block = match self.block(mode, r#type) {
            Ok(block) => block,
            Err(found) => return (config, found),
        };
        // Of two that are configured alike, the answers are alike.
        let object = format!("{} {config:?}", r#type);
        fill(&block, &config, Open::Null, self.data.with(mode, r#type, &object))
    }
}

#[async_trait]
impl Provider for Mock {
    fn schema(&self) -> &Arc<ProviderSchema> {
        self.real.schema()
    }

    async fn validate_provider(&self, _: &Value) -> Diagnostics {
        Diagnostics::new()
    }

    async fn validate_resource(&self, mode: ResourceMode, r#type: &str, config: &Value) -> Diagnostics {
        self.real.validate_resource(mode, r#type, config).await
    }

    async fn configure(&self, _: &Value) -> Diagnostics {
        Diagnostics::new()
    }

    async fn upgrade(&self, r#type: &str, version: u64, attributes: &Json) -> Result<Value, Diagnostics> {
        self.real.upgrade(r#type, version, attributes).await
    }

    async fn read(&self, requests: Vec<ReadRequest>) -> Vec<ReadResponse> {
        let as_it_was =
            |r: ReadRequest| ReadResponse { state: r.current, private: r.private, diagnostics: Diagnostics::new() };
        requests.into_iter().map(as_it_was).collect()
    }

    async fn plan(&self, request: PlanRequest) -> PlanResponse {
        let answer = |planned, diagnostics| PlanResponse {
            planned,
            requires_replace: Vec::new(),
            private: request.private.clone(),
            diagnostics,
        };
        // Computed values are made up once: an update keeps them.
        if !request.prior.is_null() || request.proposed.is_null() {
            return answer(request.proposed.clone(), Diagnostics::new());
        }
        let block = match self.block(ResourceMode::Managed, &request.r#type) {
            Ok(block) => block,
            Err(found) => return answer(request.proposed.clone(), found),
        };
        let object = request.addr.to_string();
        let with = match self.data.given(ResourceMode::Managed, &request.r#type).during_plan {
            true => self.data.with(ResourceMode::Managed, &request.r#type, &object),
            false => With::Unknown,
        };
        let (planned, found) = fill(&block, &request.proposed, Open::Null, with);
        answer(planned, found)
    }

    async fn apply(&self, request: ApplyRequest) -> ApplyResponse {
        let answer = |state, diagnostics| ApplyResponse { state, private: request.private.clone(), diagnostics };
        if !request.prior.is_null() || request.planned.is_null() {
            return answer(request.planned.clone(), Diagnostics::new());
        }
        let block = match self.block(ResourceMode::Managed, &request.r#type) {
            Ok(block) => block,
            Err(found) => return answer(request.prior.clone(), found),
        };
        let object = request.addr.to_string();
        let with = self.data.with(ResourceMode::Managed, &request.r#type, &object);
        let (state, found) = fill(&block, &request.planned, Open::Unknown, with);
        // What does not fit was not made.
        let state = if found.has_errors() { request.prior.clone() } else { state };
        answer(state, found)
    }

    async fn import(&self, r#type: &str, id: &str) -> Result<Vec<ImportedObject>, Diagnostics> {
        if !self.data.of_objects {
            return Err(Diagnostic::error(
                "Import from a mock",
                "The provider is mocked in this test, so there is no existing object that could be imported. Say what there is with an override_resource block for the resource, or leave the import block out of what is tested.",
            )
            .into());
        }
        let block = self.block(ResourceMode::Managed, r#type)?;
        let object = format!("{} {id:?}", r#type);
        let with = self.data.with(ResourceMode::Managed, r#type, &object);
        let (state, found) = fill(&block, &block.empty_value(), Open::Null, with);
        found.ok(vec![ImportedObject { r#type: r#type.into(), state, private: Arc::default() }])
    }

    async fn read_data(&self, r#type: &str, config: Value) -> (Value, Diagnostics) {
        self.answered(ResourceMode::Data, r#type, config)
    }

    async fn open_ephemeral(&self, r#type: &str, config: Value) -> (Value, Diagnostics) {
        self.answered(ResourceMode::Ephemeral, r#type, config)
    }

    async fn call_function(&self, name: &str, args: &[Value]) -> Result<Value, (Option<usize>, String)> {
        self.real.call_function(name, args).await
    }

    fn legacy_type_system(&self) -> bool {
        self.real.legacy_type_system()
    }
}

#[cfg(test)]
mod tests;
