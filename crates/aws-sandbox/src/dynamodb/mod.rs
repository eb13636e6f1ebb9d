//! DynamoDB: tables with their indexes and settings, and as far as lock tables need it items, put, read and deleted under a
//! condition.

mod condition;
mod index;
mod item;
mod settings;
mod table;

use crate::sandbox::Operations;

pub(crate) use table::{active, deleted};

/// Everything DynamoDB answers.
pub(crate) const OPERATIONS: &[Operations] = &[item::OPERATIONS, settings::OPERATIONS, table::OPERATIONS];
