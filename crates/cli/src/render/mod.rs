//! Everything people see.

pub mod diag;
pub mod diff;
#[cfg(test)]
mod golden;
pub mod junit;
pub mod plan;
pub mod source;
pub mod state;
pub mod style;
pub mod test;
pub mod value;
pub mod why;
