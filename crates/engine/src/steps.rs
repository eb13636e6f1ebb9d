//! Compiles a plan to steps: what is done to which object, and what each waits for.
//!
//! Nothing is created before what it refers to is there; nothing is destroyed before what depended
//! on it is gone. What is replaced is destroyed first, or, with `create_before_destroy`, last, when
//! everything that used it has gone over to the new object.

use std::collections::HashMap;
use std::sync::Arc;

use craton_config::ModuleTree;
use craton_model::addr::{ConfigResource, ResourceInstance};
use craton_model::plan::{Action, PlanMode};
use craton_model::state::ObjectState;
use craton_model::{ApplyItem, Diagnostic, Plan};

use crate::graph::{Graph, Node};
use crate::{limit, target};

/// What a step does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Work {
    Create,
    Update,
    Delete,
    Read,
    Forget,
}

/// Which object of the instance it is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Which {
    Current,
    /// One that was deposed before.
    Deposed(Arc<str>),
    /// The one that this plan's replacement sets aside.
    Replaced,
}

/// A step.
#[derive(Clone, Debug)]
pub struct Step {
    pub addr: ResourceInstance,
    pub work: Work,
    pub which: Which,
    /// Index in [`Plan::changes`].
    pub change: usize,
}

/// A unit of the apply: a block to evaluate, a step, or a point where several meet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Item {
    Node(usize),
    Step(usize),
    Gate,
}

/// All of them, with what each waits for.
pub struct Steps {
    pub steps: Vec<Step>,
    pub items: Vec<Item>,
    pub deps: Vec<Vec<usize>>,
    /// Nodes that are evaluated; the others are passed over.
    pub included: Vec<bool>,
    names: Vec<String>,
}

#[derive(Default)]
struct OfResource {
    /// Deletions, with whether the replacement comes first.
    deletes: Vec<(usize, bool)>,
    /// Creations and updates.
    creates: Vec<usize>,
}

/// Points where steps of one resource wait for steps of others.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Point {
    /// Everything that depended on it is gone.
    DependentsGone,
    /// Everything that depended on it and is destroyed before its replacement is gone.
    DependentsGoneFirst,
    /// All of it is created and updated.
    Made,
    /// All of it that is destroyed first is gone.
    GoneFirst,
    /// Everything that depended on it has gone over to the new objects.
    DependentsMoved,
}

struct Compiler<'a> {
    plan: &'a Plan,
    steps: Vec<Step>,
    items: Vec<Item>,
    deps: Vec<Vec<usize>>,
    by_resource: HashMap<ConfigResource, OfResource>,
    points: HashMap<(ConfigResource, Point), usize>,
}

/// Compiles a plan.
pub fn compile(plan: &Plan, graph: &Graph, tree: &ModuleTree) -> Steps {
    let mut c = Compiler {
        plan,
        steps: Vec::new(),
        items: (0..graph.nodes.len()).map(Item::Node).collect(),
        deps: graph.deps.clone(),
        by_resource: HashMap::new(),
        points: HashMap::new(),
    };
    for (i, change) in plan.changes.iter().enumerate() {
        let config = change.addr.config();
        let node = graph.resource(&config);
        let needs: Vec<usize> = node.map(|n| graph.deps[n].clone()).unwrap_or_default();
        let provider: Vec<usize> = graph.providers.get(&change.provider).copied().into_iter().collect();
        let current = change.deposed.clone().map_or(Which::Current, Which::Deposed);
        let mut step = |work, which, deps| c.add(Step { addr: change.addr.clone(), work, which, change: i }, deps);
        let mut made = None;
        match change.action {
            Action::NoOp => {}
            Action::Create => made = Some(step(Work::Create, current, needs)),
            Action::Update => made = Some(step(Work::Update, current, needs)),
            Action::Read => made = Some(step(Work::Read, current, needs)),
            Action::Forget => {
                step(Work::Forget, current, Vec::new());
            }
            Action::Delete => {
                let first = c.object(i).is_some_and(|o| o.create_before_destroy);
                let step =
                    c.add(Step { addr: change.addr.clone(), work: Work::Delete, which: current, change: i }, provider);
                c.of(&config).deletes.push((step, first));
            }
            Action::DeleteThenCreate => {
                let delete = step(Work::Delete, Which::Current, provider);
                let create = step(Work::Create, Which::Current, needs);
                c.deps[create].push(delete);
                c.of(&config).deletes.push((delete, false));
                made = Some(create);
            }
            Action::CreateThenDelete => {
                let create = step(Work::Create, Which::Current, needs);
                let delete = step(Work::Delete, Which::Replaced, provider);
                c.deps[delete].push(create);
                c.of(&config).deletes.push((delete, true));
                made = Some(create);
            }
        }
        if let Some(made) = made {
            if change.action != Action::Read {
                c.of(&config).creates.push(made);
            }
            if let Some(n) = node {
                c.deps[n].push(made);
            }
        }
    }
    c.siblings(graph);
    c.order();
    let mut included = included(plan, graph);
    if plan.mode == PlanMode::Normal && !plan.targets.is_empty() {
        limit::limit(plan, graph, &c.steps, &mut c.items, &c.deps, &mut included);
    }
    let names = c.items.iter().map(|item| c.name(*item, graph)).collect();
    let _ = tree;
    Steps { steps: c.steps, items: c.items, deps: c.deps, included, names }
}

/// What keeps a plan from being carried out though each of its changes could be: provisioners that name one another's
/// instances. Nothing else that a graph without cycles leads to can.
pub fn check(plan: &Plan, graph: &Graph, tree: &ModuleTree) -> Option<Diagnostic> {
    if graph.siblings.is_empty() { None } else { compile(plan, graph, tree).cycle() }
}

/// The nodes that are evaluated.
fn included(plan: &Plan, graph: &Graph) -> Vec<bool> {
    let deleted = plan.changes.iter().filter(|c| c.action == Action::Delete);
    let providers: Vec<usize> = deleted.filter_map(|c| graph.providers.get(&c.provider).copied()).collect();
    let needed = graph.ancestors(&providers);
    if plan.mode == PlanMode::Destroy {
        return needed;
    }
    let (targets, _) = target::parse(&plan.targets);
    if targets.is_empty() {
        return vec![true; graph.nodes.len()];
    }
    target::included(graph, &targets).into_iter().zip(needed).map(|(a, b)| a || b).collect()
}

impl Compiler<'_> {
    fn add(&mut self, step: Step, deps: Vec<usize>) -> usize {
        self.steps.push(step);
        self.items.push(Item::Step(self.steps.len() - 1));
        self.deps.push(deps);
        self.items.len() - 1
    }

    fn of(&mut self, addr: &ConfigResource) -> &mut OfResource {
        self.by_resource.entry(addr.clone()).or_default()
    }

    /// The object that a change is about, as the state has it.
    fn object(&self, change: usize) -> Option<&ObjectState> {
        let change = &self.plan.changes[change];
        let instance = self.plan.prior_state.instance(&change.addr)?;
        match &change.deposed {
            Some(key) => instance.deposed.get(key),
            None => instance.current.as_ref(),
        }
    }

    fn point(&mut self, addr: &ConfigResource, point: Point) -> usize {
        let key = (addr.clone(), point);
        if let Some(n) = self.points.get(&key) {
            return *n;
        }
        self.items.push(Item::Gate);
        self.deps.push(Vec::new());
        let n = self.items.len() - 1;
        self.points.insert(key, n);
        n
    }

    /// Makes instances wait for others of their resource that their provisioners name.
    fn siblings(&mut self, graph: &Graph) {
        for (n, named) in &graph.siblings {
            let Node::Resource(resource) = &graph.nodes[*n] else { continue };
            let made = self.by_resource.get(resource).map(|of| of.creates.clone()).unwrap_or_default();
            let addr = |steps: &[Step], item: Item| match item {
                Item::Step(s) => Some(steps[s].addr.clone()),
                _ => None,
            };
            let all: Vec<(usize, ResourceInstance)> =
                made.into_iter().filter_map(|i| Some((i, addr(&self.steps, self.items[i])?))).collect();
            let by_addr: HashMap<&ResourceInstance, usize> = all.iter().map(|(i, addr)| (addr, *i)).collect();
            let mut found = Vec::new();
            for (i, addr) in &all {
                for key in named {
                    match key {
                        Some(key) => {
                            let other = ResourceInstance { key: key.clone(), ..addr.clone() };
                            found.extend(by_addr.get(&other).filter(|o| *o != i).map(|o| (*i, *o)));
                        }
                        None => {
                            let others = all.iter().filter(|(o, other)| o != i && other.module == addr.module);
                            found.extend(others.map(|(o, _)| (*i, *o)));
                        }
                    }
                }
            }
            found.into_iter().for_each(|(i, other)| self.deps[i].push(other));
        }
    }

    /// Orders destruction against the rest by what the objects depended on when they were made.
    fn order(&mut self) {
        for i in 0..self.items.len() {
            let Item::Step(s) = self.items[i] else { continue };
            let (work, addr, which) = (self.steps[s].work, self.steps[s].addr.config(), self.steps[s].which.clone());
            if matches!(work, Work::Read | Work::Forget) {
                continue;
            }
            let dependencies: Arc<[ConfigResource]> =
                self.object(self.steps[s].change).map(|o| o.dependencies.clone()).unwrap_or_default();
            let last = self.by_resource.get(&addr).is_some_and(|r| r.deletes.iter().any(|(d, last)| *d == i && *last));
            for on in dependencies.iter().filter(|on| **on != addr) {
                let Some(of) = self.by_resource.get(on) else { continue };
                let (deletes, creates) = (!of.deletes.is_empty(), !of.creates.is_empty());
                let (some_first, some_last) =
                    (of.deletes.iter().any(|(_, last)| !last), of.deletes.iter().any(|(_, last)| *last));
                if work == Work::Delete {
                    if deletes {
                        let gate = self.point(on, Point::DependentsGone);
                        self.deps[gate].push(i);
                    }
                    if creates && last {
                        let gate = self.point(on, Point::Made);
                        self.deps[i].push(gate);
                    } else if creates {
                        let gate = self.point(on, Point::DependentsGoneFirst);
                        self.deps[gate].push(i);
                    }
                } else if which == Which::Current {
                    if some_first {
                        let gate = self.point(on, Point::GoneFirst);
                        self.deps[i].push(gate);
                    }
                    if some_last {
                        let gate = self.point(on, Point::DependentsMoved);
                        self.deps[gate].push(i);
                    }
                }
            }
        }
        let points: Vec<((ConfigResource, Point), usize)> = self.points.iter().map(|(k, n)| (k.clone(), *n)).collect();
        for ((addr, point), gate) in points {
            let Some(of) = self.by_resource.get(&addr) else { continue };
            let deletes = |last: bool| of.deletes.iter().filter(move |(_, l)| *l == last).map(|(d, _)| *d);
            match point {
                Point::DependentsGone => of.deletes.iter().for_each(|(d, _)| self.deps[*d].push(gate)),
                Point::DependentsGoneFirst => of.creates.iter().for_each(|c| self.deps[*c].push(gate)),
                Point::Made => self.deps[gate].extend(&of.creates),
                Point::GoneFirst => self.deps[gate].extend(deletes(false)),
                Point::DependentsMoved => deletes(true).for_each(|d| self.deps[d].push(gate)),
            }
        }
        for deps in &mut self.deps {
            deps.sort_unstable();
            deps.dedup();
        }
    }

    fn name(&self, item: Item, graph: &Graph) -> String {
        match item {
            Item::Node(n) => match &graph.nodes[n] {
                Node::Resource(addr) => format!("{addr} (all)"),
                other => other.to_string(),
            },
            Item::Gate => String::new(),
            Item::Step(s) => self.steps[s].to_string(),
        }
    }
}

impl std::fmt::Display for Step {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let work = match self.work {
            Work::Create => "create",
            Work::Update => "update",
            Work::Delete => "delete",
            Work::Read => "read",
            Work::Forget => "forget",
        };
        write!(f, "{work} {}", self.addr)?;
        match &self.which {
            Which::Current => Ok(()),
            Which::Deposed(key) => write!(f, " (deposed {key})"),
            Which::Replaced => f.write_str(" (replaced)"),
        }
    }
}

impl Steps {
    /// The steps in text, in an order in which they could be done, each with the steps that it
    /// waits for (those that follow from others left out).
    pub fn text(&self) -> String {
        let (sorted, _) = crate::order::topological(&self.deps);
        let mut lines: Vec<String> = Vec::new();
        let is_step = |i: &usize| matches!(self.items[*i], Item::Step(_));
        // Which steps lie before each item, nearest first, through everything else.
        let nearest = |of: usize| -> Vec<usize> {
            let mut seen = vec![false; self.items.len()];
            let mut todo = self.deps[of].clone();
            let mut found = Vec::new();
            while let Some(i) = todo.pop() {
                if std::mem::replace(&mut seen[i], true) {
                    continue;
                }
                if is_step(&i) { found.push(i) } else { todo.extend(&self.deps[i]) }
            }
            found.sort_unstable();
            found
        };
        let before: HashMap<usize, Vec<usize>> =
            sorted.iter().filter(|i| is_step(i)).map(|i| (*i, nearest(*i))).collect();
        let reaches = |from: usize, to: usize| {
            let mut seen = vec![false; self.items.len()];
            let mut todo = before[&from].clone();
            while let Some(i) = todo.pop() {
                if i == to {
                    return true;
                }
                if !std::mem::replace(&mut seen[i], true) {
                    todo.extend(&before[&i]);
                }
            }
            false
        };
        let mut order: Vec<usize> = sorted.into_iter().filter(|i| is_step(i)).collect();
        let mut depth: HashMap<usize, usize> = HashMap::new();
        for i in &order {
            let d = before[i].iter().filter_map(|b| depth.get(b)).max().map_or(0, |d| d + 1);
            depth.insert(*i, d);
        }
        order.sort_by_key(|i| (depth[i], self.names[*i].clone()));
        for i in order {
            let direct = &before[&i];
            let mut after: Vec<&str> = direct
                .iter()
                .filter(|d| !direct.iter().any(|other| other != *d && reaches(*other, **d)))
                .map(|d| self.names[*d].as_str())
                .collect();
            after.sort_unstable();
            let suffix = if after.is_empty() { String::new() } else { format!(" after {}", after.join(", ")) };
            lines.push(format!("{}{suffix}\n", self.names[i]));
        }
        lines.concat()
    }

    /// The steps with those that each waits for, in the language of Graphviz.
    pub fn dot(&self) -> String {
        let name = |i: usize| format!("{:?}", format!("[root] {}", self.names[i]));
        let mut lines = Vec::new();
        for i in (0..self.items.len()).filter(|i| matches!(self.items[*i], Item::Step(_))) {
            lines.push(format!("\t\t{} [label = {:?}, shape = \"box\"]", name(i), self.names[i]));
            let before = crate::dot::nearest(&self.deps, i, |d| matches!(self.items[d], Item::Step(_)));
            lines.extend(before.into_iter().map(|d| format!("\t\t{} -> {}", name(i), name(d))));
        }
        crate::dot::digraph(lines)
    }

    /// The steps as they are told to whoever shows progress.
    pub fn announced(&self) -> Vec<ApplyItem> {
        let change = |item: &Item| {
            let Item::Step(s) = item else { return None };
            let step = &self.steps[*s];
            let action = match step.work {
                Work::Create => Action::Create,
                Work::Update => Action::Update,
                Work::Delete => Action::Delete,
                Work::Read => Action::Read,
                Work::Forget => Action::Forget,
            };
            Some((step.addr.clone(), action))
        };
        let items = self.items.iter().zip(&self.deps);
        items.map(|(item, deps)| ApplyItem { change: change(item), after: deps.clone() }).collect()
    }

    /// The error for steps on a circle: the plan cannot be carried out.
    pub fn cycle(&self) -> Option<Diagnostic> {
        let cycles = crate::order::cycles(&self.deps);
        let on = cycles.into_iter().flatten().filter(|i| matches!(self.items[*i], Item::Step(_)));
        let stuck: Vec<&str> = on.map(|i| self.names[i].as_str()).collect();
        (!stuck.is_empty()).then(|| {
            let detail =
                format!("These steps wait for one another, so none of them can be first: {}.", stuck.join(", "));
            Diagnostic::error("Cycle", detail)
        })
    }
}
