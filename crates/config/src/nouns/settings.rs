//! `terraform` blocks.

use craton_hcl::Body;
use craton_model::Span;
use std::sync::Arc;

/// A `required_version` argument.
#[derive(Clone, Debug)]
pub struct CoreVersion {
    /// The constraint.
    pub constraint: crate::version::Constraint,
    /// Where it is written.
    pub span: Span,
}

/// A `backend` block (<https://developer.hashicorp.com/terraform/language/backend>). Only the root module's counts.
#[derive(Clone, Debug)]
pub struct Backend {
    /// `local`, `s3`, ...
    pub kind: Arc<str>,
    /// Its arguments; no references are allowed in them.
    pub body: Body,
    /// Type and label.
    pub span: Span,
}

/// A `cloud` block.
#[derive(Clone, Debug)]
pub struct Cloud {
    /// Its arguments.
    pub body: Body,
    /// The block's type.
    pub span: Span,
}

/// A `provider_meta` block.
#[derive(Clone, Debug)]
pub struct ProviderMeta {
    /// Local name of the provider.
    pub provider: Arc<str>,
    /// Its arguments.
    pub body: Body,
    /// Type and label.
    pub span: Span,
}
