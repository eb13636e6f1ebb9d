//! Test files: what `test` runs.

use super::{MockProvider, Override, ProviderBlock, TestRun};
use craton_hcl::Expr;
use craton_model::Span;
use indexmap::IndexMap;
use std::sync::Arc;

/// A `.tftest.hcl` or `.tftest.json` file (<https://developer.hashicorp.com/terraform/language/tests>).
#[derive(Clone, Debug, Default)]
pub struct TestFile {
    /// Its path relative to the root module, with forward slashes: `tests/main.tftest.hcl`.
    pub name: String,
    /// Values for variables in all runs.
    pub variables: IndexMap<Arc<str>, Expr>,
    /// Provider configurations that take the place of the module's, by local name and alias.
    pub providers: IndexMap<(Arc<str>, Option<Arc<str>>), TestProvider>,
    /// Overrides in all runs.
    pub overrides: Vec<Override>,
    /// The runs, in written order.
    pub runs: Vec<TestRun>,
}

/// A `provider` or `mock_provider` block.
#[derive(Clone, Debug)]
pub enum TestProvider {
    /// A configuration of the real provider.
    Real(ProviderBlock),
    /// One that is never configured and makes its values up.
    Mock(MockProvider),
}

impl TestProvider {
    /// Type and label.
    pub fn span(&self) -> Span {
        match self {
            Self::Real(p) => p.span,
            Self::Mock(m) => m.span,
        }
    }
}

impl TestFile {
    /// What the names of its runs' modules begin with among the installed ones: `test.tests.main`.
    pub fn module_prefix(&self) -> Vec<Arc<str>> {
        let name = &self.name;
        let stem = name.strip_suffix(".tftest.hcl").or_else(|| name.strip_suffix(".tftest.json")).unwrap_or(name);
        std::iter::once("test").chain(stem.split('/')).map(Arc::from).collect()
    }
}
