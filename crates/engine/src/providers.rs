//! Provider schemas, and the providers of a walk: each configuration is evaluated and handed to
//! its provider once, and shared by all nodes.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use craton_config::ModuleTree;
use craton_hcl::{FunctionRef, decode_body};
use craton_model::addr::{
    InstanceKey, ModuleInstance, ModulePath, ProviderAddr, ProviderConfigAddr, Resource, ResourceMode,
};
use craton_model::schema::{ProviderSchema, Schema};
use craton_model::{Diagnostic, Diagnostics, State, Value};
use craton_provider::{Provider, Registry};

use crate::functions;
use crate::graph::provider_block;
use crate::overrides::StandIn;
use crate::walk::{Walk, guarded};

/// What the providers of a configuration and a state serve.
#[derive(Default)]
pub struct Schemas {
    all: HashMap<ProviderAddr, Arc<ProviderSchema>>,
    functions: HashMap<ProviderAddr, HashMap<Arc<str>, FunctionRef>>,
}

/// A provider that was given its configuration.
pub struct Configured {
    pub addr: ProviderConfigAddr,
    pub provider: Arc<dyn Provider>,
    /// Nothing in its configuration was unknown, so it can be asked about real objects.
    pub known: bool,
}

impl Schemas {
    /// Asks each provider that the configuration requires or the state's objects belong to.
    pub async fn load(registry: &Registry, tree: &ModuleTree, state: &State) -> (Self, Diagnostics) {
        let mut found = Diagnostics::new();
        let mut wanted: BTreeSet<ProviderAddr> = BTreeSet::new();
        for node in tree.modules() {
            let used = node.module.resources.values().map(|r| node.provider_config(&r.provider).provider);
            let blocks = node.module.provider_configs.values().map(|b| node.module.provider_addr(&b.name));
            // A module may require a provider for nothing but its functions.
            let required = node.module.required_providers.values().map(|r| r.source.clone());
            let required = required.filter(|addr| registry.get(addr).is_some());
            wanted.extend(used.chain(blocks).chain(required));
        }
        let held: BTreeSet<&ProviderAddr> = state.resources.values().map(|r| &r.provider.provider).collect();
        wanted.extend(held.into_iter().cloned());
        let mut all = HashMap::new();
        let mut functions = HashMap::new();
        for addr in wanted {
            match registry.get(&addr) {
                Some(factory) => {
                    let Some(schema) = found.keep(factory.schema().await) else { continue };
                    if !schema.functions.is_empty()
                        && let Some(provider) = found.keep(factory.start().await)
                    {
                        functions.insert(addr.clone(), functions::of_provider(&provider));
                    }
                    all.insert(addr, schema);
                }
                None => found.push(missing(&addr)),
            }
        }
        (Self { all, functions }, found)
    }

    /// Everything a provider serves.
    pub fn get(&self, addr: &ProviderAddr) -> Option<&Arc<ProviderSchema>> {
        self.all.get(addr)
    }

    /// A function that a provider defines.
    pub fn function(&self, provider: &ProviderAddr, name: &str) -> Option<FunctionRef> {
        self.functions.get(provider)?.get(name).cloned()
    }

    /// The schema of a resource type or data source.
    pub fn resource(&self, provider: &ProviderAddr, r: &Resource) -> Option<&Schema> {
        let schema = self.all.get(provider)?;
        match r.mode {
            ResourceMode::Managed => schema.resources.get(&r.r#type),
            ResourceMode::Data => schema.data_sources.get(&r.r#type),
            ResourceMode::Ephemeral => schema.ephemeral.get(&r.r#type),
        }
    }
}

fn missing(addr: &ProviderAddr) -> Diagnostic {
    Diagnostic::error(
        "Provider not available",
        format!(
            "The configuration or the state needs the provider {}, which is neither built in nor installed.\n\nInstall it:\n    \
             craton init",
            addr.short()
        ),
    )
}

/// The one instance of a module that provider configurations stand in: such modules do not repeat.
fn only_instance(path: &ModulePath) -> ModuleInstance {
    ModuleInstance(path.0.iter().map(|name| (name.clone(), InstanceKey::None)).collect())
}

/// Evaluates a provider configuration, starts its provider and hands it over.
pub async fn configure(
    walk: &Walk,
    registry: &Registry,
    addr: &ProviderConfigAddr,
    start: bool,
) -> Result<Option<Configured>, Diagnostics> {
    let (Some(factory), Some(schema)) = (registry.get(&addr.provider), walk.schemas.get(&addr.provider)) else {
        return Err(missing(&addr.provider).into());
    };
    let mut found = Diagnostics::new();
    let stand_in = walk.overrides.providers.get(addr);
    if let Some(StandIn::Mock(mocks)) = stand_in {
        let provider = mocks.start().await?;
        return Ok(start.then(|| Configured { addr: addr.clone(), provider, known: true }));
    }
    let block = provider_block(&walk.tree, addr);
    let config = match (stand_in, block) {
        (Some(StandIn::Configured { config, .. }), _) => config.clone(),
        (_, Some(block)) => {
            let module = only_instance(&addr.module);
            let Some(scope) = walk.scope(&module) else { return Err(missing_module(addr).into()) };
            let (value, more) = decode_body(&block.body, &schema.provider.block, &scope);
            found.extend(more);
            value
        }
        (_, None) => {
            if let Some(required) = schema.provider.block.attributes.iter().find(|(_, a)| a.required) {
                let detail = format!(
                    "The provider {} requires the argument {:?}, and there is no provider block that sets it. Add one to the \
                     root module.",
                    addr.provider.short(),
                    required.0
                );
                found.push(Diagnostic::error("Invalid provider configuration", detail));
            }
            schema.provider.block.empty_value()
        }
    };
    if found.has_errors() {
        return Err(found);
    }
    let (config, _) = config.unmark_deep();
    let provider = factory.start().await?;
    let place = |d: Diagnostics| -> Diagnostics {
        let body = match stand_in {
            Some(StandIn::Configured { body, span, .. }) => Some((body, *span)),
            _ => block.map(|b| (&b.body, b.span)),
        };
        d.into_iter().map(|d| crate::evaluate::place(d, body, &schema.provider.block)).collect()
    };
    let (p, c) = (provider.clone(), config.clone());
    found.extend(place(guarded(async move { p.validate_provider(&c).await }).await?));
    if found.has_errors() {
        return Err(found);
    }
    if !start {
        walk.report(found);
        return Ok(None);
    }
    let known = known_enough(&config);
    let (p, c) = (provider.clone(), config);
    found.extend(place(guarded(async move { p.configure(&c).await }).await?));
    if found.has_errors() {
        return Err(found);
    }
    walk.report(found);
    Ok(Some(Configured { addr: addr.clone(), provider, known }))
}

fn known_enough(config: &Value) -> bool {
    config.is_wholly_known()
}

fn missing_module(addr: &ProviderConfigAddr) -> Diagnostic {
    Diagnostic::error(
        "Provider configuration not present",
        format!(
            "Objects in the state belong to {addr}, whose module is no longer in the configuration. Add the module or its \
             provider block again until the objects are destroyed, or take them out of the state."
        ),
    )
}

/// Whether a provider configuration can be had: there is a block, or it is a root default.
pub fn is_present(tree: &ModuleTree, addr: &ProviderConfigAddr) -> bool {
    provider_block(tree, addr).is_some() || (addr.module.is_root() && addr.alias.is_none())
}

/// Why an object in the state cannot be handled.
pub fn not_present(addr: &ProviderConfigAddr, resource: impl std::fmt::Display) -> Diagnostic {
    Diagnostic::error(
        "Provider configuration not present",
        format!(
            "{resource} belongs to {addr}, and there is no such provider block any more. The object cannot be read or destroyed without it: add the block again, destroy the object, and then remove the block."
        ),
    )
}
