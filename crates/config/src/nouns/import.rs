//! `import` blocks.

use super::ProviderRef;
use craton_hcl::Expr;
use craton_model::Span;
use craton_model::addr::ConfigResource;

/// An `import` block (<https://developer.hashicorp.com/terraform/language/import>).
#[derive(Clone, Debug)]
pub struct Import {
    /// The address to import to, as written: an index in it may be an expression.
    pub to: Expr,
    /// The resource that `to` leads to, relative to the module the block stands in (always the root).
    pub resource: ConfigResource,
    /// The object's id.
    pub id: Expr,
    /// What to import several of.
    pub for_each: Option<Expr>,
    /// The provider configuration, where it is not the resource's own.
    pub provider: Option<ProviderRef>,
    /// The block's type.
    pub span: Span,
}
