//! `output` blocks.

use super::CheckRule;
use craton_hcl::{Expr, Traversal};
use craton_model::Span;
use std::sync::Arc;

/// An `output` block (<https://developer.hashicorp.com/terraform/language/block/output>).
#[derive(Clone, Debug)]
pub struct Output {
    /// Its name.
    pub name: Arc<str>,
    /// Type and label.
    pub span: Span,
    /// Its value.
    pub value: Expr,
    /// For people.
    pub description: Option<Arc<str>>,
    /// Whether its value is not to be shown.
    pub sensitive: bool,
    /// Whether its value is not to be kept.
    pub ephemeral: bool,
    /// What it waits for beyond what its value refers to.
    pub depends_on: Vec<Traversal>,
    /// Checked before its value is accepted.
    pub preconditions: Vec<CheckRule>,
}
