//! `state list`

use craton_model::State;
use craton_model::addr::{ResourceInstance, ResourceMode};

use super::{check, covers};
use crate::app::{Ended, Outcome};

/// Lists instances: all, those at or below addresses, those with an id.
pub fn run(state: &State, id: Option<&str>, addresses: &[String]) -> Ended {
    check(state, addresses)?;
    let mut all: Vec<_> = state.instances().collect();
    // Terraform's order: outer modules before the modules within them, data sources before managed resources.
    all.sort_by(|(a, ..), (b, ..)| {
        let key = |x: &ResourceInstance| (x.module.0.len(), x.module.clone(), x.resource.mode == ResourceMode::Managed);
        key(a).cmp(&key(b)).then_with(|| a.cmp(b))
    });
    for (addr, _, instance) in all {
        let Some(object) = &instance.current else { continue };
        let wanted = addresses.is_empty() || addresses.iter().any(|a| covers(a, &addr));
        let fits = id.is_none_or(|id| object.attributes.get("id").and_then(|v| v.as_str()) == Some(id));
        if wanted && fits {
            println!("{addr}");
        }
    }
    Ok(Outcome::Done)
}
