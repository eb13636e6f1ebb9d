//! `aws_iam_policy` (<https://registry.terraform.io/providers/hashicorp/aws/5.100.0/docs/resources/iam_policy>).

use serde_json::{Value as Json, json};

use crate::cx::Cx;
use crate::decl::*;
use crate::doc;
use crate::json as documents;
use crate::names;
use crate::obj::Obj;
use crate::work::Work;

/// As many versions of a policy as IAM keeps
/// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_managed-versioning.html>).
const VERSIONS: usize = 5;

/// `aws_iam_policy`.
pub static POLICY: Resource = resource("aws_iam_policy", &super::IAM)
    .attrs(&[
        string("arn").computed(),
        int("attachment_count").computed(),
        string("description").replaces().zero().check(&[Check::Length(0, 1000)]),
        string("name")
            .optional_computed()
            .replaces()
            .api("PolicyName")
            .conflicts_with(&["name_prefix"])
            .check(&[Check::Length(1, 128), Check::By(super::name)]),
        string("name_prefix")
            .optional_computed()
            .replaces()
            .local()
            .check(&[Check::Length(1, 102), Check::By(super::name)]),
        string("path").default_str("/").replaces().check(&[Check::By(super::path)]),
        policy("policy").required().unread().to("PolicyDocument").check(&[Check::Document]),
        string("policy_id").computed(),
    ])
    .tagged(super::tags("TagPolicy", "UntagPolicy", "PolicyArn", "id"))
    .create_with(create)
    .key(&[("PolicyArn", "id")])
    .read(Read::One { op: "GetPolicy", item: "Policy" })
    .updates(&[update_with(change, &["policy"])])
    .delete_with(delete)
    .gone(&["NoSuchEntity"])
    .faults(&[("MalformedPolicyDocument", "policy")])
    .after_read(read);

fn create<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let input = super::creation(cx, work, "PolicyName");
        let answer = cx.call("iam", "CreatePolicy", input).await?;
        work.state.set("id", doc::text(&answer, "Policy.Arn"));
        Ok(())
    })
}

fn read<'a>(cx: &'a Cx, obj: &'a mut Obj, item: &'a Json) -> Fut<'a, bool> {
    Box::pin(async move {
        obj.set("name_prefix", names::prefix_of(&doc::text(item, "PolicyName")));
        let version = json!({"PolicyArn": obj.id(), "VersionId": doc::text(item, "DefaultVersionId")});
        let found = cx.once("iam", "GetPolicyVersion", version).await?;
        obj.set("policy", super::document(&found, "PolicyVersion.Document"));
        Ok(true)
    })
}

/// A policy changes by a new version. The oldest makes room for it.
fn change<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let arn = work.state.id().to_owned();
        let mut versions = cx.list("iam", "ListPolicyVersions", "Versions", json!({"PolicyArn": arn})).await?;
        if versions.len() >= VERSIONS {
            versions.retain(|v| !doc::flag(v, "IsDefaultVersion"));
            // v2 is older than v10: the number counts, which IAM never gives again.
            let number = |v: &Json| doc::text(v, "VersionId").trim_start_matches('v').parse::<u64>().unwrap_or(0);
            if let Some(oldest) = versions.iter().min_by_key(|v| number(v)) {
                let input = json!({"PolicyArn": arn, "VersionId": doc::text(oldest, "VersionId")});
                cx.call("iam", "DeletePolicyVersion", input).await?;
            }
        }
        let document = documents::compact(work.state.text("policy"));
        let input = json!({"PolicyArn": arn, "PolicyDocument": document, "SetAsDefault": true});
        cx.call("iam", "CreatePolicyVersion", input).await?;
        Ok(())
    })
}

/// AWS deletes a policy only when no version but the default one is left.
fn delete<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let named = json!({"PolicyArn": work.state.id()});
        let versions = cx.list("iam", "ListPolicyVersions", "Versions", named.clone()).await?;
        for v in versions.iter().filter(|v| !doc::flag(v, "IsDefaultVersion")) {
            let input = json!({"PolicyArn": work.state.id(), "VersionId": doc::text(v, "VersionId")});
            match cx.call("iam", "DeletePolicyVersion", input).await {
                Err(e) if !e.is(&["NoSuchEntity"]) => return Err(e),
                _ => {}
            }
        }
        super::persist(cx, "DeletePolicy", &named, |e| e.is(&["DeleteConflict"])).await?;
        Ok(())
    })
}
