//! Decide and do: graph, refresh, plan, steps, apply.
//!
//! **Takes** a module tree, variables, a state and providers.
//! **Gives** a Plan, and State after each step; events on the way.
//! **Never** prints, or names a provider.
//!
//! [`Session`] is the only door. One operation is one walk over the graph of blocks: each node is
//! visited when what it refers to is there, and leaves its result in an append-only table that
//! expressions are looked up in.

mod apply;
mod beyond;
mod cancel;
mod checks;
mod destroy;
mod dot;
mod evaluate;
mod evaluated;
mod expand;
mod functions;
mod graph;
mod imports;
mod itself;
mod keeper;
mod limit;
mod local_exec;
mod look;
mod moves;
mod object;
mod order;
mod orphans;
mod outputs;
mod overrides;
mod plan;
mod plan_data;
mod plan_managed;
mod providers;
mod provision;
mod refresh;
mod relevant;
mod remote;
mod resolve;
mod run_step;
mod session;
mod steps;
mod table;
mod target;
mod undeclared;
mod validate;
mod values;
mod walk;

pub use beyond::{beyond, fits};
pub use cancel::CancelToken;
pub use checks::{CHECK_FAILED, OPEN_CHECK};
pub use evaluated::{Evaluated, Names, ResultScope};
pub use imports::Imported;
pub use look::Look;
pub use overrides::{ModuleOverride, Overrides, ResourceOverride, StandIn};
pub use provision::schema as provisioner_schema;
pub use remote::{Communicator, RemoteLine, RemoteWork};
pub use session::{Functions, PlanOptions, Session, SessionOptions, StateWriter, stale};
