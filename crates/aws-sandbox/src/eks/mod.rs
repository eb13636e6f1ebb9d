//! EKS: clusters and what runs in them, as far as AWS's API shows it. There is no Kubernetes behind it.

mod access;
mod addon;
mod catalogue;
mod cluster;
mod fargate;
mod identity;
mod nodegroup;
mod tags;
mod update;

use serde_json::{Value, json};

use crate::context::Ctx;
use crate::document::{public, set, text};
use crate::error::{Answer, AwsError};
use crate::input::Input;
use crate::page;
use crate::sandbox::Operations;

/// Everything EKS answers.
pub(crate) const OPERATIONS: &[Operations] = &[
    access::OPERATIONS,
    addon::OPERATIONS,
    catalogue::OPERATIONS,
    cluster::OPERATIONS,
    fargate::OPERATIONS,
    identity::OPERATIONS,
    nodegroup::OPERATIONS,
    tags::OPERATIONS,
    update::OPERATIONS,
];

/// What a timer does.
pub(crate) fn event(ctx: &mut Ctx, event: &str, key: &str) {
    match event {
        "eks-cluster-active" => cluster::active(ctx, key),
        "eks-cluster-deleted" => cluster::deleted(ctx, key),
        "eks-addon-active" => settle(ctx, ADDON, key, "status"),
        "eks-addon-deleted" => forget(ctx, ADDON, key),
        "eks-nodegroup-active" => settle(ctx, NODEGROUP, key, "status"),
        "eks-nodegroup-deleted" => nodegroup::deleted(ctx, key),
        "eks-fargate-active" => settle(ctx, FARGATE, key, "status"),
        "eks-fargate-deleted" => forget(ctx, FARGATE, key),
        "eks-idp-active" => settle(ctx, IDENTITY, key, "status"),
        "eks-idp-deleted" => forget(ctx, IDENTITY, key),
        "eks-update-done" => update::done(ctx, key),
        _ => {}
    }
}

/// Whether somebody asked for this: it did not come with a cluster, and is not on its way out.
pub(crate) fn made_by_somebody(kind: &str, doc: &Value) -> bool {
    kind != "eks-update" && doc["status"] != "DELETING" && doc.get("_with").is_none()
}

/// Tables.
pub(crate) const CLUSTER: &str = "eks-cluster";
pub(crate) const ADDON: &str = "eks-addon";
pub(crate) const NODEGROUP: &str = "eks-nodegroup";
pub(crate) const FARGATE: &str = "eks-fargate";
pub(crate) const IDENTITY: &str = "eks-idp";
pub(crate) const ENTRY: &str = "eks-access-entry";
pub(crate) const POD: &str = "eks-pod-identity";

fn not_found(message: impl Into<String>) -> AwsError {
    AwsError::new("ResourceNotFoundException", message).status(404)
}

fn in_use(message: impl Into<String>) -> AwsError {
    AwsError::new("ResourceInUseException", message).status(409)
}

fn invalid(message: impl Into<String>) -> AwsError {
    AwsError::new("InvalidParameterException", message)
}

fn refused(message: impl Into<String>) -> AwsError {
    AwsError::new("InvalidRequestException", message)
}

/// The document of a key.
fn find(ctx: &Ctx, table: &str, key: &str) -> Option<Value> {
    ctx.store.get(&ctx.regional(table), key).cloned()
}

fn put(ctx: &mut Ctx, table: &str, key: &str, doc: Value) {
    let table = ctx.regional(table);
    ctx.store.put(&table, key, doc);
}

fn forget(ctx: &mut Ctx, table: &str, key: &str) {
    let table = ctx.regional(table);
    ctx.store.remove(&table, key);
}

/// What belongs to a cluster, with keys: those are `cluster/name`.
fn of_cluster(ctx: &Ctx, table: &str, cluster: &str) -> Vec<(String, Value)> {
    let prefix = format!("{cluster}/");
    ctx.store
        .rows(&ctx.regional(table))
        .filter(|(k, _)| k.starts_with(&prefix))
        .map(|(k, d)| (k.clone(), d.clone()))
        .collect()
}

/// What was being made or changed works.
fn settle(ctx: &mut Ctx, table: &str, key: &str, member: &str) {
    if let Some(mut doc) = find(ctx, table, key)
        && text(&doc, member) != "DELETING"
    {
        set(&mut doc, member, "ACTIVE");
        put(ctx, table, key, doc);
    }
}

/// A cluster that can be worked with.
///
/// # Errors
/// AWS's for one that is not there, or not active.
fn active_cluster(ctx: &Ctx, name: &str) -> Result<Value, AwsError> {
    let cluster = cluster::get(ctx, name)?;
    match text(&cluster, "status") {
        "ACTIVE" | "UPDATING" => Ok(cluster),
        status => Err(refused(format!("Cluster '{name}' is not in ACTIVE status; it is {status}"))),
    }
}

/// Members that the sandbox knows by name but does not simulate.
fn refuse(input: &Input, names: &[&str]) -> Result<(), AwsError> {
    input.refuse(names)
}

/// A page of names.
fn names(input: &Input, list: &str, all: Vec<Value>) -> Answer {
    let max = input.opt_int("maxResults")?.and_then(|n| usize::try_from(n).ok()).unwrap_or(100);
    let page = page::cut(all, Some(max), input.filled("nextToken")?, "InvalidParameterException")?;
    Ok(page::document(list, page, "nextToken"))
}

/// The tags that a request gives.
fn tags_of(input: &Input) -> Result<Value, AwsError> {
    let tags = input.raw("tags").cloned().unwrap_or_else(|| json!({}));
    if let Some(bad) = tags.as_object().and_then(|t| t.keys().find(|k| k.to_ascii_lowercase().starts_with("aws:"))) {
        return Err(invalid(format!("Tag key '{bad}' is reserved for AWS")));
    }
    Ok(tags)
}

/// A document as AWS shows it, marked as passing where it is.
fn shown(ctx: &mut Ctx, doc: &Value, member: &str, step: i64) -> Value {
    if matches!(text(doc, member), "CREATING" | "DELETING" | "UPDATING" | "PENDING") {
        ctx.waits(step);
    }
    public(doc)
}

/// Checks that a role is one of this account, by its ARN's shape: roles of other tools may not be here.
fn check_role(arn: &str) -> Result<(), AwsError> {
    if arn.starts_with("arn:aws:iam::") && arn.contains(":role/") {
        return Ok(());
    }
    Err(invalid(format!("The role ARN '{arn}' is not valid.")))
}
