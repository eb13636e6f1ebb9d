//! Publishers' provider plugins behind the Provider trait.
//!
//! **Takes** a provider address and version constraint.
//! **Gives** a Provider whose calls go over gRPC.
//! **Never** runs a plugin that was not verified.
