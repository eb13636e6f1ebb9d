//! Who is who in a cluster: OIDC identity providers for people, pod identities for workloads.

use serde_json::{Value, json};

use super::{
    CLUSTER, IDENTITY, POD, active_cluster, check_role, find, forget, in_use, invalid, names, not_found, of_cluster,
    put, refuse, shown, tags_of, update as updates,
};
use crate::context::Ctx;
use crate::document::{public, set, set_some, text};
use crate::error::{Answer, AwsError};
use crate::input::Input;
use crate::sandbox::Operations;

pub(crate) const OPERATIONS: Operations = &[
    ("AssociateIdentityProviderConfig", associate),
    ("DescribeIdentityProviderConfig", describe_provider),
    ("ListIdentityProviderConfigs", list_providers),
    ("DisassociateIdentityProviderConfig", disassociate),
    ("CreatePodIdentityAssociation", create),
    ("DescribePodIdentityAssociation", describe),
    ("ListPodIdentityAssociations", list),
    ("UpdatePodIdentityAssociation", update),
    ("DeletePodIdentityAssociation", delete),
];

fn provider(ctx: &Ctx, input: &Input) -> Result<(String, Value), AwsError> {
    let cluster = input.str("clusterName")?;
    super::cluster::get(ctx, cluster)?;
    let config =
        input.structure("identityProviderConfig").map_err(|_| invalid("identityProviderConfig must be given"))?;
    let (kind, name) = (config.str("type")?, config.str("name")?);
    let key = format!("{cluster}/{name}");
    let found = find(ctx, IDENTITY, &key).filter(|_| kind == "oidc");
    found
        .map(|d| (key, d))
        .ok_or_else(|| not_found(format!("Identity provider config {name} is not associated with cluster {cluster}")))
}

fn associate(ctx: &mut Ctx, input: &Input) -> Answer {
    input.accept(&["clientRequestToken"]);
    let cluster = input.str("clusterName")?;
    let owner = active_cluster(ctx, cluster)?;
    if text(&owner, "status") != "ACTIVE" {
        return Err(in_use(format!("Cluster {cluster} is being updated")));
    }
    let oidc = input.raw("oidc").cloned().unwrap_or_default();
    let name = text(&oidc, "identityProviderConfigName").to_owned();
    if !text(&oidc, "issuerUrl").starts_with("https://") {
        return Err(invalid("The issuer URL must begin with https://"));
    }
    let tags = tags_of(input)?;
    // A cluster has one provider at most.
    if !of_cluster(ctx, IDENTITY, cluster).is_empty() {
        return Err(in_use(format!("Cluster {cluster} has an identity provider already")));
    }
    let id = ctx.new_uuid("idp");
    let mut doc = oidc;
    set(&mut doc, "clusterName", cluster);
    let arn = ctx.arn("eks", &format!("identityproviderconfig/{cluster}/oidc/{name}/{id}"));
    set(&mut doc, "identityProviderConfigArn", arn);
    set(&mut doc, "tags", tags.clone());
    set(&mut doc, "status", "CREATING");
    let key = format!("{cluster}/{name}");
    put(ctx, IDENTITY, &key, doc);
    ctx.after(600, "eks-idp-active", &key);
    let update = updates::begin(ctx, cluster, (CLUSTER, cluster), "AssociateIdentityProviderConfig", &[]);
    Ok(json!({"update": update, "tags": tags}))
}

fn describe_provider(ctx: &mut Ctx, input: &Input) -> Answer {
    let (_, doc) = provider(ctx, input)?;
    Ok(json!({"identityProviderConfig": {"oidc": shown(ctx, &doc, "status", 120)}}))
}

fn list_providers(ctx: &mut Ctx, input: &Input) -> Answer {
    let cluster = input.str("clusterName")?;
    super::cluster::get(ctx, cluster)?;
    let all = of_cluster(ctx, IDENTITY, cluster)
        .iter()
        .map(|(_, d)| json!({"type": "oidc", "name": d["identityProviderConfigName"]}))
        .collect();
    names(input, "identityProviderConfigs", all)
}

fn disassociate(ctx: &mut Ctx, input: &Input) -> Answer {
    input.accept(&["clientRequestToken"]);
    let (key, mut doc) = provider(ctx, input)?;
    if text(&doc, "status") == "CREATING" {
        return Err(in_use("Identity provider config is being associated"));
    }
    set(&mut doc, "status", "DELETING");
    let cluster = text(&doc, "clusterName").to_owned();
    put(ctx, IDENTITY, &key, doc);
    ctx.after(600, "eks-idp-deleted", &key);
    let update = updates::begin(ctx, &cluster, (CLUSTER, &cluster), "DisassociateIdentityProviderConfig", &[]);
    Ok(json!({"update": update}))
}

fn make(ctx: &mut Ctx, cluster: &str, namespace: &str, account: &str, role: &str) -> Value {
    let id: String = ctx.new_uuid("pod-identity").replace('-', "").chars().take(17).collect();
    let id = format!("a-{id}");
    json!({
        "clusterName": cluster,
        "namespace": namespace,
        "serviceAccount": account,
        "roleArn": role,
        "associationArn": ctx.arn("eks", &format!("podidentityassociation/{cluster}/{id}")),
        "associationId": id,
        "tags": {},
        "createdAt": ctx.timestamp(),
        "modifiedAt": ctx.timestamp(),
        "disableSessionTags": false,
    })
}

/// An association that an add-on owns; gives its ARN.
pub(crate) fn make_for_addon(ctx: &mut Ctx, cluster: &str, account: &str, role: &str, owner: &str) -> String {
    let mut doc = make(ctx, cluster, "kube-system", account, role);
    set(&mut doc, "ownerArn", owner);
    set(&mut doc, "_with", "addon");
    let arn = text(&doc, "associationArn").to_owned();
    let key = format!("{cluster}/{}", text(&doc, "associationId"));
    put(ctx, POD, &key, doc);
    arn
}

fn create(ctx: &mut Ctx, input: &Input) -> Answer {
    input.accept(&["clientRequestToken"]);
    refuse(input, &["targetRoleArn", "policy"])?;
    let cluster = input.str("clusterName")?;
    active_cluster(ctx, cluster)?;
    let (namespace, account, role) = (input.str("namespace")?, input.str("serviceAccount")?, input.str("roleArn")?);
    check_role(role)?;
    let tags = tags_of(input)?;
    let taken = of_cluster(ctx, POD, cluster)
        .into_iter()
        .find(|(_, a)| text(a, "namespace") == namespace && text(a, "serviceAccount") == account);
    if let Some((_, a)) = taken {
        return Err(in_use(format!("Association already exists: {}", text(&a, "associationId"))));
    }
    let mut doc = make(ctx, cluster, namespace, account, role);
    set(&mut doc, "tags", tags);
    set_some(&mut doc, "disableSessionTags", input.opt_bool("disableSessionTags")?);
    let key = format!("{cluster}/{}", text(&doc, "associationId"));
    put(ctx, POD, &key, doc.clone());
    Ok(json!({"association": public(&doc)}))
}

fn association(ctx: &Ctx, input: &Input) -> Result<(String, Value), AwsError> {
    let (cluster, id) = (input.str("clusterName")?, input.str("associationId")?);
    super::cluster::get(ctx, cluster)?;
    let key = format!("{cluster}/{id}");
    find(ctx, POD, &key).map(|d| (key, d)).ok_or_else(|| not_found(format!("Association: {id} does not exist")))
}

fn describe(ctx: &mut Ctx, input: &Input) -> Answer {
    let (_, doc) = association(ctx, input)?;
    Ok(json!({"association": public(&doc)}))
}

fn list(ctx: &mut Ctx, input: &Input) -> Answer {
    let cluster = input.str("clusterName")?;
    super::cluster::get(ctx, cluster)?;
    let (namespace, account) = (input.filled("namespace")?, input.filled("serviceAccount")?);
    let all = of_cluster(ctx, POD, cluster)
        .iter()
        .map(|(_, d)| d)
        .filter(|d| namespace.is_none_or(|n| text(d, "namespace") == n))
        .filter(|d| account.is_none_or(|a| text(d, "serviceAccount") == a))
        .map(|d| {
            let mut short = json!({});
            for member in ["clusterName", "namespace", "serviceAccount", "associationArn", "associationId", "ownerArn"]
            {
                set_some(&mut short, member, d.get(member).cloned());
            }
            short
        })
        .collect();
    names(input, "associations", all)
}

fn update(ctx: &mut Ctx, input: &Input) -> Answer {
    input.accept(&["clientRequestToken"]);
    refuse(input, &["targetRoleArn", "policy"])?;
    let (key, mut doc) = association(ctx, input)?;
    if let Some(role) = input.filled("roleArn")? {
        check_role(role)?;
        set(&mut doc, "roleArn", role);
    }
    set_some(&mut doc, "disableSessionTags", input.opt_bool("disableSessionTags")?);
    set(&mut doc, "modifiedAt", ctx.timestamp());
    put(ctx, POD, &key, doc.clone());
    Ok(json!({"association": public(&doc)}))
}

fn delete(ctx: &mut Ctx, input: &Input) -> Answer {
    let (key, doc) = association(ctx, input)?;
    forget(ctx, POD, &key);
    Ok(json!({"association": public(&doc)}))
}
