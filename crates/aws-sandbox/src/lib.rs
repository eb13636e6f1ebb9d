//! An AWS endpoint on loopback for rehearsals and tests.
//!
//! **Takes** AWS requests over HTTP.
//! **Gives** AWS's answers, from state it keeps.
//! **Never** answers what it does not know, or uses the provider.
