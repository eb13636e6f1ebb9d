//! `aws_ssm_document` (<https://registry.terraform.io/providers/hashicorp/aws/5.100.0/docs/resources/ssm_document>).

use serde_json::{Map, Value as Json, json};

use crate::cx::Cx;
use crate::decl::*;
use crate::doc;
use crate::fail::Fail;
use crate::obj::Obj;
use crate::plan::Plan;
use crate::tags::of_value;
use crate::work::Work;

const SOURCE: Kind = Kind::Object(&[
    string("key").required().check(&[Check::OneOf(&["SourceUrl", "S3FileUrl", "AttachmentReference"])]),
    string("name"),
    list("values", &Kind::String).required(),
]);

const PARAMETER: Kind =
    Kind::Object(&[string("default_value").zero(), string("description").zero(), string("name"), string("type")]);

/// `aws_ssm_document`.
pub static DOCUMENT: Resource = resource("aws_ssm_document", &super::SSM)
    .attrs(&[
        string("arn").computed().unread(),
        blocks("attachments_source", &SOURCE).times(0, 20).unread().to("Attachments"),
        string("content").required().unread(),
        string("created_date").computed().unread(),
        string("default_version").computed(),
        string("description").computed().zero(),
        string("document_format").default_str("JSON").check(&[Check::OneOf(&["YAML", "JSON", "TEXT"])]),
        string("document_type").required().replaces(),
        string("document_version").computed(),
        string("hash").computed(),
        string("hash_type").computed(),
        string("latest_version").computed(),
        string("name").required().replaces(),
        string("owner").computed(),
        list("parameter", &PARAMETER).computed().from("Parameters").zero(),
        map("permissions", &Kind::String).local(),
        list("platform_types", &Kind::String).computed(),
        string("schema_version").computed(),
        string("status").computed(),
        string("target_type").zero(),
        string("version_name").zero().check(&[Check::Length(3, 128)]),
    ])
    .tagged(super::tags(&[("ResourceType", "Document")]))
    .create_with(create)
    .key(&[("Name", "id")])
    .read(Read::One { op: "DescribeDocument", item: "Document" })
    .wait("Status", &["Creating", "Updating"], &["Active"])
    .updates(&[update_with(change_permissions, &["permissions"]).also_after_create(), update_with(change, CONTENT)])
    .delete_with(delete)
    .gone(&["InvalidDocument"])
    .faults(&[("DocumentAlreadyExists", "name"), ("InvalidDocumentContent", "content")])
    .plans(plan)
    .after_read(read);

const CONTENT: &[&str] = &["attachments_source", "content", "document_format", "target_type", "version_name"];

fn plan(_: &Cx, plan: &mut Plan) -> Result<(), Fail> {
    if !plan.creating() && plan.changes("content") {
        for name in ["default_version", "document_version", "hash", "latest_version", "parameter"] {
            plan.unknown(name);
        }
    }
    Ok(())
}

fn create<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let mut input = Map::new();
        doc::input(work.resource.attrs, &work.state, &mut input);
        if let Some(t) = &work.resource.tags {
            t.at_creation(&cx.settings.tags.all(&work.config.get("tags")).unwrap_or_default(), &mut input);
        }
        let answer = cx.call("ssm", "CreateDocument", Json::Object(input)).await?;
        work.state.set("id", doc::text(&answer, "DocumentDescription.Name"));
        Ok(())
    })
}

fn read<'a>(cx: &'a Cx, obj: &'a mut Obj, item: &'a Json) -> Fut<'a, bool> {
    Box::pin(async move {
        let name = doc::text(item, "Name");
        let version =
            json!({"Name": name, "DocumentVersion": "$LATEST", "DocumentFormat": doc::text(item, "DocumentFormat")});
        let shared = json!({"Name": name, "PermissionType": "Share"});
        let (content, shared) = futures_util::join!(
            cx.once("ssm", "GetDocument", version),
            cx.once("ssm", "DescribeDocumentPermission", shared),
        );
        let created = doc::text(item, "CreatedDate");
        obj.set("created_date", created.split_once('.').map_or(created.clone(), |(s, _)| format!("{s}Z")));
        obj.set("content", doc::text(&*content?, "Content"));
        let accounts = doc::texts(&*shared?, "AccountIds");
        match accounts.is_empty() {
            true => obj.set_zero("permissions"),
            false => obj.set_json("permissions", &json!({"type": "Share", "account_ids": accounts.join(",")}))?,
        }
        let partition = cx.settings.partition;
        let account = doc::text(item, "Owner");
        // Automation documents are definitions to AWS.
        let kind = if doc::text(item, "DocumentType") == "Automation" { "automation-definition" } else { "document" };
        obj.set("arn", format!("arn:{partition}:ssm:{}:{account}:{kind}/{name}", cx.region()));
        Ok(true)
    })
}

fn accounts(obj: &Obj) -> Vec<String> {
    let all = of_value(&obj.get("permissions")).remove("account_ids").unwrap_or_default();
    all.split(',').map(str::trim).filter(|a| !a.is_empty()).map(String::from).collect()
}

/// AWS takes twenty accounts in a request.
async fn share(cx: &Cx, name: &str, member: &str, accounts: &[String]) -> Result<(), Fail> {
    for chunk in accounts.chunks(20) {
        let input = json!({"Name": name, "PermissionType": "Share", member: chunk});
        cx.call("ssm", "ModifyDocumentPermission", input).await?;
    }
    Ok(())
}

fn change_permissions<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let (old, new) = (accounts(&work.prior), accounts(&work.state));
        let gone: Vec<String> = old.iter().filter(|a| !new.contains(a)).cloned().collect();
        let more: Vec<String> = new.iter().filter(|a| !old.contains(a)).cloned().collect();
        share(cx, work.state.id(), "AccountIdsToRemove", &gone).await?;
        share(cx, work.state.id(), "AccountIdsToAdd", &more).await
    })
}

/// A change is a new version, which becomes the default one.
fn change<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let s = &work.state;
        let mut input = Map::new();
        doc::input(work.resource.attrs, s, &mut input);
        input.remove("DocumentType");
        input.insert("DocumentVersion".into(), json!(work.prior.str("default_version").unwrap_or("$LATEST")));
        let version = match cx.call("ssm", "UpdateDocument", Json::Object(input)).await {
            Ok(answer) => doc::text(&answer, "DocumentDescription.DocumentVersion"),
            // AWS has this content as some version already.
            Err(e) if e.is(&["DuplicateDocumentContent"]) => s.text("latest_version").to_owned(),
            Err(e) => return Err(e),
        };
        cx.call("ssm", "UpdateDocumentDefaultVersion", json!({"Name": s.id(), "DocumentVersion": version})).await?;
        Ok(())
    })
}

fn delete<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        share(cx, work.prior.id(), "AccountIdsToRemove", &accounts(&work.prior)).await?;
        cx.call("ssm", "DeleteDocument", json!({"Name": work.prior.id()})).await?;
        Ok(())
    })
}
