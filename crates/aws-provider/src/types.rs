//! Every resource type that is built in.

use crate::decl::Resource;
use crate::{
    autoscaling, backup, cloudtrail, cloudwatch, dynamodb, ec2, efs, eks, elasticache, events, iam, kms, logs, rds,
    redshift, rolesanywhere, s3, sns, sqs, ssm,
};

/// All of them.
pub fn all() -> impl Iterator<Item = &'static Resource> {
    [
        autoscaling::ALL,
        backup::ALL,
        cloudtrail::ALL,
        cloudwatch::ALL,
        dynamodb::ALL,
        ec2::ALL,
        efs::ALL,
        eks::ALL,
        elasticache::ALL,
        events::ALL,
        iam::ALL,
        kms::ALL,
        logs::ALL,
        rds::ALL,
        redshift::ALL,
        rolesanywhere::ALL,
        s3::ALL,
        sns::ALL,
        sqs::ALL,
        ssm::ALL,
    ]
    .into_iter()
    .flatten()
    .copied()
}
