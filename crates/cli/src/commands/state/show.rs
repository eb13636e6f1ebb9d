//! `state show`

use craton_model::addr::{InstanceKey, ResourceInstance};
use craton_model::{Diagnostic, State};

use super::{invalid, missing};
use crate::app::{App, Ended, Outcome};
use crate::render;
use crate::unit::Work;

/// Shows an instance.
pub async fn run(app: &App, work: &Work, state: &State, address: &str) -> Ended {
    let addr = ResourceInstance::parse(address).ok_or_else(|| invalid(address))?;
    let resource = state.resources.get(&addr.resource());
    let (Some(resource), Some(object)) = (resource, state.current(&addr)) else {
        let keys = resource.into_iter().flat_map(|r| r.instances.keys());
        let several: Vec<String> = keys
            .filter(|k| **k != InstanceKey::None)
            .map(|k| addr.resource().instance(k.clone()).to_string())
            .collect();
        if addr.key == InstanceKey::None && !several.is_empty() {
            let detail = format!("{address} has several instances. Name one of them:\n  {}", several.join("\n  "));
            return Err(Diagnostic::error("No instance found for the given address", detail).into());
        }
        return Err(missing(state, address).into());
    };
    let schemas = work.schemas_of(state).await;
    print!("{}", render::state::object(&addr, &resource.provider.provider, object, None, &schemas, &app.out));
    Ok(Outcome::Done)
}
