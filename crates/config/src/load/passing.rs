//! Which provider configuration each name in each module leads to
//! (<https://developer.hashicorp.com/terraform/language/modules/develop/providers>).

use crate::nouns::{ModuleCall, ModuleTree, ProviderRef};
use craton_model::addr::{ModulePath, ProviderAddr, ProviderConfigAddr};
use craton_model::{Diagnostic, Diagnostics, Span};
use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

type Key = (Arc<str>, Option<Arc<str>>);

/// What is known of a module above when the ones below are looked at.
#[derive(Default)]
struct Known {
    by_name: HashMap<Key, ProviderConfigAddr>,
    /// Default configurations, which are inherited by provider, not by local name.
    defaults: HashMap<ProviderAddr, ProviderConfigAddr>,
    /// Names that a root module leaves to a caller.
    open: HashSet<Key>,
}

/// The summary for configurations that a caller has to pass.
pub const MISSING: &str = "Missing required provider configuration";

/// Fills in every module's table and reports configurations that are missing or cannot be. What is given back does not
/// hinder those who use no provider (`init`, `get`).
pub(super) fn resolve(tree: &mut ModuleTree, diags: &mut Diagnostics) -> Diagnostics {
    let mut late = Diagnostics::new();
    let paths: Vec<ModulePath> = tree.nodes.keys().cloned().collect();
    let mut known: HashMap<ModulePath, Known> = HashMap::new();
    // A calling module sorts before those it calls.
    for path in paths {
        let found = resolve_module(tree, &path, &known, diags, &mut late);
        if let Some(node) = tree.nodes.get_mut(&path) {
            node.providers = found.by_name.clone();
        }
        known.insert(path, found);
    }
    late
}

fn resolve_module(
    tree: &ModuleTree,
    path: &ModulePath,
    known: &HashMap<ModulePath, Known>,
    diags: &mut Diagnostics,
    late: &mut Diagnostics,
) -> Known {
    let mut found = Known::default();
    let Some(node) = tree.get(path) else { return found };
    let module = &node.module;
    let parent = path.parent();
    let above = parent.as_ref().and_then(|p| known.get(p));
    let call = parent
        .as_ref()
        .and_then(|p| tree.get(p))
        .zip(path.0.last())
        .and_then(|(n, name)| n.module.module_calls.get(name));
    let addr_of = |name: &str| module.provider_addr(name);

    // Blocks of the module itself.
    for ((name, alias), block) in &module.provider_configs {
        let addr = ProviderConfigAddr { module: path.clone(), provider: addr_of(name), alias: alias.clone() };
        found.by_name.insert((name.clone(), alias.clone()), addr);
        if let Some(call) = call {
            check_nested(call, block.span, path, diags);
        }
    }
    // What the call passes.
    for passed in call.iter().flat_map(|c| c.providers.iter().flatten()) {
        let Some(above) = above else { continue };
        let parent_node = parent.as_ref().and_then(|p| tree.get(p));
        let parent_addr = parent_node.map(|n| n.module.provider_addr(&passed.parent.name));
        let target = above.by_name.get(&passed.parent.key()).cloned().or_else(|| {
            let addr = parent_addr.clone().filter(|_| passed.parent.alias.is_none())?;
            Some(above.defaults.get(&addr).cloned().unwrap_or_else(|| root_default(addr)))
        });
        let Some(target) = target else {
            diags.push(absent(&passed.parent, parent.as_ref().unwrap_or(path)));
            continue;
        };
        if above.open.contains(&passed.parent.key()) {
            late.push(absent(&passed.parent, parent.as_ref().unwrap_or(path)));
        }
        let wanted = addr_of(&passed.child.name);
        if wanted != target.provider {
            let detail = format!(
                "In the called module, {} stands for {}, but {} is a configuration of {}. Pass one of the same provider, or correct the source in required_providers.",
                passed.child,
                wanted.short(),
                passed.parent,
                target.provider.short()
            );
            diags.push(Diagnostic::error("Provider type mismatch", detail).at(passed.parent.span));
            continue;
        }
        let declared = module.required_providers.get(&passed.child.name);
        let declares_alias = match &passed.child.alias {
            None => true,
            Some(alias) => declared.is_some_and(|r| r.configuration_aliases.iter().any(|a| a.alias == *alias)),
        };
        if !declares_alias && !module.provider_configs.contains_key(&passed.child.key()) {
            let detail = format!(
                "The called module declares no configuration named {}. List it in configuration_aliases of its required_providers, or do not pass it.",
                passed.child
            );
            late.push(Diagnostic::error("Reference to undefined provider", detail).at(passed.child.span));
            continue;
        }
        found.by_name.insert(passed.child.key(), target);
    }
    // What must be passed.
    for required in module.required_providers.values() {
        for alias in &required.configuration_aliases {
            let key = (required.name.clone(), Some(alias.alias.clone()));
            if found.by_name.contains_key(&key) {
                continue;
            }
            let name = format!("{}.{}", required.name, alias.alias);
            match call {
                Some(call) => {
                    let detail = format!(
                        "The module needs a provider configuration named {name}. Pass one in the providers argument:\n  providers = {{\n    {name} = {}\n  }}",
                        required.name
                    );
                    diags.push(Diagnostic::error(MISSING, detail).at(call.span));
                }
                // A root module has no caller; its own blocks, or those of a test file, stand in.
                None => {
                    let detail =
                        format!("The root module has no caller to pass {name}. Add a provider block with this alias.");
                    late.push(Diagnostic::error(MISSING, detail).at(alias.span));
                    let provider = addr_of(&required.name);
                    let stand_in = ProviderConfigAddr { module: path.clone(), provider, alias: key.1.clone() };
                    found.by_name.insert(key.clone(), stand_in);
                    found.open.insert(key);
                }
            }
        }
    }
    // Defaults, own or inherited.
    let mut names: BTreeSet<Arc<str>> = module.required_providers.keys().cloned().collect();
    names.extend(module.resources.values().map(|r| r.provider.name.clone()));
    names.extend(found.by_name.keys().map(|(name, _)| name.clone()));
    names
        .extend(module.module_calls.values().flat_map(|c| c.providers.iter().flatten()).map(|p| p.parent.name.clone()));
    if let Some(above) = above {
        found.defaults = above.defaults.clone();
    }
    for name in names {
        let provider = addr_of(&name);
        let key = (name, None);
        let target = match found.by_name.get(&key) {
            Some(own) => own.clone(),
            None => found.defaults.get(&provider).cloned().unwrap_or_else(|| root_default(provider.clone())),
        };
        found.by_name.insert(key, target.clone());
        found.defaults.insert(provider, target);
    }
    // What resources name.
    for resource in module.resources.values() {
        let key = resource.provider.key();
        if key.1.is_some() && (!found.by_name.contains_key(&key) || found.open.contains(&key)) {
            late.push(absent(&resource.provider, path).for_address(resource.addr.clone()));
        }
    }
    found
}

fn root_default(provider: ProviderAddr) -> ProviderConfigAddr {
    ProviderConfigAddr { module: ModulePath::root(), provider, alias: None }
}

fn absent(name: &ProviderRef, module: &ModulePath) -> Diagnostic {
    let place = if module.is_root() { "the root module".to_owned() } else { module.to_string() };
    let detail = match &name.alias {
        Some(alias) => format!(
            "There is no provider configuration {name} in {place}. Add a block\n  provider \"{}\" {{\n    alias = \"{alias}\"\n  }}",
            name.name
        ),
        None => format!("There is no provider configuration {name} in {place}."),
    };
    Diagnostic::error("Provider configuration not present", detail).at(name.span)
}

/// A module with provider blocks of its own cannot be repeated: the objects made by an instance that goes away would
/// have no configuration left to be destroyed with.
fn check_nested(call: &ModuleCall, block: Span, path: &ModulePath, diags: &mut Diagnostics) {
    let used = [
        ("count", call.count.is_some()),
        ("for_each", call.for_each.is_some()),
        ("depends_on", !call.depends_on.is_empty()),
    ];
    for (name, _) in used.iter().filter(|(_, used)| *used) {
        let detail = format!(
            "{path} has a provider configuration of its own, at {}, so it cannot be called with {name}. Move the provider block to the root module and pass the configuration in the providers argument.",
            block.place()
        );
        diags.push(
            Diagnostic::error("Module is incompatible with count, for_each, and depends_on", detail).at(call.span),
        );
    }
}
