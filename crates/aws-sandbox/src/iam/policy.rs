//! Managed policies.

use serde_json::{Value, json};

use super::tags::{self, Row};
use super::{already_exists, check_name, check_policy, delete_conflict, group, limit_exceeded, managed};
use super::{no_such_entity, paged, path, role, user};
use crate::context::Ctx;
use crate::document::{items, public, set, set_some, text, unset};
use crate::error::{Answer, AwsError};
use crate::input::Input;
use crate::policy::Kind;
use crate::sandbox::Operations;

pub(crate) const OPERATIONS: Operations =
    &[("CreatePolicy", create), ("GetPolicy", read), ("ListPolicies", list), ("DeletePolicy", delete)];

pub(crate) const TABLE: &str = "policy";

fn missing(arn: &str) -> AwsError {
    no_such_entity(format!("Policy {arn} was not found."))
}

/// The path in a policy's ARN.
pub(crate) fn path_of(arn: &str) -> &str {
    let resource = arn.split_once(":policy").map_or("", |(_, r)| r);
    resource.rfind('/').map_or("/", |at| &resource[..=at])
}

/// A policy that somebody made.
pub(crate) fn own(ctx: &Ctx, arn: &str) -> Result<Row, AwsError> {
    if !arn.starts_with("arn:aws:iam::") {
        return Err(AwsError::new("InvalidInput", format!("ARN {arn} is not valid.")));
    }
    if managed::find(arn).is_some() {
        let message = format!("Policy {arn} is AWS managed and cannot be changed.");
        return Err(AwsError::new("AccessDenied", message).status(403));
    }
    let table = ctx.global(TABLE);
    match ctx.store.get(&table, arn) {
        Some(doc) => Ok(Row { doc: doc.clone(), table, key: arn.to_owned() }),
        None => Err(missing(arn)),
    }
}

/// Any policy as IAM shows it.
pub(crate) fn find(ctx: &Ctx, arn: &str) -> Result<Value, AwsError> {
    if let Some((path, name)) = managed::find(arn) {
        return Ok(json!({
            "PolicyName": name, "Arn": arn, "Path": path, "IsAttachable": true,
            "CreateDate": "2015-02-06T18:40:00.000Z", "UpdateDate": "2015-02-06T18:40:00.000Z",
            "PolicyId": format!("ANPA{:X}", crc(arn)), "DefaultVersionId": "v1", "Tags": [],
        }));
    }
    own(ctx, arn).map(|row| row.doc)
}

/// A number from the ARN, so that the id of an AWS managed policy is always the same.
fn crc(arn: &str) -> u64 {
    use sha2::{Digest, Sha256};
    let d = Sha256::digest(arn);
    let mut b = [0; 8];
    b.copy_from_slice(&d[..8]);
    u64::from_be_bytes(b) | 1 << 63
}

/// Checks that a policy can be attached.
pub(crate) fn check_attachable(ctx: &Ctx, arn: &str) -> Result<(), AwsError> {
    match find(ctx, arn) {
        Ok(_) => Ok(()),
        Err(e) if arn.starts_with("arn:aws:iam::aws:policy/") && e.code == "NoSuchEntity" => {
            Err(no_such_entity(format!(
                "Policy {arn} does not exist or is not attachable. (The sandbox has a list of AWS's managed policies.)"
            )))
        }
        Err(e) if e.code == "NoSuchEntity" => {
            Err(no_such_entity(format!("Policy {arn} does not exist or is not attachable.")))
        }
        Err(e) => Err(e),
    }
}

fn usage(ctx: &Ctx, arn: &str) -> (usize, usize) {
    let tables = [role::TABLE, user::TABLE, group::TABLE].map(|t| ctx.global(t));
    tables.iter().flat_map(|t| ctx.store.rows(t)).fold((0, 0), |(a, b), (_, r)| {
        let attached = items(r, "_attached").iter().any(|x| x == arn);
        let bounded = text(&r["PermissionsBoundary"], "PermissionsBoundaryArn") == arn;
        (a + usize::from(attached), b + usize::from(bounded))
    })
}

pub(crate) fn render(ctx: &Ctx, policy: &Value) -> Value {
    let mut doc = public(policy);
    let (attached, bounded) = usage(ctx, text(policy, "Arn"));
    set(&mut doc, "AttachmentCount", attached);
    set(&mut doc, "PermissionsBoundaryUsageCount", bounded);
    doc
}

fn create(ctx: &mut Ctx, input: &Input) -> Answer {
    let name = input.str("PolicyName")?;
    check_name(input, "policyName", name, 128)?;
    let path = path(input)?;
    let document = input.str("PolicyDocument")?;
    check_policy(document, Kind::Identity)?;
    let tags = tags::read(input)?;
    let table = ctx.global(TABLE);
    let taken = ctx.store.rows(&table).any(|(_, d)| text(d, "PolicyName").eq_ignore_ascii_case(name));
    if taken {
        return Err(already_exists(format!("A policy called {name} already exists. Duplicate names are not allowed.")));
    }
    if ctx.store.count(&table) >= ctx.quotas.policies {
        return Err(limit_exceeded(format!("Cannot exceed quota for PoliciesPerAccount: {}", ctx.quotas.policies)));
    }
    let arn = format!("arn:aws:iam::{}:policy{path}{name}", ctx.account);
    let now = ctx.timestamp();
    let mut doc = json!({
        "PolicyName": name,
        "PolicyId": ctx.new_iam_id("ANPA"),
        "Arn": arn,
        "Path": path,
        "DefaultVersionId": "v1",
        "IsAttachable": true,
        "CreateDate": now,
        "UpdateDate": now,
        "Tags": tags,
        "_versions": [{"VersionId": "v1", "Document": document, "CreateDate": now}],
        "_next": 2,
    });
    set_some(&mut doc, "Description", input.filled("Description")?);
    ctx.store.put(&table, &arn, doc.clone());
    let mut answer = render(ctx, &doc);
    unset(&mut answer, "Description");
    Ok(json!({"Policy": answer}))
}

fn read(ctx: &mut Ctx, input: &Input) -> Answer {
    let doc = find(ctx, input.str("PolicyArn")?)?;
    Ok(json!({"Policy": render(ctx, &doc)}))
}

fn list(ctx: &mut Ctx, input: &Input) -> Answer {
    input.refuse(&["PolicyUsageFilter"])?;
    let prefix = input.filled("PathPrefix")?.unwrap_or("/");
    let attached = input.flag("OnlyAttached")?;
    let (aws, local) = match input.filled("Scope")?.unwrap_or("All") {
        "All" => (true, true),
        "AWS" => (true, false),
        "Local" => (false, true),
        other => return Err(input.invalid(format!("Invalid Scope {other}"))),
    };
    let mut all = Vec::new();
    if local {
        all.extend(ctx.store.rows(&ctx.global(TABLE)).map(|(_, d)| d.clone()));
    }
    if aws {
        for arn in managed::arns() {
            all.push(find(ctx, &arn)?);
        }
    }
    let all = all
        .iter()
        .filter(|d| text(d, "Path").starts_with(prefix))
        .map(|d| {
            let mut doc = render(ctx, d);
            // Source: ListPolicies: listing leaves out descriptions and tags.
            unset(&mut doc, "Tags");
            unset(&mut doc, "Description");
            doc
        })
        .filter(|d| !attached || d["AttachmentCount"] != 0)
        .collect();
    paged(input, "Policies", all)
}

fn delete(ctx: &mut Ctx, input: &Input) -> Answer {
    let row = own(ctx, input.str("PolicyArn")?)?;
    if usage(ctx, &row.key) != (0, 0) {
        return Err(delete_conflict("Cannot delete a policy attached to entities."));
    }
    if items(&row.doc, "_versions").len() > 1 {
        return Err(delete_conflict(
            "This policy has more than one version. Before you delete a policy, you must delete the policy's versions. The default version is deleted with the policy.",
        ));
    }
    ctx.store.remove(&row.table, &row.key);
    Ok(json!({}))
}
