//! `moved` and `removed` blocks.

use super::Provisioner;
use craton_model::Span;
use craton_model::addr::{ConfigResource, InstanceKey, ModuleInstance, ModulePath, Resource};

/// A `moved` block (<https://developer.hashicorp.com/terraform/language/block/moved>).
#[derive(Clone, Debug)]
pub struct Moved {
    /// Where it was.
    pub from: MoveEndpoint,
    /// Where it is now.
    pub to: MoveEndpoint,
    /// The block's type.
    pub span: Span,
}

/// An address in a `moved` block, relative to the module the block stands in.
#[derive(Clone, Debug, PartialEq)]
pub struct MoveEndpoint {
    /// The module, or the module that holds the resource. Steps without a key stand for every instance where the last
    /// step is a module, as they do for resources.
    pub module: ModuleInstance,
    /// The resource, unless a module is moved as a whole. Without a key it is the resource with all its instances, or
    /// its only one.
    pub resource: Option<(Resource, InstanceKey)>,
    /// Where it is written.
    pub span: Span,
}

/// A `removed` block (<https://developer.hashicorp.com/terraform/language/block/removed>).
#[derive(Clone, Debug)]
pub struct Removed {
    /// What is no longer managed, relative to the module the block stands in.
    pub from: RemovedTarget,
    /// Whether the objects are destroyed (the default) or only forgotten.
    pub destroy: bool,
    /// Provisioners, `when = destroy` all of them.
    pub provisioners: Vec<Provisioner>,
    /// The block's type.
    pub span: Span,
}

/// What a `removed` block names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RemovedTarget {
    /// All instances of a resource.
    Resource(ConfigResource),
    /// Everything in a module.
    Module(ModulePath),
}
