//! DynamoDB.

mod change;
mod table;

use crate::decl::{Resource, Service};

/// Every resource type here.
pub static ALL: &[&Resource] = &[&table::TABLE];

/// The service.
pub static DYNAMODB: Service = Service { id: "dynamodb", faults: &[] };
