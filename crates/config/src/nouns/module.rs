//! A module: the contents of one folder.

use super::{
    Backend, Check, Cloud, CoreVersion, Import, ModuleCall, Moved, Output, ProviderBlock, ProviderMeta, Removed,
    RequiredProvider, ResourceBlock, Variable,
};
use craton_hcl::Expr;
use craton_model::Span;
use craton_model::addr::{ProviderAddr, Resource, ResourceMode};
use indexmap::IndexMap;
use std::path::PathBuf;
use std::sync::Arc;

/// What the files of one folder declare, override files merged in. Everything is in written order, files by name.
#[derive(Clone, Debug, Default)]
pub struct Module {
    /// The folder relative to the root module, with `.` for the root itself: what `path.module` gives.
    pub dir: PathBuf,
    /// The folder to read its files from.
    pub folder: PathBuf,
    /// Input variables by name.
    pub variables: IndexMap<Arc<str>, Variable>,
    /// Local values by name.
    pub locals: IndexMap<Arc<str>, Local>,
    /// Output values by name.
    pub outputs: IndexMap<Arc<str>, Output>,
    /// Module calls by name.
    pub module_calls: IndexMap<Arc<str>, ModuleCall>,
    /// Managed resources, data sources (those in `check` blocks too) and ephemeral resources.
    pub resources: IndexMap<Resource, ResourceBlock>,
    /// Provider configurations by local name and alias.
    pub provider_configs: IndexMap<(Arc<str>, Option<Arc<str>>), ProviderBlock>,
    /// Required providers by local name.
    pub required_providers: IndexMap<Arc<str>, RequiredProvider>,
    /// All `required_version` arguments.
    pub required_versions: Vec<CoreVersion>,
    /// The backend.
    pub backend: Option<Backend>,
    /// The `cloud` block.
    pub cloud: Option<Cloud>,
    /// `provider_meta` blocks by local name.
    pub provider_metas: IndexMap<Arc<str>, ProviderMeta>,
    /// `moved` blocks.
    pub moved: Vec<Moved>,
    /// `removed` blocks.
    pub removed: Vec<Removed>,
    /// `import` blocks.
    pub imports: Vec<Import>,
    /// `check` blocks by name.
    pub checks: IndexMap<Arc<str>, Check>,
}

/// One argument of a `locals` block.
#[derive(Clone, Debug)]
pub struct Local {
    /// Its name.
    pub name: Arc<str>,
    /// Its value.
    pub expr: Expr,
    /// Name and value.
    pub span: Span,
}

impl Module {
    /// What a provider's local name stands for here.
    pub fn provider_addr(&self, local_name: &str) -> ProviderAddr {
        match self.required_providers.get(local_name) {
            Some(required) => required.source.clone(),
            None => ProviderAddr::implied(local_name),
        }
    }

    /// The resources of one mode.
    pub fn resources_of(&self, mode: ResourceMode) -> impl Iterator<Item = &ResourceBlock> {
        self.resources.values().filter(move |r| r.addr.mode == mode)
    }
}
