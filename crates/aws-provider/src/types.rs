//! Every resource type that is built in.

use crate::decl::Resource;
use crate::{autoscaling, cloudtrail, cloudwatch, ec2, efs, eks, elasticache, iam, kms, logs, rds, redshift, s3, ssm};

/// All of them.
pub fn all() -> impl Iterator<Item = &'static Resource> {
    [
        autoscaling::ALL,
        cloudtrail::ALL,
        cloudwatch::ALL,
        ec2::ALL,
        efs::ALL,
        eks::ALL,
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
