//! Every resource type that is built in.

use crate::decl::Resource;
use crate::{ec2, efs, elasticache, iam, kms, logs, rds, redshift};

/// All of them.
pub fn all() -> impl Iterator<Item = &'static Resource> {
    [ec2::ALL, efs::ALL, elasticache::ALL, iam::ALL, kms::ALL, logs::ALL, rds::ALL, redshift::ALL]
        .into_iter()
        .flatten()
        .copied()
}
