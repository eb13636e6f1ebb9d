//! What runs made is destroyed at the end of their file.

use std::collections::BTreeMap;

use craton_config::TestFile;
use craton_engine::{CancelToken, PlanOptions};
use craton_model::addr::ResourceMode;
use craton_model::plan::PlanMode;
use craton_model::{Diagnostics, State};

use super::execute::{InMemory, session};
use super::{Kept, Suite};

/// Destroys what is in the states, the state that was changed last first. Tells whether nothing is left.
pub async fn all(suite: &Suite<'_>, file: &TestFile, states: BTreeMap<String, Kept>) -> bool {
    let mut states: Vec<Kept> = states.into_values().filter(|k| k.state.instances().next().is_some()).collect();
    states.sort_by_key(|k| std::cmp::Reverse(k.at));
    let mut clean = true;
    for kept in states {
        suite.report.teardown(file, &kept.run);
        // What was made must go, also after an interrupt.
        let (left, found) = destroy(suite, &kept).await;
        let left: Vec<String> = left
            .instances()
            .filter(|(addr, ..)| addr.resource.mode == ResourceMode::Managed)
            .flat_map(|(addr, _, instance)| {
                let current = instance.current.iter().map(|_| addr.to_string());
                let deposed = instance.deposed.keys().map(|key| format!("{addr} (deposed object {key})"));
                current.chain(deposed).collect::<Vec<_>>()
            })
            .collect();
        clean &= left.is_empty() && !found.has_errors();
        suite.report.cleanup(file, &kept.run, &found, &left);
    }
    clean
}

async fn destroy(suite: &Suite<'_>, kept: &Kept) -> (State, Diagnostics) {
    let session = session(suite, &kept.prepared, kept.state.clone(), CancelToken::new());
    let options = PlanOptions { mode: PlanMode::Destroy, ..PlanOptions::default() };
    let (plan, mut found) = session.plan(options).await;
    if found.has_errors() {
        return (kept.state.clone(), found);
    }
    let (state, more) = session.apply(&plan, &InMemory).await;
    found.extend(more);
    (state, found)
}
