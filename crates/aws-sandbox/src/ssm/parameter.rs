//! Parameters. Secure ones are encrypted by the sandbox's KMS.

use serde_json::{Value, json};

use super::{public, tags};
use crate::context::Ctx;
use crate::document::{set, set_some, text};
use crate::error::{Answer, AwsError};
use crate::input::Input;
use crate::page;
use crate::sandbox::Operations;

pub(crate) const OPERATIONS: Operations = &[
    ("PutParameter", put),
    ("GetParameter", read),
    ("GetParameters", read_many),
    ("GetParametersByPath", by_path),
    ("DescribeParameters", describe),
    ("DeleteParameter", |ctx, input| {
        let name = bare(ctx, input.str("Name")?);
        let table = ctx.regional(TABLE);
        ctx.store.remove(&table, &name).map(|_| json!({})).ok_or_else(|| missing(&name))
    }),
    ("DeleteParameters", delete_many),
];

pub(crate) const TABLE: &str = "parameter";

/// Source: "Systems Manager quotas": how long a value can be, by tier.
/// The encryption context of secure parameters. Source: "How AWS Systems Manager Parameter Store uses AWS KMS".
const CONTEXT: &str = "PARAMETER_ARN";

const LONGEST: [usize; 2] = [4096, 8192];

fn missing(name: &str) -> AwsError {
    AwsError::new("ParameterNotFound", format!("Parameter {name} not found."))
}

/// The name in a name or ARN. A name within a hierarchy begins with a slash, in the ARN too.
fn bare(ctx: &Ctx, given: &str) -> String {
    match given.strip_prefix(&ctx.arn("ssm", "parameter/")) {
        Some(rest) if rest.contains('/') => format!("/{rest}"),
        Some(rest) => rest.to_owned(),
        None => given.to_owned(),
    }
}

fn arn(ctx: &Ctx, name: &str) -> String {
    ctx.arn("ssm", &format!("parameter/{}", name.trim_start_matches('/')))
}

fn check_name(input: &Input, name: &str) -> Result<(), AwsError> {
    let fine = |c: char| c.is_ascii_alphanumeric() || "_.-/".contains(c);
    let lower = name.trim_start_matches('/').to_lowercase();
    if lower.starts_with("aws") || lower.starts_with("ssm") {
        return Err(input.invalid("Parameter name: can't be prefixed with \"aws\" or \"ssm\" (case-insensitive)."));
    }
    if name.is_empty()
        || !name.chars().all(fine)
        || (name.contains('/') && !name.starts_with('/'))
        || name.ends_with('/')
    {
        return Err(input.invalid("Parameter name must be a fully qualified name."));
    }
    if name.matches('/').count() > 15 {
        return Err(AwsError::new("HierarchyLevelLimitExceededException", "A hierarchy can have at most 15 levels."));
    }
    Ok(())
}

fn put(ctx: &mut Ctx, input: &Input) -> Answer {
    input.refuse(&["Policies"])?;
    let name = bare(ctx, input.str("Name")?);
    check_name(input, &name)?;
    let value = input.str("Value")?;
    let table = ctx.regional(TABLE);
    let old = ctx.store.get(&table, &name).cloned();
    let overwrite = input.flag("Overwrite")?;
    let tags = tags::read(input)?;
    if old.is_some() && !overwrite {
        let message =
            "The parameter already exists. To overwrite this value, set the overwrite option in the request to true.";
        return Err(AwsError::new("ParameterAlreadyExists", message));
    }
    if overwrite && !tags.is_empty() {
        return Err(input.invalid("Invalid request: tags and overwrite can't be used together. To create a parameter with tags, please remove overwrite flag. To update tags for an existing parameter, please use AddTagsToResource or RemoveTagsFromResource."));
    }
    let kind = match (input.filled("Type")?, &old) {
        (Some(t @ ("String" | "StringList" | "SecureString")), _) => t.to_owned(),
        (Some(other), _) => {
            return Err(AwsError::new("UnsupportedParameterType", format!("{other} is no type of a parameter.")));
        }
        (None, Some(o)) => text(o, "Type").to_owned(),
        (None, None) => return Err(input.invalid("A parameter type is required when you create a parameter.")),
    };
    let was = old.as_ref().map_or("Standard", |o| text(o, "Tier")).to_owned();
    let tier = match input.filled("Tier")? {
        None => was.clone(),
        Some("Intelligent-Tiering") if value.len() > LONGEST[0] => "Advanced".into(),
        Some("Intelligent-Tiering") => was.clone(),
        Some(t @ ("Standard" | "Advanced")) => t.to_owned(),
        Some(other) => return Err(input.invalid(format!("{other} is no tier."))),
    };
    if old.is_some() && was == "Advanced" && tier == "Standard" {
        return Err(input.invalid("This parameter uses the advanced-parameter tier. You can't downgrade a parameter from the advanced-parameter tier to the standard-parameter tier."));
    }
    if value.is_empty() || value.len() > LONGEST[usize::from(tier == "Advanced")] {
        return Err(input.invalid(format!(
            "{tier} tier parameters support a maximum parameter value of {} characters.",
            LONGEST[usize::from(tier == "Advanced")]
        )));
    }
    let data_type = input.filled("DataType")?.unwrap_or("text");
    if !matches!(data_type, "text" | "aws:ec2:image" | "aws:ssm:integration") {
        return Err(input.invalid(format!("The following data type is not supported: {data_type}")));
    }
    let arn = arn(ctx, &name);
    let version = old.as_ref().and_then(|o| o["Version"].as_i64()).unwrap_or(0) + 1;
    let mut doc = json!({
        "Name": name,
        "ARN": arn,
        "Type": kind,
        "LastModifiedDate": ctx.timestamp(),
        "LastModifiedUser": format!("arn:aws:iam::{}:user/sandbox", ctx.account),
        "Version": version,
        "Tier": tier,
        "Policies": [],
        "DataType": data_type,
        "_tags": old.as_ref().map_or(json!(tags), |o| o["_tags"].clone()),
    });
    let kept = |member: &str| old.as_ref().and_then(|o| o.get(member)).cloned();
    for member in ["Description", "AllowedPattern"] {
        let given = input.opt_str(member)?.map(Value::from);
        set_some(&mut doc, member, given.or_else(|| kept(member)));
    }
    if kind == "SecureString" {
        let key = input.filled("KeyId")?.unwrap_or("alias/aws/ssm");
        let (_, sealed) = crate::kms::seal_for(ctx, "ssm", key, value, (CONTEXT, &arn))
            .map_err(|e| AwsError::new("InvalidKeyId", format!("{key}: {}", e.message)))?;
        set(&mut doc, "KeyId", key);
        set(&mut doc, "_value", sealed);
    } else if input.has("KeyId") {
        return Err(input.invalid("KeyId is required for SecureString type parameter only."));
    } else {
        set(&mut doc, "_value", value);
    }
    ctx.store.put(&table, &name, doc);
    Ok(json!({"Version": version, "Tier": tier}))
}

/// The parameter as the reads of values show it.
fn render(ctx: &mut Ctx, doc: &Value, decrypt: bool) -> Result<Value, AwsError> {
    let mut out = json!({});
    for member in ["Name", "Type", "Version", "LastModifiedDate", "ARN", "DataType"] {
        set(&mut out, member, doc[member].clone());
    }
    let value = text(doc, "_value").to_owned();
    let value = match text(doc, "Type") == "SecureString" && decrypt {
        true => crate::kms::open_for(ctx, "ssm", &value, (CONTEXT, text(doc, "ARN")))?,
        false => value,
    };
    set(&mut out, "Value", value);
    Ok(out)
}

/// A parameter of the account, or AWS's own, by its name or ARN and perhaps a version: `name:3`.
fn find(ctx: &Ctx, given: &str) -> Result<(Value, Option<String>), AwsError> {
    let name = bare(ctx, given);
    let (name, selector) = match name.rsplit_once(':') {
        Some((n, s)) => (n.to_owned(), Some(s.to_owned())),
        None => (name, None),
    };
    if let Some(found) = public::find(&ctx.region, &name) {
        return Ok((found, selector.map(|s| format!(":{s}"))));
    }
    let doc = ctx.store.get(&ctx.regional(TABLE), &name).cloned().ok_or_else(|| missing(&name))?;
    match selector {
        None => Ok((doc, None)),
        Some(s) if s.parse::<i64>().ok() == doc["Version"].as_i64() => Ok((doc, Some(format!(":{s}")))),
        Some(s) if s.parse::<i64>().is_ok() => {
            let message =
                format!("Systems Manager could not find version {s} of {name}. Verify the version and try again.");
            Err(AwsError::new("ParameterVersionNotFound", message))
        }
        Some(_) => Err(AwsError::not_implemented("labels of parameters")),
    }
}

fn read(ctx: &mut Ctx, input: &Input) -> Answer {
    let (doc, selector) = find(ctx, input.str("Name")?)?;
    let mut out = render(ctx, &doc, input.flag("WithDecryption")?)?;
    set_some(&mut out, "Selector", selector);
    Ok(json!({"Parameter": out}))
}

fn read_many(ctx: &mut Ctx, input: &Input) -> Answer {
    let names = input.strings("Names")?;
    let decrypt = input.flag("WithDecryption")?;
    if names.is_empty() || names.len() > 10 {
        return Err(input.invalid("1 validation error detected: Value at 'names' failed to satisfy constraint: Member must have length between 1 and 10"));
    }
    let (mut found, mut invalid) = (Vec::new(), Vec::new());
    for name in names {
        match find(ctx, name) {
            Ok((doc, selector)) => {
                let mut out = render(ctx, &doc, decrypt)?;
                set_some(&mut out, "Selector", selector);
                found.push(out);
            }
            Err(_) => invalid.push(json!(name)),
        }
    }
    Ok(json!({"Parameters": found, "InvalidParameters": invalid}))
}

fn by_path(ctx: &mut Ctx, input: &Input) -> Answer {
    input.refuse(&["ParameterFilters"])?;
    let path = input.str("Path")?;
    if !path.starts_with('/') {
        return Err(input.invalid("The parameter path must begin with a slash."));
    }
    let (deep, decrypt) = (input.flag("Recursive")?, input.flag("WithDecryption")?);
    let prefix = format!("{}/", path.trim_end_matches('/'));
    let mut all: Vec<Value> = ctx.store.rows(&ctx.regional(TABLE)).map(|(_, d)| d.clone()).collect();
    if prefix.starts_with("/aws/service/") {
        all = public::all(&ctx.region);
    }
    all.retain(|d| text(d, "Name").strip_prefix(&prefix).is_some_and(|rest| deep || !rest.contains('/')));
    let max = input.opt_int("MaxResults")?.and_then(|n| usize::try_from(n).ok()).unwrap_or(10).clamp(1, 10);
    let (page, next) = page::cut(all, Some(max), input.filled("NextToken")?, "InvalidNextToken")?;
    let page: Result<Vec<Value>, AwsError> = page.iter().map(|d| render(ctx, d, decrypt)).collect();
    Ok(page::document("Parameters", (page?, next), "NextToken"))
}

fn describe(ctx: &mut Ctx, input: &Input) -> Answer {
    input.refuse(&["Filters", "Shared"])?;
    let mut all: Vec<Value> = ctx.store.rows(&ctx.regional(TABLE)).map(|(_, d)| crate::document::public(d)).collect();
    for f in input.structures("ParameterFilters")? {
        let (key, option, values) = (f.str("Key")?, f.filled("Option")?.unwrap_or("Equals"), f.strings("Values")?);
        let member = match key {
            "Name" | "Type" | "KeyId" | "DataType" | "Tier" => key,
            other => return Err(AwsError::not_implemented(format!("the parameter filter {other}"))),
        };
        all.retain(|d| {
            let v = text(d, member);
            values.iter().any(|want| match option {
                "BeginsWith" => v.starts_with(want),
                "Contains" => v.contains(want),
                _ => v == *want,
            })
        });
    }
    let max = input.opt_int("MaxResults")?.and_then(|n| usize::try_from(n).ok()).unwrap_or(50).clamp(1, 50);
    let page = page::cut(all, Some(max), input.filled("NextToken")?, "InvalidNextToken")?;
    Ok(page::document("Parameters", page, "NextToken"))
}

fn delete_many(ctx: &mut Ctx, input: &Input) -> Answer {
    let table = ctx.regional(TABLE);
    let (mut gone, mut invalid) = (Vec::new(), Vec::new());
    for name in input.strings("Names")? {
        match ctx.store.remove(&table, &bare(ctx, name)) {
            Some(_) => gone.push(json!(name)),
            None => invalid.push(json!(name)),
        }
    }
    Ok(json!({"DeletedParameters": gone, "InvalidParameters": invalid}))
}
