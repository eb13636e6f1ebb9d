//! EC2 Auto Scaling: groups with their instances, and schedules. Load is not simulated, so that a group has what it is
//! told to have.

mod around;
mod group;
mod schedule;

use serde_json::Value;

use crate::context::Ctx;
use crate::document::text;
use crate::error::AwsError;
use crate::sandbox::Operations;
pub(crate) use group::{Nodes, end, make_for_nodes, resize};

/// Everything Auto Scaling answers.
pub(crate) const OPERATIONS: &[Operations] = &[around::OPERATIONS, group::OPERATIONS, schedule::OPERATIONS];

/// What a timer does.
pub(crate) fn event(ctx: &mut Ctx, event: &str, key: &str) {
    match event {
        "asg-ended" => group::ended(ctx, key),
        "asg-pool-deleted" => around::pool_deleted(ctx, key),
        "asg-refreshed" => around::refreshed(ctx, key),
        _ => {}
    }
}

/// Whether somebody asked for this: no node group made it, and it is not on its way out.
pub(crate) fn made_by_somebody(doc: &Value) -> bool {
    doc.get("_with").is_none() && text(doc, "Status").is_empty()
}

fn invalid(message: impl Into<String>) -> AwsError {
    AwsError::new("ValidationError", message)
}
