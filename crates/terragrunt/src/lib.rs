//! Folders to units to ordered engine sessions.
//!
//! **Takes** a working folder with terragrunt.hcl files.
//! **Gives** units with generated files, inputs and backends, in order.
//! **Never** plans or applies by itself.

mod arguments;
mod check;
mod config;
mod context;
mod credentials;
mod decode;
mod dependency;
mod discovery;
mod evaluation;
mod filter;
mod functions;
mod generate;
mod graph;
mod hooks;
mod locals;
mod merge;
mod queue;
mod remote_state;
mod render;
mod rendered;
mod session;
mod settle;
mod source;
mod stack;
mod unit;

pub use arguments::Extra;
pub use config::{
    AwsKeys, Config, Dependency, DependencyGiven, DependencyMerge, ErrorRules, Exclude, ExtraArguments, Generate, Hook,
    IamRole, IfDisabled, IfExists, IgnoreRule, RemoteState, RetryRule, TerraformBlock,
};
pub use credentials::Credentials;
pub use discovery::{Component, ComponentKind, STACK_FILE, components, discover};
pub use filter::{Expr as FilterExpr, Filters, Selection, Universe, check_out, default_branch, give_back};
pub use functions::default_retry;
pub use generate::SIGNATURE;
pub use graph::{Edges, Order, levels, order};
pub use hooks::{HookFailure, HookKind};
pub use queue::{Policy, Queue, Status};
pub use render::render_value;
pub use session::{AwsIdentity, NoOutside, Options, Outside, STRICT_CONTROLS, Terragrunt, relative};
pub use source::{fetch as fetch_source, parse as parse_source};
pub use stack::{Generated, STACK_DIR, generate as generate_stacks, generated_folders, stack_outputs};
pub use unit::{BackendConfig, Prepared, TERRAGRUNT_VERSION, Unit};
