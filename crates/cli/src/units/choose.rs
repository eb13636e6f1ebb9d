//! Which units a run is about.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use craton_model::{Diagnostic, Diagnostics};
use craton_terragrunt::{Component, ComponentKind, Filters, Order, Selection, Terragrunt, Universe, order};

use crate::app::App;
use crate::unit_log::{Level, shown};

/// Why a unit that was found does not run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Left {
    /// Its `exclude` block, or that of one that depends on it.
    Excluded,
    /// It, or one that it is needed by, has `prevent_destroy`.
    Protected,
}

/// The units of a run.
pub struct Chosen {
    /// Where names begin.
    pub root: PathBuf,
    /// Those that run.
    pub order: Order,
    /// Those that were found and do not.
    pub left: BTreeMap<PathBuf, Left>,
    /// Those that are there in an earlier commit only, and which; only where they are to be destroyed.
    pub removed: Vec<(PathBuf, String)>,
}

impl Chosen {
    /// A unit's name: its folder as seen from the root.
    pub fn name(&self, dir: &Path) -> String {
        shown(&self.root, dir)
    }
}

/// The filters that the flags amount to.
pub fn filters(app: &App, root: &Path) -> Result<Filters, Diagnostics> {
    let flags = &app.units;
    let mut all: Vec<String> = Vec::new();
    let folder = |dir: &str| {
        if dir.contains(['{', '}']) { dir.to_owned() } else { format!("{{{}}}", dir.trim_end_matches('/')) }
    };
    let lines = |path: PathBuf, required: bool| -> Result<Vec<String>, Diagnostics> {
        match std::fs::read_to_string(&path) {
            Ok(text) => {
                let lines = text.lines().map(str::trim).filter(|l| !l.is_empty() && !l.starts_with('#'));
                Ok(lines.map(ToOwned::to_owned).collect())
            }
            Err(e) if required || e.kind() != std::io::ErrorKind::NotFound => {
                let detail = format!("Cannot read {}: {e}.", path.display());
                Err(Diagnostic::error("File is not readable", detail).into())
            }
            Err(_) => Ok(Vec::new()),
        }
    };
    all.extend(flags.values("filter").iter().cloned());
    if !flags.has("no-filters-file") {
        let named = flags.path("filters-file");
        all.extend(lines(named.clone().unwrap_or_else(|| root.join(".terragrunt-filters")), named.is_some())?);
    }
    if flags.has("filter-affected") {
        all.push(format!("[{}...HEAD]", craton_terragrunt::default_branch(root)?));
    }
    for dir in flags.values("queue-include-dir") {
        all.push(folder(dir));
    }
    for file in flags.values("queue-include-units-reading").iter().chain(flags.values("units-that-include")) {
        all.push(format!("reading={{{file}}}"));
    }
    if flags.has("queue-include-external") {
        all.push("{./**}...".into());
    }
    for dir in flags.values("queue-exclude-dir") {
        all.push(format!("!{}", folder(dir)));
    }
    let named = flags.path("queue-excludes-file");
    let excluded = lines(named.clone().unwrap_or_else(|| root.join(".terragrunt-excludes")), named.is_some())?;
    all.extend(excluded.iter().map(|dir| format!("!{}", folder(dir))));
    Filters::parse(all.iter().map(String::as_str), root)
}

/// The folder that a run is about.
pub fn root(app: &App) -> PathBuf {
    let dir = app.dir();
    let absolute = std::path::absolute(&dir).unwrap_or(dir);
    craton_config::clean(&absolute.canonicalize().unwrap_or(absolute))
}

/// Finds and chooses units, and puts them in order. A unit that cannot be read is an error.
pub fn choose(app: &App, session: &Arc<Terragrunt>, command: &str, down: bool) -> Result<Chosen, Diagnostics> {
    let here = root(app);
    let graph = app.units.has("graph");
    let top = if graph { graph_root(app, &here) } else { here.clone() };
    let universe = Universe::search(session, &top, true)?;
    let filters = filters(app, &here)?;
    let mut selection = if graph { dependents(&universe, &here)? } else { universe.select(&filters)? };
    if graph && !filters.is_empty() {
        let wanted: BTreeSet<Component> = universe.select(&filters)?.components.into_iter().collect();
        selection.components.retain(|c| wanted.contains(c));
    }
    let mut removed = Vec::new();
    for dir in &selection.removed {
        if app.units.has("filter-allow-destroy") {
            removed.extend(universe.since(dir).map(|commit| (dir.clone(), commit)));
            continue;
        }
        let text = format!(
            "{} was removed since; what it manages is not destroyed by this run. Add --filter-allow-destroy to destroy it.",
            shown(&top, dir)
        );
        app.log.say(Level::Warn, None, &text);
    }
    let mut units: Vec<PathBuf> =
        selection.components.into_iter().filter(|c| c.kind == ComponentKind::Unit).map(|c| c.dir).collect();
    // A configuration that only others include is no unit.
    let mut found = Diagnostics::new();
    units.retain(|dir| match session.edges(dir) {
        Ok(edges) => edges.source.is_some() || has_code(dir),
        Err(more) => {
            found.extend(more);
            false
        }
    });
    let order = found.keep(order(session, &units));
    let Some(order) = order.filter(|_| !found.has_errors()) else { return Err(found) };
    let left = left_out(session, &order, command, down);
    let runs: Vec<PathBuf> = order.units.iter().filter(|u| !left.contains_key(*u)).cloned().collect();
    let order = craton_terragrunt::order(session, &runs)?;
    Ok(Chosen { root: top, order, left, removed })
}

fn graph_root(app: &App, here: &Path) -> PathBuf {
    let given = app.units.path("graph-root").map(|p| here.join(p));
    let repository = || here.ancestors().find(|d| d.join(".git").exists()).map(Path::to_owned);
    let root = given.or_else(repository).unwrap_or_else(|| here.to_owned());
    craton_config::clean(&root.canonicalize().unwrap_or(root))
}

/// A unit and everything that depends on it.
fn dependents(universe: &Universe, unit: &Path) -> Result<Selection, Diagnostics> {
    let mut waiting: BTreeMap<PathBuf, Vec<PathBuf>> = BTreeMap::new();
    for c in universe.components() {
        for dependency in universe.dependencies(&c.dir) {
            waiting.entry(dependency).or_default().push(c.dir.clone());
        }
    }
    let mut seen = BTreeSet::from([unit.to_owned()]);
    let mut open = vec![unit.to_owned()];
    while let Some(dir) = open.pop() {
        for next in waiting.get(&dir).into_iter().flatten() {
            if seen.insert(next.clone()) {
                open.push(next.clone());
            }
        }
    }
    let components = universe.components().iter().filter(|c| seen.contains(&c.dir)).cloned().collect();
    Ok(Selection { components, removed: Vec::new() })
}

/// Says which units depend on the one in the working folder, and asks whether it is to be destroyed all the same; yes where
/// there are none, or nothing is asked.
pub fn agreed_with_dependents(app: &App, session: &Arc<Terragrunt>) -> Result<bool, Diagnostics> {
    let here = root(app);
    let universe = Universe::search(session, &graph_root(app, &here), true)?;
    let mut found: Vec<PathBuf> = dependents(&universe, &here)?.components.into_iter().map(|c| c.dir).collect();
    found.retain(|dir| *dir != here);
    if found.is_empty() {
        return Ok(true);
    }
    eprintln!("Detected dependent units:");
    found.iter().for_each(|dir| eprintln!("{}", dir.display()));
    if app.global.non_interactive {
        return Ok(true);
    }
    app.confirm("Destroy this unit though others depend on it?", true, "--non-interactive")
}

fn has_code(dir: &Path) -> bool {
    let entries = std::fs::read_dir(dir).into_iter().flatten().flatten();
    entries
        .filter_map(|e| e.file_name().into_string().ok())
        .any(|n| [".tf", ".tf.json", ".tofu", ".tofu.json"].iter().any(|end| n.ends_with(end)))
}

fn left_out(session: &Arc<Terragrunt>, order: &Order, command: &str, destroys: bool) -> BTreeMap<PathBuf, Left> {
    let mut left = BTreeMap::new();
    for unit in &order.units {
        let Ok(edges) = session.edges(unit) else { continue };
        let none = BTreeSet::new();
        let needs = order.dependencies.get(unit).unwrap_or(&none);
        if let Some(exclude) = edges.exclude.filter(|e| e.applies_to(command)) {
            left.insert(unit.clone(), Left::Excluded);
            if exclude.exclude_dependencies {
                left.extend(needs.iter().map(|n| (n.clone(), Left::Excluded)));
            }
        }
        if destroys && edges.protected {
            // What it is built on must stay, too.
            let mut open = vec![unit.clone()];
            while let Some(dir) = open.pop() {
                if left.insert(dir.clone(), Left::Protected) != Some(Left::Protected) {
                    open.extend(order.dependencies.get(&dir).into_iter().flatten().cloned());
                }
            }
        }
    }
    left
}
