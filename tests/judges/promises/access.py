"""Access management: roles, and the machine that people come in by."""

from reading import ACCOUNT, BASTION_ROLE, DRIVER_ROLE, NAME, REGION, promise, statements, tags, words

CLUSTER = f"arn:aws:eks:{REGION}:{ACCOUNT}:cluster/{NAME}"


@promise
def bastion_role_has_limited_eks_permissions(aws):
    "The bastion host role (...:role/prod-bastion-host-eks-role) provides limited EKS permissions"
    yield "its name", aws.role(BASTION_ROLE)["Arn"], f"arn:aws:iam::{ACCOUNT}:role/{BASTION_ROLE}"
    written = aws.documents_of(BASTION_ROLE)
    actions = words([a for d in written for s in d["Statement"] for a in words(s["Action"])])
    yield "actions that change anything", [a for a in actions if not a.startswith(("eks:Describe", "eks:List"))], []
    looks = ["eks:DescribeCluster", "eks:UpdateClusterConfig", "eks:DeleteCluster", "eks:CreateAccessEntry"]
    wanted = ["allowed", "implicitDeny", "implicitDeny", "implicitDeny"]
    yield "with its cluster", aws.decisions(looks, CLUSTER, written), dict(zip(looks, wanted))
    other = aws.decisions(["eks:DescribeCluster"], f"{CLUSTER}-other", written)
    yield "with another cluster", other, {"eks:DescribeCluster": "implicitDeny"}


@promise
def bastion_role_integrates_with_systems_manager(aws):
    "Integration with Systems Manager enables secure session management"
    role = aws.role(BASTION_ROLE)
    attached = [p["PolicyArn"] for p in role["AttachedManagedPolicies"]]
    yield "policies of AWS's own", attached, ["arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore"]
    (trust,) = role["AssumeRolePolicyDocument"]["Statement"]
    yield "who takes it on", trust["Principal"], {"Service": "ec2.amazonaws.com"}
    profiles = [p["Arn"] for p in role["InstanceProfileList"]]
    yield "the machine's profile", [aws.bastion()["IamInstanceProfile"]["Arn"]], profiles


@promise
def bastion_is_let_into_the_cluster(aws):
    "cluster management and troubleshooting"
    who = ("--cluster-name", NAME, "--principal-arn", f"arn:aws:iam::{ACCOUNT}:role/{BASTION_ROLE}")
    yield "its entry", aws.read("eks", "describe-access-entry", *who)["accessEntry"]["type"], "STANDARD"
    policies = aws.read("eks", "list-associated-access-policies", *who)["associatedAccessPolicies"]
    given = [(p["policyArn"].rsplit("/", 1)[1], p["accessScope"]["type"]) for p in policies]
    yield "its rights", given, [("AmazonEKSEditPolicy", "cluster")]
    (own,) = aws.bastion()["SecurityGroups"]
    into = [aws.groups()[g] for g in aws.cluster()["resourcesVpcConfig"]["securityGroupIds"]]
    ports = [p["FromPort"] for g in into for p in g["IpPermissions"] for pair in p["UserIdGroupPairs"] if pair["GroupId"] == own["GroupId"]]
    yield "ports of the cluster that it reaches", ports, [443]


@promise
def efs_csi_role_is_for_its_service_account(aws):
    "the EFS CSI Driver role (...:role/efs-csi-driver-role)"
    role = aws.role(DRIVER_ROLE)
    yield "its name", role["Arn"], f"arn:aws:iam::{ACCOUNT}:role/{DRIVER_ROLE}"
    issuer = aws.cluster()["identity"]["oidc"]["issuer"].removeprefix("https://")
    provider = f"arn:aws:iam::{ACCOUNT}:oidc-provider/{issuer}"
    (trust,) = role["AssumeRolePolicyDocument"]["Statement"]
    yield "who takes it on", [trust["Action"], trust["Principal"]], ["sts:AssumeRoleWithWebIdentity", {"Federated": provider}]
    account = {f"{issuer}:aud": "sts.amazonaws.com", f"{issuer}:sub": "system:serviceaccount:kube-system:efs-csi-controller-sa"}
    yield "for which service account", trust["Condition"], {"StringEquals": account}
    known = aws.read("iam", "get-open-id-connect-provider", "--open-id-connect-provider-arn", provider)
    yield "whom IAM believes", [known["Url"], known["ClientIDList"]], [issuer, ["sts.amazonaws.com"]]


@promise
def efs_csi_role_is_limited_to_efs_in_its_cluster(aws):
    "strictly limited to required EFS API calls within the cluster's context"
    written = aws.documents_of(DRIVER_ROLE)
    actions = words([a for d in written for s in d["Statement"] for a in words(s["Action"])])
    others = [a for a in actions if not a.startswith("elasticfilesystem:")]
    yield "calls outside of EFS", others, ["ec2:DescribeAvailabilityZones"]
    efs = f"arn:aws:elasticfilesystem:{REGION}:{ACCOUNT}"
    make, remove = ["elasticfilesystem:CreateAccessPoint"], ["elasticfilesystem:DeleteAccessPoint"]
    mark = "efs.csi.aws.com/cluster"
    system, point = f"{efs}:file-system/fs-1", f"{efs}:access-point/fsap-1"
    own = aws.decisions(make, system, written, {f"aws:RequestTag/{mark}": "true"})
    yield "to make a volume of its own", own, {make[0]: "allowed"}
    yield "to make another", aws.decisions(make, system, written), {make[0]: "implicitDeny"}
    own = aws.decisions(remove, point, written, {f"aws:ResourceTag/{mark}": "true"})
    yield "to remove a volume of its own", own, {remove[0]: "allowed"}
    strange = aws.decisions(remove + ["elasticfilesystem:TagResource"], point, written)
    yield "to remove another, or to mark it first", set(strange.values()), {"implicitDeny"}
    gone = aws.decisions(["elasticfilesystem:DeleteFileSystem"], system, written)
    yield "to delete the file system", set(gone.values()), {"implicitDeny"}


@promise
def bastion_is_amazon_linux_2(aws):
    "We've selected Amazon Linux 2 as our base AMI"
    image = aws.bastion()["ImageId"]
    newest = "/aws/service/ami-amazon-linux-latest/amzn2-ami-hvm-x86_64-gp2"
    yield "the newest", image, aws.read("ssm", "get-parameter", "--name", newest)["Parameter"]["Value"]
    (found,) = aws.read("ec2", "describe-images", "--image-ids", image)["Images"]
    yield "its name", found["Name"].startswith("amzn2-ami-hvm-"), True
    yield "whose it is", found["ImageOwnerAlias"], "amazon"


@promise
def bastion_is_a_t3_micro(aws):
    "The instance type (t3.micro)"
    yield "its type", aws.bastion()["InstanceType"], "t3.micro"


@promise
def bastion_recovers_by_itself(aws):
    "To ensure high availability, we've enabled auto recovery features"
    bastion = aws.bastion()
    yield "EC2's own recovery", bastion["MaintenanceOptions"]["AutoRecovery"], "default"
    (alarm,) = aws.read("cloudwatch", "describe-alarms")["MetricAlarms"]
    yield "what is watched", [alarm["Namespace"], alarm["MetricName"]], ["AWS/EC2", "StatusCheckFailed_System"]
    yield "of whom", alarm["Dimensions"], [{"Name": "InstanceId", "Value": bastion["InstanceId"]}]
    yield "what happens then", alarm["AlarmActions"], [f"arn:aws:automate:{REGION}:ec2:recover"]
    yield "whether it happens", alarm["ActionsEnabled"], True


@promise
def bastion_has_no_inbound_rule(aws):
    "secure access without exposing SSH ports"
    groups = [aws.groups()[g["GroupId"]] for g in aws.bastion()["SecurityGroups"]]
    yield "what is let in", [p for g in groups for p in g["IpPermissions"]], []
    yield "SSH keys", [aws.bastion().get("KeyName"), aws.read("ec2", "describe-key-pairs")["KeyPairs"]], [None, []]


@promise
def bastion_has_a_security_group_of_its_own(aws):
    "The dedicated security group ... implements strict access controls"
    (own,) = aws.bastion()["SecurityGroups"]
    others = [i["InstanceId"] for i in aws.instances() for g in i["SecurityGroups"] if g["GroupId"] == own["GroupId"]]
    yield "machines in it", others, [aws.bastion()["InstanceId"]]
    out = [(p["FromPort"], p["ToPort"]) for p in aws.groups()[own["GroupId"]]["IpPermissionsEgress"]]
    yield "ports that are let out", out, [(443, 443)]


@promise
def bastion_is_in_a_public_subnet(aws):
    "These subnets host our load balancers and bastion hosts"
    yield "where it is", aws.bastion()["SubnetId"] in [s["SubnetId"] for s in aws.subnets("public")], True


@promise
def bastion_is_patched_automatically(aws):
    "automated patching"
    (listed,) = aws.read("ssm", "list-associations")["Associations"]
    asked = ("ssm", "describe-association", "--association-id", listed["AssociationId"])
    association = aws.read(*asked)["AssociationDescription"]
    yield "how", [association["Name"], association["Parameters"]["Operation"]], ["AWS-RunPatchBaseline", ["Install"]]
    yield "which machine", association["Targets"], [{"Key": "InstanceIds", "Values": [aws.bastion()["InstanceId"]]}]
    yield "when", association["ScheduleExpression"], "cron(0 3 ? * SUN *)"


@promise
def instances_take_version_2_of_the_metadata_service_only(aws):
    "regular security updates and seamless AWS integration"
    yield "tokens", {i["MetadataOptions"]["HttpTokens"] for i in aws.instances()}, {"required"}


@promise
def volumes_of_instances_are_encrypted(aws):
    "data protection"
    volumes = aws.read("ec2", "describe-volumes")["Volumes"]
    yield "volumes that are not", [v["VolumeId"] for v in volumes if not v["Encrypted"]], []
    roots = [d["Ebs"]["VolumeId"] for i in aws.instances() for d in i["BlockDeviceMappings"]]
    yield "whose volumes they are", sorted(v["VolumeId"] for v in volumes), sorted(roots)
