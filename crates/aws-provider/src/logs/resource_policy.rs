//! `aws_cloudwatch_log_resource_policy`
//! (<https://registry.terraform.io/providers/hashicorp/aws/5.100.0/docs/resources/cloudwatch_log_resource_policy>).

use serde_json::json;

use crate::cx::Cx;
use crate::decl::*;
use crate::work::Work;

/// All policies of a region.
static POLICIES: Sweep =
    Sweep { service: "logs", op: "DescribeResourcePolicies", items: "resourcePolicies", key: "policyName" };

/// `aws_cloudwatch_log_resource_policy`.
pub static RESOURCE_POLICY: Resource = resource("aws_cloudwatch_log_resource_policy", &super::LOGS)
    .attrs(&[
        policy("policy_document").required().from("policyDocument"),
        string("policy_name").required().replaces().from("policyName"),
    ])
    .create_with(put)
    .key(&[("policyName", "id")])
    .read(Read::Sweep(&POLICIES))
    .updates(&[update_with(put, &["policy_document"])])
    .delete("DeleteResourcePolicy")
    .gone(&["ResourceNotFoundException"])
    .faults(&[("InvalidParameterException", "policy_document"), ("LimitExceededException", "policy_name")]);

fn put<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let name = work.state.text("policy_name").to_owned();
        let document = crate::json::compact(work.state.text("policy_document"));
        cx.call("logs", "PutResourcePolicy", json!({"policyName": name, "policyDocument": document})).await?;
        work.state.set("id", name);
        Ok(())
    })
}
