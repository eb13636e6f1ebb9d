//! Each type's life, through the suite that every provider passes, and what is particular to it.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]

mod cloudinit;
mod local;
mod null;
mod random;
mod rig;
mod time;
