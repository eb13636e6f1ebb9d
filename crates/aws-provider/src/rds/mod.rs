//! RDS.

mod db_subnet_group;

use crate::decl::{Resource, Service};

/// Every resource type here.
pub static ALL: &[&Resource] = &[&db_subnet_group::DB_SUBNET_GROUP];

/// The service.
pub static RDS: Service = Service { id: "rds", faults: &[] };
