//! tfstate version 4 and the backends that keep it.
//!
//! **Takes** a State and a backend configuration.
//! **Gives** durable, locked, atomic state.
//! **Never** forgets or overwrites what another writer wrote.
