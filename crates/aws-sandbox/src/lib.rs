//! An AWS endpoint on loopback for rehearsals and tests.
//!
//! **Takes** AWS requests over HTTP.
//! **Gives** AWS's answers, from state it keeps.
//! **Never** answers what it does not know, or uses the provider.
//!
//! Choices a user can notice:
//! - An account starts empty: there is no default VPC, so that after a destroy nothing is left.
//! - Any signature is accepted, but there must be an access key id. Callers are the IAM user `sandbox` of the
//!   account, or the session of a role after `AssumeRole` (any role of any account may be assumed).
//! - Time is virtual: see [`ClockSource`].
//! - IAM changes take effect at once. Permissions are kept and validated, never enforced.

mod authorize;
mod autoscaling;
mod backup;
mod clock;
mod cloudtrail;
mod cloudwatch;
mod context;
mod disk;
mod document;
mod dynamodb;
mod ec2;
mod efs;
mod eks;
mod elasticache;
mod error;
mod events;
mod iam;
mod ids;
mod input;
pub mod issuer;
mod kms;
mod logs;
mod page;
mod policy;
mod quota;
mod rds;
mod redshift;
mod rolesanywhere;
mod s3;
mod sandbox;
mod server;
mod sns;
mod sqs;
mod ssm;
mod store;
mod sts;
mod subnet_list;
mod transport;

pub use clock::ClockSource;
pub use error::{Answer, AwsError};
pub use quota::Quotas;
pub use sandbox::{Caller, Sandbox, SandboxOptions};
pub use server::Server;
