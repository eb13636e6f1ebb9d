//! Security group rules, each with its own id and tags.

use serde_json::{Value, json};

use super::kind::{Describe, SECURITY_GROUP, SECURITY_GROUP_RULE};
use super::{cidr, permission, tags};
use crate::context::Ctx;
use crate::document::{public, set, set_some, text, unset};
use crate::error::{Answer, AwsError};
use crate::input::Input;
use crate::sandbox::Operations;

pub(crate) const OPERATIONS: Operations = &[
    ("AuthorizeSecurityGroupIngress", |ctx, input| authorize(ctx, input, false)),
    ("AuthorizeSecurityGroupEgress", |ctx, input| authorize(ctx, input, true)),
    ("RevokeSecurityGroupIngress", |ctx, input| revoke(ctx, input, false)),
    ("RevokeSecurityGroupEgress", |ctx, input| revoke(ctx, input, true)),
    ("UpdateSecurityGroupRuleDescriptionsIngress", |ctx, input| describe_again(ctx, input, false)),
    ("UpdateSecurityGroupRuleDescriptionsEgress", |ctx, input| describe_again(ctx, input, true)),
    ("ModifySecurityGroupRules", modify),
    ("DescribeSecurityGroupRules", describe),
];

/// The ids of the rules of a group.
pub(crate) fn ids_of(ctx: &Ctx, group: &str) -> Vec<String> {
    SECURITY_GROUP_RULE.with(ctx, "GroupId", group).iter().map(|r| text(r, "SecurityGroupRuleId").to_owned()).collect()
}

/// Stores a rule under a new id and gives it.
pub(crate) fn add(ctx: &mut Ctx, mut rule: Value, tags: Value) -> Value {
    let id = ctx.new_id("sgr");
    let arn = ctx.arn("ec2", &format!("security-group-rule/{id}"));
    set(&mut rule, "SecurityGroupRuleId", id);
    set(&mut rule, "SecurityGroupRuleArn", arn);
    set(&mut rule, "Tags", tags);
    SECURITY_GROUP_RULE.put(ctx, rule.clone());
    rule
}

fn wanted_group(ctx: &Ctx, input: &Input) -> Result<Value, AwsError> {
    if input.filled("GroupId")?.is_none() && input.filled("GroupName")?.is_some() {
        return Err(AwsError::new("VPCIdNotSpecified", "No default VPC for this user"));
    }
    SECURITY_GROUP.get(ctx, input.str("GroupId")?).cloned()
}

/// The rule as the messages of AWS name it.
fn say(rule: &Value) -> String {
    let source = ["CidrIpv4", "CidrIpv6", "PrefixListId"].iter().map(|m| text(rule, m)).find(|s| !s.is_empty());
    let source = source.unwrap_or_else(|| text(&rule["ReferencedGroupInfo"], "GroupId"));
    match text(rule, "IpProtocol") {
        "-1" => format!("\"peer: {source}, ALL, ALLOW\""),
        protocol => format!(
            "\"peer: {source}, {}, from port: {}, to port: {}, ALLOW\"",
            protocol.to_uppercase(),
            rule["FromPort"],
            rule["ToPort"]
        ),
    }
}

fn authorize(ctx: &mut Ctx, input: &Input, egress: bool) -> Answer {
    let group = wanted_group(ctx, input)?;
    let rules = permission::read(ctx, input, &group, egress)?;
    if rules.is_empty() {
        return Err(input.missing("ipPermissions"));
    }
    let tags = tags::on_create(input, SECURITY_GROUP_RULE.table)?;
    let id = text(&group, "GroupId");
    let have = SECURITY_GROUP_RULE.with(ctx, "GroupId", id);
    let known: std::collections::HashSet<String> = have.iter().map(|r| permission::identity(r)).collect();
    if let Some(twice) = rules.iter().find(|r| known.contains(&permission::identity(r))) {
        return Err(AwsError::new(
            "InvalidPermission.Duplicate",
            format!("the specified rule {} already exists", say(twice)),
        ));
    }
    let same_direction = have.iter().filter(|r| (r["IsEgress"] == true) == egress).count();
    if same_direction + rules.len() > ctx.quotas.rules_per_security_group {
        return Err(AwsError::new(
            "RulesPerSecurityGroupLimitExceeded",
            "The maximum number of rules per security group has been reached.",
        ));
    }
    let made: Vec<Value> = rules.into_iter().map(|r| public(&add(ctx, r, tags.clone()))).collect();
    Ok(json!({"Return": true, "SecurityGroupRules": made}))
}

fn no_rule() -> AwsError {
    AwsError::new("InvalidPermission.NotFound", "The specified rule does not exist in this security group.")
}

fn revoked(rule: &Value) -> Value {
    let mut out = public(rule);
    for m in ["GroupOwnerId", "SecurityGroupRuleArn", "Tags"] {
        unset(&mut out, m);
    }
    if let Some(info) = unset(&mut out, "ReferencedGroupInfo") {
        set(&mut out, "ReferencedGroupId", info["GroupId"].clone());
    }
    out
}

fn revoke(ctx: &mut Ctx, input: &Input, egress: bool) -> Answer {
    let group = wanted_group(ctx, input)?;
    let id = text(&group, "GroupId");
    let have: Vec<Value> = SECURITY_GROUP_RULE
        .with(ctx, "GroupId", id)
        .into_iter()
        .filter(|r| (r["IsEgress"] == true) == egress)
        .cloned()
        .collect();
    let mut gone = Vec::new();
    for sgr in input.strings("SecurityGroupRuleIds")? {
        SECURITY_GROUP_RULE.get(ctx, sgr)?;
        let rule = have.iter().find(|r| text(r, "SecurityGroupRuleId") == sgr).ok_or_else(|| {
            AwsError::new(
                "InvalidSecurityGroupRuleId.NotFound",
                format!("The security group rule ID '{sgr}' does not exist in security group '{id}'"),
            )
        })?;
        gone.push(rule.clone());
    }
    let given = permission::read(ctx, input, &group, egress)?;
    if given.is_empty() && gone.is_empty() {
        return Err(input.missing("ipPermissions"));
    }
    let by_identity: std::collections::HashMap<String, &Value> =
        have.iter().map(|r| (permission::identity(r), r)).collect();
    for rule in &given {
        match by_identity.get(&permission::identity(rule)) {
            Some(r) => gone.push((*r).clone()),
            None => return Err(no_rule()),
        }
    }
    for rule in &gone {
        SECURITY_GROUP_RULE.forget(ctx, text(rule, "SecurityGroupRuleId"));
    }
    Ok(json!({"Return": true, "RevokedSecurityGroupRules": gone.iter().map(revoked).collect::<Vec<_>>()}))
}

fn describe_again(ctx: &mut Ctx, input: &Input, egress: bool) -> Answer {
    input.refuse(&["SecurityGroupRuleDescriptions"])?;
    let group = wanted_group(ctx, input)?;
    let have: Vec<Value> =
        SECURITY_GROUP_RULE.with(ctx, "GroupId", text(&group, "GroupId")).into_iter().cloned().collect();
    for rule in permission::read(ctx, input, &group, egress)? {
        let identity = permission::identity(&rule);
        let Some(old) = have.iter().find(|r| permission::identity(r) == identity) else { return Err(no_rule()) };
        let mut new = old.clone();
        unset(&mut new, "Description");
        set_some(&mut new, "Description", rule.get("Description").cloned());
        SECURITY_GROUP_RULE.put(ctx, new);
    }
    Ok(json!({"Return": true}))
}

fn modify(ctx: &mut Ctx, input: &Input) -> Answer {
    let group = wanted_group(ctx, input)?;
    for change in input.structures("SecurityGroupRules")? {
        let id = change.str("SecurityGroupRuleId")?;
        let mut rule = SECURITY_GROUP_RULE.get(ctx, id)?.clone();
        if rule["GroupId"] != group["GroupId"] {
            return Err(SECURITY_GROUP_RULE.missing(id));
        }
        let to = change.structure("SecurityGroupRule")?;
        let (protocol, from, until) =
            permission::ports(to.str("IpProtocol")?, to.opt_int("FromPort")?, to.opt_int("ToPort")?)?;
        set(&mut rule, "IpProtocol", protocol);
        set(&mut rule, "FromPort", from);
        set(&mut rule, "ToPort", until);
        for m in ["CidrIpv4", "CidrIpv6", "PrefixListId", "ReferencedGroupInfo", "Description"] {
            unset(&mut rule, m);
        }
        set_some(&mut rule, "Description", to.filled("Description")?);
        if let Some(c) = to.filled("CidrIpv4")? {
            set(&mut rule, "CidrIpv4", permission::strict_v4(c)?);
        } else if let Some(c) = to.filled("CidrIpv6")? {
            set(&mut rule, "CidrIpv6", cidr::v6(c, "CidrIpv6")?.to_string());
        } else if let Some(p) = to.filled("PrefixListId")? {
            permission::check_prefix_list(ctx, p)?;
            set(&mut rule, "PrefixListId", p);
        } else if let Some(g) = to.filled("ReferencedGroupId")? {
            SECURITY_GROUP.get(ctx, g)?;
            set(&mut rule, "ReferencedGroupInfo", json!({"GroupId": g, "UserId": ctx.account}));
        } else {
            return Err(to.missing("CidrIpv4"));
        }
        let identity = permission::identity(&rule);
        let twice = SECURITY_GROUP_RULE
            .with(ctx, "GroupId", text(&group, "GroupId"))
            .iter()
            .any(|r| text(r, "SecurityGroupRuleId") != id && permission::identity(r) == identity);
        if twice {
            return Err(AwsError::new(
                "InvalidPermission.Duplicate",
                format!("the specified rule {} already exists", say(&rule)),
            ));
        }
        SECURITY_GROUP_RULE.put(ctx, rule);
    }
    Ok(json!({"Return": true}))
}

fn describe(ctx: &mut Ctx, input: &Input) -> Answer {
    let shape = Describe {
        ids: "SecurityGroupRuleIds",
        filter_member: "Filters",
        list: "SecurityGroupRules",
        filters: &[("group-id", "GroupId"), ("security-group-rule-id", "SecurityGroupRuleId")],
    };
    SECURITY_GROUP_RULE.describe(ctx, input, &shape, |_, r| r.clone())
}
