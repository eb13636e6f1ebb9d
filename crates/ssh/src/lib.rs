//! Runs scripts on other machines and copies files to them, over SSH.
//!
//! **Takes** the arguments of a connection, and scripts or files.
//! **Gives** lines of output while it works, and whether it succeeded.
//! **Never** reads configuration, or prints a key or a password.
//!
//! The arguments are those of Terraform's `connection` blocks
//! (<https://developer.hashicorp.com/terraform/language/resources/provisioners/connection>). Files are copied with the
//! scp protocol over a channel, so that servers without SFTP work.

mod agent;
mod arguments;
mod auth;
mod connect;
mod duration;
mod exec;
mod host_key;
mod keys;
mod proxy;
mod remote;
mod scp;
mod secret;

pub use arguments::{Connection, Platform};
pub use remote::{Content, Line, Script, Tell, run_scripts, upload};
