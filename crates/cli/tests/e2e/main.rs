//! The built program, end to end and offline: folders of configuration, the sandbox, what is said and what is done.
//!
//! One program for all of it, so that it is linked once. A new file is a new `mod` line here.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]

mod apply;
mod base;
mod bootstrap;
mod case;
mod command_line;
mod conditions;
mod console;
mod crash;
mod describe;
mod effective;
mod endpoint;
mod generated;
mod hcl;
mod initialise;
mod listing;
mod lock;
mod many;
mod messages;
mod mistakes;
mod mistakes_aws;
mod mistakes_units;
mod organisation;
mod origin;
mod pins;
mod plan_file;
mod program;
mod promises;
mod remote;
mod render;
mod scaffold;
mod small_providers;
mod sources;
#[path = "../../../ssh/tests/ssh/server.rs"]
mod ssh_server;
mod stacks;
mod state_edits;
mod state_file;
mod test_command;
mod tree_plan;
mod unit;
mod unit_flags;
