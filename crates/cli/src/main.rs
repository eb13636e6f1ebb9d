//! The craton command line.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "the one crate that talks to people")]
mod args;
mod json;
mod progress;
mod render;
fn main() {}
