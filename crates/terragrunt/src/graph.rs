//! Many units: what each waits for, and the order that follows.

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
    /// Where its module comes from, as written.
    pub source: Option<Arc<str>>,
    /// Whether destroying is refused.
    pub protected: bool,
}

/// Units with what each waits for, dependencies first; peers in the order of their names.
#[derive(Clone, Debug, Default)]
pub struct Order {
    /// The units in an order that is safe to create them in; reversed, to destroy them.
    pub units: Vec<PathBuf>,
    /// By unit, the units among these that it waits for.
    pub dependencies: BTreeMap<PathBuf, BTreeSet<PathBuf>>,
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
        evaluation.check_terragrunt_version()?;
        let mut edges = Edges::default();
        for d in evaluation.merged_dependencies(false).values().filter(|d| d.enabled) {
            if self.config_file(&d.target).is_none() && crate::stack::is_stack(&d.target) {
                // On all units that the stack generates; where it was not generated yet, on none.
                let units = self.stack_units(&d.target).unwrap_or_default();
                edges.dependencies.extend(units.into_iter().filter(|u| *u != dir).map(|u| (u, Some(d.span))));
            } else {
                edges.dependencies.push((unit_folder(&d.target), Some(d.span)));
            }
        }
        // What a stack adds first, then the file itself, then its includes, of which the later wins.
        let included = evaluation.includes().iter().filter(|i| i.strategy != crate::merge::Strategy::NoMerge);
        let added = evaluation.added().map(|e| &**e);
        let files: Vec<&Evaluation> =
            added.into_iter().chain([&*evaluation]).chain(included.rev().map(|i| &*i.evaluation)).collect();
        let paths = files.iter().flat_map(|e| e.dependency_paths());
        edges.dependencies.extend(paths.map(|(_, p)| (unit_folder(&p), None)));
        let mut seen = BTreeSet::new();
        edges.dependencies.retain(|(path, _)| seen.insert(path.clone()));
        edges.exclude = files.iter().find_map(|e| e.exclude());
        edges.source = files.iter().find_map(|e| e.source()).map(|(text, _)| text);
        edges.protected = files.iter().find_map(|e| e.prevent_destroy()).unwrap_or(false);
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
        "Found a dependency cycle between modules, so none of these units can come first:\n  {}\nRemove one of the dependencies.",
        names.join("\n  -> ")
    );
    Diagnostic::error("Dependency cycle", detail).at_default(span)
}

/// The files of a module that lies on this machine: a unit that runs it reads them, too.
fn module_files(options: &crate::session::Options, unit: &Path, source: &str) -> Vec<PathBuf> {
    let local = match crate::source::parse(options, source) {
        Ok(craton_fetch::Source::Local(path)) => Some(unit.join(path.replacen("//", "/", 1))),
        Ok(craton_fetch::Source::Path { path, subdir }) => Some(subdir.map_or_else(|| path.clone(), |s| path.join(s))),
        _ => None,
    };
    let mut files = Vec::new();
    let mut open: Vec<PathBuf> = local.map(|p| craton_config::clean(&p)).into_iter().collect();
    while let Some(dir) = open.pop() {
        for entry in std::fs::read_dir(&dir).into_iter().flatten().flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            let endings = [".tf", ".tf.json", ".tofu", ".tofu.json", ".hcl"];
            if entry.file_type().is_ok_and(|t| t.is_dir()) {
                open.extend((!name.starts_with('.')).then(|| entry.path()));
            } else if endings.iter().any(|e| name.ends_with(e)) {
                files.push(entry.path());
            }
        }
    }
    files
}

pub(crate) fn unit_folder(target: &Path) -> PathBuf {
    if target.is_file() { folder(target) } else { target.to_owned() }
}

/// Who can come when all before are there, level by level, each sorted: `needs` says what each waits for. What waits for
/// itself is in no level.
pub fn levels(needs: &BTreeMap<PathBuf, BTreeSet<PathBuf>>) -> Vec<Vec<PathBuf>> {
    let mut waiting: BTreeMap<&PathBuf, usize> =
        needs.iter().map(|(u, d)| (u, d.iter().filter(|n| needs.contains_key(*n)).count())).collect();
    let mut dependents: BTreeMap<&PathBuf, Vec<&PathBuf>> = BTreeMap::new();
    for (unit, all) in needs {
        for need in all {
            dependents.entry(need).or_default().push(unit);
        }
    }
    let mut level: BTreeSet<&PathBuf> = waiting.iter().filter(|(_, n)| **n == 0).map(|(u, _)| *u).collect();
    let mut levels = Vec::new();
    while !level.is_empty() {
        let mut next = BTreeSet::new();
        for dependent in level.iter().flat_map(|u| dependents.get(*u).into_iter().flatten()) {
            if let Some(n) = waiting.get_mut(*dependent) {
                *n -= 1;
                if *n == 0 {
                    next.insert(*dependent);
                }
            }
        }
        levels.push(level.into_iter().cloned().collect());
        level = next;
    }
    levels
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
    let sorted: Vec<PathBuf> = levels(&order.dependencies).into_iter().flatten().collect();
    if sorted.len() < order.dependencies.len() {
        let placed: BTreeSet<&PathBuf> = sorted.iter().collect();
        let stuck = order.dependencies.keys().find(|u| !placed.contains(u));
        match stuck.map(|u| session.check_cycle(u)) {
            Some(Err(found)) => diags.extend(found),
            _ => diags.push(cycle(&[], None)),
        }
    }
    order.units = sorted;
    diags.ok(order)
}

impl Terragrunt {
    /// Evaluates the local values of a unit so that the files they read are known. What is wrong with them is said
    /// when the unit is loaded.
    pub(crate) fn note_inputs_read(self: &Arc<Self>, dir: &Path) {
        let Some(file) = self.config_file(dir) else { return };
        if let Ok(evaluation) = Evaluation::open(Context::new(self, &file, &file, 0, true)) {
            evaluation.all_locals();
            evaluation.includes().iter().for_each(|i| drop(i.evaluation.all_locals()));
            evaluation.inputs();
            evaluation.added().iter().for_each(|e| drop(e.inputs()));
            let own = evaluation.source();
            let source = own.or_else(|| evaluation.includes().iter().rev().find_map(|i| i.evaluation.source()));
            for file in source.map(|(text, _)| module_files(&self.options, dir, &text)).unwrap_or_default() {
                self.note_read(dir, &file);
            }
        }
    }

    /// What a unit itself says it waits for, where a file that it includes cannot be read; nothing where something else is
    /// wrong.
    pub(crate) fn edges_alone(self: &Arc<Self>, dir: &Path) -> Edges {
        let mut edges = Edges::default();
        let Some(file) = self.config_file(dir) else { return edges };
        let context = || Context::new(self, &file, &file, 0, true);
        if Evaluation::open(context()).is_ok() {
            return edges;
        }
        let own = Evaluation::open_alone(context()).map(|e| e.merged_dependencies(false)).unwrap_or_default();
        edges.dependencies =
            own.values().filter(|d| d.enabled).map(|d| (unit_folder(&d.target), Some(d.span))).collect();
        edges
    }

    /// The files that a unit includes, by label; none where it cannot be read.
    pub(crate) fn includes_of(self: &Arc<Self>, dir: &Path) -> Vec<(String, PathBuf)> {
        let evaluation = self.config_file(dir).map(|file| Evaluation::open(Context::new(self, &file, &file, 0, true)));
        let Some(Ok(evaluation)) = evaluation else { return Vec::new() };
        evaluation.includes().iter().map(|i| (i.label.clone(), i.evaluation.ctx.file.clone())).collect()
    }
}
