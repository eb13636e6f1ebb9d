//! Small providers: null, time, random, tls, cloudinit, local, http.
//!
//! **Takes** the folder that relative paths start from and a clock.
//! **Gives** a factory for each provider, with the attributes, defaults and stored forms of the published one of the same
//! name (its documentation in the public registry is the source of these facts).
//! **Never** talks to AWS.
//!
//! A resource type is rows of [`decl::Attr`] and an implementation of [`decl::Resource`] that holds what is its own; planning,
//! checking and storing are done here for all of them.

mod cloudinit;
pub mod cx;
pub mod decl;
mod encode;
mod http;
mod local;
mod net;
mod null;
mod obj;
mod plan;
mod provider;
mod random;
mod schema;
mod time;
mod tls;
mod validate;

use std::sync::Arc;

use craton_model::addr::ProviderAddr;

pub use cx::{Clock, NetworkOnly, Servers, Surroundings, SystemClock};
pub use provider::SmallFactory;

const ALL: &[&decl::Declaration] = &[
    &cloudinit::PROVIDER,
    &http::PROVIDER,
    &local::PROVIDER,
    &null::PROVIDER,
    &random::PROVIDER,
    &time::PROVIDER,
    &tls::PROVIDER,
];

/// A factory for each of the providers, by the address that configurations ask for.
pub fn all(surroundings: Surroundings) -> impl Iterator<Item = (ProviderAddr, Arc<SmallFactory>)> {
    let surroundings = Arc::new(surroundings);
    ALL.iter()
        .map(move |d| (ProviderAddr::new("hashicorp", d.name), Arc::new(SmallFactory::new(d, surroundings.clone()))))
}
