//! `providers`: what a configuration needs, schema, lock, mirror

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use craton_config::{LockFile, ModuleTree};
use craton_model::addr::{ModulePath, ProviderAddr};
use craton_model::{Diagnostic, Diagnostics};

use super::open_state;
use crate::app::{App, Ended, Outcome};
use crate::args::{ProvidersArgs, ProvidersCommand};
use crate::backend::LocalFlags;
use crate::json::schemas;
use crate::unit::Work;

/// Lists the providers a configuration needs, writes their schemas, or looks after their packages.
pub async fn run(app: &App, args: &ProvidersArgs) -> Ended {
    match &args.command {
        None => list(app).await,
        Some(ProvidersCommand::Schema { .. }) => {
            let work = Work::load(app, "schema").await?;
            println!("{}", schemas::render(&work.schemas().await?));
            Ok(Outcome::Done)
        }
        Some(ProvidersCommand::Lock { providers, .. }) => lock(app, providers).await,
        Some(ProvidersCommand::Mirror { target, .. }) => mirror(app, target).await,
    }
}

async fn list(app: &App) -> Ended {
    let work = Work::load(app, "providers").await?;
    println!("\nProviders required by configuration:\n.");
    let tree = tree(&work.root.tree);
    print!("{tree}");
    println!();
    let state = open_state(app, &work, &LocalFlags::default(), "", None).await?.state;
    let held: BTreeSet<String> = state.resources.values().map(|r| r.provider.provider.to_string()).collect();
    if !held.is_empty() {
        println!("Providers required by state:\n");
        held.iter().for_each(|p| println!("    provider[{p}]\n"));
    }
    Ok(Outcome::Done)
}

/// Modules with what each demands, as a tree.
fn tree(modules: &ModuleTree) -> String {
    // Which versions each module demands of each provider.
    type Demands<'a> = BTreeMap<&'a ModulePath, BTreeMap<String, Vec<String>>>;
    let needs = modules.provider_requirements();
    let mut demands = Demands::new();
    for (addr, requirements) in &needs {
        for r in requirements {
            let versions = demands.entry(&r.module).or_default().entry(addr.to_string()).or_default();
            versions.extend(r.version.as_ref().map(ToString::to_string));
        }
    }
    let mut below: BTreeMap<ModulePath, Vec<&ModulePath>> = BTreeMap::new();
    for node in modules.modules() {
        if let Some(above) = node.path.parent() {
            below.entry(above).or_default().push(&node.path);
        }
    }
    fn write(
        at: &ModulePath,
        indent: &str,
        demands: &Demands<'_>,
        below: &BTreeMap<ModulePath, Vec<&ModulePath>>,
        out: &mut String,
    ) {
        let own = demands.get(at).into_iter().flatten();
        let mut lines: Vec<(String, Option<&ModulePath>)> = own
            .map(|(addr, versions)| {
                let versions = if versions.is_empty() { String::new() } else { format!(" {}", versions.join(", ")) };
                (format!("provider[{addr}]{versions}"), None)
            })
            .collect();
        let calls = below.get(at).into_iter().flatten();
        lines.extend(calls.map(|p| (format!("module.{}", p.0.last().map_or("", AsRef::as_ref)), Some(*p))));
        let count = lines.len();
        for (i, (text, module)) in lines.into_iter().enumerate() {
            let last = i + 1 == count;
            out.push_str(&format!("{indent}{} {text}\n", if last { "└──" } else { "├──" }));
            if let Some(module) = module {
                write(
                    module,
                    &format!("{indent}{}", if last { "    " } else { "│\u{a0}\u{a0} " }),
                    demands,
                    below,
                    out,
                );
            }
        }
    }
    let mut out = String::new();
    write(&ModulePath::root(), "", &demands, &below, &mut out);
    out
}

/// The providers that the configuration needs, all of which must be built in.
async fn needed(app: &App) -> Result<(Work, Vec<(ProviderAddr, String)>), Diagnostics> {
    let work = Work::load(app, "lock").await?;
    let registry = work.registry();
    let missing = work.unserved(&registry);
    if missing.has_errors() {
        return Err(missing);
    }
    let needs = work.root.tree.provider_requirements();
    let versions = needs.into_keys().filter_map(|a| Some((a.clone(), registry.get(&a)?.version())));
    let versions = versions.collect();
    Ok((work, versions))
}

/// Sees to it that the lock file can be read. What is built in is as fixed as craton's own version, so it needs no entry;
/// entries that Terraform made stay, and Terraform adds those that it misses when it is next initialised.
async fn lock(app: &App, wanted: &[String]) -> Ended {
    let (work, needed) = needed(app).await?;
    for text in wanted {
        let addr = ProviderAddr::parse(text).ok_or_else(|| {
            let detail = format!("{text:?} is no provider address, such as hashicorp/aws.");
            Diagnostic::error("Invalid provider argument", detail)
        })?;
        if !needed.iter().any(|(a, _)| *a == addr) {
            let detail = format!("The provider {addr} is not required by the configuration.");
            return Err(Diagnostic::error("Invalid provider argument", detail).into());
        }
    }
    let locked = LockFile::read(&work.root.dir, &work.root.cache)?;
    for (addr, version) in needed {
        let entry = match locked.providers.get(&addr) {
            Some(entry) => format!("; the lock file's entry for {} stays, for Terraform", entry.version),
            None => String::new(),
        };
        println!("- {} is built in (version {version}){entry}", addr.short());
    }
    let done = "Success! The lock file has been validated and needs no changes.";
    println!("\n{}", app.out.bold_green(done));
    Ok(Outcome::Done)
}

/// Copies nothing: there are no packages of what is built in.
async fn mirror(app: &App, target: &Path) -> Ended {
    let (_, needed) = needed(app).await?;
    let path = app.path(target);
    std::fs::create_dir_all(&path)
        .map_err(|e| Diagnostic::error("Folder is not writable", format!("Cannot make {}: {e}.", path.display())))?;
    for (addr, _) in needed {
        println!("- Skipping {} because it is built in", addr.short());
    }
    Ok(Outcome::Done)
}
