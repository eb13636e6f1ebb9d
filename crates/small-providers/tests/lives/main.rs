//! Each type's life, through the suite that every provider passes, and what is particular to it.
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stderr, reason = "a test that cannot go on has failed")]

mod cloudinit;
mod http;
mod local;
mod null;
mod random;
mod rig;
mod server;
mod time;
mod tls;
mod tls_servers;
