//! `aws_sns_topic_policy` (<https://registry.terraform.io/providers/hashicorp/aws/5.100.0/docs/resources/sns_topic_policy>).

use serde_json::{Value as Json, json};

use crate::cx::Cx;
use crate::decl::*;
use crate::doc;
use crate::obj::Obj;
use crate::work::Work;

/// `aws_sns_topic_policy`.
pub static TOPIC_POLICY: Resource = resource("aws_sns_topic_policy", &super::SNS)
    .attrs(&[
        string("arn").required().replaces().local().check(&[Check::Arn]),
        string("owner").computed(),
        policy("policy").required(),
    ])
    .create_with(put)
    .key(&[("TopicArn", "id")])
    .read(Read::One { op: "GetTopicAttributes", item: "Attributes" })
    .updates(&[update_with(put, &["policy"])])
    .delete_with(delete)
    .gone(&["NotFound"])
    .faults(&[("NotFound", "arn"), ("InvalidParameter", "policy")])
    .after_read(read);

fn put<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let arn = work.state.text("arn").to_owned();
        super::set(cx, &arn, "Policy", &crate::json::compact(work.state.text("policy"))).await?;
        work.state.set("id", arn);
        Ok(())
    })
}

fn read<'a>(_: &'a Cx, obj: &'a mut Obj, item: &'a Json) -> Fut<'a, bool> {
    Box::pin(async move {
        obj.set("arn", doc::text(item, "TopicArn"));
        Ok(true)
    })
}

/// A topic always has a policy. What is left lets its owner alone in.
fn delete<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let arn = work.prior.id();
        let actions = [
            "GetTopicAttributes",
            "SetTopicAttributes",
            "AddPermission",
            "RemovePermission",
            "DeleteTopic",
            "Subscribe",
            "ListSubscriptionsByTopic",
            "Publish",
            "Receive",
        ];
        let actions: Vec<String> = actions.iter().map(|a| format!("SNS:{a}")).collect();
        let default = json!({
            "Version": "2008-10-17",
            "Id": "__default_policy_ID",
            "Statement": [{
                "Sid": "__default_statement_ID", "Effect": "Allow", "Principal": {"AWS": "*"}, "Action": actions,
                "Resource": arn, "Condition": {"StringEquals": {"AWS:SourceOwner": work.prior.text("owner")}},
            }],
        });
        super::set(cx, arn, "Policy", &default.to_string()).await
    })
}
