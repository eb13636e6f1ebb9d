//! Folders to units to ordered engine sessions.
//!
//! **Takes** a working folder with terragrunt.hcl files.
//! **Gives** units with generated files, inputs and backends, in order.
//! **Never** plans or applies by itself.

mod arguments;
mod config;
mod context;
mod decode;
mod dependency;
mod evaluation;
mod functions;
mod generate;
mod graph;
mod hooks;
mod merge;
mod remote_state;
mod render;
mod session;
mod source;
mod unit;

pub use arguments::Extra;
pub use config::{
    Config, Dependency, DependencyMerge, ErrorRules, Exclude, ExtraArguments, Generate, Hook, IamRole, IfDisabled,
    IfExists, IgnoreRule, RemoteState, RetryRule, TerraformBlock,
};
pub use generate::SIGNATURE;
pub use graph::{Edges, Order, discover, order};
pub use hooks::{HookFailure, HookKind};
pub use render::render_value;
pub use session::{AwsIdentity, NoOutside, Options, Outside, Terragrunt};
pub use unit::{BackendConfig, Prepared, Unit};
