//! The native AWS provider: one declaration per resource type.
//!
//! **Takes** provider calls from the engine.
//! **Gives** AWS calls and Terraform-shaped state.
//! **Never** special-cases the sandbox.
//!
//! A type is a static in a file of its own (`ec2/vpc.rs`), listed in its service's `ALL`. Everything that types have in
//! common (planning, reading in batches, tags, waits, errors) is in the modules beside this one and works from the
//! declaration; what a type has of its own is a hook in its file.

mod api;
mod apply;
mod as_of;
mod attribute_map;
mod autoscaling;
mod backup;
mod cloudtrail;
mod cloudwatch;
mod configure;
mod cx;
mod data;
pub mod decl;
mod doc;
mod dynamodb;
mod ec2;
mod efs;
mod eks;
mod elasticache;
mod endpoint_names;
mod events;
mod fail;
mod functions;
mod hash;
mod iam;
mod json;
mod kms;
mod loader;
mod logs;
mod names;
mod net;
mod obj;
mod plan;
mod provider;
mod provider_schema;
mod rds;
mod read;
mod redshift;
mod rolesanywhere;
mod s3;
mod schema;
mod sns;
mod sqs;
mod ssm;
mod subnet_groups;
mod tags;
mod timeouts;
mod types;
mod upgrade;
mod validate;
mod work;

pub use configure::TransportOptions;
pub use cx::{Cx, Settings};
pub use fail::Fail;
pub use obj::Obj;
pub use plan::Plan;
pub use provider::{AwsProvider, AwsProviderFactory, VERSION, provider_schema, served};
pub use work::Work;
