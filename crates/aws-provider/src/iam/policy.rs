//! `aws_iam_policy` (<https://registry.terraform.io/providers/hashicorp/aws/5.100.0/docs/resources/iam_policy>).

use serde_json::{Map, Value as Json, json};

use super::{document, name_characters};
use crate::cx::Cx;
use crate::decl::*;
use crate::doc;
use crate::fail::Fail;
use crate::names;
use crate::obj::Obj;
use crate::work::Work;

/// `aws_iam_policy`.
pub static POLICY: Resource = resource("aws_iam_policy", &super::IAM)
    .attrs(&[
        string("arn").computed(),
        int("attachment_count").computed().zero(),
        string("description").replaces().zero().check(&[Check::Length(0, 1000)]),
        string("name")
            .optional_computed()
            .replaces()
            .from("PolicyName")
            .unsent()
            .conflicts_with(&["name_prefix"])
            .check(&[Check::Length(1, 128), Check::By(name_characters)]),
        string("name_prefix")
            .optional_computed()
            .replaces()
            .local()
            .check(&[Check::Length(1, 102), Check::By(name_characters)]),
        string("path").default_str("/").replaces(),
        policy("policy").required().unread().to("PolicyDocument"),
        string("policy_id").computed(),
    ])
    .tagged(super::tags("TagPolicy", "UntagPolicy", ("PolicyArn", "id")))
    .create_with(create)
    .key(&[("PolicyArn", "id")])
    .read(Read::One { op: "GetPolicy", item: "Policy" })
    .updates(&[update_with(change_document, &["policy"])])
    .delete_with(delete)
    .gone(&["NoSuchEntity"])
    .faults(&[("EntityAlreadyExists", "name")])
    .after_read(read);

/// IAM keeps so many versions of a policy.
const VERSIONS: usize = 5;

fn create<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let mut input = Map::new();
        doc::input(work.resource.attrs, &work.state, &mut input);
        let name = names::choose(&work.state, cx.settings.clock.now());
        input.insert("PolicyName".into(), json!(name));
        if let Some(t) = &work.resource.tags {
            t.at_creation(&cx.settings.tags.all(&work.config.get("tags")).unwrap_or_default(), &mut input);
        }
        let answer = cx.call("iam", "CreatePolicy", Json::Object(input)).await?;
        work.state.set("id", doc::text(&answer, "Policy.Arn"));
        work.state.set("name", name);
        Ok(())
    })
}

fn read<'a>(cx: &'a Cx, obj: &'a mut Obj, item: &'a Json) -> Fut<'a, bool> {
    Box::pin(async move {
        let input = json!({"PolicyArn": obj.id(), "VersionId": doc::text(item, "DefaultVersionId")});
        let version = cx.once("iam", "GetPolicyVersion", input).await?;
        obj.set("policy", document(&doc::text(&version, "PolicyVersion.Document")));
        let name = obj.text("name").to_owned();
        obj.set("name_prefix", names::prefix_of(&name));
        Ok(true)
    })
}

async fn versions(cx: &Cx, arn: &str) -> Result<Vec<Json>, Fail> {
    cx.list("iam", "ListPolicyVersions", "Versions", json!({"PolicyArn": arn})).await
}

/// A new version; the oldest makes room for it.
fn change_document<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let arn = work.state.id().to_owned();
        let all = versions(cx, &arn).await?;
        if all.len() >= VERSIONS {
            let oldest =
                all.iter().filter(|v| !doc::flag(v, "IsDefaultVersion")).min_by_key(|v| doc::text(v, "CreateDate"));
            if let Some(v) = oldest {
                cx.call(
                    "iam",
                    "DeletePolicyVersion",
                    json!({"PolicyArn": arn, "VersionId": doc::text(v, "VersionId")}),
                )
                .await?;
            }
        }
        let input = json!({"PolicyArn": arn, "PolicyDocument": work.state.text("policy"), "SetAsDefault": true});
        cx.call("iam", "CreatePolicyVersion", input).await?;
        Ok(())
    })
}

fn delete<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let arn = work.prior.id().to_owned();
        for v in versions(cx, &arn).await?.iter().filter(|v| !doc::flag(v, "IsDefaultVersion")) {
            cx.call("iam", "DeletePolicyVersion", json!({"PolicyArn": arn, "VersionId": doc::text(v, "VersionId")}))
                .await?;
        }
        cx.call("iam", "DeletePolicy", json!({"PolicyArn": arn})).await?;
        Ok(())
    })
}
