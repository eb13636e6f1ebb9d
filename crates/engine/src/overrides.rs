//! What stands in for real things in tests: made-up objects, modules that are not run, and provider configurations that
//! the configuration does not hold.

use std::collections::BTreeMap;
use std::sync::Arc;

use craton_hcl::Body;
use craton_model::addr::{InstanceKey, ModuleInstance, ProviderConfigAddr, ResourceInstance};
use craton_model::{Span, Value};
use craton_provider::mock::{Mock, MockData};
use craton_provider::{Factory, Provider};

use crate::providers::Configured;

/// Everything that stands in. By default nothing does.
#[derive(Clone, Default)]
pub struct Overrides {
    /// Objects that no provider makes; of several for one object the first counts.
    pub resources: Vec<ResourceOverride>,
    /// Modules that are not run; of several for one module the first counts.
    pub modules: Vec<ModuleOverride>,
    /// Provider configurations of the root module. The tree must hold a block for each.
    pub providers: BTreeMap<ProviderConfigAddr, StandIn>,
}

/// Objects that are made up.
#[derive(Clone)]
pub struct ResourceOverride {
    /// Which: an address without a key, here or in its module's path, means all instances.
    pub target: ResourceInstance,
    /// Only objects of this provider configuration.
    pub within: Option<ProviderConfigAddr>,
    /// Their computed values.
    pub data: Arc<MockData>,
}

/// A module whose outputs are given.
#[derive(Clone)]
pub struct ModuleOverride {
    /// Which: a step without a key means all instances.
    pub target: ModuleInstance,
    /// Values by output name: an object. Outputs that it leaves out are null.
    pub outputs: Value,
}

/// What stands in for a provider configuration.
#[derive(Clone)]
pub enum StandIn {
    /// Other providers, which are never configured.
    Mock(Arc<dyn Factory>),
    /// The real one with this configuration, a value of its schema.
    Configured {
        /// The configuration.
        config: Value,
        /// Where it is written.
        body: Body,
        /// The block.
        span: Span,
    },
}

fn fits(target: &InstanceKey, key: &InstanceKey) -> bool {
    *target == InstanceKey::None || target == key
}

fn module_fits(target: &ModuleInstance, module: &ModuleInstance) -> bool {
    target.0.len() == module.0.len()
        && target.0.iter().zip(module.0.iter()).all(|(t, m)| t.0 == m.0 && fits(&t.1, &m.1))
}

impl Overrides {
    /// The override of an object.
    fn resource(&self, addr: &ResourceInstance, configured: &ProviderConfigAddr) -> Option<&ResourceOverride> {
        self.resources.iter().find(|o| {
            o.target.resource == addr.resource
                && fits(&o.target.key, &addr.key)
                && module_fits(&o.target.module, &addr.module)
                && o.within.as_ref().is_none_or(|w| w == configured)
        })
    }

    /// Whether an object is made up.
    pub fn has(&self, addr: &ResourceInstance, configured: &Configured) -> bool {
        self.resource(addr, &configured.addr).is_some()
    }

    /// The provider to ask about an object.
    pub fn provider(&self, configured: &Configured, addr: &ResourceInstance) -> Arc<dyn Provider> {
        match self.resource(addr, &configured.addr) {
            Some(o) => Arc::new(Mock::new(configured.provider.clone(), o.data.clone())),
            None => configured.provider.clone(),
        }
    }

    /// The outputs of a module that is not run.
    pub fn module(&self, module: &ModuleInstance) -> Option<&Value> {
        self.modules.iter().find(|o| module_fits(&o.target, module)).map(|o| &o.outputs)
    }
}
