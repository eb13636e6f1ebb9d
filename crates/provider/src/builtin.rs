//! The provider that every configuration has: `terraform.io/builtin/terraform`, with the resource
//! type `terraform_data` and the data source `terraform_remote_state`.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use async_trait::async_trait;
use craton_model::addr::ResourceMode;
use craton_model::schema::{Attribute, AttributeType, Block, ProviderSchema, Schema};
use craton_model::state::OutputValue;
use craton_model::{Diagnostic, Diagnostics, Path, Refinement, Type, Value, json};
use serde_json::Value as Json;

use crate::{
    ApplyRequest, ApplyResponse, Factory, ImportedObject, PlanRequest, PlanResponse, Provider, ReadRequest,
    ReadResponse,
};

/// Reads the outputs of another state, for `terraform_remote_state`. Implemented by whoever knows
/// the backends.
#[async_trait]
pub trait RemoteState: Send + Sync {
    /// The root outputs of a workspace's state in a backend with this configuration (an object, or
    /// null for none). `Ok(None)` when the backend holds no such state.
    async fn outputs(
        &self,
        backend: &str,
        config: &Value,
        workspace: Option<&str>,
    ) -> Result<Option<BTreeMap<Arc<str>, OutputValue>>, Diagnostics>;

    /// Checks a backend's name and configuration (unknown values possible) without reading.
    fn validate(&self, _backend: &str, _config: &Value) -> Diagnostics {
        Diagnostics::new()
    }
}

/// Refuses to read any other state, saying so: for programs and tests that wire no backends.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoRemoteState;

#[async_trait]
impl RemoteState for NoRemoteState {
    async fn outputs(
        &self,
        backend: &str,
        _: &Value,
        _: Option<&str>,
    ) -> Result<Option<BTreeMap<Arc<str>, OutputValue>>, Diagnostics> {
        Err(Diagnostic::error(
            "Backends are not available here",
            format!("This program was started without state backends, so the {backend:?} backend cannot be read."),
        )
        .on_attribute(Path::attr("backend"))
        .into())
    }
}

/// The built-in provider and its factory in one: it has no configuration.
#[derive(Clone)]
pub struct Builtin {
    remote: Arc<dyn RemoteState>,
}

impl Builtin {
    /// One that reads other states through `remote`.
    pub fn new(remote: Arc<dyn RemoteState>) -> Self {
        Self { remote }
    }
}

fn attribute(ty: Type, description: &str) -> Attribute {
    Attribute { ty: AttributeType::Plain(ty), description: description.into(), ..Attribute::default() }
}

fn schema() -> &'static Arc<ProviderSchema> {
    static SCHEMA: OnceLock<Arc<ProviderSchema>> = OnceLock::new();
    SCHEMA.get_or_init(|| {
        let optional = |ty, d| Attribute { optional: true, ..attribute(ty, d) };
        let required = |ty, d| Attribute { required: true, ..attribute(ty, d) };
        let computed = |ty, d| Attribute { computed: true, ..attribute(ty, d) };
        let block = |attributes: Vec<(&str, Attribute)>| {
            let attributes = attributes.into_iter().map(|(name, a)| (Arc::from(name), a)).collect();
            Schema { version: 0, block: Arc::new(Block::new(attributes, BTreeMap::new())) }
        };
        let data = block(vec![
            ("id", computed(Type::String, "A random UUID, new with each replacement.")),
            ("input", optional(Type::Dynamic, "Any value, given back as output once it is applied.")),
            ("output", computed(Type::Dynamic, "The value of input.")),
            ("triggers_replace", optional(Type::Dynamic, "Any value; the object is replaced when it changes.")),
        ]);
        let remote = block(vec![
            ("backend", required(Type::String, "The type of backend that holds the state.")),
            ("config", optional(Type::Dynamic, "The backend's configuration, as in a backend block.")),
            ("defaults", optional(Type::Dynamic, "Values for outputs that the state does not have.")),
            ("outputs", computed(Type::Dynamic, "An object with every root output of the state.")),
            ("workspace", optional(Type::String, "The workspace to read.")),
        ]);
        Arc::new(ProviderSchema {
            provider: block(vec![]),
            resources: [("terraform_data".into(), data)].into(),
            data_sources: [("terraform_remote_state".into(), remote)].into(),
            ephemeral: BTreeMap::new(),
            functions: BTreeMap::new(),
        })
    })
}

fn no_such_type(r#type: &str) -> Diagnostics {
    Diagnostic::error("Invalid resource type", format!("The built-in provider does not support {:?}.", r#type)).into()
}

fn attr(object: &Value, name: &str) -> Value {
    object.get(name).cloned().unwrap_or_else(|| Value::null(Type::Dynamic))
}

#[async_trait]
impl Factory for Builtin {
    fn version(&self) -> String {
        env!("CARGO_PKG_VERSION").into()
    }

    async fn schema(&self) -> Result<Arc<ProviderSchema>, Diagnostics> {
        Ok(schema().clone())
    }

    async fn start(&self) -> Result<Arc<dyn Provider>, Diagnostics> {
        Ok(Arc::new(self.clone()))
    }
}

#[async_trait]
impl Provider for Builtin {
    fn schema(&self) -> &Arc<ProviderSchema> {
        schema()
    }

    async fn validate_provider(&self, _: &Value) -> Diagnostics {
        Diagnostics::new()
    }

    async fn validate_resource(&self, mode: ResourceMode, r#type: &str, config: &Value) -> Diagnostics {
        match (mode, r#type) {
            (ResourceMode::Managed, "terraform_data") => ["id", "output"]
                .into_iter()
                .filter(|name| !attr(config, name).is_null())
                .map(|name| {
                    Diagnostic::error(
                        format!("\"{name}\" attribute is read-only"),
                        format!("The provider sets the attribute \"{name}\"; it cannot be configured. Remove it."),
                    )
                    .on_attribute(Path::attr(name))
                })
                .collect(),
            (ResourceMode::Data, "terraform_remote_state") => self.validate_remote_state(config),
            _ => no_such_type(r#type),
        }
    }

    async fn configure(&self, _: &Value) -> Diagnostics {
        Diagnostics::new()
    }

    async fn upgrade(&self, r#type: &str, _: u64, attributes: &Json) -> Result<Value, Diagnostics> {
        let block = schema().resources.get(r#type).ok_or_else(|| no_such_type(r#type))?;
        json::from_json(attributes, block.block.implied_type()).map_err(|e| {
            Diagnostic::error(
                "Unreadable object in the state",
                format!("The stored attributes of {:?} do not fit its schema: {e}.", r#type),
            )
            .into()
        })
    }

    async fn read(&self, requests: Vec<ReadRequest>) -> Vec<ReadResponse> {
        requests
            .into_iter()
            .map(|r| ReadResponse { state: r.current, private: r.private, diagnostics: Diagnostics::new() })
            .collect()
    }

    async fn plan(&self, request: PlanRequest) -> PlanResponse {
        let mut response = PlanResponse {
            planned: request.proposed.clone(),
            requires_replace: Vec::new(),
            private: request.private,
            diagnostics: Diagnostics::new(),
        };
        if request.r#type.as_ref() != "terraform_data" {
            response.diagnostics = no_such_type(&request.r#type);
        }
        if request.proposed.is_null() || !request.proposed.is_known() {
            return response;
        }
        let input = attr(&request.proposed, "input");
        let output = if input.is_null() { input.clone() } else { Value::unknown(input.ty().clone()) };
        let new_id = || Value::refined(Type::String, Refinement { not_null: true, ..Refinement::default() });
        let renewed = |object: &Value| object.with_attribute("id", new_id()).with_attribute("output", output.clone());
        if request.prior.is_null() {
            response.planned = renewed(&request.proposed);
        } else if attr(&request.prior, "triggers_replace") != attr(&request.proposed, "triggers_replace") {
            response.requires_replace.push(Path::attr("triggers_replace"));
            response.planned = renewed(&request.proposed);
        } else if attr(&request.prior, "input") != input {
            // Unlike on creation, also where the input becomes null: Terraform plans it as known after apply.
            response.planned = request.proposed.with_attribute("output", Value::unknown(input.ty().clone()));
        }
        response
    }

    async fn apply(&self, request: ApplyRequest) -> ApplyResponse {
        let mut state = request.planned;
        if !state.is_null() {
            if state.get("output").is_some_and(|v| !v.is_known()) {
                state = state.with_attribute("output", attr(&state, "input"));
            }
            if state.get("id").is_some_and(|v| !v.is_known()) {
                state = state.with_attribute("id", Value::string(uuid::Uuid::new_v4().to_string()));
            }
        }
        ApplyResponse { state, private: request.private, diagnostics: Diagnostics::new() }
    }

    async fn import(&self, r#type: &str, id: &str) -> Result<Vec<ImportedObject>, Diagnostics> {
        let schema = schema().resources.get(r#type).ok_or_else(|| no_such_type(r#type))?;
        let state = schema.block.empty_value().with_attribute("id", Value::from(id));
        Ok(vec![ImportedObject { r#type: r#type.into(), state, private: Arc::default() }])
    }

    async fn read_data(&self, r#type: &str, config: Value) -> (Value, Diagnostics) {
        if r#type != "terraform_remote_state" {
            return (config, no_such_type(r#type));
        }
        let found = self.read_remote_state(&config).await;
        match found {
            Ok(outputs) => {
                let ty_free = config.as_map().into_iter().flatten().cloned();
                let all = ty_free.filter(|(k, _)| k.as_ref() != "outputs").chain([("outputs".into(), outputs)]);
                (Value::object(all), Diagnostics::new())
            }
            Err(found) => (config, found),
        }
    }
}

impl Builtin {
    fn validate_remote_state(&self, config: &Value) -> Diagnostics {
        let mut found = Diagnostics::new();
        let defaults = attr(config, "defaults");
        if defaults.is_known() && !defaults.is_null() && defaults.as_map().is_none() {
            found.push(
                Diagnostic::error(
                    "Invalid default values",
                    "The argument \"defaults\" takes an object or a map with a value for each output.",
                )
                .on_attribute(Path::attr("defaults")),
            );
        }
        let backend = attr(config, "backend");
        if let Some(backend) = backend.as_str() {
            found.extend(self.remote.validate(backend, &attr(config, "config")));
        }
        found
    }

    async fn read_remote_state(&self, config: &Value) -> Result<Value, Diagnostics> {
        let backend = attr(config, "backend");
        let workspace = attr(config, "workspace");
        let name = backend.as_str().unwrap_or_default();
        let found = self.remote.outputs(name, &attr(config, "config"), workspace.as_str()).await?;
        let Some(found) = found else {
            return Err(Diagnostic::error(
                "Unable to find remote state",
                "The backend holds no state of this workspace. Apply the configuration that writes it first; \"defaults\" stands in for single outputs only.",
            )
            .into());
        };
        let defaults = attr(config, "defaults");
        let defaults = defaults.as_map().into_iter().flatten().cloned();
        let outputs = found.into_iter().map(|(name, o)| (name, o.value));
        Ok(Value::object(defaults.chain(outputs)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::propose::proposed;
    use craton_model::addr::ResourceInstance;

    fn plan(prior: &Value, config: &Value) -> PlanResponse {
        let provider = Builtin::new(Arc::new(NoRemoteState));
        let block = &schema().resources["terraform_data"].block;
        let request = PlanRequest {
            addr: ResourceInstance::parse("terraform_data.a").unwrap(),
            r#type: "terraform_data".into(),
            prior: prior.clone(),
            proposed: proposed(block, prior, config),
            config: config.clone(),
            private: Arc::default(),
        };
        run(provider.plan(request))
    }

    fn run<T>(f: impl Future<Output = T>) -> T {
        tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(f)
    }

    fn data(id: Value, input: Value, output: Value, trigger: Value) -> Value {
        Value::object([("id", id), ("input", input), ("output", output), ("triggers_replace", trigger)])
    }

    #[test]
    fn output_is_planned_as_terraform_plans_it() {
        let any = || Value::null(Type::Dynamic);
        let none = Value::null(schema().resources["terraform_data"].block.implied_type().clone());
        let config = |input: Value, trigger: Value| data(Value::null(Type::String), input, any(), trigger);

        let new = plan(&none, &config(Value::from("x"), any())).planned;
        assert_eq!(format!("{:?}", new.get("output").unwrap()), "unknown(string)");
        assert!(!new.get("id").unwrap().is_known() && new.get("id").unwrap().is_not_null());
        assert!(plan(&none, &config(any(), any())).planned.get("output").unwrap().is_null());

        let prior = data(Value::from("i"), Value::from("x"), Value::from("x"), any());
        assert_eq!(plan(&prior, &config(Value::from("x"), any())).planned, prior);
        let changed = plan(&prior, &config(Value::from("y"), any()));
        assert!(changed.requires_replace.is_empty());
        assert_eq!(changed.planned.get("id").unwrap().as_str(), Some("i"));
        assert!(!changed.planned.get("output").unwrap().is_known());
        let replaced = plan(&prior, &config(Value::from("x"), Value::from(1)));
        assert_eq!(replaced.requires_replace, [Path::attr("triggers_replace")]);
        assert!(!replaced.planned.get("id").unwrap().is_known());
    }

    struct States;

    #[async_trait]
    impl RemoteState for States {
        async fn outputs(
            &self,
            backend: &str,
            _: &Value,
            workspace: Option<&str>,
        ) -> Result<Option<BTreeMap<Arc<str>, OutputValue>>, Diagnostics> {
            assert_eq!(backend, "local");
            let found = [("a".into(), OutputValue { value: Value::from("state"), sensitive: false })].into();
            Ok((workspace != Some("none")).then_some(found))
        }
    }

    #[test]
    fn remote_state_falls_back_on_defaults() {
        let provider = Builtin::new(Arc::new(States));
        let read = |workspace: &str, defaults: Value| {
            let config = Value::object([
                ("backend", Value::from("local")),
                ("config", Value::null(Type::Dynamic)),
                ("defaults", defaults),
                ("outputs", Value::null(Type::Dynamic)),
                ("workspace", Value::from(workspace)),
            ]);
            run(provider.read_data("terraform_remote_state", config))
        };
        let defaults = || Value::object([("a", Value::from("default")), ("b", Value::from("default"))]);
        let (v, d) = read("w", defaults());
        assert!(d.is_empty());
        assert_eq!(format!("{:?}", v.get("outputs").unwrap()), r#"{"a": "state", "b": "default"}"#);
        // As in Terraform, the state itself has to be there.
        assert!(read("none", defaults()).1.has_errors());
        assert!(read("none", Value::null(Type::Dynamic)).1.has_errors());
    }
}
