//! The seam between the engine and every provider.
//!
//! **Takes** nothing; it declares.
//! **Gives** the [`Provider`] trait, the [`Registry`], the built-in provider, mocks, a fake provider and a behaviour suite.
//! **Never** talks to a cloud.
//!
//! The trait follows the shape of Terraform's plugin protocol
//! (<https://developer.hashicorp.com/terraform/plugin/terraform-plugin-protocol>), so that publishers'
//! plugins fit behind it, with one difference: [`Provider::read`] takes many objects at once.

pub mod builtin;
pub mod check;
pub mod fake;
pub mod mock;
pub mod propose;
pub mod suite;

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use craton_model::addr::{ProviderAddr, ResourceInstance, ResourceMode};
use craton_model::schema::ProviderSchema;
use craton_model::{Diagnostics, Path, Value};
use serde_json::Value as Json;

/// One configured (or not yet configured) provider. Values are of the schema's implied types
/// everywhere and carry no marks: the engine takes them off before and puts them back after.
#[async_trait]
pub trait Provider: Send + Sync {
    /// What it serves.
    fn schema(&self) -> &Arc<ProviderSchema>;

    /// Checks a provider configuration (unknown values possible). Offline.
    async fn validate_provider(&self, config: &Value) -> Diagnostics;

    /// Checks the configuration of a resource, data source or ephemeral resource (unknown values
    /// possible). Offline; works before [`Provider::configure`].
    async fn validate_resource(&self, mode: ResourceMode, r#type: &str, config: &Value) -> Diagnostics;

    /// Sets it up. Called once before anything below; unknown values are possible during a plan.
    async fn configure(&self, config: &Value) -> Diagnostics;

    /// Brings stored attributes of a managed resource type from `version` to the schema's version
    /// and type. Offline.
    async fn upgrade(&self, r#type: &str, version: u64, attributes: &Json) -> Result<Value, Diagnostics>;

    /// Reads managed objects. The answer has one element per request, in the same order.
    async fn read(&self, requests: Vec<ReadRequest>) -> Vec<ReadResponse>;

    /// Decides what a change will lead to. Offline as far as it can be.
    async fn plan(&self, request: PlanRequest) -> PlanResponse;

    /// Carries out a planned change. Also on failure `state` is what exists now.
    async fn apply(&self, request: ApplyRequest) -> ApplyResponse;

    /// Finds an existing object by the id people give for it.
    async fn import(&self, r#type: &str, id: &str) -> Result<Vec<ImportedObject>, Diagnostics>;

    /// Reads a data source with a wholly known configuration; gives a value of the data source's type.
    async fn read_data(&self, r#type: &str, config: Value) -> (Value, Diagnostics);

    /// Opens an ephemeral resource; gives its value.
    async fn open_ephemeral(&self, r#type: &str, _config: Value) -> (Value, Diagnostics) {
        let d = craton_model::Diagnostic::error(
            "Unsupported ephemeral resource type",
            format!("The provider has no ephemeral resource type {:?}.", r#type),
        );
        (Value::dynamic(), d.into())
    }

    /// Calls one of its functions with converted, known arguments. The error names the argument
    /// (from 0) it is about, if one is.
    async fn call_function(&self, name: &str, _args: &[Value]) -> Result<Value, (Option<usize>, String)> {
        Err((None, format!("the provider has no function {name:?}")))
    }

    /// Whether its plans and results may differ from the configuration where Terraform's old type
    /// system could not be exact (protocol responses with `legacy_type_system` set): such
    /// differences are then tolerated instead of refused.
    fn legacy_type_system(&self) -> bool {
        false
    }

    /// Asks running operations to end soon; they still report what exists.
    async fn stop(&self) {}
}

/// One object to read.
#[derive(Clone, Debug)]
pub struct ReadRequest {
    /// For messages only.
    pub addr: ResourceInstance,
    /// Resource type.
    pub r#type: Arc<str>,
    /// The object as last known, of the schema's type.
    pub current: Value,
    /// What the provider keeps with it.
    pub private: Arc<[u8]>,
}

/// What was found.
#[derive(Clone, Debug)]
pub struct ReadResponse {
    /// The object as it is now; null when it is gone; as given when it could not be read.
    pub state: Value,
    /// What the provider keeps with it.
    pub private: Arc<[u8]>,
    /// Findings about this object.
    pub diagnostics: Diagnostics,
}

/// A change to decide on.
#[derive(Clone, Debug)]
pub struct PlanRequest {
    /// For messages only.
    pub addr: ResourceInstance,
    /// Resource type.
    pub r#type: Arc<str>,
    /// The object now; null for a creation.
    pub prior: Value,
    /// The configuration merged with what the provider had set before; null for a deletion.
    pub proposed: Value,
    /// The configuration; null for a deletion.
    pub config: Value,
    /// What the provider keeps with the object.
    pub private: Arc<[u8]>,
}

/// What a change will lead to.
#[derive(Clone, Debug)]
pub struct PlanResponse {
    /// The object after the change, unknown where only the apply will tell.
    pub planned: Value,
    /// Changed attributes that need a replacement.
    pub requires_replace: Vec<Path>,
    /// To be handed to [`Provider::apply`].
    pub private: Arc<[u8]>,
    /// Findings.
    pub diagnostics: Diagnostics,
}

/// A change to carry out.
#[derive(Clone, Debug)]
pub struct ApplyRequest {
    /// For messages only.
    pub addr: ResourceInstance,
    /// Resource type.
    pub r#type: Arc<str>,
    /// The object now; null for a creation.
    pub prior: Value,
    /// What was planned; null for a deletion.
    pub planned: Value,
    /// The configuration, wholly known; null for a deletion.
    pub config: Value,
    /// From the plan.
    pub private: Arc<[u8]>,
}

/// What a change led to.
#[derive(Clone, Debug)]
pub struct ApplyResponse {
    /// What exists now, also after a failure; null when nothing does.
    pub state: Value,
    /// To be kept with the object.
    pub private: Arc<[u8]>,
    /// Findings; an error means the change is not complete.
    pub diagnostics: Diagnostics,
}

/// An object found for an import.
#[derive(Clone, Debug)]
pub struct ImportedObject {
    /// Resource type.
    pub r#type: Arc<str>,
    /// Enough of the object for [`Provider::read`].
    pub state: Value,
    /// To be kept with the object.
    pub private: Arc<[u8]>,
}

/// What is published under a provider's address, as version constraints.
#[derive(Clone, Copy, Debug)]
pub struct Releases {
    /// Those there are, as far as is known here.
    pub known: &'static str,
    /// Those in whose place it can be used; others differ in more than what was added.
    pub alike: &'static str,
}

/// Makes providers of one source address.
#[async_trait]
pub trait Factory: Send + Sync {
    /// The version it serves, for lock files and messages.
    fn version(&self) -> String;

    /// The releases of the published provider of this address. `None` where there are none, as with what is part of the
    /// language.
    fn releases(&self) -> Option<Releases> {
        None
    }

    /// What its providers serve. Cheap after the first call.
    async fn schema(&self) -> Result<Arc<ProviderSchema>, Diagnostics>;

    /// A provider that is not configured yet.
    async fn start(&self) -> Result<Arc<dyn Provider>, Diagnostics>;
}

/// The providers there are, by source address.
#[derive(Clone, Default)]
pub struct Registry {
    factories: BTreeMap<ProviderAddr, Arc<dyn Factory>>,
}

impl Registry {
    /// An empty registry.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a provider (in place of an earlier one of the same address).
    pub fn add(&mut self, addr: ProviderAddr, factory: Arc<dyn Factory>) {
        self.factories.insert(addr, factory);
    }

    /// The factory of a provider, if it is there.
    pub fn get(&self, addr: &ProviderAddr) -> Option<&Arc<dyn Factory>> {
        self.factories.get(addr)
    }

    /// All addresses, sorted.
    pub fn addresses(&self) -> impl Iterator<Item = &ProviderAddr> {
        self.factories.keys()
    }
}
