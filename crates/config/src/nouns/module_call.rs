//! `module` blocks.

use super::ProviderRef;
use craton_hcl::{Body, Expr, Traversal};
use craton_model::Span;
use std::sync::Arc;

/// A `module` block (<https://developer.hashicorp.com/terraform/language/block/module>).
#[derive(Clone, Debug)]
pub struct ModuleCall {
    /// Its name.
    pub name: Arc<str>,
    /// Type and label.
    pub span: Span,
    /// Where the module comes from.
    pub source: Arc<str>,
    /// Place of the source.
    pub source_span: Span,
    /// Version constraint as written, for registry modules.
    pub version: Option<Arc<str>>,
    /// How many instances.
    pub count: Option<Expr>,
    /// One instance per element.
    pub for_each: Option<Expr>,
    /// What everything in the module waits for.
    pub depends_on: Vec<Traversal>,
    /// The `providers` argument; `None` where it is not set, and the default configurations are inherited.
    pub providers: Option<Vec<PassedProvider>>,
    /// The input variables: everything but the arguments above.
    pub body: Body,
}

/// One item of `providers = { child = parent }`.
#[derive(Clone, Debug)]
pub struct PassedProvider {
    /// The configuration's name inside of the called module.
    pub child: ProviderRef,
    /// Its name in the calling module.
    pub parent: ProviderRef,
}
