//! The nouns of craton: values, types, addresses, schema, plan, state, diagnostics, events.
//!
//! **Takes** nothing but what its callers construct.
//! **Gives** the documents that flow between the other crates.
//! **Never** does I/O, waits, or knows a provider.

pub mod diag;
pub mod span;

pub use diag::{Diagnostic, Diagnostics, Severity, similar};
pub use span::{FileId, Position, Source, Span};
