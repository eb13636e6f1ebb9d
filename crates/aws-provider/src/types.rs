//! Every resource type that is built in.

use crate::decl::Resource;
use crate::{cloudtrail, cloudwatch, ec2, efs, elasticache, iam, kms, logs, rds, redshift, s3, ssm};

/// All of them.
pub fn all() -> impl Iterator<Item = &'static Resource> {
    [
        cloudtrail::ALL,
        cloudwatch::ALL,
        ec2::ALL,
        efs::ALL,
        elasticache::ALL,
        iam::ALL,
        kms::ALL,
        logs::ALL,
        rds::ALL,
        redshift::ALL,
        s3::ALL,
        ssm::ALL,
    ]
    .into_iter()
    .flatten()
    .copied()
}
