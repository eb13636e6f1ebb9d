//! Locks on a state: who holds one, and since when.

use serde::{Deserialize, Serialize};

use craton_model::Diagnostic;

/// What a lock says of its holder, in the form that Terraform keeps it in (the `.tflock` object,
/// the DynamoDB item, the `.lock.info` file).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct LockInfo {
    /// Identifies this lock; `force-unlock` takes it.
    #[serde(rename = "ID")]
    pub id: String,
    /// What the holder is doing.
    #[serde(default)]
    pub operation: String,
    /// More about it; usually empty.
    #[serde(default)]
    pub info: String,
    /// `user@host`.
    #[serde(default)]
    pub who: String,
    /// The version of the holder's program.
    #[serde(default)]
    pub version: String,
    /// When it was taken, RFC 3339, UTC.
    #[serde(default)]
    pub created: String,
    /// What is locked.
    #[serde(default)]
    pub path: String,
}

impl LockInfo {
    /// A lock for this process. `operation` is what Terraform calls it: `OperationTypeApply`,
    /// `OperationTypePlan`, ...
    pub fn new(operation: &str) -> Self {
        let user = std::env::var("USER").or_else(|_| std::env::var("USERNAME")).unwrap_or_else(|_| "unknown".into());
        let host = rustix::system::uname().nodename().to_string_lossy().into_owned();
        Self {
            id: uuid::Uuid::new_v4().to_string(),
            operation: operation.into(),
            info: String::new(),
            who: format!("{user}@{host}"),
            version: env!("CARGO_PKG_VERSION").into(),
            created: now(),
            path: String::new(),
        }
    }
}

/// The present moment, RFC 3339 in UTC.
pub fn now() -> String {
    time::OffsetDateTime::now_utc().format(&time::format_description::well_known::Rfc3339).unwrap_or_default()
}

/// A moment, RFC 3339 in UTC.
pub fn stamp(at: std::time::SystemTime) -> String {
    time::OffsetDateTime::from(at).format(&time::format_description::well_known::Rfc3339).unwrap_or_default()
}

/// Why a lock was not taken or given back.
#[derive(Debug)]
pub enum LockError {
    /// Somebody else holds it; `None` when the holder left no readable word.
    Held(Option<Box<LockInfo>>),
    /// It could not be asked for.
    Failed(Box<Diagnostic>),
}

impl LockError {
    /// What to tell people. `place` names the state.
    pub fn diagnostic(self, place: &str) -> Diagnostic {
        match self {
            LockError::Failed(d) => *d,
            LockError::Held(None) => Diagnostic::error(
                "State is locked",
                format!(
                    "{place} is locked by a program that left no word about itself. Nothing was changed. Wait until it has finished."
                ),
            ),
            LockError::Held(Some(i)) => Diagnostic::error(
                "State is locked",
                format!(
                    "{place} is locked by {} since {} ({}, version {}). Nothing was changed.\n\nWait until it has \
                     finished, or use -lock-timeout=5m. If you are sure that it runs no more:\n  craton force-unlock {}",
                    i.who, i.created, i.operation, i.version, i.id
                ),
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terraforms_form() {
        let text = r#"{"ID":"a","Operation":"OperationTypeApply","Info":"","Who":"me@here","Version":"1.11.4","Created":"2024-01-01T00:00:00Z","Path":"b/k"}"#;
        let lock: LockInfo = serde_json::from_str(text).unwrap();
        assert_eq!(serde_json::to_string(&lock).unwrap(), text);
    }
}
