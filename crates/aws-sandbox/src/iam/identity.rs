//! Users and roles with all policies that speak for them: as one document, and for what is evaluated.

use serde_json::{Value, json};

use super::{encoded, group, instance_profile, managed, paged, policy, role, user};
use crate::authorize::Who;
use crate::context::Ctx;
use crate::document::{items, public, set, text, unset};
use crate::error::{Answer, AwsError};
use crate::input::Input;
use crate::sandbox::Operations;

pub(crate) const OPERATIONS: Operations = &[("GetAccountAuthorizationDetails", details)];

/// The policies of an identity.
#[derive(Clone, Debug, Default)]
pub(crate) struct Identity {
    /// Names and documents of those that are known.
    pub policies: Vec<(String, String)>,
    /// ARNs of policies of AWS's own, of which only the names are known here.
    pub unknown: Vec<String>,
    /// Name and document of the boundary.
    pub boundary: Option<(String, String)>,
}

/// The document of a policy's default version.
fn document(ctx: &Ctx, arn: &str) -> Option<String> {
    let doc = policy::find(ctx, arn).ok()?;
    let version = items(&doc, "_versions").iter().find(|v| v["VersionId"] == doc["DefaultVersionId"])?;
    Some(text(version, "Document").to_owned())
}

fn gather(ctx: &Ctx, of: &Value, into: &mut Identity) {
    for (name, policy) in of["_inline"].as_object().into_iter().flatten() {
        into.policies.push((name.clone(), policy.as_str().unwrap_or_default().to_owned()));
    }
    for arn in items(of, "_attached").iter().filter_map(Value::as_str) {
        match document(ctx, arn) {
            Some(policy) => into.policies.push((arn.rsplit('/').next().unwrap_or(arn).to_owned(), policy)),
            None => into.unknown.push(arn.to_owned()),
        }
    }
    let boundary = text(&of["PermissionsBoundary"], "PermissionsBoundaryArn");
    if !boundary.is_empty() {
        match document(ctx, boundary) {
            Some(policy) => into.boundary = Some((boundary.rsplit('/').next().unwrap_or(boundary).to_owned(), policy)),
            None => into.unknown.push(boundary.to_owned()),
        }
    }
}

/// The policies of the user, role or group with an ARN.
pub(crate) fn by_arn(ctx: &Ctx, arn: &str) -> Option<Identity> {
    let mut identity = Identity::default();
    let name = arn.rsplit('/').next()?;
    let row = match arn.split(':').nth(5)?.split('/').next()? {
        "role" => role::get(ctx, name),
        "user" => user::get(ctx, name),
        "group" => group::get(ctx, name),
        _ => return None,
    };
    let row = row.ok().filter(|row| row.doc["Arn"] == arn)?;
    gather(ctx, &row.doc, &mut identity);
    let groups = ctx.store.rows(&ctx.global(group::TABLE)).map(|(_, g)| g);
    for group in groups.filter(|g| arn.contains(":user/") && items(g, "_users").iter().any(|u| u == name)) {
        gather(ctx, group, &mut identity);
    }
    Some(identity)
}

/// Who calls, and the policies that speak for it. None for those who may do everything: the user `sandbox`, who stands for
/// whoever rehearses, and roles that nobody made here.
pub(crate) fn caller(ctx: &Ctx) -> (Who, Option<Identity>) {
    let Some(session) = ctx.store.get("session", &ctx.access_key) else {
        let arn = format!("arn:aws:iam::{}:user/sandbox", ctx.account);
        return (Who { arn: arn.clone(), principal: arn, account: ctx.account.clone() }, None);
    };
    let arn = text(session, "arn").to_owned();
    let name = arn.split_once(":assumed-role/").and_then(|(_, rest)| rest.split('/').next());
    let role = name.and_then(|name| role::get(ctx, name).ok());
    let principal = role.map_or_else(|| arn.clone(), |row| text(&row.doc, "Arn").to_owned());
    let identity = by_arn(ctx, &principal);
    (Who { arn, principal, account: ctx.account.clone() }, identity)
}

fn inline(of: &Value) -> Vec<Value> {
    let all = of["_inline"].as_object().into_iter().flatten();
    all.map(
        |(name, policy)| json!({"PolicyName": name, "PolicyDocument": encoded(policy.as_str().unwrap_or_default())}),
    )
    .collect()
}

fn attached(of: &Value) -> Vec<Value> {
    let all = items(of, "_attached").iter().filter_map(Value::as_str);
    all.map(|arn| json!({"PolicyName": arn.rsplit('/').next(), "PolicyArn": arn})).collect()
}

/// Everything that says who may do what, for audits. Source: GetAccountAuthorizationDetails.
fn details(ctx: &mut Ctx, input: &Input) -> Answer {
    const KINDS: [&str; 5] = ["User", "Group", "Role", "LocalManagedPolicy", "AWSManagedPolicy"];
    let filter = input.strings("Filter")?;
    if let Some(bad) = filter.iter().find(|f| !KINDS.contains(f)) {
        return Err(input.invalid(format!("Invalid entity type {bad}.")));
    }
    let wants = |kind: &str| filter.is_empty() || filter.contains(&kind);
    let mut all: Vec<Value> = Vec::new();
    let rows = |table: &str| ctx.store.rows(&ctx.global(table)).map(|(_, d)| d.clone()).collect::<Vec<_>>();
    if wants("User") {
        all.extend(rows(user::TABLE).iter().map(|u| {
            let mut doc = user::render(u, false);
            let groups = group::groups_of(ctx, text(u, "UserName"));
            set(&mut doc, "GroupList", groups.iter().map(|g| g["GroupName"].clone()).collect::<Vec<_>>());
            set(&mut doc, "UserPolicyList", inline(u));
            set(&mut doc, "AttachedManagedPolicies", attached(u));
            json!({"UserDetailList": doc})
        }));
    }
    if wants("Group") {
        all.extend(rows(group::TABLE).iter().map(|g| {
            let mut doc = public(g);
            set(&mut doc, "GroupPolicyList", inline(g));
            set(&mut doc, "AttachedManagedPolicies", attached(g));
            json!({"GroupDetailList": doc})
        }));
    }
    if wants("Role") {
        all.extend(rows(role::TABLE).iter().map(|r| {
            let mut doc = role::render(r, false);
            for member in ["Description", "MaxSessionDuration"] {
                unset(&mut doc, member);
            }
            let profiles = instance_profile::of_role(ctx, text(r, "RoleName"));
            let profiles: Vec<Value> = profiles.iter().map(|p| instance_profile::render(ctx, p)).collect();
            set(&mut doc, "InstanceProfileList", profiles);
            set(&mut doc, "RolePolicyList", inline(r));
            set(&mut doc, "AttachedManagedPolicies", attached(r));
            json!({"RoleDetailList": doc})
        }));
    }
    if wants("LocalManagedPolicy") {
        all.extend(rows(policy::TABLE).iter().map(|p| {
            let mut doc = policy::render(ctx, p);
            unset(&mut doc, "Tags");
            let versions = items(p, "_versions").iter();
            let versions: Vec<Value> = versions.map(|v| super::policy_version::render(p, v, true)).collect();
            set(&mut doc, "PolicyVersionList", versions);
            json!({"Policies": doc})
        }));
    }
    // AWS tells of its own policies those that are attached.
    let used = |arn: &String| policy::find(ctx, arn).is_ok_and(|p| policy::render(ctx, &p)["AttachmentCount"] != 0);
    if wants("AWSManagedPolicy")
        && let Some(arn) = managed::arns().find(used)
    {
        return Err(AwsError::not_implemented(format!("what the AWS managed policy {arn} says (see --filter)")));
    }
    let mut out = paged(input, "all", all)?;
    let page = unset(&mut out, "all");
    for list in ["UserDetailList", "GroupDetailList", "RoleDetailList", "Policies"] {
        let those = page.iter().flat_map(|p| p.as_array()).flatten().filter_map(|row| row.get(list).cloned());
        set(&mut out, list, those.collect::<Vec<_>>());
    }
    Ok(out)
}
