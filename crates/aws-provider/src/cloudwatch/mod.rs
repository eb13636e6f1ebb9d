//! CloudWatch.

mod metric_alarm;

use crate::decl::{Resource, Service};

/// Every resource type here.
pub static ALL: &[&Resource] = &[&metric_alarm::METRIC_ALARM];

/// The service.
pub static CLOUDWATCH: Service = Service { id: "cloudwatch", faults: &[] };
