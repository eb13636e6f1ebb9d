//! Turns a folder into a module tree.
//!
//! **Takes** a folder of .tf files.
//! **Gives** a module tree, one noun per block kind, with spans.
//! **Never** evaluates what depends on state or a plan.

pub mod reference;
pub mod types;
pub mod version;

mod decode;
mod nouns;
mod statics;

pub use nouns::*;
