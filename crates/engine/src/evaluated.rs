//! What expressions see once a plan was made or carried out.

use craton_hcl::{Environment, FunctionRef, Scope, Traversal};
use craton_model::addr::{ModuleInstance, ModulePath};
use craton_model::{Diagnostics, Value};

use crate::evaluate::ModuleScope;
use crate::plan::undeclared_reference;
use crate::walk::Walk;

/// Names besides those of a module; they go before them.
pub trait Names: Sync {
    /// As [`Scope::lookup`]; `None` for a name that is left to the module.
    fn lookup(&self, reference: &Traversal) -> Option<Result<(Value, usize), Diagnostics>>;
}

/// The results of a plan or an apply: what an expression in one of the modules would see.
pub struct Evaluated {
    walk: Option<Walk>,
}

/// A module's scope, with further names.
pub struct ResultScope<'a> {
    inner: ModuleScope<'a>,
    names: &'a dyn Names,
}

impl Evaluated {
    /// Of this walk; of nothing where there was none.
    pub(crate) fn new(walk: Option<Walk>) -> Self {
        Self { walk }
    }

    /// A scope to evaluate in; `None` where nothing could be made or carried out at all.
    pub fn scope<'a>(&'a self, module: &'a ModuleInstance, names: &'a dyn Names) -> Option<ResultScope<'a>> {
        let inner = self.walk.as_ref()?.scope(module)?;
        Some(ResultScope { inner, names })
    }

    /// The value of a root output, with its marks; `None` where it was not reached.
    pub fn output(&self, name: &str) -> Option<Value> {
        let walk = self.walk.as_ref()?;
        let node = walk.graph.modules.get(&ModulePath::root())?.outputs.get(name)?;
        walk.table.value(*node, &ModuleInstance::root()).cloned()
    }
}

impl Scope for ResultScope<'_> {
    fn lookup(&self, reference: &Traversal) -> Result<(Value, usize), Diagnostics> {
        if let Some(found) = self.names.lookup(reference) {
            return found;
        }
        if let Some(d) = undeclared_reference(self.inner.index, reference) {
            return Err(d.into());
        }
        self.inner.lookup(reference)
    }

    fn function(&self, name: &str) -> Option<FunctionRef> {
        self.inner.function(name)
    }

    fn function_names(&self) -> Vec<String> {
        self.inner.function_names()
    }

    fn environment(&self) -> &Environment {
        self.inner.environment()
    }
}
