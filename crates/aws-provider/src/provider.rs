//! The provider: Terraform's operations, carried out by the generic code from the declarations.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use async_trait::async_trait;
use craton_model::addr::{ResourceInstance, ResourceMode};
use craton_model::schema::{ProviderSchema, Schema};
use craton_model::version::Version;
use craton_model::{Diagnostic, Diagnostics, Type, Value, json};
use craton_provider::{
    ApplyRequest, ApplyResponse, Factory, ImportedObject, PlanRequest, PlanResponse, Provider, ReadRequest,
    ReadResponse, Releases,
};
use futures_util::future::join_all;
use serde_json::Value as Json;
use tokio::sync::OnceCell;

use crate::as_of::{self, Earlier, View};
use crate::configure::{TransportOptions, configure, validate};
use crate::cx::{Cx, Settings};
use crate::data::{self, DataSource};
use crate::decl::{Resource, Shape};
use crate::obj::Obj;
use crate::{apply, functions, plan, read, schema, timeouts, types, upgrade};

/// The version of the AWS provider whose schemas and state this provider serves.
pub const VERSION: &str = "5.100.0";

/// A resource type as served.
pub struct Served {
    /// Its declaration.
    pub resource: &'static Resource,
    /// Its schema.
    pub schema: Schema,
}

struct Table {
    schema: Arc<ProviderSchema>,
    resources: BTreeMap<&'static str, Served>,
    data: BTreeMap<&'static str, &'static DataSource>,
}

fn table() -> &'static Table {
    static TABLE: OnceLock<Table> = OnceLock::new();
    TABLE.get_or_init(|| {
        let resources: BTreeMap<_, _> =
            types::all().map(|r| (r.name, Served { resource: r, schema: schema::of(r) })).collect();
        let data: BTreeMap<_, _> = data::ALL.iter().map(|d| (d.name, *d)).collect();
        let schema = ProviderSchema {
            provider: crate::provider_schema::schema(),
            resources: resources.iter().map(|(n, s)| (Arc::from(*n), s.schema.clone())).collect(),
            data_sources: data.iter().map(|(n, d)| (Arc::from(*n), data::schema(d))).collect(),
            ephemeral: BTreeMap::new(),
            functions: functions::signatures(),
        };
        Table { schema: Arc::new(schema), resources, data }
    })
}

/// The resource types that are served, by name.
pub fn served(name: &str) -> Option<&'static Served> {
    table().resources.get(name)
}

/// What the provider serves.
pub fn provider_schema() -> &'static Arc<ProviderSchema> {
    &table().schema
}

/// Makes AWS providers.
pub struct AwsProviderFactory {
    transport: TransportOptions,
    /// The release that is imitated, where that is not the newest.
    as_of: Option<(Version, Arc<View>)>,
}

impl AwsProviderFactory {
    /// Providers that reach AWS this way.
    pub fn new(transport: TransportOptions) -> Self {
        Self { transport, as_of: None }
    }

    /// Serves what that release of the AWS provider has, if it is an earlier one of 5.x than [`VERSION`]; else everything.
    #[must_use]
    pub fn as_of(mut self, version: &Version) -> Self {
        self.as_of = as_of::minor(version).map(|minor| (version.clone(), as_of::view(minor)));
        self
    }
}

#[async_trait]
impl Factory for AwsProviderFactory {
    fn version(&self) -> String {
        self.as_of.as_ref().map_or_else(|| VERSION.into(), |(version, _)| version.to_string())
    }

    fn releases(&self) -> Option<Releases> {
        Some(Releases { known: ">= 0.1, < 7.0", alike: ">= 5.0, < 6.0" })
    }

    async fn schema(&self) -> Result<Arc<ProviderSchema>, Diagnostics> {
        Ok(self.as_of.as_ref().map_or_else(|| table().schema.clone(), |(_, view)| view.schema.clone()))
    }

    async fn start(&self) -> Result<Arc<dyn Provider>, Diagnostics> {
        let inner = AwsProvider { transport: self.transport.clone(), settings: OnceCell::new() };
        Ok(match &self.as_of {
            Some((_, view)) => Arc::new(Earlier { inner, view: view.clone() }),
            None => Arc::new(inner),
        })
    }
}

/// One AWS provider.
pub struct AwsProvider {
    transport: TransportOptions,
    settings: OnceCell<Arc<Settings>>,
}

fn no_such_type(kind: &str, name: &str, known: Vec<&str>) -> Diagnostic {
    let near = craton_model::similar(name, known).map_or(String::new(), |n| format!(" Did you mean {n:?}?"));
    Diagnostic::error(
        format!("Unsupported {kind} type"),
        format!(
            "The built-in AWS provider has no {kind} type {name:?} yet.{near}\n\nTypes that are not built in are served by \
             the publisher's own provider, hashicorp/aws, run as a plugin."
        ),
    )
}

fn resource(name: &str) -> Result<&'static Served, Diagnostics> {
    let table = table();
    table
        .resources
        .get(name)
        .ok_or_else(|| no_such_type("resource", name, table.resources.keys().copied().collect()).into())
}

impl AwsProvider {
    fn cx(&self) -> Result<Cx, Diagnostics> {
        match self.settings.get() {
            Some(settings) => Ok(Cx::new(settings.clone())),
            None => Err(Diagnostic::error(
                "AWS provider not configured",
                "The provider was used before it was configured. This is a fault of craton; please report it.",
            )
            .into()),
        }
    }

    /// The number of requests made so far, by service and operation.
    pub fn requests(&self) -> BTreeMap<String, u64> {
        self.settings.get().map(|s| s.api.client().requests()).unwrap_or_default()
    }
}

fn about(addr: &ResourceInstance, found: Diagnostics) -> Diagnostics {
    found.into_iter().map(|d| d.for_address(addr)).collect()
}

#[async_trait]
impl Provider for AwsProvider {
    fn schema(&self) -> &Arc<ProviderSchema> {
        &table().schema
    }

    async fn validate_provider(&self, config: &Value) -> Diagnostics {
        validate(config)
    }

    async fn validate_resource(&self, mode: ResourceMode, r#type: &str, config: &Value) -> Diagnostics {
        match mode {
            ResourceMode::Managed => match resource(r#type) {
                Ok(served) => {
                    crate::validate::resource(served.resource, &Obj::of(served.schema.block.implied_type(), config))
                }
                Err(found) => found,
            },
            ResourceMode::Data => match table().data.get(r#type) {
                Some(d) => data::validate(d, config),
                None => no_such_type("data source", r#type, table().data.keys().copied().collect()).into(),
            },
            _ => no_such_type("ephemeral resource", r#type, Vec::new()).into(),
        }
    }

    async fn configure(&self, config: &Value) -> Diagnostics {
        let config = match config.is_null() || !config.is_known() {
            true => table().schema.provider.block.empty_value(),
            false => config.clone(),
        };
        match configure(&config, &self.transport).await {
            Ok(settings) => {
                // A second call finds it set up already; the first counts.
                let _ = self.settings.set(Arc::new(settings));
                Diagnostics::new()
            }
            Err(found) => found,
        }
    }

    async fn upgrade(&self, r#type: &str, version: u64, attributes: &Json) -> Result<Value, Diagnostics> {
        let served = resource(r#type)?;
        upgrade::upgrade(served.resource, served.schema.block.implied_type(), version, attributes)
    }

    async fn read(&self, requests: Vec<ReadRequest>) -> Vec<ReadResponse> {
        let cx = match self.cx() {
            Ok(cx) => cx,
            Err(found) => {
                let unread =
                    |r: ReadRequest| ReadResponse { state: r.current, private: r.private, diagnostics: found.clone() };
                return requests.into_iter().map(unread).collect();
            }
        };
        join_all(requests.into_iter().map(|r| read_one(&cx, r))).await
    }

    async fn plan(&self, request: PlanRequest) -> PlanResponse {
        let mut response = PlanResponse {
            planned: request.proposed.clone(),
            requires_replace: Vec::new(),
            private: request.private.clone(),
            diagnostics: Diagnostics::new(),
        };
        if request.config.is_null() {
            return response;
        }
        let cx_and_type = self.cx().and_then(|cx| Ok((cx, resource(&request.r#type)?)));
        let (cx, served) = match cx_and_type {
            Ok(x) => x,
            Err(found) => {
                response.diagnostics = about(&request.addr, found);
                return response;
            }
        };
        let ty = served.schema.block.implied_type();
        let prior = (!request.prior.is_null()).then(|| Obj::of(ty, &request.prior));
        let config = Obj::of(ty, &request.config);
        response.private = timeouts::private(served.resource, &config);
        match plan::plan(&cx, served.resource, prior, config).await {
            Ok(plan) => {
                response.planned = plan.planned.value();
                response.requires_replace = plan.replace;
            }
            Err(e) => response.diagnostics = about(&request.addr, e.diagnostic(&[]).into()),
        }
        response
    }

    async fn apply(&self, request: ApplyRequest) -> ApplyResponse {
        let mut response = ApplyResponse {
            state: request.prior.clone(),
            private: request.private.clone(),
            diagnostics: Diagnostics::new(),
        };
        let cx_and_type = self.cx().and_then(|cx| Ok((cx, resource(&request.r#type)?)));
        let (cx, served) = match cx_and_type {
            Ok(x) => x,
            Err(found) => {
                response.diagnostics = about(&request.addr, found);
                return response;
            }
        };
        let ty = served.schema.block.implied_type();
        let r = served.resource;
        let limit = |action| timeouts::limit(r, action, &request.private);
        let of = |v: &Value| Obj::of(ty, v);
        let done = match (request.prior.is_null(), request.planned.is_null()) {
            (_, true) => apply::delete(&cx, r, of(&request.prior), limit("delete")).await,
            (true, false) => apply::create(&cx, r, &of(&request.planned), of(&request.config), limit("create")).await,
            (false, false) => {
                let (prior, planned) = (of(&request.prior), of(&request.planned));
                apply::update(&cx, r, prior, &planned, of(&request.config), limit("update")).await
            }
        };
        response.state = apply::value(done.state, ty);
        if let Some(e) = done.failed {
            let d = e.diagnostic(&[r.faults, r.service.faults]);
            response.diagnostics = about(&request.addr, d.into());
        }
        response
    }

    async fn import(&self, r#type: &str, id: &str) -> Result<Vec<ImportedObject>, Diagnostics> {
        let cx = self.cx()?;
        let served = resource(r#type)?;
        let mut obj = Obj::empty(served.schema.block.implied_type());
        obj.set("id", id);
        // The SDK has no absent block, and its providers always set `tags`; null would look like a spelling to keep.
        let blocks = served.resource.attrs.iter().filter(|a| matches!(a.shape, Shape::Block(..))).map(|a| a.name);
        for name in blocks.chain(served.resource.tags.iter().map(|_| "tags")) {
            obj.set_zero(name);
        }
        if let Some(hook) = served.resource.import {
            hook(&cx, id, &mut obj).await.map_err(|e| e.diagnostic(&[]))?;
        }
        let private = timeouts::private(served.resource, &Obj::empty(obj.ty()));
        Ok(vec![ImportedObject { r#type: r#type.into(), state: obj.value(), private }])
    }

    async fn read_data(&self, r#type: &str, config: Value) -> (Value, Diagnostics) {
        let found = match table().data.get(r#type) {
            Some(d) => match self.cx() {
                Ok(cx) => data::read(&cx, d, &config).await.map_err(|e| e.diagnostic(&[d.faults]).into()),
                Err(found) => Err(found),
            },
            None => Err(no_such_type("data source", r#type, table().data.keys().copied().collect()).into()),
        };
        match found {
            Ok(v) => (v, Diagnostics::new()),
            Err(found) => (config, found),
        }
    }

    async fn call_function(&self, name: &str, args: &[Value]) -> Result<Value, (Option<usize>, String)> {
        functions::call(name, args)
    }

    fn legacy_type_system(&self) -> bool {
        true
    }
}

async fn read_one(cx: &Cx, request: ReadRequest) -> ReadResponse {
    let ReadRequest { addr, r#type, current, private } = request;
    let failed = |current: Value, private: Arc<[u8]>, found: Diagnostics| ReadResponse {
        state: current,
        private,
        diagnostics: about(&addr, found),
    };
    let served = match resource(&r#type) {
        Ok(s) => s,
        Err(found) => return failed(current, private, found),
    };
    if current.is_null() {
        return failed(current, private, Diagnostics::new());
    }
    let ty: &Type = served.schema.block.implied_type();
    let mut obj = Obj::of(ty, &current);
    match read::into(cx, served.resource, &mut obj).await {
        Ok(true) => ReadResponse { state: obj.value(), private, diagnostics: Diagnostics::new() },
        Ok(false) => ReadResponse { state: Value::null(ty.clone()), private, diagnostics: Diagnostics::new() },
        Err(e) => failed(current, private, e.diagnostic(&[]).into()),
    }
}

/// Reads stored attributes that fit the schema as they are.
///
/// # Errors
/// They do not fit.
pub fn stored(name: &str, ty: &Type, attributes: &Json) -> Result<Value, Diagnostics> {
    json::from_json(attributes, ty).map_err(|e| {
        Diagnostic::error(
            "Unreadable object in the state",
            format!("The stored attributes of {name:?} do not fit its schema: {e}."),
        )
        .into()
    })
}
