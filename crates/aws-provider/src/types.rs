//! Every resource type that is built in.

use crate::decl::Resource;
use crate::{ec2, iam, logs, rds};

/// All of them.
pub fn all() -> impl Iterator<Item = &'static Resource> {
    [ec2::ALL, iam::ALL, logs::ALL, rds::ALL].into_iter().flatten().copied()
}
