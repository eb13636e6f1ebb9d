//! Launch templates and their versions.

use serde_json::{Map, Value, json};

use super::filters;
use super::kind::{self, Describe, LAUNCH_TEMPLATE};
use super::tags;
use crate::context::Ctx;
use crate::document::{items, items_mut, public, set, set_some, text};
use crate::error::{Answer, AwsError};
use crate::input::Input;
use crate::page;
use crate::sandbox::Operations;

pub(crate) const OPERATIONS: Operations = &[
    ("CreateLaunchTemplate", create),
    ("CreateLaunchTemplateVersion", create_version),
    ("DescribeLaunchTemplates", describe),
    ("DescribeLaunchTemplateVersions", describe_versions),
    ("ModifyLaunchTemplate", modify),
    ("DeleteLaunchTemplate", delete),
];

fn named<'a>(ctx: &'a Ctx, name: &str) -> Result<&'a Value, AwsError> {
    LAUNCH_TEMPLATE.all(ctx).find(|t| text(t, "LaunchTemplateName") == name).ok_or_else(|| {
        AwsError::new(
            "InvalidLaunchTemplateName.NotFoundException",
            format!("The specified launch template, with template name {name}, does not exist."),
        )
    })
}

/// The template that a request names by id or by name.
///
/// # Errors
/// AWS's codes for none, or for both.
pub(crate) fn find(ctx: &Ctx, id: Option<&str>, name: Option<&str>) -> Result<Value, AwsError> {
    match (id, name) {
        (Some(_), Some(_)) => Err(AwsError::new(
            "InvalidParameterCombination",
            "Either a launch template ID or a launch template name must be specified in the request, not both.",
        )),
        (Some(id), None) => {
            LAUNCH_TEMPLATE.check(id)?;
            LAUNCH_TEMPLATE.find(ctx, id).cloned().ok_or_else(|| {
                AwsError::new(
                    LAUNCH_TEMPLATE.not_found,
                    format!("The specified launch template, with template ID {id}, does not exist."),
                )
            })
        }
        (None, Some(name)) => named(ctx, name).cloned(),
        (None, None) => {
            Err(AwsError::new("MissingParameter", "Either launchTemplateId or launchTemplateName must be specified."))
        }
    }
}

/// The number of a version: as given, or what `$Latest` and `$Default` stand for.
fn number(template: &Value, version: &str) -> Option<i64> {
    match version {
        "$Latest" => template["LatestVersionNumber"].as_i64(),
        "$Default" | "" => template["DefaultVersionNumber"].as_i64(),
        n => n.parse().ok(),
    }
}

/// A version of a template, as AWS shows it.
///
/// # Errors
/// AWS's code when there is none.
pub(crate) fn version(template: &Value, wanted: &str) -> Result<Value, AwsError> {
    let n = number(template, wanted);
    let found = items(template, "_versions").iter().find(|v| n.is_some() && v["VersionNumber"].as_i64() == n);
    found.map(|v| shown(template, v)).ok_or_else(|| {
        AwsError::new(
            "InvalidLaunchTemplateId.VersionNotFound",
            format!(
                "Could not find the specified version {wanted} for the launch template with ID {}.",
                text(template, "LaunchTemplateId")
            ),
        )
    })
}

fn shown(template: &Value, version: &Value) -> Value {
    let mut doc = version.clone();
    for member in ["LaunchTemplateId", "LaunchTemplateName"] {
        set(&mut doc, member, template[member].clone());
    }
    set(&mut doc, "DefaultVersion", version["VersionNumber"] == template["DefaultVersionNumber"]);
    doc
}

/// What a version says, as requests give it and answers have it.
fn data(input: &Input) -> Result<Value, AwsError> {
    let given = input.raw("LaunchTemplateData").cloned().unwrap_or_else(|| json!({}));
    if let Some(image) = given["ImageId"].as_str()
        && !image.starts_with("resolve:ssm:")
    {
        kind::IMAGE.check(image)?;
    }
    if given.get("InstanceType").is_some() && given.get("InstanceRequirements").is_some() {
        let message = "InstanceType and InstanceRequirements cannot be specified together.";
        return Err(AwsError::new("InvalidParameterCombination", message));
    }
    let mut given = given;
    if let Some(Value::Object(options)) = given.get_mut("MetadataOptions") {
        options.insert("State".into(), json!("applied"));
    }
    Ok(given)
}

fn create(ctx: &mut Ctx, input: &Input) -> Answer {
    input.accept(&["ClientToken"]);
    input.refuse(&["Operator"])?;
    let name = input.str("LaunchTemplateName")?;
    if !(3..=128).contains(&name.len()) {
        let message = "Launch template names must be between 3 and 128 characters long.";
        return Err(AwsError::new("InvalidLaunchTemplateName.MalformedException", message));
    }
    let description = input.filled("VersionDescription")?;
    let data = data(input)?;
    let tags = tags::on_create(input, LAUNCH_TEMPLATE.table)?;
    if named(ctx, name).is_ok() {
        let message = "Launch template name already in use.";
        return Err(AwsError::new("InvalidLaunchTemplateName.AlreadyExistsException", message));
    }
    let by = format!("arn:aws:iam::{}:user/sandbox", ctx.account);
    let mut version = json!({
        "VersionNumber": 1, "CreateTime": ctx.timestamp(), "CreatedBy": by, "LaunchTemplateData": data,
    });
    set_some(&mut version, "VersionDescription", description);
    let doc = json!({
        "LaunchTemplateId": ctx.new_id("lt"),
        "LaunchTemplateName": name,
        "CreateTime": ctx.timestamp(),
        "CreatedBy": by,
        "DefaultVersionNumber": 1,
        "LatestVersionNumber": 1,
        "Tags": tags,
        "_versions": [version],
    });
    LAUNCH_TEMPLATE.put(ctx, doc.clone());
    Ok(json!({"LaunchTemplate": public(&doc)}))
}

fn wanted(ctx: &Ctx, input: &Input) -> Result<Value, AwsError> {
    find(ctx, input.filled("LaunchTemplateId")?, input.filled("LaunchTemplateName")?)
}

fn create_version(ctx: &mut Ctx, input: &Input) -> Answer {
    input.accept(&["ClientToken"]);
    input.refuse(&["ResolveAlias"])?;
    let mut template = wanted(ctx, input)?;
    let description = input.filled("VersionDescription")?;
    let mut data = data(input)?;
    if let Some(source) = input.filled("SourceVersion")? {
        // What the request does not say is taken from the source.
        let from = version(&template, source)?;
        let mut merged: Map<String, Value> = from["LaunchTemplateData"].as_object().cloned().unwrap_or_default();
        merged.extend(data.as_object().cloned().unwrap_or_default());
        data = Value::Object(merged);
    }
    let n = template["LatestVersionNumber"].as_i64().unwrap_or(0) + 1;
    let mut version = json!({
        "VersionNumber": n, "CreateTime": ctx.timestamp(), "CreatedBy": template["CreatedBy"],
        "LaunchTemplateData": data,
    });
    set_some(&mut version, "VersionDescription", description);
    if let Some(list) = items_mut(&mut template, "_versions") {
        list.push(version.clone());
    }
    set(&mut template, "LatestVersionNumber", n);
    let answer = shown(&template, &version);
    LAUNCH_TEMPLATE.put(ctx, template);
    Ok(json!({"LaunchTemplateVersion": answer}))
}

fn describe(ctx: &mut Ctx, input: &Input) -> Answer {
    let names = input.strings("LaunchTemplateNames")?;
    for name in &names {
        named(ctx, name)?;
    }
    for id in input.strings("LaunchTemplateIds")? {
        find(ctx, Some(id), None)?;
    }
    let shape = Describe {
        ids: "LaunchTemplateIds",
        filter_member: "Filters",
        list: "LaunchTemplates",
        filters: &[("create-time", "CreateTime"), ("launch-template-name", "LaunchTemplateName")],
    };
    let mut answer = LAUNCH_TEMPLATE.describe(ctx, input, &shape, |_, t| t.clone())?;
    if !names.is_empty() {
        let kept: Vec<Value> = items(&answer, "LaunchTemplates")
            .iter()
            .filter(|t| names.contains(&text(t, "LaunchTemplateName")))
            .cloned()
            .collect();
        set(&mut answer, "LaunchTemplates", kept);
    }
    Ok(answer)
}

fn describe_versions(ctx: &mut Ctx, input: &Input) -> Answer {
    input.refuse(&["MinVersion", "MaxVersion", "ResolveAlias"])?;
    let versions = input.strings("Versions")?;
    let (id, name) = (input.filled("LaunchTemplateId")?, input.filled("LaunchTemplateName")?);
    let mut docs = Vec::new();
    if id.is_none() && name.is_none() {
        // Without a template `$Latest` and `$Default` of all of them can be asked for.
        for template in LAUNCH_TEMPLATE.all(ctx) {
            for v in versions.iter().filter(|v| v.starts_with('$')) {
                docs.push(version(template, v)?);
            }
        }
    } else {
        let template = find(ctx, id, name)?;
        if versions.is_empty() {
            docs.extend(items(&template, "_versions").iter().rev().map(|v| shown(&template, v)));
        }
        for v in &versions {
            docs.push(version(&template, v)?);
        }
    }
    let known = &[
        ("image-id", "LaunchTemplateData.ImageId"),
        ("instance-type", "LaunchTemplateData.InstanceType"),
        ("is-default-version", "DefaultVersion"),
    ];
    let docs = filters::apply(input, "Filters", docs, known)?;
    Ok(page::document("LaunchTemplateVersions", kind::cut_by(input, docs, 200)?, "NextToken"))
}

fn modify(ctx: &mut Ctx, input: &Input) -> Answer {
    input.accept(&["ClientToken"]);
    let mut template = wanted(ctx, input)?;
    if let Some(v) = input.filled("DefaultVersion")? {
        let n = version(&template, v)?["VersionNumber"].clone();
        set(&mut template, "DefaultVersionNumber", n);
    }
    let answer = public(&template);
    LAUNCH_TEMPLATE.put(ctx, template);
    Ok(json!({"LaunchTemplate": answer}))
}

fn delete(ctx: &mut Ctx, input: &Input) -> Answer {
    let template = wanted(ctx, input)?;
    LAUNCH_TEMPLATE.forget(ctx, text(&template, "LaunchTemplateId"));
    Ok(json!({"LaunchTemplate": public(&template)}))
}
