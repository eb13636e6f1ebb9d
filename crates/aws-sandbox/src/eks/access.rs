//! Access entries, and the policies that they carry.

use serde_json::{Value, json};

use super::{
    ENTRY, active_cluster, catalogue, find, forget, in_use, invalid, names, not_found, of_cluster, put, tags_of,
};
use crate::context::Ctx;
use crate::document::{items, items_mut, public, set, text};
use crate::error::{Answer, AwsError};
use crate::input::Input;
use crate::sandbox::Operations;

pub(crate) const OPERATIONS: Operations = &[
    ("CreateAccessEntry", create),
    ("DescribeAccessEntry", describe),
    ("ListAccessEntries", list),
    ("UpdateAccessEntry", update),
    ("DeleteAccessEntry", delete),
    ("AssociateAccessPolicy", associate),
    ("DisassociateAccessPolicy", disassociate),
    ("ListAssociatedAccessPolicies", list_policies),
];

/// Who calls, as an IAM principal: a session stands for its role.
pub(crate) fn caller(ctx: &Ctx) -> String {
    let session = ctx.store.get("session", &ctx.access_key).map(|s| text(s, "arn").to_owned());
    match session.as_deref().and_then(|arn| arn.split_once(":assumed-role/")) {
        Some((_, rest)) => {
            format!("arn:aws:iam::{}:role/{}", ctx.account, rest.split('/').next().unwrap_or_default())
        }
        None => format!("arn:aws:iam::{}:user/sandbox", ctx.account),
    }
}

fn key(cluster: &str, principal: &str) -> String {
    format!("{cluster}/{principal}")
}

fn get(ctx: &Ctx, cluster: &str, principal: &str) -> Result<Value, AwsError> {
    find(ctx, ENTRY, &key(cluster, principal)).ok_or_else(|| {
        not_found(format!("The specified principalArn could not be found. You can view existing principals with the access entries: {principal}"))
    })
}

/// The user name that a principal gets. Source: "Create access entries" in the EKS user guide.
fn user_name(principal: &str, kind: &str) -> String {
    match kind {
        "EC2_LINUX" | "EC2_WINDOWS" | "EC2" => "system:node:{{EC2PrivateDNSName}}".into(),
        "FARGATE_LINUX" => "system:node:{{SessionName}}".into(),
        "HYBRID_LINUX" => "system:node:{{SessionName}}".into(),
        _ => match principal.split_once(":role/") {
            Some((start, path)) => {
                let name = path.rsplit('/').next().unwrap_or(path);
                let start = start.replace(":iam:", ":sts:");
                format!("{start}:assumed-role/{name}/{{{{SessionName}}}}")
            }
            None => principal.to_owned(),
        },
    }
}

fn make(ctx: &mut Ctx, cluster: &str, principal: &str, kind: &str) -> Value {
    let (account, resource) = principal.splitn(6, ':').skip(4).fold((String::new(), String::new()), |(a, _), part| {
        if a.is_empty() { (part.to_owned(), String::new()) } else { (a, part.to_owned()) }
    });
    let (sort, name) = resource.split_once('/').unwrap_or(("role", &resource));
    let id = ctx.new_uuid("access-entry");
    let groups = if kind == "STANDARD" || kind == "EC2" { json!([]) } else { json!(["system:nodes"]) };
    json!({
        "clusterName": cluster,
        "principalArn": principal,
        "kubernetesGroups": groups,
        "accessEntryArn": ctx.arn("eks", &format!("access-entry/{cluster}/{sort}/{account}/{name}/{id}")),
        "createdAt": ctx.timestamp(),
        "modifiedAt": ctx.timestamp(),
        "tags": {},
        "username": user_name(principal, kind),
        "type": kind,
        "_policies": [],
    })
}

/// The entry of who created a cluster, who may do everything in it.
pub(crate) fn bootstrap(ctx: &mut Ctx, cluster: &str, principal: &str) {
    if find(ctx, ENTRY, &key(cluster, principal)).is_some() {
        return;
    }
    let mut doc = make(ctx, cluster, principal, "STANDARD");
    let at = ctx.timestamp();
    let policy = json!({
        "policyArn": catalogue::policy_arn("AmazonEKSClusterAdminPolicy"),
        "accessScope": {"type": "cluster", "namespaces": []}, "associatedAt": at, "modifiedAt": at,
    });
    set(&mut doc, "_policies", json!([policy]));
    set(&mut doc, "_with", "cluster");
    put(ctx, ENTRY, &key(cluster, principal), doc);
}

/// The entry of nodes, which AWS makes with a node group or a Fargate profile.
pub(crate) fn for_nodes(ctx: &mut Ctx, cluster: &Value, role: &str, kind: &str) {
    let name = text(cluster, "name");
    if text(&cluster["accessConfig"], "authenticationMode") == "CONFIG_MAP"
        || find(ctx, ENTRY, &key(name, role)).is_some()
    {
        return;
    }
    let mut doc = make(ctx, name, role, kind);
    set(&mut doc, "_with", "nodes");
    put(ctx, ENTRY, &key(name, role), doc);
}

fn must_have_api(cluster: &Value) -> Result<(), AwsError> {
    match text(&cluster["accessConfig"], "authenticationMode") {
        "CONFIG_MAP" => Err(super::refused(
            "The cluster's authentication mode must be set to one of [API, API_AND_CONFIG_MAP] to perform this operation.",
        )),
        _ => Ok(()),
    }
}

fn create(ctx: &mut Ctx, input: &Input) -> Answer {
    input.accept(&["clientRequestToken"]);
    let (cluster, principal) = (input.str("clusterName")?, input.str("principalArn")?);
    must_have_api(&active_cluster(ctx, cluster)?)?;
    if !principal.starts_with("arn:aws:iam::") {
        return Err(invalid("The specified principalArn is invalid: invalid principal."));
    }
    let kind = input.filled("type")?.unwrap_or("STANDARD");
    let tags = tags_of(input)?;
    if find(ctx, ENTRY, &key(cluster, principal)).is_some() {
        return Err(in_use("The specified access entry resource is already in use on this cluster."));
    }
    let groups = input.strings("kubernetesGroups")?;
    if kind != "STANDARD" && !groups.is_empty() {
        return Err(invalid(format!("kubernetesGroups cannot be given for an access entry of type {kind}")));
    }
    if let Some(bad) = groups.iter().find(|g| g.starts_with("system:")) {
        return Err(invalid(format!("The kubernetes group name {bad} is invalid, it cannot start with system:")));
    }
    let mut doc = make(ctx, cluster, principal, kind);
    set(&mut doc, "tags", tags);
    if !groups.is_empty() {
        set(&mut doc, "kubernetesGroups", json!(groups));
    }
    if let Some(name) = input.filled("username")? {
        set(&mut doc, "username", name);
    }
    put(ctx, ENTRY, &key(cluster, principal), doc.clone());
    Ok(json!({"accessEntry": public(&doc)}))
}

fn describe(ctx: &mut Ctx, input: &Input) -> Answer {
    let cluster = input.str("clusterName")?;
    super::cluster::get(ctx, cluster)?;
    let doc = get(ctx, cluster, input.str("principalArn")?)?;
    Ok(json!({"accessEntry": public(&doc)}))
}

fn list(ctx: &mut Ctx, input: &Input) -> Answer {
    let cluster = input.str("clusterName")?;
    super::cluster::get(ctx, cluster)?;
    let policy = input.filled("associatedPolicyArn")?;
    let carries = |d: &Value| policy.is_none_or(|p| items(d, "_policies").iter().any(|a| text(a, "policyArn") == p));
    let all =
        of_cluster(ctx, ENTRY, cluster).into_iter().filter(|(_, d)| carries(d)).map(|(_, d)| d["principalArn"].clone());
    let all = all.collect();
    names(input, "accessEntries", all)
}

fn update(ctx: &mut Ctx, input: &Input) -> Answer {
    input.accept(&["clientRequestToken"]);
    let (cluster, principal) = (input.str("clusterName")?, input.str("principalArn")?);
    let mut doc = get(ctx, cluster, principal)?;
    if input.has("kubernetesGroups") {
        set(&mut doc, "kubernetesGroups", json!(input.strings("kubernetesGroups")?));
    }
    if let Some(name) = input.filled("username")? {
        set(&mut doc, "username", name);
    }
    set(&mut doc, "modifiedAt", ctx.timestamp());
    put(ctx, ENTRY, &key(cluster, principal), doc.clone());
    Ok(json!({"accessEntry": public(&doc)}))
}

fn delete(ctx: &mut Ctx, input: &Input) -> Answer {
    let (cluster, principal) = (input.str("clusterName")?, input.str("principalArn")?);
    get(ctx, cluster, principal)?;
    forget(ctx, ENTRY, &key(cluster, principal));
    Ok(json!({}))
}

fn associate(ctx: &mut Ctx, input: &Input) -> Answer {
    let (cluster, principal) = (input.str("clusterName")?, input.str("principalArn")?);
    let policy = input.str("policyArn")?;
    let mut doc = get(ctx, cluster, principal)?;
    if !catalogue::is_policy(policy) {
        return Err(invalid("The policyArn parameter format is not valid"));
    }
    let scope = input.structure("accessScope").map_err(|_| invalid("accessScope must be given"))?;
    let (kind, namespaces) = (scope.str("type")?, scope.strings("namespaces")?);
    if (kind == "namespace") == namespaces.is_empty() {
        return Err(invalid("Namespaces go with the scope namespace, and only with it."));
    }
    let at = ctx.timestamp();
    let held = items(&doc, "_policies").iter().find(|p| text(p, "policyArn") == policy);
    let since = held.map_or_else(|| json!(at), |p| p["associatedAt"].clone());
    let new = json!({
        "policyArn": policy, "accessScope": {"type": kind, "namespaces": namespaces}, "associatedAt": since,
        "modifiedAt": at,
    });
    if let Some(list) = items_mut(&mut doc, "_policies") {
        list.retain(|p| text(p, "policyArn") != policy);
        list.push(new.clone());
    }
    put(ctx, ENTRY, &key(cluster, principal), doc);
    Ok(json!({"clusterName": cluster, "principalArn": principal, "associatedAccessPolicy": new}))
}

fn disassociate(ctx: &mut Ctx, input: &Input) -> Answer {
    let (cluster, principal) = (input.str("clusterName")?, input.str("principalArn")?);
    let policy = input.str("policyArn")?;
    let mut doc = get(ctx, cluster, principal)?;
    if !items(&doc, "_policies").iter().any(|p| text(p, "policyArn") == policy) {
        return Err(not_found("No policy association found for the specified policyArn."));
    }
    if let Some(list) = items_mut(&mut doc, "_policies") {
        list.retain(|p| text(p, "policyArn") != policy);
    }
    put(ctx, ENTRY, &key(cluster, principal), doc);
    Ok(json!({}))
}

fn list_policies(ctx: &mut Ctx, input: &Input) -> Answer {
    let (cluster, principal) = (input.str("clusterName")?, input.str("principalArn")?);
    let doc = get(ctx, cluster, principal)?;
    let mut out = names(input, "associatedAccessPolicies", items(&doc, "_policies").to_vec())?;
    set(&mut out, "clusterName", cluster);
    set(&mut out, "principalArn", principal);
    Ok(out)
}
