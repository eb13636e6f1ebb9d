//! Systems Manager: parameters, AWS's own public ones too, documents, associations. Nothing runs on machines.

mod association;
mod document;
mod parameter;
mod public;
mod tags;

use crate::sandbox::Operations;

/// Everything Systems Manager answers.
pub(crate) const OPERATIONS: &[Operations] =
    &[association::OPERATIONS, document::OPERATIONS, parameter::OPERATIONS, tags::OPERATIONS];
