//! tfstate (version 4 is written, all are read) and the backends that keep it.
//!
//! **Takes** a State and a backend configuration.
//! **Gives** durable, locked, atomic state.
//! **Never** forgets or overwrites what another writer wrote.

pub mod local;
pub mod lock;
mod older;
#[cfg(feature = "s3")]
pub mod place;
pub mod planfile;
#[cfg(feature = "s3")]
pub mod s3;
pub mod store;
pub mod suite;
pub mod tfstate;
pub mod treeplan;

pub use local::{Backup, Local, LocalConfig};
pub use lock::{LockError, LockInfo};
#[cfg(feature = "s3")]
pub use place::{BucketSettings, Difference, Encryption, Logging, Part, Place, TableSettings};
#[cfg(feature = "s3")]
pub use s3::{S3, S3Config};
pub use store::{Backend, DEFAULT_WORKSPACE, Store};
