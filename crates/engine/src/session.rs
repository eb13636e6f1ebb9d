//! The door: everything that can be done with a configuration, a state and providers.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use craton_config::ModuleTree;
use craton_hcl::{Environment, Expr, FunctionRef};
use craton_model::addr::{ConfigResource, ModuleInstance, ResourceInstance};
use craton_model::plan::PlanMode;
use craton_model::{Diagnostic, Diagnostics, EventSink, Plan, State, Value};
use craton_provider::Registry;
use tokio::sync::Semaphore;

use crate::cancel::CancelToken;
use crate::checks::Checks;
use crate::evaluated::Evaluated;
use crate::graph::Graph;
use crate::imports::Imported;
use crate::look::Look;
use crate::overrides::Overrides;
use crate::providers::Schemas;
use crate::remote::Communicator;
use crate::table::Table;
use crate::walk::{Phase, Walk};
use crate::{apply, imports, plan, resolve, validate};

/// Where the state goes while it changes.
#[async_trait]
pub trait StateWriter: Send + Sync {
    /// Makes a state last. Called after every change of an object, one call at a time; a step
    /// counts as done only when a write that contains it has ended. An error stops the apply.
    async fn write(&self, state: &State) -> Result<(), Diagnostics>;
}

/// The functions that expressions can call.
pub trait Functions: Send + Sync {
    /// The function of this name.
    fn get(&self, name: &str) -> Option<FunctionRef>;
    /// All names.
    fn names(&self) -> Vec<String>;
}

/// What a session works with.
#[derive(Clone)]
pub struct SessionOptions {
    /// The configuration.
    pub tree: Arc<ModuleTree>,
    /// Values of root variables, converted to the declared types or not yet; those left out have
    /// their defaults.
    pub variables: BTreeMap<Arc<str>, Value>,
    /// The providers there are.
    pub registry: Registry,
    /// The state as it was read.
    pub state: State,
    /// The workspace's name.
    pub workspace: Arc<str>,
    /// Who is told what happens.
    pub events: Arc<dyn EventSink>,
    /// How many provider operations run at a time. Terraform's default is 10.
    pub parallelism: usize,
    /// Functions besides those that providers define.
    pub functions: Arc<dyn Functions>,
    /// Works on other machines for provisioners.
    pub communicator: Arc<dyn Communicator>,
    /// The working folder, the file system and the times that functions see.
    pub environment: Environment,
    /// When the plan is made: RFC 3339, UTC.
    pub timestamp: String,
    /// How to be told to stop.
    pub cancel: CancelToken,
    /// What stands in for real things, in tests.
    pub overrides: Arc<Overrides>,
}

/// How to plan.
#[derive(Clone, Debug)]
pub struct PlanOptions {
    /// What for.
    pub mode: PlanMode,
    /// Whether to compare the state with the real objects first.
    pub refresh: bool,
    /// Addresses of modules, resources or instances to which the plan is limited, with what they
    /// need. Empty: everything.
    pub targets: Vec<String>,
    /// Addresses of instances to replace though nothing demands it.
    pub replace: Vec<String>,
}

impl Default for PlanOptions {
    fn default() -> Self {
        Self { mode: PlanMode::Normal, refresh: true, targets: Vec::new(), replace: Vec::new() }
    }
}

/// A configuration with its state and providers, ready to be worked with.
pub struct Session {
    pub(crate) options: SessionOptions,
}

impl Session {
    /// A session. Nothing is read or checked yet.
    pub fn new(options: SessionOptions) -> Self {
        Self { options }
    }

    /// Checks the configuration without state, inputs, or asking anything real.
    pub async fn validate(&self) -> Diagnostics {
        validate::validate(self).await
    }

    /// Compares the configuration with what there is and decides what to do. Also with errors a
    /// plan is given (marked [`Plan::errored`]), holding what could be decided.
    pub async fn plan(&self, options: PlanOptions) -> (Plan, Diagnostics) {
        let (plan, _, found) = plan::plan_and_walk(self, options).await;
        (plan, found)
    }

    /// Carries a plan out. Gives the state as it is afterwards, whatever happened.
    pub async fn apply(&self, plan: &Plan, writer: &dyn StateWriter) -> (State, Diagnostics) {
        let (state, found, _) = apply::apply(self, plan, writer).await;
        (state, found)
    }

    /// As [`Session::plan`], with what expressions of the root module see.
    pub async fn plan_evaluated(&self, options: PlanOptions) -> (Plan, Diagnostics, Evaluated) {
        let (plan, walk, found) = plan::plan_and_walk(self, options).await;
        (plan, found, Evaluated::new(walk))
    }

    /// As [`Session::apply`], with what expressions of the root module see.
    pub async fn apply_evaluated(&self, plan: &Plan, writer: &dyn StateWriter) -> (State, Diagnostics, Evaluated) {
        let (state, found, walk) = apply::apply(self, plan, writer).await;
        (state, found, Evaluated::new(walk))
    }

    /// Brings the state up to date with the real objects, and the outputs with that.
    pub async fn refresh(&self, writer: &dyn StateWriter) -> (State, Diagnostics) {
        let (plan, mut found) = self.plan(PlanOptions { mode: PlanMode::RefreshOnly, ..PlanOptions::default() }).await;
        if found.has_errors() {
            return (self.options.state.clone(), found);
        }
        let (state, more) = self.apply(&plan, writer).await;
        found.extend(more);
        (state, found)
    }

    /// Brings an existing object under management, by the id its provider knows it by.
    pub async fn import(&self, addr: &ResourceInstance, id: &str, writer: &dyn StateWriter) -> (State, Diagnostics) {
        imports::import(self, addr, id, writer).await
    }

    /// Evaluates an expression in the root module over the state as it is: no provider is asked
    /// about real objects.
    pub async fn eval(&self, expr: &Expr) -> (Value, Diagnostics) {
        self.eval_all(std::slice::from_ref(expr)).await.pop().unwrap_or_else(|| (Value::dynamic(), Diagnostics::new()))
    }

    /// As [`Session::eval`] for several expressions with one look at the configuration. Findings
    /// about the configuration come with the first.
    pub async fn eval_all(&self, exprs: &[Expr]) -> Vec<(Value, Diagnostics)> {
        let (walk, mut found) = plan::evaluated(self).await;
        let root = ModuleInstance::root();
        exprs
            .iter()
            .map(|expr| {
                let mut all = std::mem::take(&mut found);
                let Some(walk) = &walk else { return (Value::dynamic(), all) };
                all.extend(plan::undeclared(walk, expr));
                if all.has_errors() {
                    return (Value::dynamic(), all);
                }
                let Some(scope) = walk.scope(&root) else { return (Value::dynamic(), all) };
                let (value, more) = scope.eval(expr);
                all.extend(more);
                (value, all)
            })
            .collect()
    }

    /// A graph of the configuration in the language of Graphviz: its resources, or (`whole`) every block. With
    /// `draw_cycles` cycles are drawn in colour instead of being errors.
    pub async fn graph(&self, whole: bool, draw_cycles: bool) -> (String, Diagnostics) {
        let (graph, _, mut found) = self.resolve(&self.options.state).await;
        if draw_cycles {
            found.0.retain(|d| d.summary != "Cycle");
        }
        (if whole { graph.dot(draw_cycles) } else { graph.resources_dot() }, found)
    }

    /// What applying a plan would do, step by step, in the language of Graphviz.
    pub async fn steps_graph(&self, plan: &Plan) -> (String, Diagnostics) {
        let (graph, _, found) = self.resolve(&plan.prior_state).await;
        (crate::steps::compile(plan, &graph, &self.options.tree).dot(), found)
    }

    /// The values of everything as they are, or (`plan`) as they would be after applying a plan made now, to evaluate
    /// expressions against. `None` when the configuration does not even hold together.
    pub async fn look(&self, plan: Option<PlanOptions>) -> (Option<Look>, Diagnostics) {
        let (walk, found) = match plan {
            None => plan::evaluated(self).await,
            Some(options) => {
                let (_, walk, found) = plan::plan_and_walk(self, options).await;
                (walk, found)
            }
        };
        (walk.map(Look::new), found)
    }

    /// What import blocks bring in, each with the id it has: the objects as their providers read them, and their schemas.
    /// Each needs a resource block, even an empty one.
    pub async fn imported(&self, of: &[ConfigResource]) -> (Vec<Imported>, Diagnostics) {
        imports::imported(self, of).await
    }

    /// The graph in text: each block with what it waits for.
    pub async fn graph_text(&self) -> (String, Diagnostics) {
        let (graph, _, found) = self.resolve(&self.options.state).await;
        (graph.text(), found)
    }

    /// What applying a plan would do, step by step, in text: each step with those it waits for.
    pub async fn steps_text(&self, plan: &Plan) -> (String, Diagnostics) {
        let (graph, _, found) = self.resolve(&plan.prior_state).await;
        (crate::steps::compile(plan, &graph, &self.options.tree).text(), found)
    }

    /// Schemas and graph.
    pub(crate) async fn resolve(&self, state: &State) -> (Arc<Graph>, Arc<Schemas>, Diagnostics) {
        let (schemas, mut found) = Schemas::load(&self.options.registry, &self.options.tree, state).await;
        let held: std::collections::BTreeSet<_> = state.resources.values().map(|r| r.provider.clone()).collect();
        let (graph, more) = resolve::build(&self.options.tree, &schemas, held);
        found.extend(more);
        found.extend(self.options.tree.absent().clone());
        (Arc::new(graph), Arc::new(schemas), found)
    }

    /// A walk that has not begun.
    pub(crate) fn walk(&self, phase: Phase, graph: Arc<Graph>, schemas: Arc<Schemas>) -> Walk {
        let o = &self.options;
        let mut environment = o.environment.clone();
        if phase == Phase::Apply {
            environment.apply_time.get_or_insert_with(std::time::SystemTime::now);
        }
        Walk {
            phase,
            tree: o.tree.clone(),
            table: Table::new(graph.nodes.len()),
            graph,
            schemas,
            variables: o.variables.clone(),
            workspace: o.workspace.clone(),
            environment,
            functions: o.functions.clone(),
            communicator: o.communicator.clone(),
            cancel: o.cancel.clone(),
            checks: Checks::of(&o.tree),
            events: o.events.clone(),
            permits: Arc::new(Semaphore::new(o.parallelism.max(1))),
            found: Mutex::default(),
            overrides: o.overrides.clone(),
            given: false,
        }
    }
}

/// Refuses a plan that was made for another state than this one: somebody applied something since.
pub fn stale(plan: &Plan, state: &State) -> Result<(), Diagnostic> {
    let (then, now) = (&plan.previous_state, state);
    let same_series = then.lineage == now.lineage || then.lineage.is_empty() || now.lineage.is_empty();
    if same_series && then.serial == now.serial && (then.lineage.is_empty() == now.lineage.is_empty()) {
        return Ok(());
    }
    if !same_series {
        return Err(Diagnostic::error(
            "Saved plan does not match the given state",
            "The plan was made for another state: the two have different lineages. Make the plan again in this folder and \
             workspace.",
        ));
    }
    Err(Diagnostic::error(
        "Saved plan is stale",
        format!(
            "The state was changed by another operation after the plan was created (it was at serial {}, and now is at {}). Make a \
             new plan.",
            then.serial, now.serial
        ),
    ))
}
