//! Why a schema differs from the publisher's. Rows are `PROVIDER KIND NAME.PATH: what` as the task prints them, or the
//! beginning of that before `*`.

/// What differs, and why it may.
pub(super) const REASONS: &[(&str, &str)] = &[];
