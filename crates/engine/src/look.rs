//! Values to evaluate expressions against, as often as one likes.

use craton_hcl::Expr;
use craton_model::addr::ModuleInstance;
use craton_model::{Diagnostics, Value};

use crate::plan;
use crate::walk::Walk;

/// What [`crate::Session::look`] found.
pub struct Look {
    walk: Walk,
}

impl Look {
    pub(crate) fn new(mut walk: Walk) -> Self {
        // People who ask what time it is want to know, unlike a plan.
        walk.environment.apply_time.get_or_insert_with(std::time::SystemTime::now);
        Self { walk }
    }

    /// Evaluates an expression in the root module.
    pub fn eval(&self, expr: &Expr) -> (Value, Diagnostics) {
        let found = plan::undeclared(&self.walk, expr);
        let root = ModuleInstance::root();
        match self.walk.scope(&root) {
            Some(scope) if !found.has_errors() => scope.eval(expr),
            _ => (Value::dynamic(), found),
        }
    }
}
