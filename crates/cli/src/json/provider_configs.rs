//! The `provider_config` part of the configuration, and the keys by which resources name their entry in it
//! (<https://developer.hashicorp.com/terraform/internals/json-format#configuration-representation>).
//!
//! Each module has an entry for a provider it configures, requires or uses; one that gets its configuration from the
//! module above, by `providers` or by inheritance, has none of its own and goes by the entry of that module.

use std::collections::BTreeMap;

use craton_config::{Module, ModuleNode, ModuleTree, ProviderBlock, ProviderRef};
use craton_model::addr::{ModulePath, ProviderAddr};
use serde_json::{Map, Value as Json};

use super::{Schemas, configuration};

struct Entry {
    provider: ProviderAddr,
    json: Map<String, Json>,
    /// The entry that counts instead of this one.
    source: Option<String>,
}

/// The entries of all modules by key.
pub struct ProviderConfigs {
    entries: BTreeMap<String, Entry>,
}

fn key(path: &ModulePath, name: &str) -> String {
    if path.is_root() { name.to_owned() } else { format!("{path}:{name}") }
}

impl ProviderConfigs {
    /// Finds all entries.
    pub fn of(tree: &ModuleTree, schemas: &Schemas) -> Self {
        let mut all = Self { entries: BTreeMap::new() };
        // Modules come before those that they call.
        for node in tree.modules() {
            all.passed(tree, node);
            all.own(node, schemas);
        }
        all
    }

    /// What the call of a module passes to it.
    fn passed(&mut self, tree: &ModuleTree, node: &ModuleNode) {
        let call = || {
            let (name, parent) = (node.path.0.last()?, node.path.parent()?);
            let call = tree.get(&parent)?.module.module_calls.get(name)?;
            Some((parent, call.providers.as_ref()?))
        };
        let Some((parent, passed)) = call() else { return };
        for p in passed {
            let provider = node.module.provider_addr(&p.child.name);
            let source = self.source(&key(&parent, &p.parent.to_string()), &provider);
            let mut json = entry(node, &p.child.to_string(), &provider);
            json.remove("alias");
            self.add(key(&node.path, &p.child.to_string()), Entry { provider, json, source });
        }
    }

    /// What a module configures, requires or uses.
    fn own(&mut self, node: &ModuleNode, schemas: &Schemas) {
        let module = &node.module;
        for block in module.provider_configs.values() {
            self.add(key(&node.path, &reference(block).to_string()), configured(node, block, schemas));
        }
        let required = module.required_providers.values().map(|r| r.name.clone());
        let used = module.resources.values().map(|r| r.provider.name.clone());
        let blocks = module.provider_configs.values().map(|b| b.name.clone());
        for name in required.chain(used).chain(blocks) {
            let provider = module.provider_addr(&name);
            let parent = node.path.parent().map(|p| key(&p, &name));
            let source = parent.and_then(|parent| self.source(&parent, &provider));
            let mut json = entry(node, &name, &provider);
            constrain(&mut json, module, &name);
            self.by_type(node, &name, &provider);
            self.add(key(&node.path, &name), Entry { provider, json, source });
        }
    }

    /// Terraform lists each provider by its type as well, where the module gives it another name.
    fn by_type(&mut self, node: &ModuleNode, name: &str, provider: &ProviderAddr) {
        let ty = &provider.r#type;
        let source = node.path.parent().and_then(|p| self.source(&key(&p, ty), provider));
        let mut json = entry(node, ty, provider);
        constrain(&mut json, &node.module, name);
        self.add(key(&node.path, ty), Entry { provider: provider.clone(), json, source });
    }

    fn add(&mut self, key: String, entry: Entry) {
        self.entries.entry(key).or_insert(entry);
    }

    /// The entry that a module goes by for what it gets from the entry at `start`.
    fn source(&self, start: &str, provider: &ProviderAddr) -> Option<String> {
        let found = self.entries.get(start).filter(|e| e.provider == *provider)?;
        Some(found.source.clone().unwrap_or_else(|| start.to_owned()))
    }

    /// The key that a resource names its provider configuration by.
    pub fn key_of(&self, node: &ModuleNode, provider: &ProviderRef) -> String {
        let own = key(&node.path, &provider.to_string());
        self.entries.get(&own).and_then(|e| e.source.clone()).unwrap_or(own)
    }

    /// The entries that stand for themselves.
    pub fn render(self) -> Map<String, Json> {
        let own = self.entries.into_iter().filter(|(_, e)| e.source.is_none());
        own.map(|(key, e)| (key, Json::Object(e.json))).collect()
    }
}

fn reference(block: &ProviderBlock) -> ProviderRef {
    ProviderRef { name: block.name.clone(), alias: block.alias.clone(), span: block.span }
}

fn entry(node: &ModuleNode, name: &str, provider: &ProviderAddr) -> Map<String, Json> {
    let mut m = Map::new();
    m.insert("name".into(), name.into());
    m.insert("full_name".into(), provider.to_string().into());
    if !node.path.is_root() {
        m.insert("module_address".into(), node.path.to_string().into());
    }
    m
}

fn constrain(m: &mut Map<String, Json>, module: &Module, name: &str) {
    if let Some(version) = module.required_providers.get(name).and_then(|r| r.version.as_ref()) {
        m.insert("version_constraint".into(), version.to_string().into());
    }
}

fn configured(node: &ModuleNode, block: &ProviderBlock, schemas: &Schemas) -> Entry {
    let provider = node.module.provider_addr(&block.name);
    let mut json = entry(node, &block.name, &provider);
    if let Some(alias) = &block.alias {
        json.insert("alias".into(), alias.as_ref().into());
    }
    constrain(&mut json, &node.module, &block.name);
    if let Some(version) = &block.version {
        json.insert("version_constraint".into(), version.to_string().into());
    }
    if let Some(schema) = schemas.get(&provider) {
        let expressions = configuration::expressions(&block.body, &schema.provider.block);
        if !expressions.is_empty() {
            json.insert("expressions".into(), Json::Object(expressions));
        }
    }
    Entry { provider, json, source: None }
}
