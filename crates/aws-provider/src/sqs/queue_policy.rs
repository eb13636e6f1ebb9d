//! `aws_sqs_queue_policy` (<https://registry.terraform.io/providers/hashicorp/aws/5.100.0/docs/resources/sqs_queue_policy>).

use serde_json::{Value as Json, json};

use crate::cx::Cx;
use crate::decl::*;
use crate::doc;
use crate::fail::Fail;
use crate::obj::Obj;
use crate::work::Work;

/// `aws_sqs_queue_policy`.
pub static QUEUE_POLICY: Resource = resource("aws_sqs_queue_policy", &super::SQS)
    .version(1)
    .attrs(&[policy("policy").required().local(), string("queue_url").required().replaces().local()])
    .create_with(put)
    .read(Read::Hook)
    .updates(&[update_with(put, &["policy"])])
    .delete_with(delete)
    .gone(super::GONE)
    .faults(&[("InvalidAttributeValue", "policy"), ("AWS.SimpleQueueService.NonExistentQueue", "queue_url")])
    .after_read(read);

async fn set(cx: &Cx, url: &str, policy: &str) -> Result<(), Fail> {
    let input = json!({"QueueUrl": url, "Attributes": {"Policy": policy}});
    cx.call("sqs", "SetQueueAttributes", input).await?;
    Ok(())
}

fn put<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let url = work.state.text("queue_url").to_owned();
        set(cx, &url, &crate::json::compact(work.state.text("policy"))).await?;
        work.state.set("id", url);
        Ok(())
    })
}

fn read<'a>(cx: &'a Cx, obj: &'a mut Obj, _: &'a Json) -> Fut<'a, bool> {
    Box::pin(async move {
        let url = obj.id().to_owned();
        let input = json!({"QueueUrl": url, "AttributeNames": ["Policy"]});
        let answer = cx.once("sqs", "GetQueueAttributes", input).await?;
        let found = doc::text(&answer, "Attributes.Policy");
        if found.is_empty() {
            return Ok(false);
        }
        obj.set("policy", found);
        obj.set("queue_url", url);
        Ok(true)
    })
}

fn delete<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move { set(cx, work.prior.id(), "").await })
}
