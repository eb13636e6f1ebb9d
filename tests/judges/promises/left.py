"""What a destruction of the tree leaves: what is kept on purpose, and nothing else."""

from reading import ACCOUNT, NAME, REGION, STATES, after_destroy
from records import TRAIL_BUCKET


@after_destroy
def network_is_gone(aws):
    for operation, listed in [
        ("describe-vpcs", "Vpcs"),
        ("describe-subnets", "Subnets"),
        ("describe-addresses", "Addresses"),
        ("describe-internet-gateways", "InternetGateways"),
        ("describe-vpc-endpoints", "VpcEndpoints"),
        ("describe-flow-logs", "FlowLogs"),
        ("describe-network-interfaces", "NetworkInterfaces"),
        ("describe-volumes", "Volumes"),
        ("describe-launch-templates", "LaunchTemplates"),
        ("describe-security-groups", "SecurityGroups"),
    ]:
        yield listed, aws.read("ec2", operation)[listed], []
    # AWS shows both for a while after they are gone.
    gateways = aws.read("ec2", "describe-nat-gateways")["NatGateways"]
    yield "NAT gateways", [g for g in gateways if g["State"] != "deleted"], []
    yield "machines", [i for i in aws.instances() if i["State"]["Name"] != "terminated"], []


@after_destroy
def cluster_and_its_storage_are_gone(aws):
    yield "clusters", aws.read("eks", "list-clusters")["clusters"], []
    yield "file systems", aws.read("efs", "describe-file-systems")["FileSystems"], []
    groups = aws.read("autoscaling", "describe-auto-scaling-groups")["AutoScalingGroups"]
    yield "groups of machines", groups, []
    yield "alarms", aws.read("cloudwatch", "describe-alarms")["MetricAlarms"], []
    yield "associations", aws.read("ssm", "list-associations")["Associations"], []
    yield "identity providers", aws.read("iam", "list-open-id-connect-providers")["OpenIDConnectProviderList"], []


@after_destroy
def records_and_states_are_kept(aws):
    buckets = sorted(b["Name"] for b in aws.read("s3api", "list-buckets")["Buckets"])
    yield "buckets", buckets, sorted([TRAIL_BUCKET, STATES, f"{STATES}-logs"])
    yield "trails", [t["Name"] for t in aws.read("cloudtrail", "describe-trails")["trailList"]], [NAME]
    yield "whether it records", aws.read("cloudtrail", "get-trail-status", "--name", NAME)["IsLogging"], True
    yield "log groups", [g["logGroupName"] for g in aws.log_groups()], [f"/aws/cloudtrail/{NAME}"]
    roles = [r for r in aws.identities()["RoleDetailList"] if not r["Path"].startswith("/aws-service-role/")]
    yield "roles", [r["RoleName"] for r in roles], [f"{NAME}-cloudtrail-logs"]
    yield "policies", [p["PolicyName"] for p in aws.identities()["Policies"]], []


@after_destroy
def keys_wait_before_they_are_deleted(aws):
    keys = aws.read("kms", "list-keys")["Keys"]
    found = aws.each([("kms", "describe-key", "--key-id", k["KeyId"]) for k in keys])
    own = [k["KeyMetadata"] for k in found if k["KeyMetadata"]["KeyManager"] == "CUSTOMER"]
    yield "keys that are kept", sorted(k["Arn"] for k in own if k["KeyState"] == "Enabled"), sorted(aws.key(f"{NAME}-{a}") for a in ("state", "logs"))
    waiting = [k for k in own if k["KeyState"] == "PendingDeletion"]
    yield "keys that wait", len(waiting), 2
    # One can be had back while it waits.
    key = waiting[0]["KeyId"]
    yield "to be had back", aws.read("kms", "cancel-key-deletion", "--key-id", key)["KeyId"], waiting[0]["Arn"]
    asked = ("kms", "schedule-key-deletion", "--key-id", key, "--pending-window-in-days", "30")
    yield "and deleted after all", aws.read(*asked)["KeyState"], "PendingDeletion"
