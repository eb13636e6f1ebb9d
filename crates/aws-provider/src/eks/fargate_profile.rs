//! `aws_eks_fargate_profile`
//! (<https://registry.terraform.io/providers/hashicorp/aws/5.100.0/docs/resources/eks_fargate_profile>).

use serde_json::{Value as Json, json};

use crate::cx::Cx;
use crate::decl::*;
use crate::work::Work;

const SELECTOR: Kind = Kind::Object(&[
    map("labels", &Kind::String).zero().replaces().api("labels"),
    string("namespace").required().replaces().api("namespace"),
]);

/// `aws_eks_fargate_profile`.
pub static FARGATE_PROFILE: Resource = resource("aws_eks_fargate_profile", &super::EKS)
    .attrs(&[
        string("arn").computed().from("fargateProfileArn"),
        string("cluster_name").required().replaces().api("clusterName").check(&[Check::By(super::cluster_name)]),
        string("fargate_profile_name").required().replaces().api("fargateProfileName"),
        string("pod_execution_role_arn").required().replaces().api("podExecutionRoleArn").check(&[Check::Arn]),
        block_set("selector", &SELECTOR).required().replaces().api("selectors"),
        string("status").computed().from("status"),
        strings("subnet_ids").replaces().api("subnets"),
    ])
    .tagged(super::tags("arn"))
    .timeouts(&[("create", 600), ("delete", 600)])
    .create_with(create)
    .key(&[("clusterName", "cluster_name"), ("fargateProfileName", "fargate_profile_name")])
    .read(Read::One { op: "DescribeFargateProfile", item: "fargateProfile" })
    .wait("status", &["CREATING"], &["ACTIVE"])
    .delete_with(delete)
    .wait_deleted("status", &["ACTIVE", "DELETING"])
    .gone(&["ResourceNotFoundException"])
    .imports(|_, id, obj| {
        Box::pin(async move { super::split(id, ':', &["cluster_name", "fargate_profile_name"], obj) })
    });

/// EKS works on one profile of a cluster at a time; the others wait.
fn create<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let input = Json::Object(super::creation(cx, work));
        let clock = &cx.settings.clock;
        let (start, mut pause) = (clock.now(), std::time::Duration::from_secs(1));
        loop {
            match super::with_roles(cx, "CreateFargateProfile", input.clone()).await {
                Err(e)
                    if e.says(&["ResourceInUseException"], "currently in status")
                        && clock.now().duration_since(start).unwrap_or_default() < work.limit =>
                {
                    clock.sleep(pause).await;
                    pause = (pause * 3 / 2).min(std::time::Duration::from_secs(15));
                }
                other => {
                    other?;
                    break;
                }
            }
        }
        let id = format!("{}:{}", work.state.text("cluster_name"), work.state.text("fargate_profile_name"));
        work.state.set("id", id);
        Ok(())
    })
}

fn delete<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let input = json!({
            "clusterName": work.state.text("cluster_name"),
            "fargateProfileName": work.state.text("fargate_profile_name"),
        });
        cx.retry("eks", "DeleteFargateProfile", input, work.limit, &["ResourceInUseException"]).await?;
        Ok(())
    })
}
