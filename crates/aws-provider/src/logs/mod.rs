//! CloudWatch Logs.

mod log_group;
mod metric_filter;
mod resource_policy;

use crate::decl::{Resource, Service};

/// Every resource type here.
pub static ALL: &[&Resource] =
    &[&log_group::LOG_GROUP, &metric_filter::METRIC_FILTER, &resource_policy::RESOURCE_POLICY];

/// The service.
pub static LOGS: Service = Service { id: "logs", faults: &[] };
