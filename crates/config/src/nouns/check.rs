//! `check` blocks.

use super::CheckRule;
use craton_model::Span;
use craton_model::addr::Resource;
use std::sync::Arc;

/// A `check` block (<https://developer.hashicorp.com/terraform/language/checks>).
#[derive(Clone, Debug)]
pub struct Check {
    /// Its name.
    pub name: Arc<str>,
    /// Type and label.
    pub span: Span,
    /// The data source declared in it, if there is one; it stands in [`super::Module::resources`] like any other and
    /// has [`super::ResourceBlock::check`] set.
    pub data: Option<Resource>,
    /// The `assert` blocks.
    pub asserts: Vec<CheckRule>,
}
