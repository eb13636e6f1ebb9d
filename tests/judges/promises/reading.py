"""How promises are read: through the AWS CLI, each call made once, two at a time.

A promise is a function that takes the `Aws` below and yields what was read beside what was promised:

    @promise
    def bastion_is_a_t3_micro(aws):
        "The instance type (t3.micro)"
        yield "its type", aws.bastion()["InstanceType"], "t3.micro"

Its name is the promise, its docstring the words of the architecture's description.
"""

import json
import os
import queue
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

ACCOUNT = "241533135482"
REGION = "eu-west-1"
ZONES = ["eu-west-1a", "eu-west-1b", "eu-west-1c"]
NAME = "numinia-production"
STATES = f"production-terragrunt-tf-state-numinia-{REGION}"
TAGS = {"Environment": "production", "ManagedBy": "terragrunt", "Project": "numinia"}
# The role that a condition lets use the key of the cluster's secrets.
CLUSTER_ROLE = f"arn:aws:iam::{ACCOUNT}:role/{NAME}-cluster"
BASTION_ROLE = "prod-bastion-host-eks-role"
DRIVER_ROLE = "efs-csi-driver-role"

PROMISES = []
LEFT_BEHIND = []


def promise(function):
    """Read after the tree is applied."""
    PROMISES.append(function)
    return function


def after_destroy(function):
    """Read after the tree is destroyed."""
    LEFT_BEHIND.append(function)
    return function


class Failed(Exception):
    """A call that the CLI ended with an error; `code` is AWS's own (`AccessDenied`)."""

    def __init__(self, arguments, said):
        super().__init__(f"aws {' '.join(arguments)}: {said}")
        self.code = said.split("(", 1)[1].split(")", 1)[0] if "(" in said else said


AT_ONCE = 2


def loaded():
    """A process that has the CLI loaded (cli.py), or None where this Python has not got it."""
    command = [sys.executable, os.path.join(os.path.dirname(__file__), "cli.py")]
    pipe = subprocess.PIPE
    worker = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, text=True)
    return worker if worker.stdout.readline() == "ready\n" else None


# Those that are free. One that is None calls the program.
WORKERS = queue.Queue()
for _ in range(AT_ONCE):
    WORKERS.put(loaded())


def call(arguments, environment):
    """Exit code, output and errors of the CLI."""
    worker = WORKERS.get()
    try:
        if worker is None:
            environment = {**os.environ, **environment}
            done = subprocess.run(["aws", *arguments], capture_output=True, text=True, env=environment)
            return done.returncode, done.stdout, done.stderr
        worker.stdin.write(json.dumps([arguments, environment]) + "\n")
        worker.stdin.flush()
        return json.loads(worker.stdout.readline())
    finally:
        WORKERS.put(worker)


def run(arguments, environment=None):
    """The document that the CLI prints. An empty answer, as some operations give, is an empty document."""
    code, out, errors = call(["--region", REGION, "--output", "json", *arguments], environment or {})
    if code != 0:
        raise Failed(arguments, errors.strip())
    return json.loads(out) if out.strip() else {}


class Aws:
    """Reads what it is asked for once and keeps it."""

    def __init__(self):
        self.calls = {}
        self.lock = threading.Lock()
        self.pool = ThreadPoolExecutor(AT_ONCE)

    def start(self, *arguments):
        """Lets a call begin, so that a later `read` finds it under way."""
        with self.lock:
            if arguments not in self.calls:
                self.calls[arguments] = self.pool.submit(run, arguments)
            return self.calls[arguments]

    def read(self, *arguments):
        return self.start(*arguments).result()

    def each(self, calls):
        """The documents of several calls, in their order."""
        return [call.result() for call in [self.start(*c) for c in calls]]

    def refused(self, *arguments, environment=None):
        """The error code of a call that must not work, or what it gave."""
        try:
            return {"it gave": run(arguments, environment)}
        except Failed as failed:
            return failed.code

    # What many promises ask for.

    def vpc(self):
        (vpc,) = self.read("ec2", "describe-vpcs")["Vpcs"]
        return vpc

    def subnets(self, tier=None):
        """All, or those of a tier (`private`, `database`, `public`), by zone."""
        found = self.read("ec2", "describe-subnets")["Subnets"]
        third = {"private": range(1, 4), "database": range(4, 7), "public": range(101, 104)}
        if tier:
            ranges = [f"10.0.{n}.0/24" for n in third[tier]]
            found = [s for s in found if s["CidrBlock"] in ranges]
        return sorted(found, key=lambda s: (s["AvailabilityZone"], s["CidrBlock"]))

    def route_table(self, subnet):
        tables = self.read("ec2", "describe-route-tables")["RouteTables"]
        (table,) = [t for t in tables if any(a.get("SubnetId") == subnet for a in t["Associations"])]
        return table

    def instances(self):
        return [i for r in self.read("ec2", "describe-instances")["Reservations"] for i in r["Instances"]]

    def bastion(self):
        (bastion,) = [i for i in self.instances() if tags(i["Tags"]).get("Name") == f"{NAME}-bastion-host"]
        return bastion

    def nodes(self):
        return [i for i in self.instances() if "eks:cluster-name" in tags(i["Tags"])]

    def groups(self):
        """Security groups by id."""
        found = self.read("ec2", "describe-security-groups")["SecurityGroups"]
        return {g["GroupId"]: g for g in found}

    def identities(self):
        filters = ("User", "Group", "Role", "LocalManagedPolicy")
        return self.read("iam", "get-account-authorization-details", "--filter", *filters)

    def role(self, name):
        (role,) = [r for r in self.identities()["RoleDetailList"] if r["RoleName"] == name]
        return role

    def documents(self):
        """Every policy that somebody wrote for an identity, by where it is."""
        details = self.identities()
        found = {}
        for role in details["RoleDetailList"]:
            for inline in role["RolePolicyList"]:
                found[f"{role['RoleName']}: {inline['PolicyName']}"] = inline["PolicyDocument"]
        for policy in details["Policies"]:
            (current,) = [v for v in policy["PolicyVersionList"] if v["IsDefaultVersion"]]
            found[policy["PolicyName"]] = current["Document"]
        return found

    def documents_of(self, name):
        """The written policies of a role."""
        role = self.role(name)
        attached = [p["PolicyName"] for p in role["AttachedManagedPolicies"]]
        known = self.documents()
        return [p["PolicyDocument"] for p in role["RolePolicyList"]] + [known[n] for n in attached if n in known]

    def cluster(self):
        return self.read("eks", "describe-cluster", "--name", NAME)["cluster"]

    def addon(self, name):
        return self.read("eks", "describe-addon", "--cluster-name", NAME, "--addon-name", name)["addon"]

    def file_system(self):
        (system,) = self.read("efs", "describe-file-systems")["FileSystems"]
        return system

    def mount_targets(self):
        system = self.file_system()["FileSystemId"]
        return self.read("efs", "describe-mount-targets", "--file-system-id", system)["MountTargets"]

    def log_groups(self):
        return self.read("logs", "describe-log-groups")["logGroups"]

    def trail(self):
        (trail,) = self.read("cloudtrail", "describe-trails")["trailList"]
        return trail

    def key(self, alias):
        """ARN of the key behind an alias: `eks/numinia-production`."""
        aliases = self.read("kms", "list-aliases")["Aliases"]
        (key,) = [a["TargetKeyId"] for a in aliases if a["AliasName"] == f"alias/{alias}"]
        return f"arn:aws:kms:{REGION}:{ACCOUNT}:key/{key}"

    def keys(self):
        """ARNs of the keys that somebody made."""
        keys = self.read("kms", "list-keys")["Keys"]
        found = self.each([("kms", "describe-key", "--key-id", k["KeyId"]) for k in keys])
        return sorted(k["KeyMetadata"]["Arn"] for k in found if k["KeyMetadata"]["KeyManager"] == "CUSTOMER")

    def bucket(self, operation, bucket):
        return self.read("s3api", operation, "--bucket", bucket)

    def bucket_policy(self, bucket):
        return self.bucket("get-bucket-policy", bucket)["Policy"]

    def decisions(self, actions, resource, policies, context=None, resource_policy=None):
        """What the policy simulator decides about actions on a resource, by action. `context` gives values to condition
        keys."""
        asked = ["iam", "simulate-custom-policy", "--action-names", *actions, "--resource-arns", resource]
        asked += ["--policy-input-list", *[json.dumps(p) for p in policies]]
        if resource_policy:
            asked += ["--resource-policy", resource_policy, "--caller-arn", f"arn:aws:iam::{ACCOUNT}:user/somebody"]
        for key, value in (context or {}).items():
            if "--context-entries" not in asked:
                asked.append("--context-entries")
            asked.append(f"ContextKeyName={key},ContextKeyValues={value},ContextKeyType=string")
        return {r["EvalActionName"]: r["EvalDecision"] for r in self.read(*asked)["EvaluationResults"]}


def tags(listed):
    """`[{Key, Value}]`, in any service's spelling, or a map already, as a map."""
    if isinstance(listed, dict):
        return listed
    name, value = [("TagKey", "TagValue"), ("Key", "Value")][not (listed and "TagKey" in listed[0])]
    return {t[name]: t[value] for t in listed or []}


def words(value):
    """One word or several, sorted."""
    return sorted([value] if isinstance(value, str) else value or [])


def statements(policy):
    """The statements of a policy by their sid."""
    policy = json.loads(policy) if isinstance(policy, str) else policy
    return {s.get("Sid", str(n)): s for n, s in enumerate(policy["Statement"])}


# A policy that lets somebody do everything, to see what a resource's own policy refuses even then.
ANYTHING = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
