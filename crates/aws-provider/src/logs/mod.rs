//! x
use crate::decl::Resource;
/// Every resource type here.
pub static ALL: &[&Resource] = &[];
