//! Many units: finding them, and the order that their dependencies ask for.

use crate::config::Exclude;
use crate::context::{Context, folder};
use crate::evaluation::Evaluation;
use crate::session::{Terragrunt, absolute, no_unit};
use craton_model::{Diagnostic, Diagnostics, Span};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError};

/// What a unit waits for, found without evaluating anything that needs another unit's outputs.
#[derive(Clone, Debug, Default)]
pub struct Edges {
    /// Folders of units, absolute, each with the place that names it.
    pub dependencies: Vec<(PathBuf, Option<Span>)>,
    /// Whether and when the unit is left out.
    pub exclude: Option<Exclude>,
}

/// Units with what each waits for, dependencies first; peers in the order of their names.
#[derive(Clone, Debug, Default)]
pub struct Order {
    /// The units in an order that is safe to create them in; reversed, to destroy them.
    pub units: Vec<PathBuf>,
    /// By unit, the units among these that it waits for.
    pub dependencies: BTreeMap<PathBuf, BTreeSet<PathBuf>>,
}

/// The units in and below a folder, sorted. Working copies and Terraform's own folders are passed over.
pub fn discover(session: &Terragrunt, root: &Path) -> Result<Vec<PathBuf>, Diagnostic> {
    let mut found = Vec::new();
    let mut open = vec![absolute(root)];
    while let Some(dir) = open.pop() {
        let failed = |e: std::io::Error| {
            let detail = format!("The folder {} could not be read: {e}.", dir.display());
            Diagnostic::error("Failed to find units", detail)
        };
        for entry in std::fs::read_dir(&dir).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            let name = entry.file_name();
            let skipped = [".terragrunt-cache", ".terraform", ".git"].iter().any(|s| name == *s);
            if !skipped && entry.file_type().map_err(failed)?.is_dir() {
                open.push(entry.path());
            }
        }
        if session.config_file(&dir).is_some() {
            found.push(dir);
        }
    }
    found.sort();
    Ok(found)
}

impl Terragrunt {
    /// What a unit waits for; read once per run.
    pub fn edges(self: &Arc<Self>, dir: &Path) -> Result<Edges, Diagnostics> {
        let dir = absolute(dir);
        if let Some(known) = self.edges.lock().unwrap_or_else(PoisonError::into_inner).get(&dir) {
            return Ok(known.clone());
        }
        let edges = self.read_edges(&dir)?;
        self.edges.lock().unwrap_or_else(PoisonError::into_inner).insert(dir, edges.clone());
        Ok(edges)
    }

    fn read_edges(self: &Arc<Self>, dir: &Path) -> Result<Edges, Diagnostics> {
        let dir = absolute(dir);
        let file = self.config_file(&dir).ok_or_else(|| no_unit(&dir))?;
        let evaluation = Evaluation::open(Context::new(self, &file, &file, 0, true))?;
        let mut edges = Edges::default();
        for d in evaluation.merged_dependencies(false).values().filter(|d| d.enabled) {
            edges.dependencies.push((unit_folder(&d.target), Some(d.span)));
        }
        let mut paths = evaluation.dependency_paths();
        for include in evaluation.includes() {
            if include.strategy != crate::merge::Strategy::NoMerge {
                paths.extend(include.evaluation.dependency_paths());
            }
        }
        edges.dependencies.extend(paths.into_iter().map(|p| (unit_folder(&p), None)));
        let mut seen = BTreeSet::new();
        edges.dependencies.retain(|(path, _)| seen.insert(path.clone()));
        edges.exclude = evaluation.exclude();
        evaluation.findings().ok(edges)
    }

    /// Fails if a unit waits for itself, directly or through others.
    pub(crate) fn check_cycle(self: &Arc<Self>, dir: &Path) -> Result<(), Diagnostics> {
        let start = absolute(dir);
        let mut done = self.acyclic.lock().unwrap_or_else(PoisonError::into_inner);
        let mut chain: Vec<PathBuf> = Vec::new();
        // Each entry: a unit to enter, or (`None`) the end of the one entered last.
        let mut open: Vec<(Option<PathBuf>, Option<Span>)> = vec![(Some(start), None)];
        while let Some((unit, span)) = open.pop() {
            let Some(unit) = unit else {
                done.extend(chain.pop());
                continue;
            };
            if let Some(at) = chain.iter().position(|c| *c == unit) {
                return Err(cycle(&chain[at..], span).into());
            }
            if done.contains(&unit) {
                continue;
            }
            chain.push(unit.clone());
            open.push((None, None));
            // A unit that cannot be read says so when it is read for its own sake.
            let edges = if chain.len() == 1 { self.edges(&unit)? } else { self.edges(&unit).unwrap_or_default() };
            open.extend(edges.dependencies.into_iter().map(|(path, span)| (Some(path), span)));
        }
        Ok(())
    }
}

fn cycle(chain: &[PathBuf], span: Option<Span>) -> Diagnostic {
    let names: Vec<String> = chain.iter().chain(chain.first()).map(|p| p.display().to_string()).collect();
    let detail = format!(
        "Found a dependency cycle between units, none of which can come first:\n  {}\nRemove one of the dependencies.",
        names.join("\n  -> ")
    );
    Diagnostic::error("Dependency cycle", detail).at_default(span)
}

fn unit_folder(target: &Path) -> PathBuf {
    if target.is_file() { folder(target) } else { target.to_owned() }
}

/// Puts units in order. Dependencies outside of them count as there. A cycle among them is an error that names it.
pub fn order(session: &Arc<Terragrunt>, units: &[PathBuf]) -> Result<Order, Diagnostics> {
    let mut diags = Diagnostics::new();
    let all: BTreeSet<PathBuf> = units.iter().map(|u| absolute(u)).collect();
    let mut order = Order::default();
    for unit in &all {
        let Some(edges) = diags.keep(session.edges(unit)) else { continue };
        let inside = edges.dependencies.into_iter().map(|(path, _)| path).filter(|p| all.contains(p));
        order.dependencies.insert(unit.clone(), inside.collect());
    }
    let mut waiting: BTreeMap<&PathBuf, usize> = order.dependencies.iter().map(|(u, d)| (u, d.len())).collect();
    let mut dependents: BTreeMap<&PathBuf, Vec<&PathBuf>> = BTreeMap::new();
    for (unit, needs) in &order.dependencies {
        for need in needs {
            dependents.entry(need).or_default().push(unit);
        }
    }
    let mut ready: BTreeSet<&PathBuf> = waiting.iter().filter(|(_, n)| **n == 0).map(|(u, _)| *u).collect();
    let mut sorted = Vec::new();
    while let Some(unit) = ready.pop_first() {
        sorted.push(unit.clone());
        for dependent in dependents.get(unit).into_iter().flatten() {
            if let Some(n) = waiting.get_mut(*dependent) {
                *n -= 1;
                if *n == 0 {
                    ready.insert(dependent);
                }
            }
        }
    }
    if sorted.len() < order.dependencies.len() {
        let stuck = order.dependencies.keys().find(|u| !sorted.contains(u));
        match stuck.map(|u| session.check_cycle(u)) {
            Some(Err(found)) => diags.extend(found),
            _ => diags.push(cycle(&[], None)),
        }
    }
    order.units = sorted;
    diags.ok(order)
}
