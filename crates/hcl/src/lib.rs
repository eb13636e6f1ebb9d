//! The HashiCorp configuration language: text to tree to value.
//!
//! **Takes** source text and a scope.
//! **Gives** a syntax tree with spans, values, formatted text, diagnostics.
//! **Never** knows the word resource, reads state, or calls back into a planner.
