//! stub
pub(crate) const OPERATIONS: &[crate::sandbox::Operations] = &[];
