//! `state rm`

use craton_model::Diagnostics;
use craton_model::State;
use craton_model::addr::ResourceInstance;

use super::{check, covers, edited, finish};
use crate::app::{App, Ended};
use crate::args::{LockArgs, StateFileArgs};
use crate::unit::Work;

/// Forgets instances without destroying them.
pub async fn run(
    app: &App,
    work: &Work,
    files: &StateFileArgs,
    locking: &LockArgs,
    dry_run: bool,
    addresses: &[String],
) -> Ended {
    let open = edited(app, work, files, locking).await?;
    let mut gone = Vec::new();
    let change = remove(&open.state, addresses, &mut gone).map(|state| (!dry_run).then_some(state));
    let ended = finish(open, change).await?;
    for addr in &gone {
        println!("{} {addr}", if dry_run { "Would remove" } else { "Removed" });
    }
    if !dry_run {
        println!("Successfully removed {} resource instance(s).", gone.len());
    }
    Ok(ended)
}

fn remove(before: &State, addresses: &[String], gone: &mut Vec<ResourceInstance>) -> Result<State, Diagnostics> {
    check(before, addresses)?;
    let mut state = before.clone();
    gone.extend(state.instances().map(|(a, ..)| a).filter(|a| addresses.iter().any(|w| covers(w, a))));
    for addr in gone.iter() {
        if let Some(resource) = state.resources.get_mut(&addr.resource()) {
            resource.instances.remove(&addr.key);
            if resource.instances.is_empty() {
                state.resources.remove(&addr.resource());
            }
        }
    }
    Ok(state)
}
