//! The seam between the engine and every provider.
//!
//! **Takes** nothing; it declares.
//! **Gives** the Provider trait, the registry, a fake provider, a behaviour suite.
//! **Never** talks to a cloud.
