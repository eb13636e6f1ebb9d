//! CloudWatch Logs.

mod log_group;

use crate::decl::{Resource, Service};

/// Every resource type here.
pub static ALL: &[&Resource] = &[&log_group::LOG_GROUP];

/// The service.
pub static LOGS: Service = Service { id: "logs", faults: &[] };
