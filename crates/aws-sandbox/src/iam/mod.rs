//! IAM: roles, users, groups, policies, instance profiles, identity providers. Policies are
//! kept and checked for form, the simulator evaluates them, and KMS asks those of whoever uses a key. Nothing else enforces them.

mod account;
mod attachment;
mod credentials;
mod group;
mod identity;
mod inline_policy;
mod instance_profile;
mod managed;
mod oidc;
mod password_policy;
mod policy;
mod policy_version;
mod role;
mod saml;
mod simulate;
mod ssh_key;
mod tags;
mod user;

use serde_json::{Value, json};

use crate::error::{Answer, AwsError};
use crate::input::Input;
use crate::page;
use crate::policy::Kind;
use crate::sandbox::Operations;

pub(crate) use identity::caller;

/// Everything IAM answers.
pub(crate) const OPERATIONS: &[Operations] = &[
    account::OPERATIONS,
    attachment::OPERATIONS,
    credentials::OPERATIONS,
    group::OPERATIONS,
    identity::OPERATIONS,
    inline_policy::OPERATIONS,
    instance_profile::OPERATIONS,
    oidc::OPERATIONS,
    password_policy::OPERATIONS,
    policy::OPERATIONS,
    policy_version::OPERATIONS,
    role::OPERATIONS,
    saml::OPERATIONS,
    simulate::OPERATIONS,
    tags::OPERATIONS,
    user::OPERATIONS,
];

fn no_such_entity(message: impl Into<String>) -> AwsError {
    AwsError::new("NoSuchEntity", message).status(404)
}

fn already_exists(message: impl Into<String>) -> AwsError {
    AwsError::new("EntityAlreadyExists", message).status(409)
}

fn delete_conflict(message: impl Into<String>) -> AwsError {
    AwsError::new("DeleteConflict", message).status(409)
}

fn limit_exceeded(message: impl Into<String>) -> AwsError {
    AwsError::new("LimitExceeded", message).status(409)
}

/// Names are unique whatever their case, so rows are under the name in lower case.
fn key(name: &str) -> String {
    name.to_lowercase()
}

/// Source: "IAM name requirements".
fn check_name(input: &Input, member: &str, name: &str, max: usize) -> Result<(), AwsError> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "+=,.@_-".contains(c);
    if name.is_empty() || !name.chars().all(allowed) {
        return Err(input.invalid(format!(
            "The specified value for {member} is invalid. It must contain only alphanumeric characters and/or the following: +=,.@_-"
        )));
    }
    if name.len() > max {
        return Err(input.invalid(format!(
            "1 validation error detected: Value '{name}' at '{member}' failed to satisfy constraint: Member must have length less than or equal to {max}"
        )));
    }
    Ok(())
}

/// The path of a request, `/` by default.
fn path(input: &Input) -> Result<String, AwsError> {
    let path = input.filled("Path")?.unwrap_or("/");
    if !(path.starts_with('/') && path.ends_with('/') && path.bytes().all(|b| b.is_ascii_graphic())) {
        return Err(input.invalid(
            "The specified value for path is invalid. It must begin and end with / and contain only alphanumeric characters and/or / characters.",
        ));
    }
    Ok(path.to_owned())
}

/// Checks a policy document as IAM does before it takes it.
fn check_policy(document: &str, kind: Kind) -> Result<(), AwsError> {
    crate::policy::check(document, kind).map(|_| ()).map_err(|why| AwsError::new("MalformedPolicyDocument", why))
}

/// A document as IAM returns it: percent-encoded after RFC 3986.
fn encoded(document: &str) -> String {
    let mut out = String::with_capacity(document.len() * 2);
    for b in document.bytes() {
        if b.is_ascii_alphanumeric() || b"-_.~".contains(&b) {
            out.push(char::from(b));
        } else {
            out.push_str(&format!("%{b:02X}"));
        }
    }
    out
}

/// `{<list>: page, IsTruncated, Marker}`.
fn paged(input: &Input, list: &str, all: Vec<Value>) -> Answer {
    let max = usize::try_from(input.opt_int("MaxItems")?.unwrap_or(100).clamp(1, 1000)).unwrap_or(100);
    let (page, next) = page::cut(all, Some(max), input.filled("Marker")?, "ValidationError")?;
    let mut out = json!({"IsTruncated": next.is_some()});
    crate::document::set(&mut out, list, page);
    crate::document::set_some(&mut out, "Marker", next);
    Ok(out)
}
