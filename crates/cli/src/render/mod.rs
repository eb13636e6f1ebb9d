//! Everything people see.

pub mod diag;
pub mod diff;
pub mod plan;
pub mod state;
pub mod style;
pub mod why;
