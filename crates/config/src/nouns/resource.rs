//! `resource`, `data` and `ephemeral` blocks.

use super::{Connection, Lifecycle, ProviderRef, Provisioner};
use craton_hcl::{Body, Expr, Traversal};
use craton_model::Span;
use craton_model::addr::{Resource, ResourceMode};
use std::sync::Arc;

/// A `resource`, `data` or `ephemeral` block (<https://developer.hashicorp.com/terraform/language/block/resource>).
#[derive(Clone, Debug)]
pub struct ResourceBlock {
    /// Mode, type and name: its address within the module.
    pub addr: Resource,
    /// Block type and labels.
    pub span: Span,
    /// The resource type's label.
    pub type_span: Span,
    /// How many instances.
    pub count: Option<Expr>,
    /// One instance per element.
    pub for_each: Option<Expr>,
    /// The provider configuration by its local name: as written, or the default one of the name that the resource
    /// type begins with. [`super::ModuleNode::provider_config`] leads to the configuration itself.
    pub provider: ProviderRef,
    /// What it waits for beyond what it refers to.
    pub depends_on: Vec<Traversal>,
    /// The `lifecycle` block, or the defaults.
    pub lifecycle: Lifecycle,
    /// Provisioners in written order (managed resources only).
    pub provisioners: Vec<Provisioner>,
    /// The connection its provisioners share.
    pub connection: Option<Connection>,
    /// What the provider's schema decides on: everything but the above.
    pub body: Body,
    /// The `check` block it stands in (data sources only).
    pub check: Option<Arc<str>>,
}

impl ResourceBlock {
    /// Managed, data or ephemeral.
    pub fn mode(&self) -> ResourceMode {
        self.addr.mode
    }
}
