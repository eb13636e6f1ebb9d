//! EC2 Auto Scaling: groups and schedules.

mod group;
mod parts;
mod schedule;

use crate::decl::{Resource, Service};

/// Every resource type here.
pub static ALL: &[&Resource] = &[&group::GROUP, &schedule::SCHEDULE];

/// The service.
pub static AUTOSCALING: Service = Service { id: "autoscaling", faults: &[("AlreadyExists", "name")] };
