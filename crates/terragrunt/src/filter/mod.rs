//! The filter language: which units and stacks a command is about
//! (<https://terragrunt.gruntwork.io/docs/features/filter/>).

mod git;
mod glob;
mod parse;

pub use git::{check_out, default_branch, give_back};
pub(crate) use glob::glob;
pub use parse::Expr;

use crate::discovery::{Component, ComponentKind, components};
use crate::graph::Edges;
use crate::session::{Terragrunt, absolute};
use craton_model::{Diagnostic, Diagnostics};
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError};

/// Several filters: what any of them selects, less what those that begin with `!` take away. With none of the former
/// everything is there to be taken away from.
#[derive(Clone, Debug, Default)]
pub struct Filters {
    all: Vec<Expr>,
    /// As they were written.
    texts: Vec<String>,
}

impl Filters {
    /// Reads filters. Relative paths begin at `base`.
    pub fn parse<'a>(texts: impl IntoIterator<Item = &'a str>, base: &Path) -> Result<Self, Diagnostics> {
        let base = absolute(base);
        let mut found = Diagnostics::new();
        let texts: Vec<String> = texts.into_iter().map(str::to_owned).collect();
        let all = texts.iter().filter_map(|t| found.keep(parse::parse(t, &base))).collect();
        found.ok(Self { all, texts })
    }

    /// The files (absolute) that are selected, where filters are about files and not about units.
    ///
    /// # Errors
    /// A filter is not about paths alone.
    pub fn files(&self, files: Vec<PathBuf>) -> Result<Vec<PathBuf>, Diagnostic> {
        for (expr, text) in self.all.iter().zip(&self.texts) {
            let other = |e: &Expr| !matches!(e, Expr::Path(_) | Expr::Not(_) | Expr::And(..));
            if expr.any(&other) {
                let detail = format!(
                    "The filter {text:?} is about units, but what is to be filtered here are files. Only paths can be named, such as ./live/** or !./old/**."
                );
                return Err(Diagnostic::error("Filter is not for files", detail));
            }
        }
        let (negative, positive): (Vec<&Expr>, Vec<&Expr>) = self.all.iter().partition(|e| e.is_negative());
        let wanted = |f: &PathBuf| {
            (positive.is_empty() || positive.iter().any(|e| e.is_for_file(f)))
                && negative.iter().all(|e| e.is_for_file(f))
        };
        Ok(files.into_iter().filter(wanted).collect())
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// Those that name what they select a stack (`type=stack` among their terms): the only ones that count when stacks are
    /// generated.
    pub fn for_stacks(&self) -> Self {
        let about_stacks = |e: &&Expr| e.any(&|e| matches!(e, Expr::Kind(ComponentKind::Stack)));
        let chosen = self.all.iter().zip(&self.texts).filter(|(e, _)| about_stacks(e));
        let (all, texts) = chosen.map(|(e, t)| (e.clone(), t.clone())).unzip();
        Self { all, texts }
    }

    /// Whether every unit must be read to tell what is selected.
    pub fn needs_reading(&self) -> bool {
        self.all
            .iter()
            .any(|e| e.any(&|e| matches!(e, Expr::Source(_) | Expr::Reading(_) | Expr::Git(..) | Expr::Graph { .. })))
    }
}

/// What was selected.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    /// Units and stacks, sorted by folder; those outside of the folder that was searched among them.
    pub components: Vec<Component>,
    /// Folders of units that are there in the earlier of two compared commits only.
    pub removed: Vec<PathBuf>,
}

/// What a tree holds, and what is known of each part; asked for lazily.
pub struct Universe {
    session: Arc<Terragrunt>,
    root: PathBuf,
    found: Vec<Component>,
    edges: RefCell<HashMap<PathBuf, Edges>>,
    changes: RefCell<HashMap<String, git::Changed>>,
    /// Of units that are gone, the commit that still has them.
    since: RefCell<BTreeMap<PathBuf, String>>,
    /// What could not be read of units: only what can be told all the same counts.
    problems: RefCell<BTreeMap<PathBuf, Diagnostics>>,
}

impl Universe {
    /// Searches a folder. With `hidden` also in folders whose names begin with a dot.
    pub fn search(session: &Arc<Terragrunt>, root: &Path, hidden: bool) -> Result<Self, Diagnostic> {
        let found = components(session, &absolute(root), hidden)?;
        Ok(Self::of(session, root, found))
    }

    /// A tree that holds these.
    pub fn of(session: &Arc<Terragrunt>, root: &Path, found: Vec<Component>) -> Self {
        Self {
            session: session.clone(),
            root: absolute(root),
            found,
            edges: RefCell::default(),
            changes: RefCell::default(),
            since: RefCell::default(),
            problems: RefCell::default(),
        }
    }

    /// The commit that still has a unit that is gone, once it was selected.
    pub fn since(&self, dir: &Path) -> Option<String> {
        self.since.borrow().get(dir).cloned()
    }

    /// Everything in the folder.
    pub fn components(&self) -> &[Component] {
        &self.found
    }

    /// The folder, absolute.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// What is wrong with units that were read so far, by folder.
    pub fn problems(&self) -> BTreeMap<PathBuf, Diagnostics> {
        self.problems.borrow().clone()
    }

    /// What a unit waits for; nothing where it cannot be read (see [`Universe::problems`]).
    pub fn edges(&self, dir: &Path) -> Edges {
        if let Some(known) = self.edges.borrow().get(dir) {
            return known.clone();
        }
        let edges = if self.session.config_file(dir).is_none() {
            Edges::default()
        } else {
            self.session.edges(dir).unwrap_or_else(|found| {
                self.problems.borrow_mut().insert(dir.to_owned(), found);
                self.session.edges_alone(dir)
            })
        };
        self.edges.borrow_mut().insert(dir.to_owned(), edges.clone());
        edges
    }

    /// The folders that a unit waits for.
    pub fn dependencies(&self, dir: &Path) -> Vec<PathBuf> {
        self.edges(dir).dependencies.into_iter().map(|(path, _)| path).collect()
    }

    /// Whether a folder lies outside of the one that was searched.
    pub fn is_external(&self, dir: &Path) -> bool {
        !dir.starts_with(&self.root)
    }

    /// The files that a unit's configuration is read from.
    pub fn reads(&self, dir: &Path) -> BTreeSet<PathBuf> {
        self.edges(dir);
        self.session.note_inputs_read(dir);
        if self.session.config_file(dir).is_none() && crate::stack::is_stack(dir) {
            // What is wrong with a stack is said when it is generated.
            let _ = self.session.stack(dir);
        }
        let reads = self.session.reads.lock().unwrap_or_else(PoisonError::into_inner);
        reads.get(dir).cloned().unwrap_or_default()
    }

    fn component(&self, dir: &Path) -> Option<Component> {
        let kind = if self.session.config_file(dir).is_some() {
            ComponentKind::Unit
        } else if dir.join(crate::discovery::STACK_FILE).is_file() {
            ComponentKind::Stack
        } else {
            return None;
        };
        Some(Component { dir: dir.to_owned(), kind })
    }

    /// Applies filters.
    pub fn select(&self, filters: &Filters) -> Result<Selection, Diagnostics> {
        let (negative, positive): (Vec<&Expr>, Vec<&Expr>) = filters.all.iter().partition(|e| e.is_negative());
        let mut selection = Selection::default();
        let mut chosen: BTreeSet<Component> = BTreeSet::new();
        let all: BTreeSet<Component> = self.found.iter().cloned().collect();
        if positive.is_empty() {
            chosen.clone_from(&all);
        }
        for expr in positive {
            chosen.extend(self.eval(expr, &all, &mut selection.removed)?);
        }
        for expr in negative {
            chosen = self.eval(expr, &chosen, &mut selection.removed)?;
        }
        selection.components = chosen.into_iter().collect();
        selection.removed.sort();
        selection.removed.dedup();
        Ok(selection)
    }

    fn eval(
        &self,
        expr: &Expr,
        among: &BTreeSet<Component>,
        removed: &mut Vec<PathBuf>,
    ) -> Result<BTreeSet<Component>, Diagnostics> {
        let keep = |f: &dyn Fn(&Component) -> bool| among.iter().filter(|c| f(c)).cloned().collect();
        let text = |p: &Path| p.to_string_lossy().replace('\\', "/");
        Ok(match expr {
            Expr::Path(r) => keep(&|c| r.is_match(&text(&c.dir))),
            Expr::Name(r) => keep(&|c| c.dir.file_name().is_some_and(|n| r.is_match(&n.to_string_lossy()))),
            Expr::Kind(kind) => keep(&|c| c.kind == *kind),
            Expr::External(wanted) => keep(&|c| self.is_external(&c.dir) == *wanted),
            Expr::Source(r) => keep(&|c| self.edges(&c.dir).source.is_some_and(|s| r.is_match(&s))),
            Expr::Reading(r) => keep(&|c| self.reads(&c.dir).iter().any(|f| r.is_match(&text(f)))),
            Expr::Not(inner) => {
                let out = self.eval(inner, among, removed)?;
                among.difference(&out).cloned().collect()
            }
            Expr::And(a, b) => {
                let left = self.eval(a, among, removed)?;
                self.eval(b, &left, removed)?
            }
            Expr::Git(from, to) => {
                let changed = self.changed(from, to.as_deref())?;
                for file in &changed.removed {
                    let unit = file.file_name().is_some_and(|n| n == "terragrunt.hcl" || n == "terragrunt.hcl.json");
                    let dir = file
                        .parent()
                        .filter(|d| unit && d.starts_with(&self.root) && !d.join("terragrunt.hcl").exists());
                    if let Some(dir) = dir {
                        self.since.borrow_mut().insert(dir.to_owned(), from.clone());
                        removed.push(dir.to_owned());
                    }
                }
                keep(&|c| {
                    let below = changed.files.range(c.dir.clone()..).take_while(|f| f.starts_with(&c.dir)).next();
                    below.is_some() || self.reads(&c.dir).iter().any(|f| changed.files.contains(f))
                })
            }
            Expr::Graph { of, itself, dependencies, dependents } => {
                let start = self.eval(of, among, removed)?;
                let mut out = if *itself { start.clone() } else { BTreeSet::new() };
                if let Some(depth) = dependencies {
                    out.extend(self.reach(&start, *depth, &|dir| self.dependencies(dir)));
                }
                if let Some(depth) = dependents {
                    let waiting = self.dependents()?;
                    out.extend(self.reach(&start, *depth, &|dir| waiting.get(dir).cloned().unwrap_or_default()));
                }
                if !itself {
                    out.retain(|c| !start.contains(c));
                }
                out
            }
        })
    }

    fn changed(&self, from: &str, to: Option<&str>) -> Result<git::Changed, Diagnostic> {
        let key = format!("{from}...{}", to.unwrap_or_default());
        if let Some(known) = self.changes.borrow().get(&key) {
            return Ok(known.clone());
        }
        let changed = git::changed(&self.root, from, to)?;
        self.changes.borrow_mut().insert(key, changed.clone());
        Ok(changed)
    }

    /// Who waits for whom, over the whole repository (the searched folder where there is none).
    pub fn dependents(&self) -> Result<BTreeMap<PathBuf, Vec<PathBuf>>, Diagnostic> {
        let top = self.root.ancestors().find(|d| d.join(".git").exists()).unwrap_or(&self.root);
        let wider = if top == self.root { self.found.clone() } else { components(&self.session, top, true)? };
        let mut all: BTreeMap<PathBuf, Vec<PathBuf>> = BTreeMap::new();
        for c in wider.iter().filter(|c| c.kind == ComponentKind::Unit) {
            for dependency in self.dependencies(&c.dir) {
                all.entry(dependency).or_default().push(c.dir.clone());
            }
        }
        Ok(all)
    }

    fn reach(
        &self,
        start: &BTreeSet<Component>,
        depth: usize,
        next: &dyn Fn(&Path) -> Vec<PathBuf>,
    ) -> BTreeSet<Component> {
        let mut seen: BTreeSet<PathBuf> = BTreeSet::new();
        let mut level: Vec<PathBuf> = start.iter().map(|c| c.dir.clone()).collect();
        let mut out = BTreeSet::new();
        let mut left = depth;
        while left > 0 && !level.is_empty() {
            left -= 1;
            let mut further = Vec::new();
            for dir in level.iter().flat_map(|d| next(d)) {
                if seen.insert(dir.clone()) {
                    out.extend(self.component(&dir));
                    further.push(dir);
                }
            }
            level = further;
        }
        out
    }
}

impl Universe {
    /// The configuration file of a unit.
    pub fn config_file(&self, dir: &Path) -> Option<PathBuf> {
        self.session.config_file(dir)
    }

    /// The files that a unit includes, by label.
    pub fn includes(&self, dir: &Path) -> Vec<(String, PathBuf)> {
        self.session.includes_of(dir)
    }
}
