//! EKS: clusters and what belongs to them.

mod access;
mod addon;
mod cluster;
pub mod cluster_parts;
mod fargate_profile;
mod identity;
mod node_group;

use std::time::Duration;

use serde_json::{Map, Value as Json, json};

use crate::cx::{Cx, Seen};
use crate::decl::{CreateTags, ReadTags, Resource, Service, TAGGING, Tagging};
use crate::doc;
use crate::fail::Fail;
use crate::obj::Obj;
use crate::plan::Plan;
use crate::work::Work;

/// Every resource type here.
pub static ALL: &[&Resource] = &[
    &access::ACCESS_ENTRY,
    &access::ACCESS_POLICY_ASSOCIATION,
    &addon::ADDON,
    &cluster::CLUSTER,
    &fargate_profile::FARGATE_PROFILE,
    &identity::IDENTITY_PROVIDER_CONFIG,
    &identity::POD_IDENTITY_ASSOCIATION,
    &node_group::NODE_GROUP,
];

/// The service.
pub static EKS: Service = Service { id: "eks", faults: &[] };

/// Tags of something in EKS, which is told apart by ARN.
pub const fn tags(arn: &'static str) -> Tagging {
    Tagging {
        create: CreateTags::Member("tags"),
        add: "TagResource",
        remove: "UntagResource",
        by: ("resourceArn", arn),
        by_list: false,
        tags: "tags",
        is_map: true,
        keys: "tagKeys",
        keys_are_tags: false,
        read: ReadTags::Item("tags"),
        ..TAGGING
    }
}

/// The input of a creation: the arguments, and the tags.
pub fn creation(cx: &Cx, work: &Work) -> Map<String, Json> {
    let mut input = Map::new();
    doc::input(work.resource.attrs, &work.state, &mut input);
    if let Some(t) = &work.resource.tags {
        t.at_creation(&cx.settings.tags.all(&work.config.get("tags")).unwrap_or_default(), &mut input);
    }
    input
}

/// Messages of refusals that pass: EKS may not know a role yet that IAM just made.
const ROLES: &[&str] = &[
    "does not exist",
    "Error in role params",
    "Role could not be assumed because the trusted entity is not correct",
    "The provided role doesn't have the Amazon EKS Managed Policies associated with it",
    "IAM role's policy must include",
    "Misconfigured PodExecutionRole Trust Policy",
    "could not be found",
];

/// Calls, and again for two minutes while EKS does not know a role yet.
///
/// # Errors
/// AWS refused.
pub async fn with_roles(cx: &Cx, op: &str, input: Json) -> Result<Json, Fail> {
    let clock = &cx.settings.clock;
    let (start, mut pause) = (clock.now(), Duration::from_millis(500));
    loop {
        match cx.call("eks", op, input.clone()).await {
            Err(e)
                if ROLES.iter().any(|m| e.says(&["InvalidParameterException"], m))
                    && clock.now().duration_since(start).unwrap_or_default() < crate::iam::PROPAGATION =>
            {
                clock.sleep(pause).await;
                pause = (pause * 3 / 2).min(Duration::from_secs(10));
            }
            other => return other,
        }
    }
}

/// Makes a change that goes on for a while, and waits until it is through. `of` names what is changed beside the cluster.
///
/// # Errors
/// AWS refused, or the change failed; says why.
pub async fn change(
    cx: &Cx,
    cluster: &str,
    of: Option<(&str, &str)>,
    op: &str,
    input: Json,
    limit: Duration,
) -> Result<(), Fail> {
    let answer = with_roles(cx, op, input).await?;
    let id = doc::text(&answer, "update.id");
    let mut look = json!({"name": cluster, "updateId": id});
    if let Some((member, name)) = of {
        look[member] = json!(name);
    }
    let what = match of {
        Some((_, name)) => format!("the update of {name} in cluster {cluster}"),
        None => format!("the update of cluster {cluster}"),
    };
    cx.wait(&what, limit, &["InProgress"], &["Successful"], || {
        let look = look.clone();
        Box::pin(async move {
            let found = match cx.call("eks", "DescribeUpdate", look).await {
                Err(e) if e.is(&["ResourceNotFoundException"]) => return Ok(None),
                found => found?,
            };
            let reasons: Vec<String> =
                doc::items(&found, "update.errors").iter().map(|e| doc::text(e, "errorMessage")).collect();
            Ok(Some(Seen { reason: reasons.join("; "), ..Seen::of(doc::text(&found, "update.status")) }))
        })
    })
    .await?;
    Ok(())
}

/// When something was last changed is not known once one of these changes.
///
/// # Errors
/// None.
pub fn moves(plan: &mut Plan, names: &[&str]) -> Result<(), Fail> {
    if plan.prior.is_some() && names.iter().any(|n| plan.changes(n)) {
        plan.unknown("modified_at");
    }
    Ok(())
}

/// Splits an id such as `cluster:name` into these attributes.
///
/// # Errors
/// It has another number of parts.
pub fn split(id: &str, by: char, names: &[&str], obj: &mut Obj) -> Result<(), Fail> {
    let parts: Vec<&str> = id.splitn(names.len(), by).collect();
    if parts.len() != names.len() || parts.iter().any(|p| p.is_empty()) {
        let shape = names.join(&by.to_string());
        return Err(Fail::new("Invalid import id", format!("{id:?} does not fit; it has the form {shape}.")));
    }
    for (name, part) in names.iter().zip(parts) {
        obj.set(name, part);
    }
    Ok(())
}

/// The name of a cluster: letters, digits, `-` and `_`, at most a hundred.
///
/// # Errors
/// It has another character.
pub fn cluster_name(s: &str) -> Result<(), String> {
    let first = s.chars().next().is_some_and(|c| c.is_ascii_alphanumeric());
    let rest = s.chars().all(|c| c.is_ascii_alphanumeric() || "-_".contains(c));
    if first && rest && s.len() <= 100 {
        return Ok(());
    }
    Err(format!(
        "{s:?} is no name of a cluster: letters, digits, - and _ are possible, a letter or digit first, at most 100"
    ))
}
