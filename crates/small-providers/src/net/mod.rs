//! Requests over HTTP/1.1, and whom they trust.

mod client;
mod connect;
mod trust;

pub use client::{Answer, Ask, ask};
pub use connect::{Proxies, connect};
pub use trust::Trust;
