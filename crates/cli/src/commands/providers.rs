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
        None => list(app, &args.tests.test_directory).await,
        Some(ProvidersCommand::Schema { .. }) => {
            let work = Work::load(app, "schema").await?;
            println!("{}", schemas::render(&work.schemas().await?));
            Ok(Outcome::Done)
        }
        Some(ProvidersCommand::Lock { providers, .. }) => lock(app, providers).await,
        Some(ProvidersCommand::Mirror { target, .. }) => mirror(app, target).await,
    }
}

async fn list(app: &App, tests: &Path) -> Ended {
    let work = Work::load(app, "providers").await?;
    let mut branches = demands(&work.root.tree);
    branches.extend(test_demands(&work, tests)?);
    let mut tree = String::new();
    write(&branches, "", &mut tree);
    println!("\nProviders required by configuration:\n.\n{tree}");
    let state = open_state(app, &work, &LocalFlags::default(), "", None).await?.state;
    let held: BTreeSet<String> = state.resources.values().map(|r| r.provider.provider.to_string()).collect();
    if !held.is_empty() {
        println!("Providers required by state:\n");
        held.iter().for_each(|p| println!("    provider[{p}]\n"));
    }
    Ok(Outcome::Done)
}

/// A line of the tree and those below it.
struct Branch {
    text: String,
    below: Vec<Branch>,
}

/// The providers that each module demands, and then the modules that it calls.
fn demands(modules: &ModuleTree) -> Vec<Branch> {
    // Which versions each module demands of each provider.
    let mut demands: BTreeMap<&ModulePath, BTreeMap<String, Vec<String>>> = BTreeMap::new();
    let needs = modules.provider_requirements();
    for (addr, requirements) in &needs {
        for r in requirements {
            let versions = demands.entry(&r.module).or_default().entry(addr.to_string()).or_default();
            versions.extend(r.version.as_ref().map(ToString::to_string));
        }
    }
    // Those called sort after their callers, so from the end on each is whole when it goes below its caller.
    let mut found: BTreeMap<ModulePath, Vec<Branch>> = BTreeMap::new();
    let paths: Vec<&ModulePath> = modules.modules().map(|node| &node.path).collect();
    for path in paths.into_iter().rev() {
        let own = demands.get(path).into_iter().flatten().map(|(addr, versions)| {
            let versions = if versions.is_empty() { String::new() } else { format!(" {}", versions.join(", ")) };
            Branch { text: format!("provider[{addr}]{versions}"), below: Vec::new() }
        });
        let mut called = found.remove(path).unwrap_or_default();
        called.reverse();
        let below: Vec<Branch> = own.chain(called).collect();
        match (path.parent(), path.0.last()) {
            (Some(above), Some(name)) => {
                found.entry(above).or_default().push(Branch { text: format!("module.{name}"), below });
            }
            _ => return below,
        }
    }
    Vec::new()
}

/// What the test files demand: of each run that is about another module, what that one does.
fn test_demands(work: &Work, tests: &Path) -> Result<Vec<Branch>, Diagnostics> {
    let (files, mut found) = craton_config::load_tests(&work.root.dir, tests, &work.root.cache);
    let (modules, more) = super::test::modules(work, &files);
    found.extend(more);
    let branches = files.iter().map(|file| {
        let runs = file.runs.iter().filter_map(|run| {
            let tree = modules.get(&(file.name.clone(), run.name.clone()))?;
            Some(Branch { text: format!("run.{}", run.name), below: demands(tree) })
        });
        Branch { text: file.module_prefix().join("."), below: runs.collect() }
    });
    let branches = branches.collect();
    found.ok(branches)
}

fn write(branches: &[Branch], indent: &str, out: &mut String) {
    for (i, branch) in branches.iter().enumerate() {
        let (corner, below) =
            if i + 1 == branches.len() { ("└──", "    ") } else { ("├──", "│\u{a0}\u{a0} ") };
        out.push_str(&format!("{indent}{corner} {}\n", branch.text));
        write(&branch.below, &format!("{indent}{below}"), out);
    }
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
