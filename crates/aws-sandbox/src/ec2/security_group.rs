//! Security groups. Their rules are in `security_group_rule`.

use std::collections::HashMap;

use serde_json::{Value, json};

use super::kind::{Describe, NETWORK_INTERFACE, SECURITY_GROUP, SECURITY_GROUP_RULE, VPC};
use super::{permission, security_group_rule, tags};
use crate::context::Ctx;
use crate::document::{items, public, set, text};
use crate::error::{Answer, AwsError};
use crate::input::Input;
use crate::sandbox::Operations;

pub(crate) const OPERATIONS: Operations = &[
    ("CreateSecurityGroup", create),
    ("DescribeSecurityGroups", describe),
    ("DeleteSecurityGroup", delete),
    ("DescribeSecurityGroupReferences", describe_references),
    ("DescribeStaleSecurityGroups", describe_stale),
    ("GetSecurityGroupsForVpc", for_vpc),
];

fn new_group(ctx: &mut Ctx, vpc: &str, name: &str, description: &str, tags: Value) -> Value {
    let id = ctx.new_id("sg");
    json!({
        "GroupId": id,
        "GroupName": name,
        "Description": description,
        "OwnerId": ctx.account,
        "VpcId": vpc,
        "Tags": tags,
        "SecurityGroupArn": ctx.arn("ec2", &format!("security-group/{id}")),
    })
}

fn rule(group: &Value, egress: bool) -> Value {
    json!({
        "GroupId": group["GroupId"], "GroupOwnerId": group["OwnerId"], "IsEgress": egress, "IpProtocol": "-1",
        "FromPort": -1, "ToPort": -1,
    })
}

fn allow_all_egress(ctx: &mut Ctx, group: &Value) {
    let mut r = rule(group, true);
    set(&mut r, "CidrIpv4", "0.0.0.0/0");
    security_group_rule::add(ctx, r, json!([]));
}

/// Makes the group every VPC begins with: all traffic among its members, and to everywhere.
pub(crate) fn create_default(ctx: &mut Ctx, vpc: &str) {
    let group = new_group(ctx, vpc, "default", "default VPC security group", json!([]));
    SECURITY_GROUP.put(ctx, group.clone());
    allow_all_egress(ctx, &group);
    let mut r = rule(&group, false);
    set(&mut r, "ReferencedGroupInfo", json!({"GroupId": group["GroupId"], "UserId": group["OwnerId"]}));
    security_group_rule::add(ctx, r, json!([]));
}

/// Makes the group of a Kubernetes cluster: all traffic among its members, and to everywhere. Gives its id.
pub(crate) fn create_for_cluster(ctx: &mut Ctx, vpc: &str, cluster: &str) -> String {
    let digits: u32 = ctx.new_bytes("cluster-sg").iter().take(4).fold(0, |n, b| n << 8 | u32::from(*b));
    let name = format!("eks-cluster-sg-{cluster}-{digits}");
    let tags = json!([
        {"Key": "Name", "Value": name},
        {"Key": "aws:eks:cluster-name", "Value": cluster},
        {"Key": format!("kubernetes.io/cluster/{cluster}"), "Value": "owned"},
    ]);
    let description = "EKS created security group applied to ENI that is attached to EKS Control Plane master nodes, as well as any managed workloads.";
    let mut group = new_group(ctx, vpc, &name, description, tags);
    set(&mut group, "_with", "cluster");
    SECURITY_GROUP.put(ctx, group.clone());
    allow_all_egress(ctx, &group);
    let mut r = rule(&group, false);
    set(&mut r, "ReferencedGroupInfo", json!({"GroupId": group["GroupId"], "UserId": group["OwnerId"]}));
    security_group_rule::add(ctx, r, json!([]));
    text(&group, "GroupId").to_owned()
}

/// Makes the group through which the nodes of a node group are reached by SSH: from these groups, or from everywhere. Gives
/// its id. Source: `RemoteAccessConfig` in the EKS API reference.
pub(crate) fn create_for_ssh(ctx: &mut Ctx, vpc: &str, nodes: &str, from: &[String]) -> String {
    let name = format!("eks-remoteAccess-{}", ctx.new_uuid("remote-access"));
    let tags = json!([{"Key": "eks:nodegroup-name", "Value": nodes}]);
    let mut group =
        new_group(ctx, vpc, &name, "Security group for all nodes in the nodeGroup to allow SSH access", tags);
    set(&mut group, "_with", "nodes");
    SECURITY_GROUP.put(ctx, group.clone());
    allow_all_egress(ctx, &group);
    let ssh = |member: &str, source: Value| {
        let mut r = json!({
            "GroupId": group["GroupId"], "GroupOwnerId": group["OwnerId"], "IsEgress": false, "IpProtocol": "tcp",
            "FromPort": 22, "ToPort": 22,
        });
        set(&mut r, member, source);
        r
    };
    let rules: Vec<Value> = match from {
        [] => vec![ssh("CidrIpv4", json!("0.0.0.0/0"))],
        from => {
            from.iter().map(|g| ssh("ReferencedGroupInfo", json!({"GroupId": g, "UserId": group["OwnerId"]}))).collect()
        }
    };
    for r in rules {
        security_group_rule::add(ctx, r, json!([]));
    }
    text(&group, "GroupId").to_owned()
}

/// The default group of a VPC.
pub(crate) fn default_of(ctx: &Ctx, vpc: &str) -> Option<String> {
    SECURITY_GROUP
        .all(ctx)
        .find(|g| text(g, "VpcId") == vpc && text(g, "GroupName") == "default")
        .map(|g| text(g, "GroupId").to_owned())
}

/// The group of a name in the default VPC.
///
/// # Errors
/// AWS's codes where there is no default VPC, or no such group in it.
pub(crate) fn in_default_vpc(ctx: &Ctx, name: &str) -> Result<Value, AwsError> {
    let Some(vpc) = VPC.all(ctx).find(|v| v["IsDefault"] == true).map(|v| text(v, "VpcId").to_owned()) else {
        return Err(AwsError::new("VPCIdNotSpecified", "No default VPC for this user"));
    };
    let found = SECURITY_GROUP.all(ctx).find(|g| text(g, "VpcId") == vpc && text(g, "GroupName") == name);
    found.map(|g| g["GroupId"].clone()).ok_or_else(|| {
        let message = format!("The security group '{name}' does not exist in default VPC '{vpc}'");
        AwsError::new("InvalidGroup.NotFound", message)
    })
}

/// Removes a group with its rules.
pub(crate) fn forget(ctx: &mut Ctx, id: &str) {
    for sgr in security_group_rule::ids_of(ctx, id) {
        SECURITY_GROUP_RULE.forget(ctx, &sgr);
    }
    SECURITY_GROUP.forget(ctx, id);
}

fn check_text(input: &Input, what: &str, value: &str) -> Result<(), AwsError> {
    // Source: CreateSecurityGroup in the EC2 API reference, constraints for a VPC.
    let allowed = |c: char| c.is_ascii_alphanumeric() || " ._-:/()#,@[]+=&;{}!$*".contains(c);
    if value.is_empty() || value.len() > 255 || !value.chars().all(allowed) {
        return Err(input.invalid(format!(
            "Value ({value}) for parameter {what} is invalid. Character sets beyond ASCII are not supported."
        )));
    }
    Ok(())
}

fn create(ctx: &mut Ctx, input: &Input) -> Answer {
    let (name, description) = (input.str("GroupName")?, input.str("Description")?);
    let vpc =
        input.filled("VpcId")?.ok_or_else(|| AwsError::new("VPCIdNotSpecified", "No default VPC for this user"))?;
    VPC.get(ctx, vpc)?;
    check_text(input, "GroupName", name)?;
    check_text(input, "GroupDescription", description)?;
    if name.starts_with("sg-") || name == "default" {
        return Err(AwsError::new(
            if name == "default" { "InvalidGroup.Reserved" } else { "InvalidParameterValue" },
            format!(
                "invalid value for parameter groupName: {name}. Group names may not be 'default' or in the format sg-*."
            ),
        ));
    }
    let tags = tags::on_create(input, SECURITY_GROUP.table)?;
    if SECURITY_GROUP.all(ctx).any(|g| text(g, "VpcId") == vpc && text(g, "GroupName") == name) {
        return Err(AwsError::new(
            "InvalidGroup.Duplicate",
            format!("The security group '{name}' already exists for VPC '{vpc}'"),
        ));
    }
    if SECURITY_GROUP.count(ctx) >= ctx.quotas.security_groups_per_region {
        return Err(AwsError::new(
            "SecurityGroupLimitExceeded",
            "The maximum number of security groups has been reached.",
        ));
    }
    let group = new_group(ctx, vpc, name, description, tags);
    SECURITY_GROUP.put(ctx, group.clone());
    allow_all_egress(ctx, &group);
    Ok(json!({
        "GroupId": group["GroupId"], "Tags": group["Tags"], "SecurityGroupArn": group["SecurityGroupArn"],
    }))
}

fn describe(ctx: &mut Ctx, input: &Input) -> Answer {
    let names = input.strings("GroupNames")?;
    if !names.is_empty() {
        return Err(AwsError::new(
            "VPCIdNotSpecified",
            "No default VPC for this user. Group names can be given only for a default VPC; use a filter on group-name.",
        ));
    }
    let shape = Describe {
        ids: "GroupIds",
        filter_member: "Filters",
        list: "SecurityGroups",
        filters: &[
            ("description", "Description"),
            ("egress.ip-permission.cidr", "IpPermissionsEgress.IpRanges.CidrIp"),
            ("egress.ip-permission.from-port", "IpPermissionsEgress.FromPort"),
            ("egress.ip-permission.group-id", "IpPermissionsEgress.UserIdGroupPairs.GroupId"),
            ("egress.ip-permission.ipv6-cidr", "IpPermissionsEgress.Ipv6Ranges.CidrIpv6"),
            ("egress.ip-permission.prefix-list-id", "IpPermissionsEgress.PrefixListIds.PrefixListId"),
            ("egress.ip-permission.protocol", "IpPermissionsEgress.IpProtocol"),
            ("egress.ip-permission.to-port", "IpPermissionsEgress.ToPort"),
            ("egress.ip-permission.user-id", "IpPermissionsEgress.UserIdGroupPairs.UserId"),
            ("group-id", "GroupId"),
            ("group-name", "GroupName"),
            ("ip-permission.cidr", "IpPermissions.IpRanges.CidrIp"),
            ("ip-permission.from-port", "IpPermissions.FromPort"),
            ("ip-permission.group-id", "IpPermissions.UserIdGroupPairs.GroupId"),
            ("ip-permission.ipv6-cidr", "IpPermissions.Ipv6Ranges.CidrIpv6"),
            ("ip-permission.prefix-list-id", "IpPermissions.PrefixListIds.PrefixListId"),
            ("ip-permission.protocol", "IpPermissions.IpProtocol"),
            ("ip-permission.to-port", "IpPermissions.ToPort"),
            ("ip-permission.user-id", "IpPermissions.UserIdGroupPairs.UserId"),
            ("owner-id", "OwnerId"),
            ("vpc-id", "VpcId"),
        ],
    };
    let mut rules: HashMap<String, (Vec<Value>, Vec<Value>)> = HashMap::new();
    for r in SECURITY_GROUP_RULE.all(ctx) {
        let both = rules.entry(text(r, "GroupId").to_owned()).or_default();
        if r["IsEgress"] == true { both.1.push(r.clone()) } else { both.0.push(r.clone()) }
    }
    SECURITY_GROUP.describe(ctx, input, &shape, |_, g| {
        let mut doc = public(g);
        let none = (Vec::new(), Vec::new());
        let (ingress, egress) = rules.get(text(g, "GroupId")).unwrap_or(&none);
        set(&mut doc, "IpPermissions", permission::view(&ingress.iter().collect::<Vec<_>>()));
        set(&mut doc, "IpPermissionsEgress", permission::view(&egress.iter().collect::<Vec<_>>()));
        doc
    })
}

fn referred(ctx: &Ctx, id: &str) -> bool {
    SECURITY_GROUP_RULE.all(ctx).any(|r| text(r, "GroupId") != id && text(&r["ReferencedGroupInfo"], "GroupId") == id)
}

fn delete(ctx: &mut Ctx, input: &Input) -> Answer {
    if input.filled("GroupName")?.is_some() && input.filled("GroupId")?.is_none() {
        return Err(AwsError::new("VPCIdNotSpecified", "No default VPC for this user"));
    }
    let id = input.str("GroupId")?;
    let group = SECURITY_GROUP.get(ctx, id)?;
    if text(group, "GroupName") == "default" {
        return Err(AwsError::new(
            "CannotDelete",
            format!("the specified group: \"{id}\" name: \"default\" cannot be deleted by a user"),
        ));
    }
    let used = NETWORK_INTERFACE.all(ctx).any(|e| items(e, "Groups").iter().any(|g| text(g, "GroupId") == id));
    if used || referred(ctx, id) {
        return Err(AwsError::new("DependencyViolation", format!("resource {id} has a dependent object")));
    }
    forget(ctx, id);
    Ok(json!({"Return": true, "GroupId": id}))
}

/// References come from peered VPCs only, and there are none.
fn describe_references(ctx: &mut Ctx, input: &Input) -> Answer {
    for id in input.strings("GroupId")? {
        SECURITY_GROUP.get(ctx, id)?;
    }
    Ok(json!({"SecurityGroupReferenceSet": []}))
}

/// A rule is stale when it refers to a group of a VPC that was peered, and there are none.
fn describe_stale(ctx: &mut Ctx, input: &Input) -> Answer {
    VPC.get(ctx, input.str("VpcId")?)?;
    input.accept(&["MaxResults", "NextToken"]);
    Ok(json!({"StaleSecurityGroupSet": []}))
}

fn for_vpc(ctx: &mut Ctx, input: &Input) -> Answer {
    let vpc = input.str("VpcId")?;
    VPC.get(ctx, vpc)?;
    let docs = SECURITY_GROUP
        .with(ctx, "VpcId", vpc)
        .iter()
        .map(|g| {
            json!({
                "Description": g["Description"], "GroupName": g["GroupName"], "OwnerId": g["OwnerId"],
                "GroupId": g["GroupId"], "Tags": g["Tags"], "PrimaryVpcId": vpc,
            })
        })
        .collect();
    let known = &[
        ("group-id", "GroupId"),
        ("description", "Description"),
        ("group-name", "GroupName"),
        ("owner-id", "OwnerId"),
        ("primary-vpc-id", "PrimaryVpcId"),
    ];
    let docs = super::filters::apply(input, "Filters", docs, known)?;
    Ok(crate::page::document("SecurityGroupForVpcs", super::kind::cut(input, docs)?, "NextToken"))
}
