//! What exists: Terraform's state, version 4, as a document.
//!
//! Attributes stay JSON until somebody with the provider's schema reads them, so that state of
//! types that are not served here passes through unharmed.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value as Json;

use crate::addr::{AbsResource, ConfigResource, InstanceKey, ProviderConfigAddr, ResourceInstance};
use crate::path::Path;
use crate::types::Type;
use crate::value::Value;

/// A whole state.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct State {
    /// Identifies the series of states this one belongs to; a UUID, empty before the first write.
    pub lineage: String,
    /// Counts the writes of the series.
    pub serial: u64,
    /// The Terraform version that wrote it last, as the file says.
    pub terraform_version: String,
    /// Root outputs by name.
    pub outputs: BTreeMap<Arc<str>, OutputValue>,
    /// Resources by address.
    pub resources: BTreeMap<AbsResource, ResourceState>,
    /// Results of checks, kept as they stand in the file.
    pub check_results: Option<Arc<Json>>,
}

/// A root output.
#[derive(Clone, Debug, PartialEq)]
pub struct OutputValue {
    /// Its value, without marks.
    pub value: Value,
    /// Whether it is declared sensitive.
    pub sensitive: bool,
}

/// A resource with its instances.
#[derive(Clone, Debug, PartialEq)]
pub struct ResourceState {
    /// The provider configuration that manages it.
    pub provider: ProviderConfigAddr,
    /// Instances by key.
    pub instances: BTreeMap<InstanceKey, InstanceState>,
}

/// An instance: what is current, and what still awaits its deletion.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct InstanceState {
    /// The object that stands for the instance.
    pub current: Option<ObjectState>,
    /// Objects that were replaced but not deleted yet, by deposed key (8 hex digits).
    pub deposed: BTreeMap<Arc<str>, ObjectState>,
}

/// Whether an object is as it should be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ObjectStatus {
    /// Usable.
    #[default]
    Ready,
    /// To be replaced: its creation did not finish, or somebody said so.
    Tainted,
}

/// A remote object as last seen.
#[derive(Clone, Debug, PartialEq)]
pub struct ObjectState {
    /// Schema version of `attributes`.
    pub schema_version: u64,
    /// Attributes; a JSON object. See [`ObjectState::typed`] for those of old states.
    pub attributes: Arc<Json>,
    /// Whether `attributes` is a flat map, as states before version 4 have it ([`crate::flatmap`]).
    pub flat: bool,
    /// Paths whose values were marked sensitive by the configuration.
    pub sensitive_paths: Vec<Path>,
    /// Ready or tainted.
    pub status: ObjectStatus,
    /// Bytes that the provider keeps with the object.
    pub private: Arc<[u8]>,
    /// What it depended on when it was last applied, sorted.
    pub dependencies: Arc<[ConfigResource]>,
    /// Whether its replacement is created before it is deleted.
    pub create_before_destroy: bool,
    /// The provider's identity of it, as it stands in the file.
    pub identity: Option<Arc<Json>>,
    /// Schema version of `identity`.
    pub identity_schema_version: Option<u64>,
}

impl ObjectState {
    /// The attributes as states of version 4 hold those of an object of this type.
    pub fn typed(&self, ty: &Type) -> Arc<Json> {
        match self.attributes.as_object().filter(|_| self.flat) {
            Some(flat) => Arc::new(crate::flatmap::unflatten(flat, ty)),
            None => self.attributes.clone(),
        }
    }
}

impl State {
    /// An instance.
    pub fn instance(&self, addr: &ResourceInstance) -> Option<&InstanceState> {
        self.resources.get(&addr.resource())?.instances.get(&addr.key)
    }

    /// The current object of an instance.
    pub fn current(&self, addr: &ResourceInstance) -> Option<&ObjectState> {
        self.instance(addr)?.current.as_ref()
    }

    /// Sets or (with `None`) removes the current object; what becomes empty is dropped.
    pub fn set_current(&mut self, addr: &ResourceInstance, provider: &ProviderConfigAddr, object: Option<ObjectState>) {
        self.edit(addr, provider, |i| i.current = object);
    }

    /// Sets or (with `None`) removes a deposed object; what becomes empty is dropped.
    pub fn set_deposed(
        &mut self,
        addr: &ResourceInstance,
        key: &Arc<str>,
        provider: &ProviderConfigAddr,
        object: Option<ObjectState>,
    ) {
        self.edit(addr, provider, |i| {
            match object {
                Some(object) => i.deposed.insert(key.clone(), object),
                None => i.deposed.remove(key),
            };
        });
    }

    fn edit(&mut self, addr: &ResourceInstance, provider: &ProviderConfigAddr, edit: impl FnOnce(&mut InstanceState)) {
        let resource = addr.resource();
        let entry = self
            .resources
            .entry(resource.clone())
            .or_insert_with(|| ResourceState { provider: provider.clone(), instances: BTreeMap::new() });
        entry.provider = provider.clone();
        let instance = entry.instances.entry(addr.key.clone()).or_default();
        edit(instance);
        if instance.current.is_none() && instance.deposed.is_empty() {
            entry.instances.remove(&addr.key);
        }
        if entry.instances.is_empty() {
            self.resources.remove(&resource);
        }
    }

    /// All instances in address order.
    pub fn instances(&self) -> impl Iterator<Item = (ResourceInstance, &ResourceState, &InstanceState)> {
        self.resources
            .iter()
            .flat_map(|(addr, r)| r.instances.iter().map(move |(key, i)| (addr.instance(key.clone()), r, i)))
    }

    /// Whether it holds neither resources nor outputs.
    pub fn is_empty(&self) -> bool {
        self.resources.is_empty() && self.outputs.is_empty()
    }
}
