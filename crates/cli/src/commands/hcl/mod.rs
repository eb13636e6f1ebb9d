//! `hcl`: commands on configuration files themselves.

mod fmt;
mod inputs;
mod validate;

use crate::app::{App, Ended};
use crate::args::HclCommand;

/// Runs one of them.
pub fn run(app: &App, command: &HclCommand) -> Ended {
    match command {
        HclCommand::Fmt(args) => tokio::task::block_in_place(|| fmt::run(app, args)),
        HclCommand::Validate(args) => tokio::task::block_in_place(|| validate::run(app, args)),
    }
}
