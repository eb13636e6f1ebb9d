//! Every resource type that is built in.

use crate::decl::Resource;
use crate::{autoscaling, ec2, eks, elasticache, iam, logs, rds, redshift};

/// All of them.
pub fn all() -> impl Iterator<Item = &'static Resource> {
    [autoscaling::ALL, ec2::ALL, eks::ALL, elasticache::ALL, iam::ALL, logs::ALL, rds::ALL, redshift::ALL]
        .into_iter()
        .flatten()
        .copied()
}
