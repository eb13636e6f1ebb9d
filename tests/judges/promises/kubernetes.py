"""The cluster and its storage."""

import json
import os
import tempfile

from reading import ACCOUNT, DRIVER_ROLE, NAME, STATES, ZONES, promise, run, statements, words


@promise
def workers_are_in_private_subnets(aws):
    "places EKS worker nodes and internal services in these private subnets"
    private = sorted(s["SubnetId"] for s in aws.subnets("private"))
    yield "where the nodes are", sorted(n["SubnetId"] for n in aws.nodes()), private
    yield "public addresses of nodes", [n["PublicIpAddress"] for n in aws.nodes() if n.get("PublicIpAddress")], []
    yield "where the control plane is", words(aws.cluster()["resourcesVpcConfig"]["subnetIds"]), private
    (name,) = aws.read("eks", "list-nodegroups", "--cluster-name", NAME)["nodegroups"]
    asked = ("eks", "describe-nodegroup", "--cluster-name", NAME, "--nodegroup-name", name)
    group = aws.read(*asked)["nodegroup"]
    yield "where nodes may come", words(group["subnets"]), private
    yield "their state", [group["status"], group["health"]["issues"]], ["ACTIVE", []]


@promise
def cluster_endpoint_is_private(aws):
    "preventing direct internet access"
    network = aws.cluster()["resourcesVpcConfig"]
    access = [network["endpointPrivateAccess"], network["endpointPublicAccess"]]
    yield "private and public access to the Kubernetes API", access, [True, False]


@promise
def eks_secrets_are_encrypted_with_their_key(aws):
    "For EKS secrets encryption"
    wanted = [{"resources": ["secrets"], "provider": {"keyArn": aws.key(f"eks/{NAME}")}}]
    yield "what is encrypted with which key", aws.cluster()["encryptionConfig"], wanted


@promise
def control_plane_logs_are_kept(aws):
    "secure log delivery"
    kinds = ["api", "audit", "authenticator", "controllerManager", "scheduler"]
    on = [k["types"] for k in aws.cluster()["logging"]["clusterLogging"] if k["enabled"]]
    yield "which", [words(t) for t in on], [kinds]
    (group,) = [g for g in aws.log_groups() if g["logGroupName"] == f"/aws/eks/{NAME}/cluster"]
    yield "how long, and under which key", [group["retentionInDays"], group.get("kmsKeyId")], [30, aws.key(f"{NAME}-logs")]


@promise
def efs_csi_driver_is_an_add_on(aws):
    "managed through the EFS CSI Driver, implemented as an EKS add-on"
    names = aws.read("eks", "list-addons", "--cluster-name", NAME)["addons"]
    yield "add-ons", sorted(names), ["aws-efs-csi-driver", "coredns", "kube-proxy", "vpc-cni"]
    for name in sorted(names):
        addon = aws.addon(name)
        yield f"state of {name}", [addon["status"], addon["health"]["issues"]], ["ACTIVE", []]


@promise
def efs_csi_driver_has_its_service_account(aws):
    "A dedicated service account handles access control"
    role = aws.addon("aws-efs-csi-driver").get("serviceAccountRoleArn")
    yield "role of its service account", role, f"arn:aws:iam::{ACCOUNT}:role/{DRIVER_ROLE}"


@promise
def efs_spans_the_zones(aws):
    "The implementation spans multiple availability zones"
    targets = aws.mount_targets()
    yield "zones", sorted(t["AvailabilityZoneName"] for t in targets), ZONES
    yield "states", {t["LifeCycleState"] for t in targets}, {"available"}
    yield "whether it is in one zone only", aws.file_system().get("AvailabilityZoneName"), None


@promise
def efs_is_encrypted_with_its_key(aws):
    "at-rest encryption using KMS for data protection"
    system = aws.file_system()
    yield "encrypted, with which key", [system["Encrypted"], system["KmsKeyId"]], [True, aws.key(f"{NAME}-efs")]


@promise
def efs_is_general_purpose(aws):
    "General Purpose mode for balanced latency and throughput"
    yield "mode", aws.file_system()["PerformanceMode"], "generalPurpose"


@promise
def efs_throughput_is_bursting(aws):
    "the bursting throughput mode provides cost-effective performance"
    yield "mode", aws.file_system()["ThroughputMode"], "bursting"


@promise
def efs_is_reached_from_the_private_subnets_alone(aws):
    "handles access control"
    targets = aws.mount_targets()
    asked = [("efs", "describe-mount-target-security-groups", "--mount-target-id", t["MountTargetId"]) for t in targets]
    groups = {g for answer in aws.each(asked) for g in answer["SecurityGroups"]}
    let_in = [(p["FromPort"], p["ToPort"], r["CidrIp"]) for g in groups for p in aws.groups()[g]["IpPermissions"] for r in p["IpRanges"]]
    yield "who is let in", sorted(let_in), [(2049, 2049, f"10.0.{n}.0/24") for n in (1, 2, 3)]


@promise
def efs_refuses_clients_without_tls(aws):
    "data protection"
    system = aws.file_system()
    asked = ("efs", "describe-file-system-policy", "--file-system-id", system["FileSystemId"])
    policy = aws.read(*asked)["Policy"]
    mount = ["elasticfilesystem:ClientMount"]
    for secure, via, wanted in [("true", "true", "allowed"), ("false", "true", "explicitDeny"), ("true", "false", "implicitDeny")]:
        context = {"aws:SecureTransport": secure, "elasticfilesystem:AccessedViaMountTarget": via}
        # Whoever asks may do nothing by its own policies.
        nothing = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:GetCallerIdentity", "Resource": "*"}]}
        decided = aws.decisions(mount, system["FileSystemArn"], [nothing], context, policy)
        yield f"to mount (TLS: {secure}, through a mount target: {via})", decided, {mount[0]: wanted}


@promise
def efs_is_backed_up(aws):
    "preventing accidental data loss"
    asked = ("efs", "describe-backup-policy", "--file-system-id", aws.file_system()["FileSystemId"])
    yield "backups", aws.read(*asked)["BackupPolicy"]["Status"], "ENABLED"


@promise
def volumes_are_bound_at_once_and_retained(aws):
    'immediate binding ... with a "Retain" policy preventing accidental data loss'
    # Kubernetes is not AWS's to read: the manifest is read out of the unit's state.
    with tempfile.TemporaryDirectory() as folder:
        file = os.path.join(folder, "state")
        run(("s3api", "get-object", "--bucket", STATES, "--key", "production/eu-west-1/numinia/efs/tf.tfstate", file))
        with open(file, encoding="utf-8") as state:
            manifest = json.load(state)["outputs"]["storage_class_manifest"]["value"]
    lines = [line.strip() for line in manifest.splitlines()]
    system = aws.file_system()["FileSystemId"]
    for wanted in [
        '"kind": "StorageClass"',
        '"provisioner": "efs.csi.aws.com"',
        '"volumeBindingMode": "Immediate"',
        '"reclaimPolicy": "Retain"',
        f'"fileSystemId": "{system}"',
    ]:
        yield "a line of the StorageClass", wanted if wanted in lines else lines, wanted
