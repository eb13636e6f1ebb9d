//! What a module is made of: one file per block kind. Expressions are left as they were written.

mod check;
mod import;
mod lifecycle;
mod mock;
mod module;
mod module_call;
mod moved;
mod output;
mod provider;
mod provisioner;
mod resource;
mod settings;
mod test_file;
mod test_run;
mod tree;
mod variable;

pub use check::Check;
pub use import::Import;
pub use lifecycle::{CheckRule, IgnoreChanges, IgnorePath, Lifecycle};
pub use mock::{During, MockProvider, MockType, Override, OverrideTarget};
pub use module::{Local, Module};
pub use module_call::{ModuleCall, PassedProvider};
pub use moved::{MoveEndpoint, Moved, Removed, RemovedTarget};
pub use output::Output;
pub use provider::{ConfigurationAlias, ProviderBlock, ProviderRef, RequiredProvider};
pub use provisioner::{Connection, OnFailure, Provisioner, When};
pub use resource::ResourceBlock;
pub use settings::{Backend, Cloud, CoreVersion, ProviderMeta};
pub use test_file::{TestFile, TestProvider};
pub use test_run::{Checkable, Expected, RunCommand, RunPlan, TestRun};
pub use tree::{ModuleNode, ModuleTree, Requirement};
pub use variable::Variable;
