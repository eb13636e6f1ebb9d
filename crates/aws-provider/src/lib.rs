//! The native AWS provider: one declaration per resource type.
//!
//! **Takes** provider calls from the engine.
//! **Gives** AWS calls and Terraform-shaped state.
//! **Never** special-cases the sandbox.
