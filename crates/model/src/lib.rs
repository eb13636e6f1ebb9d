//! The nouns of craton: values, types, addresses, schema, plan, state, diagnostics, events.
//!
//! **Takes** nothing but what its callers construct.
//! **Gives** the documents that flow between the other crates.
//! **Never** does I/O, waits, or knows a provider.

pub mod addr;
pub mod convert;
pub mod diag;
pub mod event;
pub mod flatmap;
pub mod json;
pub mod number;
pub mod ops;
pub mod path;
pub mod plan;
pub mod schema;
pub mod span;
pub mod state;
pub mod types;
pub mod unify;
pub mod value;
pub mod version;

pub use convert::{ConvertError, convert};
pub use diag::{Diagnostic, Diagnostics, Severity, similar};
pub use event::{ApplyItem, Event, EventSink, NoEvents};
pub use number::Number;
pub use ops::equal;
pub use path::{Path, Step};
pub use plan::Plan;
pub use span::{FileId, Position, Source, Span};
pub use state::State;
pub use types::{ObjectType, Type};
pub use unify::{unify, unify_safe};
pub use value::{Data, Entries, Marks, Refinement, Value};
