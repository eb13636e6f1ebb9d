//! `aws_eks_access_entry` and `aws_eks_access_policy_association`
//! (<https://registry.terraform.io/providers/hashicorp/aws/5.100.0/docs/resources/eks_access_entry> and beside it).

use serde_json::{Value as Json, json};

use crate::cx::Cx;
use crate::decl::*;
use crate::doc;
use crate::fail::Fail;
use crate::obj::Obj;
use crate::work::Work;

/// `aws_eks_access_entry`.
pub static ACCESS_ENTRY: Resource = resource("aws_eks_access_entry", &super::EKS)
    .attrs(&[
        string("access_entry_arn").computed().from("accessEntryArn"),
        string("cluster_name").required().replaces().api("clusterName").check(&[Check::By(super::cluster_name)]),
        string("created_at").computed().unread(),
        strings("kubernetes_groups").optional_computed().zero().api("kubernetesGroups"),
        string("modified_at").computed().unread(),
        string("principal_arn").required().replaces().api("principalArn").check(&[Check::Arn]),
        string("type").default_str("STANDARD").replaces().api("type"),
        string("user_name").optional_computed().api("username"),
    ])
    .tagged(super::tags("access_entry_arn"))
    .timeouts(&[("create", 1200), ("delete", 2400)])
    .create_with(create)
    .key(&[("clusterName", "cluster_name"), ("principalArn", "principal_arn")])
    .read(Read::One { op: "DescribeAccessEntry", item: "accessEntry" })
    .updates(&[update_with(change, &["kubernetes_groups", "user_name"])])
    .delete("DeleteAccessEntry")
    .gone(&["ResourceNotFoundException"])
    .plans(|_, plan| super::moves(plan, &["kubernetes_groups", "user_name"]))
    .after_read(|_, obj, item| {
        Box::pin(async move {
            obj.set("created_at", crate::iam::moment(item, "createdAt"));
            obj.set("modified_at", crate::iam::moment(item, "modifiedAt"));
            Ok(true)
        })
    })
    .imports(|_, id, obj| Box::pin(async move { super::split(id, ':', &["cluster_name", "principal_arn"], obj) }));

/// EKS may not know a principal yet that IAM just made.
async fn persist(cx: &Cx, op: &str, input: Json) -> Result<Json, Fail> {
    let clock = &cx.settings.clock;
    let (start, mut pause) = (clock.now(), std::time::Duration::from_millis(500));
    loop {
        match cx.call("eks", op, input.clone()).await {
            Err(e)
                if (e.says(
                    &["InvalidParameterException"],
                    "The specified principalArn is invalid: invalid principal",
                ) || e.says(&["ResourceNotFoundException"], "The specified principalArn could not be found"))
                    && clock.now().duration_since(start).unwrap_or_default() < crate::iam::PROPAGATION =>
            {
                clock.sleep(pause).await;
                pause = (pause * 3 / 2).min(std::time::Duration::from_secs(10));
            }
            other => return other,
        }
    }
}

fn create<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let input = super::creation(cx, work);
        persist(cx, "CreateAccessEntry", Json::Object(input)).await?;
        let id = format!("{}:{}", work.state.text("cluster_name"), work.state.text("principal_arn"));
        work.state.set("id", id);
        Ok(())
    })
}

fn change<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let mut input = json!({
            "clusterName": work.state.text("cluster_name"), "principalArn": work.state.text("principal_arn"),
            "kubernetesGroups": work.state.strs("kubernetes_groups"),
        });
        if let Some(name) = work.state.str("user_name") {
            input["username"] = json!(name);
        }
        cx.call("eks", "UpdateAccessEntry", input).await?;
        Ok(())
    })
}

const SCOPE: Kind = Kind::Object(&[
    strings("namespaces").replaces().api("namespaces"),
    string("type").required().replaces().api("type"),
]);

/// `aws_eks_access_policy_association`.
pub static ACCESS_POLICY_ASSOCIATION: Resource = resource("aws_eks_access_policy_association", &super::EKS)
    .attrs(&[
        block("access_scope", &SCOPE).required().replaces().api("accessScope"),
        string("associated_at").computed().unread(),
        string("cluster_name")
            .required()
            .replaces()
            .unread()
            .to("clusterName")
            .check(&[Check::By(super::cluster_name)]),
        string("modified_at").computed().unread(),
        string("policy_arn").required().replaces().api("policyArn").check(&[Check::Arn]),
        string("principal_arn").required().replaces().unread().to("principalArn").check(&[Check::Arn]),
    ])
    .timeouts(&[("create", 600), ("delete", 600)])
    .create_with(associate)
    .key(&[("clusterName", "cluster_name"), ("principalArn", "principal_arn"), ("policyArn", "policy_arn")])
    .read(Read::Hook)
    .delete("DisassociateAccessPolicy")
    .gone(&["ResourceNotFoundException"])
    .after_read(read_association)
    .imports(|_, id, obj| {
        Box::pin(async move {
            // The ARNs hold colons; the id is divided by `#`.
            super::split(id, '#', &["cluster_name", "principal_arn", "policy_arn"], obj)
        })
    });

fn associate<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let input = super::creation(cx, work);
        persist(cx, "AssociateAccessPolicy", Json::Object(input)).await?;
        let state = &work.state;
        let id = format!("{}#{}#{}", state.text("cluster_name"), state.text("principal_arn"), state.text("policy_arn"));
        work.state.set("id", id);
        Ok(())
    })
}

/// A moment as Go prints it, which is how the provider has it here: `2026-11-29 16:23:49.559 +0000 UTC`.
fn as_go_prints(moment: &str) -> String {
    let (day, time) = moment.trim_end_matches('Z').split_once('T').unwrap_or((moment, ""));
    let time = match time.split_once('.') {
        Some((seconds, fraction)) => match fraction.trim_end_matches('0') {
            "" => seconds.to_owned(),
            fraction => format!("{seconds}.{fraction}"),
        },
        None => time.to_owned(),
    };
    format!("{day} {time} +0000 UTC")
}

/// All policies of a principal are asked for together.
fn read_association<'a>(cx: &'a Cx, obj: &'a mut Obj, _: &'a Json) -> Fut<'a, bool> {
    Box::pin(async move {
        let mut input = json!({"clusterName": obj.text("cluster_name"), "principalArn": obj.text("principal_arn")});
        let policy = obj.text("policy_arn").to_owned();
        loop {
            let answer = cx.once("eks", "ListAssociatedAccessPolicies", input.clone()).await?;
            let found = doc::items(&answer, "associatedAccessPolicies")
                .into_iter()
                .find(|p| doc::text(p, "policyArn") == policy);
            if let Some(mut found) = found {
                // A policy for all of the cluster names none.
                if doc::items(&found, "accessScope.namespaces").is_empty()
                    && let Some(scope) = found["accessScope"].as_object_mut()
                {
                    scope.remove("namespaces");
                }
                doc::fill(ACCESS_POLICY_ASSOCIATION.attrs, &found, obj);
                for (name, path) in [("associated_at", "associatedAt"), ("modified_at", "modifiedAt")] {
                    obj.set(name, as_go_prints(&doc::text(&found, path)));
                }
                return Ok(true);
            }
            match crate::loader::next_page(&answer) {
                Some((member, token)) => input[member] = token,
                None => return Ok(false),
            }
        }
    })
}

#[cfg(test)]
mod tests {
    #[test]
    fn moments() {
        assert_eq!(super::as_go_prints("2026-11-29T16:23:49.550Z"), "2026-11-29 16:23:49.55 +0000 UTC");
        assert_eq!(super::as_go_prints("2026-11-29T16:23:49Z"), "2026-11-29 16:23:49 +0000 UTC");
        assert_eq!(super::as_go_prints("2026-11-29T16:23:49.000Z"), "2026-11-29 16:23:49 +0000 UTC");
    }
}
