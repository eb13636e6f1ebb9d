//! The provider: Terraform's operations, carried out from a declaration.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use async_trait::async_trait;
use craton_model::addr::{ResourceInstance, ResourceMode};
use craton_model::schema::ProviderSchema;
use craton_model::{Diagnostic, Diagnostics, Type, Value, json};
use craton_provider::{
    ApplyRequest, ApplyResponse, Factory, ImportedObject, PlanRequest, PlanResponse, Provider, ReadRequest,
    ReadResponse, Releases,
};
use serde_json::Value as Json;
use tokio::sync::watch;

use crate::cx::{Cx, Surroundings};
use crate::decl::{DataSource, Declaration, Resource};
use crate::obj::Obj;
use crate::{plan, schema, validate};

/// Makes providers of one declaration.
#[derive(Clone)]
pub struct SmallFactory {
    declaration: &'static Declaration,
    surroundings: Arc<Surroundings>,
    schema: Arc<OnceLock<Arc<ProviderSchema>>>,
}

impl SmallFactory {
    /// Providers of this declaration, in these surroundings.
    pub fn new(declaration: &'static Declaration, surroundings: Arc<Surroundings>) -> Self {
        Self { declaration, surroundings, schema: Arc::default() }
    }

    fn served(&self) -> Arc<ProviderSchema> {
        self.schema.get_or_init(|| Arc::new(schema::of(self.declaration))).clone()
    }
}

#[async_trait]
impl Factory for SmallFactory {
    fn version(&self) -> String {
        self.declaration.version.into()
    }

    fn releases(&self) -> Option<Releases> {
        // What earlier ones have and this one has not, or later ones, says so where it is written.
        Some(Releases { known: self.declaration.known, alike: self.declaration.known })
    }

    async fn schema(&self) -> Result<Arc<ProviderSchema>, Diagnostics> {
        Ok(self.served())
    }

    async fn start(&self) -> Result<Arc<dyn Provider>, Diagnostics> {
        Ok(Arc::new(Small {
            declaration: self.declaration,
            surroundings: self.surroundings.clone(),
            schema: self.served(),
            stop: watch::Sender::new(false),
            config: Mutex::default(),
        }))
    }
}

struct Small {
    declaration: &'static Declaration,
    surroundings: Arc<Surroundings>,
    schema: Arc<ProviderSchema>,
    stop: watch::Sender<bool>,
    config: Mutex<Option<Arc<Obj>>>,
}

impl Small {
    fn cx(&self) -> Cx {
        Cx {
            surroundings: self.surroundings.clone(),
            stopped: self.stop.subscribe(),
            config: self.config.lock().unwrap_or_else(PoisonError::into_inner).clone(),
            warnings: Mutex::default(),
        }
    }

    fn resource(&self, name: &str) -> Result<(&'static dyn Resource, &Type), Diagnostics> {
        let found = self.declaration.resources.iter().find(|r| r.name() == name);
        match (found, self.schema.resources.get(name)) {
            (Some(r), Some(schema)) => Ok((*r, schema.block.implied_type())),
            _ => Err(self.none("resource", name, self.declaration.resources.iter().map(|r| r.name()))),
        }
    }

    fn data(&self, name: &str) -> Result<(&'static dyn DataSource, &Type), Diagnostics> {
        let found = self.declaration.data.iter().find(|d| d.name() == name);
        match (found, self.schema.data_sources.get(name)) {
            (Some(d), Some(schema)) => Ok((*d, schema.block.implied_type())),
            _ => Err(self.none("data source", name, self.declaration.data.iter().map(|d| d.name()))),
        }
    }

    fn none(&self, kind: &str, name: &str, known: impl Iterator<Item = &'static str>) -> Diagnostics {
        let near = craton_model::similar(name, known).map_or(String::new(), |n| format!(" Did you mean {n:?}?"));
        Diagnostic::error(
            format!("Unsupported {kind} type"),
            format!("The built-in provider {:?} has no {kind} type {name:?}.{near}", self.declaration.name),
        )
        .into()
    }
}

/// What was found, about this object.
fn about(addr: &ResourceInstance, cx: Cx, result: Result<(), Diagnostics>) -> Diagnostics {
    let warnings = cx.warnings.into_inner().unwrap_or_else(PoisonError::into_inner);
    warnings.into_iter().chain(result.err().into_iter().flatten()).map(|d| d.for_address(addr)).collect()
}

#[async_trait]
impl Provider for Small {
    fn schema(&self) -> &Arc<ProviderSchema> {
        &self.schema
    }

    async fn validate_provider(&self, config: &Value) -> Diagnostics {
        let mut found = Diagnostics::new();
        if config.is_known() && !config.is_null() {
            let config = Obj::of(self.schema.provider.block.implied_type(), config);
            validate::check(&[], self.declaration.config, &config, &mut found);
            (self.declaration.validate)(&config, &mut found);
        }
        found
    }

    async fn validate_resource(&self, mode: ResourceMode, r#type: &str, config: &Value) -> Diagnostics {
        let mut found = Diagnostics::new();
        match mode {
            ResourceMode::Managed => match self.resource(r#type) {
                Ok((r, ty)) => {
                    let config = Obj::of(ty, config);
                    validate::check(r.attrs(), r.blocks(), &config, &mut found);
                    r.validate(&config, &mut found);
                }
                Err(e) => found = e,
            },
            ResourceMode::Data => match self.data(r#type) {
                Ok((d, ty)) => {
                    let config = Obj::of(ty, config);
                    validate::check(d.attrs(), d.blocks(), &config, &mut found);
                    d.validate(&config, &mut found);
                }
                Err(e) => found = e,
            },
            _ => found = self.none("ephemeral resource", r#type, std::iter::empty()),
        }
        found
    }

    async fn configure(&self, config: &Value) -> Diagnostics {
        let config = Obj::of(self.schema.provider.block.implied_type(), config);
        *self.config.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(config));
        Diagnostics::new()
    }

    async fn upgrade(&self, r#type: &str, version: u64, attributes: &Json) -> Result<Value, Diagnostics> {
        let (r, ty) = self.resource(r#type)?;
        let unreadable = |why: String| {
            Diagnostic::error(
                "Unreadable object in the state",
                format!("The stored attributes of {:?} do not fit its schema: {why}.", r#type),
            )
        };
        let Json::Object(stored) = attributes else { return Err(unreadable("they are no object".into()).into()) };
        let mut stored = stored.clone();
        if version < r.version() {
            r.upgrade(version, &mut stored)?;
        }
        if let Type::Object(o) = ty {
            // Other versions of the published provider have attributes that this one has not.
            stored.retain(|name, _| o.attributes.contains_key(name.as_str()));
            for name in o.attributes.keys() {
                stored.entry(name.to_string()).or_insert(Json::Null);
            }
        }
        json::from_json(&Json::Object(stored), ty).map_err(|e| unreadable(e.to_string()).into())
    }

    async fn read(&self, requests: Vec<ReadRequest>) -> Vec<ReadResponse> {
        let mut answers = Vec::with_capacity(requests.len());
        for ReadRequest { addr, r#type, current, private } in requests {
            let mut answer = ReadResponse { state: current, private, diagnostics: Diagnostics::new() };
            match self.resource(&r#type) {
                Ok((r, ty)) if !answer.state.is_null() => {
                    let cx = self.cx();
                    let mut object = Obj::of(ty, &answer.state);
                    let result = match r.read(&cx, &mut object).await {
                        Ok(there) => {
                            answer.state = if there { object.value() } else { Value::null(ty.clone()) };
                            Ok(())
                        }
                        Err(e) => Err(e),
                    };
                    answer.diagnostics = about(&addr, cx, result);
                }
                Ok(_) => {}
                Err(e) => answer.diagnostics = e.into_iter().map(|d| d.for_address(&addr)).collect(),
            }
            answers.push(answer);
        }
        answers
    }

    async fn plan(&self, request: PlanRequest) -> PlanResponse {
        let mut response = PlanResponse {
            planned: request.proposed.clone(),
            requires_replace: Vec::new(),
            private: request.private,
            diagnostics: Diagnostics::new(),
        };
        if request.config.is_null() {
            return response;
        }
        let (r, ty) = match self.resource(&request.r#type) {
            Ok(found) => found,
            Err(e) => {
                response.diagnostics = e;
                return response;
            }
        };
        let cx = self.cx();
        let prior = (!request.prior.is_null()).then(|| Obj::of(ty, &request.prior));
        let mut change = plan::plan(r, prior, Obj::of(ty, &request.config), Obj::of(ty, &request.proposed));
        let result = r.plan(&cx, &mut change);
        response.planned = change.planned.value();
        response.requires_replace = change.replace;
        response.diagnostics = about(&request.addr, cx, result);
        response
    }

    async fn apply(&self, request: ApplyRequest) -> ApplyResponse {
        let mut response = ApplyResponse {
            state: request.prior.clone(),
            private: request.private.clone(),
            diagnostics: Diagnostics::new(),
        };
        let (r, ty) = match self.resource(&request.r#type) {
            Ok(found) => found,
            Err(e) => {
                response.diagnostics = e;
                return response;
            }
        };
        let cx = self.cx();
        let mut object = Obj::of(ty, &request.planned);
        let prior = Obj::of(ty, &request.prior);
        let (result, after) = match (request.prior.is_null(), request.planned.is_null()) {
            (_, true) => (r.delete(&cx, &prior).await, Value::null(ty.clone())),
            (true, false) => (r.create(&cx, &mut object).await, object.value()),
            (false, false) => (r.update(&cx, &prior, &mut object).await, object.value()),
        };
        if result.is_ok() {
            response.state = after;
        }
        response.diagnostics = about(&request.addr, cx, result);
        response
    }

    async fn import(&self, r#type: &str, id: &str) -> Result<Vec<ImportedObject>, Diagnostics> {
        let (r, ty) = self.resource(r#type)?;
        let empty = self.schema.resources.get(r#type).map(|s| s.block.empty_value());
        let mut object = Obj::of(ty, &empty.unwrap_or_else(|| Value::null(ty.clone())));
        r.import(&self.cx(), id, &mut object)?;
        Ok(vec![ImportedObject { r#type: r#type.into(), state: object.value(), private: Arc::default() }])
    }

    async fn read_data(&self, r#type: &str, config: Value) -> (Value, Diagnostics) {
        let (d, ty) = match self.data(r#type) {
            Ok(found) => found,
            Err(e) => return (config, e),
        };
        let cx = self.cx();
        let mut object = Obj::of(ty, &config);
        let result = d.read(&cx, &mut object).await;
        let state = if result.is_ok() { object.value() } else { config };
        let warnings = cx.warnings.into_inner().unwrap_or_else(PoisonError::into_inner);
        (state, warnings.into_iter().chain(result.err().into_iter().flatten()).collect())
    }

    async fn call_function(&self, name: &str, args: &[Value]) -> Result<Value, (Option<usize>, String)> {
        match self.declaration.functions.iter().find(|f| f.name == name) {
            Some(f) => (f.call)(&self.cx(), args),
            None => Err((None, format!("the provider {:?} has no function {name:?}", self.declaration.name))),
        }
    }

    async fn stop(&self) {
        self.stop.send_replace(true);
    }
}
