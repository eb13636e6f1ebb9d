//! RDS: DB subnet groups and their tags. Databases themselves are not simulated.

mod subnet_group;
mod tags;

use crate::error::{Answer, AwsError};
use crate::input::Input;
use crate::page;
use crate::sandbox::Operations;

/// Everything RDS answers.
pub(crate) const OPERATIONS: &[Operations] = &[subnet_group::OPERATIONS, tags::OPERATIONS];

fn not_found(name: &str) -> AwsError {
    AwsError::new("DBSubnetGroupNotFoundFault", format!("DB subnet group '{name}' does not exist.")).status(404)
}

/// `{<list>: page, Marker}`. Source: MaxRecords of the Describe operations in the RDS API reference.
fn paged(input: &Input, list: &str, all: Vec<serde_json::Value>) -> Answer {
    let max = match input.opt_int("MaxRecords")?.unwrap_or(100) {
        n @ 20..=100 => usize::try_from(n).unwrap_or(100),
        n => return Err(input.invalid(format!("Invalid value {n} for MaxRecords. Must be between 20 and 100"))),
    };
    let page = page::cut(all, Some(max), input.filled("Marker")?, "InvalidParameterValue")?;
    Ok(page::document(list, page, "Marker"))
}
