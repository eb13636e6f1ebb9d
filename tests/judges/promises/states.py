"""State management."""

from reading import ACCOUNT, ANYTHING, NAME, STATES, promise, statements

UNITS = [
    "cloudtrail",
    "ec2/bastion-host",
    "efs",
    "eks",
    "eks/efs-csi-driver",
    "iam/bastion-host",
    "iam/efs-csi-driver",
    "kms/efs",
    "kms/eks-secrets",
    "kms/logs",
    "kms/state",
    "state",
    "vpc",
]
KEYS = sorted(f"production/eu-west-1/numinia/{unit}/tf.tfstate" for unit in UNITS)


def object_decisions(aws, bucket, context, policy=None):
    """What a bucket's policy makes of writing and reading an object by somebody who may do everything."""
    calls = ["s3:PutObject", "s3:GetObject"]
    here = {"aws:PrincipalAccount": ACCOUNT, "aws:PrincipalIsAWSService": "false", "aws:SecureTransport": "true"}
    policy = policy or aws.bucket_policy(bucket)
    decided = aws.decisions(calls, f"arn:aws:s3:::{bucket}/x", [ANYTHING], {**here, **context}, policy)
    return [decided[call] for call in calls]


def refuses_plain_http(aws, bucket):
    yield "over TLS", object_decisions(aws, bucket, {}), ["allowed", "allowed"]
    yield "over plain HTTP", object_decisions(aws, bucket, {"aws:SecureTransport": "false"}), ["explicitDeny", "explicitDeny"]


def closed(aws, bucket):
    block = aws.bucket("get-public-access-block", bucket)["PublicAccessBlockConfiguration"]
    yield f"{bucket}: ways to be public that are open", [way for way, shut in block.items() if not shut] + [len(block)], [4]
    yield f"{bucket}: whether it is public", aws.bucket("get-bucket-policy-status", bucket)["PolicyStatus"]["IsPublic"], False
    (rule,) = aws.bucket("get-bucket-ownership-controls", bucket)["OwnershipControls"]["Rules"]
    yield f"{bucket}: access control lists", rule["ObjectOwnership"], "BucketOwnerEnforced"


@promise
def state_bucket_belongs_to_one_environment(aws):
    "implement environment-specific buckets to prevent state file conflicts"
    buckets = [b["Name"] for b in aws.read("s3api", "list-buckets")["Buckets"]]
    yield "buckets of states", [b for b in buckets if "tf-state" in b], [STATES, f"{STATES}-logs"]


@promise
def states_have_the_paths_of_their_units(aws):
    'key = "${path_relative_to_include()}/tf.tfstate"'
    found = [o["Key"] for o in aws.read("s3api", "list-objects-v2", "--bucket", STATES)["Contents"]]
    yield "objects, locks left over among them", sorted(found), KEYS


@promise
def states_are_encrypted(aws):
    "We enforce mandatory encryption for all state files"
    heads = aws.each([("s3api", "head-object", "--bucket", STATES, "--key", key) for key in KEYS])
    bare = [key for key, head in zip(KEYS, heads) if head.get("ServerSideEncryption") not in ("AES256", "aws:kms")]
    yield "states that are not", bare, []


@promise
def state_bucket_is_encrypted_with_its_key(aws):
    "KMS integration for sensitive state data"
    (rule,) = aws.bucket("get-bucket-encryption", STATES)["ServerSideEncryptionConfiguration"]["Rules"]
    by = rule["ApplyServerSideEncryptionByDefault"]
    yield "how, and with which key", [by["SSEAlgorithm"], by.get("KMSMasterKeyID")], ["aws:kms", aws.key(f"{NAME}-state")]
    strange = {"s3:x-amz-server-side-encryption-aws-kms-key-id": "arn:aws:kms:eu-west-1:241533135482:key/another"}
    yield "to write with another key", object_decisions(aws, STATES, strange)[0], "explicitDeny"


@promise
def state_bucket_refuses_plain_http(aws):
    "State security is implemented through multiple layers"
    yield from refuses_plain_http(aws, STATES)
    yield from refuses_plain_http(aws, f"{STATES}-logs")


@promise
def state_bucket_is_for_this_account_alone(aws):
    "Access controls combine IAM policies with bucket policies"
    yield from closed(aws, STATES)
    yield from closed(aws, f"{STATES}-logs")
    strange = object_decisions(aws, STATES, {"aws:PrincipalAccount": "111122223333"})
    yield "to write and read from another account", strange, ["explicitDeny", "explicitDeny"]


@promise
def access_to_states_is_logged(aws):
    "comprehensive logging tracks all access and changes to state files"
    logging = aws.bucket("get-bucket-logging", STATES).get("LoggingEnabled", {})
    yield "where to", logging.get("TargetBucket"), f"{STATES}-logs"
    writes = statements(aws.bucket_policy(f"{STATES}-logs"))["ServerAccessLogs"]
    yield "who may write there", writes["Principal"], {"Service": "logging.s3.amazonaws.com"}
    yield "about which bucket", writes["Condition"]["ArnLike"], {"aws:SourceArn": f"arn:aws:s3:::{STATES}"}


@promise
def states_are_durable(aws):
    "The S3 backend was chosen for its durability and availability"
    yield "versions", aws.bucket("get-bucket-versioning", STATES)["Status"], "Enabled"
    yield "to delete the bucket", aws.refused("s3api", "delete-bucket", "--bucket", STATES), "BucketNotEmpty"
    versions = aws.read("s3api", "list-object-versions", "--bucket", STATES)
    current = sorted(v["Key"] for v in versions["Versions"] if v["IsLatest"])
    yield "states whose newest version is there", [key for key in current if key.endswith("tf.tfstate")], KEYS
