//! `aws_eks_addon` (<https://registry.terraform.io/providers/hashicorp/aws/5.100.0/docs/resources/eks_addon>).

use serde_json::{Value as Json, json};

use crate::cx::Cx;
use crate::decl::*;
use crate::doc;
use crate::fail::Fail;
use crate::obj::Obj;
use crate::work::Work;

const POD: Kind = Kind::Object(&[
    string("role_arn").required().api("roleArn").check(&[Check::Arn]),
    string("service_account").required().api("serviceAccount"),
]);

const CONFLICTS: &[&str] = &["NONE", "OVERWRITE", "PRESERVE"];

const CHANGES: &[&str] =
    &["addon_version", "configuration_values", "service_account_role_arn", "pod_identity_association"];

/// `aws_eks_addon`.
pub static ADDON: Resource = resource("aws_eks_addon", &super::EKS)
    .attrs(&[
        string("addon_name").required().replaces().api("addonName"),
        string("addon_version").optional_computed().api("addonVersion"),
        string("arn").computed().from("addonArn"),
        string("cluster_name").required().replaces().api("clusterName").check(&[Check::By(super::cluster_name)]),
        string("configuration_values").optional_computed().zero().api("configurationValues"),
        string("created_at").computed().unread(),
        string("modified_at").computed().unread(),
        block_set("pod_identity_association", &POD).unread().to("podIdentityAssociations"),
        boolean("preserve").local(),
        string("resolve_conflicts")
            .deprecated()
            .local()
            .conflicts_with(&["resolve_conflicts_on_create", "resolve_conflicts_on_update"])
            .check(&[Check::OneOf(CONFLICTS)]),
        string("resolve_conflicts_on_create").local().check(&[Check::OneOf(&["NONE", "OVERWRITE"])]),
        string("resolve_conflicts_on_update").local().check(&[Check::OneOf(CONFLICTS)]),
        string("service_account_role_arn").zero().api("serviceAccountRoleArn").check(&[Check::Arn]),
    ])
    .tagged(super::tags("arn"))
    .timeouts(&[("create", 1200), ("update", 1200), ("delete", 2400)])
    .create_with(create)
    .key(&[("clusterName", "cluster_name"), ("addonName", "addon_name")])
    .read(Read::One { op: "DescribeAddon", item: "addon" })
    .wait("status", &["CREATING", "UPDATING", "DEGRADED"], &["ACTIVE"])
    .updates(&[
        update_with(change, CHANGES),
        update_state(&["preserve", "resolve_conflicts", "resolve_conflicts_on_create", "resolve_conflicts_on_update"]),
    ])
    .delete_with(delete)
    .wait_deleted("status", &["ACTIVE", "DELETING", "DEGRADED"])
    .gone(&["ResourceNotFoundException"])
    .plans(|_, plan| super::moves(plan, CHANGES))
    .after_read(read)
    .imports(|_, id, obj| Box::pin(async move { super::split(id, ':', &["cluster_name", "addon_name"], obj) }));

fn create<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let mut input = super::creation(cx, work);
        let conflicts = work.state.str("resolve_conflicts_on_create").or(work.state.str("resolve_conflicts"));
        if let Some(c) = conflicts {
            input.insert("resolveConflicts".into(), json!(c));
        }
        super::with_roles(cx, "CreateAddon", Json::Object(input)).await?;
        let id = format!("{}:{}", work.state.text("cluster_name"), work.state.text("addon_name"));
        work.state.set("id", id);
        Ok(())
    })
}

fn read<'a>(cx: &'a Cx, obj: &'a mut Obj, item: &'a Json) -> Fut<'a, bool> {
    Box::pin(async move {
        obj.set("created_at", crate::iam::moment(item, "createdAt"));
        obj.set("modified_at", crate::iam::moment(item, "modifiedAt"));
        let cluster = obj.text("cluster_name").to_owned();
        let arns = doc::texts(item, "podIdentityAssociations");
        let found = arns.iter().map(|arn| {
            let input = json!({"clusterName": cluster, "associationId": arn.rsplit('/').next().unwrap_or_default()});
            cx.once("eks", "DescribePodIdentityAssociation", input)
        });
        let mut pods = Vec::new();
        for answer in futures_util::future::join_all(found).await {
            let answer = answer?;
            pods.push(json!({
                "role_arn": doc::text(&answer, "association.roleArn"),
                "service_account": doc::text(&answer, "association.serviceAccount"),
            }));
        }
        obj.set_json("pod_identity_association", &json!(pods))?;
        Ok(true)
    })
}

/// What is not to change is left out; empty text takes a role away.
fn change<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let state = &work.state;
        let (cluster, name) = (state.text("cluster_name").to_owned(), state.text("addon_name").to_owned());
        let mut input = json!({"clusterName": cluster, "addonName": name});
        for (attribute, member) in [
            ("addon_version", "addonVersion"),
            ("configuration_values", "configurationValues"),
            ("service_account_role_arn", "serviceAccountRoleArn"),
        ] {
            // An update that does not name the role takes it away.
            let kept = attribute == "service_account_role_arn" && state.str(attribute).is_some_and(|r| !r.is_empty());
            if work.changes(attribute) || kept {
                input[member] = json!(state.text(attribute));
            }
        }
        if work.changes("pod_identity_association") {
            let pods: Vec<Json> = state
                .objects("pod_identity_association")
                .iter()
                .map(|p| json!({"roleArn": p.text("role_arn"), "serviceAccount": p.text("service_account")}))
                .collect();
            input["podIdentityAssociations"] = json!(pods);
        }
        let conflicts = state.str("resolve_conflicts_on_update").or(state.str("resolve_conflicts"));
        if let Some(c) = conflicts {
            input["resolveConflicts"] = json!(c);
        }
        super::change(cx, &cluster, Some(("addonName", &name)), "UpdateAddon", input, work.limit).await
    })
}

fn delete<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let mut input =
            json!({"clusterName": work.state.text("cluster_name"), "addonName": work.state.text("addon_name")});
        if work.state.bool("preserve") {
            input["preserve"] = json!(true);
        }
        cx.call("eks", "DeleteAddon", input).await?;
        Ok::<(), Fail>(())
    })
}
