"""Monitoring and compliance: records, tags, and what nobody may find."""

from reading import ACCOUNT, NAME, REGION, STATES, TAGS, promise, statements, tags, words
from states import closed, refuses_plain_http

TRAIL_BUCKET = f"production-cloudtrail-numinia-{REGION}"


@promise
def every_log_group_keeps_30_days(aws):
    "We maintain a 30-day retention period"
    groups = {g["logGroupName"]: g.get("retentionInDays") for g in aws.log_groups()}
    flow = f"/aws/vpc-flow-log/{aws.vpc()['VpcId']}"
    wanted = [f"/aws/cloudtrail/{NAME}", f"/aws/eks/{NAME}/cluster", flow]
    yield "days of each", groups, dict.fromkeys(wanted, 30)
    # Decision 14: the network can be applied alone, before there is any key, so the flow logs have none of ours.
    key = aws.key(f"{NAME}-logs")
    yield "key of each", [g.get("kmsKeyId") for g in aws.log_groups()], [key, key, None]


@promise
def trail_covers_all_regions(aws):
    "AWS CloudTrail provides a complete audit trail across all regions"
    trail = aws.trail()
    yield "all regions", trail["IsMultiRegionTrail"], True
    yield "and what belongs to none", trail["IncludeGlobalServiceEvents"], True
    yield "whether it records", aws.read("cloudtrail", "get-trail-status", "--name", NAME)["IsLogging"], True


@promise
def trail_logs_are_validated(aws):
    "with log validation ensuring integrity"
    yield "validation", aws.trail()["LogFileValidationEnabled"], True


@promise
def trail_is_encrypted(aws):
    "and encryption protecting audit data"
    key = aws.key(f"{NAME}-logs")
    yield "key of its files", aws.trail()["KmsKeyId"], key
    (rule,) = aws.bucket("get-bucket-encryption", TRAIL_BUCKET)["ServerSideEncryptionConfiguration"]["Rules"]
    yield "key of its bucket", rule["ApplyServerSideEncryptionByDefault"], {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}


@promise
def trail_goes_to_cloudwatch_too(aws):
    "integrated with CloudWatch for centralized management"
    trail = aws.trail()
    group = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/aws/cloudtrail/{NAME}"
    yield "where to", trail["CloudWatchLogsLogGroupArn"], f"{group}:*"
    role = trail["CloudWatchLogsRoleArn"].rsplit("/", 1)[1]
    (trust,) = aws.role(role)["AssumeRolePolicyDocument"]["Statement"]
    yield "whose role", trust["Condition"], {"StringEquals": {"aws:SourceArn": trail["TrailARN"]}}
    write = ["logs:PutLogEvents"]
    stream = f"{group}:log-stream:{ACCOUNT}_CloudTrail_{REGION}"
    yield "what it may do", aws.decisions(write, stream, aws.documents_of(role)), {write[0]: "allowed"}


@promise
def trail_bucket_is_closed_and_keeps_what_it_has(aws):
    "a complete audit trail"
    yield "its bucket", aws.trail()["S3BucketName"], TRAIL_BUCKET
    yield from closed(aws, TRAIL_BUCKET)
    yield from refuses_plain_http(aws, TRAIL_BUCKET)
    writes = statements(aws.bucket_policy(TRAIL_BUCKET))["TrailWrites"]
    yield "who writes there", writes["Principal"], {"Service": "cloudtrail.amazonaws.com"}
    yield "for which trail", writes["Condition"]["StringEquals"]["aws:SourceArn"], aws.trail()["TrailARN"]
    yield "versions", aws.bucket("get-bucket-versioning", TRAIL_BUCKET)["Status"], "Enabled"
    (rule,) = aws.bucket("get-bucket-lifecycle-configuration", TRAIL_BUCKET)["Rules"]
    yield "days that it is kept", [rule["Status"], rule["Expiration"]["Days"]], ["Enabled", 365]


def ec2(aws):
    """Everything of EC2's that can carry tags, by its id."""
    for operation, listed, name in [
        ("describe-vpcs", "Vpcs", "VpcId"),
        ("describe-subnets", "Subnets", "SubnetId"),
        ("describe-route-tables", "RouteTables", "RouteTableId"),
        ("describe-internet-gateways", "InternetGateways", "InternetGatewayId"),
        ("describe-nat-gateways", "NatGateways", "NatGatewayId"),
        ("describe-addresses", "Addresses", "AllocationId"),
        ("describe-vpc-endpoints", "VpcEndpoints", "VpcEndpointId"),
        ("describe-security-groups", "SecurityGroups", "GroupId"),
        ("describe-flow-logs", "FlowLogs", "FlowLogId"),
        ("describe-volumes", "Volumes", "VolumeId"),
        ("describe-launch-templates", "LaunchTemplates", "LaunchTemplateId"),
    ]:
        for one in aws.read("ec2", operation)[listed]:
            main = any(a.get("Main") for a in one.get("Associations", []))
            # AWS makes the main route table with the VPC; nothing here uses it.
            if not main:
                yield one[name], one.get("Tags")
    for instance in aws.instances():
        yield instance["InstanceId"], instance.get("Tags")


def identities(aws):
    for role in aws.identities()["RoleDetailList"]:
        # Roles that AWS makes for its services cannot be tagged.
        if not role["Path"].startswith("/aws-service-role/"):
            yield role["Arn"], role.get("Tags")
    policies = [p["Arn"] for p in aws.identities()["Policies"]]
    for arn, answer in zip(policies, aws.each([("iam", "list-policy-tags", "--policy-arn", arn) for arn in policies])):
        yield arn, answer["Tags"]
    for profile in [p for r in aws.identities()["RoleDetailList"] for p in r["InstanceProfileList"]]:
        # EKS makes one for its nodes, which carries none.
        if not profile["InstanceProfileName"].startswith("eks-"):
            asked = ("iam", "list-instance-profile-tags", "--instance-profile-name", profile["InstanceProfileName"])
            yield profile["Arn"], aws.read(*asked)["Tags"]
    for provider in aws.read("iam", "list-open-id-connect-providers")["OpenIDConnectProviderList"]:
        asked = ("iam", "list-open-id-connect-provider-tags", "--open-id-connect-provider-arn", provider["Arn"])
        yield provider["Arn"], aws.read(*asked)["Tags"]


def others(aws):
    for key in aws.keys():
        yield key, aws.read("kms", "list-resource-tags", "--key-id", key)["Tags"]
    for group in aws.log_groups():
        yield group["logGroupArn"], aws.read("logs", "list-tags-for-resource", "--resource-arn", group["logGroupArn"])["tags"]
    for bucket in [STATES, f"{STATES}-logs", TRAIL_BUCKET]:
        yield bucket, aws.bucket("get-bucket-tagging", bucket)["TagSet"]
    (trail,) = aws.read("cloudtrail", "list-tags", "--resource-id-list", aws.trail()["TrailARN"])["ResourceTagList"]
    yield trail["ResourceId"], trail["TagsList"]
    yield aws.file_system()["FileSystemId"], aws.file_system()["Tags"]
    yield aws.cluster()["arn"], aws.cluster()["tags"]
    for name in aws.read("eks", "list-addons", "--cluster-name", NAME)["addons"]:
        yield aws.addon(name)["addonArn"], aws.addon(name)["tags"]
    for name in aws.read("eks", "list-nodegroups", "--cluster-name", NAME)["nodegroups"]:
        asked = ("eks", "describe-nodegroup", "--cluster-name", NAME, "--nodegroup-name", name)
        yield name, aws.read(*asked)["nodegroup"]["tags"]
    bastion = f"arn:aws:iam::{ACCOUNT}:role/prod-bastion-host-eks-role"
    asked = ("eks", "describe-access-entry", "--cluster-name", NAME, "--principal-arn", bastion)
    yield "access entry of the bastion", aws.read(*asked)["accessEntry"]["tags"]
    (alarm,) = aws.read("cloudwatch", "describe-alarms")["MetricAlarms"]
    yield alarm["AlarmName"], aws.read("cloudwatch", "list-tags-for-resource", "--resource-arn", alarm["AlarmArn"])["Tags"]
    (listed,) = aws.read("ssm", "list-associations")["Associations"]
    asked = ("--resource-type", "Association", "--resource-id", listed["AssociationId"])
    yield listed["AssociationName"], aws.read("ssm", "list-tags-for-resource", *asked)["TagList"]


@promise
def tags_on_everything(aws):
    'tags = { Environment = "production", ManagedBy = "terragrunt", Project = "numinia" }'
    every = [*ec2(aws), *identities(aws), *others(aws)]
    bare = [name for name, have in every if {k: v for k, v in tags(have or []).items() if k in TAGS} != TAGS]
    yield f"without their tags ({len(every)} were looked at)", bare, []
    yield "more than 70 were", len(every) > 70, True


@promise
def nothing_is_let_in_from_anywhere(aws):
    "preventing direct internet access"
    found = [
        (group["GroupName"], rule["FromPort"], source)
        for group in aws.groups().values()
        for rule in group["IpPermissions"]
        for source in [r["CidrIp"] for r in rule["IpRanges"]] + [r["CidrIpv6"] for r in rule["Ipv6Ranges"]]
        if source in ("0.0.0.0/0", "::/0")
    ]
    yield "rules that let anybody in", found, []
    interfaces = aws.read("ec2", "describe-network-interfaces")["NetworkInterfaces"]
    public = [i["NetworkInterfaceId"] for i in interfaces if i.get("Association", {}).get("PublicIp")]
    own = [i["NetworkInterfaceId"] for i in aws.bastion()["NetworkInterfaces"]]
    gateways = aws.read("ec2", "describe-nat-gateways")["NatGateways"]
    own += [a["NetworkInterfaceId"] for g in gateways for a in g["NatGatewayAddresses"]]
    yield "what has a public address: the bastion and the NAT gateways", sorted(public), sorted(own)


@promise
def no_policy_allows_everything(aws):
    "maintaining minimal required permissions"
    wide = []
    for name, document in aws.documents().items():
        for statement in document["Statement"]:
            actions = words(statement.get("Action", "*"))
            if statement["Effect"] == "Allow" and any(a == "*" or a.endswith(":*") for a in actions):
                wide.append(name)
    yield "written policies with all actions of a service", wide, []
    managed = {p["PolicyName"] for r in aws.identities()["RoleDetailList"] for p in r["AttachedManagedPolicies"]}
    yield "policies of AWS's own that allow everything", managed & {"AdministratorAccess", "PowerUserAccess", "IAMFullAccess"}, set()
    yield "users", [u["UserName"] for u in aws.identities()["UserDetailList"]], []
    trusts = [(r["RoleName"], s["Principal"]) for r in aws.identities()["RoleDetailList"] for s in r["AssumeRolePolicyDocument"]["Statement"]]
    yield "roles for everybody", [name for name, principal in trusts if principal in ("*", {"AWS": "*"})], []
