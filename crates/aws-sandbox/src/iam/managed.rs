//! AWS's own managed policies, by name. What they say is AWS's to say and changes; the sandbox knows that they are there
//! and can be attached.

/// Path and name of those that modules use. Source: the AWS managed policy reference.
const POLICIES: &[&str] = &[
    "/AdministratorAccess",
    "/AmazonCognitoPowerUser",
    "/AmazonCognitoReadOnly",
    "/AmazonDynamoDBFullAccess",
    "/AmazonDynamoDBReadOnlyAccess",
    "/AmazonEC2ContainerRegistryFullAccess",
    "/AmazonEC2ContainerRegistryPowerUser",
    "/AmazonEC2ContainerRegistryPullOnly",
    "/AmazonEC2ContainerRegistryReadOnly",
    "/AmazonEC2FullAccess",
    "/AmazonEC2ReadOnlyAccess",
    "/AmazonECS_FullAccess",
    "/AmazonEKSBlockStoragePolicy",
    "/AmazonEKSClusterPolicy",
    "/AmazonEKSComputePolicy",
    "/AmazonEKSFargatePodExecutionRolePolicy",
    "/AmazonEKSLoadBalancingPolicy",
    "/AmazonEKSNetworkingPolicy",
    "/AmazonEKSServicePolicy",
    "/AmazonEKSVPCResourceController",
    "/AmazonEKSWorkerNodeMinimalPolicy",
    "/AmazonEKSWorkerNodePolicy",
    "/AmazonEKS_CNI_Policy",
    "/AmazonElastiCacheFullAccess",
    "/AmazonElasticFileSystemClientReadWriteAccess",
    "/AmazonElasticFileSystemFullAccess",
    "/AmazonElasticFileSystemReadOnlyAccess",
    "/AmazonRDSFullAccess",
    "/AmazonRDSReadOnlyAccess",
    "/AmazonRoute53FullAccess",
    "/AmazonRoute53ReadOnlyAccess",
    "/AmazonS3FullAccess",
    "/AmazonS3ReadOnlyAccess",
    "/AmazonSNSFullAccess",
    "/AmazonSNSReadOnlyAccess",
    "/AmazonSQSFullAccess",
    "/AmazonSQSReadOnlyAccess",
    "/AmazonSSMFullAccess",
    "/AmazonSSMManagedInstanceCore",
    "/AmazonSSMPatchAssociation",
    "/AmazonSSMReadOnlyAccess",
    "/AmazonVPCFullAccess",
    "/AmazonVPCReadOnlyAccess",
    "/AWSBackupFullAccess",
    "/AWSKeyManagementServicePowerUser",
    "/AWSLambda_FullAccess",
    "/AWSLambda_ReadOnlyAccess",
    "/AWSXRayDaemonWriteAccess",
    "/AWSXrayWriteOnlyAccess",
    "/CloudWatchAgentAdminPolicy",
    "/CloudWatchAgentServerPolicy",
    "/CloudWatchFullAccess",
    "/CloudWatchLogsFullAccess",
    "/CloudWatchReadOnlyAccess",
    "/IAMFullAccess",
    "/IAMReadOnlyAccess",
    "/PowerUserAccess",
    "/ReadOnlyAccess",
    "/SecretsManagerReadWrite",
    "/SecurityAudit",
    "/job-function/Billing",
    "/job-function/NetworkAdministrator",
    "/job-function/SystemAdministrator",
    "/job-function/ViewOnlyAccess",
    "/service-role/AWSBackupServiceRolePolicyForBackup",
    "/service-role/AWSBackupServiceRolePolicyForRestores",
    "/service-role/AWSLambdaBasicExecutionRole",
    "/service-role/AWSLambdaVPCAccessExecutionRole",
    "/service-role/AmazonEBSCSIDriverPolicy",
    "/service-role/AmazonEC2ContainerServiceAutoscaleRole",
    "/service-role/AmazonEC2RoleforSSM",
    "/service-role/AmazonECSTaskExecutionRolePolicy",
    "/service-role/AmazonEFSCSIDriverPolicy",
    "/service-role/AmazonRDSEnhancedMonitoringRole",
];

/// Path (with both slashes) and name of the policy with an ARN.
pub(crate) fn find(arn: &str) -> Option<(&'static str, &'static str)> {
    let path = arn.strip_prefix("arn:aws:iam::aws:policy")?;
    let full = POLICIES.iter().find(|p| **p == path)?;
    let at = full.rfind('/')? + 1;
    Some((&full[..at], &full[at..]))
}

/// The ARNs of all.
pub(crate) fn arns() -> impl Iterator<Item = String> {
    POLICIES.iter().map(|p| format!("arn:aws:iam::aws:policy{p}"))
}
