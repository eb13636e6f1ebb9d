//! `aws_eks_identity_provider_config` and `aws_eks_pod_identity_association`
//! (<https://registry.terraform.io/providers/hashicorp/aws/5.100.0/docs/resources/eks_identity_provider_config> and beside
//! it).

use serde_json::{Map, Value as Json, json};

use crate::cx::{Cx, Seen};
use crate::decl::*;
use crate::doc;
use crate::fail::Fail;
use crate::obj::Obj;
use crate::work::Work;

const OIDC: Kind = Kind::Object(&[
    string("client_id").required().replaces().api("clientId"),
    string("groups_claim").zero().replaces().api("groupsClaim"),
    string("groups_prefix").zero().replaces().api("groupsPrefix"),
    string("identity_provider_config_name").required().replaces().api("identityProviderConfigName"),
    string("issuer_url").required().replaces().api("issuerUrl"),
    map("required_claims", &Kind::String).zero().replaces().api("requiredClaims"),
    string("username_claim").zero().replaces().api("usernameClaim"),
    string("username_prefix").zero().replaces().api("usernamePrefix"),
]);

/// `aws_eks_identity_provider_config`.
pub static IDENTITY_PROVIDER_CONFIG: Resource = resource("aws_eks_identity_provider_config", &super::EKS)
    .attrs(&[
        string("arn").computed().unread(),
        string("cluster_name").required().replaces().local().check(&[Check::By(super::cluster_name)]),
        block("oidc", &OIDC).required().replaces().unread().to("oidc"),
        string("status").computed().unread(),
    ])
    .tagged(Tagging { read: ReadTags::Op("ListTagsForResource", "tags"), ..super::tags("arn") })
    .timeouts(&[("create", 2400), ("delete", 2400)])
    .create_with(associate)
    .read(Read::Hook)
    .delete_with(disassociate)
    .gone(&["ResourceNotFoundException"])
    .after_read(read)
    .imports(|_, id, _| {
        Box::pin(async move {
            let mut probe = Obj::empty(&craton_model::Type::object([
                ("cluster", craton_model::Type::String),
                ("name", craton_model::Type::String),
            ]));
            super::split(id, ':', &["cluster", "name"], &mut probe)
        })
    });

fn name_of(obj: &Obj) -> (String, String) {
    let (cluster, name) = obj.id().split_once(':').unwrap_or_default();
    (cluster.to_owned(), name.to_owned())
}

async fn found(cx: &Cx, cluster: &str, name: &str) -> Result<Option<Json>, Fail> {
    let input = json!({"clusterName": cluster, "identityProviderConfig": {"type": "oidc", "name": name}});
    match cx.call("eks", "DescribeIdentityProviderConfig", input).await {
        Err(e) if e.is(&["ResourceNotFoundException"]) => Ok(None),
        answer => Ok(doc::at(&answer?, "identityProviderConfig.oidc")),
    }
}

async fn wait(cx: &Cx, work: &Work, pending: &[&str], target: &[&str]) -> Result<(), Fail> {
    let (cluster, name) = name_of(&work.state);
    let what = format!("identity provider {name} of cluster {cluster}");
    let (cluster, name) = (cluster.as_str(), name.as_str());
    cx.wait(&what, work.limit, pending, target, || {
        Box::pin(async move { Ok(found(cx, cluster, name).await?.map(|o| Seen::of(doc::text(&o, "status")))) })
    })
    .await?;
    Ok(())
}

fn associate<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let mut input: Map<String, Json> = super::creation(cx, work);
        let cluster = work.state.text("cluster_name").to_owned();
        input.insert("clusterName".into(), json!(cluster));
        cx.call("eks", "AssociateIdentityProviderConfig", Json::Object(input)).await?;
        let oidc = work.state.objects("oidc");
        let name = oidc.first().map(|o| o.text("identity_provider_config_name").to_owned()).unwrap_or_default();
        work.state.set("id", format!("{cluster}:{name}"));
        wait(cx, work, &["CREATING"], &["ACTIVE"]).await
    })
}

fn read<'a>(cx: &'a Cx, obj: &'a mut Obj, _: &'a Json) -> Fut<'a, bool> {
    Box::pin(async move {
        let (cluster, name) = name_of(obj);
        let Some(oidc) = found(cx, &cluster, &name).await? else { return Ok(false) };
        obj.set("arn", doc::text(&oidc, "identityProviderConfigArn"));
        obj.set("cluster_name", doc::text(&oidc, "clusterName"));
        obj.set("status", doc::text(&oidc, "status"));
        obj.set("oidc", doc::value(&Kind::List(&OIDC), &json!([oidc])));
        Ok(true)
    })
}

fn disassociate<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let (cluster, name) = name_of(&work.state);
        let input = json!({"clusterName": cluster, "identityProviderConfig": {"type": "oidc", "name": name}});
        match cx.call("eks", "DisassociateIdentityProviderConfig", input).await {
            Err(e)
                if e.says(&["InvalidRequestException"], "Identity provider config is not associated with cluster") =>
            {
                return Ok(());
            }
            other => other?,
        };
        wait(cx, work, &["ACTIVE", "DELETING"], &[]).await
    })
}

/// `aws_eks_pod_identity_association`.
pub static POD_IDENTITY_ASSOCIATION: Resource = resource("aws_eks_pod_identity_association", &super::EKS)
    .framework()
    .attrs(&[
        string("association_arn").computed().from("associationArn"),
        string("association_id").computed().from("associationId"),
        string("cluster_name").required().replaces().api("clusterName"),
        string("namespace").required().replaces().api("namespace"),
        string("role_arn").required().api("roleArn").check(&[Check::Arn]),
        string("service_account").required().replaces().api("serviceAccount"),
    ])
    .tagged(super::tags("association_arn"))
    .create_with(create)
    .key(&[("clusterName", "cluster_name"), ("associationId", "association_id")])
    .read(Read::One { op: "DescribePodIdentityAssociation", item: "association" })
    .updates(&[update_with(change, &["role_arn"])])
    .delete("DeletePodIdentityAssociation")
    .gone(&["ResourceNotFoundException"])
    .after_read(|_, obj, item| {
        Box::pin(async move {
            obj.set("id", doc::text(item, "associationId"));
            Ok(true)
        })
    })
    .imports(|_, id, obj| {
        Box::pin(async move {
            super::split(id, ',', &["cluster_name", "association_id"], obj)?;
            let id = obj.text("association_id").to_owned();
            obj.set("id", id);
            Ok(())
        })
    });

fn create<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let input = super::creation(cx, work);
        let answer = super::with_roles(cx, "CreatePodIdentityAssociation", Json::Object(input)).await?;
        let id = doc::text(&answer, "association.associationId");
        work.state.set("association_id", id.as_str());
        work.state.set("id", id);
        Ok(())
    })
}

fn change<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let input = json!({
            "clusterName": work.state.text("cluster_name"), "associationId": work.state.text("association_id"),
            "roleArn": work.state.text("role_arn"),
        });
        super::with_roles(cx, "UpdatePodIdentityAssociation", input).await?;
        Ok(())
    })
}
