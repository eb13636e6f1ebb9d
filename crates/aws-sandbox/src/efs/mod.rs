//! EFS: file systems with their policies and replication, mount targets, access points.

mod access_point;
mod file_system;
mod mount_target;
mod policy;
mod replication;
mod tags;

use serde_json::{Value, json};

use crate::context::Ctx;
use crate::document::{set, set_some};
use crate::error::{Answer, AwsError};
use crate::input::Input;
use crate::page;
use crate::sandbox::Operations;

/// Everything EFS answers.
pub(crate) const OPERATIONS: &[Operations] = &[
    access_point::OPERATIONS,
    file_system::OPERATIONS,
    mount_target::OPERATIONS,
    policy::OPERATIONS,
    replication::OPERATIONS,
    tags::OPERATIONS,
];

fn error(status: u16, code: &str, message: impl Into<String>) -> AwsError {
    AwsError::new(code, message).status(status)
}

fn bad(message: impl Into<String>) -> AwsError {
    error(400, "BadRequest", message)
}

/// The id in an id or ARN.
fn bare(given: &str) -> &str {
    given.rsplit_once('/').filter(|_| given.starts_with("arn:")).map_or(given, |(_, id)| id)
}

/// `{<list>: page, <next>: token}`, with the token that was given where `repeat` says so.
fn paged(input: &Input, list: &str, all: Vec<Value>, members: (&str, &str, &str)) -> Answer {
    let (max, token, next) = members;
    let limit = input.opt_int(max)?.and_then(|n| usize::try_from(n).ok()).unwrap_or(100).clamp(1, 1000);
    let given = input.filled(token)?;
    let (page, following) = page::cut(all, Some(limit), given, "BadRequest")?;
    let mut out = json!({});
    set(&mut out, list, page);
    if next != token {
        // Source: DescribeFileSystems: the marker of the request is in the answer too.
        set_some(&mut out, token, given);
    }
    set_some(&mut out, next, following);
    Ok(out)
}

/// Whether there is a file system with an id, for other services.
pub(crate) fn exists(ctx: &Ctx, id: &str) -> bool {
    file_system::get(ctx, id).is_ok()
}

/// Does what a timer is for.
pub(crate) fn event(ctx: &mut Ctx, event: &str, key: &str) {
    match event {
        "efs-file-system-settled" => file_system::settled(ctx, key),
        "efs-mount-target-settled" => mount_target::settled(ctx, key),
        "efs-access-point-settled" => access_point::settled(ctx, key),
        "efs-replication-settled" => replication::settled(ctx, key),
        _ => policy::settled(ctx, key),
    }
}
