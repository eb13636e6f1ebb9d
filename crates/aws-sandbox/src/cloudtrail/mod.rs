//! CloudTrail: trails, what they record, whether they do. Nothing is delivered.

mod selectors;
mod trail;

use crate::sandbox::Operations;

/// Everything CloudTrail answers.
pub(crate) const OPERATIONS: &[Operations] = &[selectors::OPERATIONS, trail::OPERATIONS];
