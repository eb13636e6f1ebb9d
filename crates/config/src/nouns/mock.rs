//! Mocks and overrides of test files (<https://developer.hashicorp.com/terraform/language/tests/mocking>).

use craton_model::addr::{ModuleInstance, ResourceInstance, ResourceMode};
use craton_model::{Span, Value};
use std::fmt;
use std::sync::Arc;

/// A `mock_provider` block, with what the files of its `source` add.
#[derive(Clone, Debug)]
pub struct MockProvider {
    /// The provider's local name.
    pub name: Arc<str>,
    /// The alias, if it stands for another than the default configuration.
    pub alias: Option<Arc<str>>,
    /// When values are made up where nothing nearer says it.
    pub during: During,
    /// What is said of resource types and data sources, each once.
    pub types: Vec<MockType>,
    /// Overrides of what this provider manages.
    pub overrides: Vec<Override>,
    /// Type and label.
    pub span: Span,
}

/// A `mock_resource` or `mock_data` block.
#[derive(Clone, Debug)]
pub struct MockType {
    /// Managed resource or data source.
    pub mode: ResourceMode,
    /// The resource type.
    pub r#type: Arc<str>,
    /// Values for attributes that nobody configures: an object.
    pub defaults: Value,
    /// When they are used.
    pub during: During,
    /// Type and label.
    pub span: Span,
}

/// An `override_resource`, `override_data` or `override_module` block.
#[derive(Clone, Debug)]
pub struct Override {
    /// What it takes the place of.
    pub target: OverrideTarget,
    /// The attributes, or the module's outputs: an object.
    pub values: Value,
    /// When they are used.
    pub during: During,
    /// Where the target is written.
    pub span: Span,
}

/// What an override takes the place of. An address without a key means all instances.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OverrideTarget {
    /// A resource or data source.
    Resource(ResourceInstance),
    /// A module.
    Module(ModuleInstance),
}

impl fmt::Display for OverrideTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Resource(addr) => addr.fmt(f),
            Self::Module(addr) => addr.fmt(f),
        }
    }
}

/// From when on made-up values are there (`override_during`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum During {
    /// From the plan on.
    Plan,
    /// Once the object is applied; a plan says that they are known after apply.
    #[default]
    Apply,
}
