//! CloudTrail.

mod trail;

use crate::decl::{Resource, Service};

/// Every resource type here.
pub static ALL: &[&Resource] = &[&trail::TRAIL];

/// The service.
pub static CLOUDTRAIL: Service = Service { id: "cloudtrail", faults: &[] };
