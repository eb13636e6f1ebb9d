//! EventBridge.

mod rule;
mod target;

use crate::decl::{Resource, Service};

/// Every resource type here.
pub static ALL: &[&Resource] = &[&rule::RULE, &target::TARGET];

/// The service.
pub static EVENTS: Service = Service { id: "events", faults: &[] };

/// The bus that rules are on when none is named.
const DEFAULT_BUS: &str = "default";
