//! Brings remote sources to local folders.
//!
//! **Takes** a source address, and how the world is reached.
//! **Gives** a local folder with the source's files, out of a cache that all runs share.
//! **Never** interprets what it fetched.

mod archive;
mod cache;
mod checksum;
mod copy;
mod fetcher;
mod git;
mod hosts;
mod package;
mod registry;
mod s3;
mod source;
mod web;

pub use copy::copy_tree;
pub use fetcher::{FetchOptions, Fetched, Fetcher};
pub use hosts::Hosts;
pub use source::{DEFAULT_REGISTRY, GitSource, HttpSource, Query, RegistrySource, S3Source, Source, redact};
pub use web::{Part, Web};

use craton_model::Diagnostic;
use std::path::Path;

pub(crate) fn io_error(doing: &str, path: &Path, e: &std::io::Error) -> Diagnostic {
    Diagnostic::error("Failed to write files", format!("Could not {doing} {}: {e}.", path.display()))
}
