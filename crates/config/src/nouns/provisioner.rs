//! `provisioner` and `connection` blocks.

use craton_hcl::Body;
use craton_model::Span;
use std::sync::Arc;

/// A `provisioner` block (<https://developer.hashicorp.com/terraform/language/provisioners>).
#[derive(Clone, Debug)]
pub struct Provisioner {
    /// `local-exec`, `remote-exec`, `file`.
    pub kind: Arc<str>,
    /// When it runs.
    pub when: When,
    /// What its failure means.
    pub on_failure: OnFailure,
    /// Its own connection.
    pub connection: Option<Connection>,
    /// Its arguments: everything but the above.
    pub body: Body,
    /// Type and label.
    pub span: Span,
}

/// When a provisioner runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum When {
    /// After the object was made.
    #[default]
    Create,
    /// Before it is destroyed.
    Destroy,
}

/// What the failure of a provisioner means.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnFailure {
    /// The object counts as failed.
    #[default]
    Fail,
    /// A warning.
    Continue,
}

/// A `connection` block.
#[derive(Clone, Debug)]
pub struct Connection {
    /// Its arguments.
    pub body: Body,
    /// The block's type.
    pub span: Span,
}
