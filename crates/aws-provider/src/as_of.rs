//! The provider as an earlier release of 5.x was: without the types and attributes that came later. A repository that
//! pins such a release gets what that release has, so that its state and its plans fit Terraform with that release.
//!
//! The provider itself always works with everything; this stands in front of it and fits the values.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use craton_model::addr::ResourceMode;
use craton_model::path::Step;
use craton_model::schema::{Attribute, AttributeType, Block, NestedBlock, ProviderSchema, Schema};
use craton_model::version::Version;
use craton_model::{Data, Diagnostics, Path, Type, Value};
use craton_provider::{
    ApplyRequest, ApplyResponse, ImportedObject, PlanRequest, PlanResponse, Provider, ReadRequest, ReadResponse,
};
use serde_json::Value as Json;

use crate::decl::{Attr, Kind};
use crate::provider::{AwsProvider, VERSION, provider_schema};
use crate::{data, types};

/// The first release that the declarations tell apart: what came up to it has no `since`. Releases before it get what it has.
pub const FIRST_KNOWN: u64 = 87;

/// The minor version of 5.x whose schemas to serve; `None` when that is all there is: for [`VERSION`] and what is later, and
/// for another major version, which nobody here can imitate.
pub(crate) fn minor(version: &Version) -> Option<u64> {
    let newest = Version::parse(VERSION)?.numbers;
    (version.numbers[0] == newest[0] && version.numbers[1] < newest[1]).then_some(version.numbers[1])
}

/// What came after a release, in one block.
#[derive(Default)]
struct Later {
    names: BTreeSet<&'static str>,
    inner: BTreeMap<&'static str, Later>,
}

impl Later {
    fn of(attrs: &[Attr], minor: u64) -> Self {
        let mut later = Self::default();
        for a in attrs {
            if a.since > minor {
                later.names.insert(a.name);
            } else if let Kind::List(Kind::Object(inner)) | Kind::Set(Kind::Object(inner)) = &a.kind {
                let inner = Self::of(inner, minor);
                if !inner.is_empty() {
                    later.inner.insert(a.name, inner);
                }
            }
        }
        later
    }

    fn is_empty(&self) -> bool {
        self.names.is_empty() && self.inner.is_empty()
    }

    fn block(&self, b: &Block) -> Block {
        let kept = |name: &str| !self.names.contains(name);
        let attributes = b.attributes.iter().filter(|(n, _)| kept(n)).map(|(n, a)| {
            let a = match (self.inner.get(n.as_ref()), &a.ty) {
                (Some(later), AttributeType::Plain(ty)) => {
                    Attribute { ty: AttributeType::Plain(later.ty(ty)), ..a.clone() }
                }
                _ => a.clone(),
            };
            (n.clone(), a)
        });
        let blocks = b.blocks.iter().filter(|(n, _)| kept(n)).map(|(n, nested)| {
            let block = match self.inner.get(n.as_ref()) {
                Some(later) => Arc::new(later.block(&nested.block)),
                None => nested.block.clone(),
            };
            (n.clone(), NestedBlock { block, ..nested.clone() })
        });
        let mut block = Block::new(attributes.collect(), blocks.collect());
        block.description.clone_from(&b.description);
        block.deprecated = b.deprecated;
        block
    }

    fn ty(&self, ty: &Type) -> Type {
        match ty {
            Type::List(t) => Type::list(self.ty(t)),
            Type::Set(t) => Type::set(self.ty(t)),
            Type::Object(o) => {
                let kept = o.attributes.iter().filter(|(n, _)| !self.names.contains(n.as_ref()));
                Type::object(kept.map(|(n, t)| {
                    (n.clone(), self.inner.get(n.as_ref()).map_or_else(|| t.clone(), |later| later.ty(t)))
                }))
            }
            other => other.clone(),
        }
    }
}

/// The schemas of one release.
pub(crate) struct View {
    /// Everything that it serves.
    pub schema: Arc<ProviderSchema>,
    /// Types whose values differ.
    resources: BTreeSet<Arc<str>>,
    data: BTreeSet<Arc<str>>,
}

/// The schemas of release 5.`minor`, made once.
pub(crate) fn view(minor: u64) -> Arc<View> {
    static VIEWS: Mutex<BTreeMap<u64, Arc<View>>> = Mutex::new(BTreeMap::new());
    let minor = minor.max(FIRST_KNOWN);
    let mut views = VIEWS.lock().unwrap_or_else(PoisonError::into_inner);
    views.entry(minor).or_insert_with(|| Arc::new(make(minor))).clone()
}

fn make(minor: u64) -> View {
    let mut schema = ProviderSchema::clone(provider_schema());
    let (mut resources, mut data_sources) = (BTreeSet::new(), BTreeSet::new());
    let narrow = |schema: &mut Schema, later: Later| {
        schema.block = Arc::new(later.block(&schema.block));
    };
    for r in types::all() {
        let later = Later::of(r.attrs, minor);
        if r.since > minor {
            schema.resources.remove(r.name);
        } else if !later.is_empty()
            && let Some(s) = schema.resources.get_mut(r.name)
        {
            narrow(s, later);
            resources.insert(r.name.into());
        }
    }
    for d in data::ALL {
        let later = Later::of(d.attrs, minor);
        if d.since > minor {
            schema.data_sources.remove(d.name);
        } else if !later.is_empty()
            && let Some(s) = schema.data_sources.get_mut(d.name)
        {
            narrow(s, later);
            data_sources.insert(d.name.into());
        }
    }
    View { schema: Arc::new(schema), resources, data: data_sources }
}

impl View {
    /// The type of a resource type's values here and in the provider itself, where they differ.
    fn resource(&self, name: &str) -> Option<(&Type, &Type)> {
        self.resources.get(name)?;
        let full = provider_schema().resources.get(name)?;
        Some((self.schema.resources.get(name)?.block.implied_type(), full.block.implied_type()))
    }

    fn data(&self, name: &str) -> Option<(&Type, &Type)> {
        self.data.get(name)?;
        let full = provider_schema().data_sources.get(name)?;
        Some((self.schema.data_sources.get(name)?.block.implied_type(), full.block.implied_type()))
    }
}

/// A value as one of another release's type: what that type does not have goes, what it has more is absent, and that is
/// null, or no blocks.
fn fit(value: &Value, to: &Type) -> Value {
    if value.ty() == to {
        return value.clone();
    }
    match (value.data(), to) {
        (Data::Seq(items), Type::List(t)) => Value::list(Type::clone(t), items.iter().map(|v| fit(v, t))),
        (Data::Seq(items), Type::Set(t)) => Value::set(Type::clone(t), items.iter().map(|v| fit(v, t))),
        (Data::Map(_), Type::Object(o)) => {
            let all = o.attributes.iter().map(|(name, t)| {
                let v = value.get(name).map_or_else(|| absent(t), |v| fit(v, t));
                (name.clone(), v)
            });
            Value::with_type(to.clone(), Data::Map(all.collect()))
        }
        (data, _) => Value::with_type(to.clone(), data.clone()),
    }
}

fn absent(ty: &Type) -> Value {
    match ty {
        Type::List(t) | Type::Set(t) if matches!(**t, Type::Object(_)) => crate::obj::zero(ty),
        _ => Value::null(ty.clone()),
    }
}

/// Whether a path leads to something that values of the type have.
fn leads_somewhere(path: &Path, ty: &Type) -> bool {
    let mut at = ty;
    for step in &path.0 {
        let next = match step {
            Step::Attr(name) => at.attribute(name),
            Step::Index(_) => at.element(),
        };
        match next {
            Some(next) => at = next,
            // Elements of maps and the like hold nothing that differs; only a missing attribute does.
            None => return !matches!(at, Type::Object(_)),
        }
    }
    true
}

/// A provider as of an earlier release.
pub(crate) struct Earlier {
    pub inner: AwsProvider,
    pub view: Arc<View>,
}

#[async_trait]
impl Provider for Earlier {
    fn schema(&self) -> &Arc<ProviderSchema> {
        &self.view.schema
    }

    async fn validate_provider(&self, config: &Value) -> Diagnostics {
        self.inner.validate_provider(config).await
    }

    async fn validate_resource(&self, mode: ResourceMode, r#type: &str, config: &Value) -> Diagnostics {
        let types = match mode {
            ResourceMode::Managed => self.view.resource(r#type),
            ResourceMode::Data => self.view.data(r#type),
            _ => None,
        };
        let config = types.map_or_else(|| config.clone(), |(_, full)| fit(config, full));
        self.inner.validate_resource(mode, r#type, &config).await
    }

    async fn configure(&self, config: &Value) -> Diagnostics {
        self.inner.configure(config).await
    }

    async fn upgrade(&self, r#type: &str, version: u64, attributes: &Json) -> Result<Value, Diagnostics> {
        let value = self.inner.upgrade(r#type, version, attributes).await?;
        Ok(self.view.resource(r#type).map_or_else(|| value.clone(), |(narrow, _)| fit(&value, narrow)))
    }

    async fn read(&self, mut requests: Vec<ReadRequest>) -> Vec<ReadResponse> {
        let types: Vec<Option<(&Type, &Type)>> = requests.iter().map(|r| self.view.resource(&r.r#type)).collect();
        for (request, types) in requests.iter_mut().zip(&types) {
            if let Some((_, full)) = types {
                request.current = fit(&request.current, full);
            }
        }
        let mut responses = self.inner.read(requests).await;
        for (response, types) in responses.iter_mut().zip(&types) {
            if let Some((narrow, _)) = types {
                response.state = fit(&response.state, narrow);
            }
        }
        responses
    }

    async fn plan(&self, mut request: PlanRequest) -> PlanResponse {
        let Some((narrow, full)) = self.view.resource(&request.r#type) else { return self.inner.plan(request).await };
        for value in [&mut request.prior, &mut request.proposed, &mut request.config] {
            *value = fit(value, full);
        }
        let mut response = self.inner.plan(request).await;
        response.planned = fit(&response.planned, narrow);
        response.requires_replace.retain(|path| leads_somewhere(path, narrow));
        response
    }

    async fn apply(&self, mut request: ApplyRequest) -> ApplyResponse {
        let Some((narrow, full)) = self.view.resource(&request.r#type) else { return self.inner.apply(request).await };
        for value in [&mut request.prior, &mut request.planned, &mut request.config] {
            *value = fit(value, full);
        }
        let mut response = self.inner.apply(request).await;
        response.state = fit(&response.state, narrow);
        response
    }

    async fn import(&self, r#type: &str, id: &str) -> Result<Vec<ImportedObject>, Diagnostics> {
        let mut found = self.inner.import(r#type, id).await?;
        for object in &mut found {
            if let Some((narrow, _)) = self.view.resource(&object.r#type) {
                object.state = fit(&object.state, narrow);
            }
        }
        Ok(found)
    }

    async fn read_data(&self, r#type: &str, config: Value) -> (Value, Diagnostics) {
        let Some((narrow, full)) = self.view.data(r#type) else { return self.inner.read_data(r#type, config).await };
        let (value, found) = self.inner.read_data(r#type, fit(&config, full)).await;
        (fit(&value, narrow), found)
    }

    async fn call_function(&self, name: &str, args: &[Value]) -> Result<Value, (Option<usize>, String)> {
        self.inner.call_function(name, args).await
    }

    fn legacy_type_system(&self) -> bool {
        self.inner.legacy_type_system()
    }

    async fn stop(&self) {
        self.inner.stop().await;
    }
}

#[cfg(test)]
#[path = "as_of_tests.rs"]
mod tests;
