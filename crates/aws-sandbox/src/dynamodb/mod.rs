//! DynamoDB, as far as lock tables need it: tables with their tags, and items put, read and deleted under a condition.

mod condition;
mod item;
mod table;

use crate::sandbox::Operations;

pub(crate) use table::{active, deleted};

/// Everything DynamoDB answers.
pub(crate) const OPERATIONS: &[Operations] = &[item::OPERATIONS, table::OPERATIONS];
