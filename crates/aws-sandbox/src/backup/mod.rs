//! AWS Backup: vaults with their recovery points, plans and selections, backups on demand. Schedules start nothing.

mod job;
mod plan;
mod selection;
mod tags;
mod vault;

use serde_json::Value;

use crate::context::Ctx;
use crate::error::{Answer, AwsError};
use crate::input::Input;
use crate::page;
use crate::sandbox::Operations;

/// Everything AWS Backup answers.
pub(crate) const OPERATIONS: &[Operations] =
    &[job::OPERATIONS, plan::OPERATIONS, selection::OPERATIONS, tags::OPERATIONS, vault::OPERATIONS];

fn error(code: &str, message: impl Into<String>) -> AwsError {
    AwsError::new(code, message)
}

fn bad(message: impl Into<String>) -> AwsError {
    error("InvalidParameterValueException", message)
}

fn not_found(message: impl Into<String>) -> AwsError {
    error("ResourceNotFoundException", message)
}

/// Names of rules and selections. Source: `BackupRuleName` and `BackupSelectionName` in the API reference.
fn check_name(what: &str, name: &str) -> Result<(), AwsError> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    match (1..=50).contains(&name.len()) && name.chars().all(allowed) {
        true => Ok(()),
        false => Err(bad(format!("The {what} {name:?} is not valid: 1 to 50 letters, digits and -_. are possible"))),
    }
}

/// `{<list>: page, NextToken}`.
fn paged(input: &Input, list: &str, all: Vec<Value>) -> Answer {
    let limit = input.opt_int("MaxResults")?.and_then(|n| usize::try_from(n).ok()).unwrap_or(1000).clamp(1, 1000);
    let page = page::cut(all, Some(limit), input.filled("NextToken")?, "InvalidParameterValueException")?;
    Ok(page::document(list, page, "NextToken"))
}

/// Whether a document counts as one that is there because somebody asked for it.
pub(crate) fn made_by_somebody(kind: &str) -> bool {
    kind != job::TABLE && kind != vault::POINTS
}

/// Does what a timer is for.
pub(crate) fn event(ctx: &mut Ctx, event: &str, key: &str) {
    match event {
        "backup-job-done" => job::done(ctx, key),
        _ => vault::point_deleted(ctx, key),
    }
}
