//! Everything people see.

pub mod diag;
pub mod diff;
pub mod junit;
pub mod plan;
pub mod state;
pub mod style;
pub mod test;
pub mod value;
