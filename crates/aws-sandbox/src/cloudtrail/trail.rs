//! Trails.

use serde_json::{Value, json};

use crate::context::Ctx;
use crate::document::{items, public, put_tags, set, text, unset};
use crate::error::{Answer, AwsError};
use crate::input::Input;
use crate::page;
use crate::sandbox::Operations;

pub(crate) const OPERATIONS: Operations = &[
    ("CreateTrail", create),
    ("UpdateTrail", update),
    ("DeleteTrail", delete),
    ("DescribeTrails", describe),
    ("GetTrail", |ctx, input| Ok(json!({"Trail": public(&get(ctx, input.str("Name")?)?)}))),
    ("ListTrails", list),
    ("StartLogging", |ctx, input| log(ctx, input, true)),
    ("StopLogging", |ctx, input| log(ctx, input, false)),
    ("GetTrailStatus", status),
    ("AddTags", add_tags),
    ("RemoveTags", remove_tags),
    ("ListTags", list_tags),
];

const TABLE: &str = "trail";

/// The trail that a name or ARN means. By ARN also from another region than its own.
pub(crate) fn get(ctx: &Ctx, given: &str) -> Result<Value, AwsError> {
    let arn = arn_of(ctx, given)?;
    let missing = || {
        let message = format!("Unknown trail: {arn} for the user: {}", ctx.account);
        AwsError::new("TrailNotFoundException", message)
    };
    ctx.store.get(&ctx.global(TABLE), &arn).cloned().ok_or_else(missing)
}

fn arn_of(ctx: &Ctx, given: &str) -> Result<String, AwsError> {
    if given.starts_with("arn:") {
        return match given.contains(":trail/") {
            true => Ok(given.to_owned()),
            false => Err(AwsError::new("CloudTrailARNInvalidException", format!("The ARN {given} is not a trail's."))),
        };
    }
    Ok(ctx.arn("cloudtrail", &format!("trail/{given}")))
}

pub(crate) fn save(ctx: &mut Ctx, doc: Value) {
    let (table, arn) = (ctx.global(TABLE), text(&doc, "TrailARN").to_owned());
    ctx.store.put(&table, &arn, doc);
}

/// Source: "CloudTrail trail naming requirements".
fn check_name(name: &str) -> Result<(), AwsError> {
    let fine = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    let edge = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
    if (3..=128).contains(&name.len())
        && name.chars().all(fine)
        && edge(name.chars().next())
        && edge(name.chars().last())
    {
        return Ok(());
    }
    Err(AwsError::new(
        "InvalidTrailNameException",
        format!(
            "Trail name or ARN can only contain uppercase letters, lowercase letters, numbers, periods (.), hyphens (-), and underscores (_): {name}"
        ),
    ))
}

/// Sets what a request says, checked as CloudTrail does before it takes a trail.
fn settings(ctx: &mut Ctx, input: &Input, doc: &mut Value) -> Result<(), AwsError> {
    if input.flag("IsOrganizationTrail")? {
        return Err(AwsError::not_implemented("trails of organizations"));
    }
    set(doc, "IsOrganizationTrail", false);
    if let Some(bucket) = input.filled("S3BucketName")? {
        match crate::s3::policy_of(ctx, bucket) {
            None => {
                let message = format!("S3 bucket {bucket} does not exist!");
                return Err(AwsError::new("S3BucketDoesNotExistException", message));
            }
            Some(policy) if !policy.contains("cloudtrail.amazonaws.com") => {
                let message = format!("Incorrect S3 bucket policy is detected for bucket: {bucket}");
                return Err(AwsError::new("InsufficientS3BucketPolicyException", message));
            }
            Some(_) => set(doc, "S3BucketName", bucket),
        }
    }
    for member in ["S3KeyPrefix", "SnsTopicName", "CloudWatchLogsLogGroupArn", "CloudWatchLogsRoleArn"] {
        match input.opt_str(member)? {
            Some("") => {
                unset(doc, member);
            }
            Some(v) => set(doc, member, v),
            None => {}
        }
    }
    match text(doc, "SnsTopicName") {
        "" => {
            unset(doc, "SnsTopicARN");
        }
        name => {
            let arn = if name.starts_with("arn:") { name.to_owned() } else { ctx.arn("sns", name) };
            set(doc, "SnsTopicARN", arn);
        }
    }
    let (group, role) = (text(doc, "CloudWatchLogsLogGroupArn"), text(doc, "CloudWatchLogsRoleArn"));
    if group.is_empty() != role.is_empty() {
        let message = "Both the log group and the role that CloudTrail assumes for it must be given.";
        return Err(AwsError::new("InvalidCloudWatchLogsLogGroupArnException", message));
    }
    if !group.is_empty() && !crate::logs::has_group(ctx, group) {
        let message = "CloudTrail cannot validate the specified log group ARN.";
        return Err(AwsError::new("InvalidCloudWatchLogsLogGroupArnException", message));
    }
    match input.opt_str("KmsKeyId")? {
        Some("") => {
            unset(doc, "KmsKeyId");
        }
        Some(key) => {
            let arn =
                crate::kms::usable_arn(ctx, key).map_err(|e| AwsError::new("KmsKeyNotFoundException", e.message))?;
            set(doc, "KmsKeyId", arn);
        }
        None => {}
    }
    for (member, shown) in [
        ("IncludeGlobalServiceEvents", "IncludeGlobalServiceEvents"),
        ("IsMultiRegionTrail", "IsMultiRegionTrail"),
        ("EnableLogFileValidation", "LogFileValidationEnabled"),
    ] {
        if let Some(on) = input.opt_bool(member)? {
            set(doc, shown, on);
        }
    }
    if doc["IsMultiRegionTrail"] == true && doc["IncludeGlobalServiceEvents"] == false {
        let message = "Multi-Region trail must include global service events.";
        return Err(AwsError::new("InvalidParameterCombinationException", message));
    }
    Ok(())
}

/// A trail as the answer to its creation or change shows it.
fn answer(doc: &Value) -> Value {
    let mut out = public(doc);
    for member in ["HomeRegion", "HasCustomEventSelectors", "HasInsightSelectors"] {
        unset(&mut out, member);
    }
    out
}

fn create(ctx: &mut Ctx, input: &Input) -> Answer {
    let name = input.str("Name")?;
    check_name(name)?;
    input.str("S3BucketName")?;
    let arn = arn_of(ctx, name)?;
    if ctx.store.get(&ctx.global(TABLE), &arn).is_some() {
        let message = format!("Trail {name} already exists for customer: {}", ctx.account);
        return Err(AwsError::new("TrailAlreadyExistsException", message));
    }
    let mut tags = Vec::new();
    for t in input.structures("TagsList")? {
        tags.push(json!({"Key": t.str("Key")?, "Value": t.opt_str("Value")?.unwrap_or("")}));
    }
    let mut doc = json!({
        "Name": name, "TrailARN": arn, "HomeRegion": ctx.region, "IncludeGlobalServiceEvents": true,
        "IsMultiRegionTrail": false, "LogFileValidationEnabled": false, "HasCustomEventSelectors": false,
        "HasInsightSelectors": false, "_logging": false, "_tags": tags,
    });
    settings(ctx, input, &mut doc)?;
    save(ctx, doc.clone());
    Ok(answer(&doc))
}

fn update(ctx: &mut Ctx, input: &Input) -> Answer {
    let mut doc = get(ctx, input.str("Name")?)?;
    settings(ctx, input, &mut doc)?;
    save(ctx, doc.clone());
    Ok(answer(&doc))
}

fn delete(ctx: &mut Ctx, input: &Input) -> Answer {
    let doc = get(ctx, input.str("Name")?)?;
    let table = ctx.global(TABLE);
    ctx.store.remove(&table, text(&doc, "TrailARN"));
    Ok(json!({}))
}

/// The trails that are seen from here: those of this region, and those of all regions.
fn seen(ctx: &Ctx, shadows: bool) -> Vec<Value> {
    let rows = ctx.store.rows(&ctx.global(TABLE)).map(|(_, d)| d);
    rows.filter(|d| text(d, "HomeRegion") == ctx.region || (shadows && d["IsMultiRegionTrail"] == true))
        .cloned()
        .collect()
}

fn describe(ctx: &mut Ctx, input: &Input) -> Answer {
    let shadows = input.opt_bool("includeShadowTrails")?.unwrap_or(true);
    let names = input.strings("trailNameList")?;
    let all: Vec<Value> = match names.is_empty() {
        true => seen(ctx, shadows),
        // What is not there is left out.
        false => names.iter().filter_map(|n| get(ctx, n).ok()).collect(),
    };
    Ok(json!({"trailList": all.iter().map(public).collect::<Vec<_>>()}))
}

fn list(ctx: &mut Ctx, input: &Input) -> Answer {
    let all = seen(ctx, true)
        .iter()
        .map(|d| json!({"TrailARN": d["TrailARN"], "Name": d["Name"], "HomeRegion": d["HomeRegion"]}))
        .collect();
    let page = page::cut(all, Some(1000), input.filled("NextToken")?, "InvalidTokenException")?;
    Ok(page::document("Trails", page, "NextToken"))
}

fn log(ctx: &mut Ctx, input: &Input, on: bool) -> Answer {
    let mut doc = get(ctx, input.str("Name")?)?;
    set(&mut doc, "_logging", on);
    let now = ctx.timestamp();
    set(&mut doc, if on { "_started" } else { "_stopped" }, now);
    save(ctx, doc);
    Ok(json!({}))
}

fn status(ctx: &mut Ctx, input: &Input) -> Answer {
    let doc = get(ctx, input.str("Name")?)?;
    let mut out = json!({"IsLogging": doc["_logging"]});
    for (member, own) in [("StartLoggingTime", "_started"), ("StopLoggingTime", "_stopped")] {
        crate::document::set_some(&mut out, member, doc.get(own).cloned());
    }
    Ok(out)
}

fn add_tags(ctx: &mut Ctx, input: &Input) -> Answer {
    let mut doc = get(ctx, input.str("ResourceId")?)?;
    let tags: Result<Vec<Value>, AwsError> = input
        .structures("TagsList")?
        .iter()
        .map(|t| Ok(json!({"Key": t.str("Key")?, "Value": t.opt_str("Value")?.unwrap_or("")})))
        .collect();
    put_tags(&mut doc, "_tags", "Key", tags?);
    save(ctx, doc);
    Ok(json!({}))
}

fn remove_tags(ctx: &mut Ctx, input: &Input) -> Answer {
    let mut doc = get(ctx, input.str("ResourceId")?)?;
    for t in input.structures("TagsList")? {
        t.opt_str("Value")?;
        crate::document::remove_tags(&mut doc, "_tags", "Key", &[t.str("Key")?]);
    }
    save(ctx, doc);
    Ok(json!({}))
}

fn list_tags(ctx: &mut Ctx, input: &Input) -> Answer {
    input.accept(&["NextToken"]);
    let mut all = Vec::new();
    for id in input.strings("ResourceIdList")? {
        let doc = get(ctx, id)?;
        all.push(json!({"ResourceId": id, "TagsList": items(&doc, "_tags")}));
    }
    Ok(json!({"ResourceTagList": all}))
}
