"""Key management."""

import base64
import os
import tempfile

from reading import BASTION_ROLE, CLUSTER_ROLE, ACCOUNT, NAME, REGION, promise, run, statements, words

ALIASES = [f"eks/{NAME}", f"{NAME}-efs", f"{NAME}-logs", f"{NAME}-state"]


@promise
def each_key_has_its_alias(aws):
    "Our KMS implementation"
    yield "keys that somebody made", aws.keys(), sorted(aws.key(a) for a in ALIASES)


@promise
def key_rotation_is_yearly(aws):
    "we've implemented annual key rotation"
    answers = aws.each([("kms", "get-key-rotation-status", "--key-id", aws.key(a)) for a in ALIASES])
    for alias, answer in zip(ALIASES, answers):
        read = [answer["KeyRotationEnabled"], answer.get("RotationPeriodInDays")]
        yield f"{alias}: whether, and every how many days", read, [True, 365]


@promise
def keys_are_enabled_and_not_about_to_be_deleted(aws):
    "automated key lifecycle management"
    answers = aws.each([("kms", "describe-key", "--key-id", aws.key(a).rsplit("/", 1)[1]) for a in ALIASES])
    for alias, answer in zip(ALIASES, answers):
        key = answer["KeyMetadata"]
        yield f"{alias}: state, origin, use", [key["KeyState"], key["Origin"], key["KeyUsage"]], ["Enabled", "AWS_KMS", "ENCRYPT_DECRYPT"]


@promise
def use_of_keys_is_recorded(aws):
    "comprehensive audit logging ... detailed logging of encryption operations"
    (selector,) = aws.read("cloudtrail", "get-event-selectors", "--trail-name", NAME)["EventSelectors"]
    yield "which calls the trail records", [selector["ReadWriteType"], selector["IncludeManagementEvents"]], ["All", True]
    yield "services left out (KMS can be)", selector["ExcludeManagementEventSources"], []


def policy_of(aws, alias):
    asked = ("kms", "get-key-policy", "--key-id", aws.key(alias), "--policy-name", "default")
    return statements(aws.read(*asked)["Policy"])


USES = ("kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey", "kms:ReEncrypt", "kms:CreateGrant", "kms:*")


@promise
def keys_are_used_by_named_services_and_roles_alone(aws):
    "maintaining robust security and compliance standards"
    for alias in ALIASES:
        policy = policy_of(aws, alias)
        uses = {sid: s for sid, s in policy.items() if any(a.startswith(USES) for a in words(s["Action"]))}
        yield f"{alias}: statements that let anybody use it", [sid for sid, s in uses.items() if not s.get("Condition")], []
        yield f"{alias}: statements for everybody", [sid for sid, s in policy.items() if s["Principal"] in ("*", {"AWS": "*"})], []
    condition = policy_of(aws, f"eks/{NAME}")["ControlPlane"]["Condition"]
    yield "whose the secrets are", condition, {"ArnEquals": {"aws:PrincipalArn": CLUSTER_ROLE}}
    yield "who that is", aws.cluster()["roleArn"], CLUSTER_ROLE
    for alias, sid, service in [(f"{NAME}-efs", "FileSystems", "elasticfilesystem"), (f"{NAME}-state", "StateBucket", "s3")]:
        via = policy_of(aws, alias)[sid]["Condition"]["StringEquals"]["kms:ViaService"]
        yield f"{alias}: through which service", via, f"{service}.{REGION}.amazonaws.com"
    logs = policy_of(aws, f"{NAME}-logs")
    yield "whose the logs are", logs["CloudWatchLogs"]["Principal"], {"Service": f"logs.{REGION}.amazonaws.com"}
    yield "and the trail's", logs["TrailEncrypts"]["Principal"], {"Service": "cloudtrail.amazonaws.com"}
    trail = logs["TrailEncrypts"]["Condition"]["StringEquals"]["aws:SourceArn"]
    yield "which trail", trail, aws.trail()["TrailARN"]


def credentials(role):
    keys = run(("sts", "assume-role", "--role-arn", role, "--role-session-name", "judge"))["Credentials"]
    names = {"AWS_ACCESS_KEY_ID": "AccessKeyId", "AWS_SECRET_ACCESS_KEY": "SecretAccessKey", "AWS_SESSION_TOKEN": "SessionToken"}
    return {name: keys[member] for name, member in names.items()}


@promise
def eks_secrets_are_opened_by_the_cluster_alone(aws):
    "For EKS secrets encryption, we've implemented ..."
    cluster, bastion = credentials(CLUSTER_ROLE), credentials(f"arn:aws:iam::{ACCOUNT}:role/{BASTION_ROLE}")
    # Bytes go through files: the versions of the CLI differ in how they take them otherwise.
    with tempfile.TemporaryDirectory() as folder:
        plain, sealed = os.path.join(folder, "plain"), os.path.join(folder, "sealed")
        with open(plain, "wb") as file:
            file.write(b"a secret")
        seal = ("kms", "encrypt", "--key-id", aws.key(f"eks/{NAME}"), "--plaintext", f"fileb://{plain}")
        with open(sealed, "wb") as file:
            file.write(base64.b64decode(run(seal, cluster)["CiphertextBlob"]))
        open_it = ("kms", "decrypt", "--ciphertext-blob", f"fileb://{sealed}")
        yield "the cluster opens what it sealed", base64.b64decode(run(open_it, cluster)["Plaintext"]), b"a secret"
        yield "the bastion's role opens it", aws.refused(*open_it, environment=bastion), "AccessDeniedException"
        yield "the bastion's role seals", aws.refused(*seal, environment=bastion), "AccessDeniedException"
        yield "an administrator opens it", aws.refused(*open_it), "AccessDeniedException"
