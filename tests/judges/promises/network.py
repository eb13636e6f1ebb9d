"""Network architecture."""

from reading import ACCOUNT, NAME, REGION, ZONES, promise, tags, words

TIERS = {"private": (1, 2, 3), "database": (4, 5, 6), "public": (101, 102, 103)}


@promise
def vpc_is_10_0_0_0_16(aws):
    'vpc_cidr = "10.0.0.0/16"'
    vpc = aws.vpc()
    yield "its range", vpc["CidrBlock"], "10.0.0.0/16"
    yield "and no other", [a["CidrBlock"] for a in vpc["CidrBlockAssociationSet"]], ["10.0.0.0/16"]
    for attribute, member in [("enableDnsSupport", "EnableDnsSupport"), ("enableDnsHostnames", "EnableDnsHostnames")]:
        asked = ("ec2", "describe-vpc-attribute", "--vpc-id", vpc["VpcId"], "--attribute", attribute)
        yield attribute, aws.read(*asked)[member]["Value"], True


@promise
def vpc_spans_three_availability_zones(aws):
    "Our multi-AZ deployment spans three availability zones in eu-west-1"
    for tier in TIERS:
        yield f"zones of the {tier} subnets", [s["AvailabilityZone"] for s in aws.subnets(tier)], ZONES


@promise
def nat_gateway_in_each_public_subnet(aws):
    "we've implemented NAT gateways in each public subnet"
    gateways = aws.read("ec2", "describe-nat-gateways")["NatGateways"]
    yield "where they are", sorted(g["SubnetId"] for g in gateways), sorted(s["SubnetId"] for s in aws.subnets("public"))
    yield "their states", {g["State"] for g in gateways}, {"available"}
    yield "their kind", {g["ConnectivityType"] for g in gateways}, {"public"}
    own = {a["PublicIp"] for a in aws.read("ec2", "describe-addresses")["Addresses"]}
    yield "addresses that are not ours", [a["PublicIp"] for g in gateways for a in g["NatGatewayAddresses"] if a["PublicIp"] not in own], []


@promise
def each_zone_leaves_through_its_own_nat_gateway(aws):
    "it eliminates potential single points of failure"
    zone_of = {s["SubnetId"]: s["AvailabilityZone"] for s in aws.subnets()}
    gateways = aws.read("ec2", "describe-nat-gateways")["NatGateways"]
    at = {g["NatGatewayId"]: zone_of[g["SubnetId"]] for g in gateways}
    for subnet in aws.subnets("private"):
        routes = aws.route_table(subnet["SubnetId"])["Routes"]
        out = [at.get(r.get("NatGatewayId")) for r in routes if r.get("DestinationCidrBlock") == "0.0.0.0/0"]
        yield f"zone of the way out of {subnet['CidrBlock']}", out, [subnet["AvailabilityZone"]]


def endpoint(aws, service):
    found = aws.read("ec2", "describe-vpc-endpoints")["VpcEndpoints"]
    (one,) = [e for e in found if e["ServiceName"] == f"com.amazonaws.{REGION}.{service}"]
    return one


@promise
def s3_is_reached_through_a_gateway_endpoint(aws):
    "S3 Gateway Endpoints for efficient S3 access"
    one = endpoint(aws, "s3")
    yield "kind and state", [one["VpcEndpointType"], one["State"]], ["Gateway", "available"]
    for subnet in aws.subnets():
        routes = aws.route_table(subnet["SubnetId"])["Routes"]
        by = [r["GatewayId"] for r in routes if r.get("DestinationPrefixListId")]
        yield f"way from {subnet['CidrBlock']}", by, [one["VpcEndpointId"]]


def interface(aws, service):
    one = endpoint(aws, service)
    yield "kind and state", [one["VpcEndpointType"], one["State"]], ["Interface", "available"]
    yield "where it answers", words(one["SubnetIds"]), sorted(s["SubnetId"] for s in aws.subnets("private"))
    yield "whether the service's own name leads to it", one["PrivateDnsEnabled"], True
    groups = [aws.groups()[g["GroupId"]] for g in one["Groups"]]
    let_in = [(p["FromPort"], p["ToPort"], r["CidrIp"]) for g in groups for p in g["IpPermissions"] for r in p["IpRanges"]]
    yield "who is let in", let_in, [(443, 443, "10.0.0.0/16")]


@promise
def eks_api_is_reached_through_an_interface_endpoint(aws):
    "Interface Endpoints for EKS API server communication"
    yield from interface(aws, "eks")


@promise
def logs_are_delivered_through_an_endpoint(aws):
    "CloudWatch Logs endpoints for secure log delivery"
    yield from interface(aws, "logs")


def planned(aws, tier):
    subnets = aws.subnets(tier)
    yield "ranges by zone", [s["CidrBlock"] for s in subnets], [f"10.0.{n}.0/24" for n in TIERS[tier]]
    # The description counts 254; of the 256 addresses AWS keeps five. Each network interface takes one more.
    taken = [i["SubnetId"] for i in aws.read("ec2", "describe-network-interfaces")["NetworkInterfaces"]]
    for subnet in subnets:
        used = taken.count(subnet["SubnetId"])
        yield f"addresses of {subnet['CidrBlock']}", subnet["AvailableIpAddressCount"] + used, 251


@promise
def private_subnets_are_a_24_in_each_zone(aws):
    "eu-west-1a: 10.0.1.0/24"
    yield from planned(aws, "private")


@promise
def public_subnets_are_a_24_in_each_zone(aws):
    "eu-west-1a: 10.0.101.0/24"
    yield from planned(aws, "public")


@promise
def ranges_are_reserved_for_expansion(aws):
    "We've reserved specific IP ranges for future expansion"
    wanted = sorted(f"10.0.{n}.0/24" for tier in TIERS.values() for n in tier)
    yield "what is taken of the network, and so what is not", sorted(s["CidrBlock"] for s in aws.subnets()), wanted


@promise
def private_subnets_have_no_way_in(aws):
    "preventing direct internet access while maintaining necessary connectivity through NAT gateways"
    for subnet in aws.subnets("private") + aws.subnets("database"):
        yield f"public addresses in {subnet['CidrBlock']}", subnet["MapPublicIpOnLaunch"], False
        ways = [r.get("GatewayId", "") for r in aws.route_table(subnet["SubnetId"])["Routes"]]
        yield f"internet gateways for {subnet['CidrBlock']}", [w for w in ways if w.startswith("igw-")], []


@promise
def database_tier_is_apart_from_the_applications(aws):
    "maintains clear separation between application and database tiers"
    for subnet in aws.subnets("database"):
        routes = aws.route_table(subnet["SubnetId"])["Routes"]
        yield f"ways out of {subnet['CidrBlock']}", [r["DestinationCidrBlock"] for r in routes if "DestinationCidrBlock" in r], ["10.0.0.0/16"]
    apart = {aws.route_table(s["SubnetId"])["RouteTableId"] for s in aws.subnets("database")}
    yield "route tables shared with others", [t for t in apart if t in {aws.route_table(s["SubnetId"])["RouteTableId"] for s in aws.subnets("private")}], []


@promise
def public_subnets_host_load_balancers(aws):
    "These subnets host our load balancers and bastion hosts"
    for tier, tag in [("public", "kubernetes.io/role/elb"), ("private", "kubernetes.io/role/internal-elb")]:
        yield f"mark of the {tier} subnets", [tags(s["Tags"]).get(tag) for s in aws.subnets(tier)], ["1"] * 3
    (gateway,) = aws.read("ec2", "describe-internet-gateways")["InternetGateways"]
    for subnet in aws.subnets("public"):
        routes = aws.route_table(subnet["SubnetId"])["Routes"]
        out = [r.get("GatewayId") for r in routes if r.get("DestinationCidrBlock") == "0.0.0.0/0"]
        yield f"way out of {subnet['CidrBlock']}", out, [gateway["InternetGatewayId"]]


@promise
def default_security_group_lets_nothing_through(aws):
    "carefully configured security groups controlling access"
    (default,) = [g for g in aws.groups().values() if g["GroupName"] == "default"]
    yield "its rules", default["IpPermissions"] + default["IpPermissionsEgress"], []


@promise
def flow_logs_go_to_cloudwatch(aws):
    "VPC flow logs enabled ... These logs integrate directly with CloudWatch Logs"
    (log,) = aws.read("ec2", "describe-flow-logs")["FlowLogs"]
    yield "of what", log["ResourceId"], aws.vpc()["VpcId"]
    yield "which traffic", log["TrafficType"], "ALL"
    yield "state", [log["FlowLogStatus"], log["DeliverLogsStatus"]], ["ACTIVE", "SUCCESS"]
    group = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/aws/vpc-flow-log/{aws.vpc()['VpcId']}"
    yield "where to", [log["LogDestinationType"], log["LogDestination"]], ["cloud-watch-logs", group]
    role = aws.role(log["DeliverLogsPermissionArn"].rsplit("/", 1)[1])
    (trust,) = role["AssumeRolePolicyDocument"]["Statement"]
    yield "who may write there", trust["Principal"], {"Service": "vpc-flow-logs.amazonaws.com"}
    yield "and for whom", trust["Condition"]["StringEquals"], {"aws:SourceAccount": ACCOUNT}
    writes = aws.decisions(["logs:PutLogEvents", "logs:DeleteLogGroup"], f"{group}:log-stream:x", aws.documents_of(role["RoleName"]))
    yield "what the role may do", writes, {"logs:PutLogEvents": "allowed", "logs:DeleteLogGroup": "implicitDeny"}


@promise
def flow_logs_are_kept_30_days(aws):
    "We maintain a 30-day retention period"
    (group,) = [g for g in aws.log_groups() if g["logGroupName"].startswith("/aws/vpc-flow-log/")]
    yield "days", group["retentionInDays"], 30
