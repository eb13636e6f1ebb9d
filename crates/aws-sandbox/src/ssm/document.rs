//! Documents with their versions, and AWS's own that modules refer to.

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::tags;
use crate::context::Ctx;
use crate::document::{items, items_mut, set, set_some, text};
use crate::error::{Answer, AwsError};
use crate::input::Input;
use crate::page;
use crate::sandbox::Operations;

pub(crate) const OPERATIONS: Operations = &[
    ("CreateDocument", create),
    ("UpdateDocument", update),
    ("UpdateDocumentDefaultVersion", set_default),
    ("DescribeDocument", describe),
    ("GetDocument", read),
    ("ListDocuments", list),
    ("DeleteDocument", delete),
    ("DescribeDocumentPermission", permission),
    ("ModifyDocumentPermission", modify_permission),
];

pub(crate) const TABLE: &str = "ssm-document";

/// AWS's own documents, by name. Source: the Systems Manager reference of command and automation documents.
const OWN: &[&str] = &[
    "AWS-ApplyAnsiblePlaybooks",
    "AWS-ConfigureAWSPackage",
    "AWS-GatherSoftwareInventory",
    "AWS-InstallApplication",
    "AWS-RunAnsiblePlaybook",
    "AWS-RunPatchBaseline",
    "AWS-RunPowerShellScript",
    "AWS-RunRemoteScript",
    "AWS-RunShellScript",
    "AWS-UpdateSSMAgent",
    "AWS-StopEC2Instance",
    "AWS-StartEC2Instance",
    "AmazonCloudWatch-ManageAgent",
    "AmazonInspector2-ConfigureInspectorSsmPlugin",
];

/// Whether a document can be named by an association.
pub(crate) fn exists(ctx: &Ctx, name: &str) -> bool {
    OWN.contains(&name) || get(ctx, name).is_ok()
}

fn get(ctx: &Ctx, given: &str) -> Result<Value, AwsError> {
    let prefix = ctx.arn("ssm", "document/");
    let name = given.strip_prefix(&prefix).unwrap_or(given);
    let missing = || AwsError::new("InvalidDocument", format!("Document with name {name} does not exist."));
    ctx.store.get(&ctx.regional(TABLE), name).cloned().ok_or_else(missing)
}

fn save(ctx: &mut Ctx, doc: Value) {
    let (table, name) = (ctx.regional(TABLE), text(&doc, "Name").to_owned());
    ctx.store.put(&table, &name, doc);
}

/// What a document says of itself. YAML is taken as it is: nothing here reads it.
fn parsed(format: &str, content: &str) -> Result<Value, AwsError> {
    match format {
        "JSON" => {
            serde_json::from_str(content).map_err(|_| AwsError::new("InvalidDocumentContent", "JSON not well-formed."))
        }
        _ => {
            let of = |key: &str| {
                let line = content.lines().find_map(|l| l.strip_prefix(key)?.trim_start().strip_prefix(':'));
                line.map(|v| v.trim().trim_matches(['"', '\'']).to_owned())
            };
            let mut out = json!({});
            set_some(&mut out, "schemaVersion", of("schemaVersion"));
            set_some(&mut out, "description", of("description"));
            Ok(out)
        }
    }
}

/// The members that follow from the content.
fn version(ctx: &Ctx, input: &Input, format: &str, number: usize) -> Result<Value, AwsError> {
    let (content, name) = (input.str("Content")?, input.filled("VersionName")?);
    let says = parsed(format, content)?;
    let schema = says["schemaVersion"].as_str().unwrap_or("");
    if schema.is_empty() {
        return Err(AwsError::new("InvalidDocumentContent", "schemaVersion is required."));
    }
    let parameters: Vec<Value> = says["parameters"]
        .as_object()
        .into_iter()
        .flatten()
        .map(|(name, p)| {
            let mut out = json!({"Name": name, "Type": p["type"].as_str().unwrap_or("String")});
            set_some(&mut out, "Description", p["description"].as_str());
            match p.get("default") {
                Some(Value::String(s)) => set(&mut out, "DefaultValue", s.as_str()),
                Some(other) => set(&mut out, "DefaultValue", other.to_string()),
                None => {}
            }
            out
        })
        .collect();
    let hash: String = Sha256::digest(content).iter().map(|b| format!("{b:02x}")).collect();
    let mut doc = json!({
        "DocumentVersion": number.to_string(),
        "CreatedDate": ctx.timestamp(),
        "SchemaVersion": schema,
        "DocumentFormat": format,
        "Hash": hash,
        "HashType": "Sha256",
        "Parameters": parameters,
        "_content": content,
    });
    set_some(&mut doc, "Description", says["description"].as_str());
    set_some(&mut doc, "VersionName", name);
    let attached = attachments(input, &says)?;
    if !attached.is_empty() {
        set(&mut doc, "AttachmentsInformation", attached);
    }
    Ok(doc)
}

/// The files that belong to a version: those that a package's content lists, or those that the request names. Nothing is
/// looked for at their sources. Source: AttachmentsSource.
fn attachments(input: &Input, says: &Value) -> Result<Vec<Value>, AwsError> {
    let mut names: Vec<String> =
        says["files"].as_object().into_iter().flatten().map(|(name, _)| name.clone()).collect();
    for source in input.structures("Attachments")? {
        let (key, values) = (source.str("Key")?, source.strings("Values")?);
        if !matches!(key, "SourceUrl" | "S3FileUrl" | "AttachmentReference") || values.len() != 1 {
            return Err(
                input.invalid(format!("The attachment source {key} with {} values is not valid.", values.len()))
            );
        }
        if let Some(name) = source.filled("Name")?
            && !names.iter().any(|n| n == name)
        {
            names.push(name.to_owned());
        }
    }
    Ok(names.into_iter().map(|name| json!({"Name": name})).collect())
}

fn create(ctx: &mut Ctx, input: &Input) -> Answer {
    input.refuse(&["Requires", "DisplayName"])?;
    let name = input.str("Name")?;
    if name.to_lowercase().starts_with("aws") || name.to_lowercase().starts_with("amazon") {
        return Err(input.invalid("Document names cannot begin with aws or amazon."));
    }
    if get(ctx, name).is_ok() {
        return Err(AwsError::new("DocumentAlreadyExists", format!("Document with same name {name} already exists")));
    }
    let format = input.filled("DocumentFormat")?.unwrap_or("JSON");
    let kind = input.filled("DocumentType")?.unwrap_or("Command");
    let tags = tags::read(input)?;
    let first = version(ctx, input, format, 1)?;
    let platforms =
        if kind == "Command" || kind == "Automation" { json!(["Windows", "Linux", "MacOS"]) } else { json!([]) };
    let mut doc = json!({
        "Name": name,
        "Owner": ctx.account,
        "DocumentType": kind,
        "PlatformTypes": platforms,
        "LatestVersion": "1",
        "DefaultVersion": "1",
        "_versions": [first],
        "_shared": [],
        "_tags": tags,
    });
    set_some(&mut doc, "TargetType", input.filled("TargetType")?);
    save(ctx, doc.clone());
    let mut answer = render(&doc, None)?;
    set(&mut answer, "Status", "Creating");
    Ok(json!({"DocumentDescription": answer}))
}

/// The version that a request means: a number, `$LATEST`, `$DEFAULT`, or none for the default one.
fn pick<'a>(doc: &'a Value, given: Option<&str>) -> Result<&'a Value, AwsError> {
    let wanted = match given {
        None | Some("$DEFAULT") => text(doc, "DefaultVersion"),
        Some("$LATEST") => text(doc, "LatestVersion"),
        Some(v) => v,
    };
    items(doc, "_versions")
        .iter()
        .find(|v| text(v, "DocumentVersion") == wanted)
        .ok_or_else(|| AwsError::new("InvalidDocumentVersion", format!("Document version {wanted} does not exist.")))
}

fn render(doc: &Value, given: Option<&str>) -> Result<Value, AwsError> {
    let mut out = crate::document::public(doc);
    if let Value::Object(members) = crate::document::public(pick(doc, given)?) {
        members.into_iter().for_each(|(k, v)| set(&mut out, &k, v));
    }
    set(&mut out, "Status", "Active");
    set(&mut out, "Tags", doc["_tags"].clone());
    Ok(out)
}

fn update(ctx: &mut Ctx, input: &Input) -> Answer {
    input.refuse(&["DisplayName"])?;
    let mut doc = get(ctx, input.str("Name")?)?;
    let base = pick(&doc, input.filled("DocumentVersion")?)?;
    // Source: "Creating SSM document content": documents of the schemas 1.x have one version.
    if text(base, "SchemaVersion").starts_with("1.") {
        let message = format!("Documents of the schema {} cannot be updated.", text(base, "SchemaVersion"));
        return Err(AwsError::new("InvalidDocumentSchemaVersion", message));
    }
    let format = input.filled("DocumentFormat")?.unwrap_or(text(base, "DocumentFormat")).to_owned();
    let content = input.str("Content")?;
    if items(&doc, "_versions").iter().any(|v| text(v, "_content") == content) {
        let message = "The content of the association document matches another document. Change the content of the document and try again.";
        return Err(AwsError::new("DuplicateDocumentContent", message));
    }
    let number = items(&doc, "_versions").len() + 1;
    let new = version(ctx, input, &format, number)?;
    if let Some(list) = items_mut(&mut doc, "_versions") {
        list.push(new);
    }
    set(&mut doc, "LatestVersion", number.to_string());
    set_some(&mut doc, "TargetType", input.filled("TargetType")?);
    save(ctx, doc.clone());
    Ok(json!({"DocumentDescription": render(&doc, Some("$LATEST"))?}))
}

fn set_default(ctx: &mut Ctx, input: &Input) -> Answer {
    let mut doc = get(ctx, input.str("Name")?)?;
    let wanted = input.str("DocumentVersion")?;
    pick(&doc, Some(wanted))?;
    set(&mut doc, "DefaultVersion", wanted);
    let answer = json!({"Description": {"Name": doc["Name"], "DefaultVersion": wanted}});
    save(ctx, doc);
    Ok(answer)
}

fn describe(ctx: &mut Ctx, input: &Input) -> Answer {
    input.refuse(&["VersionName"])?;
    let doc = get(ctx, input.str("Name")?)?;
    Ok(json!({"Document": render(&doc, input.filled("DocumentVersion")?)?}))
}

fn read(ctx: &mut Ctx, input: &Input) -> Answer {
    input.refuse(&["VersionName"])?;
    let doc = get(ctx, input.str("Name")?)?;
    let version = pick(&doc, input.filled("DocumentVersion")?)?;
    let format = input.filled("DocumentFormat")?.unwrap_or(text(version, "DocumentFormat"));
    if format != text(version, "DocumentFormat") {
        return Err(AwsError::not_implemented("documents in another format than they were given in"));
    }
    Ok(json!({
        "Name": doc["Name"], "DocumentVersion": version["DocumentVersion"], "Status": "Active",
        "Content": version["_content"], "DocumentType": doc["DocumentType"], "DocumentFormat": format,
    }))
}

fn list(ctx: &mut Ctx, input: &Input) -> Answer {
    input.refuse(&["DocumentFilterList", "Filters"])?;
    let all: Result<Vec<Value>, AwsError> =
        ctx.store.rows(&ctx.regional(TABLE)).map(|(_, d)| render(d, None)).collect();
    let mut all = all?;
    for doc in &mut all {
        for member in ["Status", "Hash", "HashType", "Parameters", "LatestVersion", "DefaultVersion", "Description"] {
            crate::document::unset(doc, member);
        }
    }
    let max = input.opt_int("MaxResults")?.and_then(|n| usize::try_from(n).ok()).unwrap_or(50);
    let page = page::cut(all, Some(max), input.filled("NextToken")?, "InvalidNextToken")?;
    Ok(page::document("DocumentIdentifiers", page, "NextToken"))
}

fn delete(ctx: &mut Ctx, input: &Input) -> Answer {
    input.refuse(&["DocumentVersion", "VersionName"])?;
    input.flag("Force")?;
    let doc = get(ctx, input.str("Name")?)?;
    if !items(&doc, "_shared").is_empty() {
        return Err(AwsError::new("InvalidDocumentOperation", "Must unshare document first before deleting."));
    }
    if super::association::uses(ctx, text(&doc, "Name")) {
        let message = "You must disassociate a document from all managed nodes before you can delete it.";
        return Err(AwsError::new("AssociatedInstances", message));
    }
    let table = ctx.regional(TABLE);
    ctx.store.remove(&table, text(&doc, "Name"));
    Ok(json!({}))
}

fn permission(ctx: &mut Ctx, input: &Input) -> Answer {
    input.accept(&["PermissionType", "MaxResults", "NextToken"]);
    let doc = get(ctx, input.str("Name")?)?;
    let shared = items(&doc, "_shared");
    let with: Vec<Value> =
        shared.iter().map(|a| json!({"AccountId": a, "SharedDocumentVersion": "$DEFAULT"})).collect();
    Ok(json!({"AccountIds": shared, "AccountSharingInfoList": with}))
}

fn modify_permission(ctx: &mut Ctx, input: &Input) -> Answer {
    input.accept(&["PermissionType", "SharedDocumentVersion"]);
    let mut doc = get(ctx, input.str("Name")?)?;
    let (add, remove) = (input.strings("AccountIdsToAdd")?, input.strings("AccountIdsToRemove")?);
    if let Some(list) = items_mut(&mut doc, "_shared") {
        list.retain(|a| !remove.iter().any(|r| a == r));
        for a in add {
            if !list.iter().any(|h| h == a) {
                list.push(json!(a));
            }
        }
    }
    save(ctx, doc);
    Ok(json!({}))
}
