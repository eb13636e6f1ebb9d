//! What all operations share while they visit the graph: the inputs, the table of results, and
//! what was found.

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};

use craton_config::{ModuleNode, ModuleTree};
use craton_hcl::{Environment, FunctionRef};
use craton_model::addr::{ModuleInstance, ModulePath};
use craton_model::{Diagnostic, Diagnostics, EventSink, Value};
use tokio::sync::Semaphore;

use crate::cancel::CancelToken;
use crate::checks::Checks;
use crate::evaluate::ModuleScope;
use crate::graph::Graph;
use crate::overrides::Overrides;
use crate::providers::Schemas;
use crate::remote::Communicator;
use crate::session::Functions;
use crate::table::Table;

/// What the graph is visited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// To find mistakes without looking at anything real: inputs are unknown.
    Validate,
    /// To plan.
    Plan,
    /// To carry a plan out.
    Apply,
    /// To evaluate expressions over the state as it is.
    Eval,
}

/// One walk over the graph.
pub struct Walk {
    pub phase: Phase,
    pub tree: Arc<ModuleTree>,
    pub graph: Arc<Graph>,
    pub schemas: Arc<Schemas>,
    pub table: Table,
    pub variables: BTreeMap<Arc<str>, Value>,
    pub workspace: Arc<str>,
    pub environment: Environment,
    pub functions: Arc<dyn Functions>,
    pub communicator: Arc<dyn Communicator>,
    pub cancel: CancelToken,
    pub checks: Checks,
    pub events: Arc<dyn EventSink>,
    /// Permits to ask providers.
    pub permits: Arc<Semaphore>,
    pub found: Mutex<Diagnostics>,
    pub overrides: Arc<Overrides>,
    /// In a validation: inputs have the values that were given, and what has no instances with these is left out.
    pub given: bool,
}

impl Walk {
    /// Keeps findings for the end.
    pub fn report(&self, found: impl IntoIterator<Item = Diagnostic>) {
        let mut all = self.found.lock().unwrap_or_else(PoisonError::into_inner);
        all.extend(found);
    }

    /// Takes what was found.
    pub fn take_found(&self) -> Diagnostics {
        std::mem::take(&mut self.found.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The scope of a module instance; `None` when the module is not in the configuration.
    pub fn scope<'a>(&'a self, module: &'a ModuleInstance) -> Option<ModuleScope<'a>> {
        let path = module.path();
        let (node, index) = (self.tree.get(&path)?, self.graph.modules.get(&path)?);
        Some(ModuleScope { walk: self, module, node, index, instance: None, this: None, own: None, others: &[] })
    }

    /// The instances of a module, once its call was visited, without those that are overridden.
    pub fn module_instances(&self, path: &ModulePath) -> Vec<ModuleInstance> {
        let (Some(name), Some(parent)) = (path.0.last(), path.parent()) else { return vec![ModuleInstance::root()] };
        let call = self.graph.modules.get(&parent).and_then(|m| m.calls.get(name));
        let mut all = call.and_then(|c| self.table.modules(c.expand)).map(|m| m.all.clone()).unwrap_or_default();
        all.retain(|m| self.overrides.module(m).is_none());
        all
    }

    /// `path.module` and its like, with the slashes of every system.
    pub fn path(&self, what: &str, node: &ModuleNode) -> Value {
        let text = |p: &std::path::Path| {
            let text = p.to_string_lossy().replace('\\', "/");
            Value::string(if text.is_empty() { ".".to_owned() } else { text })
        };
        match what {
            "module" => text(&node.module.dir),
            "root" => self.tree.root().map_or_else(Value::dynamic, |root| text(&root.module.dir)),
            _ => {
                let cwd = self.environment.started_in.as_ref().unwrap_or(&self.environment.base_dir);
                std::path::absolute(cwd).map_or_else(|_| text(cwd), |p| text(&p))
            }
        }
    }

    /// A function by its name.
    pub fn function(&self, name: &str) -> Option<FunctionRef> {
        self.functions.get(name.strip_prefix("core::").unwrap_or(name))
    }

    /// Names of all functions.
    pub fn function_names(&self) -> Vec<String> {
        self.functions.names()
    }
}

/// Runs a provider's work in a task of its own, so that a panic in it is a finding and not an end.
pub async fn guarded<T: Send + 'static>(work: impl Future<Output = T> + Send + 'static) -> Result<T, Diagnostic> {
    tokio::spawn(work).await.map_err(|e| {
        let said = match e.try_into_panic() {
            Ok(payload) => payload
                .downcast_ref::<&str>()
                .map(ToString::to_string)
                .or_else(|| payload.downcast_ref::<String>().cloned())
                .unwrap_or_else(|| "no message".into()),
            Err(e) => e.to_string(),
        };
        Diagnostic::error(
            "A provider crashed",
            format!(
                "The provider ended in a way that it should not: {said}.\n\nThis is a bug in the provider. What it was doing may be \
                 done in part: compare the real object with the state before the next apply."
            ),
        )
    })
}
