//! Providers: what a module requires, and how it configures them.

use crate::version::Constraint;
use craton_hcl::Body;
use craton_model::Span;
use craton_model::addr::ProviderAddr;
use std::fmt;
use std::sync::Arc;

/// A provider configuration as a module names it: `aws`, `aws.west`.
#[derive(Clone, Debug)]
pub struct ProviderRef {
    /// The provider's local name.
    pub name: Arc<str>,
    /// The alias, if it is not the default configuration.
    pub alias: Option<Arc<str>>,
    /// Where it is written, or what it was derived from.
    pub span: Span,
}

impl ProviderRef {
    /// Name and alias, to look things up with.
    pub fn key(&self) -> (Arc<str>, Option<Arc<str>>) {
        (self.name.clone(), self.alias.clone())
    }
}

impl fmt::Display for ProviderRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.alias {
            None => f.write_str(&self.name),
            Some(alias) => write!(f, "{}.{alias}", self.name),
        }
    }
}

/// A `provider` block (<https://developer.hashicorp.com/terraform/language/block/provider>).
#[derive(Clone, Debug)]
pub struct ProviderBlock {
    /// The provider's local name.
    pub name: Arc<str>,
    /// The alias, if it is not the default configuration.
    pub alias: Option<Arc<str>>,
    /// The old `version` argument, which now is a requirement like any other.
    pub version: Option<Constraint>,
    /// What the provider's schema decides on: everything but the above.
    pub body: Body,
    /// Type and label.
    pub span: Span,
}

/// An entry of `required_providers` (<https://developer.hashicorp.com/terraform/language/providers/requirements>).
#[derive(Clone, Debug)]
pub struct RequiredProvider {
    /// The provider's local name in this module.
    pub name: Arc<str>,
    /// What the name stands for.
    pub source: ProviderAddr,
    /// Which versions will do, if that is said.
    pub version: Option<Constraint>,
    /// Configurations that the calling module must pass.
    pub configuration_aliases: Vec<ConfigurationAlias>,
    /// Where it is written.
    pub span: Span,
}

/// An element of `configuration_aliases`.
#[derive(Clone, Debug)]
pub struct ConfigurationAlias {
    /// The alias.
    pub alias: Arc<str>,
    /// Where it is written.
    pub span: Span,
}
