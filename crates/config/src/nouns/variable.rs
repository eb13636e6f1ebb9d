//! `variable` blocks.

use super::CheckRule;
use crate::types::Defaults;
use craton_model::{Span, Type, Value};
use std::sync::Arc;

/// A `variable` block (<https://developer.hashicorp.com/terraform/language/block/variable>).
#[derive(Clone, Debug)]
pub struct Variable {
    /// Its name.
    pub name: Arc<str>,
    /// Type and label.
    pub span: Span,
    /// The type constraint, with its optional attributes; `any` where none is written.
    pub ty: Type,
    /// Whether a `type` argument is there.
    pub has_type: bool,
    /// Defaults of optional attributes within the type.
    pub defaults: Option<Arc<Defaults>>,
    /// The default value, converted; `None` if the variable is required.
    pub default: Option<Value>,
    /// For people.
    pub description: Option<Arc<str>>,
    /// Whether null is a value like any other. If not, null stands for the default.
    pub nullable: bool,
    /// Whether its value is not to be shown.
    pub sensitive: bool,
    /// Whether its value is not to be kept.
    pub ephemeral: bool,
    /// Custom conditions.
    pub validations: Vec<CheckRule>,
}

impl Variable {
    /// Whether text given for it from outside is read as an expression: its type is written and is no text, number or
    /// bool.
    pub fn reads_expressions(&self) -> bool {
        self.has_type && !self.ty.is_primitive()
    }
}
