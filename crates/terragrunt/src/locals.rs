//! Local values of one file: each is evaluated when it is first asked for, and once.

use craton_hcl::Attribute;
use craton_model::{Diagnostic, Span, Value, similar};
use indexmap::IndexMap;
use std::cell::RefCell;
use std::sync::Arc;

enum Slot {
    Todo(Attribute),
    Busy,
    Done(Option<Value>),
}

/// What there is of a local value that was asked for.
pub(crate) enum Local {
    /// It; of one that failed (which was reported then) a placeholder.
    Known(Value),
    /// Its expression: whoever gets it evaluates it and says so with [`Locals::done`].
    Todo(Attribute),
}

/// The local values of a file.
#[derive(Default)]
pub(crate) struct Locals(RefCell<IndexMap<Arc<str>, (Span, Slot)>>);

impl Locals {
    /// Declares them.
    pub(crate) fn declare(&self, all: impl IntoIterator<Item = (Arc<str>, Attribute)>) {
        self.0.replace(all.into_iter().map(|(name, a)| (name, (a.name_span, Slot::Todo(a)))).collect());
    }

    /// Their names and where those stand, as written.
    pub(crate) fn names(&self) -> Vec<(Arc<str>, Span)> {
        self.0.borrow().iter().map(|(name, (span, _))| (name.clone(), *span)).collect()
    }

    /// Asks for one at a place. `undeclared` is told a name that is like it and says what is wrong.
    ///
    /// # Errors
    /// There is none of this name, or it refers to itself.
    pub(crate) fn ask(
        &self,
        name: &str,
        at: Span,
        undeclared: impl FnOnce(&str) -> String,
    ) -> Result<Local, Diagnostic> {
        let mut locals = self.0.borrow_mut();
        let Some((declared, slot)) = locals.get_mut(name) else {
            let like = similar(name, locals.keys().map(|n| &**n));
            let hint = like.map(|n| format!(" Did you mean {n:?}?")).unwrap_or_default();
            return Err(Diagnostic::error("Reference to undeclared local value", undeclared(&hint)).at(at));
        };
        match slot {
            Slot::Done(value) => Ok(Local::Known(value.clone().unwrap_or_else(Value::dynamic))),
            Slot::Busy => {
                let detail =
                    format!("The local value {name:?} refers to itself, directly or through others. Break the circle.");
                Err(Diagnostic::error("Cycle among local values", detail).at(*declared))
            }
            Slot::Todo(attribute) => {
                let attribute = attribute.clone();
                *slot = Slot::Busy;
                Ok(Local::Todo(attribute))
            }
        }
    }

    /// Takes down what came of evaluating one; `None` beside an error. Gives its value, or a placeholder.
    pub(crate) fn done(&self, name: &str, value: Option<Value>) -> Value {
        if let Some((_, slot)) = self.0.borrow_mut().get_mut(name) {
            *slot = Slot::Done(value.clone());
        }
        value.unwrap_or_else(Value::dynamic)
    }
}
