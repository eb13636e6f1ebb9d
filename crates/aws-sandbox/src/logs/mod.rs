//! CloudWatch Logs: groups, streams, tags, retention, metric filters and resource policies.

mod group;
mod metric_filter;
mod resource_policy;
mod stream;
mod tags;

use serde_json::Value;

use crate::context::Ctx;
use crate::error::{Answer, AwsError};
use crate::input::Input;
use crate::page;
use crate::sandbox::Operations;

/// Everything CloudWatch Logs answers.
pub(crate) const OPERATIONS: &[Operations] =
    &[group::OPERATIONS, metric_filter::OPERATIONS, resource_policy::OPERATIONS, stream::OPERATIONS, tags::OPERATIONS];

fn not_found(message: impl Into<String>) -> AwsError {
    AwsError::new("ResourceNotFoundException", message)
}

fn already_exists(message: impl Into<String>) -> AwsError {
    AwsError::new("ResourceAlreadyExistsException", message)
}

fn paged(input: &Input, list: &str, all: Vec<Value>, default: usize) -> Answer {
    let limit = match input.opt_int("limit")? {
        None => default,
        Some(n @ 1..=1000) => usize::try_from(n).unwrap_or(default),
        Some(n) => {
            return Err(input.invalid(format!("1 validation error detected: Value '{n}' at 'limit' failed to satisfy constraint: Member must have value less than or equal to 50")));
        }
    };
    let page = page::cut(all, Some(limit), input.filled("nextToken")?, "InvalidParameterException")?;
    Ok(page::document(list, page, "nextToken"))
}

/// The group that a name, or an ARN with or without `:*`, means.
fn group_name(ctx: &Ctx, given: &str) -> String {
    let prefix = ctx.arn("logs", "log-group:");
    given.strip_prefix(&prefix).map_or(given, |n| n.trim_end_matches(":*")).to_owned()
}

/// Whether the group that an ARN means is there, for another service to write to.
pub(crate) fn has_group(ctx: &Ctx, arn: &str) -> bool {
    group::get(ctx, &group_name(ctx, arn)).is_ok()
}
