//! What a run works with: the module, its provider configurations, the values of its variables, what is overridden.

use std::collections::BTreeMap;
use std::sync::Arc;

use craton_config::{
    During, MockProvider, ModuleTree, Override, OverrideTarget, ProviderBlock, TestFile, TestProvider, TestRun,
};
use craton_engine::{ModuleOverride, Overrides, ResourceOverride, StandIn};
use craton_hcl::{Body, decode_body};
use craton_model::addr::{ModulePath, ProviderConfigAddr};
use craton_model::{Diagnostic, Diagnostics, Value};
use craton_provider::Registry;
use craton_provider::mock::{Given, MockData, MockFactory};

use super::Suite;
use super::names::FileNames;
use crate::unit::Work;

/// All that a run works with.
#[derive(Clone)]
pub struct Prepared {
    pub tree: Arc<ModuleTree>,
    pub variables: BTreeMap<Arc<str>, Value>,
    pub overrides: Arc<Overrides>,
}

/// Modules by test file and run.
pub type Modules = BTreeMap<(String, Arc<str>), Arc<ModuleTree>>;

/// The modules that runs name in place of the root module.
pub fn modules(work: &Work, files: &[TestFile]) -> (Modules, Diagnostics) {
    let mut found = Diagnostics::new();
    let mut all = Modules::new();
    for file in files {
        for run in &file.runs {
            let Some(call) = &run.module else { continue };
            let root = &work.root;
            let (tree, more) = craton_config::load_run_module(&root.dir, &root.data_dir, file, call, &root.cache);
            found.extend(more);
            all.insert((file.name.clone(), run.name.clone()), Arc::new(tree));
        }
    }
    (all, found)
}

/// Makes a run ready. The findings beside it are warnings.
pub async fn run(
    suite: &Suite<'_>,
    file: &TestFile,
    run: &TestRun,
    names: &FileNames<'_>,
) -> Result<(Prepared, Diagnostics), Diagnostics> {
    let other = suite.modules.get(&(file.name.clone(), run.name.clone()));
    let tree = other.unwrap_or(&suite.work.root.tree);
    let Some(root) = tree.root() else { return Err(Diagnostics::new()) };
    let (variables, mut found) = names.variables(run, &root.module);
    let mut overrides = Overrides::default();
    let mut blocks = Vec::new();
    let registry = suite.work.registry();
    for ((name, alias), provider) in providers(file, run, tree, &mut found) {
        let addr = root.module.provider_addr(&name);
        let at = ProviderConfigAddr { module: ModulePath::root(), provider: addr, alias: alias.clone() };
        let Some(stand_in) = found.keep(stand_in(provider, &at, &registry, names).await) else { continue };
        let (body, span) = (Body::joined(Vec::new()), provider.span());
        blocks.push(ProviderBlock { name, alias, version: None, body, span });
        if let TestProvider::Mock(mock) = provider {
            add(&mut overrides, &mock.overrides, Some(&at));
        }
        overrides.providers.insert(at, stand_in);
    }
    let mut nearer = Overrides::default();
    add(&mut nearer, &run.overrides, None);
    add(&mut nearer, &file.overrides, None);
    nearer.resources.append(&mut overrides.resources);
    nearer.modules.append(&mut overrides.modules);
    nearer.providers = overrides.providers;
    let (tree, more) = tree.with_provider_configs(blocks);
    found.extend(more);
    let own = run.overrides.iter().chain(file.overrides.iter().filter(|_| run.module.is_none()));
    found.extend(own.filter(|o| !exists(&tree, o)).map(no_target));
    let prepared = Prepared { tree: Arc::new(tree), variables, overrides: Arc::new(nearer) };
    if found.has_errors() { Err(found) } else { Ok((prepared, found)) }
}

type Key = (Arc<str>, Option<Arc<str>>);

/// The test file's providers under the names that the module has for them.
fn providers<'f>(
    file: &'f TestFile,
    run: &TestRun,
    tree: &ModuleTree,
    found: &mut Diagnostics,
) -> Vec<(Key, &'f TestProvider)> {
    if let Some(passed) = &run.providers {
        let of = |p: &craton_config::PassedProvider| {
            let provider = file.providers.get(&p.parent.key());
            if provider.is_none() {
                let detail = format!(
                    "There is no provider {} in this test file. Add a provider or mock_provider block for it, or pass another one.",
                    p.parent
                );
                found.push(Diagnostic::error("Missing provider definition", detail).at(p.parent.span));
            }
            Some((p.child.key(), provider?))
        };
        return passed.iter().filter_map(of).collect();
    }
    // What the module does not use must not be configured: that may take credentials.
    let (needs, root) = (tree.provider_requirements(), tree.root());
    let used = |name: &str| root.is_some_and(|r| needs.contains_key(&r.module.provider_addr(name)));
    file.providers.iter().filter(|((name, _), _)| used(name)).map(|(key, p)| (key.clone(), p)).collect()
}

async fn stand_in(
    provider: &TestProvider,
    at: &ProviderConfigAddr,
    registry: &Registry,
    names: &FileNames<'_>,
) -> Result<StandIn, Diagnostics> {
    let Some(factory) = registry.get(&at.provider) else {
        let detail = format!(
            "The provider {} is not built in, and publishers' plugins are not run by this version of craton. A mock takes its schema from the real provider.",
            at.provider.short()
        );
        return Err(Diagnostic::error("Provider is not available", detail).at(provider.span()).into());
    };
    match provider {
        TestProvider::Mock(mock) => Ok(StandIn::Mock(Arc::new(MockFactory::new(factory.clone(), mock_data(mock))))),
        TestProvider::Real(block) => {
            let schema = factory.schema().await?;
            let (config, found) = decode_body(&block.body, &schema.provider.block, &names.scope());
            found.ok(StandIn::Configured { config, body: block.body.clone(), span: block.span })
        }
    }
}

fn mock_data(mock: &MockProvider) -> MockData {
    let types = mock.types.iter().map(|t| {
        let given = Given { values: t.defaults.clone(), during_plan: t.during == During::Plan, place: Some(t.span) };
        ((t.mode, t.r#type.clone()), given)
    });
    let none = Value::object::<&str>([]);
    MockData::new(types.collect(), Given { values: none, during_plan: mock.during == During::Plan, place: None })
}

fn add(overrides: &mut Overrides, all: &[Override], within: Option<&ProviderConfigAddr>) {
    for o in all {
        match &o.target {
            OverrideTarget::Resource(target) => {
                let during_plan = o.during == During::Plan;
                let given = Given { values: o.values.clone(), during_plan, place: Some(o.span) };
                let data = Arc::new(MockData::uniform(given));
                let within = within.cloned();
                overrides.resources.push(ResourceOverride { target: target.clone(), within, data });
            }
            OverrideTarget::Module(target) => {
                overrides.modules.push(ModuleOverride { target: target.clone(), outputs: o.values.clone() });
            }
        }
    }
}

fn exists(tree: &ModuleTree, o: &Override) -> bool {
    match &o.target {
        OverrideTarget::Module(target) => tree.get(&target.path()).is_some(),
        OverrideTarget::Resource(target) => {
            tree.get(&target.module.path()).is_some_and(|n| n.module.resources.contains_key(&target.resource))
        }
    }
}

fn no_target(o: &Override) -> Diagnostic {
    let detail = format!(
        "The module that the run is about has no {}, so nothing is overridden. Correct the address, or remove the block.",
        o.target
    );
    Diagnostic::warning("Invalid override target", detail).at(o.span)
}
