//! Makes plans: one walk over the graph, then what the walk leaves over.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use craton_config::reference::{Reference, Subject};
use craton_hcl::{Expr, Traversal};
use craton_model::addr::{AbsResource, ConfigResource, ModulePath, ProviderConfigAddr, ResourceInstance, ResourceMode};
use craton_model::plan::{PlanMode, ResourceChange, sort_key};
use craton_model::{Diagnostic, Diagnostics, Plan, Severity, State, Value};

use crate::checks::Checks;
use crate::graph::{Graph, ModuleIndex, Node, NodeId};
use crate::moves::{self, Moves};
use crate::order::{self, Visit};
use crate::refresh::{Objects, collected};
use crate::session::{PlanOptions, Session};
use crate::table::{Outcome, Repetition};
use crate::target::{self, Target};
use crate::walk::{Phase, Walk};
use crate::{destroy, imports, object, orphans, outputs, providers, relevant, validate};

/// A plan in the making.
pub struct Planner<'s> {
    pub session: &'s Session,
    pub options: PlanOptions,
    pub walk: Walk,
    /// The state after moves, before refreshing.
    pub state: Arc<State>,
    pub moves: Moves,
    pub objects: Objects,
    pub targets: Vec<Target>,
    pub replace: Vec<ResourceInstance>,
    /// Nodes to visit.
    pub included: Vec<bool>,
    /// Per resource node, whether replacements are created before the old object is destroyed.
    pub create_before_destroy: Vec<bool>,
    /// What each resource depends on, for the state.
    pub dependencies: HashMap<NodeId, Arc<[ConfigResource]>>,
    /// Changes by resource node.
    pub changes: Vec<OnceLock<Vec<ResourceChange>>>,
    /// Changes that were decided but break a rule: shown with the plan that cannot be applied.
    failed: Mutex<Vec<ResourceChange>>,
    /// How each resource repeats in each module instance.
    pub repetitions: Mutex<HashMap<AbsResource, Repetition>>,
}

/// Makes a plan, and gives the walk that made it.
pub async fn plan_and_walk(session: &Session, options: PlanOptions) -> (Plan, Option<Walk>, Diagnostics) {
    let previous = Arc::new(session.options.state.clone());
    let mut plan = Plan {
        mode: options.mode,
        previous_state: previous.clone(),
        prior_state: previous.clone(),
        targets: options.targets.clone(),
        replace: options.replace.clone(),
        timestamp: session.options.timestamp.clone(),
        errored: true,
        ..Plan::default()
    };
    let (targets, mut found) = target::parse(&options.targets);
    let (replace, more) = replace_addresses(&options.replace);
    found.extend(more);
    let (moved, moves, more) = moves::apply(&session.options.tree, &previous);
    found.extend(more);
    found.extend(moves::outside_targets(&moves, &targets));
    let (graph, schemas, more) = session.resolve(&moved).await;
    found.extend(more);
    if found.has_errors() {
        return (plan, None, found);
    }
    // What cannot be right in any case is said before anything real is asked.
    let wrong = validate::before_plan(session, &graph, &schemas).await;
    if wrong.has_errors() {
        found.extend(wrong);
        return (plan, None, found);
    }
    let walk = session.walk(Phase::Plan, graph.clone(), schemas);
    let included = included(&graph, &targets, &options, &moved);
    let mut planner = Planner {
        session,
        create_before_destroy: create_before_destroy(&walk, &included),
        included,
        dependencies: graph.resource_dependencies(),
        changes: (0..graph.nodes.len()).map(|_| OnceLock::new()).collect(),
        failed: Mutex::default(),
        repetitions: Mutex::default(),
        objects: Objects::new(moved.clone()),
        state: Arc::new(moved),
        moves,
        targets,
        replace,
        options,
        walk,
    };
    if !planner.targets.is_empty() {
        planner.walk.report([target::warning()]);
    }
    if planner.options.mode == PlanMode::Normal {
        planner.walk.report(imports::without_target(&planner.walk));
    }
    let skipped = order::walk(&graph.deps, |n| planner.visit(n)).await;
    let complete = skipped.is_empty();
    {
        let repetitions = planner.repetitions.lock().unwrap_or_else(PoisonError::into_inner);
        planner.walk.report(moves::still_there(&planner.walk, &repetitions));
    }
    let mut changes = match planner.options.mode {
        PlanMode::Destroy => destroy::changes(&planner).await,
        PlanMode::Normal => orphans::changes(&planner).await,
        PlanMode::RefreshOnly => Vec::new(),
    };
    if planner.options.mode == PlanMode::Normal {
        orphans::forget_data(&planner);
    }
    for of_node in planner.changes {
        changes.extend(of_node.into_inner().unwrap_or_default());
    }
    changes.extend(planner.failed.into_inner().unwrap_or_else(PoisonError::into_inner));
    changes.sort_by(|a, b| sort_key(a).cmp(&sort_key(b)));
    let (prior, mut drift) = planner.objects.take();
    if planner.options.mode == PlanMode::RefreshOnly {
        drift.extend(moves::as_drift(&planner.moves, &drift, &prior));
    }
    for d in &mut drift {
        d.previous_addr = planner.moves.previous(&d.addr);
    }
    if planner.options.mode == PlanMode::Destroy {
        // What is destroyed has nothing to hold any more; all that is told are the outputs that go with it.
        planner.walk.checks = Checks::of(&session.options.tree);
        if planner.targets.is_empty() {
            planner.walk.root_outputs_expanded();
        }
    }
    plan.outputs =
        outputs::changes(&planner.walk, &session.options.state, planner.options.mode, planner.targets.is_empty());
    plan.checks = planner.walk.checks.for_plan();
    plan.relevant = relevant::attributes(&planner.walk, &changes, plan.outputs.iter());
    plan.variables = variables(session, &planner.walk);
    plan.apply_variables = given_ephemeral(session, &planner.walk);
    plan.changes = changes;
    plan.drift = drift;
    let mut prior = prior;
    if planner.options.mode != PlanMode::Destroy {
        outputs::known_now(&planner.walk, &plan.outputs, &mut prior);
    }
    // Checks are made anew; what came of them is in the plan.
    prior.check_results = None;
    plan.prior_state = Arc::new(prior);
    found.extend(planner.walk.take_found());
    if !found.has_errors() {
        found.extend(crate::steps::check(&plan, &graph, &session.options.tree));
    }
    if !complete && !found.has_errors() {
        found.push(incomplete(session));
    }
    plan.errored = found.has_errors();
    plan.warnings = found.0.iter().filter(|d| d.severity == Severity::Warning).cloned().collect();
    (plan, Some(planner.walk), found)
}

/// Why a plan without any error is not whole.
fn incomplete(session: &Session) -> Diagnostic {
    if session.options.cancel.is_cancelled() {
        let detail = "The plan was interrupted, so it does not show everything. Nothing was changed.";
        return Diagnostic::error("Execution halted", detail);
    }
    Diagnostic::error(
        "Incomplete plan",
        "Some blocks could not be planned, and no reason was given. This is a bug in craton; nothing was changed.",
    )
}

/// A walk over the state as it is, for expressions.
pub async fn evaluated(session: &Session) -> (Option<Walk>, Diagnostics) {
    let state = &session.options.state;
    let (graph, schemas, mut found) = session.resolve(state).await;
    if found.has_errors() {
        return (None, found);
    }
    let walk = session.walk(Phase::Eval, graph.clone(), schemas);
    let planner = Planner {
        session,
        included: vec![true; graph.nodes.len()],
        create_before_destroy: Vec::new(),
        dependencies: HashMap::new(),
        changes: Vec::new(),
        failed: Mutex::default(),
        repetitions: Mutex::default(),
        objects: Objects::new(state.clone()),
        state: Arc::new(state.clone()),
        moves: Moves::default(),
        targets: Vec::new(),
        replace: Vec::new(),
        options: PlanOptions { refresh: false, ..PlanOptions::default() },
        walk,
    };
    order::walk(&graph.deps, |n| planner.visit(n)).await;
    // Without inputs or with failed conditions there still are values to look at.
    found.extend(planner.walk.take_found());
    (Some(planner.walk), found)
}

/// References of an expression to what the root module does not declare.
pub fn undeclared(walk: &Walk, expr: &Expr) -> Diagnostics {
    let Some(index) = walk.graph.modules.get(&ModulePath::root()) else { return Diagnostics::new() };
    expr.variables().into_iter().filter_map(|t| undeclared_reference(index, t)).collect()
}

/// What is wrong with a reference to what a module does not declare.
pub fn undeclared_reference(index: &ModuleIndex, t: &Traversal) -> Option<Diagnostic> {
    let r = Reference::parse(t).ok()?;
    let (what, name) = match &r.subject {
        Subject::Variable(name) if !index.variables.contains_key(name) => ("input variable", name.to_string()),
        Subject::Local(name) if !index.locals.contains_key(name) => ("local value", name.to_string()),
        Subject::Resource(addr, _) if !index.resources.contains_key(addr) => ("resource", addr.to_string()),
        Subject::Module(name, _) | Subject::ModuleOutput(name, ..) if !index.calls.contains_key(name) => {
            ("module", name.to_string())
        }
        _ => return None,
    };
    let d = Diagnostic::error(
        format!("Reference to undeclared {what}"),
        format!("There is no {what} {name:?} in the root module."),
    );
    Some(d.at(r.span))
}

fn replace_addresses(texts: &[String]) -> (Vec<ResourceInstance>, Diagnostics) {
    let mut found = Diagnostics::new();
    let all = texts.iter().filter_map(|text| {
        let addr = ResourceInstance::parse(text).filter(|a| a.resource.mode == ResourceMode::Managed);
        if addr.is_none() {
            found.push(Diagnostic::error(
                format!("Invalid force-replace address {text:?}"),
                "Only the address of an instance of a managed resource can be given, such as aws_instance.web[0].",
            ));
        }
        addr
    });
    (all.collect(), found)
}

/// Which nodes a plan visits.
fn included(graph: &Graph, targets: &[Target], options: &PlanOptions, state: &State) -> Vec<bool> {
    if options.mode == PlanMode::Destroy {
        // What is destroyed needs its providers, and they what their configurations refer to.
        let held: Vec<NodeId> =
            state.resources.values().filter_map(|r| graph.providers.get(&r.provider).copied()).collect();
        // What is given for variables is held to their rules all the same.
        let variables = graph.modules.get(&ModulePath::root()).into_iter().flat_map(|m| m.variables.values().copied());
        return graph.ancestors(&held.into_iter().chain(variables).collect::<Vec<_>>());
    }
    if targets.is_empty() {
        return vec![true; graph.nodes.len()];
    }
    let mut included = target::included(graph, targets);
    let held = state.resources.iter().filter(|(addr, _)| targets.iter().any(|t| t.includes_config(&addr.config())));
    let providers: Vec<NodeId> = held.filter_map(|(_, r)| graph.providers.get(&r.provider).copied()).collect();
    for (n, needed) in graph.ancestors(&providers).into_iter().enumerate() {
        included[n] |= needed;
    }
    included
}

/// `create_before_destroy` of each node: what is configured, and what follows from it for
/// everything that such a resource depends on. Nodes that are not included count for nothing.
pub fn create_before_destroy(walk: &Walk, included: &[bool]) -> Vec<bool> {
    let graph = &walk.graph;
    let mut flags: Vec<bool> = graph
        .nodes
        .iter()
        .zip(included)
        .map(|(node, included)| match node {
            Node::Resource(addr) if *included => walk
                .tree
                .get(&addr.module)
                .and_then(|m| m.module.resources.get(&addr.resource))
                .is_some_and(|r| r.lifecycle.create_before_destroy == Some(true)),
            _ => false,
        })
        .collect();
    let (sorted, _) = order::topological(&graph.deps);
    for n in sorted.into_iter().rev().filter(|n| !matches!(graph.nodes[*n], Node::Provider(_))) {
        if flags[n] {
            graph.deps[n].iter().for_each(|d| flags[*d] = true);
        }
    }
    flags
}

/// Root variables as they were given, or their defaults. Of an ephemeral one only the default is kept, which anybody
/// can read in the configuration: its value is given anew when the plan is applied.
fn variables(session: &Session, walk: &Walk) -> BTreeMap<Arc<str>, Value> {
    let Some(root) = walk.tree.root() else { return BTreeMap::new() };
    let value = |v: &craton_config::Variable| match session.options.variables.get(&v.name) {
        Some(given) if !v.ephemeral => Some(given.clone()),
        _ => v.default.clone(),
    };
    let all = root.module.variables.values();
    all.filter_map(|v| Some((v.name.clone(), value(v)?.unmark_deep().0))).collect()
}

fn given_ephemeral(session: &Session, walk: &Walk) -> Vec<Arc<str>> {
    let Some(root) = walk.tree.root() else { return Vec::new() };
    let given = |v: &&craton_config::Variable| v.ephemeral && session.options.variables.contains_key(&v.name);
    root.module.variables.values().filter(given).map(|v| v.name.clone()).collect()
}

impl Planner<'_> {
    /// Visits a node.
    async fn visit(&self, n: NodeId) -> Visit {
        if !self.included[n] || (self.session.options.cancel.is_cancelled() && self.walk.phase == Phase::Plan) {
            return if self.included[n] { Visit::Failed } else { Visit::Done };
        }
        match &self.walk.graph.nodes[n] {
            Node::Provider(addr) => self.visit_provider(n, addr).await,
            Node::Resource(addr) => {
                let from_state = self.walk.phase == Phase::Eval || self.options.mode == PlanMode::Destroy;
                match addr.resource.mode {
                    _ if from_state => self.visit_from_state(n, addr),
                    ResourceMode::Managed => self.visit_managed(n, addr).await,
                    ResourceMode::Data | ResourceMode::Ephemeral => self.visit_data(n, addr).await,
                }
            }
            _ => self.walk.visit_value(n),
        }
    }

    async fn visit_provider(&self, n: NodeId, addr: &ProviderConfigAddr) -> Visit {
        let held = self.state.resources.values().any(|r| r.provider == *addr);
        if !held && !self.walk.graph.is_needed(n) {
            // Nothing is done with it, so it is not set up either.
            return Visit::Done;
        }
        if !providers::is_present(&self.walk.tree, addr) {
            // Its objects can neither be read nor destroyed; whoever plans them says so.
            return Visit::Done;
        }
        let eval = self.walk.phase == Phase::Eval;
        let configured = match providers::configure(&self.walk, &self.session.options.registry, addr, true).await {
            Ok(Some(configured)) => Arc::new(configured),
            Ok(None) => return Visit::Done,
            Err(found) => {
                self.walk.report(found);
                return Visit::Failed;
            }
        };
        if held {
            let wanted = |at: &ResourceInstance| eval || self.is_wanted(at);
            let found = self.objects.load(&self.walk, &configured, &self.state, self.options.refresh && !eval, &wanted);
            let found = found.await;
            self.walk.report(found);
        }
        self.walk.table.set(n, Outcome::Provider(configured));
        Visit::Done
    }

    /// The value of a resource as the state has it.
    fn visit_from_state(&self, n: NodeId, addr: &ConfigResource) -> Visit {
        let mut values = HashMap::new();
        for module in self.walk.module_instances(&addr.module) {
            let resource = module.resource(addr.resource.clone());
            let keys = self.state.resources.get(&resource).into_iter().flat_map(|r| r.instances.keys());
            let objects = keys.filter_map(|key| {
                let at = resource.instance(key.clone());
                let block = self.walk.tree.get(&addr.module)?.module.resources.get(&addr.resource)?;
                let provider = self.walk.tree.get(&addr.module)?.provider_config(&block.provider).provider;
                let schema = self.walk.schemas.resource(&provider, &addr.resource)?;
                let value = self.objects.get(&at, None)?.value;
                Some((key.clone(), object::mark_schema(&value, &schema.block)))
            });
            values.insert(module, collected(objects.collect()));
        }
        self.walk.table.set(n, Outcome::Values(values));
        Visit::Done
    }

    /// How many instances are worked on at a time.
    pub fn parallelism(&self) -> usize {
        self.session.options.parallelism.max(1)
    }

    /// Whether the plan is about an instance.
    pub fn is_target(&self, addr: &ResourceInstance) -> bool {
        self.targets.is_empty() || self.targets.iter().any(|t| t.includes(addr)) || self.is_needed(addr)
    }

    /// Whether a target needs an instance's resource: all of its instances are then meant, unless
    /// the targets name some of them.
    fn is_needed(&self, addr: &ResourceInstance) -> bool {
        let config = addr.config();
        let included = self.walk.graph.resource(&config).is_some_and(|n| self.included[n]);
        included && !self.targets.iter().any(|t| t.includes_config(&config))
    }

    /// Whether an instance's object is to be loaded and read.
    fn is_wanted(&self, addr: &ResourceInstance) -> bool {
        self.options.mode == PlanMode::Destroy || self.is_target(addr)
    }

    /// Where an instance stood before a move.
    pub fn previous(&self, addr: &ResourceInstance) -> Option<ResourceInstance> {
        self.moves.previous(addr)
    }

    /// Keeps the changes of a resource, for the plan and for those that ask about them.
    pub fn keep_changes(&self, n: NodeId, changes: Vec<ResourceChange>) {
        let _ = self.changes[n].set(changes);
    }

    /// Keeps a change that was decided but may not be carried out.
    pub fn keep_failed(&self, change: ResourceChange) {
        self.failed.lock().unwrap_or_else(PoisonError::into_inner).push(change);
    }
}
