//! All modules of a configuration.

use super::{Module, ProviderRef};
use crate::version::Constraint;
use craton_model::addr::{ModulePath, ProviderAddr, ProviderConfigAddr};
use craton_model::{Diagnostics, Span};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// The modules of a configuration, flat, each calling module before those it calls.
#[derive(Clone, Debug, Default)]
pub struct ModuleTree {
    pub(crate) nodes: BTreeMap<ModulePath, ModuleNode>,
    /// What is wrong about provider configurations and matters only to those who use them.
    pub(crate) absent: Diagnostics,
}

/// One module in the tree: the contents may be shared with other calls of the same folder.
#[derive(Clone, Debug)]
pub struct ModuleNode {
    /// Its place in the tree.
    pub path: ModulePath,
    /// Its contents.
    pub module: Arc<Module>,
    pub(crate) providers: HashMap<(Arc<str>, Option<Arc<str>>), ProviderConfigAddr>,
}

/// A demand on a provider's version.
#[derive(Clone, Debug)]
pub struct Requirement {
    /// The module that makes it.
    pub module: ModulePath,
    /// The demand, if it is more than that the provider is there.
    pub version: Option<Constraint>,
    /// Where it is made.
    pub span: Option<Span>,
}

impl ModuleTree {
    /// The module at a path.
    pub fn get(&self, path: &ModulePath) -> Option<&ModuleNode> {
        self.nodes.get(path)
    }

    /// The contents of the root module.
    pub fn root(&self) -> Option<&ModuleNode> {
        self.nodes.get(&ModulePath::root())
    }

    /// All modules, each calling module before those it calls.
    pub fn modules(&self) -> impl Iterator<Item = &ModuleNode> {
        self.nodes.values()
    }

    /// What is wrong about provider configurations for those who use them: names that lead to none, and what the root module
    /// leaves to a caller. `init` and `get` do not mind.
    pub fn absent(&self) -> &Diagnostics {
        &self.absent
    }

    /// How many modules there are.
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Whether there is none, not even a root.
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// Every provider the configuration uses, with all demands on its version.
    pub fn provider_requirements(&self) -> BTreeMap<ProviderAddr, Vec<Requirement>> {
        let mut all: BTreeMap<ProviderAddr, Vec<Requirement>> = BTreeMap::new();
        for node in self.nodes.values() {
            let mut add = |addr, version, span| {
                all.entry(addr).or_default().push(Requirement { module: node.path.clone(), version, span });
            };
            let module = &node.module;
            for required in module.required_providers.values() {
                add(required.source.clone(), required.version.clone(), Some(required.span));
            }
            for block in module.provider_configs.values() {
                if block.version.is_some() || !module.required_providers.contains_key(&block.name) {
                    add(module.provider_addr(&block.name), block.version.clone(), Some(block.span));
                }
            }
            let mut implied: Vec<&ProviderRef> = module
                .resources
                .values()
                .map(|r| &r.provider)
                .filter(|p| !module.required_providers.contains_key(&p.name))
                .collect();
            implied.sort_by(|a, b| a.name.cmp(&b.name));
            implied.dedup_by(|a, b| a.name == b.name);
            for used in implied {
                add(module.provider_addr(&used.name), None, Some(used.span));
            }
        }
        all
    }
}

impl ModuleNode {
    /// The provider configuration that a name in this module leads to: its own `provider` block, or one of a module
    /// above it. Where no block is found all the way up, it is the root module's default configuration, which is then
    /// an empty one.
    pub fn provider_config(&self, name: &ProviderRef) -> ProviderConfigAddr {
        self.providers.get(&name.key()).cloned().unwrap_or_else(|| ProviderConfigAddr {
            module: ModulePath::root(),
            provider: self.module.provider_addr(&name.name),
            alias: name.alias.clone(),
        })
    }
}
